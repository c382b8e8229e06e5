"""Who asks: the identity behind what a request shows of itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared import credentials
from shared.domain.people import API, Identity, identity_of_claims
from shared.errors import ForbiddenError, UnauthorisedError
from shared.store import config as config_store
from shared.tokens import SESSION_PREFIX


def identity_by_header(authorization: str | None, now: datetime) -> Identity:
    """Whose token the Authorization header holds: a session's, a machine's key, the admin token.

    UnauthorisedError: nobody's. StoreBusyError: it could not be looked up.
    """
    scheme, _, shown = (authorization or "").partition(" ")
    token = shown.strip()
    if scheme.lower() == "bearer" and (found := _identity_of(token, now)):
        return found
    raise UnauthorisedError("this needs the header Authorization: Bearer <token>, and a valid one")


def _identity_of(token: str, now: datetime) -> Identity | None:
    if token.startswith(SESSION_PREFIX):
        from shared.flows.sessions import identity_of_session  # machines do not need it

        return identity_of_session(token, now)
    if token.startswith(credentials.KEY_PREFIX):
        return _identity_of_key(token)
    return Identity(API, administrator=True) if _is_admin_token(token) else None


def _identity_of_key(key: str) -> Identity | None:
    found = credentials.machine_of(key)
    if found is None and credentials.may_be_newer():
        found = credentials.machine_of(key, again=True)
    return found and Identity(f"key#{found.name}", scopes=found.scopes)


def _is_admin_token(token: str) -> bool:
    if credentials.is_admin_token(token):
        return True
    newer = credentials.may_be_newer("ADMIN_TOKEN_ARN")
    return newer and credentials.is_admin_token(token, again=True)


def identity_by_claims(claims: Mapping[str, Any] | None) -> Identity:
    """Whose token it is, by claims that API Gateway has verified.

    UnauthorisedError: there are none. ForbiddenError: they are of nobody in the configuration.
    """
    if not claims:
        raise UnauthorisedError("this needs a token of the identity provider")
    found = identity_of_claims(config_store.active().config, claims)
    if found is None:
        raise ForbiddenError("nobody in the configuration is known by this token")
    return found
