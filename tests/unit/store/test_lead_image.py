"""The item that routing writes by hand is the one that the model would write."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.deadlines import Action, Deadline
from shared.domain.leads import Change, Lead, Step, replay
from shared.store.codec import lead_from_image, lead_to_image, lead_to_item

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIELDS = {"name": "Åsa 王", "consent": True, "extra": {"size": "XL"}}
LOG = (
    Change(Step.CAPTURED, AT),
    Change(Step.ASSIGNED, AT, "anna", "sales", "all", 7, (Deadline(Action.RECLAIM, 900),)),
    Change(Step.RECLAIMED, AT + timedelta(minutes=15), rep="anna"),
    Change(Step.PARKED, AT + timedelta(minutes=16), pool="sales", rule="all", turn=8, reason="x"),
)


def lead(steps: int) -> Lead:
    return replay("01m7ztm2k5zmzypf4ja2vsemmb", "form#website", FIELDS, LOG[:steps])


@pytest.mark.parametrize("steps", range(1, len(LOG) + 1))
def test_by_hand_as_by_the_model(steps: int) -> None:
    image = lead_to_image(lead(steps))
    assert image == lead_to_item(lead(steps)).serialize()
    assert lead_from_image(image) == lead(steps)
