"""Mails in the rep's language, and in the pool's own words; as we ship them, when those fail."""

from typing import Any

import pytest

import functions.desk.handler as desk
from shared.flows.apply_config import apply_config
from shared.messages import senders
from tests.aws_events import api_request, context
from tests.ears import Ears, records_for_people
from tests.team import config

ADA = b'{"name": "Ada Byron", "email": "ada@example.com", "message": "A demo, please"}'
TEXT = "Hej {{ rep_first_name }}: {{ lead_name }}.\n\n{{ accept_url }}\n"


def mailed(world: Any, around: Any, posts: int = 1, **pool: Any) -> list[dict[str, Any]]:
    """What the one rep of a pool got about this many leads."""
    limits = {"anna": pool.pop("rep", {})}
    apply_config(config({"anna": 1}, limits=limits, **pool), around)
    for number in range(posts):
        assert world.post(ADA, str(number))["statusCode"] == 201
    world.route()
    assert world.alert(records_for_people(world)) == {"batchItemFailures": []}
    mails: list[dict[str, Any]] = world.mails()
    return mails


@pytest.mark.parametrize(
    ("settings", "subject"),
    [
        ({}, "New lead: Ada Byron"),
        ({"language": "sv"}, "Nytt lead: Ada Byron"),
        ({"language": "sv", "rep": {"language": "zh"}}, "新线索：Ada Byron"),
    ],
)
def test_a_rep_is_written_to_in_their_language_or_the_pools(
    world: Any, around: Any, settings: dict[str, Any], subject: str
) -> None:
    (mail,) = mailed(world, around, **settings)
    assert mail["Subject"] == subject


def test_the_page_behind_the_link_is_in_the_same_language(world: Any, around: Any) -> None:
    mailed(world, around, language="pt")
    (link,) = world.links("anna@example.com")
    path = link.removeprefix("https://leads.example.com")
    assert "Aceitar este lead" in desk.handler(api_request("GET", path), context())["body"]
    pressed = world.press_button(link)
    assert pressed["statusCode"] == 200
    assert "É seu, Anna" in pressed["body"]


def test_a_pool_words_its_mails_itself(world: Any, around: Any) -> None:
    templates = {"assigned": {"subject": "{{ lead_name }}!", "text": TEXT}}
    (mail,) = mailed(world, around, templates=templates)
    assert mail["Subject"] == "Ada Byron!"
    assert mail["BodyText"].startswith("Hej Anna: Ada Byron.")
    (link,) = world.links("anna@example.com")
    assert world.press_button(link)["statusCode"] == 200


def test_a_template_that_fails_keeps_nobody_from_their_mail(
    world: Any, around: Any, ears: Ears, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours goes out, and the managers hear of it: once a day, and nothing of the person."""
    templates = {"assigned": {"text": "{{ nonsense }} {{ accept_url }}"}}
    mails = mailed(world, around, posts=3, templates=templates)
    assert [mail["Subject"] for mail in mails] == ["New lead: Ada Byron"] * 3
    assert all("Accept it here" in mail["BodyText"] for mail in mails)
    ((subject, text),) = ears.notices
    assert subject == "leadwheel: a mail template of pool sales fails"
    assert "there is no 'nonsense'" in text
    assert "preview assigned --pool sales" in text
    logged = capsys.readouterr()
    for personal in ("Ada", "Byron", "ada@"):
        assert personal not in subject + text + logged.out + logged.err
    world.clock.turn(days=1)
    world.post(ADA, "another")
    world.route()
    world.alert(records_for_people(world))
    assert len(ears.notices) == 2


def test_nor_do_managers_who_cannot_be_told(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(senders, "tell_managers", down)
    templates = {"assigned": {"text": "{{ nonsense }} {{ accept_url }}"}}
    (mail,) = mailed(world, around, templates=templates)
    assert mail["Subject"] == "New lead: Ada Byron"
