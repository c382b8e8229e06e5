"""A lead's log, told to people: one plain sentence per record."""

import re

from shared.domain.leads import Change, Lead, Step
from shared.domain.planning import PARK_REASONS
from shared.messages.display import one_line
from shared.messages.rendering import render_line

# Reasons that leadwheel writes start with a code for programs: "honeypot_filled: a field …".
_CODE = re.compile(r"^[a-z]+(?:_[a-z]+)+: ")


def sentence(change: Change, lead: Lead, *, why: str | None = None) -> str:
    """What one record of the lead's log says, without its time and without a full stop.

    `why` is the decision's sentence, for those who have it at hand. The result is plain text and
    holds nothing personal about the lead. ValueError: the record is not in the lead's log.
    """
    so_far = lead.log[: lead.log.index(change) + 1]
    return render_line(
        "journey.txt",
        step=change.step,
        source=one_line(lead.source, 80),
        rep=one_line(change.rep or "", 80),
        pool=one_line(change.pool or "", 80),
        rule=one_line(change.rule or "", 200),
        by=one_line(change.by or "", 200) if change.by != change.rep else "",
        retry=change.retry,
        assignment=sum(record.step is Step.ASSIGNED for record in so_far),
        reason=one_line(why or _spoken(change.reason or ""), 500).rstrip("."),
    )


def _spoken(reason: str) -> str:
    """A reason's sentence for its code; a rep's own words as they are."""
    if reason in PARK_REASONS:
        return PARK_REASONS[reason][0]
    return _CODE.sub("", reason)
