"""A lead's log, told to people: one plain sentence per record."""

from datetime import timedelta

from shared.domain.decisions import GIVEN
from shared.domain.leads import Change, Lead, Sale, Step
from shared.domain.money import to_text
from shared.domain.reps import EXCLUDED_BECAUSE, Obstacle
from shared.messages.display import one_line
from shared.messages.reasons import words_of
from shared.messages.rendering import render_line

_TAKEN = frozenset({Step.DECLINED, Step.RECLAIMED, Step.LAPSED, Step.UNASSIGNED, Step.REROUTED})


def sentence(change: Change, lead: Lead, *, why: str | None = None) -> str:
    """What one record of the lead's log says, without its time and without a full stop.

    `why` is the decision's sentence, for those who have it at hand. The result is plain text and
    holds nothing personal about the lead. ValueError: the record is not in the lead's log.
    """
    position = lead.log.index(change)
    before = lead.log[:position]
    by_hand = change.step is Step.ASSIGNED and change.by is not None
    return render_line(
        "journey.txt",
        step=change.step,
        after=before[-1].step if before else None,
        source=one_line(lead.source, 80),
        rep=one_line(change.rep or "", 80),
        pool=one_line(change.pool or "", 80),
        rule=one_line(change.rule or "", 200),
        by=one_line(change.by or "", 200) if change.by != change.rep else "",
        by_hand=by_hand,
        had_it=one_line(_owner_after(before) or "", 80) if by_hand else "",
        over=[EXCLUDED_BECAUSE[Obstacle[code.upper()]] for code in change.over],
        to=one_line(change.to or "", 80),
        offered=_times_offered(change, before),
        so_long=_so_long(change),
        names=[one_line(name, 80) for name in change.names],
        retry=change.retry,
        assignment=sum(record.step in GIVEN for record in (*before, change)),
        price=_price(change.sale),
        won=f"{to_text(change.won.amount)} {change.won.currency}" if change.won else "",
        first=one_line(change.first or "", 80),
        reason=one_line(why or words_of(change), 500).rstrip("."),
    )


def _owner_after(log: tuple[Change, ...]) -> str | None:
    """Who had the lead after these records."""
    latest = next((record for record in reversed(log) if record.step in GIVEN | _TAKEN), None)
    return latest.rep if latest and latest.step in GIVEN else None


def _times_offered(change: Change, before: tuple[Change, ...]) -> int:
    """To how many reps a lead is offered; of one that is claimed, was offered."""
    records = reversed((*before, change))
    opened = next((record for record in records if record.step is Step.OPENED), None)
    return len(opened.offered) if opened else 0


def _so_long(change: Change) -> str:
    """For how long, in whole minutes or hours."""
    if change.until is None:
        return ""
    minutes = max(1, round((change.until - change.at) / timedelta(minutes=1)))
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f", for {number} {unit}{'' if number == 1 else 's'}"


def _price(sale: Sale | None) -> str:
    return f"{to_text(sale.price)} {one_line(sale.currency, 3)}" if sale else ""
