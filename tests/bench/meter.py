"""Counts what every call to DynamoDB costs, while it is made."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.client import BaseClient

from tests.bench.units import Item, index_units, item_size, read_units, write_units

_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


@dataclass(slots=True)
class Bill:
    """What some work has cost."""

    writes: float = 0  # units in the table
    indexed: float = 0  # units in its indexes
    reads: float = 0  # units
    calls: list[str] = field(default_factory=list)
    emulator: float = 0  # write units as the emulator counts them

    @property
    def written(self) -> float:
        """All write units."""
        return self.writes + self.indexed


@contextmanager
def metered(client: Any) -> Iterator[Bill]:
    """Count all calls made in the block by whatever client; `client` looks at items on the side."""
    bill = Bill()
    send = BaseClient._make_api_call

    def counted(caller: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if caller is client or caller.meta.service_model.service_name != "dynamodb":
            return send(caller, operation, arguments)
        arguments = {**arguments, "ReturnConsumedCapacity": "INDEXES"}
        call = partial(send, caller, operation, arguments)
        return _count(bill, client, operation, arguments, call)

    BaseClient._make_api_call = counted
    try:
        yield bill
    finally:
        BaseClient._make_api_call = send


def _count(
    bill: Bill, client: Any, operation: str, arguments: dict[str, Any], send: Callable[[], Any]
) -> Any:
    bill.calls.append(operation)
    targets = _targets(operation, arguments)
    before = [_item(client, *target) for target in targets]
    answer: dict[str, Any] = {}
    try:
        answer = send()
    finally:  # a condition that fails costs too
        after = [_item(client, *target) for target in targets]
        times = 2 if operation == "TransactWriteItems" else 1
        for old, new in zip(before, after, strict=True):
            bill.writes += times * write_units(old, new)
            bill.indexed += index_units(old, new)
    bill.reads += _read(operation, arguments, _whole(client, arguments, answer))
    if targets:
        bill.emulator += _emulators_count(answer)
    return answer


def _targets(operation: str, arguments: dict[str, Any]) -> list[tuple[str, Item]]:
    """Table and key of each item that a call wants to write."""
    if operation == "TransactWriteItems":
        writes = [write for action in arguments["TransactItems"] for write in action.values()]
    elif operation in _WRITES:
        writes = [arguments]
    else:
        return []
    return [(write["TableName"], write.get("Key") or _key(write["Item"])) for write in writes]


def _key(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk")}


def _item(client: Any, table: str, key: Item) -> Item | None:
    item: Item | None = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return item


def _whole(client: Any, arguments: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """An answer with whole items: what is left out of it was read, and is paid for, all the same.

    Only keys are left of an index's items, and more of them was never there.
    """
    if "ProjectionExpression" not in arguments or "IndexName" in arguments:
        return answer
    table = arguments["TableName"]
    if "Item" in answer:
        return {**answer, "Item": _item(client, table, arguments["Key"])}
    items = [_item(client, table, _key(item)) for item in answer.get("Items", ())]
    return {**answer, "Items": items}


def _read(operation: str, arguments: dict[str, Any], answer: dict[str, Any]) -> float:
    consistent = bool(arguments.get("ConsistentRead"))
    match operation:
        case "GetItem":
            return read_units([item_size(answer.get("Item", {}))], consistent=consistent)
        case "Query":  # all it read, added up before rounding
            total = sum(map(item_size, answer["Items"]))
            return read_units([total], consistent=consistent)
        case "BatchGetItem":
            return sum(
                read_units(
                    _sizes(len(wanted["Keys"]), answer["Responses"].get(table, [])),
                    consistent=bool(wanted.get("ConsistentRead")),
                )
                for table, wanted in arguments["RequestItems"].items()
            )
    return 0


def _sizes(wanted: int, found: Sequence[Item]) -> list[int]:
    return [item_size(item) for item in found] + [0] * (wanted - len(found))


def _emulators_count(answer: dict[str, Any]) -> float:
    capacity = answer.get("ConsumedCapacity") or []
    listed = capacity if isinstance(capacity, list) else [capacity]
    return float(sum(entry["CapacityUnits"] for entry in listed))
