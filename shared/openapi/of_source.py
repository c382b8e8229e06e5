"""The specification of one source alone, as OpenAPI 3.1."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from shared.domain.description import DescribedField, Description, Exchange, Refusal, ReturnTerms
from shared.openapi.capture import FORM_PAGES
from shared.openapi.parts import (
    FLAT_TYPES,
    PARTNER,
    SECURITY_SCHEMES,
    TEXT,
    Json,
    an_object,
    answer,
    body_of,
    ref,
    with_pages,
)
from shared.openapi.schemas import SCHEMAS

# What may be said before anybody knows that it is a partner who asks.
_FROM_BEFORE = (404, 500, 503)

_USED = ("Problem", "PartnerProblem", "Throttled")
_ANSWERS = {"form": "Received", "partner": "PartnerAnswer", "hook": "Delivered"}


def source_document(described: Description) -> Json:
    """The document of a source; its examples are those of the page."""
    parts = urlsplit(described.post.address)
    names = {*_USED, _ANSWERS[described.kind]}
    paths: Json = {parts.path: {"post": _post(described)}}
    schemas: Json = {"Lead": _lead(described)}
    if described.ping:
        paths[urlsplit(described.ping.address).path] = {"post": _ping(described, described.ping)}
        names.add("PingAnswer")
    if described.returns:
        path = urlsplit(described.returns.address).path
        paths[path] = _returns(described, described.returns)
        names.add("ReturnAnswer")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{described.name}: sending leads",
            "version": str(described.version),
            "description": _about(described),
        },
        "servers": [{"url": f"{parts.scheme}://{parts.netloc}"}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, **{name: SCHEMAS[name] for name in sorted(names)}},
            "securitySchemes": {
                name: SECURITY_SCHEMES[name] for wanted in _security(described) for name in wanted
            },
        },
    }


def _about(described: Description) -> str:
    state = {"live": "", "test": " In test mode: nothing is bought.", "paused": " Paused for now."}
    return f"Made from configuration {described.version}.{state[described.state]}"


def _security(described: Description) -> list[Json]:
    match described.proof.by:
        case "key":
            return PARTNER[:2]
        case "signature":
            return PARTNER[2:]
        case "shared_key":
            return [{"hookKey": []}]
        case _:
            return []


# ── Leads ────────────────────────────────────────────────────────────────────────────────────────


def _lead(described: Description) -> Json:
    """What a lead holds. Aliases are told, not listed as fields: one name of each is enough."""
    if described.kind == "hook":
        return {"description": "What the platform sends, in its own shape."}
    needs_contact: Json = {"anyOf": [{"required": ["email"]}, {"required": ["phone"]}]}
    return {
        "type": "object",
        "properties": {field.name: _field(field) for field in described.fields}
        | _own_fields(described),
        "required": [field.name for field in described.fields if field.required],
        **(needs_contact if _asks_by_name(described) else {}),
        "additionalProperties": True,
    }


def _asks_by_name(described: Description) -> bool:
    names = {field.name for field in described.fields}
    return described.needs_contact and {"email", "phone"} <= names


def _field(field: DescribedField) -> Json:
    described: Json = {"type": "string", "description": _told(field), "examples": [field.example]}
    if isinstance(field.example, bool):
        described["type"] = ["boolean", "string"]
    if field.values:
        described["enum"] = list(field.values)
    elif field.most:
        described["maxLength"] = field.most
    if field.default is not None:
        described["default"] = field.default
    return described


def _told(field: DescribedField) -> str:
    also = f" Also read as: {', '.join(field.aliases)}." if field.aliases else ""
    return f"{field.meaning}{also}"


def _own_fields(described: Description) -> Json:
    """Fields that steer the request, and prove the consent."""
    fields: Json = {name: {**TEXT, "description": meaning} for name, meaning in described.evidence}
    if described.kind == "partner":
        fields["test"] = {"type": ["boolean", "string"], "description": "Try only: never bought."}
        fields[described.external_id] = {**TEXT, "description": "Your own id of the lead."}
    if described.ping:
        fields["ping_id"] = {**TEXT, "description": "Of the ping whose price the lead is to have."}
    return fields


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────


def _post(described: Description) -> Json:
    by_status = {"form": (201,), "partner": (200, 201), "hook": (200,)}[described.kind]
    good = {str(status): _good(described, described.post, status) for status in by_status}
    post: Json = {
        "summary": "Send a lead",
        "security": _security(described),
        **({} if described.kind == "hook" else {"parameters": [_KEY]}),
        "requestBody": _body(described, described.post, ref("Lead")),
        "responses": {**good, **_refused(described.refusals, described.kind)},
    }
    if described.kind != "form":
        return post
    post["responses"]["303"] = answer("stored; on to the form's own page")
    return with_pages(post, FORM_PAGES)


_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": TEXT,
    "description": "The same key with the same body gets the same answer, for seven days.",
}


def _body(described: Description, exchange: Exchange, schema: Json) -> Json:
    sample = exchange.body
    if not sample.text:
        return body_of(schema, "application/json")
    flat = sample.members and described.kind != "hook"
    body = body_of(schema, *(FLAT_TYPES if flat else (sample.content_type,)))
    if not sample.members:
        # Its fields are elements in XML, which a schema of JSON says nothing about.
        body["content"][sample.content_type] = {"example": sample.text}
    else:
        body["content"][sample.content_type]["example"] = dict(sample.members)
    return body


def _good(described: Description, exchange: Exchange, status: int) -> Json:
    codes = [code for code in exchange.codes if code.status == status]
    told = "; ".join(f"{code.code}: {code.meaning.rstrip('.')}" for code in codes)
    also = ("application/xml",) if described.kind == "partner" else ()
    good = answer(told or "every lead is stored, durably", _ANSWERS[described.kind], *also)
    if status != 200 or described.kind == "hook":
        good["content"]["application/json"]["example"] = dict(exchange.answer)
    return good


def _ping(described: Description, ping: Exchange) -> Json:
    told = "; ".join(f"{code.code}: {code.meaning.rstrip('.')}" for code in ping.codes)
    good = answer(told, "PingAnswer", "application/xml")
    good["content"]["application/json"]["example"] = dict(ping.answer)
    schema = {"type": "object", "description": "The fields of a lead without who it is."}
    return {
        "summary": "Ask for the price of a lead to come",
        "security": _security(described),
        "parameters": [_KEY],
        "requestBody": _body(described, ping, schema),
        "responses": {"200": good, **_refused(described.refusals, described.kind)},
    }


def _returns(described: Description, terms: ReturnTerms) -> Json:
    good = {"200": answer("as it stands", "ReturnAnswer")}
    not_now = Refusal(409, "not-possible-now", "It was not bought, or it is too late.")
    unknown = Refusal(404, "not-found", "There is no lead of yours with this id.")
    refused = _refused([*described.refusals, not_now, unknown], described.kind)
    asking = ("400", "413", "415", "422")
    body = an_object(
        {"note": {**TEXT, "maxLength": 500}},
        reason={**TEXT, "enum": list(terms.reasons)},
    )
    common = {"security": _security(described)}
    return {
        "parameters": [{"name": "lead_id", "in": "path", "required": True, "schema": TEXT}],
        "post": {
            "summary": "Take a lead back" if terms.automatic else "Ask to take a lead back",
            **common,
            "requestBody": body_of(body, *FLAT_TYPES),
            "responses": {**good, **refused},
        },
        "get": {
            "summary": "How a return stands",
            **common,
            "responses": {
                **good,
                **{status: refused[status] for status in refused if status not in asking},
            },
        },
    }


def _refused(refusals: Iterable[Refusal], kind: str) -> Json:
    """By status, whatever comes of it with the same one."""
    meanings: dict[int, list[str]] = {}
    for refusal in refusals:
        named = f"{refusal.kind}: " if refusal.kind else ""
        meanings.setdefault(refusal.status, []).append(f"{named}{refusal.meaning}")
    return {
        str(status): _refusal(status, " ".join(told), kind)
        for status, told in sorted(meanings.items())
    }


def _refusal(status: int, told: str, kind: str) -> Json:
    if status == 429:
        content: dict[str, Any] = {"application/json": {"schema": ref("Throttled")}}
    else:
        has_outcome = kind == "partner" and status not in _FROM_BEFORE
        schema = ref("PartnerProblem" if has_outcome else "Problem")
        content = {"application/problem+json": {"schema": schema}}
    return {"description": told, "content": content}
