"""What the API shows of a pool: what each member is owed, holds and may take. Loaded when asked."""

from datetime import datetime
from typing import Any

from shared.domain.bounds import back_at, bounds, team_bounds
from shared.domain.config import Config
from shared.domain.leads import POINT
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.team import Asked, Team
from shared.errors import NotFoundError
from shared.store import config as config_store
from shared.store import routing as routing_store


def rotation_view(pool_id: str, now: datetime) -> dict[str, Any]:
    """A pool's accounts; what each member holds, may take, and when they are back.

    Credits are in millionths of a lead. NotFoundError: there is no such pool.
    """
    active = config_store.active()
    if pool_id not in active.config.pools:
        raise NotFoundError(f"there is no pool {pool_id!r}")
    entry = routing_store.rotation(pool_id) or Entry(
        pool_id, routing_store.current(pool_id), active.version, now
    )
    loads = routing_store.workloads(active.config.pools[pool_id].members)
    team = Team(active.config, pool_id, loads, entry.tallies, now)
    members = [_member(active.config, team, entry, rep, now) for rep in team.members]
    return {
        "pool_id": pool_id,
        "turn": entry.rotation.turn,
        "leads": entry.rotation.leads,
        "config_version": active.version,
        "at": to_text(entry.at),
        "credit_unit": "millionths of a lead",
        "credit_sum": sum(member["credit"] for member in members),
        "limits": [bound._asdict() for bound in team_bounds(team)],
        "members": members,
    }


def _member(config: Config, team: Team, entry: Entry, rep_id: str, now: datetime) -> dict[str, Any]:
    rep, load, seat = config.reps[rep_id], team.loads[rep_id], team.seat(rep_id)
    standing = entry.rotation.standings.get(rep_id)
    hindrance = team.obstacle(rep_id, Asked(POINT))
    back = back_at(config, seat, load, now)
    return {
        "rep_id": rep_id,
        "name": rep.name,
        "weight": team.pool.weights()[rep_id] / 1000,
        "credit": standing.credit if standing else 0,
        "open": load.open,
        "open_in_pool": load.here(team.pool_id),
        "points": load.load / 1000,
        "value": load.value / 1000,
        "received_today": seat.today.used(load.tallies),
        "holding_limit": rep.holding_limit,
        "daily_limit": rep.daily_limit,
        "limits": [bound._asdict() for bound in bounds(seat, load)],
        "status": hindrance.name.lower() if hindrance else "available",
        "until": to_text(back) if back else None,
    }
