"""What `apply` says has changed."""

from typing import Any

from infra.cli.differences import differences
from shared.domain.config import Config
from tests import team


def changed(**sections: Any) -> list[str]:
    """What other sections change in a small team's configuration."""
    before = team.config({"anna": 2, "bert": 1})
    whole = {**before.model_dump(), **sections}
    return differences(before, Config.model_validate(whole))


def test_the_same_again_changes_nothing() -> None:
    assert changed() == []


def test_who_joins_who_leaves_and_whose_weight_is_another() -> None:
    reps = {rep: {"name": rep, "email": f"{rep}@example.com"} for rep in ("Anna", "bert", "carl")}
    pools = {"sales": {"members": {"anna": 3, "carl": 1}}}
    assert changed(reps={rep.lower(): said for rep, said in reps.items()}, pools=pools) == [
        "rep anna: email anna@example.com → Anna@example.com",
        "rep bert: name Bert → bert",
        "rep carl: new",
        "pool sales: carl joins with 1, bert leaves, anna 2 → 3",
    ]


def test_the_order_of_members_breaks_ties_so_it_is_told() -> None:
    pools = {"sales": {"members": {"bert": 1, "anna": 2}}}
    assert changed(pools=pools) == ["pool sales: its members are in another order"]


def test_of_a_first_configuration_its_pools_are_told() -> None:
    assert differences(None, team.config({"anna": "0.5"})) == ["pool sales: new, with anna 0.5"]


def test_pools_come_change_their_deadlines_and_go() -> None:
    pools = {
        "sales": {"members": {"anna": 2, "bert": 1}, "deadlines": {"max_assignments": 5}},
        "vip": {"members": {"anna": 1}},
    }
    told = changed(pools=pools)
    assert told[0].startswith("pool sales: deadlines ")
    assert "max_assignments 3 → " in told[0] or told[0].endswith("changed")
    assert told[1] == "pool vip: new, with anna 1"


def test_the_sites_of_a_form_are_told_with_what_they_were() -> None:
    forms = {"website": {"origins": ["http://127.0.0.1:4567"]}, "fair": {}}
    assert changed(forms=forms) == [
        "form website: origins none → http://127.0.0.1:4567",
        "form fair: new",
    ]


def test_rules_are_told_by_their_names() -> None:
    rules = [
        {"name": "big", "when": {"size": ["L"]}, "pool": "sales"},
        {"name": "everything else", "pool": "sales"},
    ]
    assert changed(rules=rules) == ["rule big: new"]


def test_the_order_of_rules_decides_so_it_is_told() -> None:
    rules = [
        {"name": name, "when": {} if name == "rest" else {"size": [name]}, "pool": "sales"}
        for name in ("L", "M", "rest")
    ]
    before = team.config({"anna": 1}, more={"rules": rules})
    after = team.config({"anna": 1}, more={"rules": [rules[1], rules[0], rules[2]]})
    assert differences(before, after) == ["rules: in another order"]


def test_all_that_decides_about_leads_is_told() -> None:
    office = {"week": [{"days": ["mon"], "start": "08:00", "end": "17:00"}]}
    rows = {"file": "r.csv", "columns": ["country"], "rows": "SE\tsales"}
    grades = [{"name": "hot", "when": {"score": {"from": 80}}, "points": 3}, {"name": "cold"}]
    score = {"points": [{"when": {"country": "SE"}, "points": 5}]}
    more = {
        "hours": {"office": office},
        "holidays": {"own": {"dates": ["2026-12-24"]}},
        "tables": {"regions": rows},
        "grades": grades,
        "score": score,
    }
    before, after = team.config({"anna": 1}), team.config({"anna": 1}, more=more)
    assert differences(before, after) == [
        "table regions: new",
        "grade hot: new",
        "grade cold: new",
        "score: new",
        "hours office: new",
        "holidays own: new",
    ]
    changed_more = {
        **more,
        "tables": {"regions": {**rows, "rows": "NO\tsales"}},
        "grades": [{**grades[0], "when": {"score": {"from": 70}}}, grades[1]],
        "score": {**score, "at_most": 100},
    }
    assert differences(after, team.config({"anna": 1}, more=changed_more)) == [
        "table regions: rows changed",
        "grade hot: when score from 80 → score from 70",
        "score: at_most none → 100",
    ]
    assert differences(after, before)[-4:] == [
        "grade cold: gone",
        "score: gone",
        "hours office: gone",
        "holidays own: gone",
    ]


def test_another_manager_is_told() -> None:
    assert changed(manager={"name": "Mei", "email": "maria@example.com"}) == [
        "manager: name Maria Berg → Mei"
    ]


# ── Partners, hooks, groups ──────────────────────────────────────────────────────────────────────


def changed_sources(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return differences(*(team.config({"anna": 1}, more=more) for more in (before, after)))


def test_partners_hooks_and_groups_come_change_and_go() -> None:
    before = {
        "partners": {"acme": {"price": 18, "group": "g"}, "old": {}},
        "hooks": {"ads": {"format": "google-ads"}},
        "groups": {"g": {}},
    }
    after = {
        "partners": {"acme": {"price": "18.50", "mode": "live"}, "young": {}},
        "hooks": {"ads": {"format": "google-ads", "paused": True}, "crm": {"format": "generic"}},
    }
    assert changed_sources(before, after) == [
        "partner acme: group g → none, mode test → live, price 18 → 18.50",
        "partner young: new",
        "partner old: gone",
        "hook ads: paused false → true",
        "hook crm: new",
        "group g: gone",
    ]


def test_caps_and_screens_are_told_by_their_names() -> None:
    def partner(*caps: tuple[str, int], screens: str = "") -> dict[str, Any]:
        return {
            "partners": {
                "acme": {
                    "caps": [{"name": name, "per": "day", "leads": most} for name, most in caps],
                    "screening": [
                        {"name": name, "then": "reject", "missing": ["phone"]} for name in screens
                    ],
                }
            }
        }

    before = partner(("daily", 50), ("extra", 5), screens="ab")
    assert changed_sources(before, partner(("daily", 60), ("new", 1), screens="ba")) == [
        (
            "partner acme: screening in another order, caps daily: leads 50 → 60, caps new: new,"
            " caps extra: gone"
        )
    ]


def test_the_first_cap_is_told_by_its_name_too() -> None:
    after = {"groups": {"g": {"caps": [{"name": "budget", "per": "month", "money": 5}]}}}
    assert changed_sources({"groups": {"g": {}}}, after) == ["group g: caps budget: new"]


def test_seconds_of_a_time_are_told_where_there_are_some() -> None:
    anna = {"name": "Anna", "email": "anna@example.com"}
    bert = {"name": "Bert", "email": "bert@example.com"}
    (line,) = changed(reps={"anna": {**anna, "digest": "07:30:30"}, "bert": bert})
    assert "digest none → 07:30:30" in line


def test_times_are_told_as_they_are_written_and_what_is_not_said_is_left_out() -> None:
    anna = {
        "name": "Anna",
        "email": "anna@example.com",
        "digest": "07:30",
        "quiet": [{"days": ["mon"], "start": "21:00", "end": "07:00"}],
        "pace": [{"per": "day", "leads": 5}],
    }
    bert = {"name": "Bert", "email": "bert@example.com"}
    (line,) = changed(reps={"anna": anna, "bert": bert})
    assert "quiet none → days mon start 21:00 end 07:00" in line
    assert "digest none → 07:30" in line
    (pool,) = changed(
        pools={"sales": {"members": {"anna": 2, "bert": 1}, "member_limits": {"holding": 5}}}
    )
    assert pool.partition(" → ")[2] == "holding 5 pace none"
