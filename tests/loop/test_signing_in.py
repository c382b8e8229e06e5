"""A rep's day in the browser of a phone, on the whole stack: from the mailed link to a won lead."""

import json
import re
import uuid
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.pressing import filled_in

pytestmark = pytest.mark.loop


class Browser:
    """Follows redirects, keeps cookies, and presses the buttons of the page it shows."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.cookies: dict[str, str] = {}
        self.url = self.page = ""

    def go(self, address: str, method: str = "GET", body: bytes | None = None) -> str:
        self.url = urljoin(self.url, address)
        headers = {"cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if body is not None:
            headers["content_type"] = "application/x-www-form-urlencoded"
        status, answered, page = self.stack.request(method, self.url, body, **headers)
        for name, morsel in SimpleCookie(answered.get("Set-Cookie", "")).items():
            self.cookies[name] = morsel.value
        if status == 303:
            return self.go(answered["Location"])
        assert status == 200, page
        self.page = page
        return " ".join(re.sub("<[^>]+>", "", page).split())

    def press(self, action: str, **fields: str) -> str:
        """Send a form that stands on the page."""
        assert f'action="{action}"' in self.page
        assignment = re.search(r'name="assignment" value="(\d+)"', self.page)
        known = {"assignment": assignment[1]} if assignment else {}
        return self.go(action, "POST", filled_in(self.page, **known, **fields))


def test_a_rep_lives_on_their_own_pages(stack: Any) -> None:
    browser = Browser(stack)
    api = stack.described["api_url"]
    browser.go(f"{api}/my/leads")
    assert browser.url == f"{api}/sign-in"
    assert "a mail is on its way" in browser.press("sign-in", email="dara@leadwheel.example")
    mail = stack.mail_when("sign in to leadwheel")
    assert mail["To"] == ["dara@leadwheel.example"]
    (link,) = re.findall(r"http://\S+/s/\S+", mail["BodyText"])
    browser.go(link)
    shown = browser.press(link.rpartition("/")[2])
    assert browser.url == f"{api}/my/leads"
    assert "Your leads" in shown

    said = {"name": f"Ada {uuid.uuid4().hex[:8]}", "email": f"{uuid.uuid4().hex}@example.com"}
    body = json.dumps(said).encode()
    _, _, answer = stack.request(
        "POST", "/v1/forms/website/leads", body, content_type="application/json"
    )
    lead_id = answer["lead_id"]
    stack.lead_when(lead_id, lambda lead: lead["status"] == "assigned")
    to_dara = {"rep_id": "dara"}
    if stack.ask(f"/v1/leads/{lead_id}")["owner"] != "dara":
        stack.ask(f"/v1/leads/{lead_id}/assign", "POST", to_dara)
    assert said["name"] in browser.go(f"{api}/my/leads")
    browser.go(f"{api}/my/leads/{lead_id}")
    assert "The lead is yours" in browser.press(lead_id, step="accepted")
    assert "you have reached them" in browser.press(lead_id, step="contacted")
    assert "Well done" in browser.press(lead_id, step="converted", value="1250", currency="EUR")
    lead = stack.ask(f"/v1/leads/{lead_id}")
    assert lead["won"] == {"value": "1250.00", "currency": "EUR"}
    assert {record["by"] for record in lead["history"][-3:]} == {"dara"}

    told = stack.leadwheel("sessions", "--of", "dara@leadwheel.example")
    assert told.startswith("1 session:")
    assert stack.leadwheel("sessions", "--of", "dara@leadwheel.example", "--end")
    browser.go(f"{api}/my/leads")
    assert browser.url == f"{api}/sign-in"
