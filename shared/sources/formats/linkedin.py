"""LinkedIn lead gen forms. As in "Lead Forms", "Lead Sync Schema" and "Webhooks" of its API.

A notification only has ids:

    {"type": "LEAD_ACTION", "leadGenFormResponse": "urn:li:leadGenFormResponse:…-4",
     "leadGenForm": "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:…,1)", "leadType": "SPONSORED",
     "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:…"}, "leadAction": "CREATED",
     "occurredAt": 1790000000000}

so `fetch` is the response's id, as for Meta. The answers are at `leadFormResponses` of the API,
and a body that has that shape, alone or as its `elements`, is read with its answers: so a relay
that asks LinkedIn can deliver here.

    {"id": "…-4", "testLead": false, "formResponse": {"answers": [{"questionId": 1,
     "answerDetails": {"textQuestionAnswer": {"answer": "…"}}}]}, "form": {"content": {"questions":
     [{"questionId": 1, "predefinedField": "EMAIL", …}]}}, …}

Questions are named by their predefined field, else their name, else their text. LinkedIn asks
every two hours whether the address is still ours. It calls the signature a hash of the body with
`hmacsha256=` before it, and leaves open whether the header begins so too: both are taken.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import filterfalse
from typing import Any

from shared.errors import UnreadableBodyError
from shared.sources import signatures
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._tree import (
    as_object,
    each,
    identifier,
    is_true,
    listed,
    objects,
    read_object,
    reported,
    say,
    say_rest,
)
from shared.sources.json_object import plain_text

TITLE = "LinkedIn lead gen forms"
SECRET = (
    "The Client secret of your application, under Auth → Application credentials in LinkedIn's "
    "developer portal."
)
_PREFIX = "hmacsha256="


def _prefixed(delivery: Delivery) -> bytes:
    return _PREFIX.encode() + delivery.body


SCHEME = signatures.either(
    signatures.hmac_header("x-li-signature", message=_prefixed),
    signatures.hmac_header("x-li-signature", _PREFIX, message=_prefixed),
)
ALIASES = {
    "first_name": ("FIRST_NAME",),
    "last_name": ("LAST_NAME",),
    "email": ("EMAIL", "WORK_EMAIL"),
    "phone": ("PHONE_NUMBER", "WORK_PHONE_NUMBER"),
    "company": ("COMPANY_NAME",),
    "country": ("COUNTRY",),
    "region": ("STATE",),
    "postal_code": ("ZIP_CODE",),
}

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URN = "urn:li:leadGenFormResponse:"
_ID = re.compile(r"[\w-]{1,128}", re.ASCII)  # it becomes part of an address
_OF_THE_FORM = ("content", "hiddenFields")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """The leads in a delivery; none in news of anything else, or of a lead's deletion."""
    body = read_object(delivery)
    elements = listed(body["elements"], "elements") if "elements" in body else [body]
    return each(filterfalse(_is_other_news, elements), _reported)


def _is_other_news(value: Any) -> bool:
    if not isinstance(value, dict) or "formResponse" in value:
        return False
    type_ = value.get("type")
    if type_ == "LEAD_ACTION":
        return bool(value.get("leadAction") != "CREATED")
    return isinstance(type_, str)


def _reported(value: Any) -> Reported:
    lead = as_object(value, "an item of elements")
    if "formResponse" in lead:
        return _answered(lead)
    if lead.get("type") != "LEAD_ACTION":
        raise UnreadableBodyError("there is neither a type nor a formResponse")
    return _announced(lead)


def _announced(lead: Mapping[str, Any]) -> Reported:
    id_ = (identifier(lead.get("leadGenFormResponse")) or "").removeprefix(_URN)
    if not _ID.fullmatch(id_):
        raise UnreadableBodyError("leadGenFormResponse is not the URN of one")
    said: dict[str, str] = {}
    say_rest(said, lead)
    return reported(said, external_id=id_, fetch=id_)


def _answered(lead: Mapping[str, Any]) -> Reported:
    response = as_object(lead["formResponse"], "formResponse")
    form = as_object(lead.get("form") or {}, "form")
    questions = _questions(form)
    said: dict[str, str] = {}
    for answer in objects(response.get("answers"), "answers"):
        question = questions.get(plain_text(answer.get("questionId")), {})
        say(said, _name(answer, question), _value(answer, question))
    for hidden in objects(form.get("hiddenFields") or [], "hiddenFields"):
        say(said, hidden.get("name"), hidden.get("value"))
    for consent in objects(response.get("consentResponses") or [], "consentResponses"):
        say(said, f"consent {plain_text(consent.get('consentId'))}", consent.get("accepted"))
    say_rest(said, form, without=_OF_THE_FORM, under="form")
    say(said, "lead_id", lead.get("id"))
    say_rest(said, lead, without=("id", "testLead", "formResponse", "form"))
    id_ = identifier(lead.get("id"))
    external_id = id_.removeprefix(_URN) if id_ else None
    return reported(said, external_id=external_id, test=is_true(lead.get("testLead")))


def _questions(form: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Id → question, of forms that came along."""
    content = as_object(form.get("content") or {}, "content")
    listed = objects(content.get("questions") or [], "questions")
    return {plain_text(question.get("questionId")): question for question in listed}


def _name(answer: Mapping[str, Any], question: Mapping[str, Any]) -> str:
    names = (
        question.get("predefinedField"),
        answer.get("name"),
        question.get("name"),
        _localized(question.get("question")),
    )
    known = [text for text in map(plain_text, names) if text]
    return known[0] if known else f"question {plain_text(answer.get('questionId'))}"


def _value(answer: Mapping[str, Any], question: Mapping[str, Any]) -> Any:
    details = answer.get("answerDetails")
    if not isinstance(details, dict):
        return details if details is not None else answer.get("answer")
    text, choice = details.get("textQuestionAnswer"), details.get("multipleChoiceAnswer")
    if isinstance(text, dict):
        return text.get("answer")
    if isinstance(choice, dict) and isinstance(choice.get("options"), list):
        options = _options(question)
        return [options.get(plain_text(id_)) or id_ for id_ in choice["options"]]
    return details


def _options(question: Mapping[str, Any]) -> dict[str, str]:
    """Id → text of what there was to choose."""
    details = as_object(question.get("questionDetails") or {}, "questionDetails")
    choice = as_object(details.get("multipleChoiceQuestionDetails") or {}, "the choices")
    listed = objects(choice.get("options") or [], "options")
    return {plain_text(one.get("id")): plain_text(_localized(one.get("text"))) for one in listed}


def _localized(text: Any) -> Any:
    """The one text of `{"localized": {"en_US": "…"}}`, or the first of several."""
    if isinstance(text, dict) and isinstance(text.get("localized"), dict):
        return next(iter(text["localized"].values()), None)
    return text


def challenge(delivery: Delivery, secrets: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """The answer to "Validating the Webhook Endpoint": GET with a code, signed with the secret.

    Only for codes that are UUIDs, as LinkedIn's are: who may choose the text could have a body
    signed.
    """
    code = delivery.query.get("challengeCode", "")
    secret = next(filter(None, secrets.get("secret", ())), None)
    if delivery.method != "GET" or secret is None or not _UUID.fullmatch(code):
        return None
    answer = {
        "challengeCode": code,
        "challengeResponse": signatures.hex_hmac(secret, code.encode()),
    }
    return "application/json", json.dumps(answer)
