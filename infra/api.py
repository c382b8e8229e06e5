"""The API of a running leadwheel, as the command line uses it."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from infra.web import Answer, fetch
from shared.errors import LeadwheelError, NotFoundError

JSON = "application/json"


class ApiError(LeadwheelError):
    """The API answered, but not with what was asked for; the message is its own."""


class Encoding(StrEnum):
    """How a form writes its fields."""

    JSON = "json"
    FORM = "form"
    MULTIPART = "multipart"


@dataclass(frozen=True, slots=True)
class Api:
    """Where the API is, and how to get the admin token, which not every use needs."""

    url: str
    admin_token: Callable[[], str]

    def lead(self, lead_id: str) -> dict[str, Any]:
        """A lead with its history; NotFoundError when there is none."""
        return self._get(f"leads/{quote(lead_id, safe='')}")

    def decision(self, lead_id: str) -> dict[str, Any]:
        """Why a lead is where it is; NotFoundError also when nothing has been decided yet."""
        return self._get(f"leads/{quote(lead_id, safe='')}/decision")

    def rotation(self, pool_id: str) -> dict[str, Any]:
        """What each member of a pool is owed; NotFoundError when there is no such pool."""
        return self._get(f"pools/{quote(pool_id, safe='')}/rotation")

    def _get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.admin_token()}", "Accept": JSON}
        answer = fetch(f"{self.url}/v1/{path}", headers=headers)
        body = answer.json()
        if answer.status == 200 and isinstance(body, dict):
            return body
        if answer.status == 404:
            raise NotFoundError(what_is_wrong(answer))
        raise ApiError(f"the API answered {answer.status}: {what_is_wrong(answer)}")

    def submit(
        self,
        form_id: str,
        fields: Mapping[str, str],
        encoding: Encoding = Encoding.JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post a form as a website would; every answer is one."""
        content_type, body = _encoded(fields, encoding)
        url = f"{self.url}/v1/forms/{quote(form_id, safe='')}/leads"
        sent = {"Content-Type": content_type, "Accept": JSON, **(headers or {})}
        return fetch(url, body=body, headers=sent)


def what_is_wrong(answer: Answer) -> str:
    """A problem answer in one sentence; the status alone when it is none."""
    problem = answer.json()
    if not isinstance(problem, dict):
        return f"status {answer.status}"
    return str(problem.get("detail") or problem.get("title") or f"status {answer.status}")


def _encoded(fields: Mapping[str, str], encoding: Encoding) -> tuple[str, bytes]:
    match encoding:
        case Encoding.JSON:
            return JSON, json.dumps(dict(fields)).encode()
        case Encoding.FORM:
            return "application/x-www-form-urlencoded", urlencode(dict(fields)).encode()
        case Encoding.MULTIPART:
            boundary = uuid.uuid4().hex
            return f"multipart/form-data; boundary={boundary}", _multipart(fields, boundary)


def _multipart(fields: Mapping[str, str], boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    return "".join([*parts, f"--{boundary}--\r\n"]).encode()


def _quoted(name: str) -> str:
    """A field's name as browsers write it there."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
