"""DynamoDB as a model: each call takes its time, and no two transactions are at the same item.

What is written is what the engine in this process does. When it happens, and what is refused
because another transaction is at the same item at that instant, is decided here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from tests import inside
from tests.simulation.kernel import Call, Kernel, Task

# Seconds, drawn anew for each call: assumptions, of what a table in the same region takes.
SINGLE = (0.004, 0.012)
TRANSACTION = (0.008, 0.020)
# Seconds of a function's processor before a transaction, for each of its actions: what
# docs/figures/cost.json has for 25 leads in routing, at its memory's share of a core.
PLANNING = 0.0006

Key = tuple[str, str]


@dataclass
class Dynamo:
    """One table, and the transactions that are in flight in it."""

    table: str
    chance: Random
    written: Callable[[dict[str, Any]], None]  # hears each record of the stream
    kernel: Kernel | None = None
    counted: Counter[str] = field(default_factory=Counter)
    _held: set[Key] = field(default_factory=set)
    _seen: int = 0

    def on_call(self, task: Task, call: Call) -> None:
        """See to a call of a task, which waits for its answer."""
        if call.operation == "TransactWriteItems":
            takes = self.chance.uniform(*TRANSACTION)
            before = PLANNING * len(call.arguments["TransactItems"])
            self._later(before + takes / 4, lambda: self._begin(task, call, takes))
        else:
            takes = self.chance.uniform(*SINGLE)
            self._later(takes / 2, lambda: self._single(task, call, takes))

    def _begin(self, task: Task, call: Call, takes: float) -> None:
        """A transaction arrives: it holds its items for half its time, or is refused at once."""
        keys = [_key_of(action) for action in call.arguments["TransactItems"]]
        if not self._held.isdisjoint(keys):
            self.counted["refused: another transaction was there"] += 1
            error = _conflict(call, [key in self._held for key in keys])
            self._answer(task, takes / 4, None, error)
            return
        self._held.update(keys)

        def end() -> None:
            self._held.difference_update(keys)
            answer, error = self.carry_out(call)
            self.counted["refused: a condition" if error else "committed"] += 1
            self._answer(task, takes / 4, answer, error)

        self._later(takes / 2, end)

    def _single(self, task: Task, call: Call, takes: float) -> None:
        key = call.arguments.get("Key")
        writes = call.operation in ("UpdateItem", "PutItem", "DeleteItem")
        if writes and key and _plain(key) in self._held:
            self.counted["writes refused: a transaction was there"] += 1
            response = {"Error": {"Code": "TransactionConflictException", "Message": "simulated"}}
            self._answer(task, takes / 2, None, ClientError(response, call.operation))
            return
        self.counted[call.operation] += 1
        answer, error = self.carry_out(call)
        if error and "baton" in str(key):
            self.counted["the baton was another's"] += 1
        elif "baton" in str(key) and "SET" in call.arguments["UpdateExpression"]:
            self.counted["batons taken"] += 1
        self._answer(task, takes / 2, answer, error)

    def carry_out(self, call: Call) -> tuple[Any, Exception | None]:
        """Do it at this instant; answers what DynamoDB answers, or its error."""
        try:
            return inside.answer(call.client, call.operation, call.arguments), None
        except ClientError as error:
            return None, error
        finally:
            records = inside.changes_since(self.table, self._seen)
            self._seen += len(records)
            for record in records:
                self.written(record)

    def _answer(self, task: Task, after: float, answer: Any, error: Exception | None) -> None:
        self._later(after, lambda: self.kernel.resume(task, answer, error))

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self.kernel.later(seconds, action)


def _key_of(action: dict[str, Any]) -> Key:
    ((_, asked),) = action.items()
    return _plain(asked.get("Key") or asked["Item"])


def _plain(item: dict[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _conflict(call: Call, held: list[bool]) -> ClientError:
    reasons = [{"Code": "TransactionConflict" if one else "None"} for one in held]
    response = {
        "Error": {"Code": "TransactionCanceledException", "Message": "simulated"},
        "CancellationReasons": reasons,
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(response, call.operation)  # type: ignore[arg-type]
