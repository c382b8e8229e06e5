"""The loop, on the whole stack: from a form to a rep's inbox, and back when nobody touches it."""

import json
import re
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.pressing import filled_in

pytestmark = pytest.mark.loop
FORM = "/v1/forms/website/leads"
FORM_SENT = {"content_type": "application/x-www-form-urlencoded"}


def send(stack: Any, **fields: str) -> str:
    """Send a lead as JSON; answers its id."""
    said = {"email": f"{uuid.uuid4().hex}@example.com", **fields}
    body = json.dumps(said).encode()
    status, _, answer = stack.request("POST", FORM, body, content_type="application/json")
    assert status == 201, answer
    return str(answer["lead_id"])


def multipart(fields: dict[str, str]) -> tuple[bytes, str]:
    parts = "".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{parts}--xyz--\r\n".encode(), "multipart/form-data; boundary=xyz"


@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_each_content_type_becomes_an_assigned_lead(stack: Any, kind: str) -> None:
    fields = {"name": "Åsa Öberg", "email": f"{uuid.uuid4().hex}@example.com", "country": "SE"}
    body, content_type = {
        "json": (json.dumps(fields).encode(), "application/json"),
        "form": (urlencode(fields).encode(), "application/x-www-form-urlencoded"),
        "multipart": multipart(fields),
    }[kind]
    status, _, answer = stack.request("POST", FORM, body, content_type=content_type)
    assert status == 201
    lead = stack.lead_when(answer["lead_id"], lambda lead: lead["status"] == "assigned")
    assert lead["fields"]["name"] == "Åsa Öberg"
    assert lead["pool"] == "nordic"


def test_a_browser_is_sent_on(stack: Any) -> None:
    thanks = f"{stack.described['page_url']}/thanks"
    said = {"email": f"{uuid.uuid4().hex}@example.com", "redirect_to": thanks}
    status, headers, _ = stack.request(
        "POST",
        FORM,
        urlencode(said).encode(),
        content_type="application/x-www-form-urlencoded",
        accept="text/html",
    )
    assert (status, headers["Location"]) == (303, thanks)


def test_the_link_in_the_mail_accepts(stack: Any) -> None:
    name = f"Ada {uuid.uuid4().hex[:8]}"
    lead_id = send(stack, name=name, country="GB")
    mail = stack.mail_when(name)
    (link,) = re.findall(r"http://\S+/a/\S+", mail["BodyText"])
    assert mail["BodyHtml"].count(link) == 1
    for method in ("GET", "HEAD"):
        assert stack.request(method, link)[0] == 200
    assert stack.ask(f"/v1/leads/{lead_id}")["status"] == "assigned"
    assert stack.request("POST", link)[0] == 200  # a scanner that posts: the button is not pressed
    assert stack.ask(f"/v1/leads/{lead_id}")["status"] == "assigned"
    page = stack.request("GET", link)[2]
    action = re.search(r'action="([^"]+)"', page)[1]
    assert action == urlsplit(link).path.rpartition("/")[2]
    assert stack.request("POST", link, filled_in(page), **FORM_SENT)[0] == 200
    assert stack.ask(f"/v1/leads/{lead_id}")["status"] == "accepted"


def test_untouched_it_is_reminded_taken_back_and_given_on(stack: Any) -> None:
    """The demo's deadlines: a reminder after 15 s, the lead back after 30."""
    name = f"Bo {uuid.uuid4().hex[:8]}"
    lead_id = send(stack, name=name, country="NO")
    lead = stack.lead_when(lead_id, lambda lead: lead["assignment"] == 2, seconds=60)
    steps = [record["step"] for record in lead["history"]]
    assert steps == ["captured", "assigned", "reminded", "reclaimed", "assigned"]
    first, second = (r["rep"] for r in lead["history"] if r["step"] == "assigned")
    assert first != second
    stack.mail_when(name)
    subjects = [mail["Subject"].partition(" ")[0] for mail in stack.mails(name)]
    assert subjects[:2] == ["New", "Waiting"]
    (link,) = re.findall(r"http://\S+/a/\S+", stack.mails(name)[0]["BodyText"])
    status, _, page = stack.request("POST", link)
    assert status == 409
    assert "Maria Berg" in page


def test_why_and_rotation_read_well(stack: Any) -> None:
    lead_id = send(stack, country="DK")
    lead = stack.lead_when(lead_id, lambda lead: lead["status"] == "assigned")
    told = stack.leadwheel("why", lead_id)
    assert lead["owner"] in told
    assert "the Nordics, by country" in told
    rotation = stack.ask("/v1/pools/nordic/rotation")
    assert rotation["credit_sum"] == 0
    assert "sums to 0" in stack.leadwheel("rotation", "nordic")


def test_two_hundred_leads_at_once_are_all_settled_once(stack: Any) -> None:
    with ThreadPoolExecutor(200) as pool:
        lead_ids = list(pool.map(lambda _: send(stack, country="FI"), range(200)))
    assert len(set(lead_ids)) == 200
    for lead_id in lead_ids:
        lead = stack.lead_when(lead_id, lambda lead: lead["status"] != "new", seconds=40)
        assigned = [record for record in lead["history"] if record["step"] == "assigned"]
        assert len(assigned) == lead["assignment"] <= 2
    assert stack.ask("/v1/pools/nordic/rotation")["credit_sum"] == 0


def test_a_hundred_clicks_at_once_are_one_lead(stack: Any) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    with ThreadPoolExecutor(100) as pool:
        lead_ids = list(pool.map(lambda _: send(stack, email=email, country="SE"), range(100)))
    assert len(set(lead_ids)) == 1


def test_a_rep_who_pauses_gets_nothing_until_they_resume(stack: Any) -> None:
    for rep in ("chen", "anna", "dara"):
        stack.ask(f"/v1/reps/{rep}/pause", "POST")
    lead_id = send(stack, country="JP")
    stack.lead_when(lead_id, lambda lead: lead["status"] == "parked")
    assert lead_id in [lead["lead_id"] for lead in stack.ask("/v1/parked")["leads"]]
    stack.ask("/v1/reps/dara/resume", "POST")
    lead = stack.lead_when(lead_id, lambda lead: lead["status"] == "assigned")
    assert lead["owner"] == "dara"
    for rep in ("chen", "anna"):
        stack.ask(f"/v1/reps/{rep}/resume", "POST")


def test_it_listens_on_this_machine_only(stack: Any) -> None:
    port = urlsplit(stack.described["endpoint_url"]).port
    with socket.socket() as probe:
        probe.settimeout(1)
        addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
        for address in addresses - {"127.0.0.1", "127.0.1.1", "::1"}:
            assert probe.connect_ex((address, port)) != 0
