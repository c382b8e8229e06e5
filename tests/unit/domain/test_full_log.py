"""A log that is full: what could go on for ever ends, and what brings a lead to its end fits."""

from datetime import UTC, datetime

import pytest

from shared.domain.leads import MOST_RECORDS, Change, Lead, Status, Step, evolve, replay
from shared.errors import IllegalTransitionError
from shared.store.codec import lead_to_image

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ITEM = 400 * 1024  # bytes, which DynamoDB takes
LONGEST = "\N{GRINNING FACE}" * 500  # of four bytes each
WORDY = (Step.UNASSIGNED, Step.ASSIGNED, Step.REROUTED, Step.ATTEMPTED, Step.NOTED, Step.SNOOZED)
NAMES = ("\N{GRINNING FACE}" * 60,) * 20
ENDS = {
    Status.NEW: [Step.ASSIGNED, Step.DECLINED, Step.PARKED, Step.ASSIGNED, Step.RECLAIMED],
    Status.ASSIGNED: [Step.REMINDED, Step.ACCEPTED, Step.LOST],
    Status.ACCEPTED: [Step.CONVERTED],
    Status.CONTACTED: [Step.LOST],
}


def lead(*steps: Step) -> Lead:
    fields = {"message": "m" * 65_536}
    return replay("0" * 26, "form#website", fields, [change(one) for one in steps])


def change(step: Step, number: int = 0) -> Change:
    return Change(
        step,
        AT,
        rep=f"rep-{number}" + "x" * 58,
        pool="p" * 64,
        reason=LONGEST if step in WORDY else None,
        names=NAMES if step is Step.ENRICHED else (),
        by="api",
    )


def filled(lead: Lead, *round_of: Step) -> Lead:
    """The lead after as many rounds of these steps as its log takes."""
    for number in range(10 * MOST_RECORDS):
        step = round_of[number % len(round_of)]
        try:
            lead = evolve(lead, change(step, number))
        except IllegalTransitionError:
            return lead
    pytest.fail("it went on for ever")


@pytest.mark.parametrize(
    ("start", "round_of"),
    [
        ((Step.CAPTURED,), (Step.ENRICHED,)),
        ((Step.CAPTURED,), (Step.REROUTED,)),
        ((Step.CAPTURED,), (Step.ASSIGNED, Step.UNASSIGNED)),
        ((Step.CAPTURED, Step.ASSIGNED), (Step.ASSIGNED,)),
        ((Step.CAPTURED, Step.ASSIGNED, Step.ACCEPTED), (Step.ENRICHED,)),
        ((Step.CAPTURED, Step.ASSIGNED, Step.ACCEPTED), (Step.CONTACTED,)),
        ((Step.CAPTURED, Step.ASSIGNED, Step.ACCEPTED), (Step.ATTEMPTED, Step.NOTED)),
        ((Step.CAPTURED, Step.ASSIGNED, Step.ACCEPTED), (Step.SNOOZED, Step.REMINDED)),
    ],
)
def test_there_is_an_end_and_room_for_it(
    start: tuple[Step, ...], round_of: tuple[Step, ...]
) -> None:
    """However long the words of each record are."""
    full = filled(lead(*start), *round_of)
    for step in ENDS[full.status or Status.NEW]:
        full = evolve(full, change(step))
    assert item_size(full) < ITEM


def test_short_records_are_counted() -> None:
    one_more = Change(Step.ENRICHED, AT, names=("n",))
    full = lead(Step.CAPTURED)
    for _ in range(MOST_RECORDS - 1):
        full = evolve(full, one_more)
    with pytest.raises(IllegalTransitionError, match="log is full; still possible: assigned, "):
        evolve(full, one_more)


def test_what_nobody_has_can_always_be_given_to_somebody() -> None:
    full = filled(lead(Step.CAPTURED), Step.ENRICHED)
    assert evolve(full, change(Step.ASSIGNED)).status is Status.ASSIGNED


def test_what_was_once_written_can_be_read_however_long_it_is() -> None:
    log = [Change(Step.CAPTURED, AT), *[Change(Step.ENRICHED, AT)] * (2 * MOST_RECORDS)]
    assert replay("0" * 26, "form#website", {}, log).rev == 2 * MOST_RECORDS + 1


def item_size(lead: Lead) -> int:
    image = lead_to_image(lead)
    records = (record["S"] for record in image.pop("log")["L"])
    values = (str(*value.values()) for value in image.values())
    return sum(len(text.encode()) + 3 for text in (*records, *values, *image))
