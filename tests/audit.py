"""The auditor: reads the whole table, and finds every way in which it could be wrong."""

from collections import Counter
from typing import Any

from shared.domain.config import Config
from shared.domain.decisions import decision_of
from shared.domain.leads import OPEN_STATUSES, Lead, Step
from shared.domain.ledger import Entry
from shared.domain.rotation import Rotation, give, with_members
from shared.store.codec import (
    entry_from_item,
    lead_from_item,
    projections,
    workload_from_item,
)
from shared.store.table import LeadItem, RepItem, TurnItem


class Books:
    """Everything the table holds, as domain values."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        kinds: dict[str, list[dict[str, Any]]] = {}
        for item in items:
            kinds.setdefault(item["kind"]["S"], []).append(item)
        self.raw_leads = kinds.get("lead", [])
        self.leads = [lead_from_item(_item(LeadItem, raw)) for raw in self.raw_leads]
        self.loads = {
            raw["pk"]["S"].partition("#")[2]: workload_from_item(_item(RepItem, raw))
            for raw in kinds.get("rep", [])
        }
        self.alerts = kinds.get("alert", [])
        self.entries: dict[str, list[Entry]] = {}
        for raw in sorted(kinds.get("turn", []), key=lambda raw: raw["sk"]["S"]):
            entry = entry_from_item(_item(TurnItem, raw))
            self.entries.setdefault(entry.pool_id, []).append(entry)

    def owned(self) -> Counter[str]:
        return Counter(lead.owner or "" for lead in self.leads if lead.status in OPEN_STATUSES)


def _item(model: Any, raw: dict[str, Any]) -> Any:
    item = model()
    item.deserialize(raw)
    return item


def problems(books: Books, config: Config) -> list[str]:
    """Everything that is wrong with the table; empty when it keeps all promises."""
    return [
        *_projections_drifted(books),
        *_counters_drifted(books),
        *_limits_exceeded(books, config),
        *_ledger_broken(books),
        *_decisions_missing(books),
    ]


def _projections_drifted(books: Books) -> list[str]:
    found = []
    for raw, lead in zip(books.raw_leads, books.leads, strict=True):
        for name, value in projections(lead).items():
            stored = raw.get(name)
            text = None if stored is None else next(iter(stored.values()))
            if text != (None if value is None else str(value)):
                found.append(f"{lead.lead_id}: {name} is stored as {text}, its log says {value}")
    return found


def _counters_drifted(books: Books) -> list[str]:
    owned = books.owned()
    return [
        f"{rep} holds {owned[rep]} leads, the counter says {load.open}"
        for rep, load in books.loads.items()
        if load.open != owned[rep]
    ] + [f"{rep} owns leads but has no counter" for rep in owned if rep not in books.loads]


def _limits_exceeded(books: Books, config: Config) -> list[str]:
    found = []
    for rep_id, load in books.loads.items():
        rep = config.reps[rep_id]
        if rep.holding_limit is not None and load.open > rep.holding_limit:
            found.append(f"{rep_id} holds {load.open}, allowed are {rep.holding_limit}")
        if rep.daily_limit is not None and load.received > rep.daily_limit:
            found.append(f"{rep_id} received {load.received}, allowed are {rep.daily_limit}")
    return found


def _ledger_broken(books: Books) -> list[str]:
    """Every turn is there, and giving its leads again from the turn before arrives at it."""
    found = []
    for pool_id, entries in books.entries.items():
        before = Rotation()
        for number, entry in enumerate(entries, 1):
            if entry.rotation.turn != number:
                found.append(f"{pool_id}: turn {number} is missing")
                break
            weights = {rep: s.weight for rep, s in entry.rotation.standings.items()}
            again = with_members(before, weights)
            for line in entry.lines:
                eligible = [m for m, c in zip(weights, line.mask, strict=True) if c == "."]
                if line.chosen and give(again, eligible) != line.chosen:
                    found.append(f"{pool_id}: turn {number} gave {line.lead_id} to the wrong rep")
            if again.standings != entry.rotation.standings:
                found.append(f"{pool_id}: turn {number} does not follow from the one before")
            if sum(s.credit for s in entry.rotation.standings.values()) != 0:
                found.append(f"{pool_id}: the credits of turn {number} do not sum to 0")
            before = entry.rotation
    return found


def _decisions_missing(books: Books) -> list[str]:
    """Each assignment and each park is one line of the ledger, and no line stands for nothing."""
    lines = {
        (pool_id, entry.rotation.turn, line.lead_id): (line.chosen, entry)
        for pool_id, entries in books.entries.items()
        for entry in entries
        for line in entry.lines
    }
    found = []
    told = set()
    for lead in books.leads:
        for change in lead.log:
            if change.step in (Step.ASSIGNED, Step.PARKED):
                key = (change.pool or "", change.turn or 0, lead.lead_id)
                told.add(key)
                chosen, entry = lines.get(key, ("nobody", None))
                if entry is None or chosen != change.rep:
                    found.append(f"{lead.lead_id}: the ledger does not say what its log says")
                elif decision_of(lead, change, entry).chosen != change.rep:
                    found.append(f"{lead.lead_id}: the decision names somebody else")
    return found + [
        f"the ledger gave {key}, the lead knows nothing of it" for key in lines.keys() - told
    ]


def received(leads: list[Lead]) -> Counter[str]:
    """How many assignments each rep got."""
    return Counter(
        change.rep or "" for lead in leads for change in lead.log if change.step is Step.ASSIGNED
    )
