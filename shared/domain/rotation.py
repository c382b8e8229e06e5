"""The rotation: who is owed the next lead, exactly.

Every member has a credit, in whole millionths of a lead; all credits of a pool always sum to
exactly zero. For one lead, each member who may take it is owed their share of it more; the one who
is owed most gets the lead and pays one whole lead for it. Who may not take it neither gains nor
loses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

LEAD = 1_000_000  # one lead, in the unit of credit


@dataclass(slots=True)
class Standing:
    """One member's account: weight in thousandths, credit in millionths, and their last lead."""

    weight: int
    credit: int = 0
    last: int = 0  # which of the pool's leads it was, counted from 1; 0: has had none yet


@dataclass(slots=True)
class Rotation:
    """A pool's accounts after `turn` entries of its ledger, in the order of the member list.

    `leads` counts the leads given so far: it dates `Standing.last`.
    """

    turn: int = 0
    leads: int = 0
    standings: dict[str, Standing] = field(default_factory=dict)


@lru_cache(maxsize=512)
def shares(weights: tuple[int, ...]) -> tuple[int, ...]:
    """One lead divided by weight; the parts sum to one lead exactly."""
    return _split(LEAD, weights)


def give(rotation: Rotation, eligible: Sequence[str]) -> str:
    """Give one lead to the eligible member who is owed most, and book it; answers who it is.

    `eligible` must not be empty and follows the order of the member list. Ties go to the one who
    has waited longest, then to the first in the list.
    """
    members = [rotation.standings[rep] for rep in eligible]
    parts = shares(tuple(member.weight for member in members))
    for member, part in zip(members, parts, strict=True):
        member.credit += part
    chosen = min(range(len(members)), key=lambda i: (-members[i].credit, members[i].last, i))
    rotation.leads += 1
    members[chosen].credit -= LEAD
    members[chosen].last = rotation.leads
    return eligible[chosen]


def owed_before(
    credits_after: Mapping[str, int],
    weights: Mapping[str, int],
    eligible: Sequence[str],
    chosen: str,
) -> dict[str, int]:
    """The credits before one lead was given, from those after it: `give`, backwards."""
    before = dict(credits_after)
    parts = shares(tuple(weights[rep] for rep in eligible))
    for rep, part in zip(eligible, parts, strict=True):
        before[rep] -= part
    before[chosen] += LEAD
    return before


def take_back(
    rotation: Rotation, weights: Mapping[str, int], eligible: Sequence[str], chosen: str
) -> Rotation:
    """The rotation without a lead that was given before: everybody is owed as if it had not been.

    `weights`, `eligible` and `chosen` are those of when it was given. The one who had it gets back
    the lead of credit that they paid, and each who was eligible returns the share that they got.
    What falls to members who have left is shared out by weight, as it is when they leave. Who has
    waited longest stays as it was: the lead was theirs, after all.
    """
    parts = shares(tuple(weights[rep] for rep in eligible))
    back = {rep: -part for rep, part in zip(eligible, parts, strict=True)}
    back[chosen] += LEAD
    standings = {
        rep: Standing(standing.weight, standing.credit + back.pop(rep, 0), standing.last)
        for rep, standing in rotation.standings.items()
    }
    _share_out(sum(back.values()), standings)
    return Rotation(rotation.turn, rotation.leads, standings)


def with_members(rotation: Rotation, weights: Mapping[str, int]) -> Rotation:
    """The rotation for a changed member list: nobody who stays is reset.

    New members start at zero. What leavers were owed, or had too much, is shared out by weight
    among those who are there now, so that the sum stays zero.
    """
    standings = {
        rep: Standing(weight, old.credit, old.last)
        if (old := rotation.standings.get(rep))
        else Standing(weight)
        for rep, weight in weights.items()
    }
    left = sum(old.credit for rep, old in rotation.standings.items() if rep not in weights)
    _share_out(left, standings)
    return Rotation(rotation.turn, rotation.leads, standings)


def _share_out(amount: int, standings: Mapping[str, Standing]) -> None:
    """Divide an amount of credit among all members, by weight."""
    if not standings or not amount:
        return
    parts = _split(amount, tuple(standing.weight for standing in standings.values()))
    for standing, part in zip(standings.values(), parts, strict=True):
        standing.credit += part


def _split(amount: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """An amount divided by weight, by largest remainder: whole parts that sum to it exactly."""
    sign, amount = (-1, -amount) if amount < 0 else (1, amount)
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    rest = amount - sum(parts)
    for i in sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % total))[:rest]:
        parts[i] += 1
    return tuple(sign * part for part in parts)
