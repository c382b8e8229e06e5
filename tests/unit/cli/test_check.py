"""`leadwheel check` finds each kind of mistake on its line, and nothing in what is right."""

import json
import re
import time
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra.cli.check import Told, everything_about
from infra.cli.checks import every, order, rows, staffing
from infra.cli.checks.finding import Finding
from infra.cli.main import app
from infra.local.demo import CONFIG
from shared.domain.config import Config
from shared.domain.notation import STORED
from shared.domain.rules import route
from tests import team

TODAY = date(2026, 11, 22)

# After `#!` on a line stands each kind that is found there; after `#=`, the line as it is right.
SEEDED = """\
manager: {name: Maria, email: maria@example.com}
reps:
  anna: {name: Anna, email: anna@example.com, hours: office, skills: {language: [sv]}}
  bert: {name: Bert, email: bert@example.com, active: false, skills: {pumps: [all]}}
  carl:
    name: Carl
    email: carl@example.com
    hours: office
    daily_limit: 30   #! limit-never-reached  #=    daily_limit: 3
    holding_points: 0.5   #! limit-below-lightest  #=    holding_points: 5
    pace: [{per: week, leads: 20}]
  dora:
    name: Dora
    email: dora@example.com
    holding_limit: 0   #! limit-of-none  #=    holding_limit: 5
  emil:
    name: Emil
    email: Dora@Example.com   #! shared-address  #=    email: emil@example.com
  bert2: {name: Bert, email: bert@example.com}
  dora2: {name: Dora, email: dora@example.com, active: false}
hours:
  office:
    time_zone: Europe/Stockholm
    week: [{days: [mon, tue, wed, thu, fri], start: 08:00, end: 17:00}]
    holidays: [company]
  weekend: {week: [{days: [sat, sun]}]}
holidays:
  company: {calendar: company.ics}   #! holidays-run-out  #=  company: {country: SE}
pools:
  gone:
    members: {bert: 1}   #! empty-pool  #=    members: {dora: 1}
  night:
    members: {anna: 1, carl: 1}   #! nobody-on-shift  #=    members: {anna: 1, dora: 1}
  closed:
    members: {anna: 1}
    hours: weekend   #! nobody-on-shift  #=    hours: office
  skilled:
    members: {anna: 1, dora: 1, bert: 1}
    match:
      - field: language
      - {field: product, skill: pumps}   #! skill-nobody-has  #=      - {field: language}
    tiers:
      - from: 50
        reps: [bert]   #! empty-tier  #=        reps: [dora]
      - {from: 0, reps: [anna]}
    deadlines:
      clock: rep   #! clock-without-hours  #=      clock: real
      stages:
        - {after: 5m, do: reclaim}
        - {after: 9m, do: remind, if: untouched}   #! stage-never-acts  #=
  counted:
    members: {dora: 1}
    member_limits:
      holding: 20   #! limit-never-reached  #=      holding: 2
    team_limits: {holding: 5}
    deadlines: {stages: [{after: 5m, do: remind}]}   #! nothing-takes-it  #=
  market:
    members: {dora: 1}
    strategy: open
    absence: catch_up   #! unused-option  #=    absence: frozen
  sums:
    members: {dora: 1}
    existing_owner: {by: [emial]}   #! unknown-field  #=    existing_owner: {by: [email]}
grades:
  - {name: hot, when: {score: {from: 80}}, points: 3}
  - {name: hotter, when: {score: {from: 90}}}   #! unreachable-grade  #=  - {name: cold}
score:
  points:
    - when: {all: [{country: SE}, {country: FI}]}   #! impossible-conditions  #=    - when: {}
      points: 5
tables:
  regions: {file: regions.csv}
rules:
  - {name: Swedes, when: {country: SE}, pool: night}   #! better-a-table  #=
  - name: pumps   #! overlapping-rules
    when: {product: pump, country: [SE, NL]}
    pool: counted
  - name: also Swedes   #! unreachable-rule
    when: {country: SE, region: north}   #=    when: {country: FI}
    pool: gone
  - name: misspelt
    when:
      prodct: boat   #! unknown-field  #=      product: boat
      country: Sweden   #! unknown-value  #=      country: DK
      source: acme
    pool: skilled
  - name: never sold
    when:
      source: acme
      country: "NO"
      product: rocket   #! unknown-value  #=      product: boat
    pool: sums
  - name: deep
    when: {country: JP, all: DEEP}   #! too-deep  #=    when: {country: JP}
    pool: sums
  - name: many
    when: {country: CN, all: MANY}   #! too-many-conditions  #=    when: {country: CN}
    pool: sums
  - {name: by region, table: regions}
ROWS
  - {name: the rest, pool: market}
forms:
  website: {aliases: {language: [lang]}}
partners:
  acme: {values: {product: [pump, boat]}}
"""
DEEP = "[{all: [{all: [{all: [{all: [{region: x}]}]}]}]}]"
MANY = f"[{', '.join(f'{{region: {{not: [x{n}]}}}}' for n in range(21))}]"
COUNTRIES = ("BR", "IN", "MX", "PL", "PT", "FR", "DE", "IT", "ES")
REPEATED = "\n".join(
    f"  - {{name: r{code}, when: {{country: {code}}}, pool: sums}}   #=" for code in COUNTRIES
)
TABLE = dedent("""\
    region,product,pool

    north,,night
    ,boat,closed
    north,pump,gone
    """)
RIGHT_TABLE = "region,product,pool\nnorth,boat,closed\nnorth,,night\n,boat,closed\n"
CALENDAR = dedent("""\
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:x
    BEGIN:VEVENT
    UID:1
    DTSTAMP:20260101T000000Z
    DTSTART;VALUE=DATE:20260619
    SUMMARY:Summer party
    END:VEVENT
    END:VCALENDAR
    """)


def seeded() -> str:
    whole = SEEDED.replace("MANY", MANY).replace("DEEP", DEEP)
    return whole.replace("ROWS", REPEATED)


def expected(text: str) -> list[tuple[int, str]]:
    """What is found, and where, as the file's comments say."""
    marks = enumerate((re.search(r"#! (.+?)(?:  #=|$)", line) for line in text.splitlines()), 1)
    return [(line, code) for line, mark in marks if mark for code in mark[1].split(", ")]


def put_right(text: str) -> str:
    """The file with the lines that its comments propose; empty ones are left out."""
    lines = (line.rpartition("#=")[2] if "#=" in line else line for line in text.splitlines())
    return "\n".join(line for line in lines if line.strip()) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "regions.csv").write_text(TABLE)
    (tmp_path / "company.ics").write_text(CALENDAR.replace("\n", "\r\n"))
    file = tmp_path / "team.yaml"
    file.write_text(seeded())
    return file


def test_each_kind_of_mistake_is_found_on_its_line(file: Path) -> None:
    told = list(everything_about(file, TODAY))
    own = [(one.line, one.code) for one in told if one.file == str(file)]
    assert sorted(own) == sorted(expected(seeded()))
    table = [(one.line, one.code) for one in told if one.file != str(file)]
    assert table == [(4, "overlapping-rows"), (5, "unreachable-row")]
    assert {one.level for one in told} == {"warning"}
    assert all(one.advice for one in told)


def test_put_right_nothing_is_left(file: Path) -> None:
    file.write_text(put_right(seeded()))
    (file.parent / "regions.csv").write_text(RIGHT_TABLE)
    assert list(map(str, everything_about(file, TODAY))) == []


def test_whoever_shares_an_address_hears_who_it_signs_in(file: Path) -> None:
    (found,) = (one for one in everything_about(file, TODAY) if one.code == "shared-address")
    assert found.field == "reps.emil.email"
    assert "whoever signs in with it is dora, and does not see what emil has" in found.message


def test_nothing_is_found_in_the_demo() -> None:
    assert list(everything_about(CONFIG, TODAY)) == []


# ── Errors ───────────────────────────────────────────────────────────────────────────────────────

# After `#!` stands what is told of the line above, or the beginning of it.
REFUSED = """\
manager: {name: Maria, email: maria@example.com}
reps:
  anna: {name: Anna, email: anna@example.com, hours: nights}
  #! reps.anna.hours: there is no hours 'nights' under hours
  bert: {name: Bert, email: bert@example.com}
  administrator: {name: A, email: a@example.com}
  #! reps.administrator: is how the log of a lead names somebody else
  api: {name: B, email: b@example.com}
  #! reps.api: is how the log of a lead names somebody else
  link: {name: C, email: c@example.com}
  #! reps.link: is how the log of a lead names somebody else
  manager: {name: D, email: d@example.com}
  #! reps.manager: is how the log of a lead names somebody else
hours:
  office: {week: [{days: [mon]}], holidays: [xmas]}
  #! hours.office.holidays.0: there is no holidays 'xmas' under holidays
pools:
  first: {members: {anna: 1}, then: {pool: second}}
  second: {members: {anna: 1}, duty_pool: third}
  third: {members: {anna: 1}, then: {pool: first}}
  #! pools.third.then.pool: leads would go round for ever: first → second → third → first; let
  alone: {members: {anna: 1}, then: {pool: alone}}
  #! pools.alone.then.pool: the pool would pass leads on to itself
  lost: {members: {anna: 1}, then: {pool: nowhere}}
  #! pools.lost.then.pool: there is no pool 'nowhere' under pools
  duty: {members: {anna: 1}, duty_pool: nobody, hours: never}
  #! pools.duty.duty_pool: there is no pool 'nobody' under pools
  #! pools.duty.hours: there is no hours 'never' under hours
  shy: {members: {anna: 1}, claims: {per_day: 5}}
  #! pools.shy.claims: nobody claims leads here
  slow: {members: {anna: 1}, offer_for: 30m}
  #! pools.slow.offer_for: nothing is offered here
  free: {members: {anna: 1}, strategy: open, match: [{field: product}]}
  #! pools.free.match: a pool that is open compares nobody
  boss: {members: {anna: 1}, strategy: manual, tiers: [{from: 1, reps: [anna]}]}
  #! pools.boss.tiers: a pool that is manual compares nobody
  best: {members: {anna: 1}, performance: {floor: 1}}
  #! pools.best.performance: is measured for nothing
  idle: {members: {anna: 1}, load: points}
  #! pools.idle.load: only the strategy least_loaded
  half: {members: {anna: 1}, split: {percent: 50, strategy: weighted}}
  #! pools.half.split: the pool is weighted already
  tick: {members: {anna: 1}, deadlines: {clock: pool}}
  #! pools.tick.deadlines.clock: the pool has no hours
  over: {members: {anna: 1}, deadlines: {stages: [{after: 9m, do: park}, {after: 5m, do: open}]}}
  #! pools.over.deadlines.stages.1.after: must not be earlier
  #! pools.over.deadlines.stages.1.do: is never done
  both: {members: {anna: 1}, deadlines: {reclaim_after: 5m, stages: [{after: 9, do: park, for: 9}]}}
  #! pools.both.deadlines.reclaim_after: is the short form
  #! pools.both.deadlines.stages.0.for: only pause_rep lasts
  kept: {members: {anna: 1}, protection: {activity: 2d, at_most: 1d}}
  #! pools.kept.protection.activity: is longer than `at_most`
  late: {members: {anna: 1}, off_hours: assign, duty_pool: tick}
  #! pools.late.duty_pool: is never asked
  hot: {members: {anna: 1}, hot: {any: [{during: lunch}]}}
  #! pools.hot.hot.any.0.during: there is no hours 'lunch' under hours
grades:
  - {name: a, when: {during: dusk}}
  #! grades.0.when.during: there is no hours 'dusk' under hours
score:
  points:
    - {when: {not: {score: {from: 5}}}, points: 1}
  #! score.points.0.when.not.score: there is no score yet
rules:
  - {name: a, when: {country: SE}, table: regions}
  #! rules.0.table: there is no table 'regions' under tables
  - {name: b, when: {during: dawn}, pool: first}
  #! rules.1.when.during: there is no hours 'dawn' under hours
  - {name: c, pool: first}
  #! rules.2: catches every lead
  - {name: d, when: {country: DK}, pool: first}
forms: {website: {}}
"""
IN_PLACES = """\
  carl: {name: Carl, email: carl@example.com, time_zone: Mars/Base}
  #! reps.carl.time_zone: unknown time zone
  dora:
    name: Dora
    email: dora@example.com
    daily_limit: 5
    pace: [{per: hour, leads: 1}, {per: week, leads: 9}, {per: month, leads: 20}]
    #! reps.dora.pace: at most 3 periods
  emil: {name: Emil, email: emil@example.com, holding_limit: -1}
  #! reps.emil.holding_limit: must be greater than or equal to 0
"""


def told(text: str) -> dict[int, list[str]]:
    """What the comments of a file say is told, by line."""
    found: dict[int, list[str]] = {}
    last = 0
    for line, said in enumerate(text.splitlines(), 1):
        if "#! " in said:
            found.setdefault(last, []).append(said.partition("#! ")[2])
        else:
            last = line
    return found


@pytest.mark.parametrize("more", ["", IN_PLACES], ids=["alone", "beside what is wrong in places"])
def test_all_that_does_not_fit_is_told_at_once_on_its_line(tmp_path: Path, more: str) -> None:
    file = tmp_path / "team.yaml"
    text = REFUSED.replace("hours:\n  office", more + "hours:\n  office", 1)
    file.write_text(text)
    found: dict[int, list[str]] = {}
    for one in everything_about(file, TODAY):
        assert (one.level, one.code, one.file) == ("error", "invalid", str(file))
        found.setdefault(one.line or 0, []).append(f"{one.field}: {one.message}")
    wanted = told(text)
    assert found.keys() == wanted.keys()
    for line, parts in wanted.items():
        matched = [said.startswith(part) for said, part in zip(found[line], parts, strict=True)]
        assert all(matched), found[line]


def test_a_table_without_conditions_is_no_catch_all(file: Path) -> None:
    file.write_text(put_right(seeded()).replace("  - {name: the rest, pool: market}\n", ""))
    (file.parent / "regions.csv").write_text(RIGHT_TABLE)
    (problem,) = everything_about(file, TODAY)
    assert problem.message.startswith("the last rule must catch all, and a table lets go")


def test_a_library_user_is_refused_the_same() -> None:
    with pytest.raises(ValueError, match=r"pools\.sales\.then\.pool: the pool would pass leads on"):
        team.config({"anna": 1}, then={"pool": "sales"})


def test_rows_that_cannot_be_asked_are_refused() -> None:
    for rows_, told_ in (
        ("SE\tsales\tx", "row 1 has 3 cells instead of 2"),
        ("SE\tsales\nNO\tslaes", "row 2: there is no pool 'slaes' under pools"),
        ("9..1\tsales", "row 1: '9..1' cannot be read: the range ends before it begins"),
    ):
        table = {"file": "t.csv", "columns": ["country"], "rows": rows_}
        with pytest.raises(ValueError, match=re.escape(told_)):
            team.config({"anna": 1}, more={"tables": {"t": table}})


def test_a_stored_version_is_read_even_if_we_would_refuse_it_today() -> None:
    """What is in force was found to fit when it was applied; leads depend on it."""
    stored = team.config({"anna": 1}).model_copy(update={"rules": []})
    with pytest.raises(ValueError, match="the last rule must catch all"):
        Config.model_validate_json(stored.model_dump_json())
    assert Config.model_validate_json(stored.model_dump_json(), context=STORED).rules == []


# ── The command ──────────────────────────────────────────────────────────────────────────────────


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_the_demo_is_clean_and_ends_with_0() -> None:
    assert run("check", str(CONFIG)) == (0, f"{CONFIG}: nothing found\n", "")


def test_each_finding_is_one_line_and_ends_with_1(file: Path) -> None:
    status, said, _ = run("check", str(file))
    assert status == 1
    *lines, summary = said.splitlines()
    assert summary == f"{len(lines)} warnings"
    assert all(re.fullmatch(r"\S+:\d+: .+ — .+ \[[a-z-]+\]", line) for line in lines)


def test_scripts_get_the_same_as_json(file: Path) -> None:
    status, said, _ = run("check", "--json", str(file))
    found = json.loads(said)
    assert status == 1
    assert found[0].keys() == {"level", "code", "file", "line", "field", "message", "advice"}
    assert json.loads(run("check", "--json", str(CONFIG))[1]) == []


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    status, said, _ = run("check", str(tmp_path / "none.yaml"))
    assert status == 1
    assert "cannot be read: No such file" in said


def test_apply_tells_it_too_and_goes_on(file: Path) -> None:
    status, said, noted = run("apply", "--check", str(file))
    assert status == 0
    assert "is fine" in said
    assert "[overlapping-rules]" in noted
    *lines, last = noted.splitlines()
    assert len(lines) == 20
    assert re.match(r"and 8 more: .* check ", last)


# ── Rules in their order ─────────────────────────────────────────────────────────────────────────


def of_rules(*conditions: dict[str, object], **more: object) -> list[str]:
    """What is found of rules with these conditions, which lead to two pools in turn."""
    pools = {name: {"members": {"anna": 1}} for name in ("a", "b")}
    rules = [
        {"name": f"r{number}", "when": when, "pool": "ab"[number % 2]}
        for number, when in enumerate(conditions)
    ]
    config = team.config(
        {"anna": 1},
        more={"pools": pools, "rules": [*rules, {"name": "rest", "pool": "a"}], **more},
    )
    return [f"{one.code} {one.place[1]}" for one in order.findings(config)]


@pytest.mark.parametrize(
    "conditions",
    [
        [{"country": ["SE", "NO"]}, {"country": "no"}],
        [{"score": {"from": 10}}, {"score": {"from": 10, "to": 20}}],
        [{"score": {"from": 10, "below": 20}}, {"score": {"from": 12, "to": 19}}],
        [{"postal_code": {"starts": ["11"]}}, {"postal_code": {"starts": ["11 2", "11-3"]}}],
        [{"email": {"domain": ["x.com"]}}, {"email": {"domain": ["@mail.x.com"]}}],
        [{"email": {"exists": True}}, {"email": {"starts": ["a"]}}],
        [{"country": {"not": ["SE"]}}, {"country": "NO"}],
        [{"not": {"country": "SE", "product": "x"}}, {"product": "y"}],
        [{"any": [{"country": "SE"}, {"product": "x"}]}, {"country": "SE", "region": "n"}],
        [{"country": "SE"}, {"any": [{"country": "SE", "product": "x"}]}],
        [{"score": {"from": 1}}, {"score": "5"}],
        [{"score": {"to": 50}}, {"score": {"from": 50, "to": 50}}],
    ],
)
def test_a_rule_below_one_that_holds_whenever_it_does_is_found(
    conditions: list[dict[str, object]],
) -> None:
    assert of_rules(*conditions) == ["unreachable-rule 1"]


@pytest.mark.parametrize(
    "conditions",
    [
        [{"country": "SE"}, {"country": "NO"}, {"country": ["SE", "NO"]}],
        [{"score": {"from": 50}}, {"score": {"below": 50}}, {"score": {"from": 10, "to": 90}}],
        [{"email": {"exists": True}}, {"email": {"exists": False}}, {"country": "SE"}],
        [{"source_kind": ["form"]}, {"source_kind": "partner"}, {"country": "SE"}],
    ],
)
def test_a_rule_that_others_take_together_is_found(conditions: list[dict[str, object]]) -> None:
    found = of_rules(*conditions, partners={"acme": {}})
    assert [one for one in found if one.startswith("unreachable")] == ["unreachable-rule 2"]


@pytest.mark.parametrize(
    "conditions",
    [
        [{"country": "SE"}, {"country": ["SE", "NO"]}],
        [{"score": {"below": 50}}, {"score": {"from": 50}}],
        [{"during": "office"}, {"during": "evening"}],
        [{"country": "SE"}, {"country": "NO"}],
        [{"postal_code": {"starts": ["11"]}}, {"postal_code": {"starts": ["12"]}}],
        [{"source": "website"}, {"source_kind": "partner"}],
        [{"country": "SE"}, {"country": {"exists": False}}],
        [{"country": "SE"}, {"not": {"country": "SE"}, "product": "x"}],
    ],
)
def test_a_special_case_first_and_what_excludes_each_other_is_right(
    conditions: list[dict[str, object]],
) -> None:
    hours = {
        "office": {"week": [{"days": ["mon"], "start": "08:00", "end": "17:00"}]},
        "evening": {"week": [{"days": ["mon"], "start": "17:00", "end": "22:00"}]},
    }
    assert of_rules(*conditions, partners={"acme": {}}, hours=hours) == []


def test_what_reaches_beyond_a_range_is_reached() -> None:
    beyond = [{"score": {"from": 10, "to": 20}}, {"score": {"from": 15, "to": 30}}]
    between = [{"score": {"to": 50}}, {"score": {"from": 51}}, {"score": {"from": 50, "to": 51}}]
    around = [{"score": {"from": 10, "to": 20}}, {"score": {"below": 10}}, {"score": {"to": 30}}]
    assert of_rules(*beyond) == ["overlapping-rules 1"]
    assert "unreachable-rule 2" not in of_rules(*around)
    assert "unreachable-rule 2" not in of_rules(*between)


def test_an_own_field_may_have_several_values_so_two_can_hold() -> None:
    assert of_rules({"all": [{"size": "a"}, {"size": "b"}]}) == []
    assert of_rules({"all": [{"country": "SE"}, {"country": "NO"}]}) == ["impossible-conditions 0"]


def test_an_overlap_that_a_rule_above_both_decides_is_none() -> None:
    both = {"country": "SE", "product": "x"}
    assert of_rules({"country": "SE"}, {"product": "x"}) == ["overlapping-rules 1"]
    assert of_rules(both, {"country": "SE"}, {"product": "x"}) == []


def test_no_more_overlaps_are_told_than_anybody_reads() -> None:
    found = of_rules(*({f"f{number}": "x"} for number in range(30)))
    assert len(found) == order.MOST_OVERLAPS + 1


VALUES = st.lists(st.sampled_from(["1", "12", "123", "2", "25"]), min_size=1, max_size=2)
BOUNDS = st.sampled_from([1, 2, 12, 25, 123])
TESTS = st.one_of(
    VALUES,
    st.builds(lambda values: {"not": values}, VALUES),
    st.builds(lambda values: {"starts": values}, VALUES),
    st.builds(lambda low, more: {"from": low, "to": low + more}, BOUNDS, BOUNDS),
    st.builds(lambda low, more: {"from": low, "below": low + more}, BOUNDS, BOUNDS),
    st.builds(lambda high: {"below": high}, BOUNDS),
    st.builds(lambda there: {"exists": there}, st.booleans()),
)
PLAIN = st.dictionaries(st.sampled_from(["region", "size", "score"]), TESTS, min_size=1, max_size=2)
GROUPED = st.one_of(
    PLAIN,
    PLAIN,
    st.builds(lambda groups: {"any": groups}, st.lists(PLAIN, min_size=1, max_size=2)),
    st.builds(lambda one, other: {**one, "not": other}, PLAIN, PLAIN),
)
ONE_VALUE = ["", "1", "12", "123", "1.5", "2", "20", "25", "12.5", "24", "x"]
LEADS = [
    {"region": region, "extra": {"size": size, "score": score}}
    for region, size, score in product(
        ONE_VALUE, [*ONE_VALUE, ["1", "25"], ["12", "2"], ["123", "x"]], ["", "1", "12", "25", "40"]
    )
]


@settings(max_examples=60)
@given(st.lists(GROUPED, min_size=2, max_size=5))
def test_no_lead_ever_comes_to_a_rule_that_is_said_to_be_never_asked(
    conditions: list[dict[str, object]],
) -> None:
    """Own fields may have several values; those of ours have one."""
    rules = [
        {"name": f"{number}", "when": when, "pool": "sales"}
        for number, when in enumerate(conditions)
    ]
    config = team.config({"anna": 1}, more={"rules": [*rules, {"name": "rest", "pool": "sales"}]})
    found = [one for one in order.findings(config) if one.code != "overlapping-rules"]
    never = {f"{one.place[1]}" for one in found}
    if never:
        now = datetime(2026, 1, 5, tzinfo=UTC)
        reached = {route(config, "form#website", lead, now).rule for lead in LEADS}
        assert not never & reached


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────


def of_rows(columns: list[str], *cells: list[str]) -> list[str]:
    """What is found of a table with these rows."""
    return [f"{one.code} {one.row}" for one in rows.findings(with_table(columns, cells))]


def with_table(columns: list[str], cells: object) -> Config:
    text = "\n".join("\t".join(row) for row in cells)  # type: ignore[attr-defined]
    pools = {name: {"members": {"anna": 1}} for name in ("sales", "a", "b")}
    table = {"file": "t.csv", "columns": columns, "rows": text}
    return team.config({"anna": 1}, more={"pools": pools, "tables": {"t": table}})


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([["11*", "a"], ["112*", "b"]], ["unreachable-row 2"]),
        ([["11*", "a"], ["11234|1155*", "b"]], ["unreachable-row 2"]),
        ([["10..49", "a"], ["20..30", "b"]], ["unreachable-row 2"]),
        ([["10..49", "a"], ["40..99", "b"]], ["overlapping-rows 2"]),
        ([["10..49", "a"], ["40..99", "a"]], []),
        ([["10..49", "a"], ["50..99", "b"]], []),
        ([["a|b", "a"], ["b|c", "b"]], ["overlapping-rows 2"]),
        ([["@x.com", "a"], ["@mail.x.com", "b"]], ["unreachable-row 2"]),
        ([["112*", "a"], ["11*", "b"], ["", "a"]], []),
    ],
)
def test_rows_of_one_column(cells: list[list[str]], found: list[str]) -> None:
    assert of_rows(["x"], *cells) == found


def test_rows_that_each_ask_for_something_else() -> None:
    assert of_rows(["x", "y"], ["1", "", "a"], ["", "2", "b"]) == ["overlapping-rows 2"]
    assert of_rows(["x", "y"], ["1", "2", "b"], ["1", "", "a"], ["", "2", "b"]) == []
    assert of_rows(["x", "y", "z"], ["1", "2", "", "a"], ["1", "", "3", "b"]) == [
        "overlapping-rows 2"
    ]
    assert of_rows(["x", "y", "z"], ["1", "2", "", "a"], ["2", "", "3", "b"]) == []


# ── Who is at work ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([0], "Mon 00:00–01:00"),
        ([23], "Mon 23:00–24:00"),
        (range(120, 168), "Sat 00:00–Mon 00:00"),
        ([*range(8), *range(120, 168)], "Sat 00:00–Mon 08:00"),
        ([12, 36, 60, 84, 108], "Mon–Fri 12:00–13:00"),
        ([12, 60], "Mon, Wed 12:00–13:00"),
        ([22, 23, 24, 25, 46, 47, 48, 49], "Mon, Tue 22:00–02:00"),
    ],
)
def test_hours_of_the_week_are_named_shortly(hours: object, said: str) -> None:
    assert staffing.stretches(list(hours)) == said  # type: ignore[call-overload]


def test_a_pool_with_somewhere_else_to_go_may_be_empty_at_night() -> None:
    office = {"office": {"week": [{"days": ["mon"], "start": "08:00", "end": "17:00"}]}}
    own = {"anna": {"hours": "office"}, "bert": {}}
    more = {"hours": office}

    def found(**pool: object) -> list[str]:
        pools = {"sales": {"members": {"anna": 1}, **pool}, "duty": {"members": {"bert": 1}}}
        whole = team.config({"anna": 1, "bert": 1}, limits=own, more={**more, "pools": pools})
        return [one.code for one in staffing.findings(whole, TODAY)]

    assert found() == ["nobody-on-shift"]
    assert found(then={"pool": "duty"}) == []
    assert found(duty_pool="duty") == []
    assert found(off_hours="assign") == []
    assert found(strategy="open") == []
    assert found(hours="office") == []
    assert found(members={"anna": 1, "bert": 1}) == []


EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def unstaffed(pools: dict[str, object], **more: object) -> dict[str, str]:
    """What is said of pools where nobody is on shift; of anna by day, bert by night, cy always."""
    week = [{"days": EVERY_DAY, "start": "08:00", "end": "18:00"}]
    night = [{"days": EVERY_DAY, "start": "18:00", "end": "08:00"}]
    limits = {"anna": {"hours": "day"}, "bert": {"hours": "night"}, "cy": {}}
    hours = {"day": {"week": week}, "night": {"week": night}}
    whole = team.config(
        {"anna": 1, "bert": 1, "cy": 1},
        limits=limits,
        more={"hours": hours, "pools": pools, **more},
    )
    found = list(staffing.findings(whole, TODAY))
    assert {one.code for one in found} <= {"nobody-on-shift"}
    return {str(one.place[1]): one.message for one in found}


BY_DAY, BY_NIGHT = {"members": {"anna": 1}}, {"members": {"bert": 1}}


@pytest.mark.parametrize("way", [{"duty_pool": "duty"}, {"then": {"pool": "duty"}}])
def test_leads_passed_on_to_where_nobody_is_either_are_told(way: dict[str, object]) -> None:
    """The pool on duty is asleep at the same hours; that it says when it works changes nothing."""
    sales = {**BY_DAY, **way}
    for duty in (BY_DAY, {**BY_DAY, "hours": "day"}, {"members": {"cy": 1}, "hours": "day"}):
        told = unstaffed({"sales": sales, "duty": duty})
        assert told.keys() == {"duty"}
        assert "18:00–08:00" in told["duty"]
        assert "also those passed on by sales" in told["duty"]
    assert unstaffed({"sales": sales, "duty": {**BY_DAY, "off_hours": "assign"}}) == {}
    assert unstaffed({"sales": sales, "duty": {**BY_DAY, "strategy": "open"}}) == {}


def test_who_only_gets_what_is_passed_on_need_not_be_there_when_nothing_is() -> None:
    pools = {"sales": {**BY_DAY, "duty_pool": "duty"}, "duty": BY_NIGHT}
    assert unstaffed(pools) == {}
    rules = [{"name": "own", "when": {"country": "SE"}, "pool": "duty"}, *team.ALL_TO_SALES]
    assert "08:00–18:00" in unstaffed(pools, rules=rules)["duty"]


def test_the_end_of_a_chain_is_asked_for_the_hours_that_all_before_it_leave() -> None:
    pools = {
        "sales": {**BY_DAY, "duty_pool": "second"},
        "second": {**BY_DAY, "then": {"pool": "last"}},
        "last": BY_NIGHT,
    }
    assert unstaffed(pools) == {}
    told = unstaffed({**pools, "last": BY_DAY})
    assert told.keys() == {"last"}
    assert "passed on by second" in told["last"]
    by_night = {**BY_NIGHT, "duty_pool": "last"}  # it leaves none of those that come to it
    assert unstaffed({"sales": pools["sales"], "second": by_night, "last": BY_NIGHT}) == {}


# ── Large ones ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_large_configuration_is_looked_through_in_seconds() -> None:
    """200 rules, 500 reps, 50 pools: under 5 s on a machine with nothing else to do."""
    countries = [f"{one}{two}" for one in "ABCDEFGHIJ" for two in "KLMNOPQRSTUVWXYZABCD"]
    hours = {"office": {"week": [{"days": ["mon", "tue"], "start": "08:00", "end": "17:00"}]}}
    members = [f"r{number}" for number in range(500)]
    pools = {
        f"p{number}": {"members": dict.fromkeys(members[number * 10 :][:60], 1)}
        for number in range(50)
    }
    rules = [
        {
            "name": f"r{number}",
            "when": {
                "country": [countries[number], countries[(number * 7) % 200]],
                "any": [{"product": f"p{number % 9}"}, {"score": {"from": number % 50}}],
            },
            "pool": f"p{number % 50}",
        }
        for number in range(199)
    ]
    limits = {rep: {"hours": "office"} for rep in members}
    config = team.config(
        dict.fromkeys(members, 1),
        limits=limits,
        more={"hours": hours, "pools": pools, "rules": [*rules, {"name": "rest", "pool": "p0"}]},
    )
    assert seconds(lambda: list(every.findings(config, TODAY))) < 5 * TOLERANCE


def many_rules(count: int) -> Config:
    """Rules that each have several cases, and of which many are never asked."""
    rules = [
        {
            "name": f"r{number}",
            "when": {
                "country": ["SE", "NO"],
                "score": {"from": number},
                "any": [{"a": "b"}, {"c": {"not": "d"}}],
            },
            "pool": "sales",
        }
        for number in range(count)
    ]
    return team.config({"anna": 1}, more={"rules": [*rules, *team.ALL_TO_SALES]})


def test_of_very_many_rules_it_is_said_that_not_all_were_compared() -> None:
    """What there is to find is found up to there, and the same in each run."""
    config = many_rules(3_000)
    found: list[list[Finding]] = []
    assert seconds(lambda: found.append(list(order.findings(config)))) < 3 * TOLERANCE
    (told,) = found
    assert {one.code for one in told[:-1]} == {"unreachable-rule"}
    assert told[-1].code == "not-all-compared"
    assert told == list(order.findings(config))


def test_long_lists_of_values_are_looked_through_in_seconds() -> None:
    def starts(with_what: str) -> dict[str, object]:
        return {"region": {"starts": [f"{with_what}{number}" for number in range(3_000)]}}

    rules = [
        {"name": f"r{n}", "when": {"all": [starts(f"{n}x"), starts(f"{n}x1")]}, "pool": pool}
        for n in range(40)
        for pool in ("a", "b")
    ]
    pools = {name: {"members": {"anna": 1}} for name in ("a", "sales")}
    pools["b"] = pools["a"]
    config = team.config({"anna": 1}, more={"pools": pools, "rules": [*rules, *team.ALL_TO_SALES]})
    found: list[Finding] = []
    assert seconds(lambda: found.extend(order.findings(config))) < 4 * TOLERANCE
    assert [one.place for one in found][:3] == [("rules", 1), ("rules", 3), ("rules", 5)]


def test_two_hundred_rules_are_all_compared() -> None:
    assert all(one.code == "unreachable-rule" for one in order.findings(many_rules(200)))


@pytest.mark.parametrize("depth", [21, 60, 200, 2_000])
@pytest.mark.parametrize("word", ["not", "any", "all"])
def test_a_file_with_groups_in_groups_without_end_is_refused_at_once(
    tmp_path: Path, word: str, depth: int
) -> None:
    start, end = ("{not: ", "}") if word == "not" else (f"{{{word}: [", "]}")
    deep = f"{start * depth}{{country: SE}}{end * depth}"
    file = tmp_path / "team.yaml"
    file.write_text(
        "manager: {name: Maria, email: maria@example.com}\n"
        "reps: {anna: {name: Anna, email: anna@example.com}}\n"
        "pools: {sales: {members: {anna: 1}}}\n"
        f"rules:\n  - {{name: all, pool: sales}}\n  - name: deep\n    when: {deep}\n"
        "    pool: sales\n"
        "forms: {website: {}}\n"
    )
    told: list[Told] = []
    assert seconds(lambda: told.extend(everything_about(file, TODAY))) < TOLERANCE
    assert {one.code for one in told} == {"invalid"}
    assert any("deep" in one.message for one in told)
    if depth <= 60:
        assert (told[-1].line, told[-1].field) == (7, "rules.1.when")


@pytest.mark.slow
def test_five_times_the_rows_take_about_five_times_as_long() -> None:
    def took(count: int) -> float:
        cells = [[f"c{n % 40}", f"{10_000 + n}", "ab"[n % 2]] for n in range(count)]
        config = with_table(["country", "postal_code"], cells)
        return seconds(lambda: list(rows.findings(config)))

    few, many = took(4_000), took(20_000)
    assert many < 5 * few * TOLERANCE


TOLERANCE = 3  # other work on the machine


def seconds(work: object) -> float:
    start = time.process_time()  # its own: others may be busy on the machine
    work()  # type: ignore[operator]
    return time.process_time() - start
