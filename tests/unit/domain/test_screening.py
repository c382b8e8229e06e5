"""Which leads pass a source's screens."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.screening import first_screen
from shared.domain.sources import Screen
from shared.sources.email_domains import domain_is


def fits(conditions: dict[str, Any], fields: dict[str, Any]) -> bool:
    screen = Screen.model_validate({"name": "it", "then": "reject", **conditions})
    return first_screen([screen], "partner#acme", fields, domain_is) is screen


@pytest.mark.parametrize(
    ("conditions", "fields", "fit"),
    [
        ({"email_domains": "free"}, {"email": "ada@gmail.com"}, True),
        ({"email_domains": "free"}, {"email": "ada@gmail.com.example"}, False),
        ({"email_domains": "free"}, {}, False),
        ({"email_domains": "disposable"}, {"email": "ada@mailinator.com"}, True),
        ({"email_domains": "disposable"}, {"email": "ada@sub.mailinator.com"}, True),
        ({"email_domains": "disposable"}, {"email": "ada@factory.example"}, False),
        ({"email_domains": ["rival.example"]}, {"email": "a@mail.RIVAL.example"}, True),
        ({"email_domains": ["@rival.example"]}, {"email": "a@notrival.example"}, False),
        ({"countries": ["SE", "NO"]}, {"country": "SE"}, True),
        ({"countries": ["SE", "NO"]}, {}, False),
        ({"other_countries": ["SE"]}, {"country": "DK"}, True),
        ({"other_countries": ["SE"]}, {"country": "SE"}, False),
        ({"other_countries": ["SE"]}, {}, True),
        ({"contains": {"words": ["casino"]}}, {"message": "Best CASINO!"}, True),
        ({"contains": {"words": ["cas"]}}, {"message": "casino"}, False),
        ({"contains": {"words": ["赌场"]}}, {"message": "最好的赌场在这里"}, True),
        ({"contains": {"words": ["$$$"]}}, {"message": "win$$$now"}, True),
        ({"contains": {"words": ["seo"], "fields": ["name"]}}, {"message": "seo"}, False),
        ({"contains": {"words": ["seo"]}}, {"extra": {"topic": "SEO"}}, True),
        ({"missing": ["phone", "company"]}, {"phone": "+46"}, True),
        ({"missing": ["phone"]}, {"phone": "+46"}, False),
        ({"missing": ["budget"]}, {"extra": {"budget": "1"}}, False),
        ({"score_below": 20}, {"extra": {"score": "19.9"}}, True),
        ({"score_below": 20}, {"extra": {"score": "20"}}, False),
        ({"score_below": 20}, {"extra": {"score": "NaN"}}, True),
        ({"score_below": 20}, {"extra": {"score": "none"}}, True),
        ({"score_below": 20}, {}, True),
        ({"when": {"product": "roof"}}, {"product": "Roof"}, True),
        ({"when": {"product": "roof"}, "countries": ["SE"]}, {"product": "roof"}, False),
    ],
)
def test_a_screen_fits_when_all_it_says_holds(
    conditions: dict[str, Any],
    fields: dict[str, Any],
    fit: Any,
) -> None:
    assert fits(conditions, fields) is fit


def test_the_first_screen_that_fits_decides() -> None:
    friends = Screen(name="friends", then="accept", email_domains=["friend.example"])
    free = Screen(name="free mail", then="reject", countries=["SE"])
    screens = [friends, free]
    fields = {"email": "a@friend.example", "country": "SE"}
    assert first_screen(screens, "form#website", fields, domain_is) is friends
    assert first_screen(screens, "form#website", {"country": "SE"}, domain_is) is free
    assert first_screen(screens, "form#website", {"country": "DK"}, domain_is) is None


@pytest.mark.parametrize(
    "wrong", [{}, {"then": "drop", "countries": ["SE"]}, {"countries": ["Se"]}]
)
def test_a_screen_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Screen.model_validate({"name": "it", "then": "reject", **wrong})
