"""A decision as a paragraph for a manager: all that it says, in plain prose."""

from collections.abc import Iterator, Sequence

from shared.domain.candidates import Candidate, Role, in_leads
from shared.domain.decision_record import Decision
from shared.domain.explaining import park_words
from shared.domain.reps import EXCLUDED_BECAUSE, Obstacle

MOST_NAMED = 3


def paragraph(decision: Decision) -> str:
    """All that a decision says, in plain prose."""
    return " ".join(f"{sentence}." for sentence in _sentences(decision))


def _sentences(decision: Decision) -> Iterator[str]:
    yield _outcome(decision)
    yield from _way_here(decision)
    yield f"Pool {decision.pool_id} shares its leads by this strategy: {decision.strategy}"
    yield from _about_the_lead(decision)
    yield from _compared(decision)
    yield from _paid(decision)
    yield (
        f"So it was decided under version {decision.config_version} of the configuration, as turn"
        f" {decision.turn} of the pool's ledger"
    )
    if refund := decision.refund:
        yield f"Undone since: {refund.sentence}, by turn {refund.turn}"


def _outcome(decision: Decision) -> str:
    if decision.chosen is None:
        became = {"open": "Open", "pass": "Passed on", "parked": "Parked"}[decision.way]
        return f"{became}: {decision.reason}"
    via = f" (via {decision.by})" if decision.by and decision.by != decision.chosen else ""
    note = f", with the words “{decision.note.rstrip('.')}”" if decision.note else ""
    return f"{decision.chosen} got assignment {decision.assignment}: {decision.reason}{via}{note}"


def _way_here(decision: Decision) -> Iterator[str]:
    first = decision.path[0].pool if decision.path else decision.pool_id
    if decision.rule:
        yield f"Rule “{decision.rule}” sent the lead to pool {first}"
    pools = [passage.pool for passage in decision.path] + [decision.pool_id]
    for passage, onward in zip(decision.path, pools[1:], strict=True):
        yield f"Pool {passage.pool} passed it on to {onward}, as {park_words(passage.reason)}"


def _about_the_lead(decision: Decision) -> Iterator[str]:
    line = decision.line
    if line.score is not None:
        yield f"The lead scored {line.score}"
    if decision.chosen is not None and line.load != 1000:
        yield f"It weighs {line.load / 1000:g} points"
    if line.value:
        yield f"It is worth {line.value / 1000:g} typical leads"
    if line.hot:
        yield "It is hot, so limits did not count"


def _compared(decision: Decision) -> Iterator[str]:
    """Who could take the lead, and what kept the others from it."""
    members = [c for c in decision.candidates if c.member]
    if not decision.line.mask:
        yield f"Its {_counted(len(members), 'member')} were not compared"
        return
    out = [c for c in members if c.status in (Role.EXCLUDED, Role.OWED)]
    could = len(members) - len(out)
    if decision.way == "shared" or decision.chosen is None:
        yield f"Of its {_counted(len(members), 'member')}, {could} could take it"
    else:
        free = sum(c.status is Role.ELIGIBLE for c in members)
        yield f"Of its {_counted(len(members), 'member')}, {free} others could have taken it"
    if out:
        yield f"{len(out)} could not: " + "; ".join(_kept_from_it(out))


def _kept_from_it(out: Sequence[Candidate]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for candidate in out:
        by_reason.setdefault(candidate.reason, []).append(candidate.rep_id)
    for reason, reps in by_reason.items():
        if reason == EXCLUDED_BECAUSE[Obstacle.LAST_HOP]:
            yield reason
        elif len(reps) == 1:
            yield f"{reps[0]} {reason}"
        elif len(reps) <= MOST_NAMED:
            yield f"each of {', '.join(reps[:-1])} and {reps[-1]} {reason}"
        else:
            yield f"each of {len(reps)} {reason}"


def _paid(decision: Decision) -> Iterator[str]:
    chosen = next((c for c in decision.candidates if c.status is Role.CHOSEN), None)
    if chosen is None:
        return
    if not decision.line.moves_credit:
        yield "It costs no credit"
        return
    yield (
        f"Owed {in_leads(chosen.credit_before)} of a lead before it, and"
        f" {in_leads(chosen.share)} more by it, {chosen.rep_id} paid"
        f" {in_leads(decision.line.amount)} and is at {in_leads(chosen.credit_after)} now"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
