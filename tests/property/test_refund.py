"""A lead that is taken back: as if it had never been given, to the millionth."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.decisions import decision_of, last_assigned, to_json
from shared.domain.leads import Change, Lead, Step, replay
from shared.domain.ledger import Entry, Line, Way, lines_from_text, lines_to_text, refund
from shared.domain.rotation import LEAD, Rotation, Standing, give, shares, take_back, with_members

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPS = [f"rep{n}" for n in range(8)]
weights = st.integers(1, 10**6)
teams = st.lists(weights, min_size=1, max_size=8).map(
    lambda several: dict(zip(REPS, several, strict=False))
)
some_reps = st.dictionaries(st.sampled_from(REPS), weights, min_size=1)


def credits_of(rotation: Rotation) -> dict[str, int]:
    return {rep: standing.credit for rep, standing in rotation.standings.items()}


def of(team: dict[str, int], reps: list[str]) -> list[int]:
    return [team[rep] for rep in reps]


def some_of(data: st.DataObject, rotation: Rotation) -> list[str]:
    members = list(rotation.standings)
    chosen = data.draw(st.sets(st.sampled_from(members), min_size=1))
    return [rep for rep in members if rep in chosen]


def weights_of(rotation: Rotation) -> dict[str, int]:
    return {rep: standing.weight for rep, standing in rotation.standings.items()}


def after_leads(data: st.DataObject, rotation: Rotation) -> Rotation:
    for _ in range(data.draw(st.integers(0, 8))):
        give(rotation, some_of(data, rotation))
    return rotation


@given(teams, st.data())
def test_giving_and_taking_back_restores_everybody_exactly(
    team: dict[str, int], data: st.DataObject
) -> None:
    """Whatever was given between: each is owed what all the other leads leave them."""
    rotation = after_leads(data, with_members(Rotation(), team))
    before, eligible = credits_of(rotation), some_of(data, rotation)
    chosen = give(rotation, eligible)
    then = credits_of(rotation)
    rotation = after_leads(data, rotation)
    others = {rep: credit - then[rep] for rep, credit in credits_of(rotation).items()}

    after = take_back(rotation, eligible, of(team, eligible), chosen)

    assert credits_of(after) == {rep: before[rep] + others[rep] for rep in team}
    assert sum(credits_of(after).values()) == 0
    assert (after.turn, after.leads) == (rotation.turn, rotation.leads)
    assert [s.last for s in after.standings.values()] == [
        s.last for s in rotation.standings.values()
    ]


@given(teams, some_reps, st.data())
def test_credits_sum_to_zero_and_stayers_are_exact_when_members_have_left(
    team: dict[str, int], now: dict[str, int], data: st.DataObject
) -> None:
    """What falls to leavers is shared out by weight, within a millionth of the exact share."""
    rotation = after_leads(data, with_members(Rotation(), team))
    eligible = some_of(data, rotation)
    chosen = give(rotation, eligible)
    back = {
        rep: (LEAD if rep == chosen else 0) - part
        for rep, part in zip(eligible, shares(tuple(team[rep] for rep in eligible)), strict=True)
    }
    changed = after_leads(data, with_members(rotation, now))

    after = take_back(changed, eligible, of(team, eligible), chosen)

    assert sum(credits_of(after).values()) == 0
    left = sum(credit for rep, credit in back.items() if rep not in now)
    total = sum(now.values())
    for rep, credit in credits_of(after).items():
        got = credit - changed.standings[rep].credit - back.get(rep, 0)
        assert abs(got - left * now[rep] / total) < 1


@given(teams, st.data())
def test_nothing_that_is_passed_in_is_changed(team: dict[str, int], data: st.DataObject) -> None:
    rotation = with_members(Rotation(), team)
    eligible = some_of(data, rotation)
    chosen = give(rotation, eligible)
    before = credits_of(rotation)
    take_back(rotation, eligible, of(team, eligible), chosen)
    assert credits_of(rotation) == before


def test_who_had_the_lead_gets_it_back_and_the_others_return_their_share() -> None:
    rotation = with_members(Rotation(), {"anna": 2, "bo": 1, "cy": 1})
    chosen = give(rotation, ["anna", "bo"])
    after = take_back(rotation, ["anna", "bo"], [2, 1], chosen)
    assert credits_of(after) == {"anna": 0, "bo": 0, "cy": 0}
    assert chosen == "anna"


def test_when_everybody_has_left_nobody_is_owed_anything() -> None:
    """What leaves with them was nothing in sum."""
    changed = with_members(Rotation(), {"dee": 1})
    after = take_back(changed, ["anna", "bo"], [1, 3], "bo")
    assert credits_of(after) == {"dee": 0}


def test_weights_of_today_do_not_matter_to_those_of_then() -> None:
    rotation = Rotation(3, 2, {"anna": Standing(9, -300_000), "bo": Standing(1, 300_000)})
    after = take_back(rotation, ["anna", "bo"], [1, 1], "anna")
    assert credits_of(after) == {"anna": 200_000, "bo": -200_000}


# ── In the ledger ────────────────────────────────────────────────────────────────────────────────


def routed(team: dict[str, int], eligible: list[str], turn: int) -> tuple[Entry, str]:
    """An entry that gave lead `l1` between two others."""
    rotation = with_members(Rotation(), team)
    rotation.turn = turn
    mask = "".join("." if rep in eligible else "p" for rep in team)
    lines = [Line(lead_id, give(rotation, eligible), mask) for lead_id in ("l0", "l1", "l2")]
    return Entry("sales", rotation, 1, NOW, tuple(lines)), lines[1].chosen or ""


@given(teams, st.data())
def test_a_refund_is_the_next_entry_and_names_the_turn_it_undoes(
    team: dict[str, int], data: st.DataObject
) -> None:
    eligible = some_of(data, with_members(Rotation(), team))
    gave, chosen = routed(team, eligible, 7)
    newest = Entry("sales", after_leads(data, with_members(gave.rotation, team)), 1, NOW)
    newest.rotation.turn = 11

    entry = refund(newest, gave, "l1", 4, NOW)

    assert entry.rotation.turn == 12
    assert entry.lines == (Line("l1", chosen, "", Way.REFUND, refunds=7),)
    assert entry.config_version == 4
    again = take_back(newest.rotation, eligible, of(team, eligible), chosen)
    assert entry.rotation.standings == again.standings
    assert lines_from_text(lines_to_text(entry.lines)) == entry.lines


def test_refunds_and_other_lines_survive_storage_together() -> None:
    lines = (
        Line("01abc", "anna", "..h"),
        Line("01abd", "refund", "", Way.REFUND, refunds=12),
        Line("01abe", None, "php"),
    )
    assert lines_from_text(lines_to_text(lines)) == lines


def lead_of(*changes: Change) -> Lead:
    return replay("l1", "partner#acme", {}, [Change(Step.CAPTURED, NOW), *changes])


def test_the_decision_says_that_its_cost_was_given_back() -> None:
    """Only the decision that was refunded: not the one before it, and not without a refund."""
    gave, chosen = routed({"anna": 1, "bo": 1}, ["anna", "bo"], 7)
    first = Change(Step.ASSIGNED, NOW, "cy", "sales", "all", 7)
    declined = Change(Step.DECLINED, NOW, "cy")
    newest = Change(Step.ASSIGNED, NOW, chosen, "sales", "all", 7)
    refunded = Change(Step.RETURNED, NOW, chosen, "sales", turn=12, reason="fraud")
    unpaid = Change(Step.RETURNED, NOW, chosen, reason="fraud")

    lead = lead_of(first, declined, newest, refunded)
    assert last_assigned(lead) is newest
    told = to_json(decision_of(lead, newest, gave))
    assert told["refund"] == {"rep_id": chosen, "turn": 12, "at": "2026-03-02T09:00:00.000Z"}
    assert told["chosen"] == chosen
    assert sum(c["credit_after"] - c["credit_before"] for c in told["candidates"]) == 0
    assert to_json(decision_of(lead, first, gave))["refund"] is None
    assert to_json(decision_of(lead_of(newest, unpaid), newest, gave))["refund"] is None
    assert to_json(decision_of(lead_of(newest), newest, gave))["refund"] is None


def test_a_lead_that_nobody_had_has_nothing_to_refund() -> None:
    parked = Change(Step.PARKED, NOW, None, "sales", "all", 7, reason="nobody_available")
    assert last_assigned(lead_of(parked)) is None
