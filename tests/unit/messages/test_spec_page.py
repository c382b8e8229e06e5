"""The specification page: whole, readable anywhere, and harmless whatever is configured."""

import json
import re
from typing import Any

import pytest

from shared.flows.describe_source import describe_source
from shared.messages.spec_page import duration, spec_page
from tests.sellers import selling
from tests.team import active, config

URL = "https://leads.example.com"
ATTACK = '"></title></style><script>alert(1)</script><img src=https://evil.example/x>'
NAMES = [named for named, _ in selling().config.sources()]


def page(named: str, **partner: Any) -> str:
    return spec_page(describe_source(selling(**partner), named, URL))


def text_of(look: Any, named: str, **partner: Any) -> str:
    return str(look(page(named, **partner)).text)


@pytest.mark.parametrize("named", NAMES)
def test_a_page_runs_and_loads_nothing(named: str, look: Any) -> None:
    html = look(page(named))
    assert not {"script", "img", "link", "object", "base", "form", "input"} & set(html.names)
    assert not [attributes for _, attributes in html.tags if "src" in attributes]
    assert not [key for _, attributes in html.tags for key in attributes if key[:2] == "on"]
    assert "url(" not in page(named)
    assert "@import" not in page(named)


@pytest.mark.parametrize("named", NAMES)
def test_a_page_is_a_whole_document_for_screens_paper_and_the_dark(named: str, look: Any) -> None:
    html = look(page(named))
    assert page(named).startswith("<!doctype html>")
    assert html.find("html") == [{"lang": "en"}]
    assert html.names.count("title") == html.names.count("h1") == html.names.count("main") == 1
    metas = {meta.get("name"): meta.get("content") for meta in html.find("meta")}
    assert metas["robots"] == "noindex"
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    for kind in ("prefers-color-scheme: dark", "@media print", "min-width"):
        assert kind in page(named)


@pytest.mark.parametrize("named", NAMES)
def test_each_link_to_a_section_leads_to_one(named: str, look: Any) -> None:
    html = look(page(named))
    ids = [attributes["id"] for _, attributes in html.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [link[1:] for link in html.links if link.startswith("#")]
    assert set(targets) == set(ids)
    assert {link for link in html.links if link[0] != "#"} <= {
        "spec.json",
        "https://www.standardwebhooks.com",
    }


def test_what_is_configured_is_text_and_nothing_else(look: Any) -> None:
    said = {
        "name": ATTACK,
        "required": [ATTACK],
        "values": {"product": [ATTACK]},
        "defaults": {ATTACK[:40]: ATTACK},
        "aliases": {"phone": [ATTACK]},
        "consent": {"text": ATTACK, "version": ATTACK},
    }
    sources = {
        "partners": {"acme": {**said, "pings": True, "external_id": ATTACK}},
        "forms": {"website": {**said, "honeypot": ATTACK, "started_field": "x" + ATTACK}},
        "hooks": {"plugin": {**said, "format": "wpforms"}},
    }
    configured = active(config({"anna": 1}, more=sources))
    for named in ("partner#acme", "form#website", "hook#plugin"):
        document = spec_page(describe_source(configured, named, URL))
        assert "<script>alert" not in document
        assert "<img" not in document
        assert not {"script", "img"} & set(look(document).names)


def test_a_partner_reads_what_was_agreed(look: Any) -> None:
    text = text_of(look, "partner#acme")
    for said in (
        "Acme Leads",
        "POST https://leads.example.com/v1/partners/acme/leads",
        "Authorization: Bearer … X-Api-Key: …",
        "Mon–Fri 08:00–18:00; Sat 22:00–02:00 the next day (Europe/Stockholm)",
        "its e-mail address or phone number came before within 30 days",
        "A duplicate is not bought.",
        "POST https://leads.example.com/v1/partners/acme/pings",
        "POST https://leads.example.com/v1/partners/acme/leads/{lead_id}/returns",
        "wrong_number",
        "within 14 days",
        "A person decides",
        "You may call me.",
        "(version 3)",
        "xxTrustedFormCertUrl",
        "Made from configuration 12",
        "key-reused",
    ):
        assert said in text, said


def test_what_was_not_agreed_is_not_mentioned(look: Any) -> None:
    text = text_of(look, "partner#plain")
    for word in ("Pings", "Returns", "Hours", "duplicate", "ping_id"):
        assert word not in text, word


@pytest.mark.parametrize(
    ("mode", "said"), [("test", "Test mode."), ("paused", "Paused."), ("live", "")]
)
def test_a_partner_reads_whether_leads_are_bought(mode: str, said: str, look: Any) -> None:
    text = text_of(look, "partner#acme", mode=mode)
    assert {"Test mode.", "Paused."} & {said} == {
        word for word in ("Test mode.", "Paused.") if word in text
    }


def test_who_signs_is_told_how(look: Any) -> None:
    text = text_of(look, "partner#signing")
    assert "webhook-id: … webhook-timestamp: … webhook-signature: …" in text
    assert "X-Api-Key" not in text


def test_returns_that_nobody_decides_are_done_at_once(look: Any) -> None:
    text = text_of(look, "partner#acme", returns={"policy": "automatic", "within": "36h"})
    assert "within 36 hours" in text
    assert "A person decides" not in text


@pytest.mark.parametrize(
    ("match", "scope", "said"),
    [
        ("any", "source", "its e-mail address or phone number came before within 30 days."),
        ("all", "group", "and phone number both came before within 30 days, here or elsewhere."),
    ],
)
def test_it_says_who_is_the_same_person(match: str, scope: str, said: str, look: Any) -> None:
    policy = {"within": "30d", "keys": ["email", "phone"], "match": match, "scope": scope}
    assert said in text_of(look, "partner#acme", duplicates=policy)


def test_a_forms_page_shows_a_form_to_copy_and_who_may_read_the_answer(look: Any) -> None:
    text = text_of(look, "form#website")
    assert '<form method="post" action="https://leads.example.com/v1/forms/website/leads"' in text
    assert "https://www.example.com" in text
    assert "It must be yes." in text
    assert "3 s" not in text  # how fast is too fast is nobody's business


def test_a_hooks_page_says_where_what_is_entered_and_which_field_becomes_which(look: Any) -> None:
    text = text_of(look, "hook#meta")
    for said in ("In Meta lead ads, enter", "App secret", "X-Hub-Signature-256", "full_name"):
        assert said in text, said
    assert "Try it" not in text  # nobody but Meta can sign
    assert "/answers/0/value" in text_of(look, "hook#mapped")


@pytest.mark.parametrize("named", NAMES)
def test_no_sentence_is_left_half_said(named: str, look: Any) -> None:
    text = str(look(page(named)).text)
    for odd in (" .", " ,", " ;", "..", ",,", "None", "()", "``", "Undefined"):
        shown = re.sub(r"(?s)<form.*?</form>|import json.*?load\(answer\)\)|curl '.*?}'", "", text)
        assert odd not in shown.replace(" …", "…"), (
            odd,
            shown[max(0, shown.find(odd) - 60) :][:90],
        )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(86400, "1 day"), (30 * 86400, "30 days"), (36 * 3600, "36 hours"), (90, "90 seconds")],
)
def test_a_time_is_told_in_the_largest_unit_that_fits(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def test_the_answer_shown_is_json(look: Any) -> None:
    found = re.findall(r"\{[^{}]*\}", text_of(look, "partner#acme").partition("sample above")[2])
    assert json.loads(found[0])["outcome"] == "success"
