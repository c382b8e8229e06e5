"""Who may come in: a path that needs a right is served to whoever has it, by whatever they show.

Below `/oidc` API Gateway has verified the identity provider's token, and only that counts there;
everywhere else it is the Authorization header.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import OF_PROVIDER, app
from shared.domain.access import Right
from shared.domain.people import Identity
from shared.errors import ForbiddenError, UnauthorisedError
from shared.flows.callers import Caller
from shared.flows.identify import identity_by_claims, identity_by_header
from shared.http import endpoint
from shared.surroundings import real
from shared.telemetry import logger

View = Callable[..., Response[str]]


def guarded(path: str, **rights: Right) -> Callable[[View], View]:
    """Serve a path to whoever has the method's right (`GET=Right.SEE_LEAD`).

    The view gets the `Caller` before what is in the path. UnauthorisedError, ForbiddenError: see
    `Caller.require_right`.
    """

    def serve(view: View) -> View:
        @wraps(view)
        def checked(**in_path: str) -> Response[str]:
            event = app.current_event
            method = "GET" if event.http_method == "HEAD" else event.http_method
            caller = Caller(_who_asks(), rights[method], real())
            caller.require_right()
            return view(caller, **in_path)

        return endpoint(app, path, *rights)(checked)

    return serve


def _who_asks() -> Identity:
    event = app.current_event
    try:
        if event.path.startswith(f"{OF_PROVIDER}/"):
            return identity_by_claims(_claims(event))
        return identity_by_header(event.headers.get("authorization"), real().now())
    except (UnauthorisedError, ForbiddenError) as refusal:
        logger.warning("a request was refused", error_type=type(refusal).__name__)
        raise


def _claims(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What API Gateway has read from a token that it has verified; None: it has not."""
    authorizer = event["requestContext"].get("authorizer") or {}
    claims: Mapping[str, Any] | None = (authorizer.get("jwt") or {}).get("claims")
    return claims
