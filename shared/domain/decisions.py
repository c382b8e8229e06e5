"""The record of why: every candidate, who was excluded and why, credits before and after.

A decision is read out of the pool's ledger; it holds nothing personal about the lead.
"""

from dataclasses import asdict, dataclass
from typing import Any

from shared.domain.leads import Change, Lead, Step
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.planning import ELIGIBLE, PARK_REASONS
from shared.domain.reps import Obstacle
from shared.domain.rotation import LEAD, owed_before, shares

EXCLUDED_BECAUSE = {
    Obstacle.INACTIVE: "is switched off in the configuration",
    Obstacle.PAUSED: "is paused",
    Obstacle.HOLDING_LIMIT: "holds as many open leads as their limit allows",
    Obstacle.DAILY_LIMIT: "has had as many leads today as their limit allows",
    Obstacle.HAD_IT: "has had this lead already",
    Obstacle.LAST_HOP: "the lead was given out as often as the pool allows",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One member of the pool, as the decision saw them. Credits are in millionths of a lead."""

    rep_id: str
    status: str  # chosen, eligible, excluded
    reason: str
    weight: int  # in thousandths
    credit_before: int
    share: int  # what this lead added to what they were owed; 0 when excluded
    credit_after: int

    @property
    def owed(self) -> int:
        """What they were owed when the lead was given."""
        return self.credit_before + self.share


@dataclass(frozen=True, slots=True)
class Refund:
    """What an assignment cost its rep is undone: its seller took the lead back."""

    rep_id: str
    turn: int  # the ledger entry that says so
    at: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a lead went where it went, once."""

    lead_id: str
    pool_id: str
    turn: int
    assignment: int | None  # None: the lead was parked
    config_version: int
    rule: str
    at: str
    chosen: str | None
    reason: str
    candidates: tuple[Candidate, ...]
    refund: Refund | None = None


def decision_of(lead: Lead, change: Change, entry: Entry) -> Decision:
    """The decision behind one `assigned` or `parked` record of a lead's log."""
    number = next(i for i, line in enumerate(entry.lines) if line.lead_id == lead.lead_id)
    candidates = _candidates(entry, number)
    assigned = change.step is Step.ASSIGNED
    so_far = lead.log[: lead.log.index(change) + 1]
    return Decision(
        lead_id=lead.lead_id,
        pool_id=entry.pool_id,
        turn=entry.rotation.turn,
        assignment=sum(c.step is Step.ASSIGNED for c in so_far) if assigned else None,
        config_version=entry.config_version,
        rule=change.rule or "",
        at=to_text(entry.at),
        chosen=change.rep,
        reason=_reason(candidates, change.rep or "", "was", "has")
        if assigned
        else PARK_REASONS[change.reason or ""][0],
        candidates=candidates,
        refund=_refund(lead, change),
    )


def last_assigned(lead: Lead) -> Change | None:
    """The newest record of the lead that gave it to a rep: the one that a return refunds."""
    return next((change for change in reversed(lead.log) if change.step is Step.ASSIGNED), None)


def _refund(lead: Lead, change: Change) -> Refund | None:
    """What the lead's own log says of the refund of this assignment."""
    if change is not last_assigned(lead):
        return None
    returned = next((c for c in lead.log if c.step is Step.RETURNED), None)
    if returned is None or returned.turn is None:
        return None
    return Refund(change.rep or "", returned.turn, to_text(returned.at))


def _candidates(entry: Entry, number: int) -> tuple[Candidate, ...]:
    """Walk the entry backwards to the line: the credits before it and after it."""
    standings = entry.rotation.standings
    weights = {rep: standing.weight for rep, standing in standings.items()}
    members = list(standings)
    before = {rep: standing.credit for rep, standing in standings.items()}
    after = before
    for line in reversed(entry.lines[number:]):
        after = before
        if line.chosen:
            before = owed_before(after, weights, line.eligible(members), line.chosen)
    line = entry.lines[number]
    eligible = line.eligible(members)
    parts: dict[str, int] = {}
    if eligible:
        several = shares(tuple(weights[rep] for rep in eligible))
        parts = dict(zip(eligible, several, strict=True))
    return tuple(
        Candidate(
            rep_id=rep,
            status=_status(rep, line.chosen, letter),
            reason=_why(rep, line.chosen, letter, before[rep] + parts.get(rep, 0)),
            weight=weights[rep],
            credit_before=before[rep],
            share=parts.get(rep, 0),
            credit_after=after[rep],
        )
        for rep, letter in zip(members, line.mask, strict=True)
    )


def _status(rep: str, chosen: str | None, letter: str) -> str:
    if rep == chosen:
        return "chosen"
    return "eligible" if letter == ELIGIBLE else "excluded"


def _why(rep: str, chosen: str | None, letter: str, owed: int) -> str:
    if letter != ELIGIBLE:
        return EXCLUDED_BECAUSE[Obstacle(letter)]
    return f"was owed {in_leads(owed)} of a lead"


def in_leads(credit: int) -> str:
    """A credit as people read it: in leads, two decimals."""
    return f"{credit / LEAD:.2f}"


def told_to_the_rep(decision: Decision) -> str:
    """Why the lead is theirs, as one sentence to the rep who got it."""
    return _reason(decision.candidates, "you", "were", "have")


def _reason(candidates: tuple[Candidate, ...], who: str, was: str, has: str) -> str:
    """Why the chosen one, in one sentence."""
    chosen = next(c for c in candidates if c.status == "chosen")
    others = [c for c in candidates if c.status == "eligible"]
    if not others:
        return f"{who} {was} the only one who could take the lead"
    owed = f"{who} {was} owed {in_leads(chosen.owed)} of a lead"
    if all(c.owed < chosen.owed for c in others):
        return f"{owed}, more than anyone else who could take it"
    return f"{owed}, as much as others, and {has} waited longest"


def to_json(decision: Decision) -> dict[str, Any]:
    """The decision as the API gives it. Credits are whole millionths of a lead."""
    return {
        "lead_id": decision.lead_id,
        "rule": decision.rule,
        "pool": decision.pool_id,
        "strategy": "weighted round robin",
        "config_version": decision.config_version,
        "turn": decision.turn,
        "assignment": decision.assignment,
        "at": decision.at,
        "chosen": decision.chosen,
        "reason": decision.reason,
        "refund": asdict(decision.refund) if decision.refund else None,
        "credit_unit": "millionths of a lead",
        "candidates": [
            {
                "rep_id": c.rep_id,
                "status": c.status,
                "reason": c.reason,
                "weight": c.weight / 1000,
                "credit_before": c.credit_before,
                "share": c.share,
                "credit_after": c.credit_after,
            }
            for c in decision.candidates
        ],
    }
