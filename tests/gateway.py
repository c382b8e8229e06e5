"""The API's gateway as a WSGI application: requests in, the functions' answers out."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import functions.capture.handler as capture
import functions.desk.handler as desk
from tests.aws_events import api_request, context

# As the routes of template.yaml: what capture answers; everything else is the desk's.
_CAPTURE = (("forms", "leads"), ("partners", "leads"), ("partners", "pings"))


def gateway(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One request's way through API Gateway."""
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): text
        for name, text in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    query = environ.get("QUERY_STRING", "")
    event = api_request(
        environ["REQUEST_METHOD"],
        path,
        body=environ["wsgi.input"].read(length) if length else None,
        headers=headers,
    )
    event["rawQueryString"] = query
    event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
    answer = _function(path).handler(event, context())
    status = HTTPStatus(answer["statusCode"])
    several = {**answer.get("headers", {}), **answer.get("multiValueHeaders", {})}
    listed = [
        (name, text)
        for name, texts in several.items()
        for text in (texts if isinstance(texts, list) else [texts])
    ]
    listed += [("Set-Cookie", cookie) for cookie in answer.get("cookies", [])]
    start_response(f"{status.value} {status.phrase}", listed)
    return [(answer.get("body") or "").encode()]


def _function(path: str) -> Any:
    parts = path.strip("/").split("/")
    if len(parts) == 4 and parts[0] == "v1" and (parts[1], parts[3]) in _CAPTURE:
        return capture
    return capture if len(parts) == 3 and parts[:2] == ["v1", "hooks"] else desk
