"""A lead's log, told to people: one plain sentence per record."""

from shared.domain.leads import Change, Lead, Sale, Step
from shared.domain.money import to_text
from shared.messages.display import one_line
from shared.messages.reasons import words_of
from shared.messages.rendering import render_line


def sentence(change: Change, lead: Lead, *, why: str | None = None) -> str:
    """What one record of the lead's log says, without its time and without a full stop.

    `why` is the decision's sentence, for those who have it at hand. The result is plain text and
    holds nothing personal about the lead. ValueError: the record is not in the lead's log.
    """
    so_far = lead.log[: lead.log.index(change) + 1]
    return render_line(
        "journey.txt",
        step=change.step,
        after=so_far[-2].step if len(so_far) > 1 else None,
        source=one_line(lead.source, 80),
        rep=one_line(change.rep or "", 80),
        pool=one_line(change.pool or "", 80),
        rule=one_line(change.rule or "", 200),
        by=one_line(change.by or "", 200) if change.by != change.rep else "",
        retry=change.retry,
        assignment=sum(record.step is Step.ASSIGNED for record in so_far),
        price=_price(change.sale),
        first=one_line(change.first or "", 80),
        reason=one_line(why or words_of(change), 500).rstrip("."),
    )


def _price(sale: Sale | None) -> str:
    return f"{to_text(sale.price)} {one_line(sale.currency, 3)}" if sale else ""
