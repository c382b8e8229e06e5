"""Those who post leads, those who get them, and those who manage both. They do not know AWS.

Each is told something by every answer; what they are told must be true.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.domain.config import Config
from shared.domain.leads import Lead, Step
from tests.pressing import nonce_on
from tests.simulation.kernel import Kernel, Task
from tests.simulation.platform import Platform
from tests.simulation.services import ADMIN, Mail, Services
from tests.simulation.story import Story
from tests.simulation.watch import BrokenError, Watch

AUTHORISED = {"authorization": f"Bearer {ADMIN}"}
PARTNER = {"x-api-key": "acme-key"}
HOOK = {"x-leadwheel-key": "crm-key"}
BUSY = {429, 503}


@dataclass
class People:
    """Everybody outside."""

    kernel: Kernel
    platform: Platform
    services: Services
    story: Story
    watch: Watch
    chance: Random
    config: Config
    told: dict[str, str] = field(default_factory=dict)  # what was posted → the id it was answered
    active: bool = True

    def go(self, name: str, work: Callable[[], None], after: float) -> None:
        """Have somebody begin something in so many seconds."""

        def ended(_: Any, error: BaseException | None) -> None:
            if error is not None:
                raise error

        self.kernel.spawn(Task(name, work, None, ended), after)

    # ── Who posts leads ──────────────────────────────────────────────────────────────────────────

    def post(self, number: int) -> None:
        """Somebody becomes a lead, by one of the doors; senders try again, and some come twice."""
        chance = self.chance
        person = chance.randint(1, 9)
        fields: dict[str, Any] = {
            "name": f"Person {person}",
            "email": f"person{person}@example.org",
            "country": chance.choice(["SE", "NO", "PL", "ES", "DE", "DE"]),
            "language": chance.choice(["sv", "de", "fr"]),
            "message": f"number {number}",
        }
        if chance.random() < 0.2:
            fields["hot"] = "yes"
        if chance.random() < 0.3:
            fields |= {"size": chance.choice(["small", "heavy"]), "value": chance.randint(1, 900)}
        door = chance.choice([self._by_form, self._by_form, self._by_partner, self._by_hook])
        door(number, fields)

    def _by_form(self, number: int, fields: dict[str, Any]) -> None:
        if self.chance.random() < 0.05:
            fields = {"name": "x" * 10, "email": "not an address"}
        if self.chance.random() < 0.1:
            fields = {**fields, "fax": "filled in by a robot"}  # or by a person's browser
        self._insist("/v1/forms/website/leads", fields, {"idempotency-key": f"form-{number}"})

    def _by_partner(self, number: int, fields: dict[str, Any]) -> None:
        if self.chance.random() < 0.4:
            known = {name: fields[name] for name in ("country", "language")}
            headers = PARTNER | {"idempotency-key": f"ping-{number}"}
            status, body = self._try("/v1/partners/acme/pings", known, headers)
            if status == 200 and (ping := json.loads(body).get("ping_id")):
                fields = {**fields, "ping_id": ping}
                self.kernel.sleep(self.chance.uniform(0, 150))
        headers = PARTNER | {"idempotency-key": f"sold-{number}"}
        lead_id = self._insist("/v1/partners/acme/leads", fields, headers)
        if lead_id and self.chance.random() < 0.2:
            self.kernel.sleep(self.chance.uniform(1, 2000))
            path = f"/v1/partners/acme/leads/{lead_id}/returns"
            self._ask("POST", path, {"reason": "wrong_number"}, PARTNER)

    def _by_hook(self, number: int, fields: dict[str, Any]) -> None:
        if self.chance.random() < 0.15:
            self._try("/v1/hooks/crm", f'{{"id": "h{number}", broken'.encode(), HOOK)
            return
        self._insist("/v1/hooks/crm", {**fields, "id": f"h{number}"}, HOOK)

    def _insist(self, path: str, body: Any, headers: dict[str, str]) -> str | None:
        """Post until it is answered; now and then once more, as impatient people do."""
        times = 2 if self.chance.random() < 0.2 else 1
        heard: list[str] = []
        for _ in range(times):
            for attempt in range(8):
                status, answer = self.platform.request("capture", "POST", path, body, **headers)
                self._require_truth(path, status, answer)
                if status < 300:
                    heard.append(self._answered(path, body, answer))
                    break
                if status in BUSY or status == 409:
                    self.kernel.sleep(2.0 * 1.7**attempt)
                    continue
                return None
            self.kernel.sleep(self.chance.uniform(0, 60))
        if len(set(heard)) > 1:
            raise BrokenError(f"the same submission was answered {heard}")
        return heard[0] if heard else None

    def _answered(self, path: str, body: Any, answer: str) -> str:
        said = json.loads(answer)
        lead_id = str(said.get("lead_id") or "")
        if lead_id and lead_id not in self.watch.leads:
            raise BrokenError(f"{path} answered with a lead that is nowhere: {lead_id}")
        if not lead_id and "lead_id" in said and said.get("outcome") == "success":
            raise BrokenError(f"{path} bought a lead without an id")
        self.told[f"{path} {json.dumps(body, sort_keys=True)}"] = lead_id
        return lead_id

    def _try(self, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        status, answer = self.platform.request("capture", "POST", path, body, **headers)
        self._require_truth(path, status, answer)
        return status, answer

    def _require_truth(self, path: str, status: int, answer: str) -> None:
        if status >= 500 and status not in BUSY:
            raise BrokenError(f"{path} answered {status}: {answer}")

    # ── Who gets them ────────────────────────────────────────────────────────────────────────────

    def mailed(self, mail: Mail) -> None:
        """A mail arrives; most are acted on, some at once, some too late, some twice."""
        if not self.active:
            return
        rep = mail.to.partition("@")[0]
        wait = self.chance.choice([20.0, 200.0, 1500.0]) * self.chance.random()
        if mail.links and self.chance.random() < 0.6:
            times = 2 if self.chance.random() < 0.1 else 1
            for _ in range(times):
                self.go(rep, lambda: self.press(rep, mail.links[-1]), wait)
        elif self.chance.random() < 0.8:
            self.go(rep, lambda: self.work(rep), wait)

    def press(self, rep: str, path: str) -> None:
        """Open a link, read the page, press its button, and believe what it says."""
        status, page = self._ask("GET", path, None, {})
        if status != 200 or "nonce" not in page:
            return
        self.kernel.sleep(self.chance.uniform(1, 30))
        form = f"nonce={nonce_on(page)}".encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        status, _ = self._ask("POST", path, form, headers)
        if status == 200:
            self.kernel.sleep(self.chance.uniform(60, 900))
            self.work(rep)

    def work(self, rep: str) -> None:
        """Look at one's leads, and do something with one of them."""
        status, listed = self._ask("GET", f"/v1/reps/{rep}/leads", None, AUTHORISED)
        leads = json.loads(listed)["leads"] if status == 200 else []
        if not leads:
            return
        lead = self.chance.choice(leads)
        actions = ["accept", "accept", "decline"]
        if lead["status"] != "assigned":
            actions = [
                "attempt",
                "contact",
                "contact",
                "note",
                "snooze",
                "convert",
                "lose",
                "lose",
                "release",
            ]
        action = self.chance.choice(actions)
        body: dict[str, Any] = {"rep_id": rep}
        if action in ("note", "lose"):
            body["reason"] = f"because of {self.chance.randint(1, 99)}"
        if action == "snooze":
            later = self.kernel.at.replace(microsecond=0).timestamp() + self.chance.randint(
                300, 3000
            )
            body["until"] = _moment(later)
        path = f"/v1/leads/{lead['lead_id']}/{action}"
        status, _ = self._ask("POST", path, body, AUTHORISED)
        if status == 200 and action in _LEAVES:
            self._require_step(lead["lead_id"], action, rep)
        if self.active and self.chance.random() < 0.5:
            self.kernel.sleep(self.chance.uniform(30, 1500))
            self.work(rep)

    def _require_step(self, lead_id: str, action: str, rep: str) -> None:
        """Who hears that it is done: it is done."""
        lead: Lead = self.watch.leads[lead_id]
        if not any(change.step is _LEAVES[action] for change in lead.log):
            raise BrokenError(f"{rep} was told {action} is done; …{lead_id[-6:]} says no")

    def claim(self, rep: str, pool: str) -> None:
        """Take the oldest open lead of a pool."""
        self._ask("POST", f"/v1/pools/{pool}/claim", {"rep_id": rep}, AUTHORISED)

    # ── Who manages ──────────────────────────────────────────────────────────────────────────────

    def manage(self) -> None:
        """A manager does one of the things that managers do."""
        chance = self.chance
        reps = sorted(self.config.reps)
        match chance.randint(0, 7):
            case 0 | 1:
                rep = chance.choice(reps)
                self._ask("POST", f"/v1/reps/{rep}/pause", {}, AUTHORISED)
                self.kernel.sleep(chance.uniform(1, 2000))
                self._ask("POST", f"/v1/reps/{rep}/resume", {}, AUTHORISED)
            case 2 | 3:
                if self.watch.leads:
                    lead_id = chance.choice(sorted(self.watch.leads))
                    body = {"rep_id": chance.choice(reps), "override": chance.random() < 0.3}
                    self._ask("POST", f"/v1/leads/{lead_id}/assign", body, AUTHORISED)
            case 4 | 5:
                status, listed = self._ask("GET", "/v1/quarantine", None, AUTHORISED)
                for one in json.loads(listed)["leads"] if status == 200 else []:
                    action = chance.choice(["release", "release", "discard"])
                    path = f"/v1/quarantine/{one['lead_id']}/{action}"
                    self._ask("POST", path, {}, AUTHORISED)
            case 6:
                status, listed = self._ask("GET", "/v1/returns", None, AUTHORISED)
                for one in json.loads(listed)["returns"] if status == 200 else []:
                    action = chance.choice(["approve-return", "approve-return", "refuse-return"])
                    self._ask("POST", f"/v1/leads/{one['lead_id']}/{action}", {}, AUTHORISED)
            case 7:
                if chance.random() < 0.5:
                    self.forget(chance.randint(1, 9))

    def forget(self, number: int) -> None:
        """Somebody does not want to be known any more."""
        who = {"email": f"person{number}@example.org"}
        self._ask("POST", "/v1/people/forget", who, AUTHORISED)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        """Ask the desk, and again while it is busy."""
        for attempt in range(4):
            status, answer = self.platform.request("desk", method, path, body, **headers)
            self._require_truth(path, status, answer)
            if status not in BUSY:
                break
            self.kernel.sleep(2.0 * 2**attempt)
        return status, answer


_LEAVES = {
    "accept": Step.ACCEPTED,
    "decline": Step.DECLINED,
    "contact": Step.CONTACTED,
    "convert": Step.CONVERTED,
    "lose": Step.LOST,
    "release": Step.UNASSIGNED,
}


def _moment(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
