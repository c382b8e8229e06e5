"""The open pool as a list: what waits to be claimed, as far as it may be seen."""

import json
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.domain.config import Config
from shared.flows.apply_config import apply_config
from tests.aws_events import api_request, context
from tests.team import config

SCORE = {"score": {"points": [{"when": {"country": ["SE"]}, "points": 40}]}}


def open_pool(**claims: Any) -> Config:
    return config({"anna": 1, "bo": 1}, strategy="open", claims=claims, more=SCORE)


def ask(pool: str = "sales", token: str = "k" * 48) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {token}"}
    request = api_request("GET", f"/v1/pools/{pool}/open", headers=headers)
    answer = desk.handler(request, context())
    return answer["statusCode"], json.loads(answer["body"])


def post(world: Any, *numbers: int) -> None:
    for number in numbers:
        lead = {
            "name": "Ada Byron",
            "email": f"ada{number}@example.com",
            "phone": "+46701740605",
            "company": "Engines AB",
            "country": "SE",
        }
        assert world.post(json.dumps(lead).encode(), str(number))["statusCode"] == 201
    world.route()


def test_leads_are_listed_oldest_first_and_masked(world: Any, around: Any) -> None:
    apply_config(open_pool(), around)
    post(world, 1)
    world.clock.turn(minutes=5)
    post(world, 2)
    world.clock.turn(minutes=1)
    status, answer = ask()
    assert status == 200
    assert (answer["count"], answer["more"], answer["oldest_age"]) == (2, False, 360)
    first, second = answer["leads"]
    assert first == {
        "lead_id": first["lead_id"],
        "source": "form#website",
        "since": "2026-03-02T09:00:00.000Z",
        "until": None,
        "score": 40,
        "offered_to": 0,
        "name": "A. B.",
        "company": "Engines AB",
        "email": "a•••@e•••.com",
        "phone": "+46 ••• 05",
        "place": "SE",
        "product": None,
    }
    assert second["since"] == "2026-03-02T09:05:00.000Z"


def test_nothing_is_masked_where_nothing_is_to_be(world: Any, around: Any) -> None:
    apply_config(open_pool(masked=False), around)
    post(world, 1)
    (lead,) = ask()[1]["leads"]
    assert (lead["name"], lead["email"]) == ("Ada Byron", "ada1@example.com")
    assert lead["phone"] == "+46701740605"


def test_unseen_leads_are_only_counted(world: Any, around: Any) -> None:
    apply_config(open_pool(preview=False), around)
    post(world, 1, 2)
    world.clock.turn(minutes=1)
    _, answer = ask()
    assert (answer["count"], answer["oldest_age"], answer["leads"]) == (2, 60, [])
    assert "ada" not in str(answer).lower()


def test_an_offer_says_to_how_many_and_until_when(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1, "bo": 1}, strategy="shotgun", offer_for="30m"), around)
    post(world, 1)
    (lead,) = ask()[1]["leads"]
    assert (lead["offered_to"], lead["until"]) == (2, "2026-03-02T09:30:00.000Z")


def test_what_has_been_claimed_is_not_listed(world: Any, around: Any) -> None:
    apply_config(open_pool(), around)
    post(world, 1)
    (lead,) = ask()[1]["leads"]
    claim = api_request(
        "POST",
        f"/v1/leads/{lead['lead_id']}/claim",
        body=b'{"rep_id": "bo"}',
        headers={"authorization": f"Bearer {'k' * 48}"},
    )
    assert desk.handler(claim, context())["statusCode"] == 200
    _, answer = ask()
    assert (answer["count"], answer["oldest_age"], answer["leads"]) == (0, None, [])


def test_a_hundred_are_listed_and_that_there_are_more_is_said(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.flows.show_open.LISTED_AT_ONCE", 2)
    apply_config(open_pool(), around)
    post(world, 1, 2, 3)
    _, answer = ask()
    assert (answer["count"], len(answer["leads"]), answer["more"]) == (2, 2, True)


def test_a_pool_that_is_gone_still_shows_what_waits_there(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until routing has found it another place; masked, as nobody says otherwise."""
    apply_config(open_pool(masked=False), around)
    post(world, 1)
    other = config({"anna": 1})
    renamed = other.model_copy(
        update={
            "pools": {"other": other.pools["sales"]},
            "rules": [rule.model_copy(update={"pool": "other"}) for rule in other.rules],
        }
    )
    monkeypatch.setattr("shared.flows.apply_config.look_again", lambda *_, **__: None)
    apply_config(renamed, around)
    (lead,) = ask()[1]["leads"]
    assert lead["name"] == "A. B."
    assert ask("other")[1]["leads"] == []


@pytest.mark.parametrize("pool", ["unknown", "%00", "x" * 3000, "sales%23x"])
def test_an_unknown_pool_is_not_found(world: Any, around: Any, pool: str) -> None:
    apply_config(open_pool(), around)
    assert ask(pool)[0] == 404


def test_who_has_no_token_sees_nothing(world: Any, around: Any) -> None:
    apply_config(open_pool(), around)
    assert ask(token="wrong")[0] == 401
