"""What was measured over the day: what must not grow, and the figures for the page."""

import platform
from collections import Counter, defaultdict
from datetime import UTC, datetime
from os import cpu_count
from typing import Any

from shared.domain.leads import GIVING, Lead, Step
from shared.domain.ledger import Entry
from shared.domain.rotation import LEAD
from tests.audit import Books
from tests.soak.clients import Http
from tests.soak.day import SOURCES
from tests.soak.figures import (
    AT,
    between,
    by_halves,
    by_time,
    percentile,
    percentiles,
    slope,
    waiting,
)
from tests.soak.reps import Reps
from tests.soak.verdict import Evidence, Promise, given, too_late
from tests.soak.watch import Watched

# From eleven to five nobody is killed: workers live long enough for their memory to be seen.
PEACE = (11 / 24, 17 / 24)
WORKER_GROWTH = 10.0  # megabytes, the most a worker may grow by in the second half of that
LONG = 10.0  # minutes; in a shorter day workers still load what they need for the first time
EMULATOR_GROWTH = 1.5  # times per change in the second half of what it was in the first
REST_GROWTH = 8.0  # megabytes, of the emulator at rest


class Day:
    """All that was measured, and what is made of it."""

    def __init__(
        self,
        minutes: float,
        seed: int,
        began: float,
        quiet: float,
        evidence: Evidence,
        leads: list[Lead],
        watched: Watched,
        http: Http,
        reps: Reps,
        applied: list[tuple[float, str]],
    ) -> None:
        self.minutes, self.seed, self.began, self.quiet = minutes, seed, began, quiet
        self.evidence, self.leads, self.watched = evidence, leads, watched
        self.http, self.reps, self.applied = http, reps, applied
        self.seconds = minutes * 60
        self.slot = max(5.0, self.seconds / 80)

    # ── Flat at the end ──────────────────────────────────────────────────────────────────────────

    def steadiness(self) -> list[Promise]:
        """What must not grow."""
        workers = self._worker_growth()
        per_change = self._per_change()
        rest = self._rest_growth()
        judged = self.minutes >= LONG
        final = self.watched.overdue[-1][1] if self.watched.overdue else 0.0
        return [
            Promise(
                f"no worker grows by {WORKER_GROWTH:.0f} MB in an afternoon without kills",
                len(workers) if judged else 0,
                [f"{who}: {mb:.1f} MB" for who, mb in workers.items() if mb > WORKER_GROWTH]
                if judged
                else [],
            ),
            Promise(
                f"the emulator keeps at most {EMULATOR_GROWTH:g} times as much per change then",
                2 if judged else 0,
                [f"{per_change[0]:.0f} kB, then {per_change[1]:.0f} kB"]
                if judged and per_change[1] > EMULATOR_GROWTH * per_change[0]
                else [],
            ),
            Promise(
                f"at rest it grows by less than {REST_GROWTH:.0f} MB",
                1,
                [f"{rest:.1f} MB"] if rest > REST_GROWTH else [],
            ),
            Promise("no backlog is left", 1, [f"{final:.0f} are overdue"] if final else []),
        ]

    def _worker_growth(self) -> dict[str, float]:
        """By how many megabytes each worker grew in the second half of the time without kills."""
        start, end = (share * self.seconds for share in (sum(PEACE) / 2, PEACE[1]))
        found = {}
        for name, points in self.watched.workers.items():
            lived = between(points, start, end)
            if lived and lived[-1][0] - lived[0][0] >= (end - start) * 0.8:
                found[name] = slope(lived) * (lived[-1][0] - lived[0][0])
        return found

    def _per_change(self) -> tuple[float, float]:
        """Kilobytes that the emulator grew by for each change of a lead, early and late in the day.

        It keeps each record of the stream, log line and mail, and so grows with the changes, of
        which a lead may have two or ten.
        """
        changes = [c.at.timestamp() - self.began for lead in self.leads for c in lead.log]
        kept = [(at, megabytes * 1000) for at, megabytes in self.watched.emulator]
        return by_halves([at for at in changes if at < self.seconds], kept)

    def _rest_growth(self) -> float:
        rest = [p for p in self.watched.emulator if p[0] >= self.quiet]
        return slope(rest) * (rest[-1][0] - rest[0][0]) if len(rest) > 1 else 0.0

    # ── The page's figures ───────────────────────────────────────────────────────────────────────

    def figures(self) -> dict[str, Any]:
        """Everything on the page, as plain data."""
        sent = self.evidence.sent
        owned = self._owned()
        mailed = self._mailed()
        return {
            "made": datetime.fromtimestamp(self.began, UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "machine": f"{cpu_count()} processors, Python {platform.python_version()}",
            "minutes": self.minutes,
            "peace": [share * self.seconds for share in PEACE],
            "seed": self.seed,
            "ended": self.watched.emulator[-1][0],
            "quiet": self.quiet,
            "counts": self._counts(),
            "arrivals": self._arrivals(),
            "answer": _timed([(s.began - self.began, s.ended - s.began) for s in sent], self.slot),
            "owner": _timed(owned, self.slot),
            "mail": _timed(mailed, self.slot),
            "fairness": self._fairness(),
            "backlog": self._backlog(),
            "overdue": self.watched.overdue,
            "late": self.watched.late,
            "memory": {
                "emulator": self.watched.emulator,
                "workers": self._by_function(),
                "per change": self._per_change(),
                "rest": self._rest_growth(),
                "largest growth": max(self._worker_growth().values(), default=0.0),
            },
            "kills": [
                (k.at - self.began, k.function, k.under_a_request) for k in self.evidence.kills
            ],
            "applied": self.applied,
            "tries in vain": [
                (one.began - self.began, one.ended - one.began, one.door, one.status)
                for one in self.http.trouble
            ],
        }

    def _counts(self) -> dict[str, Any]:
        sent = self.evidence.sent
        steps = Counter(change.step.value for lead in self.leads for change in lead.log)
        return {
            "sent": len(sent),
            "leads": len(self.leads),
            "requests": self.http.asked,
            "repeats": sum(len(one.again) for one in sent),
            "tries more": sum(one.tries - 1 for one in sent),
            "tries in vain": len(self.http.trouble),
            "mails": len(self.reps.mails),
            "too late": len(too_late(self.leads, self.evidence.items)),
            "webhooks": len(self.evidence.webhooks),
            "statuses": dict(Counter(str(lead.status) for lead in self.leads).most_common()),
            "steps": dict(steps.most_common()),
            "partners": dict(
                Counter(s.code for s in sent if s.source.startswith("partner")).most_common()
            ),
            "odd": dict(Counter(s.code for s in sent if s.source == "odd input").most_common()),
            "reps": dict(sorted(self.reps.done.items())),
            "kills": dict(Counter(kill.function for kill in self.evidence.kills).most_common()),
            "under a request": sum(kill.under_a_request for kill in self.evidence.kills),
            "dead letters": self.evidence.dead_letters,
        }

    def _arrivals(self) -> dict[str, list[tuple[float, float]]]:
        found = {}
        for source in SOURCES:
            points = [(s.began - self.began, 1.0) for s in self.evidence.sent if s.source == source]
            slots = by_time(points, self.slot)
            found[source] = [(at, len(ones) / self.slot) for at, ones in slots]
        return found

    def _sent_at(self) -> dict[str, float]:
        return {lead_id: one.began for one in self.evidence.sent for lead_id in one.lead_ids}

    def _owned(self) -> list[tuple[float, float]]:
        """From when it was sent until its first rep was decided, of leads given at once."""
        began, found = self._sent_at(), []
        for lead in self.leads:
            if len(lead.log) > 1 and lead.log[1].step in GIVING and lead.lead_id in began:
                at = began[lead.lead_id]
                found.append((at - self.began, lead.log[1].at.timestamp() - at))
        return found

    def _mailed(self) -> list[tuple[float, float]]:
        """From when it was sent until the first mail about it was handed over."""
        began, found = self._sent_at(), []
        given_at_once = {
            lead.lead_id for lead in self.leads if lead.log[1:2] and lead.log[1].step in GIVING
        }
        for mail in sorted(self.reps.mails):
            if mail.lead_id in given_at_once and mail.lead_id in began:
                given_at_once.discard(mail.lead_id)
                at = began[mail.lead_id]
                found.append((at - self.began, mail.at - at))
        return found

    def _backlog(self) -> dict[str, list[tuple[float, float]]]:
        """How many leads had no decision yet, and how many assignments no mail, at each moment."""
        mails: dict[tuple[str, str], list[float]] = {}
        for mail in sorted(self.reps.mails):
            if mail.subject == "New lead":
                mails.setdefault((mail.to, mail.lead_id), []).append(mail.at)
        new, unsent = [], []
        for lead in self.leads:
            if lead.log[0].step is Step.CAPTURED and (end := given(lead)):
                new.append((lead.log[0].at.timestamp() - self.began, end - self.began))
            for change in lead.log:
                its = mails.get((change.rep or "", lead.lead_id))
                if change.step is Step.ASSIGNED and its:
                    unsent.append((change.at.timestamp() - self.began, its.pop(0) - self.began))
        until = self.watched.emulator[-1][0]
        return {"unrouted": waiting(new, 1.0, until), "unmailed": waiting(unsent, 1.0, until)}

    def _by_function(self) -> dict[str, list[tuple[float, float]]]:
        """The largest worker of each function."""
        found: dict[str, dict[float, float]] = {}
        for name, points in self.watched.workers.items():
            largest = found.setdefault(name.partition(" ")[0], {})
            for at, megabytes in points:
                largest[at] = max(megabytes, largest.get(at, 0.0))
        return {function: sorted(points.items()) for function, points in sorted(found.items())}

    def _fairness(self) -> dict[str, Any]:
        """Of each pool that shares by weight: what its members were owed, got, and should get."""
        books = Books(self.evidence.items)
        found = {}
        for pool_id, entries in sorted(books.entries.items()):
            got, ideal = _shared(entries)
            if not got:
                continue
            owed: dict[str, list[tuple[float, float]]] = {}
            for entry in entries:
                at = entry.at.timestamp() - self.began
                for rep, standing in entry.rotation.standings.items():
                    owed.setdefault(rep, []).append((at, float(standing.credit) / LEAD))
            found[pool_id] = {"owed": owed, "got": dict(got), "ideal": dict(ideal)}
        return found


def _shared(entries: list[Entry]) -> tuple[dict[str, float], dict[str, float]]:
    """Leads that each member got, and the share of these that was due to them at each turn."""
    got, ideal = defaultdict[str, float](float), defaultdict[str, float](float)
    for entry in entries:
        members = list(entry.rotation.standings)
        for line in entry.lines:
            if line.chosen is None or line.refunds is not None or not line.moves_credit:
                continue
            sharing = line.sharing(members)
            weights = dict(zip(sharing, entry.weights(line, sharing), strict=True))
            got[line.chosen] += line.amount / LEAD
            for rep, weight in weights.items():
                ideal[rep] += line.amount / LEAD * weight / sum(weights.values())
    return got, ideal


def _timed(points: list[tuple[float, float]], width: float) -> dict[str, Any]:
    values = [value for _, value in points]
    return {
        "over time": percentiles(points, width),
        "whole": {f"p{at}": percentile(values, at) for at in AT} | {"most": max(values, default=0)},
        "count": len(values),
    }
