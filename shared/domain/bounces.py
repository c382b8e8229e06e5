"""Mail that does not arrive: what the mail service tells of it, and whose mail is paused for it.

What is kept names nobody's address: only a mark of it, a hash, so that another address of the same
person is another one.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum
from typing import Any

MOST_ADDRESSES = 50  # of one event: a mail has no more receivers
LONGEST_ADDRESS = 320
MOST_KEPT = 500  # so that what is kept always fits into one small item
TOLD_FOR = timedelta(
    days=30
)  # after which the same is told anew, should mail go there all the same

_LEAD_ID = re.compile(r"[0-9a-z]{26}")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


class Code(StrEnum):
    """Why mail to somebody is paused."""

    BOUNCED = "bounced"  # their mail server will never take it
    COMPLAINED = "complained"  # they, or who reads their mail, say that it is spam


# ── What is told ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Bounce:
    """Addresses that a mail did not reach, or that do not want it; `code` None: for now only."""

    code: Code | None
    addresses: tuple[str, ...]
    sent_at: datetime | None  # the mail; None: the event does not say
    change: tuple[str, int] | None = None  # which it was about: a lead's id and the number


def read_bounce(event: object) -> Bounce | None:
    """An event `Email Bounced` or `Email Complaint Received` of SES; None: it is none of these."""
    detail = _part(event, "detail")
    mail = _part(detail, "mail")
    sent_at, change = _moment(mail.get("timestamp")), _change(_part(mail, "tags"))
    match detail.get("eventType"):
        case "Bounce":
            bounce = _part(detail, "bounce")
            lasting = bounce.get("bounceType") == "Permanent"
            receivers = tuple(_addresses(bounce.get("bouncedRecipients")))
            return Bounce(Code.BOUNCED if lasting else None, receivers, sent_at, change)
        case "Complaint":
            complaint = _part(detail, "complaint")
            # Mail programs also report when somebody takes a mail out of the spam again.
            is_spam = complaint.get("complaintFeedbackType") != "not-spam"
            receivers = tuple(_addresses(complaint.get("complainedRecipients")))
            return Bounce(Code.COMPLAINED if is_spam else None, receivers, sent_at, change)
    return None


def _part(whole: object, name: str) -> dict[str, Any]:
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _addresses(receivers: object) -> Iterator[str]:
    for receiver in receivers[:MOST_ADDRESSES] if isinstance(receivers, list) else ():
        said = receiver.get("emailAddress") if isinstance(receiver, dict) else None
        if isinstance(said, str) and len(said) <= LONGEST_ADDRESS:
            address = parseaddr(said)[1]  # some servers report `Anna <anna@example.com>`
            if "@" in address:
                yield address


def _change(tags: dict[str, Any]) -> tuple[str, int] | None:
    """Which change a mail was about, by the tags that it was sent with; each has several values."""
    lead_id, number = (str(next(iter(_values(tags, name)), "")) for name in ("lead", "n"))
    is_one = _LEAD_ID.fullmatch(lead_id) and _NUMBER.fullmatch(number)
    return (lead_id, int(number)) if is_one else None


def _values(tags: dict[str, Any], name: str) -> list[Any]:
    values = tags.get(name)
    return values if isinstance(values, list) else []


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Refusal:
    """That an address takes no mail. `lifted_at`: since then somebody lets it be tried again."""

    mark: str  # of the address
    code: Code
    at: datetime
    lifted_at: datetime | None = None

    def holds(self, mark: str) -> bool:
        """Whether mail to the address with this mark is paused."""
        return self.lifted_at is None and self.mark == mark


Refusals = Mapping[str, Refusal]  # by whose address it is: `anna`, `manager#lena`


def noted(
    known: Refusals,
    who: str,
    new: Refusal,
    sent_at: datetime | None,
    reps: Container[str] = (),
) -> Refusals:
    """With a new one; the very same, if there is nothing new: it came before, or of an old mail.

    `reps` are those there are. Where there is no room, what keeps no mail back goes first.
    """
    old = known.get(who)
    if old and old.mark == new.mark:
        if old.lifted_at is None and new.at - old.at < TOLD_FOR:
            return known
        if old.lifted_at and sent_at and sent_at <= old.lifted_at:
            return known

    def worth(one: str) -> tuple[bool, datetime]:
        return _is_in_use(one, known[one], reps), known[one].at

    ordered = sorted(known, key=worth, reverse=True)
    others = [one for one in ordered if one != who][: MOST_KEPT - 1]
    return {**{one: known[one] for one in others}, who: new}


def _is_in_use(who: str, refusal: Refusal, reps: Container[str]) -> bool:
    """Whether it keeps mail back, or a manager's from being told of again."""
    is_here = who in reps or who.partition("#")[0] == "manager"
    return is_here and refusal.lifted_at is None


def lifted(known: Refusals, who: str, now: datetime) -> Refusals:
    """With mail to somebody no longer paused; the very same, if it is not."""
    refusal = known.get(who)
    if refusal is None or refusal.lifted_at:
        return known
    # It stays: an event of a mail from before may still come.
    return {**known, who: replace(refusal, lifted_at=now)}
