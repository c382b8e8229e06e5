"""Notices to managers, through a topic.

Nobody controls who subscribes to a topic, or where its mails are kept: nothing here says whom a
lead is about. Who needs to know looks the lead up by its id, with a key.
"""

from collections.abc import Sequence
from datetime import timedelta

from shared.domain.languages import Language
from shared.domain.leads import OPEN_STATUSES, Lead, Step
from shared.domain.moments import to_text
from shared.messages.display import ascii_line, one_line
from shared.messages.reasons import words_of
from shared.messages.rendering import render_line, render_text

SUBJECT = 99  # SNS wants less than 100 characters, printable ASCII
CANDIDATES = 50  # a larger pool is cut: SNS takes 256 KB, and people read less


def parked_notice(
    lead: Lead, *, reason: str, candidates: Sequence[tuple[str, str]], api_url: str
) -> tuple[str, str]:
    """Subject and text that tell a manager about a parked lead; nothing personal is in them.

    `reason` is the decision's sentence, `candidates` are each rep's id and what excludes them.
    `api_url` is where the lead can be looked up. The lead must have been parked, last or before.
    """
    parked = next(change for change in reversed(lead.log) if change.step is Step.PARKED)
    values = {
        "lead_id": lead.lead_id,
        "source": one_line(lead.source, 80),
        "pool": one_line(lead.pool or "", 80),
        "created_at": to_text(lead.created_at),
        "parked_at": to_text(parked.at),
        "retry": parked.retry,
        "reason": one_line(reason, 500).rstrip("."),
        "candidates": [(one_line(rep, 80), one_line(why, 200)) for rep, why in candidates],
        "shown": CANDIDATES,
        "api_url": api_url.rstrip("/"),
    }
    return _notice("parked_notice", **values)


def again_notice(again: Lead, first: Lead | None, *, api_url: str) -> tuple[str, str]:
    """Subject and text: a person came `again`, and no rep can be told who has their `first` lead.

    Either nobody holds it, or who does has left or is switched off; None: it has been deleted.
    """
    held = first is not None and first.status in OPEN_STATUSES
    return _notice(
        "again_notice",
        lead_id=again.lead_id,
        source=one_line(again.source, 80),
        created_at=to_text(again.created_at),
        first=one_line(again.log[-1].first or "", 80),
        status=first.status if first else None,
        owner=one_line(first.owner or "", 80) if first and held else "",
        api_url=api_url.rstrip("/"),
    )


def overdue_notice(lead: Lead, *, api_url: str) -> tuple[str, str]:
    """Subject and text: somebody has had a lead for too long, as its newest change says."""
    change = lead.log[-1]
    given_at = lead.assigned_at or change.at
    return _notice(
        "overdue_notice",
        lead_id=lead.lead_id,
        source=one_line(lead.source, 80),
        pool=one_line(lead.pool or "", 80),
        rep=one_line(change.rep or "", 80),
        why=change.reason,
        so_long=_length(change.at - given_at),
        created_at=to_text(lead.created_at),
        given_at=to_text(given_at),
        paused_until=to_text(change.until) if change.until else "",
        api_url=api_url.rstrip("/"),
    )


def _length(time: timedelta) -> str:
    """A length of time in whole units: the largest of which there are at least two."""
    minutes = max(1, round(time / timedelta(minutes=1)))
    for unit, length in (("day", 1440), ("hour", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}s"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def not_fetched_notice(lead: Lead, *, api_url: str) -> tuple[str, str]:
    """Subject and text: a platform announced a lead and never gave it; it lies in quarantine."""
    return _notice(
        "not_fetched_notice",
        lead_id=lead.lead_id,
        source=one_line(lead.source, 80),
        created_at=to_text(lead.created_at),
        reason=one_line(words_of(lead.log[-1]), 300).rstrip("."),
        api_url=api_url.rstrip("/"),
    )


def return_notice(
    *, lead_id: str, partner: str, reason: str, at: str, api_url: str
) -> tuple[str, str]:
    """Subject and text: a partner asks to take a lead back, and a manager must decide.

    `reason` is one of the codes agreed with the partner.
    """
    return _notice(
        "return_notice",
        lead_id=lead_id,
        partner=one_line(partner, 80),
        reason=one_line(reason, 80),
        at=at,
        api_url=api_url.rstrip("/"),
    )


def cap_notice(
    *,
    owner: str,
    cap: str,
    period: str,
    level: str,
    leads: tuple[int, int | None],
    money: tuple[str, str | None],
) -> tuple[str, str]:
    """Subject and text: a cap is `near` its end, or has `reached` it.

    `leads` and `money` are what it has counted, and the most it allows (None: any).
    """
    return _notice(
        "cap_notice",
        owner=one_line(owner.replace("#", " "), 80),
        cap=one_line(cap, 80),
        period=period,
        level=level,
        leads=leads[0],
        most_leads=leads[1],
        money=money[0],
        most_money=money[1],
    )


def dead_notice(*, channel: str, lead_id: str, attempts: int, code: str) -> tuple[str, str]:
    """Subject and text: what was to go to a channel did not arrive, and is not tried any more.

    `code` says why the last attempt failed.
    """
    return _notice(
        "dead_notice", channel=channel, lead_id=lead_id, attempts=attempts, code=one_line(code, 80)
    )


def failing_notice(
    *, channel: str, lead_id: str, code: str, others: Sequence[str]
) -> tuple[str, str]:
    """Subject and text: what was to go to a channel goes to others in its place."""
    return _notice(
        "failing_notice",
        channel=channel,
        lead_id=lead_id,
        code=one_line(code, 80),
        others=list(others),
    )


def mail_paused_notice(*, who: str, code: str, at: str, is_rep: bool) -> tuple[str, str]:
    """Subject and text: somebody's address takes no mail, which is paused if they are a rep."""
    return _notice("mail_paused_notice", who=one_line(who, 80), code=code, at=at, is_rep=is_rep)


def template_notice(*, pool: str, kind: str, why: str) -> tuple[str, str]:
    """Subject and text: a pool's own template of a mail fails; `why` holds nothing personal."""
    return _notice(
        "template_notice", pool=one_line(pool, 80), kind=kind, why=one_line(why, 300).rstrip(".")
    )


def _notice(template: str, **values: object) -> tuple[str, str]:
    subject = ascii_line(render_line(f"{template}.subject.txt", Language.EN, **values), SUBJECT)
    return subject, render_text(f"{template}.txt", Language.EN, **values)
