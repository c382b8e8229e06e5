"""A lead that is taken back: as if it had never been given, to the millionth."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.decisions import decision_of, to_json
from shared.domain.leads import GIVING, Change, Lead, Step, evolve, replay
from shared.domain.ledger import Entry, Line, Way, lines_from_text, lines_to_text, refund
from shared.domain.refunding import REFUNDING, refund_of, to_refund
from shared.domain.rotation import LEAD, Rotation, Standing, give, shares, take_back, with_members
from shared.errors import IllegalTransitionError
from tests.replaying import replayed

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

    assert entry is not None
    assert entry.rotation.turn == 12
    assert entry.lines == (Line("l1", chosen, "", Way.REFUND, refunds=7),)
    assert entry.config_version == 4
    again = take_back(newest.rotation, eligible, of(team, eligible), chosen)
    assert entry.rotation.standings == again.standings
    assert lines_from_text(lines_to_text(entry.lines)) == entry.lines


@given(teams, st.data())
def test_the_ledger_with_a_refund_leads_to_what_it_would_without_the_lead(
    team: dict[str, int], data: st.DataObject
) -> None:
    """Whatever the lead cost, whoever shared in it and by whichever weights, and whatever came."""
    members = list(team)
    start = after_leads(data, with_members(Rotation(), team))
    other = tuple(data.draw(weights) for _ in members)
    lines = tuple(
        Line(
            f"l{n}",
            data.draw(st.sampled_from(members)),
            "".join(data.draw(st.sampled_from(".ph")) for _ in members),
            amount=data.draw(st.integers(1, 5 * LEAD)),
            weighting=data.draw(st.none() | st.just(0)),
        )
        for n in range(data.draw(st.integers(1, 4)))
    )
    lines = tuple(line for line in lines if "." in line.mask)
    assume(lines)
    blank = Entry("sales", start, 1, NOW, lines, weightings=(other,))
    gave = replace(blank, rotation=replayed(start, blank))
    undone = data.draw(st.sampled_from(lines))
    later = Line("later", members[0], "." * len(members))
    newest = replace(gave, lines=(later,), rotation=replayed(gave.rotation, blanked(gave, later)))

    entry = refund(newest, gave, undone.lead_id, 1, NOW)

    assert entry is not None
    rest = replace(blank, lines=(*(line for line in lines if line != undone), later))
    assert credits_of(entry.rotation) == credits_of(replayed(start, rest))
    assert sum(credits_of(entry.rotation).values()) == sum(credits_of(start).values()) == 0


def blanked(entry: Entry, line: Line) -> Entry:
    return replace(entry, lines=(line,))


def test_what_moved_no_credit_has_no_refund() -> None:
    rotation = with_members(Rotation(), {"anna": 1, "bo": 1})
    free = Line("l1", "anna", "..", Way.MANUAL, amount=0)
    gave = Entry("sales", rotation, 1, NOW, (free,))
    assert refund(gave, gave, "l1", 1, NOW) is None
    assert refund(gave, gave, "another", 1, NOW) is None


@given(
    st.lists(
        st.sampled_from([*sorted(REFUNDING | GIVING), Step.ACCEPTED, Step.PARKED]), max_size=30
    )
)
def test_each_assignment_is_refunded_once_at_most_and_only_while_it_is_the_newest(
    steps: list[Step],
) -> None:
    """Where every step that can bring a refund does, whatever happens to the lead."""
    lead, refunded = replay("l1", "partner#acme", {}, [Change(Step.CAPTURED, NOW)]), []
    for turn, step in enumerate(steps, 1):
        change = Change(step, NOW, "anna", "sales", turn=turn if step in GIVING else None)
        try:
            evolve(lead, change)
        except IllegalTransitionError:
            continue
        if step in REFUNDING and (undone := to_refund(lead)):
            assert undone.turn == max(one.turn or 0 for one in lead.log if one.step in GIVING)
            refunded.append(undone.turn)
            change = replace(change, turn=turn)
        lead = evolve(lead, change)
        if step in REFUNDING:
            assert to_refund(lead) is None
    assert len(refunded) == len(set(refunded))
    told = [one.turn for one in lead.log if one.step in GIVING and refund_of(lead, one)]
    assert told == refunded


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
    assert to_refund(lead_of(first, declined, newest)) is newest
    assert to_refund(lead) is None
    told = to_json(decision_of(lead, newest, gave))
    refunded_as = told["refund"]
    assert (refunded_as["rep_id"], refunded_as["turn"]) == (chosen, 12)
    assert (refunded_as["step"], refunded_as["at"]) == ("returned", "2026-03-02T09:00:00.000Z")
    assert told["chosen"] == chosen
    assert sum(c["credit_after"] - c["credit_before"] for c in told["candidates"]) == 0
    assert to_json(decision_of(lead, first, gave))["refund"] is None
    assert to_json(decision_of(lead_of(newest, unpaid), newest, gave))["refund"] is None
    assert to_json(decision_of(lead_of(newest), newest, gave))["refund"] is None


def test_a_lead_that_nobody_had_has_nothing_to_refund() -> None:
    parked = Change(Step.PARKED, NOW, None, "sales", "all", 7, reason="nobody_available")
    assert to_refund(lead_of(parked)) is None
