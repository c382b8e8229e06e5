"""The paths to which leads are sent, and where their senders read how."""

from typing import Any

from shared.openapi.parts import (
    FLAT_TYPES,
    TEXT,
    Json,
    answer,
    body_of,
    for_partners,
    operation,
    page,
    problem,
    ref,
    with_pages,
)

_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": TEXT,
    "description": "The same key with the same body gets the same answer, for seven days.",
}
_XML = "application/xml"
FORM_PAGES = (201, 409, 413, 415, 422, 503)  # and 404, when there is no such form


def _spec(what: str) -> tuple[Json, Json]:
    """A source's specification: as asked for, and for programs."""
    good = answer("as asked", "Specification", "application/openapi+json")
    unknown = {**problem(404), "description": f"there is no such {what}"}
    asked = operation(f"How to send to this {what}", {"200": good, "404": unknown})
    as_json = operation(
        f"The same for programs: OpenAPI of this {what} alone",
        {"200": answer("as asked", "Specification"), "404": unknown},
    )
    return {"get": with_pages(asked, (200, 404, 503))}, {"get": as_json}


def _specs() -> Json:
    paths: Json = {}
    for what in ("form", "partner", "hook"):
        path = f"/v1/{what}s/{{{what}_id}}/spec"
        paths[path], paths[f"{path}.json"] = _spec(what)
    return paths


_DELIVERY: Json = {
    "required": True,
    "description": "What the platform sends, in its own shape; at most 256 KB.",
    "content": {kind: {} for kind in FLAT_TYPES},
}
_SHOWN: list[Json] = [
    {"name": name, "in": "query", "schema": TEXT, "description": f"as {platform} sends it"}
    for name, platform in (
        ("hub.mode", "Meta"),
        ("hub.verify_token", "Meta"),
        ("hub.challenge", "Meta"),
        ("challengeCode", "LinkedIn"),
    )
]

CAPTURE_PATHS: dict[str, Any] = {
    "/v1/forms/{form_id}/leads": {
        "post": with_pages(
            operation(
                "Send a lead from a website form",
                {
                    "201": answer("stored, durably", "Received"),
                    "303": answer("stored; on to the form's own page"),
                },
                *(409, 413, 415, 422),
                requestBody=body_of(ref("LeadFields"), *FLAT_TYPES, "text/plain"),
                parameters=[_KEY],
            ),
            (404, *FORM_PAGES),
        ),
        "options": with_pages(
            operation("May my site's script post?", {"204": answer("see the headers")}), (404, 503)
        ),
    },
    "/v1/partners/{partner_id}/leads": {
        "post": for_partners(
            "Sell a lead",
            {
                "200": answer("not bought; do not send it again", "PartnerAnswer", _XML),
                "201": answer("ours, or a test that would be", "PartnerAnswer", _XML),
            },
            *(400, 409, 413, 415, 422),
            requestBody=body_of(ref("PartnerLead"), *FLAT_TYPES),
            parameters=[_KEY],
        ),
    },
    "/v1/partners/{partner_id}/pings": {
        "post": for_partners(
            "Ask for the price of a lead to come",
            {"200": answer("a price, or why there is none", "PingAnswer", _XML)},
            *(400, 409, 413, 415, 422),
            requestBody=body_of(ref("PingFields"), *FLAT_TYPES),
            parameters=[_KEY],
        ),
    },
    "/v1/hooks/{hook_id}": {
        "post": operation(
            "Deliver what a platform's form collected",
            {"200": answer("every lead in it is stored, durably", "Delivered")},
            *(401, 409, 413),
            security=[{"hookKey": []}, {}],
            requestBody=_DELIVERY,
        ),
        "get": operation(
            "A platform asks whether the address is ours",
            {
                "200": {
                    **page("what it wants to hear"),
                    "content": {
                        "text/plain": {"schema": TEXT},
                        "application/json": {"schema": {"type": "object"}},
                    },
                }
            },
            403,
            parameters=_SHOWN,
        ),
    },
    **_specs(),
}
