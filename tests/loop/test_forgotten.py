"""A person who came through every door is forgotten, and no byte of them is left on the stack.

What is looked at: every attribute of every item of the table, the items' keys among them (an index
holds nothing but keys); the logs of all functions and of the API; every queue; the mailbox; and the
files of the stack, the emulator's own log among them. What is not: the table's stream, which keeps
the last 24 hours and ends by itself.
"""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.loop.working_day import Cloud, until
from tests.table import items_of

pytestmark = pytest.mark.loop

MARKER = f"zq{uuid.uuid4().hex[:10]}"
EMAIL = f"{MARKER}@example.com"
PHONE = f"+4670{uuid.uuid4().int % 10_000_000:07d}"
HER = {
    "name": f"Ada {MARKER}",
    "email": EMAIL,
    "phone": PHONE,
    "company": f"{MARKER} AB",
    "message": f"call me, {MARKER}",
    "country": "SE",
    f"own {MARKER}": MARKER,
    "consent": "yes",
    "consent_text": f"I, {MARKER}, agree",
    "consent_version": MARKER,
    "page_url": f"https://example.com/{MARKER}",
}


class Office:
    """Posts through each door, and does what a manager does."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.demo = stack.described["demo"]
        self.leads: dict[str, str] = {}

    def form(self, name: str, **more: str) -> None:
        self._json(name, "/v1/forms/website/leads", {**HER, **more}, idempotency_key=uuid.uuid4())

    def unread(self, name: str) -> None:
        """Cut off on its way."""
        body = json.dumps(HER)[:-1].encode()
        self._sent(name, "/v1/forms/website/leads", body, content_type="application/json")

    def partner(self, name: str) -> None:
        said = {"country": "SE", "product": "heat pump", "lead_ref": MARKER}
        key = f"Bearer {self.demo['partner_key']}"
        path = "/v1/partners/acme"
        ping = self._post(f"{path}/pings", said, authorization=key)["ping_id"]
        self._json(name, f"{path}/leads", {**HER, **said, "ping_id": ping}, authorization=key)

    def partner_returns(self, name: str) -> None:
        key = f"Bearer {self.demo['partner_key']}"
        said = {"reason": "wrong_person", "note": f"she is no {MARKER}"}
        self._post(f"/v1/partners/acme/leads/{self.leads[name]}/returns", said, authorization=key)

    def ads(self, name: str) -> None:
        columns = {"FULL_NAME": HER["name"], "EMAIL": EMAIL, "COMPANY_NAME": HER["company"]}
        body = {
            "lead_id": MARKER,
            "google_key": self.demo["hook_secrets"]["google-ads"],
            "user_column_data": [
                {"column_id": column, "string_value": text} for column, text in columns.items()
            ],
        }
        self._json(name, "/v1/hooks/google-ads", body)

    def crm(self, name: str, body: bytes) -> None:
        key = self.demo["hook_secrets"]["crm"]
        self._sent(
            name, "/v1/hooks/crm", body, content_type="application/json", x_leadwheel_key=key
        )

    def does(self, name: str, what: str, **said: str) -> None:
        self.stack.ask(f"/v1/leads/{self.leads[name]}/{what}", "POST", said)

    def learns(self, name: str) -> None:
        news = {"fields": {"company": f"{MARKER} Ltd", f"more {MARKER}": MARKER}}
        self.stack.ask(f"/v1/leads/{self.leads[name]}", "PATCH", news)

    def _json(self, name: str, path: str, said: Any, **headers: Any) -> None:
        body = json.dumps(said).encode()
        self._sent(name, path, body, content_type="application/json", **headers)

    def _sent(self, name: str, path: str, body: bytes, **headers: Any) -> None:
        answer = self._answer(path, body, headers)
        self.leads[name] = answer.get("lead_id") or answer["lead_ids"][0]

    def _post(self, path: str, said: Any, **headers: Any) -> Any:
        headers["content_type"] = "application/json"
        return self._answer(path, json.dumps(said).encode(), headers)

    def _answer(self, path: str, body: bytes, headers: dict[str, Any]) -> Any:
        sent = {name: str(text) for name, text in headers.items()}
        status, _, answer = self.stack.request("POST", path, body, **sent)
        assert status < 300, answer
        return answer


def disguises(word: str) -> Iterator[bytes]:
    """A word as it may be written somewhere: plain, or within something in base64."""
    yield word.encode()
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        yield base64.b64encode(b"x" * before + word.encode())[skipped:-4]


CLUES = tuple(clue for word in (MARKER, PHONE[1:]) for clue in disguises(word))


def holding(found: dict[str, bytes]) -> list[str]:
    """Where something of her is."""
    return [name for name, text in found.items() if any(clue in text for clue in CLUES)]


def table_of(stack: Any, cloud: Cloud) -> dict[str, bytes]:
    """Each item, whole."""
    items = items_of(cloud.endpoint_url, stack.described["table"])
    return {f"{i['pk']['S']} {i['sk']['S']}": b"\n".join(_bytes(i)) for i in items}


def _bytes(value: Any) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case dict():
            for name, inner in value.items():
                yield from (str(name).encode(), *_bytes(inner))
        case list():
            for inner in value:
                yield from _bytes(inner)
        case _:
            yield str(value).encode()


def logs_of(cloud: Cloud) -> dict[str, bytes]:
    """All that functions and API have logged, by group."""
    logs = cloud.client("logs")
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]
    return {group: "\n".join(_lines(logs, group)).encode() for group in groups}


def _lines(logs: Any, group: str) -> Iterator[str]:
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        yield from (event["message"] for event in page["events"])


def queues_of(stack: Any, cloud: Cloud) -> dict[str, bytes]:
    """What lies in each queue, and what hangs in it unanswered."""
    url = f"{cloud.endpoint_url}/_ministack/sqs/messages"
    status, _, answer = stack.request("GET", url)
    assert status == 200
    return {"queues": json.dumps(answer, ensure_ascii=False).encode()}


def files_of(stack: Any) -> dict[str, bytes]:
    """But for the terminal of whoever runs the stack, which shows the subjects of its mails."""
    files = (file for file in stack.home.rglob("*") if file.is_file() and file.name != "up.log")
    return {str(file): file.read_bytes() for file in files}


def mails_of(stack: Any) -> list[dict[str, bytes]]:
    """Each as it went out, oldest first."""
    return [{mail["Subject"]: str(mail).encode()} for mail in stack.mails("")]


def in_time(holds: Callable[[], bool], what: str) -> None:
    until(holds, lambda: what, seconds=20)


def test_no_byte_of_a_forgotten_person_is_left(stack: Any) -> None:
    cloud, office = Cloud(stack.described["endpoint_url"]), Office(stack)
    office.form("open")
    office.form("untouched")
    office.partner("sold")
    office.ads("ads")
    crm = {"deal": {"id": MARKER, "note": MARKER}, "person": {"first": MARKER, "email": EMAIL}}
    office.crm("crm", json.dumps(crm).encode())
    office.form("held", website_url=MARKER)  # what only robots fill in
    office.unread("unread")
    office.crm("unread by a hook", f'{{"deal": {{"contact": "{EMAIL}"'.encode())
    for name in ("open", "untouched", "sold", "ads", "crm"):
        stack.lead_when(office.leads[name], lambda lead: bool(lead["owner"]))
    office.does("open", "accept")
    office.does("open", "note", reason=f"she said {MARKER}")
    office.learns("open")
    stack.ask(f"/v1/quarantine/{office.leads['held']}/discard", "POST", {"reason": MARKER})
    office.partner_returns("sold")
    for name in ("open", "untouched", "ads", "crm"):
        stack.mail_when(office.leads[name])
    in_time(lambda: known_of_her(stack) == set(office.leads.values()), "not all is noted")
    assert len(holding(table_of(stack, cloud))) >= len(office.leads)
    before = len(stack.mails(""))
    assert [mail for mail in mails_of(stack) if holding(mail)]  # so we look for the right thing

    told = stack.leadwheel("forget", EMAIL, "--yes")

    assert f"{len(office.leads)} leads emptied" in told
    # Whoever was at work on one hears so, and it is the last that is told of her.
    for name in ("open", "untouched", "ads", "crm"):
        gone = office.leads[name]
        in_time(lambda gone=gone: _says_it_is_erased(stack, gone, before), f"{name}: no mail")
    assert holding(table_of(stack, cloud)) == []
    assert known_of_her(stack) == set()
    logs = logs_of(cloud)
    for function in ("capture", "routing", "alerts", "desk"):
        assert any(function in group and text for group, text in logs.items()), function
    assert holding(logs) == []
    assert holding(queues_of(stack, cloud)) == []
    assert holding(files_of(stack)) == []
    assert "mails in this machine" in told
    assert [mail for mail in mails_of(stack) if holding(mail)] == []


def _says_it_is_erased(stack: Any, lead_id: str, before: int) -> bool:
    mails = [mail["BodyText"] for mail in stack.mails("")[before:]]
    return any("has been erased" in text and lead_id in text for text in mails)


def known_of_her(stack: Any) -> set[str]:
    found = set()
    for whom in ({"email": EMAIL}, {"phone": PHONE}):
        known = stack.ask("/v1/people/export", "POST", whom)
        found |= {lead["lead_id"] for lead in known["leads"]}
    return found
