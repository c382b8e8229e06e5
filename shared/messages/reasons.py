"""Why something happened to a lead: a code for programs, words for people."""

import re

from shared.domain.languages import Language
from shared.domain.leads import Change, Step
from shared.domain.plans import PARK_REASONS
from shared.domain.sentence import Sentence
from shared.messages.languages import decimal, phrase

# The reasons of these steps all begin with a code: "cap_reached: the cap 'daily' is full". Those of
# other steps may be a person's own words.
_CODED = frozenset(
    {
        Step.QUARANTINED,
        Step.REJECTED,
        Step.ANNOUNCED,
        Step.PARKED,
        Step.PASSED,
        Step.RETURNED,
        Step.RECLAIMED,
        Step.LAPSED,
        Step.ESCALATED,
    }
)
_CODE = re.compile(r"([a-z0-9][a-z0-9_-]*)(?:: |$)")
_CODE_FOR_SURE = re.compile(r"^[a-z]+(?:_[a-z]+)+: ")


def code_of(change: Change) -> str | None:
    """The reason's code, `cap_reached`; None when there is none. Never anybody's own words."""
    match = _CODE.match(change.reason or "") if change.step in _CODED else None
    return match[1] if match else None


def words_of(change: Change) -> str:
    """The reason for people: its sentence without the code, or a person's words as they are."""
    reason, code = change.reason or "", code_of(change)
    if reason in PARK_REASONS:
        return PARK_REASONS[reason][0]
    if code is None:
        return _CODE_FOR_SURE.sub("", reason)
    said = reason[len(code) + 2 :]
    if code == "screened":
        return f'the screen "{said}"'
    if change.step is Step.RETURNED or not said:
        return ": ".join(filter(None, (code.replace("_", " "), said)))
    return said


def in_language(reason: str, language: Language) -> str:
    """A reason in a language; what is no sentence of ours is somebody's own words, and stays."""
    if not isinstance(reason, Sentence):
        return reason
    return "".join(
        phrase(language, clause.words)
        % {name: decimal(language, number) for name, number in clause.numbers.items()}
        for clause in reason.clauses
    )
