"""What the API takes and answers, as OpenAPI 3.1; the whole of it is served at /openapi.json."""

from typing import Any

from shared.openapi.capture import CAPTURE_PATHS
from shared.openapi.desk import DESK_PATHS
from shared.openapi.parts import SECURITY_SCHEMES
from shared.openapi.schemas import SCHEMAS
from shared.openapi.signing_in import SIGN_IN_PATHS

PATHS: dict[str, Any] = {**CAPTURE_PATHS, **DESK_PATHS, **SIGN_IN_PATHS}

_LEAD_ID = {"type": "string", "pattern": "^[0-9a-z]{26}$"}
_OWN_ID = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}
_PARAMETERS = {"lead_id": _LEAD_ID, "token": {"type": "string", "minLength": 1}}


def document(server: str) -> dict[str, Any]:
    """The whole specification, for the API at this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadwheel",
            "version": "1",
            "description": "Lead capture and fair, exact routing.",
        },
        "servers": [{"url": server}],
        "paths": {path: {**operations, **_parameters(path)} for path, operations in PATHS.items()},
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY_SCHEMES},
    }


def _parameters(path: str) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    listed = [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS.get(name, _OWN_ID)}
        for name in names
    ]
    return {"parameters": listed} if listed else {}
