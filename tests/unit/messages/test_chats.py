"""What chats, phones and systems are shown of a lead, whatever its fields hold."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from shared.domain.leads import Change, Lead, Step, replay
from shared.messages import slack, teams, text_message, webhook
from shared.messages.brief import Brief, brief
from shared.messages.senders import Event

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINK = "https://leads.example.com/a/token"
HOSTILE = (
    "<!channel> look",
    "@here @everyone",
    "<https://evil.example|your bank>",
    "https://evil.example/login",
    "[your bank](https://evil.example)",
    "<at>Everyone</at>",
    "*bold* _it_ `code` ~gone~",
    "a\n\n*New lead for boss*\r\nb",
    "\u202egnikcatta\u202c",
    "&lt;!channel&gt;",
    '"}],"text":"x',
    "x" * 5000,
    "\ud800 alone",
)


def lead(**fields: Any) -> Lead:
    known = {"name": "Ada Byron", "email": "ada@example.com", "phone": "+46701740605", **fields}
    log = [Change(Step.CAPTURED, AT), Change(Step.ASSIGNED, AT, rep="anna", pool="sales")]
    return replay("01m7zvjhbcykm0b2c1ph3vnmeg", "form#website", known, log)


def told(*, masked: bool = False, link: str = "", own: bool = False, **fields: Any) -> Brief:
    return brief(lead(**fields), rep="Anna", pool="sales", to_the_rep=own, masked=masked, link=link)


def messages(of: Brief) -> dict[str, str]:
    return {
        "slack": json.dumps(json.loads(slack.message(of)), ensure_ascii=False),
        "teams": json.dumps(json.loads(teams.message(of)), ensure_ascii=False),
        "sms": text_message.message(of),
    }


def inside(value: Any, key: str) -> list[Any]:
    """Everything under this key, at any depth."""
    if isinstance(value, list):
        return [found for part in value for found in inside(part, key)]
    if not isinstance(value, dict):
        return []
    return [*([value[key]] if key in value else []), *inside([*value.values()], key)]


def test_who_reads_a_channel_hears_who_has_which_lead() -> None:
    for text in messages(told(product="heat pump")).values():
        for fact in ("New lead for Anna", "Ada Byron", "heat pump"):
            assert fact in text
        assert "http" not in text.replace("http://adaptivecards.io", "")


def test_nothing_reaches_the_person() -> None:
    """Whether masked or not: chats have readers that nobody here knows."""
    for message in (told(), told(masked=True), told(name="", first_name="")):
        for text in messages(message).values():
            assert "ada@example.com" not in text
            assert "0174" not in text


def test_what_is_masked_does_not_say_who_it_is() -> None:
    for text in messages(told(masked=True, message="I am Ada Byron")).values():
        assert "Byron" not in text
        assert "A. B." in text


def test_a_reps_own_channel_has_the_link() -> None:
    for text in messages(told(own=True, link=LINK)).values():
        assert "New lead for you" in text
        assert LINK in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_only_text_in_slack(text: str) -> None:
    message = json.loads(slack.message(told(name=text, company=text, product=text, link=LINK)))
    for shown in [message["text"], *filter(lambda t: isinstance(t, str), inside(message, "text"))]:
        assert shown.count("<") == shown.count(LINK)
        assert "@h" not in shown
        assert "@e" not in shown
        assert "https://evil" not in shown
        assert len(shown) < 1000
    texts = [one for one in inside(message, "text") if isinstance(one, dict)]
    assert all(one["verbatim"] for one in texts)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_only_text_in_teams(text: str) -> None:
    """In runs no Markdown is read, and a mention needs an entity."""
    message = json.loads(teams.message(told(name=text, company=text, product=text)))
    (attachment,) = message["attachments"]
    body = attachment["content"]["body"]
    assert {block["type"] for block in body} == {"RichTextBlock"}
    assert {run["type"] for block in body for run in block["inlines"]} == {"TextRun"}
    assert not {"msteams", "actions"} & attachment["content"].keys()
    assert "https://evil" not in json.dumps(body)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_only_text_in_an_sms(text: str) -> None:
    shown = text_message.message(told(own=True, link=LINK, name=text, product=text))
    first, link = shown.split("\n")
    assert link == LINK
    assert len(first) <= text_message.LONGEST
    assert "https://" not in first


# ── Webhooks ─────────────────────────────────────────────────────────────────────────────────────

EVENT = Event("LeadAssigned", {"id": "l:2", "at": "2026-03-02T09:00:00.000Z", "owner": "anna"})


def test_a_system_hears_nothing_personal_unless_it_is_told_so() -> None:
    of = lead(
        product="heat pump", message="call Ada", extra={"ssn": "12"}, page_url="https://x/?e="
    )
    body = json.loads(webhook.body_of(EVENT, of, contact=False))
    assert (body["type"], body["timestamp"]) == ("LeadAssigned", "2026-03-02T09:00:00.000Z")
    assert body["data"]["id"] == "l:2"
    assert body["data"]["lead"]["fields"] == {"product": "heat pump"}
    assert body["data"]["lead"]["status"] == "assigned"
    whole = json.loads(webhook.body_of(EVENT, of, contact=True))
    assert whole["data"]["lead"]["fields"] == dict(of.fields)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_a_json_text(text: str) -> None:
    body = json.loads(webhook.body_of(EVENT, lead(name=text), contact=True))
    assert body["data"]["lead"]["fields"]["name"] == text


def test_a_request_is_signed_with_each_secret() -> None:
    """So that the receiver may change to the new one when it likes."""
    now = datetime.now(UTC)
    secrets = ["whsec_" + "b2xkZXIgc2VjcmV0IG9mIHRoaXM=", "whsec_" + "bmV3ZXIgc2VjcmV0IG9mIHRoaXM="]
    headers = webhook.signed_headers("l:2:crm", now, b'{"a": "\xc3\xa4"}', secrets)
    for secret in secrets:
        Webhook(secret).verify(b'{"a": "\xc3\xa4"}', headers)
    assert headers["webhook-id"] == "l:2:crm"
    with pytest.raises(ValueError, match="ASCII"):
        webhook.signed_headers("l:2:crm", now, b"{}", ["whsec_å"])
