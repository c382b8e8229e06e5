"""Typeform. Shape as in "Webhooks: Example payload", signature as in "Secure your webhooks".

    {"event_type": "form_response", "form_response": {"token": "…", "form_id": "…", "answers": [
     {"type": "email", "email": "…", "field": {"id": "…", "ref": "…", "type": "email"}}],
     "definition": {"fields": [{"id": "…", "ref": "…", "title": "…"}]}, "hidden": {"utm_source":
     "…"}, "variables": [{"key": "score", "type": "number", "number": 4}], …}}

The first answers to an e-mail and a phone question are named so; all others by the title of their
question, which is found by the field's id, else by their ref. A partial response has the token of
the whole one that may follow, and is no lead.
"""

from collections.abc import Mapping
from typing import Any

from shared.sources import signatures
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._tree import (
    as_object,
    identifier,
    objects,
    read_object,
    reported,
    say,
    say_rest,
)

TITLE = "Typeform"
SECRET = (
    "Choose any text, and enter it as Secret of the form's webhook, under Connect → Webhooks → "
    "Edit."
)
SCHEME = signatures.hmac_header("typeform-signature", "sha256=", "base64")
ALIASES = {
    "email": ("email",),
    "phone": ("phone",),
}
_BY_TYPE = {"email": "email", "phone_number": "phone"}
_READ = ("answers", "hidden", "variables", "definition")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The one lead in a delivery; none in any event but a whole response."""
    body = read_object(delivery)
    if body.get("event_type", "form_response") != "form_response":
        return []
    response = as_object(body.get("form_response"), "form_response")
    definition = as_object(response.get("definition") or {}, "definition")
    titles = _titles(definition.get("fields"))
    said: dict[str, str] = {}
    # The answers are not there at all when all of them were optional.
    for answer in objects(response.get("answers") or [], "answers"):
        _say_answer(said, answer, titles)
    say_rest(said, as_object(response.get("hidden") or {}, "hidden"))
    for variable in objects(response.get("variables") or [], "variables"):
        say(said, variable.get("key"), _typed(variable, ("key",)))
    say(said, "form_title", definition.get("title"))
    say_rest(said, response, without=_READ)
    return [reported(said, external_id=identifier(response.get("token")))]


def _titles(fields: Any) -> dict[str, str]:
    """Id and ref → title, also of the questions within groups."""
    titles: dict[str, str] = {}
    for field in objects(fields or [], "fields"):
        for key in (identifier(field.get("id")), identifier(field.get("ref"))):
            title = identifier(field.get("title"))
            if key and title:
                titles.setdefault(key, title)
        properties = field.get("properties")
        if isinstance(properties, dict):
            titles = {**_titles(properties.get("fields")), **titles}
    return titles


def _say_answer(said: dict[str, str], answer: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    field = as_object(answer.get("field") or {}, "the field of an answer")
    keys = [key for key in (identifier(field.get("id")), identifier(field.get("ref"))) if key]
    known = [titles[key] for key in keys if key in titles]
    name = _BY_TYPE.get(identifier(answer.get("type")) or "")
    if name is None or name in said:
        name = (known or keys[-1:] or ["unnamed"])[0]
    value = _typed(answer, ("field",))
    if isinstance(value, dict):
        say_rest(said, value, under=name)
    else:
        say(said, name, value)


def _typed(answer: Mapping[str, Any], without: tuple[str, ...]) -> Any:
    """What is under the member that `type` names; choices as the list of their labels."""
    type_ = identifier(answer.get("type")) or ""
    if type_ not in answer or type_ == "type":
        return {key: value for key, value in answer.items() if key not in ("type", *without)}
    value = answer[type_]
    if type_ == "choice" and isinstance(value, dict):
        return [value.get("label"), value.get("other")]
    if type_ == "choices" and isinstance(value, dict):
        labels = value.get("labels")
        return [*(labels if isinstance(labels, list) else [labels]), value.get("other")]
    return value
