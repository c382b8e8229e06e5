"""Many at once lose nothing, double nothing, and keep the rotation; the page is as its data."""

import re
from collections.abc import Iterator

import pytest

from shared.store import table as store_table
from tests.bench import pages
from tests.scale import contention, page

STALE = "run `python -m tests.scale`, and look at what has changed"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The store and the clients of other tests are as they were."""
    kept = store_table.Item.Meta
    before = kept.table_name, kept.region, kept.host
    yield
    table, region, host = before
    store_table.connect(table, region=region, host=host)


def test_the_page_shows_what_the_data_holds() -> None:
    text = page.PAGE.read_text("utf-8")
    assert text == page.rendered(text), STALE
    assert set(re.findall(r"<!-- made: ([\w ]+) -->", text)) == set(page.BLOCKS)


def test_nothing_that_was_simulated_was_lost_doubled_or_unfair() -> None:
    """And all of it: each part has the rows it is made of."""
    held = pages.data("scale")
    assert set(held) == set(page.PARTS)
    for part, (cases, _) in page.PARTS.items():
        assert [row["case"] for row in held[part]] == [list(case) for case in cases], STALE
        for row in held[part]:
            assert row["problems"] == [], part
            assert "batches given up" not in row["counted"], part
    for part in ("backlog", "batches", "shared"):
        assert all(row["done"] == row["case"][1] for row in held[part])
    for row in (*held["arrivals"], *held["scattered"], *held["gathered"]):
        assert row["done"] == row["case"][0] * row["case"][1]


@pytest.mark.slow
def test_the_code_does_what_the_data_holds() -> None:
    """The same counts for a pool and for a cap: any call more or less, any wait."""
    for part, number in (("arrivals", 0), ("cap", 2)):
        held = pages.data("scale")[part][number]
        _, simulate = page.PARTS[part]
        case = tuple(held["case"])
        assert page.row_of(case, simulate(*case)) == held, STALE


@pytest.mark.slow
def test_sixteen_routers_at_one_pool_settle_each_lead_once_and_in_the_rotations_order() -> None:
    result = contention.backlog_of_one_pool(16, 400, 25, seed=2)
    assert result.problems == []
    assert result.done == 400
    assert "batches given up" not in result.counted
    assert result.counted["committed"] == result.counted["invocations"] == 16


@pytest.mark.slow
def test_eight_pools_that_share_their_reps_settle_each_lead_once() -> None:
    result = contention.pools_that_share_reps(8, 160, 25, seed=2)
    assert result.problems == []
    assert result.done == 160


@pytest.mark.slow
def test_sixteen_senders_at_one_cap_are_all_told_what_is_stored() -> None:
    result = contention.posts_to_one_cap(16, 3, seed=2)
    assert result.problems == []
    assert result.done + result.counted.get("answered 409", 0) == 48
