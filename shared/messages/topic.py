"""Notices to managers, through a topic.

Nobody controls who subscribes to a topic, or where its mails are kept: nothing here says whom a
lead is about. Who needs to know looks the lead up by its id, with a key.
"""

from collections.abc import Sequence

from shared.domain.leads import Lead, Step
from shared.domain.moments import to_text
from shared.messages.display import ascii_line, one_line
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
    subject = ascii_line(render_line("parked_notice.subject.txt", **values), SUBJECT)
    return subject, render_text("parked_notice.txt", **values)
