"""DynamoDB's errors, in domain words. The only place that knows its error codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pynamodb.exceptions import CancellationReason, PynamoDBException, TransactWriteError

from shared.errors import ConflictError, StoreBusyError, UnstorableError

CONDITION_FAILED = "ConditionalCheckFailed"
TRANSACTION_CONFLICT = "TransactionConflict"
UNSTORABLE = "ValidationError"

_BUSY = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


class CancelledError(ConflictError):
    """A transaction was cancelled; `reasons` has one entry per action, None where it was fine."""

    def __init__(self, reasons: list[CancellationReason | None]) -> None:
        super().__init__("the transaction was cancelled")
        self.reasons = reasons

    def failed(self, position: int) -> bool:
        """Whether this action's own condition failed."""
        reason = self.reasons[position] if position < len(self.reasons) else None
        return reason is not None and reason.code == CONDITION_FAILED

    @property
    def unstorable(self) -> bool:
        """Whether some action will be refused however often it is tried."""
        return any(reason and reason.code == UNSTORABLE for reason in self.reasons)

    @property
    def only_conflicts(self) -> bool:
        """Whether another transaction was at the same items at this instant, and nothing else."""
        return {reason.code for reason in self.reasons if reason} == {TRANSACTION_CONFLICT}


class ChangedError(ConflictError):
    """A condition did not hold; `item` is what stands there, for whoever has asked for it."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__("the item has changed meanwhile")
        self.item = item


@contextmanager
def translated() -> Iterator[None]:
    """Raise what goes wrong inside as an error of `shared.errors`.

    What is none of these is a defect (a missing permission, say) and passes as it is.
    """
    try:
        yield
    except TransactWriteError as error:
        if _code(error) == "TransactionCanceledException":
            cancelled = CancelledError(error.cancellation_reasons)
            if cancelled.unstorable:
                raise UnstorableError(UNSTORABLE) from error
            raise cancelled from error
        raise _plain(error) from error
    except PynamoDBException as error:
        raise _plain(error) from error


def _code(error: PynamoDBException) -> str | None:
    """DynamoDB's code; None when no answer came. pynamodb's own property breaks on a time-out."""
    response: dict[str, dict[str, str]] = getattr(error.cause, "response", None) or {}
    return response.get("Error", {}).get("Code")


def _standing(error: PynamoDBException) -> dict[str, Any] | None:
    """The item that DynamoDB sent with its refusal; pynamodb keeps it in botocore's own error."""
    response: dict[str, Any] = getattr(getattr(error.cause, "__cause__", None), "response", {})
    return response.get("Item")


def _plain(error: PynamoDBException) -> Exception:
    code = _code(error)
    if code == "ConditionalCheckFailedException":
        return ChangedError(_standing(error))
    if code == "ValidationException":
        return UnstorableError(code)
    if code is None or code in _BUSY:  # no code: the network failed, or the answer never came
        return StoreBusyError(f"the table did not answer: {code or type(error.cause).__name__}")
    return error
