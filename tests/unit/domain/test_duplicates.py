"""Who is the same person again."""

from typing import Any

import pytest

from shared.domain.config import Config
from shared.domain.duplicates import marks
from tests.team import config

ADA = {"email": "Ada@example.com", "phone": "+46701740605"}
DAY = 86400


def team(**sources: dict[str, Any]) -> Config:
    """Partners with these duplicate policies, all in the group `sellers`; and a form without."""
    return config(
        {"anna": 1},
        more={
            "groups": {"sellers": {}},
            "partners": {
                name: {"group": "sellers", **({"duplicates": policy} if policy else {})}
                for name, policy in sources.items()
            },
        },
    )


def policy(*keys: str, within: str = "30d", **more: str) -> dict[str, Any]:
    return {"within": within, "keys": list(keys), **more}


def met(config: Config, one: str, other: str, fields: Any = ADA, again: Any = ADA) -> bool:
    """Whether a lead of `other` is a duplicate after one of `one`."""
    left = {mark.text for mark in marks(config, one, fields, None)}
    return any(mark.checked and mark.text in left for mark in marks(config, other, again, None))


def test_any_key_is_enough_unless_all_are_asked() -> None:
    other_phone = {**ADA, "phone": "+46700000000"}
    assert met(team(acme=policy("email", "phone")), *["partner#acme"] * 2, ADA, other_phone)
    both = team(acme=policy("email", "phone", match="all"))
    assert not met(both, *["partner#acme"] * 2, ADA, other_phone)
    assert met(both, *["partner#acme"] * 2)


def test_case_makes_no_other_person() -> None:
    shouted = {**ADA, "email": "ADA@EXAMPLE.COM"}
    assert met(team(acme=policy("email")), *["partner#acme"] * 2, ADA, shouted)


@pytest.mark.parametrize("match", ["any", "all"])
def test_what_is_empty_is_never_the_same(match: str) -> None:
    nobody = {"phone": ""}
    both = team(acme=policy("email", "phone", match=match))
    assert marks(both, "partner#acme", nobody, None) == []
    one = {"email": "ada@example.com"}
    assert len(marks(both, "partner#acme", one, "")) == (1 if match == "any" else 0)


def test_the_scope_says_with_whose_leads_one_compares() -> None:
    own = team(acme=policy("email"), other=None)
    assert not met(own, "partner#other", "partner#acme")
    group = team(acme=policy("email", scope="group"), other=None)
    assert met(group, "partner#other", "partner#acme")
    assert not met(group, "partner#acme", "partner#other"), "who asks nothing is never a duplicate"
    assert not met(group, "form#website", "partner#acme"), "the form is not of the group"
    everywhere = team(acme=policy("email", scope="everywhere"))
    assert met(everywhere, "form#website", "partner#acme")


def test_windows_of_different_length_do_not_shorten_each_other() -> None:
    both = team(
        acme=policy("email", within="30d", scope="everywhere"),
        other=policy("email", within="1d", scope="everywhere"),
    )
    left = {mark.within for mark in marks(both, "partner#other", ADA, None)}
    assert left == {DAY, 30 * DAY}
    (own,) = (mark for mark in marks(both, "partner#other", ADA, None) if mark.checked)
    assert own.within == DAY


def test_a_partners_own_ids_are_compared_in_its_own_scope_only() -> None:
    by_id = team(acme=policy("external_id"))
    (mark,) = marks(by_id, "partner#acme", {}, "A-1")
    assert mark.checked
    with pytest.raises(ValueError, match="external_id"):
        team(acme=policy("external_id", scope="everywhere"))


def test_a_source_that_is_gone_leaves_nothing() -> None:
    assert marks(team(acme=policy("email", scope="everywhere")), "partner#gone", ADA, None) == []
