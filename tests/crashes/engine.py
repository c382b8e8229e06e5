"""Runs a path once for each call it makes and each thing that can go wrong with that call."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.domain.leads import Lead
from shared.domain.leads import Step as Step_
from shared.store import config as config_store
from tests.audit import Books, problems
from tests.crashes.faults import CARRIED_OUT, SENDS, Fault, faults_of
from tests.crashes.rig import A_WHILE, Kept, NotYetError, Rig
from tests.world import DiedError

Do = Callable[[Rig], object]

TRIES = 8


@dataclass(frozen=True)
class Step:
    """Something that happens, and that happens again when it did not work."""

    name: str
    do: Do
    minutes: float = 0  # after the step before
    # Lambda: what it raises is tried again. People are answered, and never with an error of ours.
    by_itself: bool = False
    fires_again: bool = False  # a schedule, which says nothing of what it could not do


@dataclass(frozen=True)
class Path:
    """A happy path: what there is, what happens then, and what has happened in the end."""

    name: str
    given: Do
    steps: tuple[Step, ...]
    ends: Callable[[Rig], bool]
    # What may be told twice by who dies later than right after telling, and why.
    tells_again: tuple[str, ...] = ()
    # Of what there may be more in the end: what somebody asked for who never heard of it.
    leaves_more: tuple[str, ...] = ()


@dataclass
class Base:
    """A life in which nothing goes wrong."""

    kept: list[Kept] = field(default_factory=list)  # at the beginning of each step
    calls: list[list[str]] = field(default_factory=list)  # of each step
    end: dict[str, Any] = field(default_factory=dict)
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)

    def points(self) -> Iterator[tuple[int, int, Fault]]:
        """Step, call within it, and what happens there."""
        for step, calls in enumerate(self.calls):
            for number, operation in enumerate(calls, 1):
                for fault in faults_of(operation, first=number == 1):
                    yield step, number, fault


def run(path: Path, rig: Rig) -> tuple[int, list[str]]:
    """Every point of a path; answers how many there are, and every one whose end is another."""
    base = _base(path, rig)
    found = []
    points = list(base.points())
    for step, number, fault in points:
        operation = base.calls[step][number - 1]
        where = (
            f"{path.name}: {path.steps[step].name}, call {number} of {len(base.calls[step])},"
            f" {operation}: {fault}"
        )
        try:
            wrong = _differences(path, rig, base, step, number, fault)
        except Exception as error:  # noqa: BLE001 - all that is wrong is told, not the first alone
            wrong = [f"{type(error).__name__}: {error}"]
        found += [f"{where}: {text}" for text in wrong]
    return len(points), found


def _base(path: Path, rig: Rig) -> Base:
    base = Base()
    rig.calls.disarm()
    path.given(rig)
    rig.put_back(rig.keep())
    for step in path.steps:
        rig.clock.turn(minutes=step.minutes)
        base.kept.append(rig.keep())
        rig.begin_process()
        rig.calls.arm()
        step.do(rig)
        base.calls.append(list(rig.calls.made))
        rig.calls.disarm()
        _fire_again(rig, step)
    rig.go_on()
    assert path.ends(rig), f"{path.name}: ends otherwise though nothing went wrong: {_end(rig)}"
    base.end, base.told, base.ids = _end(rig), _told(rig), _ids(rig, path)
    return base


def _differences(path: Path, rig: Rig, base: Base, at: int, number: int, fault: Fault) -> list[str]:
    """In what the end differs from that of a life in which nothing goes wrong."""
    rig.put_back(base.kept[at])
    rig.calls.arm(number, fault)
    _survive(rig, path.steps[at])
    rig.calls.disarm()
    _fire_again(rig, path.steps[at])
    for step in path.steps[at + 1 :]:
        rig.clock.turn(minutes=step.minutes)
        rig.begin_process()
        _survive(rig, step)
        _fire_again(rig, step)
    rig.go_on()
    wrong = problems(Books(rig.items()), config_store.active().config)
    if not path.ends(rig):
        wrong.append("it ends otherwise")
    wrong += _compared(base.end, _end(rig), path.leaves_more)
    return wrong + _wrongly_told(path, rig, base, at, number, fault)


def _survive(rig: Rig, step: Step) -> None:
    """Do a step until it is done."""
    for _ in range(TRIES):
        try:
            step.do(rig)
        except DiedError:
            rig.died = True
            rig.begin_process()
        except AssertionError:
            raise
        except NotYetError:
            rig.died = False
        except Exception:
            if not step.by_itself:  # else as Lambda does
                raise
        else:
            rig.again = rig.died = False
            return
        rig.again = True
        rig.clock.at += A_WHILE
    raise AssertionError(f"{step.name} does not work however often it is tried")


def _fire_again(rig: Rig, step: Step) -> None:
    if step.fires_again:
        rig.clock.turn(minutes=1)
        step.do(rig)


# ── What there is in the end ─────────────────────────────────────────────────────────────────────


def _end(rig: Rig) -> dict[str, Any]:
    """All that counts, without ids and moments, which shift when something is done again."""
    books, leads = Books(rig.items()), rig.leads()
    end: dict[str, Any] = {
        f"lead {number}": (
            lead.source,
            str(lead.status),
            lead.owner,
            lead.place,
            {name: value for name, value in lead.fields.items() if name != "extra"},
            _log(lead),
        )
        for number, lead in enumerate(leads, 1)
    }
    for rep, load in books.loads.items():
        held = {pool: count for pool, count in load.held.items() if count}
        end[f"rep {rep}"] = (load.open, load.load, load.value, load.paused, held)
    for pool_id, entries in books.entries.items():
        end[f"ledger of {pool_id}"] = [[line.chosen for line in e.lines] for e in entries]
        end[f"credit of {pool_id}"] = {
            rep: standing.credit for rep, standing in entries[-1].rotation.standings.items()
        }
    end["caps"] = books.caps
    end["pings"] = Counter(ping.state for ping in books.pings)
    end["returns"] = Counter(item.state for item in books.returns.values())
    end["alerts"] = Counter(
        kind for alert in books.alerts for kind in {done["S"] for done in alert["done"]["L"]}
    )
    end["version"] = config_store.active().version
    for item in rig.items():
        kind = item["kind"]["S"]
        if kind == "delivery":
            end.setdefault("deliveries", Counter())[
                item["channel"]["S"], item.get("rep", {}).get("S"), item["state"]["S"]
            ] += 1
        elif kind not in ("baton", "turn", "waiting"):
            end[f"items: {kind}"] = end.get(f"items: {kind}", 0) + 1
    return end


def _log(lead: Lead) -> list[tuple[object, ...]]:
    """What has happened to a lead. What its platform did not give at once is announced again."""
    return [
        (str(change.step), change.rep, change.reason, change.by, change.pool, change.sale)
        for number, change in enumerate(lead.log)
        if not (number and change.step is Step_.ANNOUNCED)
    ]


def _compared(expected: dict[str, Any], got: dict[str, Any], more: tuple[str, ...]) -> list[str]:
    return [
        f"{name} is {got.get(name)} instead of {expected.get(name)}"
        for name in dict.fromkeys([*expected, *got])
        if expected.get(name) != got.get(name)
        and not (name in more and got.get(name, 0) >= expected.get(name, 0))
    ]


def _told(rig: Rig) -> Counter[tuple[str, str, str]]:
    return Counter((told.how, told.to, told.what) for told in rig.told)


def _ids(rig: Rig, path: Path) -> Counter[str]:
    """How many different events of each kind there are, however often they were told."""
    different = {(told.id, told.what) for told in rig.told if told.how == "event"}
    return Counter(what for _, what in different if what not in path.tells_again)


def _wrongly_told(
    path: Path, rig: Rig, base: Base, at: int, number: int, fault: Fault
) -> list[str]:
    """Who was not told, or was told twice though nobody died between telling and noting."""
    told = _told(rig)
    # Systems may hear again, by the same id, when the other records of a batch come again.
    wrong = [f"nobody told {one}" for one in base.told - told if one[0] != "event"]
    twice = told - base.told
    call, before = base.calls[at][number - 1], base.calls[at][number - 2] if number > 1 else ""
    unnoted: set[int] = set()
    if fault in CARRIED_OUT and call in SENDS:
        unnoted.add(number)
    if before in SENDS and fault not in CARRIED_OUT:
        unnoted.add(number - 1)
    new = rig.told[len(base.kept[at].told) :]
    may_be = Counter((t.how, t.to, t.what) for t in new if t.call in unnoted)
    wrong += [
        f"told too often: {one}"
        for one in twice - may_be
        if one[0] != "event" and not set(one) & set(path.tells_again)
    ]
    if _ids(rig, path) != base.ids:
        wrong.append(f"events: {_ids(rig, path)} instead of {base.ids}")
    return wrong
