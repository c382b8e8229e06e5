"""Every promise, held against what the clients were told, and what the table has in the end."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared.domain.config import Config
from shared.domain.leads import GIVING, OPEN_STATUSES, Lead, Status, Step
from tests.audit import Books, problems
from tests.soak.clients import Trouble
from tests.soak.kills import Kill
from tests.soak.reps import Mailed
from tests.soak.senders import Sent

# What a partner's code says the lead is.
SAID = {
    "accepted": {Status.QUARANTINED, Status.REJECTED, Status.DUPLICATE},  # none of these
    "duplicate": {Status.DUPLICATE},
    "screened": {Status.REJECTED},
    "cap_reached": {Status.REJECTED},
}
TOO_LATE = 0.05  # of the assignments, at most: over before their rep could be mailed
CLOCKS = 0.05  # seconds by which the moments of a kill and of an answer may be off


class Promise(NamedTuple):
    """What was promised, how often it was checked, and where it was broken."""

    what: str
    checked: int
    broken: list[str]


@dataclass
class Evidence:
    """All that is known at the end of the day."""

    sent: list[Sent]
    items: list[dict[str, Any]]  # the table
    config: Config
    mails: list[Mailed] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    trouble: list[Trouble] = field(default_factory=list)
    dead_letters: dict[str, int] = field(default_factory=dict)
    webhooks: list[str] = field(default_factory=list)  # events' ids: `lead:n`
    acted: int = 0
    wrongly_answered: list[str] = field(default_factory=list)  # to reps
    left: dict[str, int] = field(default_factory=dict)  # what has not become quiet


def verdict(evidence: Evidence) -> list[Promise]:
    """All promises; of a day without reps and partners too."""
    books = Books(evidence.items)
    leads = {lead.lead_id: lead for lead in books.leads}
    sent = evidence.sent
    answered = [one for one in sent if one.status < 300 or one.status == 303]
    repeated = [one for one in sent if one.again]
    assignments = sum(c.step is Step.ASSIGNED for lead in leads.values() for c in lead.log)
    return [
        Promise("a 2xx is one durable lead", len(answered), _lost(answered, leads)),
        Promise("no lead is there twice", len(leads), _doubled(sent, leads)),
        Promise("a repeat is the same lead", len(repeated), _differently(repeated)),
        Promise("the answer says what is stored", len(answered), _misled(answered, leads)),
        Promise("odd input gets a clear answer", len(sent), [s.wrong for s in sent if s.wrong]),
        Promise("the books are in order", len(evidence.items), _audited(books, evidence.config)),
        Promise("every lead is routed or visibly parked", len(leads), _forgotten(books)),
        Promise("every assignment is alerted", assignments, _silent(leads, evidence)),
        Promise("reps hear before a lead is gone again", assignments, _unheard(leads, evidence)),
        Promise("every conversion is delivered", len(evidence.webhooks), _untold(leads, evidence)),
        Promise("reps are answered", evidence.acted, evidence.wrongly_answered),
        Promise("no 5xx but by a kill", len(evidence.trouble), _unexplained(evidence)),
        Promise("dead letters are a kill's", len(evidence.dead_letters), _dead(evidence)),
        Promise("it becomes quiet", len(evidence.left), _noisy(evidence.left)),
    ]


# ── What clients were told ───────────────────────────────────────────────────────────────────────


def _lost(answered: list[Sent], leads: dict[str, Lead]) -> list[str]:
    found = []
    for one in answered:
        if not one.lead_ids and one.code not in SAID:
            found.append(f"{_name(one)}: {one.status}, and no lead is named")
        found += [
            f"{_name(one)}: {lead_id} was answered, and is not there"
            for lead_id in one.lead_ids
            if lead_id not in leads
        ]
    return found


def _doubled(sent: list[Sent], leads: dict[str, Lead]) -> list[str]:
    """Each lead was told to one sender, under one number."""
    told = Counter(lead_id for one in sent for lead_id in set(one.lead_ids))
    return [
        *(f"{lead_id} is there, and no answer names it" for lead_id in leads.keys() - told.keys()),
        *(f"{lead_id} was told to {times} senders" for lead_id, times in told.items() if times > 1),
    ]


def _differently(repeated: list[Sent]) -> list[str]:
    return [
        f"{_name(one)}: first {one.lead_ids}, again {again}"
        for one in repeated
        for again in one.again
        if again != one.lead_ids
    ]


def _misled(answered: list[Sent], leads: dict[str, Lead]) -> list[str]:
    found = []
    for one in answered:
        for lead in (leads[lead_id] for lead_id in one.lead_ids if lead_id in leads):
            first = _first_status(lead)
            if one.code == "accepted":
                sold = lead.sale is not None and first not in SAID["accepted"]
                if not sold:
                    found.append(f"{_name(one)}: accepted, and {lead.lead_id} is {first}")
            elif one.code in SAID and first not in SAID[one.code]:
                found.append(f"{_name(one)}: {one.code}, and {lead.lead_id} is {first}")
    return found


def _first_status(lead: Lead) -> Status:
    """What a lead was when it had been stored."""
    steps = {
        Step.DUPLICATED: Status.DUPLICATE,
        Step.REJECTED: Status.REJECTED,
        Step.QUARANTINED: Status.QUARANTINED,
    }
    return steps.get(lead.log[0].step, Status.NEW)


def _name(one: Sent) -> str:
    return f"{one.source} {one.number}"


# ── What the table has ───────────────────────────────────────────────────────────────────────────


def _audited(books: Books, config: Config) -> list[str]:
    try:
        return problems(books, config)
    except Exception as error:  # noqa: BLE001  (books that cannot be read are not in order)
        return [f"the auditor gave up: {error!r}"]


def _forgotten(books: Books) -> list[str]:
    found = []
    for lead, raw in zip(books.leads, books.raw_leads, strict=True):
        place = raw.get("place", {}).get("S", "")
        if lead.status is Status.NEW:
            found.append(f"{lead.lead_id} is new, and nobody has routed it")
        elif lead.status in (Status.PARKED, Status.OPEN) and "#" not in place:
            found.append(f"{lead.lead_id} is {lead.status}, and lies in no place: {place!r}")
        elif lead.status in OPEN_STATUSES and place != f"rep#{lead.owner}":
            found.append(f"{lead.lead_id} is {lead.owner}'s, and lies in {place!r}")
    return found


def _silent(leads: dict[str, Lead], evidence: Evidence) -> list[str]:
    """Each assignment has its alert: it was mailed, or there was no need for it any more."""
    done = _settled(evidence.items)
    mailed = Counter(
        (mail.to, mail.lead_id) for mail in evidence.mails if mail.subject == "New lead"
    )
    found, due = [], Counter[tuple[str, str]]()
    for lead_id, lead in leads.items():
        for number, change in enumerate(lead.log, 1):
            if change.step is not Step.ASSIGNED:
                continue
            kinds = done.get((lead_id, f"alert#{number:06d}"), set())
            if "mail" not in kinds:
                found.append(f"{lead_id}: record {number}, assigned to {change.rep}, told nobody")
            elif "no mail" not in kinds:
                due[change.rep or "", lead_id] += 1
    found += [f"{who}: {due[who]} mails are noted, {mailed[who]} went out" for who in due - mailed]
    twice = sum((mailed - due).values())
    if twice > sum(kill.function == "alerts" for kill in evidence.kills):
        found.append(f"{twice} mails went out twice, more than there were kills of alerts")
    return found


def _settled(items: Iterable[dict[str, Any]]) -> dict[tuple[str, str], set[str]]:
    """What is noted of each alert, by the lead and the alert's key."""
    return {
        (item["pk"]["S"].partition("#")[2], item["sk"]["S"]): {
            kind["S"] for kind in item.get("done", {}).get("L", ())
        }
        for item in items
        if item["kind"]["S"] == "alert"
    }


def too_late(leads: Iterable[Lead], items: Iterable[dict[str, Any]]) -> list[str]:
    """The assignments that were over before their rep could be mailed."""
    done = _settled(items)
    return [
        f"{lead.lead_id}: record {number}, {change.rep} never heard of it"
        for lead in leads
        for number, change in enumerate(lead.log, 1)
        if change.step is Step.ASSIGNED
        and "no mail" in done.get((lead.lead_id, f"alert#{number:06d}"), ())
    ]


def _unheard(leads: dict[str, Lead], evidence: Evidence) -> list[str]:
    """Some may be: what a partner takes back at once, what lay behind a sender that was killed."""
    found = too_late(leads.values(), evidence.items)
    given = sum(change.step is Step.ASSIGNED for lead in leads.values() for change in lead.log)
    return found if len(found) > given * TOO_LATE else []


def _untold(leads: dict[str, Lead], evidence: Evidence) -> list[str]:
    if not evidence.config.channels:
        return []
    told = set(evidence.webhooks)
    return [
        f"{lead_id}: nobody delivered that it was won"
        for lead_id, lead in leads.items()
        for number, change in enumerate(lead.log, 1)
        if change.step is Step.CONVERTED and f"{lead_id}:{number}" not in told
    ]


# ── What went wrong, and why ─────────────────────────────────────────────────────────────────────


def _unexplained(evidence: Evidence) -> list[str]:
    return [
        f"{trouble.door} answered {trouble.status or 'nothing'}: {trouble.said}"
        for trouble in evidence.trouble
        if not explained(trouble, evidence.kills)
    ]


def explained(trouble: Trouble, kills: Iterable[Kill]) -> bool:
    """Whether a worker of that very function was killed while it was asked."""
    return any(
        kill.function == trouble.door
        and trouble.began - CLOCKS <= kill.at <= trouble.ended + CLOCKS
        for kill in kills
    )


def _dead(evidence: Evidence) -> list[str]:
    """A kill fails what was being done, and no more."""
    killed = Counter(kill.function for kill in evidence.kills)
    return [
        f"{count} in the queue of {function}, which was killed {killed[function]} times"
        for function, count in evidence.dead_letters.items()
        if count > killed[function]
    ]


def _noisy(left: dict[str, int]) -> list[str]:
    return [f"{count} {what}" for what, count in left.items() if count]


def given(lead: Lead) -> float | None:
    """When a lead first went to somebody, or anywhere else: seconds since 1970."""
    decided = (*GIVING, Step.PARKED, Step.OPENED)
    return next((c.at.timestamp() for c in lead.log if c.step in decided), None)
