"""The question that some platforms ask before they deliver: whether the address is ours."""

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from infra.api import Api, ApiError, what_is_wrong
from infra.cli.posts import challenge, first_of
from infra.terminal import BOLD, command, say
from shared.domain.sources import Hook
from shared.errors import LeadwheelError
from shared.sources.signatures import hex_hmac


class _Question(NamedTuple):
    """What is asked, and the one answer that will do."""

    query: Mapping[str, str]
    answer: str


def shake_hands(api: Api, hook_id: str, hook: Hook, known: Mapping[str, Any]) -> None:
    """Ask as the hook's platform would, and say that the answer was right; ApiError: it was not."""
    question = _question(hook_id, hook, known)
    path, body, headers = challenge(hook_id, question.query)
    answer = api.deliver(path, body, headers)
    if answer.status != 200:
        raise ApiError(f"hook {hook_id} answered {answer.status}: {what_is_wrong(answer)}")
    if answer.body.decode(errors="replace") != question.answer:
        raise ApiError(f"hook {hook_id} answered, but not what {hook.format} asks for")
    say((f"{answer.status} ", BOLD), f"{hook.format} would know the address for ours")


def _question(hook_id: str, hook: Hook, known: Mapping[str, Any]) -> _Question:
    if hook.format == "meta":
        token = _needed(hook_id, known, "verify_token")
        text = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": text}
        return _Question(query, text)
    if hook.format == "linkedin":
        code = str(uuid.uuid4())
        proof = hex_hmac(_needed(hook_id, known, "secret"), code.encode())
        said = {"challengeCode": code, "challengeResponse": proof}
        return _Question({"challengeCode": code}, json.dumps(said))
    raise LeadwheelError(f"{hook.format} asks nothing before it delivers")


def _needed(hook_id: str, known: Mapping[str, Any], name: str) -> str:
    if value := first_of(known, name):
        return value
    raise LeadwheelError(
        f"hook {hook_id} has no {name} yet: {command()} secret hook#{hook_id} {name} --generate"
    )
