"""Partners, as managers look at them."""

from aws_lambda_powertools.event_handler import Response

from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.flows.callers import Caller
from shared.http import json_answer
from shared.store import config as config_store
from shared.surroundings import real


@guarded("/v1/partners/<partner_id>", GET=Right.SEE_PARTNER)
def partner(_: Caller, partner_id: str) -> Response[str]:
    """What a partner may sell, and has sold."""
    from shared.flows.show_partner import partner_view  # on no lead's way

    return json_answer(partner_view(config_store.active(), partner_id, real().now()))
