"""Open pools: what waits there to be claimed."""

from aws_lambda_powertools.event_handler import Response

from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.flows.callers import Caller
from shared.http import json_answer
from shared.surroundings import real


@guarded("/v1/pools/<pool_id>/open", GET=Right.SEE_OPEN)
def open_leads(caller: Caller, pool_id: str) -> Response[str]:
    """The leads of a pool that wait to be claimed; to a rep, those that they might claim."""
    from shared.flows import show_open  # on no lead's way

    caller.require_pool(pool_id)
    return json_answer(show_open.open_leads(pool_id, real().now(), sees=caller.sees))
