"""docs/strategies.md as something to run: its configurations, and its tables row by row.

A row says what happens, who has the lead then, and why. What can happen:

    a lead, `country: SE`              by the website's form; leads are counted from 1
    3 leads                            one after the other
    lead 2                             is looked at again
    anna accepts lead 2                or declines, contacts, converts, loses, claims, releases
    anna claims the next of hunters
    anna accepts all                   that are hers and untouched
    anna pauses                        or resumes
    a manager gives lead 2 to cy       `, whatever the limits`: with override
    lead 2 gets `score: 90`            later than it came
    20 min later: …                    or `Mon 22:00: …`, in UTC; alone, or before any of these

Before time goes on, reps accept what they have; but not `20 min later, untouched: …`.

Who: `anna`; of several leads `anna, bo, anna` or `2 × anna, 1 × bo`, or `anyone`; a rep `in` a
pool; `nobody`: it is parked; `open`, or `open to anna, bo`; `refused`. Why: what the decision must
say, each part after a semicolon; of several leads, of any of them. A dash: nothing.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import yaml

from infra.cli.yaml_file import parse

PAGE = Path(__file__).parents[1] / "docs" / "strategies.md"
NOTHING = "–"
MOST_LEADS = 12  # of a table that is played in real time

_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_TIME = re.compile(r"(?:(\d+) (\w+) later|(\w{3}) (\d\d):(\d\d))(, untouched)?(?:: (.+))?")
_LEADS = re.compile(r"(a|\d+) leads?(?:, `(.*)`)?")
_AGAIN = re.compile(r"lead (\d+)")
_BY_HAND = re.compile(r"(\w+) (accept|decline|contact|convert|lose|claim|release)s lead (\d+)")
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Row(NamedTuple):
    """One row of a table."""

    what: str
    who: str
    why: str


class Section(NamedTuple):
    """One way to share leads: its own part of the configuration, and what comes of it."""

    title: str
    configuration: dict[str, Any]
    rows: tuple[Row, ...]

    @property
    def takes_long(self) -> bool:
        """Whether its table tells of more time, or of more leads, than a test should wait for."""
        posted = [found for row in self.rows if (found := _LEADS.fullmatch(row.what))]
        leads = sum(1 if found[1] == "a" else int(found[1]) for found in posted)
        return leads > MOST_LEADS or any(_TIME.fullmatch(row.what) for row in self.rows)


def sections() -> list[Section]:
    """Every part of the page that has a configuration, the common head apart."""
    head, *parts = re.split(r"^#{2,3} (?=.)", PAGE.read_text(), flags=re.MULTILINE)
    common = _only_block(head)
    return [
        Section(
            title=part.partition("\n")[0].strip(),
            configuration=_merged(common, _only_block(part)),
            rows=tuple(Row(*row) for row in _ROW.findall(part) if not _is_frame(row)),
        )
        for part in parts
        if "```yaml" in part
    ]


def _only_block(part: str) -> dict[str, Any]:
    (block,) = _BLOCK.findall(part)
    value = parse(block).value
    assert isinstance(value, dict)
    return value


def _is_frame(row: tuple[str, ...]) -> bool:
    return row[1] == "who" or set(row[1]) == {"-"}


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The head with what a section adds: to a rep of the head, further settings."""
    reps = {
        rep: {**common["reps"].get(rep, {}), **own.get("reps", {}).get(rep, {})}
        for rep in [*common["reps"], *own.get("reps", {})]
    }
    rules = own.get("rules") or [{"name": "all leads", "pool": next(iter(own["pools"]))}]
    return {**common, **own, "reps": reps, "rules": rules}


def as_file(configuration: dict[str, Any]) -> str:
    """A configuration as a file for `leadwheel apply`."""
    return str(yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True))


class Stage(Protocol):
    """Where the rows are played."""

    patience: float  # seconds that somebody else may need to give on what has become possible

    def post(self, fields: dict[str, Any]) -> str:
        """A lead by the website's form; answers its id once it is routed."""

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """What the API answers a manager."""

    def settle(self, lead_id: str) -> None:
        """Wait until routing is done with a lead, if not with more."""

    def now(self) -> datetime:
        """What time it is there."""

    def wait(self, span: timedelta) -> None:
        """Let time go by."""


@dataclass
class Play:
    """The rows of one section, one after the other."""

    stage: Stage
    leads: list[str] = field(default_factory=list)
    answer: tuple[int, Any] = (200, {})  # of the last action

    def run(self, row: Row) -> list[str]:
        """What became different from what the row says; empty when it is as the page has it."""
        until = time.monotonic() + self.stage.patience
        wrong = self._run(row)
        while wrong and _AGAIN.fullmatch(row.what) and time.monotonic() < until:
            time.sleep(0.2)
            wrong = self._run(row)
        return wrong

    def _run(self, row: Row) -> list[str]:
        concerned = self._happens(row.what)
        if row.who == "refused":
            status, answer = self.answer
            told = f"{answer}"
            missing = [part for part in _parts(row.why) if part not in told]
            return [f"{status}: {told}"] if missing or status not in (409, 422) else []
        if self.answer[0] >= 300:
            return [f"{row.what}: {self.answer}"]
        views = [self._view(lead_id) for lead_id in concerned]
        wrong = [] if row.who == NOTHING else self._wrong_owners(row.who, views)
        said = [text for view in views for text in self._texts(view)]
        missing = [part for part in _parts(row.why) if not any(part in text for text in said)]
        return [*wrong, *(f"nothing says {part!r} in {said}" for part in missing)]

    # ── What happens ─────────────────────────────────────────────────────────────────────────────

    def _happens(self, what: str) -> list[str]:
        """Do it; answers the leads that it is about."""
        self.answer = 200, {}
        if timed := _TIME.fullmatch(what):
            *when, untouched, then = timed.groups()
            if not untouched:
                self._accept_all()
            self.stage.wait(self._span(*when))
            return self._happens(then) if then else []
        if posted := _LEADS.fullmatch(what):
            count = 1 if posted[1] == "a" else int(posted[1])
            return [self._post(posted[2] or "") for _ in range(count)]
        if again := _AGAIN.fullmatch(what):
            return [self._lead(again[1])]
        return self._by_hand(what)

    def _by_hand(self, what: str) -> list[str]:
        if done := _BY_HAND.fullmatch(what):
            return self._act(done[1], done[2], self._lead(done[3]))
        if taken := re.fullmatch(r"(\w+) claims the next of (\w+)", what):
            self._do("POST", f"/v1/pools/{taken[2]}/claim", {"rep_id": taken[1]})
            return [self.answer[1]["lead_id"]] if self.answer[0] < 300 else []
        if given := re.fullmatch(r"a manager gives lead (\d+) to (\w+)(, whatever.*)?", what):
            lead_id = self._lead(given[1])
            body = {"rep_id": given[2], **({"override": True} if given[3] else {})}
            return self._do("POST", f"/v1/leads/{lead_id}/assign", body, lead_id)
        if told := re.fullmatch(r"lead (\d+) gets `(.*)`", what):
            lead_id = self._lead(told[1])
            return self._do("PATCH", f"/v1/leads/{lead_id}", {"fields": _fields(told[2])}, lead_id)
        if taken := re.fullmatch(r"(\w+) accepts all", what):
            self._accept_all(taken[1])
            return []
        if at_work := re.fullmatch(r"(\w+) (pause|resume)s", what):
            self._do("POST", f"/v1/reps/{at_work[1]}/{at_work[2]}", {})
            for lead_id in self.leads:
                self.stage.settle(lead_id)
            return []
        raise ValueError(f"nothing that can happen: {what}")

    def _act(self, rep: str, action: str, lead_id: str) -> list[str]:
        untouched = self._lead_view(lead_id)["status"] == "assigned"
        if untouched and action in ("contact", "convert", "lose"):
            self._do("POST", f"/v1/leads/{lead_id}/accept", {"rep_id": rep})
        return self._do("POST", f"/v1/leads/{lead_id}/{action}", {"rep_id": rep}, lead_id)

    def _do(self, method: str, path: str, body: Any, lead_id: str | None = None) -> list[str]:
        self.answer = self.stage.ask(method, path, body)
        if lead_id is None:
            return []
        self.stage.settle(lead_id)
        return [lead_id]

    def _post(self, fields: str) -> str:
        number = len(self.leads) + 1
        said = {"name": "Ada Byron", "email": f"ada.{number}@gmail.com", **_fields(fields)}
        self.leads.append(self.stage.post(said))
        return self.leads[-1]

    def _lead(self, number: str) -> str:
        return self.leads[int(number) - 1]

    def _accept_all(self, rep: str | None = None) -> None:
        for lead_id in self.leads:
            view = self._lead_view(lead_id)
            if view["status"] == "assigned" and rep in (None, view["owner"]):
                self._act(view["owner"], "accept", lead_id)

    def _span(
        self, count: str | None, unit: str | None, day: str | None, hour: str, minute: str
    ) -> timedelta:
        if count is not None:
            return timedelta(seconds=int(count) * _UNITS[unit or ""])
        now = self.stage.now()
        then = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        then += timedelta(days=(_DAYS.index(day or "") - now.weekday()) % 7)
        return (then if then > now else then + timedelta(days=7)) - now

    # ── What came of it ──────────────────────────────────────────────────────────────────────────

    def _lead_view(self, lead_id: str) -> Any:
        status, view = self.stage.ask("GET", f"/v1/leads/{lead_id}")
        assert status == 200, view
        return view

    def _view(self, lead_id: str) -> dict[str, Any]:
        """The lead, with the decision about it."""
        status, decision = self.stage.ask("GET", f"/v1/leads/{lead_id}/decision")
        return {**self._lead_view(lead_id), "decision": decision if status == 200 else {}}

    def _wrong_owners(self, who: str, views: list[dict[str, Any]]) -> list[str]:
        got = [_outcome(view, with_pool=" in " in who) for view in views]
        several = re.findall(r"(\d+) × (\w+)", who)
        if several:
            fits = Counter(got) == {rep: int(count) for count, rep in several}
        elif who == "anyone":
            fits = all(view["owner"] for view in views)
        elif who.startswith("open to"):
            fits = got == [who]
        else:
            fits = got == who.split(", ")
        return [] if fits else [f"who: {got}, not {who}"]

    def _texts(self, view: dict[str, Any]) -> Iterator[str]:
        decision = view["decision"]
        yield from _strings(decision)
        for candidate in decision.get("candidates", ()):
            yield f"{candidate['rep_id']} {candidate['reason']}"
            yield f"{candidate['rep_id']} at weight {candidate['weight']:g}"
        yield f"by {decision.get('strategy')}"
        yield f"score {decision.get('score')}"
        yield f"rule {decision.get('rule')}"
        for record in view["history"]:
            yield f"{record['sentence']}"
        for deadline in view["deadlines"]:
            at = datetime.fromisoformat(deadline["at"])
            yield f"{deadline['action']} {_DAYS[at.weekday()]} {at:%H:%M}"
        yield f"{view['fields']}"


def _outcome(view: dict[str, Any], *, with_pool: bool) -> str:
    if view["status"] == "parked":
        return "nobody"
    if view["status"] == "open":
        offered = view.get("offered") or view["history"][-1].get("offered")
        return f"open to {', '.join(offered)}" if offered else "open"
    owner = view["owner"] or view["status"]
    return f"{owner} in {view['pool']}" if with_pool else str(owner)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _parts(why: str) -> list[str]:
    return [] if why == NOTHING else [part.strip() for part in why.split(";")]


def _fields(text: str) -> dict[str, Any]:
    return dict(parse(f"{{{text}}}").value or {})
