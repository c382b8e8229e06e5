"""The record of why: every candidate, who was excluded and why, credits before and after.

A decision is read out of the pool's ledger and the lead's log; it holds nothing personal about the
lead.
"""

from dataclasses import asdict
from typing import Any

from shared.domain.candidates import Candidate, candidates_of
from shared.domain.config import Config
from shared.domain.decision_record import Decision, Passage, Refund
from shared.domain.explaining import (
    YOU,
    Given,
    Voice,
    park_words,
    refund_words,
    strategy_words,
    why_given,
    why_not_given,
)
from shared.domain.leads import Change, Lead, Step
from shared.domain.ledger import Entry, Way
from shared.domain.moments import to_text
from shared.domain.paragraphs import paragraph
from shared.domain.refunding import refund_of
from shared.domain.reps import Obstacle

GIVEN = frozenset({Step.ASSIGNED, Step.CLAIMED})
DECIDED = GIVEN | {Step.PARKED, Step.OPENED, Step.PASSED}

_WAYS = {
    Way.OWNER: "existing_owner",
    Way.MANUAL: "manual",
    Way.CLAIM: "claim",
    Way.OPEN: "open",
    Way.PASS: "pass",
}


def decision_of(lead: Lead, change: Change, entry: Entry, config: Config | None = None) -> Decision:
    """The decision behind one record of a lead's log: one of the steps of `DECIDED`.

    `config` is the entry's version. Without it the candidates' limits are left out, and the reason
    says no more than what credits say.
    """
    number = next(i for i, line in enumerate(entry.lines) if line.lead_id == lead.lead_id)
    line, pool = entry.lines[number], config.pools.get(entry.pool_id) if config else None
    candidates = candidates_of(entry, number, config)
    position = lead.log.index(change)
    overridden = tuple(Obstacle[code.upper()] for code in change.over)
    given = Given(line, candidates, pool, overridden, _was_offered(lead.log[:position]))
    manual = line.way is Way.MANUAL
    return Decision(
        lead_id=lead.lead_id,
        pool_id=entry.pool_id,
        turn=entry.rotation.turn,
        assignment=times_given(lead.log[: position + 1]) if change.step in GIVEN else None,
        config_version=entry.config_version,
        rule=change.rule or "",
        path=_path(lead.log[:position], entry.pool_id),
        way=_WAYS.get(line.way, "shared" if line.chosen else "parked"),
        strategy=strategy_words(pool, line) if pool else "not looked up",
        at=to_text(entry.at),
        chosen=change.rep,
        by=change.by,
        note=change.reason if manual else None,
        reason=_reason(given, change, Voice(change.rep or "")),
        told=_reason(given, change, YOU),
        line=line,
        overridden=overridden,
        offered=change.offered,
        until=change.until,
        to=change.to,
        candidates=candidates,
        refund=_refund(lead, change),
    )


def times_given(log: tuple[Change, ...]) -> int:
    """How often a lead was given to somebody: the number of the newest assignment."""
    return sum(change.step in GIVEN for change in log)


def told_to_the_rep(decision: Decision) -> str:
    """Why the lead is theirs, as one sentence to the rep who got it; see `sentence`."""
    return decision.told


def _reason(given: Given, change: Change, voice: Voice) -> str:
    if change.step in GIVEN:
        return why_given(given, voice)
    return why_not_given(given.line, change)


def _was_offered(before: tuple[Change, ...]) -> bool:
    """Whether the lead was offered to several reps when it was taken."""
    opened = next((change for change in reversed(before) if change.step is Step.OPENED), None)
    return bool(opened and opened.offered)


def _path(before: tuple[Change, ...], pool_id: str) -> tuple[Passage, ...]:
    """The pools that passed the lead on, one to the next, until it came to this one."""
    path: list[Passage] = []
    for change in reversed(before):
        if change.step is Step.REROUTED:
            break
        if change.step is Step.PASSED:
            if change.to != (path[0].pool if path else pool_id):
                break
            path.insert(0, Passage(change.pool or "", change.reason or "", change.at))
    return tuple(path)


def _refund(lead: Lead, change: Change) -> Refund | None:
    """What the lead's own log says of the refund of this assignment."""
    undone = refund_of(lead, change) if change.step in GIVEN else None
    if undone is None:
        return None
    rep = change.rep or ""
    words = refund_words(rep, change.pool or "", undone.step)
    return Refund(rep, undone.turn or 0, to_text(undone.at), str(undone.step), words)


# ── As the API gives it ──────────────────────────────────────────────────────────────────────────


def to_json(decision: Decision) -> dict[str, Any]:
    """The decision as the API gives it. Credits are whole millionths of a lead."""
    line, given = decision.line, decision.chosen is not None
    return {
        "lead_id": decision.lead_id,
        "rule": decision.rule,
        "pool": decision.pool_id,
        "path": [_passage(decision, i) for i in range(len(decision.path))],
        "way": decision.way,
        "strategy": decision.strategy,
        "config_version": decision.config_version,
        "turn": decision.turn,
        "assignment": decision.assignment,
        "at": decision.at,
        "chosen": decision.chosen,
        "reason": decision.reason,
        "paragraph": paragraph(decision),
        "by": decision.by,
        "note": decision.note,
        "overridden": [obstacle.name.lower() for obstacle in decision.overridden],
        "offered": list(decision.offered),
        "until": to_text(decision.until) if decision.until else None,
        "to": decision.to,
        "score": line.score,
        "hot": line.hot,
        "points": line.load / 1000 if given else None,
        "value": line.value / 1000 if line.value else None,
        "cost": line.amount if line.moves_credit else 0,
        "refund": asdict(decision.refund) if decision.refund else None,
        "credit_unit": "millionths of a lead",
        "candidates": [_candidate(candidate) for candidate in decision.candidates],
    }


def _passage(decision: Decision, position: int) -> dict[str, Any]:
    passage = decision.path[position]
    return {
        "pool": passage.pool,
        "reason": passage.reason,
        "sentence": park_words(passage.reason),
        "at": to_text(passage.at),
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    held = candidate.held
    return {
        "rep_id": candidate.rep_id,
        "status": str(candidate.status),
        "reason": candidate.reason,
        "member": candidate.member,
        "weight": candidate.weight / 1000,
        "credit_before": candidate.credit_before,
        "share": candidate.share,
        "credit_after": candidate.credit_after,
        "open": held.open if held else None,
        "open_in_pool": held.here if held else None,
        "received_today": held.today if held else None,
        "points": held.load / 1000 if held else None,
        "value": held.value / 1000 if held else None,
        "limits": [
            {"limit": bound.limit, "most": bound.most, "rolling": bound.rolling}
            for bound in candidate.limits
        ],
    }
