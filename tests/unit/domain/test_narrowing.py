"""Who of those who could take a lead may take this one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.leads import Change, Lead, Step, evolve
from shared.domain.narrowing import Narrowing, spaced_out
from shared.domain.rotation import LEAD, Rotation, Standing, mark_level
from tests.team import config, new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SKILLS = {
    "anna": {"skills": {"language": ["sv", " DE "]}},
    "bo": {"skills": {"language": ["sv"]}},
    "cy": {},
}


def masked(
    lead: Lead, mask: str = "...", score: int | None = None, now: datetime = NOW, **pool: Any
) -> str:
    team = config({"anna": 1, "bo": 1, "cy": 1}, limits=SKILLS, **pool)
    number = None if score is None else Decimal(score)
    return "".join(Narrowing(team, "sales", now).narrowed(list(mask), lead, number))


def lost(*reps: str) -> Lead:
    lead = new_lead("lead", NOW)
    for rep in reps:
        lead = evolve(lead, Change(Step.ASSIGNED, NOW, rep, "sales"))
        lead = evolve(lead, Change(Step.DECLINED, NOW, rep))
    return lead


REQUIRED = [{"field": "language"}]
PREFERRED = [{"field": "language", "required": False}]


@pytest.mark.parametrize(
    ("language", "mask", "match", "expected"),
    [
        ("de", "...", REQUIRED, ".ss"),
        ("Sv ", "...", REQUIRED, "..s"),
        ("fr", "...", REQUIRED, "sss"),
        ("", "...", REQUIRED, "..."),
        ("de", "p..", REQUIRED, "pss"),
        ("de", "...", PREFERRED, ".qq"),
        ("de", "p..", PREFERRED, "p.."),
        ("sv", "p..", PREFERRED, "p.q"),
    ],
)
def test_a_skill_is_required_or_preferred(
    language: str, mask: str, match: list[Any], expected: str
) -> None:
    assert masked(new_lead("lead", NOW, language=language), mask, match=match) == expected


def test_a_skill_is_no_longer_asked_for_after_so_long() -> None:
    match = [{"field": "language", "relax_after": "10m"}]
    lead = new_lead("lead", NOW, language="fr")
    almost, then = NOW + timedelta(seconds=599), NOW + timedelta(seconds=600)
    assert masked(lead, now=almost, match=match) == "sss"
    assert masked(lead, now=then, match=match) == "..."
    elsewhere = evolve(lead, Change(Step.PARKED, NOW, pool="others"))
    assert masked(elsewhere, now=then, match=match) == "sss"


def test_who_had_it_is_out_and_so_is_everybody_once_it_was_out_often_enough() -> None:
    assert masked(lost("bo")) == ".l."
    assert masked(lost("bo"), "ppp") == "plp"
    assert masked(lost("bo", "anna"), deadlines={"max_assignments": 2}) == "mmm"


TIERS = [{"from": 80, "reps": ["anna"]}, {"from": 40, "reps": ["bo"]}]


@pytest.mark.parametrize(
    ("score", "mask", "overflow", "expected"),
    [
        (80, "...", True, ".tt"),
        (79, "...", True, "t.t"),
        (None, "...", True, "t.t"),
        (-5, "...", True, "t.t"),
        (80, "h..", True, "h.."),
        (80, "h..", False, "htt"),
    ],
)
def test_tiers(score: int | None, mask: str, *, overflow: bool, expected: str) -> None:
    lead = new_lead("lead", NOW)
    assert masked(lead, mask, score, tiers=TIERS, overflow=overflow) == expected


def test_what_is_required_comes_before_the_tier_and_what_is_preferred_after_it() -> None:
    lead = new_lead("lead", NOW, language="sv")
    assert masked(lead, score=80, tiers=TIERS, match=REQUIRED) == ".ts"
    both = [{"from": 0, "reps": ["bo", "cy"]}]
    assert masked(lead, score=80, tiers=both, match=PREFERRED) == "t.q"


def test_who_is_not_there_for_a_lead_is_known_also_while_they_are_absent() -> None:
    team = config({"anna": 1, "bo": 1, "cy": 1}, limits=SKILLS, match=REQUIRED)
    narrowing = Narrowing(team, "sales", NOW)
    assert narrowing.unfit(new_lead("lead", NOW, language="de"), None) == {1, 2}
    assert narrowing.unfit(new_lead("lead", NOW), None) == set()


# ── Catching up ──────────────────────────────────────────────────────────────────────────────────


def spaced(
    mask: str,
    credits_and_last: list[tuple[float, int]],
    leads: int,
    times: str,
    behind: str = "",
) -> str:
    """The mask then; `behind` has a `b` for each who has been away, or nothing if all have."""
    names = [f"rep{n}" for n in range(len(mask))]
    rotation = Rotation(1, leads)
    letters = behind or "b" * len(mask)
    for rep, (credit, last), letter in zip(names, credits_and_last, letters, strict=True):
        rotation.standings[rep] = Standing(1000, int(credit * LEAD), last, letter != "b")
    weights = dict.fromkeys(names, 1000)
    return "".join(spaced_out(list(mask), names, rotation, weights, Decimal(times)))


def test_who_is_owed_much_waits_after_a_lead_of_theirs() -> None:
    """A quarter is every fourth lead; at twice that, every second."""
    others = [(-3.0, 1), (-3.0, 2), (-3.0, 3)]
    assert spaced("....", [(9, 100), *others], 100, "2") == "c..."
    assert spaced("....", [(9, 100), *others], 101, "2") == "...."
    assert spaced("....", [(9, 100), *others], 100, "4") == "...."


def test_nobody_waits_who_is_owed_little_has_had_none_or_is_alone() -> None:
    others = [(-0.3, 1), (-0.3, 2), (-0.3, 3)]
    assert spaced("....", [(0.9, 100), *others], 100, "2") == "...."
    assert spaced("....", [(9, 0), (-3, 1), (-3, 2), (-3, 3)], 100, "2") == "...."
    assert spaced(".ppp", [(9, 100), (-3, 1), (-3, 2), (-3, 3)], 100, "2") == ".ppp"


def test_owed_is_compared_with_the_others_who_are_there() -> None:
    """One is far away and owed everything: of the others, one owes less than the rest."""
    standings = [(90.0, 1), (-45.0, 100), (-45.0, 99), (0.0, 101)]
    assert spaced("p...", standings, 101, "2") == "p..c"
    assert spaced("pp..", [(90.0, 1), (-90.0, 2), (0.0, 101), (0.0, 100)], 101, "2") == "pp.."


def test_who_was_there_all_along_is_held_back_for_nothing_that_they_are_owed() -> None:
    standings = [(9.0, 100), (-3.0, 1), (-3.0, 2), (-3.0, 3)]
    assert spaced("....", standings, 100, "2", behind="b...") == "c..."
    assert spaced("....", standings, 100, "2", behind=".bbb") == "...."


def level(standings: dict[str, tuple[float, bool]], *absent: str) -> list[str]:
    """Who is, after a lead for which these are absent; `standings`: credit, and who was."""
    rotation = Rotation(1, 9)
    for rep, (credit, was) in standings.items():
        rotation.standings[rep] = Standing(1000, int(credit * LEAD), 1, was)
    mark_level(rotation, absent, [rep for rep in standings if rep not in absent])
    return [rep for rep, one in rotation.standings.items() if one.level]


def test_who_has_been_away_is_level_when_owed_less_than_a_lead_more_than_others() -> None:
    others = {"anna": (-1, True), "bo": (-1, True)}
    assert level({"away": (90, True), "back": (0.6, False), **others}, "away") == ["anna", "bo"]
    assert level({"away": (90, True), "back": (0.4, False), **others}, "away") == [
        "back",
        "anna",
        "bo",
    ]


def test_who_is_there_for_long_stays_level_whatever_they_are_owed() -> None:
    assert level({"anna": (-9, True), "bo": (9, True)}) == ["anna", "bo"]


def test_nobody_is_level_because_those_who_owe_them_are_out_for_a_moment() -> None:
    assert level({"out": (-45, True), "back": (45, False)}, "out") == []
    assert level({"out": (-0.5, True), "back": (0.5, False)}, "out") == ["back"]


def test_who_is_switched_off_makes_nobodys_share_smaller() -> None:
    assert spaced("..ii", [(5, 100), (-5, 99), (0, 0), (0, 0)], 100, "2") == "..ii"
