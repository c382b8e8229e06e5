"""The rotation: who is owed the next lead, exactly.

Every member has a credit, in whole millionths of a lead; all credits of a pool always sum to
exactly zero. For one lead, each member who may take it is owed their share of it more; one of them,
by the pool's strategy the one who is owed most, gets the lead and pays for it what was shared out.
Who may not take it neither gains nor loses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

LEAD = 1_000_000  # one lead, in the unit of credit


@dataclass(slots=True)
class Standing:
    """One member's account: weight in thousandths, credit in millionths, and their last lead."""

    weight: int
    credit: int = 0
    last: int = 0  # which of the pool's leads it was, counted from 1; 0: has had none yet
    level: bool = False  # where absence is caught up with: nothing is left to catch up with


@dataclass(slots=True)
class Rotation:
    """A pool's accounts after `turn` entries of its ledger, in the order of the member list.

    `leads` counts the leads given so far: it dates `Standing.last`.
    """

    turn: int = 0
    leads: int = 0
    standings: dict[str, Standing] = field(default_factory=dict)


@lru_cache(maxsize=512)
def shares(weights: tuple[int, ...], amount: int = LEAD) -> tuple[int, ...]:
    """An amount (one lead, if not said) divided by weight; the parts sum to it exactly."""
    return _split(amount, weights)


def share(
    rotation: Rotation, sharing: Sequence[str], weights: Sequence[int], amount: int = LEAD
) -> None:
    """Owe these members their parts of a lead, by these weights."""
    for rep, part in zip(sharing, shares(tuple(weights), amount), strict=True):
        rotation.standings[rep].credit += part


def most_owed(rotation: Rotation, eligible: Sequence[str]) -> str:
    """Who is owed most. Ties go to the one who has waited longest, then to the first in order."""
    chosen = eligible[0]
    best = rotation.standings[chosen]
    for rep in eligible:
        one = rotation.standings[rep]
        if one.credit > best.credit or (one.credit == best.credit and one.last < best.last):
            chosen, best = rep, one
    return chosen


def longest_waiting(rotation: Rotation, eligible: Sequence[str]) -> str:
    """Whose last lead lies furthest back, whatever anybody is owed: strictly one after another."""
    return min(eligible, key=lambda rep: rotation.standings[rep].last)


def pay(rotation: Rotation, chosen: str, amount: int = LEAD) -> None:
    """Book a lead that a member got: they pay for it."""
    rotation.leads += 1
    rotation.standings[chosen].credit -= amount
    rotation.standings[chosen].last = rotation.leads


def give(rotation: Rotation, eligible: Sequence[str]) -> str:
    """Give one lead to the eligible member who is owed most, and book it; answers who it is.

    `eligible` must not be empty and follows the order of the member list.
    """
    share(rotation, eligible, [rotation.standings[rep].weight for rep in eligible])
    chosen = most_owed(rotation, eligible)
    pay(rotation, chosen)
    return chosen


def mark_level(rotation: Rotation, absent: Sequence[str], there: Sequence[str]) -> None:
    """Book who is level: none of the absent; of others, who was before, and who is by now.

    `there`: who is not away, whether the lead suits them or not. Level is who is owed less than a
    lead more than these are on average, and no more than a lead more than each of the absent: who
    owes the others much may be out for this one lead only.
    """
    standings = rotation.standings
    for rep in absent:
        standings[rep].level = False
    together = sum(standings[rep].credit for rep in there)
    least = min((standings[rep].credit for rep in absent), default=None)
    for rep in there:
        one = standings[rep]
        ahead = one.credit - LEAD
        if not one.level and ahead * len(there) < together:
            one.level = least is None or ahead <= least


def owed_before(
    credits_after: Mapping[str, int],
    sharing: Sequence[str],
    weights: Sequence[int],
    chosen: str,
    amount: int = LEAD,
) -> dict[str, int]:
    """The credits before one lead was given, from those after it: `share` and `pay`, backwards."""
    before = dict(credits_after)
    for rep, part in zip(sharing, shares(tuple(weights), amount), strict=True):
        before[rep] -= part
    before[chosen] += amount
    return before


def take_back(
    rotation: Rotation,
    sharing: Sequence[str],
    weights: Sequence[int],
    chosen: str,
    amount: int = LEAD,
) -> Rotation:
    """The rotation without a lead that was given before: everybody is owed as if it had not been.

    `sharing`, `weights`, `chosen` and `amount` are those of when it was given. The one who had it
    gets back what they paid, and each who was owed a part of it returns that. What falls to members
    who have left is shared out by weight, as it is when they leave. Who has waited longest stays as
    it was: the lead was theirs, after all.
    """
    back = {rep: -part for rep, part in zip(sharing, shares(tuple(weights), amount), strict=True)}
    back[chosen] = back.get(chosen, 0) + amount
    standings = {
        rep: replace(standing, credit=standing.credit + back.pop(rep, 0))
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
        rep: Standing(weight, old.credit, old.last, old.level)
        if (old := rotation.standings.get(rep))
        else Standing(weight)
        for rep, weight in weights.items()
    }
    left = sum(old.credit for rep, old in rotation.standings.items() if rep not in weights)
    _share_out(left, standings)
    return Rotation(rotation.turn, rotation.leads, standings)


def settle(rotation: Rotation, absent: Sequence[str]) -> None:
    """Share out what these members are owed, or have too much, among the others; they are at zero.

    `absent`: all who are; whoever else has an account is there. Nothing happens when nobody is.
    """
    gone = set(absent)
    others = {rep: one for rep, one in rotation.standings.items() if rep not in gone}
    if not others:
        return
    left = 0
    for rep in absent:
        left += rotation.standings[rep].credit
        rotation.standings[rep].credit = 0
    _share_out(left, others)


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
