"""Indexes that lag behind the table, as DynamoDB's do."""

from collections import deque
from random import Random
from typing import Any

from tests.bench.units import INDEXES
from tests.simulation.kernel import Call

KEPT = 400
Entry = dict[str, Any]


class LaggingIndex:
    """What a query of an index finds some moments after a write, and what it does not yet."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.lags = chance, 0.0  # seconds, at most
        self._recent: deque[tuple[float, Entry | None, Entry | None]] = deque(maxlen=KEPT)

    def written(self, record: dict[str, Any], now: float) -> None:
        """Note a change of the table."""
        images = record["dynamodb"]
        self._recent.append((now, images.get("OldImage"), images.get("NewImage")))

    def seen_late(self, call: Call, answer: Any, now: float) -> Any:
        """What a query finds: as it is now, or as it was a moment ago."""
        name = call.arguments.get("IndexName")
        if not (name and self.lags) or answer.get("LastEvaluatedKey"):
            return answer
        since = now - self.lags * self.chance.random()
        keys = ("pk", "sk", *INDEXES[name])
        found = {_key(item): item for item in answer["Items"]}
        for at, old, new in reversed(self._recent):
            if at <= since:
                break
            if new is not None:
                found.pop(_key(new), None)
            if old is not None and _is_asked_for(call, old, INDEXES[name]):
                found[_key(old)] = {one: old[one] for one in keys}
        items = sorted(found.values(), key=lambda item: item[INDEXES[name][1]]["S"])
        items = items[: call.arguments.get("Limit") or len(items)]
        return {**answer, "Items": items, "Count": len(items)}


def _key(item: Entry) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _is_asked_for(call: Call, item: Entry, keys: tuple[str, str]) -> bool:
    """Whether a query by an index's partition would find an item; of times, up to the one asked."""
    partition, time = keys
    if partition not in item or time not in item:
        return False
    asked = [value["S"] for value in call.arguments["ExpressionAttributeValues"].values()]
    until = max((text for text in asked if text[:2] == "20"), default="9")
    return item[partition]["S"] in asked and item[time]["S"] <= until
