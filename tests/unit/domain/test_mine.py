"""Whether anybody is shown yet whom a lead is about, and whether it is put off."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.leads import Change, Lead, Step, replay
from shared.domain.mine import asks_again_since, is_masked, snoozed_until
from tests.team import config

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
UNTIL_ACCEPTED = config({"anna": 1, "bo": 1}, mask_until_accepted=True)
OPEN = config({"anna": 1, "bo": 1}, strategy="open")


def lead(*steps: Step) -> Lead:
    log = [Change(step, AT + timedelta(minutes=n), "anna", "sales") for n, step in enumerate(steps)]
    return replay("l1", "form#website", {"name": "Ada Byron"}, log)


CAME, GIVEN, BACK = Step.CAPTURED, Step.ASSIGNED, Step.RETURNED


@pytest.mark.parametrize(
    ("steps", "masked"),
    [
        ((CAME,), True),
        ((CAME, GIVEN), True),
        ((CAME, GIVEN, Step.NOTED), True),
        ((CAME, GIVEN, Step.ACCEPTED), False),
        ((CAME, GIVEN, Step.ACCEPTED, Step.LOST), False),
        ((CAME, GIVEN, Step.ACCEPTED, Step.LAPSED, GIVEN), True),
        # What its seller takes back is known to whom it was known.
        ((CAME, BACK), True),
        ((CAME, GIVEN, BACK), True),
        ((CAME, GIVEN, BACK, Step.NOTED), True),
        ((CAME, GIVEN, Step.ACCEPTED, BACK), False),
        ((CAME, GIVEN, Step.ACCEPTED, Step.LOST, BACK), False),
        ((CAME, GIVEN, Step.ACCEPTED, Step.LAPSED, GIVEN, BACK), True),
    ],
)
def test_a_lead_is_masked_until_somebody_has_accepted_it(
    steps: tuple[Step, ...], *, masked: bool
) -> None:
    assert is_masked(lead(*steps), UNTIL_ACCEPTED) is masked


@pytest.mark.parametrize("steps", [(CAME, Step.OPENED), (CAME, Step.OPENED, BACK)])
def test_an_open_lead_is_masked_before_and_after_it_is_taken_back(steps: tuple[Step, ...]) -> None:
    assert is_masked(lead(*steps), OPEN)


def test_where_nothing_is_masked_nothing_is() -> None:
    assert not is_masked(lead(CAME, GIVEN, BACK), config({"anna": 1}))


@pytest.mark.parametrize("given", [(GIVEN, Step.ACCEPTED), (Step.OPENED, Step.CLAIMED)])
def test_who_gets_a_lead_again_has_not_put_it_off(given: tuple[Step, ...]) -> None:
    first = lead(CAME, GIVEN, Step.ACCEPTED)
    until = AT + timedelta(days=3)
    asleep = (*first.log, Change(Step.SNOOZED, AT + timedelta(minutes=5), "anna", until=until))
    again = (Step.UNASSIGNED, *given)
    later = [
        Change(step, AT + timedelta(minutes=6 + n), "anna", None if n == 0 else "sales")
        for n, step in enumerate(again)
    ]
    before, now = (replay("l1", "form#website", {}, log) for log in (asleep, (*asleep, *later)))
    at = AT + timedelta(hours=1)
    assert (snoozed_until(before, at), snoozed_until(now, at)) == (until, None)
    assert (asks_again_since(before, until), asks_again_since(now, until)) == (until, None)
