"""How long a person has waited for us. Deadlines that have passed do not stop this clock."""

from datetime import datetime
from typing import NamedTuple

from shared.domain.config import Config
from shared.domain.leads import GIVING, OVERDUE, Change, Lead, Status, Step
from shared.domain.protection import clock_of
from shared.domain.working_time import working_seconds

_IN = frozenset({Step.CAPTURED, Step.RELEASED})
_BREACHED = OVERDUE | {Step.ESCALATED}


class Response(NamedTuple):
    """Seconds since the lead came in, on its pool's clock; None: that has not come to be."""

    seconds: int  # until the person was contacted, or so far
    accepted_after: int | None
    contacted_after: int | None
    breached_at: datetime | None  # the first deadline that was more than a reminder


def response_of(config: Config, lead: Lead, now: datetime) -> Response:
    """How long the person has waited, by the hours of the pool or of whom the lead went to last."""
    came = _first(lead, _IN) or lead.log[0]
    accepted = _first(lead, {Step.ACCEPTED, Step.CLAIMED})
    contacted = _first(lead, {Step.CONTACTED})
    closed = lead.status in (Status.CONVERTED, Status.LOST)
    ended = contacted or (lead.latest(Step.CONVERTED, Step.LOST, Step.RETURNED) if closed else None)
    breached = _first(lead, _BREACHED)
    given = next((change for change in reversed(lead.log) if change.step in GIVING), None)
    pool_id, rep = lead.pool or "", given.rep if given else None
    known = pool_id in config.pools
    clock = clock_of(config, pool_id, rep if rep in config.reps else None) if known else None

    def after(change: Change | None) -> int | None:
        return working_seconds(clock, came.at, change.at) if change else None

    return Response(
        working_seconds(clock, came.at, ended.at if ended else now),
        after(accepted),
        after(contacted),
        breached.at if breached else None,
    )


def _first(lead: Lead, steps: frozenset[Step] | set[Step]) -> Change | None:
    return next((change for change in lead.log if change.step in steps), None)
