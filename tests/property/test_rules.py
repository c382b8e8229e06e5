"""Rules and tables find by looking up what reading them one by one would find."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.cells import TableIndex
from shared.domain.conditions import Subject, When
from shared.domain.config import Config
from shared.domain.facts import Facts
from shared.domain.index import Ranges, index_of
from shared.domain.matching import Range, compiled, holds
from shared.domain.notation import STORED
from shared.domain.tables import Table
from tests.team import config

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURS = {"day": range(6, 18), "night": range(18, 30)}


def within(hours: str, at: datetime) -> bool:
    return at.hour in HOURS[hours]


# ── Conditions, read as slowly and plainly as they are written ───────────────────────────────────


def reads(when: Mapping[str, Any], subject: Subject) -> bool:
    return all(_reads_one(name, said, subject) for name, said in when.items())


def _reads_one(name: str, said: Any, subject: Subject) -> bool:
    if name == "all":
        return all(reads(group, subject) for group in said)
    if name == "any":
        return any(reads(group, subject) for group in said)
    if name == "not":
        return not reads(said, subject)
    if name == "during":
        return subject.at is not None and within(said, subject.at)
    values = _values(name, subject)
    tests = said if isinstance(said, dict) else {"in": said}
    bounds = {key: Decimal(str(tests[key])) for key in ("from", "to", "below") if key in tests}
    return all(
        _fits(name, key, wanted if isinstance(wanted, list) else [wanted], values)
        for key, wanted in tests.items()
        if key not in bounds
    ) and (not bounds or any(_is_between(value, bounds) for value in values))


def _fits(name: str, key: str, wanted: list[Any], values: list[str]) -> bool:
    texts = [str(one).lower() for one in wanted]
    match key:
        case "in":
            return any(value in texts for value in values)
        case "not":
            return not any(value in texts for value in values)
        case "exists":
            return bool(values) == wanted[0]
        case "starts":
            if name == "postal_code":
                values = [value.replace(" ", "").replace("-", "") for value in values]
                texts = [text.replace(" ", "").replace("-", "") for text in texts]
            return any(value.startswith(text) for value in values for text in texts)
    domains = [value.rpartition("@")[2] for value in values]
    return any(f".{domain}".endswith(f".{text}") for domain in domains for text in texts)


def _is_between(value: str, bounds: Mapping[str, Decimal]) -> bool:
    try:
        number = Decimal(value)
    except ArithmeticError:
        return False
    return (
        number >= bounds.get("from", number)
        and number <= bounds.get("to", number)
        and ("below" not in bounds or number < bounds["below"])
    )


def _values(name: str, subject: Subject) -> list[str]:
    if name == "source":
        return [subject.source.partition("#")[2]]
    if name == "score" and subject.score is not None:
        return [str(subject.score)]
    value = subject.fields.get(name, subject.fields["extra"].get(name, ""))
    return [one.lower() for one in (value if isinstance(value, list) else [value]) if one]


# ── Anything that may be written, of few words, so that they meet often ──────────────────────────

countries = st.sampled_from(["SE", "NO", "dk", "FI"])
products = st.sampled_from([f"P{n}" for n in range(6)])
codes = st.sampled_from(["111 22", "112-33", "11345", "2", "11", "1"])
mails = st.sampled_from(["a@x.example", "b@sub.x.example", "c@y.example", "none"])
domains = st.sampled_from(["x.example", "Sub.x.example", "y.example", "example"])
numbers = st.integers(0, 12)
scores = st.sampled_from(["0", "4", "7.5", "12", "many"])


def lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


def ranges() -> st.SearchStrategy[dict[str, Any]]:
    ends = st.tuples(numbers, st.integers(1, 6))
    return st.one_of(
        numbers.map(lambda low: {"from": low}),
        numbers.map(lambda high: {"to": high}),
        numbers.map(lambda high: {"below": high}),
        ends.map(lambda ends: {"from": ends[0], "to": ends[0] + ends[1]}),
        ends.map(lambda ends: {"from": ends[0], "below": ends[0] + ends[1]}),
    )


def asked_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        lists(values),
        lists(values),
        st.fixed_dictionaries({"not": lists(values)}),
        st.fixed_dictionaries({"starts": lists(values)}),
        st.fixed_dictionaries({"exists": st.booleans()}),
        st.fixed_dictionaries({"in": lists(values), "not": lists(values)}),
    )


some = st.fixed_dictionaries(
    {},
    optional={
        "country": asked_of(countries),
        "product": asked_of(products),
        "postal_code": asked_of(codes),
        "email": st.fixed_dictionaries({"domain": lists(domains)}) | asked_of(mails),
        "budget": ranges(),
        "score": ranges(),
        "source": st.sampled_from(["website", "acme"]),
        "during": st.sampled_from(list(HOURS)),
    },
)
asking = st.deferred(lambda: some.filter(bool))
grouped = st.recursive(
    asking,
    lambda groups: st.fixed_dictionaries(
        {},
        optional={
            "country": asked_of(countries),
            "all": st.lists(groups, min_size=1, max_size=2),
            "any": st.lists(groups, min_size=1, max_size=3),
            "not": groups,
        },
    ).filter(bool),
    max_leaves=4,
)
whens = st.deferred(lambda: grouped)
subjects = st.builds(
    lambda source, fields, extra, score, hours: Subject(
        source, {**fields, "extra": extra}, score, NOON + timedelta(hours=hours)
    ),
    st.sampled_from(["form#website", "partner#acme", "hook#other"]),
    st.fixed_dictionaries(
        {},
        optional={
            "country": countries,
            "product": products | st.lists(products, max_size=3),
            "postal_code": codes,
            "email": mails,
        },
    ),
    st.fixed_dictionaries({}, optional={"budget": scores, "score": scores}),
    st.none() | st.decimals(0, 12, places=1),
    st.integers(0, 11),
)


@given(whens, st.lists(subjects, min_size=1, max_size=8))
@settings(max_examples=200)
def test_conditions_mean_what_is_written(said: dict[str, Any], leads: list[Subject]) -> None:
    when = When.model_validate(said)
    for lead in leads:
        assert holds(when, lead, within) is reads(said, lead)


@given(
    st.lists(whens | asking, max_size=80).flatmap(st.permutations),
    st.lists(subjects, min_size=1, max_size=8),
)
@settings(max_examples=150)
def test_looking_up_rules_finds_what_reading_them_in_order_finds(
    rules: list[dict[str, Any]], leads: list[Subject]
) -> None:
    index = index_of([compiled(When.model_validate(said)) for said in rules])
    for lead in leads:
        expected = [n for n, said in enumerate(rules) if reads(said, lead)]
        assert list(index.fitting(Facts(lead, within))) == expected


@given(
    st.integers(17, 120),
    st.lists(asking, min_size=1, max_size=4),
    st.lists(subjects, min_size=1, max_size=8),
)
@settings(max_examples=100)
def test_many_rules_that_share_what_they_ask_are_told_apart(
    many: int, kinds: list[dict[str, Any]], leads: list[Subject]
) -> None:
    """Under one key there are more than a few, so that they are filed again by others."""
    rules = [
        {**kinds[n % len(kinds)], "product": f"p{n % 7}", "budget": {"from": n % 13}}
        for n in range(many)
    ]
    index = index_of([compiled(When.model_validate(said)) for said in rules])
    for lead in leads:
        expected = [n for n, said in enumerate(rules) if reads(said, lead)]
        assert list(index.fitting(Facts(lead, within))) == expected


@given(
    st.lists(st.tuples(st.none() | numbers, st.none() | numbers, st.booleans()), max_size=40),
    st.decimals(-1, 14, places=1),
)
def test_ranges_are_found_by_any_number_in_them(
    said: list[tuple[int | None, int | None, bool]], number: Decimal
) -> None:
    written = [
        Range(
            None if low is None else Decimal(low),
            None if high is None else Decimal(high),
            below and high is not None,
        )
        for low, high, below in said
    ]
    tree = Ranges([(one, position) for position, one in enumerate(written)])
    found = sorted(position for _, held in tree.around(number) for position in held)
    assert found == [position for position, one in enumerate(written) if number in one]


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────

CELLS: dict[str, tuple[list[str], list[dict[str, Any]]]] = {
    "country": (["", "SE", "se|NO", "dk"], [{}, {"in": "SE"}, {"in": ["SE", "NO"]}, {"in": "dk"}]),
    "postal_code": (
        ["", "11*", "11-2*|2", "111 22"],
        [{}, {"starts": "11"}, {}, {"in": "111 22"}],
    ),
    "budget": (["", "4..", "..7.5", "4..7"], [{}, {"from": 4}, {"to": 7.5}, {"from": 4, "to": 7}]),
    "email": (["", "@x.example", "none"], [{}, {"domain": "x.example"}, {"in": "none"}]),
}
MIXED = {"any": [{"postal_code": {"starts": "11-2"}}, {"postal_code": "2"}]}


def cell_conditions(field: str, cell: str) -> dict[str, Any]:
    cells, said = CELLS[field]
    if cell == "11-2*|2":
        return MIXED
    test = said[cells.index(cell)]
    return {field: test} if test else {}


rows = st.tuples(*(st.sampled_from(cells) for cells, _ in CELLS.values()))


@given(st.lists(rows, min_size=1, max_size=90), st.lists(subjects, min_size=1, max_size=8))
@settings(max_examples=150)
def test_looking_up_a_row_finds_the_first_that_fits(
    table: list[tuple[str, ...]], leads: list[Subject]
) -> None:
    text = "\n".join("\t".join([*row, f"pool{n}"]) for n, row in enumerate(table))
    index = TableIndex(Table(file="t.csv", columns=list(CELLS), rows=text))
    for lead in leads:
        expected = next(
            (
                (n + 1, f"pool{n}")
                for n, row in enumerate(table)
                if all(
                    reads(cell_conditions(field, cell), lead)
                    for field, cell in zip(CELLS, row, strict=True)
                )
            ),
            None,
        )
        assert index.find(Facts(lead)) == expected


# ── Stored as it is written ──────────────────────────────────────────────────────────────────────


@given(st.lists(whens, max_size=5))
@settings(max_examples=100)
def test_conditions_are_the_same_when_read_back_from_the_table(said: list[dict[str, Any]]) -> None:
    rules = [{"name": f"r{n}", "when": when, "pool": "sales"} for n, when in enumerate(said)]
    everything = {"name": "rest", "pool": "sales"}
    grades = [{"name": f"g{n}", "when": when} for n, when in enumerate(said)]
    whole = config(
        {"anna": 1},
        more={
            "rules": [*rules, everything],
            "grades": grades,
            "hours": {name: {"week": [{}]} for name in HOURS},
        },
    )
    text = whole.model_dump_json()
    again = Config.model_validate_json(text, context=STORED)
    assert again == whole
    assert again.model_dump_json() == text
