"""Mail that is paused since an address takes none: whose it is, and trying it again."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.guard import guarded
from shared.domain.access import RepNamed, Right
from shared.flows.callers import Caller
from shared.http import json_answer
from shared.surroundings import real


@guarded("/v1/mail/paused", GET=Right.SEE_REP)
def paused(caller: Caller) -> Response[str]:
    """Whose mail is paused, longest first; of those who are for the caller."""
    return json_answer(_flow().paused_mail(lambda who: caller.sees(RepNamed(who))))


@guarded("/v1/reps/<rep_id>/mail/resume", POST=Right.RESUME_MAIL)
def resume(caller: Caller, rep_id: str) -> Response[str]:
    """Let mail to a rep be tried again."""
    caller.require_rep(rep_id)
    _flow().resume_mail(rep_id, real())
    return json_answer({"rep_id": rep_id, "paused": False})


def _flow() -> Any:
    """The use case, loaded when somebody asks: few of the desk's visitors do."""
    from shared.flows import paused_mail

    return paused_mail
