"""What the API shows of leads, decisions and rotations, as plain JSON."""

from datetime import datetime, timedelta
from typing import Any

from shared.domain.decisions import Decision, decision_of, to_json
from shared.domain.leads import Change, Lead, Status, Step
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.reps import Workload, local_day, obstacle
from shared.errors import NotFoundError
from shared.messages.journey import sentence
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store

LISTED_AT_ONCE = 100


def lead_view(lead: Lead) -> dict[str, Any]:
    """A lead with its fields, deadlines and history."""
    return {
        "lead_id": lead.lead_id,
        "status": lead.status,
        "owner": lead.owner,
        "assignment": lead.assignment,
        "pool": lead.pool,
        "source": lead.source,
        "created_at": to_text(lead.created_at),
        "fields": dict(lead.fields),
        "deadlines": _deadlines(lead),
        "due_at": to_text(lead.due_at) if lead.due_at else None,
        "history": [_record(n, change, lead) for n, change in enumerate(lead.log, 1)],
    }


def protected_until(lead: Lead) -> datetime | None:
    """Until when the owner may take the lead up; None when it is not waiting for that."""
    if lead.status is not Status.ASSIGNED or not lead.deadlines or lead.assigned_at is None:
        return None
    return lead.assigned_at + timedelta(seconds=lead.deadlines[-1].after)


def _deadlines(lead: Lead) -> list[dict[str, Any]]:
    if lead.status is not Status.ASSIGNED or lead.assigned_at is None:
        return []
    return [
        {"action": action, "at": to_text(lead.assigned_at + timedelta(seconds=after))}
        for action, after in lead.deadlines
    ]


def _record(number: int, change: Change, lead: Lead) -> dict[str, Any]:
    return {
        "n": number,
        "step": change.step,
        "at": to_text(change.at),
        "rep": change.rep,
        "pool": change.pool,
        "rule": change.rule,
        "turn": change.turn,
        "reason": change.reason,
        "by": change.by,
        "sentence": sentence(change, lead),
    }


def decision_view(lead_id: str) -> dict[str, Any]:
    """Why the lead is where it is: the newest decision in full, the earlier ones in short."""
    lead = lead_store.get(lead_id)
    decisions = [
        decision_of(lead, change, routing_store.entry(change.pool or "", change.turn or 0))
        for change in lead.log
        if change.step in (Step.ASSIGNED, Step.PARKED)
    ]
    if not decisions:
        raise NotFoundError(f"nothing has been decided about lead {lead_id} yet")
    newest = to_json(decisions[-1])
    return {**newest, "earlier": [_in_short(decision) for decision in decisions[:-1]]}


def _in_short(decision: Decision) -> dict[str, Any]:
    return {name: value for name, value in to_json(decision).items() if name != "candidates"}


def rotation_view(pool_id: str, now: datetime) -> dict[str, Any]:
    """A pool's accounts, and what each member holds. Credits are in millionths of a lead."""
    active = config_store.active()
    if pool_id not in active.config.pools:
        raise NotFoundError(f"there is no pool {pool_id!r}")
    pool = active.config.pools[pool_id]
    entry = routing_store.rotation(pool_id) or Entry(
        pool_id, routing_store.current(pool_id), active.version, now
    )
    loads = routing_store.workloads(pool.members)
    members = []
    for rep_id, weight in pool.members.items():
        rep, load = active.config.reps[rep_id], loads.get(rep_id, Workload())
        day = local_day(rep, now)
        standing = entry.rotation.standings.get(rep_id)
        hindrance = obstacle(rep, load, day)
        members.append(
            {
                "rep_id": rep_id,
                "name": rep.name,
                "weight": float(weight),
                "credit": standing.credit if standing else 0,
                "open": load.open,
                "received_today": load.received_on(day),
                "holding_limit": rep.holding_limit,
                "daily_limit": rep.daily_limit,
                "status": hindrance.name.lower() if hindrance else "available",
            }
        )
    return {
        "pool_id": pool_id,
        "turn": entry.rotation.turn,
        "leads": entry.rotation.leads,
        "config_version": active.version,
        "at": to_text(entry.at),
        "credit_unit": "millionths of a lead",
        "credit_sum": sum(member["credit"] for member in members),
        "members": members,
    }


def leads_in(*places: str) -> dict[str, Any]:
    """The leads that lie in these places, oldest first in each; at most 100 of each."""
    ids = [lead_id for place in places for lead_id in lead_store.in_place(place, LISTED_AT_ONCE)]
    return {"leads": [lead_view(lead) for lead in lead_store.get_many(ids)]}


def parked() -> dict[str, Any]:
    """The leads that wait: for a rep to be free, or for a manager."""
    pools = config_store.active().known_pools
    return leads_in(*(f"{queue}#{pool}" for pool in pools for queue in ("stuck", "parked")))
