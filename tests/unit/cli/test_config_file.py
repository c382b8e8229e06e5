"""What is wrong with a configuration is told with its line, and all of it at once."""

from pathlib import Path
from textwrap import dedent

import pytest

from infra.cli.config_file import config_from, read_config
from infra.local.demo import CONFIG
from shared.errors import ConfigError

GOOD = dedent("""\
    manager: {name: Maria, email: maria@example.com}
    reps:
      anna: {name: Anna, email: anna@example.com}
      bert: {name: Bert, email: bert@example.com}
    pools:
      sales:
        members:
          anna: 2
          bert: 1
    rules:
      - name: everything
        pool: sales
    forms:
      website: {}
    """)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config_from(text, "team.yaml")
    return caught.value.problems


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_file_becomes_a_configuration() -> None:
    config = config_from(GOOD, "team.yaml")
    assert config.pools["sales"].weights() == {"anna": 2000, "bert": 1000}


def test_the_demo_is_a_good_file() -> None:
    config = read_config(CONFIG)
    assert set(config.pools) == {"nordic", "world"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: Bert, ", "", "team.yaml:4: reps.bert.name: is missing"),
        (
            "{name: Bert,",
            "{nmae: Bert, name: Bert,",
            "team.yaml:4: reps.bert.nmae: is no key known here; did you mean name?",
        ),
        (
            "forms:",
            "shoes: 1\nforms:",
            "team.yaml:13: shoes: is no key known here",
        ),
        (
            "bert: 1",
            "bert: many",
            "team.yaml:9: pools.sales.members.bert: must be a number, as in 2.5",
        ),
        (
            "bert: 1",
            "bert: 0",
            "team.yaml:9: pools.sales.members.bert: must be greater than 0",
        ),
        (
            "bert: 1",
            "bert: 1000001",
            "team.yaml:9: pools.sales.members.bert: must be less than or equal to 1000000",
        ),
        (
            "bert: 1",
            "bert: 0.0001",
            "team.yaml:9: pools.sales.members.bert: at most three decimals",
        ),
        (
            "  website: {}",
            "  Web Site: {}",
            (
                "team.yaml:14: forms.Web Site:"
                " an id is made of lower-case letters, digits, - and _, at most 64"
            ),
        ),
        (
            "  website: {}",
            "  website: {default_country: se}",
            (
                "team.yaml:14: forms.website.default_country:"
                " must be the two capital letters of a country, as in SE"
            ),
        ),
        (
            "  website: {}",
            "  website: [a]",
            "team.yaml:14: forms.website: must be a mapping, with lines `key: value` below it",
        ),
        (
            "      bert: 1\n",
            "      bert: 1\n    deadlines: {reclaim_after: 3x}\n",
            (
                "team.yaml:10: pools.sales.deadlines.reclaim_after:"
                " write a duration as a number and a unit: 30s, 15m, 2h, 3d"
            ),
        ),
        (
            "email: bert@example.com",
            "email: bert",
            (
                "team.yaml:4: reps.bert.email: not an e-mail address: An email address must have an"
                " @-sign."
            ),
        ),
        (
            "name: Bert,",
            "name: Bert, time_zone: Mars/Base,",
            "team.yaml:4: reps.bert.time_zone: unknown time zone; write it like Europe/Stockholm",
        ),
        (
            "      bert: 1",
            "      carl: 1",
            "team.yaml:9: pools.sales.members.carl: there is no rep with this id under reps",
        ),
        (
            "    pool: sales",
            "    pool: slaes",
            "team.yaml:12: rules.0.pool: there is no pool 'slaes' under pools",
        ),
        (
            "    pool: sales",
            "    pool: sales\n    when: {country: SE}",
            "team.yaml:10: rules: the last rule must catch all; add one without `when`",
        ),
        (
            "      bert: 1\n",
            "      bert: 1\n      bert: 2\n",
            "team.yaml:10: pools.sales.members.bert: is there on line 9 already",
        ),
    ],
)
def test_each_problem_names_its_line_and_field(old: str, new: str, problem: str) -> None:
    assert problems(changed(old, new)) == [problem]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "    members:\n",
            "    protection: {first: 2h, activity: 1d, at_most: 7d, then: foo}\n    members:\n",
            (
                "team.yaml:7: pools.sales.protection.then: must be 'reclaim', 'open', 'park' or"
                " 'tell_manager'"
            ),
        ),
        (
            "    members:\n",
            "    deadlines: {stages: [{after: 1h, do: pause, for: 2h}]}\n    members:\n",
            (
                "team.yaml:7: pools.sales.deadlines.stages.0.do: must be 'remind', 'tell_manager',"
                " 'pause_rep', 'reclaim', 'open' or 'park'; did you mean pause_rep?"
            ),
        ),
        *(
            (
                "name: Bert, ",
                f"name: Bert, {limit}: {said}, ",
                f"team.yaml:4: reps.bert.{limit}: must be a whole number, as in 20",
            )
            for limit in ("daily_limit", "holding_limit")
            for said in ("ten", "1.5", "[1]")
        ),
        (
            "website: {}",
            "website: {min_seconds: soon}",
            "team.yaml:14: forms.website.min_seconds: must be a number, as in 1.5",
        ),
        ("name: Bert, ", "name: , ", "team.yaml:4: reps.bert.name: is empty"),
    ],
)
def test_each_mistake_is_told_once_and_in_words(old: str, new: str, problem: str) -> None:
    assert problems(changed(old, new)) == [problem]


@pytest.mark.parametrize(
    ("weights", "field", "most"),
    [
        ("accepted: 3", "accepted", 1),  # a lead weighs one if nothing is said
        ("points: 2, accepted: 2.5", "accepted", 2),
        ("points: 2, contacted: 3", "contacted", 2),
        ("points: 2, accepted: 0.5, contacted: 1", "contacted", "0.5"),
        ("points: 0, contacted: 0.001", "contacted", 0),
    ],
)
def test_a_lead_gets_no_heavier_as_work_goes_on(weights: str, field: str, most: object) -> None:
    """Nobody is asked whether there is room when a rep accepts a lead."""
    assert problems(f"{GOOD}grades:\n  - {{name: large, {weights}}}\n") == [
        (
            f"team.yaml:16: grades.0.{field}: a lead gets no heavier as work goes on;"
            f" at most {most}, as before"
        )
    ]
    equal = "points: 2, accepted: 2, contacted: 2"
    config_from(f"{GOOD}grades:\n  - {{name: large, {equal}}}\n", "team.yaml")


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed("email: anna@", "email: anna").replace("bert: 1", "bert: -1")
    text = text.replace("  website: {}", "  website: {honeypt: x}")
    assert [line.split(": ")[0] for line in problems(text)] == [
        "team.yaml:3",
        "team.yaml:9",
        "team.yaml:14",
    ]


def test_what_does_not_fit_together_is_told_one_by_one() -> None:
    text = changed("bert: 1", "carl: 1").replace("pool: sales", "pool: slaes")
    assert problems(text) == [
        "team.yaml:9: pools.sales.members.carl: there is no rep with this id under reps",
        "team.yaml:12: rules.0.pool: there is no pool 'slaes' under pools",
    ]


def test_one_run_tells_what_is_wrong_in_places_and_what_does_not_fit_together() -> None:
    text = changed("email: anna@", "email: anna").replace("bert: 1", "carl: -1")
    text = text.replace("pool: sales", "pool: slaes\n    when: {country: SE}")
    assert problems(text) == [
        (
            "team.yaml:3: reps.anna.email: not an e-mail address: An email address must have an"
            " @-sign."
        ),
        "team.yaml:9: pools.sales.members.carl: must be greater than or equal to 0",
        "team.yaml:9: pools.sales.members.carl: there is no rep with this id under reps",
        "team.yaml:10: rules: the last rule must catch all; add one without `when`",
        "team.yaml:12: rules.0.pool: there is no pool 'slaes' under pools",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reps:\n", "reps: 1\nteam:\n"),
        ("pools:\n", "pools: 1\nteams:\n"),
        ("    members:\n", "    membres:\n"),
        ("  sales:\n", "  Sales:\n"),
        ("rules:\n", "rules: 1\nrulez:\n"),
        ("  - name: everything\n    pool: sales\n", "  - everything\n"),
        ("    pool: sales\n", "    pool: [sales]\n"),
        ("    pool: sales\n", "    pool: sales\n    when: SE\n"),
    ],
)
def test_what_cannot_be_read_is_not_said_not_to_fit_as_well(old: str, new: str) -> None:
    misfit = ("there is no", "at least one member", "catch")
    allowed = {"rules.0.pool: there is no pool 'sales' under pools"} if "Sales" in new else set()
    said = {problem.split(": ", 1)[1] for problem in problems(changed(old, new))}
    assert {problem for problem in said if any(part in problem for part in misfit)} == allowed


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("    members:\n", "    then: q\n    members:\n", "pools.sales.then", "must be a mapping"),
        (
            "    members:\n",
            "    then: {pool: 3}\n    members:\n",
            "pools.sales.then.pool",
            "must be text",
        ),
        (
            "    members:\n",
            "    then: {pool: [q]}\n    members:\n",
            "pools.sales.then.pool",
            "must be text",
        ),
        (
            "    members:\n",
            "    duty_pool: 3\n    members:\n",
            "pools.sales.duty_pool",
            "must be text",
        ),
        *(
            ("name: Anna,", f"name: Anna, digest: {said},", "reps.anna.digest", "must be a time")
            for said in ("7:30", '"7.30"', "25:30", "abc", "7", "true", "[7]")
        ),
        *(
            (
                "name: Anna,",
                f"name: Anna, quiet: [{{start: {said}, end: 23:30}}],",
                "reps.anna.quiet.0.start",
                "must be a time",
            )
            for said in ("9pm", "21")
        ),
    ],
)
def test_what_others_are_compared_with_may_be_anything(
    old: str, new: str, place: str, message: str
) -> None:
    text = changed("name: Bert, ", "").replace(old, new)
    told = problems(text)
    assert len(told) == 2
    assert any(f": {place}: {message}" in problem for problem in told)
    assert any("reps.bert.name: is missing" in problem for problem in told)


def test_what_stands_for_something_unreadable_is_not_told_of_itself() -> None:
    """Each is wrong once: nothing is said of what would follow from it."""
    alerts = "alerts: [{channel: chat, on: [asigned], after: 5m}]"
    for old, new in (("name: Anna,", f"name: Anna, {alerts},"), ("forms:", "channels: q\nforms:")):
        told = problems(changed(old, new))
        assert len([one for one in told if "there is no channel" not in one]) == 1, told


def test_an_id_that_is_none_is_explained_where_it_is_used() -> None:
    assert problems(changed("    pool: sales", "    pool: Sales!")) == [
        (
            "team.yaml:12: rules.0.pool:"
            " an id is made of lower-case letters, digits, - and _, at most 64"
        ),
        "team.yaml:12: rules.0.pool: there is no pool 'Sales!' under pools",
    ]


def test_an_id_of_digits_is_told_as_it_is_written() -> None:
    text = changed("bert: 1", "007: 1")
    assert problems(text) == [
        "team.yaml:9: pools.sales.members.007: there is no rep with this id under reps"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "team.yaml:1: (file): must be a mapping with the keys"),
        ("- a\n", "team.yaml:1: (file): must be a mapping with the keys"),
        ("a: 1\nb: [1\n", "team.yaml:3: not valid YAML: "),
        ("a: 1\n---\nb: 1\n", "team.yaml:2: not valid YAML: "),
        ("a: 1\nb: \x07\n", "team.yaml:2: not valid YAML: special characters are not allowed"),
        ("a: !!python/object:os.system {}\n", "team.yaml:1: "),
        ("a: !what x\n", "team.yaml:1: not valid YAML: "),
        ("a: 1\nb: !!int x\n", "team.yaml:2: 'x' is not what !!int says"),
        ('a: !!int ""\n', "team.yaml:1: '' is not what !!int says"),
        ("a: !!bool x\n", "team.yaml:1: 'x' is not what !!bool says"),
        ("a: !!timestamp q\n", "team.yaml:1: 'q' is not what !!timestamp says"),
        ("? [a]\n: 1\n", "team.yaml:1: a key must be text"),
        ("[" * 5000, "team.yaml:1: the values are nested too deeply"),
        ("a: &a [*a]\n", "team.yaml:1: the values are nested too deeply"),
        ("# " + "x" * 1_000_000, "team.yaml:1: the file is larger than 1000 kB"),
    ],
)
def test_what_is_no_configuration_at_all_is_said_so(text: str, problem: str) -> None:
    assert problems(text)[0].startswith(problem)


def test_few_lines_that_stand_for_billions_are_refused() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for n in range(9):
        text += f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n"
    assert "stands for more than 200000 values" in problems(text)[0]


def test_norway_post_codes_and_times_stay_text() -> None:
    when = '{country: NO, postal_code: [01234, 12:30], big: 99999999999999999999999, "on": yes}'
    text = changed("    pool: sales", f"    when: {when}\n    pool: sales")
    config = config_from(
        text.replace("forms:", "  - {name: rest, pool: sales}\nforms:"), "team.yaml"
    )
    assert config.rules[0].when.model_dump() == {
        "country": ["NO"],
        "postal_code": ["01234", "12:30"],
        "big": ["99999999999999999999999"],
        "on": ["yes"],
    }


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("score: {from: many}", "score.from: must be a number, as in 2.5"),
        ("score: {frm: 5}", "score.frm: is no key known here; did you mean from?"),
        ("score: {from: 5, to: 1}", "score.to: is less than `from`, so it never holds"),
        ("fields: {from: many}", "fields.from: must be a number, as in 2.5"),
        (
            "city: {}",
            "city: say what must be true of it: a value, a list, or from, to, starts …",
        ),
        ("city: [a, []]", "city.1: must be text; put it in quotes"),
        ("city: {in: [a, []]}", "city.in.1: must be text; put it in quotes"),
        ("city: {starts: {}}", "city.starts: must be text; put it in quotes"),
        ("city: {starts: [a, []]}", "city.starts.1: must be text; put it in quotes"),
        ("all: 3", "all: must be a list, as in [a, b]"),
        ("any: [{}]", "any: needs conditions; without any it would fit every lead"),
        ("any: [{score: {to: x}}]", "any.0.score.to: must be a number, as in 2.5"),
        ("not: {city: {exists: maybe}}", "not.city.exists: must be true or false"),
    ],
)
def test_a_wrong_condition_is_told_as_it_is_written(when: str, problem: str) -> None:
    rule = f"  - name: some\n    pool: sales\n    when:\n      {when}\n"
    text = changed("  - name: everything\n", f"{rule}  - name: everything\n")
    assert problems(text) == [f"team.yaml:14: rules.0.when.{problem}"]


def test_weights_are_exact() -> None:
    config = config_from(changed("bert: 1", "bert: 0.1"), "team.yaml")
    assert config.pools["sales"].weights()["bert"] == 100


def test_anchors_and_merges_save_typing() -> None:
    text = changed(
        "  bert: {name: Bert, email: bert@example.com}",
        "  bert: {<<: *a, name: Bert, email: bert@example.com}",
    ).replace("anna: {name", "anna: &a {holding_limit: 7, name")
    reps = config_from(text, "team.yaml").reps
    assert (reps["bert"].holding_limit, reps["bert"].name) == (7, "Bert")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_config(tmp_path / "none.yaml")


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_bytes("a: 1\nb: Bjørn\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"team.yaml:2: must be encoded in UTF-8"):
        read_config(file)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert "sales" in read_config(file).pools


def test_letters_with_marks_are_those_of_leads_however_they_were_typed() -> None:
    composed, typed_apart = "Malm\u00f6", "Malmo\u0308"
    rules = "rules:\n  - {name: a, when: {city: %s}, pool: sales}\n"
    config = config_from(changed("rules:\n", rules % typed_apart), "team.yaml")
    assert config == config_from(changed("rules:\n", rules % composed), "team.yaml")
    escaped = changed("rules:\n", rules % '"Malmo\\u0308"')  # as programs write it
    assert config == config_from(escaped, "team.yaml")
