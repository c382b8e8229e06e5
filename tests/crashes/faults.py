"""What can go wrong with one call, and a count of all calls that are made."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from shared.graph import GraphError
from shared.messages.outbound import UndeliveredError
from tests.world import DiedError


class Fault(StrEnum):
    """What happens at a call, once."""

    BEFORE = "the process dies before it"
    AFTER = "the process dies after it"
    LOST = "it is carried out, and the answer never comes"
    RESENT = "the SDK sends it twice, and the second answer comes"
    THROTTLED = "the service is too busy to carry it out"
    CONFLICT = "another transaction is at the same items"


CARRIED_OUT = (Fault.AFTER, Fault.LOST, Fault.RESENT)

READS = ("GetItem", "BatchGetItem", "Query", "Scan", "GetSecretValue")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
SENDS = ("SendEmail", "Publish", "PutEvents", "post")
OF_OTHERS = ("post", "ask")  # without an SDK

_TOO_BUSY = {
    "SendEmail": "TooManyRequestsException",
    "Publish": "Throttled",
    "PutEvents": "ThrottlingException",
    "GetSecretValue": "ThrottlingException",
}


def faults_of(operation: str, *, first: bool) -> list[Fault]:
    """All that can go wrong with a call.

    Dying before it is dying after the one before, unless it is the first. A read that comes twice
    is a read, and only writes are in anybody's way.
    """
    faults = [Fault.BEFORE] if first else []
    faults += [Fault.AFTER, Fault.LOST, Fault.THROTTLED]
    if operation not in READS and operation not in OF_OTHERS:
        faults.append(Fault.RESENT)
    if operation in WRITES:
        faults.append(Fault.CONFLICT)
    return faults


@dataclass
class Calls:
    """Lets every call through, and counts it, until the one that something happens to."""

    made: list[str] = field(default_factory=list)
    counting: bool = False
    at: int | None = None
    fault: Fault = Fault.BEFORE
    dead: bool = False

    def arm(self, at: int | None = None, fault: Fault = Fault.BEFORE) -> None:
        """From now on every call counts."""
        self.made, self.counting, self.dead = [], True, False
        self.at, self.fault = at, fault

    def disarm(self) -> None:
        """Nothing happens any more."""
        self.counting = self.dead = False

    @property
    def number(self) -> int:
        """Of the call that is under way; 0: it does not count."""
        return len(self.made) if self.counting else 0

    def make(self, operation: str, arguments: Any, carry_out: Callable[[], Any]) -> Any:
        """Make a call, and let happen what is to happen at it."""
        if self.dead:  # what a process would do on its way out, a dead one does not
            raise DiedError
        if self.counting:
            self.made.append(operation)
        if not self.counting or len(self.made) != self.at:
            return carry_out()
        match self.fault:
            case Fault.THROTTLED:
                raise _too_busy(operation)
            case Fault.CONFLICT:
                raise _conflict(operation, arguments)
            case Fault.BEFORE:
                self.dead = True
                raise DiedError
        with suppress(ClientError):
            answer = carry_out()
        match self.fault:
            case Fault.AFTER:
                self.dead = True
                raise DiedError
            case Fault.LOST:
                raise _lost(operation)
            case _:
                answer = carry_out()
        return answer


def _too_busy(operation: str) -> Exception:
    match operation:
        case "post":
            return UndeliveredError("http_429")
        case "ask":
            return GraphError("http_429")
    code = _TOO_BUSY.get(operation, "ProvisionedThroughputExceededException")
    return ClientError({"Error": {"Code": code, "Message": "later"}}, operation)


def _lost(operation: str) -> Exception:
    match operation:
        case "post":
            return UndeliveredError("timeout")
        case "ask":
            return GraphError("timeout")
    return ReadTimeoutError(endpoint_url="http://cloud.inside")


def _conflict(operation: str, arguments: Any) -> Exception:
    if operation != "TransactWriteItems":
        error = {"Code": "TransactionConflictException", "Message": "another is at it"}
        return ClientError({"Error": error}, operation)
    others = [{"Code": "None"}] * (len(arguments["TransactItems"]) - 1)
    reasons = [{"Code": "TransactionConflict"}, *others]
    error = {"Code": "TransactionCanceledException", "Message": "another is at it"}
    return ClientError({"Error": error, "CancellationReasons": reasons}, operation)
