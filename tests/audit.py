"""The auditor: reads the whole table, and finds every way in which it could be wrong."""

from collections import Counter
from dataclasses import replace
from typing import Any

from shared.domain.config import Config
from shared.domain.decisions import decision_of
from shared.domain.leads import OPEN_STATUSES, Change, Lead, Sale, Step, replay
from shared.domain.ledger import Entry, Held, Line
from shared.domain.refunding import REFUNDING, to_refund
from shared.domain.reps import Workload
from shared.domain.rotation import Rotation, most_owed, share, take_back
from shared.store.codec import (
    entry_from_item,
    lead_from_item,
    projections,
    sale_from_record,
    workload_from_item,
)
from shared.store.table import CapItem, LeadItem, PingItem, RepItem, ReturnItem, TurnItem
from tests.replaying import joined, replayed

GIVEN = (Step.ASSIGNED, Step.CLAIMED)
DECIDED = (*GIVEN, Step.PARKED, Step.OPENED, Step.PASSED)


class Books:
    """Everything the table holds, as domain values."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        kinds: dict[str, list[dict[str, Any]]] = {}
        for item in items:
            kinds.setdefault(item["kind"]["S"], []).append(item)
        self.raw_leads = kinds.get("lead", [])
        self.leads = [lead_from_item(item_of(LeadItem, raw)) for raw in self.raw_leads]
        self.loads = {
            raw["pk"]["S"].partition("#")[2]: workload_from_item(item_of(RepItem, raw))
            for raw in kinds.get("rep", [])
        }
        self.alerts = kinds.get("alert", [])
        self.caps = {
            (cap.pk.partition("#")[2], cap.sk): (int(cap.leads or 0), int(cap.money or 0))
            for cap in (item_of(CapItem, raw) for raw in kinds.get("cap", []))
        }
        self.pings = [item_of(PingItem, raw) for raw in kinds.get("ping", [])]
        self.returns = {
            raw["pk"]["S"].partition("#")[2]: item_of(ReturnItem, raw)
            for raw in kinds.get("return", [])
        }
        self.entries: dict[str, list[Entry]] = {}
        for raw in sorted(kinds.get("turn", []), key=lambda raw: raw["sk"]["S"]):
            entry = entry_from_item(item_of(TurnItem, raw))
            self.entries.setdefault(entry.pool_id, []).append(entry)

    def owned(self) -> Counter[str]:
        return Counter(lead.owner or "" for lead in self.leads if lead.status in OPEN_STATUSES)


def item_of(model: Any, raw: dict[str, Any]) -> Any:
    item = model()
    item.deserialize(raw)
    return item


def problems(books: Books, config: Config) -> list[str]:
    """Everything that is wrong with the table; empty when it keeps all promises."""
    return [
        *_projections_drifted(books),
        *_counters_drifted(books),
        *limits_exceeded(books, config),
        *_ledger_broken(books, config),
        *_decisions_missing(books),
        *_refunded_twice(books),
        *_caps_drifted(books),
        *_returns_broken(books),
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
    """Each rep's counters are what their leads add up to, pool by pool."""
    carried: dict[str, Workload] = {}
    for lead in books.leads:
        if lead.burden.open:
            carried.setdefault(lead.burden.rep or "", Workload()).add(lead.burden)
    found = [f"{rep} owns leads but has no counter" for rep in carried if rep not in books.loads]
    for rep, load in books.loads.items():
        due = carried.get(rep, Workload())
        counted = {key: count for key, count in load.held.items() if count}
        if (load.open, load.load, load.value) != (due.open, due.load, due.value):
            found.append(f"{rep} carries {due}, the counters say {load}")
        if counted != {key: count for key, count in due.held.items() if count}:
            found.append(f"{rep} holds {due.held} by pool, the counters say {load.held}")
    return found


def limits_exceeded(books: Books, config: Config) -> list[str]:
    """No line gave a lead to somebody who was full at that very moment.

    The counters that an entry holds are those of its members when it was written: the fence of each
    rep it used sees to that. Leads that may pass the limits are the only exceptions.
    """
    newest = max((e.config_version for es in books.entries.values() for e in es), default=0)
    passing = {
        (change.pool, change.turn, lead.lead_id)
        for lead in books.leads
        for change in lead.log
        if change.over
    }
    found = []
    for pool_id, entries in books.entries.items():
        for entry in entries:
            if entry.config_version != newest or not entry.held:
                continue
            held = dict(zip(entry.rotation.standings, entry.held, strict=True))
            for line in entry.lines:
                if line.chosen not in held or line.refunds is not None:
                    continue
                its = held[line.chosen]
                free = line.hot or (pool_id, entry.rotation.turn, line.lead_id) in passing
                if not free and (full := _full(config, pool_id, line.chosen, its)):
                    found.append(f"{line.chosen} got {line.lead_id} with {its}: {full}")
                held[line.chosen] = its._replace(
                    open=its.open + 1, here=its.here + 1, today=its.today + 1
                )
    return found


def _full(config: Config, pool_id: str, rep_id: str, held: Held) -> str:
    """Which limit somebody with these counters has reached."""
    rep, pool = config.reps[rep_id], config.pools[pool_id]
    if rep.holding_limit is not None and held.open >= rep.holding_limit:
        return f"allowed are {rep.holding_limit}"
    if rep.daily_limit is not None and held.today >= rep.daily_limit:
        return f"allowed a day are {rep.daily_limit}"
    most = pool.member_limits.holding
    return f"allowed here are {most}" if most is not None and held.here >= most else ""


def _ledger_broken(books: Books, config: Config) -> list[str]:
    """Every turn is there, and its lines lead from the accounts before to those after it."""
    found = []
    for pool_id, entries in books.entries.items():
        before = Rotation()
        for number, entry in enumerate(entries, 1):
            if entry.rotation.turn != number:
                found.append(f"{pool_id}: turn {number} is missing")
                break
            start = joined(before, entry)
            if any(line.refunds for line in entry.lines):
                again = _refunded(start, entry, entries)
            else:
                again = replayed(start, entry)
                found += _wrongly_given(start, entry, config)
            if again.standings != entry.rotation.standings:
                found.append(f"{pool_id}: turn {number} does not follow from the one before")
            if sum(s.credit for s in entry.rotation.standings.values()) != 0:
                found.append(f"{pool_id}: the credits of turn {number} do not sum to 0")
            before = entry.rotation
    return found


def _refunded(rotation: Rotation, entry: Entry, entries: list[Entry]) -> Rotation:
    """What a refund leads to: its one line undoes the line of another entry."""
    (line,) = entry.lines
    gave = entries[(line.refunds or 0) - 1]
    (given,) = (one for one in gave.lines if one.lead_id == line.lead_id)
    sharing = given.sharing(gave.rotation.standings)
    weights = gave.weights(given, sharing)
    return take_back(rotation, sharing, weights, given.chosen or "", given.amount)


def _wrongly_given(start: Rotation, entry: Entry, config: Config) -> list[str]:
    """Where nothing but debt decides, who was owed most got the lead."""
    pool = config.pools.get(entry.pool_id)
    by_debt = pool and pool.strategy in ("weighted", "round_robin") and not pool.strict
    if not by_debt:
        return []
    found = []
    members = list(entry.rotation.standings)
    for position, line in enumerate(entry.lines):
        if line.way or line.split or not line.moves_credit:
            continue
        upto = replace(entry, lines=entry.lines[:position])
        rotation = replayed(start, upto)
        sharing = line.sharing(members)
        share(rotation, sharing, entry.weights(line, sharing), line.amount)
        if most_owed(rotation, line.eligible(members)) != line.chosen:
            found.append(
                f"{entry.pool_id}: turn {entry.rotation.turn} gave {line.lead_id} to the wrong rep"
            )
    return found


def _decisions_missing(books: Books) -> list[str]:
    """Each assignment, park and refund is a line of the ledger, and no line stands for nothing."""
    lines = {
        (pool_id, entry.rotation.turn, line.lead_id): (line, entry)
        for pool_id, entries in books.entries.items()
        for entry in entries
        for line in entry.lines
    }
    found = []
    told = set()
    for lead in books.leads:
        for change in lead.log:
            if change.turn is None and change.step not in DECIDED:
                continue
            key = (change.pool or "", change.turn or 0, lead.lead_id)
            told.add(key)
            line, entry = lines.get(key, (None, None))
            if line is None or entry is None:
                found.append(f"{lead.lead_id}: the ledger does not say what its log says")
            elif change.step in REFUNDING:
                found += _refund_wrong(lead, change, line, lines)
            elif line.chosen != change.rep:
                found.append(f"{lead.lead_id}: the ledger names somebody else")
            elif decision_of(lead, change, entry).chosen != change.rep:
                found.append(f"{lead.lead_id}: the decision names somebody else")
    return found + [
        f"the ledger gave {key}, the lead knows nothing of it" for key in lines.keys() - told
    ]


def _refund_wrong(
    lead: Lead, change: Change, line: Line, lines: dict[Any, tuple[Line, Entry]]
) -> list[str]:
    """A refund undoes the newest assignment of then, for whom it was; its decision says so."""
    before = lead.log[: lead.log.index(change)]
    given = to_refund(replay(lead.lead_id, lead.source, {}, before))
    if given is None or (line.refunds, line.chosen) != (given.turn, given.rep):
        return [f"{lead.lead_id}: the refund is of another assignment"]
    _, entry = lines[change.pool, given.turn, lead.lead_id]
    refund = decision_of(lead, given, entry).refund
    told = refund and (refund.turn, refund.rep_id, refund.step)
    if told != (change.turn, given.rep, change.step):
        return [f"{lead.lead_id}: the decision does not tell of the refund"]
    return []


def _refunded_twice(books: Books) -> list[str]:
    """What an assignment cost is given back once, and only what it did cost."""
    found = []
    for pool_id, entries in books.entries.items():
        refunds = Counter(
            (line.refunds, line.lead_id)
            for entry in entries
            for line in entry.lines
            if line.refunds is not None
        )
        for (turn, lead_id), times in refunds.items():
            gave = entries[(turn or 0) - 1].lines
            if times > 1 or not any(one.lead_id == lead_id and one.moves_credit for one in gave):
                found.append(f"{pool_id}: turn {turn} was refunded {times} times for {lead_id}")
    return found


def _caps_drifted(books: Books) -> list[str]:
    """A cap has counted what was sold and not returned, and what open pings hold."""
    counted: dict[tuple[str, str], tuple[int, int]] = dict.fromkeys(books.caps, (0, 0))
    for sale in _sales(books):
        for cap in sale.caps:
            leads, money = counted.get(cap, (0, 0))
            counted[cap] = (leads + 1, money + sale.price)
    return [
        f"the cap {cap} counts {books.caps.get(cap)}, sold and held are {count}"
        for cap, count in counted.items()
        if books.caps.get(cap) != count
    ]


def _sales(books: Books) -> list[Sale]:
    sold = [lead.sale for lead in books.leads if lead.sale and not _times_returned(lead)]
    held = [sale_from_record(ping.sale) for ping in books.pings if ping.state == "open"]
    return sold + held


def _returns_broken(books: Books) -> list[str]:
    """A lead is returned once, exactly when that is approved; and only what waits is listed."""
    approved = {lead_id for lead_id, item in books.returns.items() if item.state == "approved"}
    returned = {lead.lead_id for lead in books.leads if _times_returned(lead)}
    return [
        *(f"{lead_id}: its return and its log disagree" for lead_id in approved ^ returned),
        *(
            f"{lead.lead_id} was returned more than once"
            for lead in books.leads
            if _times_returned(lead) > 1
        ),
        *(
            f"{lead_id}: its return is {item.state}, and lies in {item.place}"
            for lead_id, item in books.returns.items()
            if (item.place == "returns") != (item.state == "requested")
        ),
    ]


def _times_returned(lead: Lead) -> int:
    return sum(change.step is Step.RETURNED for change in lead.log)


def received(leads: list[Lead]) -> Counter[str]:
    """How many assignments each rep got."""
    return Counter(
        change.rep or "" for lead in leads for change in lead.log if change.step in GIVEN
    )
