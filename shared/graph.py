"""Meta's Graph API, over the network.

Whatever it does, it takes a while and some memory at most. The access token goes into a header and
nowhere else: neither into an address nor into an error.
"""

import json
import re
import time
from typing import Any

import urllib3

from shared.errors import LeadwheelError

API_URL = "https://graph.facebook.com/v23.0"  # available until October 2027

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0  # until the next byte
BODY_SECONDS = 10.0  # for all of them
LONGEST_SECONDS = CONNECT_SECONDS + READ_SECONDS + BODY_SECONDS + READ_SECONDS
MOST_BYTES = 262_144

_TOKEN = re.compile(r"[!-~]{1,4096}")  # fit for a header

# "Handling Errors" and "Rate Limits" of the Graph API. What is not temporary stays until somebody
# does something: a permission is missing, a token has expired, the lead is not there.
_TEMPORARY = frozenset({1, 2, 4, 17, 32, 341, 368, 613, *range(80_000, 80_015)})
_OF_THE_TOKEN = frozenset({102, 190})


class GraphError(LeadwheelError):
    """No lead was given. `code` says why and is fit for logs, as the message is.

    `lasting`: it stays so until somebody does something. `of_token`: another token may do.
    """

    def __init__(self, code: str, *, lasting: bool = False, of_token: bool = False) -> None:
        super().__init__(code)
        self.code, self.lasting, self.of_token = code, lasting, of_token


def ask(base: str, path: str, token: str) -> bytes:
    """The answer to a GET of `base`/`path`, which may be anything; GraphError when there is none.

    Redirects are not followed: they would take the token along.
    """
    if not _TOKEN.fullmatch(token):
        raise GraphError("malformed_token", lasting=True, of_token=True)
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    # A pool of its own: the last call's connection may have died while the function was frozen.
    try:
        with urllib3.PoolManager() as pool:
            answer = pool.request(
                "GET",
                f"{base}/{path}",
                headers={
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "Authorization": f"Bearer {token}",
                    "User-Agent": "leadwheel",
                },
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            body = _body(answer)
    except urllib3.exceptions.TimeoutError:
        raise GraphError("timeout") from None
    except urllib3.exceptions.HTTPError as error:
        raise GraphError(f"network_{type(error).__name__}") from None
    if answer.status != 200:
        raise _refusal(answer.status, body)
    return body


def _body(answer: urllib3.BaseHTTPResponse) -> bytes:
    """The whole body, read as it drips in."""
    until = time.monotonic() + BODY_SECONDS
    body = b""
    while part := answer.read1(65_536):
        body += part
        if len(body) > MOST_BYTES:
            raise GraphError("answer_too_large")
        if time.monotonic() > until:
            raise GraphError("timeout")
    return body


def _refusal(status: int, body: bytes) -> GraphError:
    """What an answer other than 200 means: `{"error": {"code": 190, "error_subcode": 463, …}}`."""
    error = _error_in(body)
    code = error.get("code")
    if not isinstance(code, int) or isinstance(code, bool):
        lasting = 400 <= status < 500 and status not in (408, 429)
        return GraphError(f"http_{status}", lasting=lasting, of_token=status == 401)
    subcode = error.get("error_subcode")
    named = f"graph_{code}_{subcode}" if isinstance(subcode, int) else f"graph_{code}"
    temporary = status >= 500 or status == 429 or code in _TEMPORARY or error.get("is_transient")
    return GraphError(named, lasting=not temporary, of_token=code in _OF_THE_TOKEN)


def _error_in(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, dict) else {}
