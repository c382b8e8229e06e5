"""What is known of a person: shown to them, or erased, when they ask for it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from functions.desk.asked import LEAD_ID, Members, asked_for, raw_body
from functions.desk.guard import guarded
from shared.domain.access import Right
from shared.errors import FieldProblem, InvalidFieldsError
from shared.flows.callers import Caller
from shared.http import json_answer
from shared.surroundings import real

if TYPE_CHECKING:
    from shared.flows.forget_person import Contact

# What is left then is for the next request.
TIME_FOR_ALL = timedelta(seconds=9)

PERSON: Members = {"email": (str, "text"), "phone": (str, "text"), "lead_id": (str, "text")}
ASKED: Members = {**PERSON, "after": (str, "text")}


@guarded("/v1/people/export", POST=Right.EXPORT_PERSON)
def export(caller: Caller) -> Response[str]:
    """All that is known of a person."""
    from shared.flows.export_person import export_person

    return json_answer(export_person(*_asked()))


@guarded("/v1/people/forget", POST=Right.FORGET_PERSON)
def forget(caller: Caller) -> Response[str]:
    """Erase all that is known of a person; the answer says what was done, and of nobody."""
    from shared.flows.forget_person import forget_person

    around = real()
    ends = around.now() + TIME_FOR_ALL
    person, after = _asked()
    forgotten = forget_person(
        person, around, lambda: around.now() < ends, by=caller.who, after=after
    )
    return json_answer(
        {
            "done": +forgotten.done,
            "finished": forgotten.finished,
            "next": None if forgotten.finished else forgotten.after or after,
        }
    )


def _asked() -> "tuple[Contact, str | None]":
    """Whom the request is about, as leads are found, and after which lead it goes on.

    InvalidFieldsError: it does not say.
    """
    from shared.flows.forget_person import Contact

    said = {name: text for name, text in asked_for(raw_body(), ASKED).items() if text}
    after = said.pop("after", None)
    if after and not LEAD_ID.fullmatch(after):
        raise InvalidFieldsError([FieldProblem("after", "must be a lead's id")])
    if len(said) != 1:
        problem = f"say whom it is about by one of: {', '.join(PERSON)}"
        raise InvalidFieldsError([FieldProblem("(body)", problem)])
    ((name, text),) = said.items()
    normal, wanted = _READ[name](text)
    if normal is None:
        raise InvalidFieldsError([FieldProblem(name, f"must be {wanted}")])
    return Contact(name, normal), after


def _email(text: str) -> tuple[str | None, str]:
    from shared.sources.email_address import read_email

    return read_email(text), "an e-mail address"


def _phone(text: str) -> tuple[str | None, str]:
    from shared.sources.phone import read_phone

    read = read_phone(text, ())
    return (read and read[0]), "a phone number with its country, as in +46701740605"


def _lead_id(text: str) -> tuple[str | None, str]:
    return text if LEAD_ID.fullmatch(text) else None, "a lead's id"


_READ: dict[str, Any] = {"email": _email, "phone": _phone, "lead_id": _lead_id}
