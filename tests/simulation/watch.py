"""What must hold after each write, and at the end of a day."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from types import SimpleNamespace
from typing import Any

from shared.domain.config import Config
from shared.domain.deliveries import State
from shared.domain.leads import GIVING, Lead, Status, Step
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.reps import Workload
from shared.flows.alert_once import HOLD
from shared.store import config as config_store
from shared.store.codec import (
    entry_from_item,
    lead_from_item,
    projections,
    workload_from_item,
)
from shared.store.table import CapItem, LeadItem, RepItem, TurnItem
from tests.audit import Books, item_of, limits_exceeded, problems
from tests.simulation.story import Story

TO_AND_FRO = 3
SWEPT_WITHIN = timedelta(minutes=15)  # when all is calm

PERSONAL = re.compile(r"person ?\d", re.IGNORECASE)
"""What every name and address of a day has in it, and nothing else."""


class BrokenError(AssertionError):
    """A promise has been broken; says which one, and by what."""


@dataclass
class Watch:
    """Sees every write at the instant it happens."""

    story: Story
    # The most of each cap: leads, and money in ten-thousandths.
    caps: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    leads: dict[str, Lead] = field(default_factory=dict)
    loads: dict[str, Workload] = field(default_factory=dict)
    turns: Counter[str] = field(default_factory=Counter)
    breaks: int = 0  # that reps have begun
    writes: int = 0
    mails: Counter[str] = field(default_factory=Counter)  # by what it is about, and to whom
    excused: Counter[str] = field(default_factory=Counter)  # sent, and the note of it failed
    clocks: dict[str, list[float]] = field(default_factory=dict)  # how wrong its senders' were

    # ── After each write ─────────────────────────────────────────────────────────────────────────

    def written(self, records: list[dict[str, Any]], by: str) -> None:
        """What one call has changed, all at once. BrokenError: it must not be so."""
        self.writes += 1
        touched: set[str] = set()
        entries: list[Entry] = []
        for record in records:
            images = record["dynamodb"]
            _require_nobody_in(images["Keys"])
            old, new = images.get("OldImage"), images.get("NewImage")
            match (new or old or {})["kind"]["S"]:
                case "lead":
                    touched |= self._lead(old, new, by)
                case "rep":
                    touched.add(self._rep(new))
                case "cap":
                    self._cap(new)
                case "turn":
                    entries.append(self._turn(old, new))
        for rep in touched - {""}:
            self._require_counters(rep)
        for entry in entries:
            self._require_limits(entry)

    def _lead(self, old: Any, new: Any, by: str) -> set[str]:
        """One lead's change; answers the reps it concerns."""
        if new is None:
            raise BrokenError(f"{by} deletes the lead {old['pk']['S']}")
        after = lead_from_item(item_of(LeadItem, new))
        before = self.leads.get(after.lead_id)
        short = f"…{after.lead_id[-6:]}"
        gained = after.log[before.rev if before else 0 :]
        for change in gained:
            whose = f" {change.rep}" if change.rep else ""
            self.story.tell(f"{by}: lead {short} {change.step}{whose}")
        if after.rev != int(new["rev"]["N"]):
            raise BrokenError(f"{short}: rev {new['rev']['N']} with {after.rev} records")
        if problem := _wrong_in_log(before, after) or self._wandering(after):
            raise BrokenError(f"{short}: {problem}")
        if before and before.owner and any(change.step in GIVING for change in gained):
            given = next(change for change in gained if change.step in GIVING)
            lost = any(change.step not in GIVING for change in gained)
            if not lost and not given.by:  # a manager gives it by hand
                raise BrokenError(f"{short}: {given.rep} gets what is {before.owner}'s")
        for name, value in projections(after).items():
            stored = new.get(name)
            text = None if stored is None else next(iter(stored.values()))
            if text != (None if value is None else str(value)):
                raise BrokenError(f"{short}: {name} is stored as {text}, its log says {value}")
        self.leads[after.lead_id] = after
        return {after.burden.rep or "", (before.burden.rep if before else None) or ""}

    def _rep(self, new: Any) -> str:
        rep = str(new["pk"]["S"].partition("#")[2])
        before = self.loads.get(rep, Workload())
        self.loads[rep] = workload_from_item(item_of(RepItem, new))
        now = self.loads[rep]
        if now.paused and (before.paused, before.paused_until) != (True, now.paused_until):
            self.breaks += 1
        return rep

    def _wandering(self, lead: Lead) -> str:
        """Whether it has come to the same pool again and again, while it only waited.

        With each shift that ends it may, which is twice in a day, and with each break.
        """
        waited = takewhile(
            lambda change: change.step in (Step.PASSED, Step.PARKED), reversed(lead.log)
        )
        ways = Counter(change.to for change in waited if change.step is Step.PASSED)
        is_often = max(ways.values(), default=0) > TO_AND_FRO + self.breaks
        return "goes to and fro, and nobody gets it" if is_often else ""

    def _cap(self, new: Any) -> None:
        """No cap is ever exceeded."""
        cap = item_of(CapItem, new)
        counted = (int(cap.leads or 0), int(cap.money or 0))
        for count, most in zip(counted, self.caps.get(cap.pk.rpartition("#")[2], ()), strict=False):
            if most is not None and count > most:
                raise BrokenError(f"{cap.pk} has counted {count}, allowed are {most}")

    def _turn(self, old: Any, new: Any) -> Entry:
        entry = entry_from_item(item_of(TurnItem, new))
        where = f"turn {entry.rotation.turn} of {entry.pool_id}"
        if old is not None:
            raise BrokenError(f"{where} is written again")
        self.turns[entry.pool_id] += 1
        if entry.rotation.turn != self.turns[entry.pool_id]:
            raise BrokenError(f"{where} follows turn {self.turns[entry.pool_id] - 1}")
        if total := sum(standing.credit for standing in entry.rotation.standings.values()):
            raise BrokenError(f"{where}: the credits sum to {total}")
        return entry

    def _require_counters(self, rep: str) -> None:
        """A rep's counters are what their leads add up to, at this very instant."""
        due = Workload()
        for lead in self.leads.values():
            if lead.burden.rep == rep and lead.burden.open:
                due.add(lead.burden)
        load = self.loads.get(rep, Workload())
        held = {key: count for key, count in load.held.items() if count}
        wanted = {key: count for key, count in due.held.items() if count}
        if (load.open, load.load, load.value, held) != (due.open, due.load, due.value, wanted):
            raise BrokenError(f"{rep} carries {due}, the counters say {load}")

    def _require_limits(self, entry: Entry) -> None:
        config = self.config_of(entry.config_version)
        books: Any = SimpleNamespace(
            entries={entry.pool_id: [entry]}, leads=list(self.leads.values())
        )
        for problem in limits_exceeded(books, config):
            raise BrokenError(problem)
        for rep_id in {line.chosen for line in entry.lines if line.refunds is None} - {None}:
            self._require_room(rep_id or "", entry, config)

    def _require_room(self, rep_id: str, entry: Entry, config: Config) -> None:
        """Nobody whom an entry gave leads holds more now than they may, whatever it believed."""
        given = [line.lead_id for line in entry.lines if line.chosen == rep_id]
        hot = any(line.hot for line in entry.lines if line.chosen == rep_id)
        by_hand = any(self.leads[lead_id].latest(*GIVING).over for lead_id in given)
        if hot or by_hand:
            return  # these may pass the limits
        rep, pool, load = config.reps[rep_id], config.pools[entry.pool_id], self.loads[rep_id]
        counted = [
            (load.open, rep.holding_limit),
            (load.here(entry.pool_id), pool.member_limits.holding),
        ]
        for count, most in counted:
            if most is not None and count > most:
                raise BrokenError(f"{rep_id} holds {count} leads, allowed are {most}")

    def _sent_twice(self) -> list[str]:
        """Mails that came again although nothing fell between sending and noting the first."""
        return [
            f"{what} was mailed {times} times, with {self.excused[what]} reasons to"
            for what, times in self.mails.items()
            if times > 1 + self.excused[what] and not self._clocks_differed(what)
        ]

    def _clocks_differed(self, what: str) -> bool:
        """Whether one sender's clock said that the other's claim was over: then both may send."""
        offs = self.clocks.get(what, [0.0])
        return max(offs) - min(offs) > HOLD.total_seconds()

    def config_of(self, version: int) -> Config:
        """A version of the configuration, by what some process has read of it."""
        (config,) = (
            config for (_, number), config in config_store._versions.items() if number == version
        )
        return config

    # ── At the end ───────────────────────────────────────────────────────────────────────────────

    def end(self, items: list[dict[str, Any]], lost: set[tuple[str, int]]) -> list[str]:
        """Everything that is wrong when all is quiet.

        `lost`: changes of leads whose records the stream has forgotten before anybody could read
        them, 24 hours later.
        """
        books = Books(items)
        config = self.config_of(max(number for _, number in config_store._versions))
        waiting = [
            f"…{lead.lead_id[-6:]} is new, and nobody sees to it"
            for lead in books.leads
            if lead.status is Status.NEW
        ]
        return [
            *problems(books, config),
            *waiting,
            *_unheard(books, lost),
            *_undelivered(items, self.story.now),
            *self._sent_twice(),
        ]


def changes_in(record: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The changes of a lead that a record of the stream tells of: its id, and their numbers."""
    images = record["dynamodb"]
    if images["NewImage"]["kind"]["S"] != "lead":
        return
    before = len(images.get("OldImage", {}).get("log", {}).get("L", ()))
    lead_id = images["NewImage"]["pk"]["S"].partition("#")[2]
    for number in range(before + 1, len(images["NewImage"]["log"]["L"]) + 1):
        yield lead_id, number


def _unheard(books: Books, lost: set[tuple[str, int]]) -> list[str]:
    """Assignments whose rep was never told, though the lead stayed with them."""
    done = {
        (raw["pk"]["S"], raw["sk"]["S"]): {kind["S"] for kind in raw.get("done", {}).get("L", ())}
        for raw in books.alerts
    }
    found = []
    for lead in books.leads:
        for number, change in enumerate(lead.log, 1):
            if change.step is not Step.ASSIGNED or (lead.lead_id, number) in lost:
                continue
            kinds = done.get((f"lead#{lead.lead_id}", f"alert#{number:06d}"), set())
            if "mail" not in kinds:
                found.append(
                    f"…{lead.lead_id[-6:]}: {change.rep} was never told of assignment {number}"
                )
    return found


def _require_nobody_in(keys: dict[str, dict[str, str]]) -> None:
    """No key says who somebody is."""
    for key in keys.values():
        if PERSONAL.search(key["S"]):
            raise BrokenError(f"a key names a person: {key['S']}")


def _undelivered(items: list[dict[str, Any]], now: datetime) -> list[str]:
    """Deliveries that should have been tried by now; who has failed often waits for hours."""
    return [
        f"{item['pk']['S']} is {item['state']['S']}, and has been due since {_due_at(item)}"
        for item in items
        if item["kind"]["S"] == "delivery" and item["state"]["S"] == State.WAITING
        if _due_at(item) <= to_text(now - SWEPT_WITHIN)
    ]


def _due_at(item: dict[str, Any]) -> str:
    return str(item.get("due_at", {"S": ""})["S"])  # "": nobody will look at it any more


def _wrong_in_log(before: Lead | None, after: Lead) -> str:
    if before and not _continues(before, after):
        return "its log does not go on where it ended"
    if before and before.status is Status.ERASED:
        return "is erased, and changes"
    return ""


def _continues(before: Lead, after: Lead) -> bool:
    """Whether a log is the one before and more. Of an erased lead only the bare steps are left."""
    if after.rev <= before.rev:
        return False
    kept = after.log[: before.rev]
    if after.status is Status.ERASED:
        return [(c.step, c.at) for c in kept] == [(c.step, c.at) for c in before.log]
    return kept == before.log
