"""What becomes of the credit of who is not there: frozen, shared out, or caught up with slowly."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.config import ActiveConfig
from shared.domain.ledger import Entry, standings_from_text, standings_to_text
from shared.domain.planning import assign, plan
from shared.domain.plans import Known, Ruled
from shared.domain.reps import Workload
from shared.domain.rotation import LEAD
from tests.pool_days import START, simulate
from tests.team import active, config, new_lead

seeds = st.integers(0, 10**9)


class Table:
    """A pool, lead by lead; reps take breaks."""

    def __init__(self, team: ActiveConfig) -> None:
        self.team = team
        self.known = Known()
        self.got: list[str] = []

    def set_paused(self, rep: str, *, paused: bool) -> None:
        load = self.known.loads.get(rep, Workload())
        loads = {**self.known.loads, rep: replace(load.copy(), paused=paused)}
        self.known = replace(self.known, loads=loads)

    def give(self, several: int, **fields: str) -> list[str]:
        """Who gets the next leads, all with these fields."""
        leads = [
            Ruled(new_lead(f"lead{len(self.got) + number:06d}", START, **fields), "r")
            for number in range(several)
        ]
        planned = plan(self.team, "sales", self.known, leads, START)
        self.known = planned.known
        got = [move.change.rep or "" for move in planned.moves]
        self.got += got
        assert sum(self.credits.values()) == 0
        return got

    def give_without(self, several: int, *away: str) -> None:
        """The next leads come while these are on a break."""
        for rep in away:
            self.set_paused(rep, paused=True)
        self.give(several)
        for rep in away:
            self.set_paused(rep, paused=False)

    def give_by_hand(self, rep: str) -> None:
        """A manager gives one lead to this rep."""
        lead = Ruled(new_lead(f"lead{len(self.got):06d}", START), "r")
        self.known = assign(self.team, "sales", self.known, lead, rep, START, by="maria").known
        self.got.append(rep)

    def finish_all_of(self, rep: str) -> None:
        """This rep's hands are empty again."""
        self.known = replace(self.known, loads={**self.known.loads, rep: Workload()})

    @property
    def credits(self) -> dict[str, int]:
        return {rep: one.credit for rep, one in self.known.rotation.standings.items()}


def any_team(chance: Random, **pool: Any) -> Table:
    weights = {f"rep{n}": chance.randint(1, 6) for n in range(chance.randint(2, 7))}
    return Table(active(config(weights, **pool)))


@pytest.mark.parametrize("absence", ["frozen", "none", "catch_up"])
@given(seed=seeds)
@settings(max_examples=30, deadline=None)
def test_any_pool_keeps_exact_books_whoever_is_absent(absence: str, seed: int) -> None:
    simulate(seed, absence=absence, limited=False)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_frozen_who_is_absent_neither_gains_nor_loses(seed: int) -> None:
    chance = Random(seed)
    table = any_team(chance)
    table.give(chance.randint(1, 20))
    table.set_paused("rep0", paused=True)
    before = table.credits["rep0"]
    table.give(chance.randint(1, 60))
    assert table.credits["rep0"] == before


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_without_credit_for_absence_everybody_comes_back_with_nothing(seed: int) -> None:
    """Also who was at zero already when somebody else went, and whatever the order was."""
    chance = Random(seed)
    table = any_team(chance, absence="none")
    reps = list(table.team.config.pools["sales"].members)
    away: set[str] = set()
    for _ in range(12):
        table.give(chance.randint(1, 7))
        for rep in away:
            assert table.credits[rep] == 0
        rep = chance.choice(reps)
        if rep in away:
            away.discard(rep)
        elif len(away) + 1 < len(reps):
            away.add(rep)
        table.set_paused(rep, paused=rep in away)


def test_who_is_switched_off_keeps_no_credit_either() -> None:
    weights = {"anna": 1, "bo": 1, "cy": 1}
    table = Table(active(config(weights, absence="none")))
    table.give(4)
    off = config(weights, limits={"anna": {"active": False}}, absence="none")
    table.team = active(off)
    table.give(1)
    assert table.credits["anna"] == 0


@pytest.mark.parametrize("credit_by", ["lead", "value"])
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_catching_up_is_bounded_and_complete(credit_by: str, seed: int) -> None:
    """Back after a long time: never much more than so many times the normal share, and all of it.

    A stretch of leads may begin just before one of theirs and end just after one, and so may the
    time in which they catch up: up to three more than that share, whatever the stretch.
    """
    chance = Random(seed)
    times = chance.choice(["1.5", "2", "3", "5"])
    value = {"value": {"typical": 1000, "at_most": 10}} if credit_by == "value" else {}
    table = any_team(chance, absence="catch_up", catch_up=times, credit_by=credit_by, **value)
    weights = table.team.config.pools["sales"].weights()
    share = weights["rep0"] / sum(weights.values())
    table.give(chance.randint(1, 30))
    table.set_paused("rep0", paused=True)
    missed = chance.randint(20, 150)
    before = table.credits["rep0"]
    table.give(missed)
    assert abs(table.credits["rep0"] - before - missed * share * LEAD) <= missed
    table.set_paused("rep0", paused=False)
    got = table.give(600)

    theirs = [number for number, rep in enumerate(got) if rep == "rep0"]
    most = min(1, float(times) * share)
    for first, start in enumerate(theirs):
        for last in range(first, len(theirs)):
            assert last - first + 1 <= most * (theirs[last] - start + 1) + 3
    needed = missed * share / max(0.001, most - share)
    if needed < 500:
        assert all(abs(credit) < 1.4 * LEAD for credit in table.credits.values())


def test_two_who_come_back_together_both_catch_up() -> None:
    table = Table(active(config(dict.fromkeys(["a", "b", "c", "d"], 1), absence="catch_up")))
    table.give(8)
    table.give_without(100, "a", "b")
    table.give(300)
    assert [table.got.count(rep) for rep in "abcd"] == [102, 102, 102, 102]


def test_who_is_half_of_the_team_catches_up_even_at_little_more_than_the_normal_share() -> None:
    """Their share is every second lead, so that whole leads apart they would never gain any."""
    table = Table(active(config({"a": 1, "b": 1}, absence="catch_up", catch_up="1.5")))
    table.give(2)
    table.give_without(40, "a")
    got = table.give(100)
    assert table.got.count("a") == table.got.count("b")
    assert all("b" in got[start : start + 5] for start in range(90))


def test_a_new_member_gets_no_flood_for_what_is_owed_to_somebody_absent() -> None:
    """The others owe the one who is away ever more; the new one owes nobody anything."""
    table = Table(active(config({"a": 1, "b": 1, "c": 1}, absence="catch_up")))
    table.give(3)
    table.set_paused("a", paused=True)
    table.give(90)
    table.team = active(config({"a": 1, "b": 1, "c": 1, "new": 1}, absence="catch_up"))
    got = table.give(20)
    assert got.count("new") <= 11
    assert not any(one == other == "new" for one, other in pairwise(got))


def longest_run(got: list[str], rep: str) -> int:
    return max(len(run) for run in "".join("x" if one == rep else " " for one in got).split(" "))


def test_nobody_is_flooded_when_those_who_owe_them_were_out_for_a_moment() -> None:
    """Without these, who came back owes nobody anything: that does not count."""
    table = Table(active(config({"anna": 1, "bo": 1}, absence="catch_up", catch_up="1.5")))
    table.give(2)
    table.give_without(100, "bo")
    table.give_without(1, "anna")
    assert longest_run(table.give(100), "bo") <= 3


def test_nor_is_a_new_member_whose_first_lead_came_then() -> None:
    table = Table(active(config({"anna": 1, "bo": 1}, absence="catch_up")))
    table.give(2)
    table.set_paused("bo", paused=True)
    table.give(60)
    table.team = active(config({"anna": 1, "bo": 1, "new": 1}, absence="catch_up"))
    table.give_without(1, "anna")
    assert longest_run(table.give(20), "new") <= 2


def test_nor_who_was_switched_off_meanwhile() -> None:
    weights = dict.fromkeys(["anna", "bo", "cy", "dee"], 1)
    on = active(config(weights, absence="catch_up"))
    table = Table(on)
    table.give(4)
    table.set_paused("bo", paused=True)
    table.team = active(config(weights, limits={"cy": {"active": False}}, absence="catch_up"))
    table.give(60)
    table.team = on
    assert longest_run(table.give(16), "cy") == 1


def test_nor_whoever_catches_up_while_two_releases_write_the_ledger() -> None:
    """The one before knows no level: it writes the numbers as they are, without a sign."""
    table = Table(active(config(dict.fromkeys(["anna", "bo", "cy", "dee"], 1), absence="catch_up")))
    table.give(4)
    table.give_without(60, "bo")
    for _ in range(3):
        rotation = table.known.rotation
        text = standings_to_text(Entry("sales", rotation, 1, START)).replace("+", "")
        rotation = replace(rotation, standings=standings_from_text(text)[0])
        table.known = replace(table.known, rotation=rotation)
        assert longest_run(table.give(8), "bo") == 1


@pytest.mark.parametrize(
    "pool",
    [
        {"credit_by": "value", "value": {"typical": 1000, "at_most": 10}},
        {"strategy": "least_loaded", "split": {"percent": 30, "strategy": "weighted"}},
        {"charges": ["manual"]},
    ],
    ids=["by value", "split", "by hand"],
)
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_nobody_catches_up_who_was_there_all_along(pool: dict[str, Any], seed: int) -> None:
    """Others may leave them far behind: by one dear lead, by idle hands, by a manager's favour."""

    def given_out(absence: str) -> list[str]:
        chance = Random(seed)
        table = any_team(chance, absence=absence, catch_up="1.1", **pool)
        for _ in range(100):
            if "charges" in pool and chance.random() < 0.3:
                table.give_by_hand("rep0")
            table.give(1, value=str(chance.choice([100, 1000, 1000, 10_000])))
            if "split" in pool:
                table.finish_all_of(chance.choice(["rep0", "rep1"]))
        return table.got

    assert given_out("catch_up") == given_out("frozen")


@pytest.mark.parametrize(
    ("order", "then"),
    [
        ({"strategy": "round_robin", "strict": True}, ["a", "b", "c"] * 4),
        ({"strategy": "least_loaded"}, ["a"] * 12),
    ],
    ids=["strict", "least_loaded"],
)
def test_nobody_is_held_back_where_debt_does_not_decide(order: Any, then: list[str]) -> None:
    team = config({"a": 1, "b": 1, "c": 1}, absence="catch_up", catch_up="1.1", **order)
    table = Table(active(team))
    table.give(3)
    table.give_without(40, "a")
    assert table.give(12) == then
