"""Those who act on leads: by the mailed link's button, and by the API."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from infra.local.mailbox import empty_mails
from infra.web import fetch
from shared.errors import LeadwheelError
from tests.pressing import FORM, filled_in
from tests.soak.clients import Answer, Http, Request
from tests.soak.cloud import Cloud

LOOK_EVERY = 3.0  # seconds between two looks into the mailbox
LEAD_ID = re.compile(r"\b01[0-9a-z]{24}\b")
LINK = re.compile(r"http://\S+/a/\S+")
PUT_OFF = frozenset({0, 429, *range(500, 600)})  # a 409 is an answer to a rep
CLAIMERS = ("anna", "eva", "hal")


class Mailed(NamedTuple):
    """A mail about a lead: when it was taken, in seconds since 1970, and to whom."""

    at: float
    to: str
    subject: str  # its first words
    lead_id: str


@dataclass
class Reps:
    """All reps of the team, and what they were mailed."""

    cloud: Cloud
    http: Http
    seed: int
    later: Callable[[float, Callable[[], object]], None]
    mails: list[Mailed] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)  # how often what was answered with what
    wrong: list[str] = field(default_factory=list)
    hurried: bool = False  # the day is over: nobody leaves a lead lying any more
    claimed_nothing: int = 0  # times in a row that nothing was left to claim
    _seen: set[str] = field(default_factory=set)
    _reading: threading.Lock = field(default_factory=threading.Lock)

    # ── Mail ─────────────────────────────────────────────────────────────────────────────────────

    def read_mail(self) -> int:
        """Look what has come, and decide about each new lead; answers how many mails were new.

        What was read is emptied, so that the next look need not carry it all again.
        """
        with self._reading:
            try:
                box = fetch(self.cloud.mailbox).json() or {}
            except LeadwheelError:
                return 0
            new = [
                mail
                for account in box.get("messages", {}).values()
                for mail in account
                if mail["MessageId"] not in self._seen
            ]
            named = []
            for mail in new:
                self._seen.add(mail["MessageId"])
                named += self._read(mail)
            if named:
                empty_mails(self.cloud.endpoint_url, sorted(set(named)), _moment(new))
        return len(new)

    def _read(self, mail: dict[str, object]) -> list[str]:
        text = str(mail["BodyText"] or "")
        link = LINK.search(text)
        ids = LEAD_ID.findall(text)
        to = str(mail["To"][0]).partition("@")[0]  # type: ignore[index]
        subject = re.split(r"[:,]| until", str(mail["Subject"] or ""))[0]
        if ids:
            self.mails.append(Mailed(float(str(mail["Timestamp"])), to, subject, ids[0]))
        if ids and link and subject == "New lead":
            self._decide(to, ids[0], link[0])
        return ids[:1]

    # ── Work ─────────────────────────────────────────────────────────────────────────────────────

    def _decide(self, rep: str, lead_id: str, link: str) -> None:
        chance = Random(f"{self.seed}-{rep}-{lead_id}")
        drawn, wait = chance.random(), chance.uniform(0.5, 9)
        if self.hurried:
            drawn, wait = drawn * 0.85, chance.uniform(0, 1)
        if drawn < 0.6:
            self.later(wait, lambda: self._press(rep, lead_id, link))
        elif drawn < 0.85:
            self.later(wait, lambda: self._act_by_api(rep, lead_id, "accept"))
        elif drawn < 0.92:
            self.later(wait, lambda: self._act_by_api(rep, lead_id, "decline"))
        # The rest leave it lying, until it is taken from them.

    def _press(self, rep: str, lead_id: str, link: str) -> None:
        page = self._ask("look", Request("GET", link, None, {"Accept": "text/html"}), {200, 409})
        if b'name="nonce"' not in page.body:
            return
        body = filled_in(page.body.decode())
        answer = self._ask("press", Request("POST", link, body, FORM), {200, 303, 409})
        if answer.status in (200, 303):
            self._go_on(rep, lead_id)

    def _act_by_api(self, rep: str, lead_id: str, step: str, **more: str) -> Answer:
        path = f"/v1/leads/{lead_id}/{step}"
        answer = self._ask(step, self._as_manager(path, {"rep_id": rep, **more}), {200, 409})
        if step == "accept" and answer.status == 200:
            self._go_on(rep, lead_id)
        return answer

    def _go_on(self, rep: str, lead_id: str) -> None:
        """It is theirs: reach the person, and win or lose them."""
        chance = Random(f"{self.seed}-{lead_id}-{rep}-on")
        wait = chance.uniform(2, 8)
        if chance.random() < 0.4:
            self.later(wait, lambda: self._act_by_api(rep, lead_id, "contact"))
        end = wait + chance.uniform(3, 20)
        drawn = chance.random()
        if drawn < 0.25:
            worth = {"value": f"{chance.randint(100, 9999)}.00", "currency": "EUR"}
            self.later(end, lambda: self._act_by_api(rep, lead_id, "convert", **worth))
        elif drawn < 0.97:
            self.later(end, lambda: self._act_by_api(rep, lead_id, "lose"))

    def claim(self, rep: str) -> None:
        """Take the oldest open lead of the market, where there is one."""
        request = self._as_manager("/v1/pools/market/claim", {"rep_id": rep})
        answer = self._ask("claim", request, {200, 404, 409})
        self.claimed_nothing += 1
        if answer.status == 200 and (lead_id := answer.json().get("lead_id")):
            self.claimed_nothing = 0
            self._go_on(rep, str(lead_id))

    def pause(self, rep: str, seconds: float) -> None:
        """Away for so long."""
        self._ask("pause", self._as_manager(f"/v1/reps/{rep}/pause", {}), {200})

        def back() -> None:
            self._ask("resume", self._as_manager(f"/v1/reps/{rep}/resume", {}), {200})

        self.later(seconds, back)

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────

    def _as_manager(self, path: str, said: dict[str, str]) -> Request:
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.cloud.token}",
        }
        return Request("POST", path, json.dumps(said).encode(), headers)

    def _ask(self, what: str, request: Request, expected: set[int]) -> Answer:
        answer = self.http.ask(request, again=PUT_OFF)
        key = f"{what} {answer.status}"
        self.done[key] = self.done.get(key, 0) + 1
        if answer.status not in expected:
            self.wrong.append(f"{what} was answered {answer.status}: {answer.body[:200]!r}")
        return answer


def _moment(mails: list[dict[str, object]]) -> datetime:
    newest = max(float(str(mail["Timestamp"])) for mail in mails)
    return datetime.fromtimestamp(newest, UTC) + timedelta(microseconds=1)
