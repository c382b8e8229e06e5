"""The counting behind the benchmark's costs."""

import pytest

from tests.bench.units import index_units, item_size, read_units, write_units

LEAD = {"pk": {"S": "lead#1"}, "sk": {"S": "lead"}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "Åsa"}, 4),
        ({"N": "7"}, 2),
        ({"N": "-1000000"}, 2),
        ({"N": "123456"}, 4),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "abc"}, {"S": "d"}]}, 3 + 2 + 4),
        ({"M": {"ab": {"S": "cd"}}}, 3 + 1 + 4),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(value: dict, size: int) -> None:
    assert item_size({"name": value}) == 4 + size


def test_a_write_costs_the_larger_of_before_and_after() -> None:
    large = {**LEAD, "x": {"S": "x" * 1100}}
    assert write_units(None, LEAD) == 1
    assert write_units(large, LEAD) == write_units(LEAD, large) == 2


def test_an_index_charges_what_goes_in_and_what_comes_out() -> None:
    due = {**LEAD, "due": {"S": "due#1"}, "due_at": {"S": "09:00"}}
    later = {**due, "due_at": {"S": "09:05"}}
    assert index_units(None, LEAD) == 0
    assert index_units(LEAD, due) == index_units(due, LEAD) == 1
    assert index_units(due, later) == 2
    assert index_units(due, {**due, "other": {"S": "x"}}) == 0


def test_reads_are_rounded_item_by_item() -> None:
    assert read_units([10, 5000, 0], consistent=True) == 4
    assert read_units([10], consistent=False) == 0.5
