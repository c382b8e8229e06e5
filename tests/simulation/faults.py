"""What a call to AWS can meet."""

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.simulation.kernel import Call


class Fate(StrEnum):
    """What becomes of a call, and of who made it."""

    FINE = "fine"
    DIES_BEFORE = "dies before it"
    DIES_AFTER = "dies after it"
    LOST = "done, the answer is lost"
    UNREACHED = "not done, no answer"
    TWICE = "sent again by the SDK, as the first answer was lost"
    THROTTLED = "throttled"
    FAILED = "done, answered with an internal error"
    CONFLICT = "another transaction is at the same items"
    STALLED = "the process stands still first"


READS = {"GetItem", "BatchGetItem", "Query", "Scan", "GetSecretValue"}

# How often each is chosen, of those that fit.
_OFTEN = {
    Fate.DIES_BEFORE: 2,
    Fate.DIES_AFTER: 4,
    Fate.LOST: 3,
    Fate.UNREACHED: 1,
    Fate.TWICE: 3,
    Fate.THROTTLED: 2,
    Fate.FAILED: 1,
    Fate.CONFLICT: 3,
    Fate.STALLED: 3,
}


@dataclass
class Faults:
    """The nemesis at the calls: how often it strikes, and what it has done."""

    chance: Random
    share: float  # of all calls that write; of reads, a third of it
    met: dict[Fate, int] = field(default_factory=dict)

    def fate(self, call: Call) -> Fate:
        """What this call meets."""
        share = self.share / 3 if call.operation in READS else self.share
        if self.chance.random() >= share:
            return Fate.FINE
        fitting = [fate for fate in _OFTEN if _fits(fate, call)]
        (fate,) = self.chance.choices(fitting, [_OFTEN[one] for one in fitting])
        self.met[fate] = self.met.get(fate, 0) + 1
        return fate


def _fits(fate: Fate, call: Call) -> bool:
    if fate is Fate.CONFLICT:
        return call.operation == "TransactWriteItems"
    if fate in (Fate.TWICE, Fate.LOST, Fate.FAILED, Fate.DIES_AFTER):
        return call.operation not in READS
    return True


def error_of(fate: Fate, call: Call) -> Exception:
    """What the caller gets instead of an answer."""
    where = call.client.meta.endpoint_url
    match fate:
        case Fate.LOST:
            return ReadTimeoutError(endpoint_url=where)
        case Fate.UNREACHED:
            return ConnectTimeoutError(endpoint_url=where)
        case Fate.THROTTLED:
            return _refused(call, "ThrottlingException", 400)
        case Fate.FAILED:
            return _refused(call, "InternalServerError", 500)
        case Fate.CONFLICT:
            return _cancelled(call)
    raise ValueError(fate)


def _refused(call: Call, code: str, status: int) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": "says the simulation"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, call.operation)  # type: ignore[arg-type]


def _cancelled(call: Call) -> ClientError:
    actions = len(call.arguments["TransactItems"])
    reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (actions - 1)
    response = {
        "Error": {"Code": "TransactionCanceledException", "Message": "says the simulation"},
        "CancellationReasons": reasons,
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(response, call.operation)  # type: ignore[arg-type]
