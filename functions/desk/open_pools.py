"""Open pools: what waits there to be claimed."""

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from shared.http import endpoint, json_answer
from shared.surroundings import real


@endpoint(app, "/v1/pools/<pool_id>/open", "GET", admin=True)
def open_leads(pool_id: str) -> Response[str]:
    """The leads of a pool that wait to be claimed."""
    from shared.flows import show_open  # on no lead's way

    return json_answer(show_open.open_leads(pool_id, real().now()))
