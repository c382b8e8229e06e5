"""Deliveries: what did not reach its channel, and sending it again."""

import re
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.asked import Members, asked_for, raw_body
from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.domain.deliveries import Delivery
from shared.domain.moments import to_text
from shared.errors import FieldProblem, InvalidFieldsError
from shared.flows.callers import Caller
from shared.http import json_answer
from shared.surroundings import real

AT_ONCE = 100
ID = re.compile(r"[0-9a-z]{26}:[0-9]{1,6}(:[a-z0-9][a-z0-9_-]{0,63}){1,2}")

ASKED: Members = {
    "channel": (str, "text: a channel's id"),
    "ids": (list, "a list of deliveries' ids"),
    "all": (bool, "true or false"),
}


@guarded("/v1/deliveries", GET=Right.SEE_DELIVERIES)
def dead_deliveries(_: Caller) -> Response[str]:
    """What has been given up, longest ago first within each channel; `?channel=` names one."""
    asked = app.current_event.query_string_parameters or {}
    if asked.get("state", "dead") != "dead":
        problem = "must be dead; what waits is sent by itself, and what was sent is not listed"
        raise InvalidFieldsError([FieldProblem("state", problem)])
    dead, more = _flow().dead_deliveries(asked.get("channel"))
    return json_answer({"deliveries": [_view(one) for one in dead], "more": more})


@guarded("/v1/deliveries/redrive", POST=Right.REDRIVE)
def redrive(_: Caller) -> Response[str]:
    """Let what has been given up be tried again: those named, or all of a channel, or of all."""
    body = asked_for(raw_body(), ASKED)
    ids, everything = body.get("ids"), body.get("all")
    if bool(ids) == bool(everything):
        problem = "name some, or say `all`: true; one of the two"
        raise InvalidFieldsError([FieldProblem("ids", problem)])
    if ids:
        if len(ids) > AT_ONCE or not all(isinstance(one, str) and ID.fullmatch(one) for one in ids):
            problem = f"must be at most {AT_ONCE} ids, each as the list of the dead has it"
            raise InvalidFieldsError([FieldProblem("ids", problem)])
        redriven, more = _flow().redrive_these(ids, real()), False
    else:
        redriven, more = _flow().redrive_all(body.get("channel"), real())
    return json_answer({"redriven": redriven, "more": more})


def _view(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "lead_id": delivery.lead_id,
        "n": delivery.n,
        "channel": delivery.channel,
        "rep_id": delivery.rep,
        "attempts": delivery.attempts,
        "code": delivery.code,
        "died_at": to_text(delivery.died_at) if delivery.died_at else None,
    }


def _flow() -> Any:
    """The use case, loaded when somebody asks: few of the desk's visitors do."""
    from shared.flows import redrive

    return redrive
