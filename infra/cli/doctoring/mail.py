"""Whether mail can go out, to whom, and whether anybody hears that it came back."""

from collections.abc import Iterator

from infra.cli.doctoring.facts import Facts
from infra.cli.doctoring.finding import Finding, fault, warning

NEARLY = 0.9  # of the day's quota

_ACCOUNT = "SES console, Account dashboard"


def judge(facts: Facts) -> Iterator[Finding]:
    """All of it."""
    yield from _account(facts)
    yield from _identity(facts)
    yield from _told(facts)
    if paused := facts.one("refusals"):
        shown = ", ".join(paused[:5]) + (" and others" if len(paused) > 5 else "")
        yield warning(
            "mail-paused",
            f"mail is paused to {shown}",
            "their address takes none; they get no mail until it is put right",
            f"{facts.command('mail')} says why; a new address in the configuration is tried by"
            " itself",
        )


def _account(facts: Facts) -> Iterator[Finding]:
    account = facts.one("account")
    if account is None:
        return
    status = account.get("EnforcementStatus", "HEALTHY")
    if not account.get("SendingEnabled", True) or status == "SHUTDOWN":
        yield fault(
            "sending-paused",
            "SES does not send: sending is paused for this account and region",
            "no rep hears of a lead by mail; managers are told by topic",
            f"{_ACCOUNT}: it says why, and whom to ask",
        )
    elif status != "HEALTHY":
        yield warning(
            "sending-reviewed",
            f"SES looks into this account ({status})",
            "too many mails came back, or were called spam; sending may be paused next",
            f"{_ACCOUNT}: put right what it names; {facts.command('mail')} lists bad addresses",
        )
    if not account.get("ProductionAccessEnabled", True):
        yield warning(
            "sandbox",
            "SES is in its sandbox",
            "mail reaches verified addresses only, 200 a day",
            f"{_ACCOUNT}: ask for production access; until then verify each rep: aws sesv2"
            " create-email-identity --email-identity, and the address",
        )
    quota = account.get("SendQuota", {})
    most, sent = float(quota.get("Max24HourSend", -1)), float(quota.get("SentLast24Hours", 0))
    if most > 0 and sent >= NEARLY * most:
        told = fault if sent >= most else warning
        yield told(
            "quota",
            f"{sent:.0f} of the {most:.0f} mails of 24 hours are sent",
            "SES refuses what comes on top; managers are told whom it was meant for",
            f"{_ACCOUNT}: ask for a higher quota",
        )


def _identity(facts: Facts) -> Iterator[Finding]:
    for sender, identity in facts.of("identity").items():
        seen = identity["seen"]
        if any(verified for _, verified in seen):
            continue
        if seen:
            says = f"{', '.join(name for name, _ in seen)} is not verified in SES"
            do = "click the link in its mail; of a domain: put the DNS records there, and wait"
        else:
            says = f"neither {sender} nor its domain is known to SES in {facts.region}"
            do = f"aws sesv2 create-email-identity --email-identity {sender}; click the link"
        yield fault("sender", says, "no mail goes out", do)


def _told(facts: Facts) -> Iterator[Finding]:
    """Whether SES tells of what came back."""
    found = facts.one("set")
    if found and not found.get("SendingOptions", {}).get("SendingEnabled", True):
        yield fault(
            "set-paused",
            "sending is paused for the stack's configuration set",
            "no mail goes out",
            "aws sesv2 put-configuration-set-sending-options --sending-enabled"
            f" --configuration-set-name {facts.resources['SentMails']}",
        )
    destinations = facts.one("destinations")
    if destinations is None:
        return
    hears = any(
        one.get("Enabled")
        and {"BOUNCE", "COMPLAINT"} <= set(one.get("MatchingEventTypes", ()))
        and "EventBridgeDestination" in one
        for one in destinations["EventDestinations"]
    )
    if not hears:
        yield fault(
            "bounces-untold",
            "SES tells nobody of mails that come back",
            "mail goes on to addresses that take none, which SES counts against you",
            "enable the event destination `bounces` of the configuration set"
            f" {facts.resources['SentMails']}, for bounces and complaints, to EventBridge",
        )


def well(facts: Facts) -> str:
    """What is said when mail goes out."""
    sender = facts.parameters.get("SenderAddress", "the sender")
    return f"{sender} is verified, SES sends, and tells of what comes back"
