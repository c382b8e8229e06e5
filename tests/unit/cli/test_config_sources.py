"""What is wrong with partners, hooks and groups is told with its line, and all of it at once."""

from textwrap import dedent, indent

import pytest

from infra.cli.config_file import config_from
from shared.errors import ConfigError

TEAM = dedent("""\
    manager: {name: Maria, email: maria@example.com}
    reps: {anna: {name: Anna, email: anna@example.com}}
    pools: {sales: {members: {anna: 1}}}
    rules: [{name: everything, pool: sales}]
    """)
MONEY_CAP = "caps: [{name: d, per: day, money: 1}]"
LINES_BEFORE = TEAM.count("\n")


def problems(sources: str, team: str = TEAM) -> list[str]:
    """What is said of a file with these sources, counting lines from their first."""
    with pytest.raises(ConfigError) as caught:
        config_from(team + dedent(sources), "t")
    return [_counted_from_sources(problem) for problem in caught.value.problems]


def _counted_from_sources(problem: str) -> str:
    _, line, said = problem.split(":", 2)
    return f"{int(line) - LINES_BEFORE}:{said}"


def of_partner(text: str) -> list[str]:
    """What is said of a partner `a` on lines 3 and after."""
    return problems("partners:\n  a:\n" + indent(dedent(text), "    "))


def test_sources_of_every_kind_are_read() -> None:
    config = config_from(
        TEAM
        + dedent("""\
            partners: {a: {group: g, currency: EUR, caps: [{name: d, per: day, money: 2.50}]}}
            hooks: {g: {format: google-ads}, c: {format: generic, mapping: {fields: {email: /a}}}}
            groups: {g: {currency: EUR, caps: [{name: d, per: day, money: 100}]}}
            """),
        "t",
    )
    assert [named for named, _ in config.sources()] == ["partner#a", "hook#g", "hook#c"]


@pytest.mark.parametrize("sources", ["", "forms: {}\n", "partners: {}\nhooks: {}\n"])
def test_leads_must_come_from_somewhere(sources: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_from(TEAM + sources, "t")
    assert caught.value.problems == [
        "t:1: (file): needs somewhere that leads come from: forms, partners or hooks"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mode: lve", "3: partners.a.mode: must be 'test', 'live' or 'paused'; did you mean live?"),
        ("mod: live", "3: partners.a.mod: is no key known here; did you mean mode?"),
        ("honeypot: x", "3: partners.a.honeypot: is no key known here"),
        (
            "currency: euro",
            "3: partners.a.currency: must be the three capital letters of a currency, as in EUR",
        ),
        ("price: 1,50", "3: partners.a.price: must be a number, as in 2.5"),
        ("price: 1.23456", "3: partners.a.price: an amount has at most four decimals"),
        ("prices: [{price: 2}]", "3: partners.a.prices.0.when: is missing"),
        (
            "caps: [{name: d, per: day}]",
            "3: partners.a.caps.0: a cap limits leads, or money, or both",
        ),
        (
            "caps: [{name: d, per: minute, leads: 1}]",
            "3: partners.a.caps.0.per: must be 'hour', 'day', 'week' or 'month'",
        ),
        (
            "caps:\n- {name: d, per: day, leads: 1}\n- {name: d, per: week, leads: 1}",
            "3: partners.a.caps: the name 'd' stands twice",
        ),
        (
            "hours: [{start: 8, end: 18:00}]",
            "3: partners.a.hours.0.start: must be a time, as in 08:00",
        ),
        (
            "hours: [{start: 8am}]",
            "3: partners.a.hours.0.start: must be a time, as in 08:00",
        ),
        (
            "caps: [{name: d, per: day, leads: 1, during: [{end: 9}]}]",
            "3: partners.a.caps.0.during.0.end: must be a time, as in 08:00",
        ),
        (
            "hours: [{days: [monday]}]",
            (
                "3: partners.a.hours.0.days.0: must be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or"
                " 'sun'"
            ),
        ),
        (
            "duplicates: {within: 30, keys: [email, email]}",
            "3: partners.a.duplicates.keys: each only once",
        ),
        (
            "duplicates: {within: 30d, keys: [email], scope: group}",
            "3: partners.a.duplicates.scope: the source is in no group",
        ),
        (
            "screening: [{name: all, then: reject}]",
            (
                "3: partners.a.screening.0: a screen needs a condition; without one it would fit"
                " every lead"
            ),
        ),
        (
            "screening: [{name: mail, then: reject, email_domains: throwaway}]",
            ("3: partners.a.screening.0.email_domains: must be 'free' or 'disposable', or a list"),
        ),
        (
            "screening: [{name: mail, then: reject, email_domains: [a.com, 5]}]",
            "3: partners.a.screening.0.email_domains.1: must be text; put it in quotes",
        ),
        (
            "returns: {policy: yes}",
            "3: partners.a.returns.policy: must be 'approve', 'automatic' or",
        ),
        ("pings: often", "3: partners.a.pings: must be true or false"),
        ("group: sellers", "3: partners.a.group: there is no group 'sellers' under groups"),
        ("aliases: {list: name}", "3: partners.a.aliases.list: must be a list, as in [a, b]"),
    ],
)
def test_each_mistake_in_a_partner_is_told_where_it_is(text: str, problem: str) -> None:
    (said,) = of_partner(text)
    assert said.startswith(problem)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hooks:\n  g: {}", ["2: hooks.g.format: is missing"]),
        (
            "hooks:\n  c:\n    format: generic\n    mapping: {fields: {email: /a~b}, feilds: {}}",
            [
                ("4: hooks.c.mapping.feilds: is none of leads, id, test, fields"),
                (
                    "4: hooks.c.mapping.fields.email: in a JSON pointer, ~ is written ~0 and /"
                    " within a name ~1"
                ),
            ],
        ),
        (
            "hooks:\n  c: {format: generic, mapping: {fields: {}}}",
            ["2: hooks.c.mapping.fields: must map at least one field to its place"],
        ),
        (
            "hooks:\n  t: {format: typeform, mapping: {fields: {email: /a}}}",
            ["2: hooks.t.mapping: only a hook of the format generic has a mapping"],
        ),
        (
            "hooks:\n  m: {format: meta, api_url: https://graph.example/}",
            [
                (
                    "2: hooks.m.api_url: must be an address without / at its end, as in"
                    " https://example.com"
                )
            ],
        ),
        (
            "forms: {a: {}}\ngroups:\n  g: {caps: [{name: Daily, per: day, leads: 1}]}",
            [
                (
                    "3: groups.g.caps.0.name: an id is made of lower-case letters, digits, - and _,"
                    " at most 64"
                )
            ],
        ),
        (
            f"partners:\n  a: {{group: g}}\ngroups:\n  g: {{currency: EUR, {MONEY_CAP}}}",
            ["2: partners.a.currency: the caps of group 'g' count EUR"],
        ),
    ],
)
def test_each_mistake_in_hooks_and_groups_is_told_where_it_is(text: str, told: list[str]) -> None:
    assert problems(text) == told


def test_a_format_nearly_right_is_told_what_was_meant() -> None:
    (said,) = problems("hooks:\n  g: {format: google}")
    assert said.startswith("2: hooks.g.format: must be 'adf', 'calendly', ")
    assert said.endswith("did you mean google-ads?")


def test_one_run_tells_what_is_wrong_in_sources_and_what_does_not_fit_between_them() -> None:
    assert problems("""\
        partners:
          a:
            mode: alive
            group: nobody
            caps: [{name: d, per: day, leads: 1}, {name: d, per: day, leads: 2}]
          b: {group: g, duplicates: {within: 1d, keys: [phone], scope: group}}
          c: {currency: SEK, group: g}
        hooks:
          h: {format: generic, mapping: {id: 5}}
        groups:
          g: {caps: [{name: d, per: day, money: 1}]}
        """) == [
        "3: partners.a.mode: must be 'test', 'live' or 'paused'; did you mean live?",
        "4: partners.a.group: there is no group 'nobody' under groups",
        "5: partners.a.caps: the name 'd' stands twice",
        "7: partners.c.currency: the caps of group 'g' count USD",
        "9: hooks.h.mapping.id: must be a JSON pointer such as /contact/email, or a name",
    ]


def test_no_lead_needs_more_than_one_transaction_holds() -> None:
    def caps(number: int) -> str:
        return ", ".join(f"{{name: c{n}, per: day, leads: 1}}" for n in range(number))

    compared = "duplicates: {within: 1d, keys: [email, phone], scope: everywhere}"
    text = "partners:\n  a: {{group: g, {}, caps: [{}]}}\ngroups:\n  g: {{caps: [{}]}}"
    assert config_from(TEAM + text.format(compared, caps(44), caps(44)), "t").partners
    (said,) = problems(text.format(compared, caps(44), caps(45)))
    assert said.startswith("2: partners.a: a lead from here would count in 89 caps and be compared")


@pytest.mark.parametrize(
    "text",
    [
        "partners:\n  a: {group: [g], duplicates: {within: 1d, keys: [phone], scope: group}}",
        "partners:\n  a: {group: g}\ngroups: 1",
        f"partners:\n  a: {{group: g, currency: kr}}\ngroups:\n  g: {{{MONEY_CAP}}}",
        f"partners:\n  a: {{group: g}}\ngroups:\n  g: {{currency: kr, {MONEY_CAP}}}",
        "partners:\n  a: {group: g}\ngroups:\n  g: {caps: 5}",
        "partners: 1",
        "partners:\n  a: {mapping: {fields: {email: /a}}}",
        "hooks: [a]",
        "hooks:\n  h: {format: generic, mapping: 5}",
    ],
)
def test_what_cannot_be_read_is_told_once(text: str) -> None:
    assert len(problems(text)) == 1


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        (
            "source: webiste",
            (
                "rules.0.when.source: there is no source 'webiste', so the rule never matches;"
                " there: acme, website"
            ),
        ),
        (
            "source: [website, form#website]",
            (
                "rules.0.when.source: there is no source 'form#website', so the rule never matches;"
                " there: acme, website"
            ),
        ),
        (
            "source_kind: forms",
            (
                "rules.0.when.source_kind: there is no kind 'forms', so the rule never matches;"
                " there: form, hook, partner"
            ),
        ),
        (
            "source: {not: webiste}",
            "rules.0.when.source: there is no source 'webiste'; there: acme, website",
        ),
        (
            "not: {any: [{source: {in: webiste}}]}",
            "rules.0.when.not.any.0.source: there is no source 'webiste'; there: acme, website",
        ),
    ],
)
def test_a_rule_for_a_source_that_does_not_exist_is_told(when: str, problem: str) -> None:
    team = TEAM.replace("[{name:", f"[{{name: x, pool: sales, when: {{{when}}}}}, {{name:")
    told = problems("forms: {website: {}}\npartners: {acme: {}}\n", team)
    assert told == [f"{4 - LINES_BEFORE}: {problem}"]


def test_whatever_asks_for_a_source_that_does_not_exist_is_told() -> None:
    assert problems("""\
        forms: {website: {}}
        grades: [{name: a, when: {source: webiste}}]
        score: {points: [{when: {any: [{source_kind: forms}]}, points: 1}]}
        """) == [
        "2: grades.0.when.source: there is no source 'webiste', so it never holds; there: website",
        (
            "3: score.points.0.when.any.0.source_kind: there is no kind 'forms';"
            " there: form, hook, partner"
        ),
    ]


def test_a_rule_names_sources_in_any_case_and_by_kind() -> None:
    when = "{source: [Website, ACME], source_kind: Partner}"
    team = TEAM.replace("[{name:", f"[{{name: x, pool: sales, when: {when}}}, {{name:")
    config_from(team + "forms: {website: {}}\npartners: {acme: {}}\n", "t")


def test_a_key_is_compared_with_those_of_its_place_only() -> None:
    """`hours` is a partner's key, and no help at the top."""
    assert problems("forms: {a: {}}\nshoes: 1\n") == ["2: shoes: is no key known here"]
    (said,) = of_partner("houres: []")
    assert said.endswith("did you mean hours?")


def test_a_field_is_named_as_the_lead_has_it() -> None:
    """A required `zip` would never be there: it becomes the lead's postal code."""
    form = "forms:\n  website:\n    required: [name, zip]\n    values: {tel: ['1']}\n"
    assert problems(form) == [
        "3: forms.website.required.1: write it as postal_code, which is what it becomes",
        "4: forms.website.values.tel: write it as phone, which is what it becomes",
    ]
