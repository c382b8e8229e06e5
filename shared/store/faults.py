"""DynamoDB's errors, in domain words. The only place that knows its error codes."""

from collections.abc import Iterator
from contextlib import contextmanager

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


def _plain(error: PynamoDBException) -> Exception:
    code = _code(error)
    if code == "ConditionalCheckFailedException":
        return ConflictError("the item has changed meanwhile")
    if code == "ValidationException":
        return UnstorableError(code)
    if code is None or code in _BUSY:  # no code: the network failed, or the answer never came
        return StoreBusyError(f"the table did not answer: {code or type(error.cause).__name__}")
    return error
