"""What the pages say of cost and measurements is what the data says, and the code does."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from shared.surroundings import real
from tests import inside
from tests.bench import cost, dollars, pages, walk
from tests.bench.backlog import team
from tests.bench.cloud import bare_client
from tests.table import new_table

STALE = "run `make cost`, and look at what has changed"


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_page_shows_what_the_data_holds(name: str) -> None:
    page = (pages.ROOT / name).read_text("utf-8")
    assert page == pages.rendered(page), STALE


def test_every_block_is_on_a_page() -> None:
    text = "".join((pages.ROOT / name).read_text("utf-8") for name in pages.PAGES)
    assert set(re.findall(r"<!-- made: ([\w ]+) -->", text)) == set(pages.BLOCKS)


@pytest.mark.slow
@pytest.mark.parametrize(("door", "leads"), [*((door, 1) for door in walk.DOORS), ("form", 25)])
def test_the_code_costs_what_the_data_holds(door: str, leads: int) -> None:
    """Any write, read, call, run, event or line more or less."""
    inside.install()
    held = pages.data("cost")["ways"][f"{door}/{leads}"]
    del held["processor_ms"]
    assert walk.counted(inside.ADDRESS, door, leads) == held, STALE


@pytest.mark.slow
def test_each_step_costs_what_the_last_whole_run_counted() -> None:
    """The first part of `make bench`, on a small table; its timings are of that run."""
    inside.install()
    stage = cost.Stage(bare_client(inside.ADDRESS), new_table(inside.ADDRESS))
    apply_config(team(), real())
    config_store._read.clear()
    cost._route(stage, 85)
    cost._route(stage, 1)
    steps = (cost._captures, cost._sales, cost._assignments, cost._steps)
    now = [figure.as_texts() for step in steps for figure in step(stage)]
    held = pages.data("bench")["parts"]["cost"]
    known = {_step(figure): figure["measured"] for figure in held}
    for figure in now:
        if "calls" not in figure["measured"]:  # the same step again, counted otherwise
            assert known[_step(figure)] == figure["measured"], figure["what"]


def _step(figure: dict[str, str]) -> tuple[str, bool]:
    """Without what is told in brackets, which depends on who got the lead."""
    return figure["what"].partition(" (")[0], "calls" in figure["measured"]


# ── Money ────────────────────────────────────────────────────────────────────────────────────────


def test_a_step_is_its_counts_times_the_prices() -> None:
    counts = {"write_units": 5, "read_units": 2, "requests": 1, "events": 3, "mails": 1}
    bill = dollars.of_step(counts, {}, leads=1)
    million = {name: each * dollars.MILLION for name, each in bill.items()}
    assert million["writes"] == dollars.Decimal("3.125")
    assert million["reads"] == dollars.Decimal("0.25")
    assert million["requests"] == 1
    assert million["events"] == 3
    assert million["mail"] == 100


def test_a_functions_time_is_what_its_memory_makes_of_it() -> None:
    """Half the memory is half the core: computing costs the same, waiting half as much."""
    desk, alerts = dollars.deployed().memory["desk"], dollars.deployed().memory["alerts"]
    assert (desk, alerts) == (1024, 512)

    def seconds(function: str, **more: Any) -> float:
        counts = {"calls": {function: more.get("calls", {})}}
        return float(dollars.gb_seconds(counts, more.get("busy", {}), 1, dollars.Decimal(1)))

    busy = [seconds(name, busy={name: 10.0}) for name in ("desk", "alerts")]
    assert busy[0] == pytest.approx(busy[1]) == pytest.approx(0.01 * 1769 / 1024)
    waiting = [seconds(name, calls={"GetItem": 1}) for name in ("desk", "alerts")]
    assert waiting[0] == pytest.approx(2 * waiting[1])


def test_every_price_says_where_it_is_from() -> None:
    for name, entry in dollars.prices()["price"].items():
        assert entry["source"].startswith("https://aws.amazon.com/"), name
        assert isinstance(entry["dollars"], dollars.Decimal), name
        assert entry["what"], name


def test_runs_are_as_large_as_the_template_makes_them() -> None:
    made = yaml_parse((pages.ROOT / "template.yaml").read_text("utf-8"))["Resources"]
    for function, most in walk.MOST_RECORDS.items():
        events = made[f"{function.capitalize()}Function"]["Properties"]["Events"]
        assert events["Changes"]["Properties"]["BatchSize"] == most, function


def test_every_call_on_the_way_has_its_modelled_wait() -> None:
    for way in pages.data("cost")["ways"].values():
        for counts in way["steps"].values():
            for made in counts.get("calls", {}).values():
                assert set(made) <= set(dollars.prices()["waits"])
