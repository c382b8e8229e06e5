"""What the ledger and the counters hold survives storage, whatever it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ledger import (
    Entry,
    Held,
    Line,
    Way,
    lines_from_text,
    lines_to_text,
    standings_from_text,
    standings_to_text,
)
from shared.domain.reps import ELIGIBLE, Obstacle, Workload
from shared.domain.rotation import Rotation, Standing
from shared.store.codec import entry_from_item, entry_to_item, workload_from_item
from shared.store.table import RepItem

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
counts = st.integers(0, 10**7)
ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True)
letters = st.sampled_from([ELIGIBLE, *Obstacle])
tallies = st.dictionaries(
    st.sampled_from([":day", "sales:hour", "~week", "sales!last"]),
    st.lists(counts, min_size=1, max_size=6),
)
lines = st.builds(
    Line,
    lead_id=ids,
    chosen=st.none() | ids,
    mask=st.lists(letters, max_size=6).map("".join),
    way=st.sampled_from(Way),
    refunds=st.none() | counts,
    amount=st.just(1_000_000) | st.integers(0, 10**10),
    weighting=st.none() | st.integers(0, 50),
    accrues=st.booleans(),
    split=st.booleans(),
    hot=st.booleans(),
    score=st.none() | st.sampled_from(["0", "-3.5", "80"]),
    load=st.just(1000) | counts,
    value=counts,
)


@st.composite
def entries(draw: Any) -> Entry:
    standing = st.builds(
        Standing, st.integers(1, 10**9), st.integers(-(10**12), 10**12), counts, st.booleans()
    )
    standings = draw(st.dictionaries(ids, standing, min_size=1, max_size=5))
    held = st.builds(Held, *[st.integers(0, 3) | counts] * 5)
    size = len(standings)
    weighting = st.lists(st.integers(1, 10**9), min_size=size, max_size=size).map(tuple)
    return Entry(
        draw(ids),
        Rotation(draw(st.integers(1, 10**9)), draw(counts), standings),
        draw(st.integers(1, 10**6)),
        NOW + timedelta(milliseconds=draw(counts)),
        tuple(draw(st.lists(lines, max_size=5))),
        draw(st.just(()) | st.lists(held, min_size=size, max_size=size).map(tuple)),
        draw(st.lists(weighting, max_size=3).map(tuple)),
        tuple(draw(st.sets(st.sampled_from(list(standings))))),
        draw(tallies),
    )


@given(st.lists(lines, max_size=8).map(tuple))
def test_lines_survive(several: tuple[Line, ...]) -> None:
    assert lines_from_text(lines_to_text(several)) == several


@given(entries())
def test_accounts_survive_with_what_was_held(entry: Entry) -> None:
    text = standings_to_text(entry)
    assert standings_from_text(text) == (entry.rotation.standings, entry.held)


@given(entries())
def test_entries_survive(entry: Entry) -> None:
    assert entry_from_item(entry_to_item(entry, "attempt")) == entry


@given(
    st.builds(
        Workload,
        open=counts,
        load=counts,
        value=counts,
        held=st.dictionaries(ids | ids.map("{}*".format), counts),
        tallies=tallies,
        paused=st.booleans(),
        paused_until=st.sampled_from(["", "2026-03-02T09:00:00.000Z"]),
        seq=counts,
    )
)
def test_counters_survive(load: Workload) -> None:
    item = RepItem("rep#anna", "rep")
    for name in ("open", "load", "value", "held", "tallies", "paused", "paused_until", "seq"):
        setattr(item, name, getattr(load, name))
    again = RepItem()
    again.deserialize(item.serialize())
    assert workload_from_item(again) == load


def test_an_ordinary_line_takes_no_more_than_it_says() -> None:
    """Every byte is paid for, and there is one for each lead."""
    assert lines_to_text((Line("01abc", "anna", "..h"),)) == "01abc anna ..h"
