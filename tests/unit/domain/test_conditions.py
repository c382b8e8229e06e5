"""What conditions on a lead mean, and which are refused."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.conditions import MOST_NESTED, Subject, When
from shared.domain.matching import holds
from shared.domain.notation import STORED
from shared.domain.pools import Tier
from shared.domain.sources import Cap, PriceRule, Screen

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fits(when: dict[str, Any], fields: dict[str, Any], **subject: Any) -> bool:
    about = Subject("form#website", fields, **subject)
    return holds(When.model_validate(when), about, lambda hours, at: hours == "open" and at == NOON)


@pytest.mark.parametrize(
    ("when", "fields", "fit"),
    [
        ({}, {}, True),
        ({"country": "SE"}, {"country": "se "}, True),
        ({"country": [" se", "NO"]}, {"country": "NO"}, True),
        ({"country": ["SE"]}, {}, False),
        ({"country": "SE", "product": "x"}, {"country": "SE"}, False),
        ({"city": "STRASSE"}, {"extra": {"city": "straße"}}, True),
        ({"country": "DK"}, {"country": "SE", "extra": {"country": "DK"}}, False),
        # A name in any spelling.
        ({"yearly budget": "5"}, {"extra": {"Yearly_Budget": "5"}}, True),
        ({"E-Mail": {"exists": True}}, {"email": "a@example.com"}, True),
        ({"postal code": {"starts": "111"}}, {"postal_code": "11 122"}, True),
        ({"newsletter": True}, {"newsletter": True}, True),
        ({"rooms": 5}, {"rooms": 5}, True),
        ({"source": "Website", "source_kind": "FORM"}, {}, True),
        ({"source": "website"}, {"source": "elsewhere", "extra": {"source": "x"}}, True),
        # Several values in one field.
        ({"tags": "b"}, {"tags": ["a", "B"]}, True),
        ({"tags": {"not": "b"}}, {"tags": ["a", "B"]}, False),
        ({"tags": {"starts": "x"}}, {"tags": ["a", "xy"]}, True),
        ({"sizes": {"from": 5, "to": 6}}, {"sizes": ["4", "7"]}, False),
        # What is empty.
        ({"company": {"exists": True}}, {"company": "  "}, False),
        ({"company": {"exists": False}}, {"company": "  "}, True),
        ({"company": {"exists": False}}, {"company": []}, True),
        ({"company": {"exists": True}}, {"extra": {"company": "Acme"}}, True),
        ({"product": {"not": "newsletter"}}, {}, True),
        ({"product": {"not": ["newsletter", "test"]}}, {"product": "Test"}, False),
        ({"product": {"in": ["a", "b"], "not": ["b"]}}, {"product": "b"}, False),
        # Numbers.
        ({"budget": {"from": 50, "below": 80}}, {"budget": "50"}, True),
        ({"budget": {"from": 50, "below": 80}}, {"budget": "80.0"}, False),
        ({"budget": {"from": 50, "to": 80}}, {"budget": " 80.0 "}, True),
        ({"budget": {"to": 80, "below": 80}}, {"budget": "80"}, False),
        ({"budget": {"to": 70, "below": 80}}, {"budget": "75"}, False),
        ({"budget": {"from": 0.1}}, {"budget": "0.1"}, True),
        ({"budget": {"from": -5}}, {"budget": "-4"}, True),
        ({"budget": {"to": 80}}, {}, False),
        ({"budget": {"to": 80}}, {"budget": "about 5"}, False),
        ({"budget": {"to": 80}}, {"budget": "NaN"}, False),
        ({"budget": {"from": 80}}, {"budget": "Infinity"}, False),
        ({"budget": {"from": 80}}, {"budget": "1e999999999"}, False),
        ({"budget": {"from": 80}}, {"budget": "9" * 5000}, False),
        ({"budget": {"from": 80}}, {"budget": "1_000"}, False),
        # Beginnings.
        ({"postal_code": {"starts": ["111"]}}, {"postal_code": "11 122"}, True),
        ({"postal_code": {"starts": "1-1 1"}}, {"postal_code": "11122"}, True),
        ({"postal_code": {"starts": "112"}}, {"postal_code": "11 122"}, False),
        ({"postal_code": {"starts": "sw1"}}, {"postal_code": "SW1A 1AA"}, True),
        ({"phone": {"starts": "+46"}}, {"phone": "+4670"}, True),
        ({"city": {"starts": "New Y"}}, {"city": "NewYork"}, False),
        ({"city": {"starts": ["x", "new y"]}}, {"city": "New York"}, True),
        # Domains.
        ({"email": {"domain": "example.com"}}, {"email": "a@Example.com"}, True),
        ({"email": {"domain": "@example.com"}}, {"email": "a@mail.example.com"}, True),
        ({"email": {"domain": "example.com"}}, {"email": "a@notexample.com"}, False),
        ({"email": {"domain": "mail.example.com"}}, {"email": "a@example.com"}, False),
        ({"email": {"domain": "example.com"}}, {"email": "a/b@example.com"}, True),
        ({"email": {"domain": "example.com"}}, {}, False),
        ({"site": {"domain": "example.com"}}, {"site": "https://www.example.com/@you?a"}, True),
        ({"site": {"domain": "example.com"}}, {"site": "http://me@example.com:8080#x"}, True),
        ({"site": {"domain": "example.com"}}, {"site": "example.com/evil.org"}, True),
        ({"site": {"domain": "example.com"}}, {"site": "https://evil.org/example.com"}, False),
        ({"site": {"domain": "evil.org"}}, {"site": "example.com/@evil.org"}, False),
        # Groups.
        ({"any": [{"country": "SE"}, {"product": "x"}]}, {"product": "x"}, True),
        ({"any": [{"country": "SE"}, {"product": "x"}]}, {"product": "y"}, False),
        ({"all": [{"country": "SE"}, {"product": "x"}]}, {"product": "x"}, False),
        ({"not": {"country": "SE", "product": "x"}}, {"country": "SE"}, True),
        ({"not": {"country": "SE"}}, {"country": "SE"}, False),
        ({"not": {"not": {"country": "SE"}}}, {"country": "SE"}, True),
    ],
)
def test_what_conditions_hold_for(
    when: dict[str, Any], fields: dict[str, Any], fit: object
) -> None:
    assert fits(when, fields) is fit


def test_a_score_given_counts_before_the_field() -> None:
    when = {"score": {"from": 50}}
    assert fits(when, {"extra": {"score": "60"}})
    assert not fits(when, {"extra": {"score": "60"}}, score=Decimal(40))
    assert fits({"score": 50}, {}, score=Decimal("50.00"))
    assert not fits(when, {})


def test_hours_hold_only_at_a_known_moment_within_them() -> None:
    assert fits({"during": "open"}, {}, at=NOON)
    assert not fits({"during": "closed"}, {}, at=NOON)
    assert not fits({"during": "open"}, {})
    assert fits({"not": {"during": "closed"}}, {}, at=NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": {}},
        {"a": None},
        {"a": []},
        {"a": {"in": None}},
        {"a": {"near": 5}},
        {"a": {"from": "many"}},
        {"a": {"from": "Infinity"}},
        {"a": {"from": 5, "to": 4}},
        {"a": {"from": 5, "below": 5}},
        {"a": {"exists": "perhaps"}},
        {"a": {"starts": ""}},
        {"any": []},
        {"any": [{}]},
        {"any": {"a": 1}},
        {"not": {}},
        {"not": [{"a": 1}]},
        {"during": "Office Hours"},
        "SE",
    ],
)
def test_conditions_that_say_nothing_or_never_hold_are_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        When.model_validate(wrong)


def test_fields_may_be_called_like_parts_of_the_model() -> None:
    said = {"fields": "x", "every": {"from": 1}, "some": ["y"], "never": "z", "one_of": "v"}
    when = When.model_validate(said)
    assert when.asked_fields() == {"fields", "every", "some", "never", "oneof"}
    assert When.model_validate_json(when.model_dump_json()) == when


def test_conditions_know_what_they_ask() -> None:
    said = {"a": 1, "any": [{"b": 1}, {"not": {"c": 1, "during": "office"}}]}
    when = When.model_validate(said)
    assert when.asked_fields() == {"a", "b", "c"}
    assert when.asks_time()
    assert not When.model_validate({"a": 1}).asks_time()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Screen, {"name": "x", "then": "reject"}),
        (Cap, {"name": "x", "per": "day", "leads": 1}),
        (PriceRule, {"price": 1}),
    ],
)
def test_what_is_asked_when_a_lead_comes_in_knows_no_hours(model: Any, said: Any) -> None:
    model.model_validate({**said, "when": {"country": "SE"}})
    with pytest.raises(ValidationError, match="during"):
        model.model_validate({**said, "when": {"any": [{"during": "office"}]}})


# ── Odd ones ─────────────────────────────────────────────────────────────────────────────────────


def nested(word: str, depth: int) -> dict[str, Any]:
    when: dict[str, Any] = {"country": "SE"}
    for _ in range(depth):
        when = {word: when if word == "not" else [when]}
    return when


@pytest.mark.parametrize("word", ["all", "any", "not"])
@pytest.mark.parametrize("depth", [MOST_NESTED + 1, 200, 2_000, 20_000])
def test_groups_in_groups_without_end_are_refused_at_once(word: str, depth: int) -> None:
    with pytest.raises(ValidationError, match="more than 20 deep"):
        When.model_validate(nested(word, depth))


@pytest.mark.parametrize("word", ["all", "any", "not"])
def test_whether_anything_is_asked_is_told_without_looking_into_groups(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[When] = []
    is_something = When.__bool__
    monkeypatch.setattr(When, "__bool__", lambda when: asked.append(when) or is_something(when))
    assert When.model_validate(nested(word, MOST_NESTED))
    assert len(list(When.model_validate(nested(word, MOST_NESTED)).parts())) == MOST_NESTED + 1
    assert len(asked) < 10 * MOST_NESTED


def test_a_stored_version_may_be_nested_deeper_than_we_would_have_it_today() -> None:
    assert When.model_validate(nested("not", MOST_NESTED + 1), context=STORED)
    assert When.model_validate({"score": {"from": "1e999"}}, context=STORED)


@pytest.mark.parametrize(
    "empty", [{"during": None}, {"not": {"during": None}}, {"any": [{"during": None}]}]
)
def test_hours_that_are_not_named_are_no_condition_that_always_holds(empty: Any) -> None:
    with pytest.raises(ValidationError, match="name the hours"):
        When.model_validate(empty)


@pytest.mark.parametrize(
    "number",
    ["1e999999", "1e40", "1e-40", "1e-999999999", "9" * 41, int("9" * 41), "0." + "1" * 40],
)
def test_a_number_that_no_lead_could_be_compared_with_is_refused(number: Any) -> None:
    for bound in ("from", "to", "below"):
        with pytest.raises(ValidationError, match="at most 40 digits"):
            When.model_validate({"score": {bound: number}})
    with pytest.raises(ValidationError, match="at most 40 digits"):
        Tier.model_validate({"from": number, "reps": ["anna"]})


def test_numbers_are_those_that_people_write() -> None:
    assert str(Tier.model_validate({"from": 0.1, "reps": ["anna"]}).at_least) == "0.1"
    assert When.model_validate({"score": {"from": 0.1}}) == When.model_validate(
        {"score": {"from": "0.1"}}
    )
    with pytest.raises(ValidationError, match="finite"):
        When.model_validate({"score": {"from": float("nan")}})
    most = "9" * 40
    assert fits({"size": {"from": most}}, {"size": most})
