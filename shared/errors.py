"""Everything that can go wrong, in domain words.

The store turns botocore's errors into these, the flows raise them, and the handlers map them to
HTTP answers in one place (`shared/http.py`). No message here ever contains personal data.
"""

from datetime import datetime
from typing import NamedTuple


class LeadwheelError(Exception):
    """Base of every error that leadwheel raises on purpose."""


# ── What a sender did ────────────────────────────────────────────────────────────────────────────


class FieldProblem(NamedTuple):
    """One wrong field: its name as the sender wrote it, and what to do about it."""

    field: str
    message: str


class InvalidFieldsError(LeadwheelError):
    """The body was read, but fields are missing or wrong; `problems` names every one of them."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


class UnreadableBodyError(LeadwheelError):
    """The body cannot be read as what its content type says; the raw bytes belong in quarantine."""


class UnsupportedMediaTypeError(LeadwheelError):
    """The content type is none that the endpoint reads."""


class BodyTooLargeError(LeadwheelError):
    """The body is larger than the endpoint takes."""


class KeyReusedError(LeadwheelError):
    """The idempotency key came before with another body."""


class KeyInFlightError(LeadwheelError):
    """A request with the same key is being answered right now; try again shortly."""


class UnauthorisedError(LeadwheelError):
    """The caller did not prove who they are."""


class ForbiddenError(LeadwheelError):
    """The caller is known, and may not do this."""


# ── What the state of things does not allow ──────────────────────────────────────────────────────


class NotFoundError(LeadwheelError):
    """There is no such thing, or the caller may not know of it."""


class IllegalTransitionError(LeadwheelError):
    """The lead cannot make this step from where it is; the message says what is possible."""


class NotAllYetError(LeadwheelError):
    """Part of it is done, and there was no time for the rest; the same again goes on."""


class SnoozedTooLongError(InvalidFieldsError):
    """The lead would be taken from its owner, at `ends`, before the snooze is over."""

    def __init__(self, ends: datetime) -> None:
        told = f"must be before {ends:%Y-%m-%dT%H:%M:%SZ}: then the lead is taken from its owner"
        super().__init__([FieldProblem("until", told)])
        self.ends = ends


class NotYoursError(LeadwheelError):
    """The lead belongs to somebody else by now, or to nobody."""


class ImpossibleForRepError(LeadwheelError):
    """This rep cannot take the lead now; `code` names the obstacle, as `holding_limit`."""

    def __init__(self, rep_id: str, code: str, why: str) -> None:
        super().__init__(f"{rep_id} {why}")
        self.rep_id = rep_id
        self.code = code


# ── What the store found ─────────────────────────────────────────────────────────────────────────


class ConflictError(LeadwheelError):
    """Somebody else changed the item first; read it again and decide anew."""


class MeanwhileError(ConflictError):
    """The item is as it was read, and something that was to be written with it is not."""


class StoreBusyError(LeadwheelError):
    """The table throttled or did not answer in time; nothing is known to be written."""


class UnstorableError(LeadwheelError):
    """The table will never take this item or transaction: it is too large, or malformed."""


# ── What the person who configures did ───────────────────────────────────────────────────────────


class ConfigError(LeadwheelError):
    """The configuration is wrong; `problems` lists each as file, line, field and advice."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
