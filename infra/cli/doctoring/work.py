"""Reads of the table what waits in it: by its indexes, and nothing is scanned."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from pydantic import ValidationError

from infra.cli.doctoring.facts import Answer, Facts, Key, Read
from shared.domain.config import Config
from shared.domain.leads import WATCH_AFTER
from shared.domain.moments import from_text, to_text
from shared.errors import ConfigError
from shared.store import bounces as bounce_store
from shared.store import config as config_store
from shared.store.deliveries import SHARDS
from shared.store.table import shards

CONFIGURATION: Key = ("configuration", "active")
OLDEST = 100  # that are looked at of each shard, and so are counted
MOST_COUNTED = 1000  # in a place

_KEYS = "pk, sk, #s, due_at"


class Active(NamedTuple):
    """The active configuration; `problem`: why it cannot be loaded."""

    version: int = 0
    config: Config | None = None
    problem: str = ""


class Due(NamedTuple):
    """What is due: whose item, a lead's status, and when."""

    item: str
    status: str
    due_at: datetime


class Lying(NamedTuple):
    """How many lie in a place (deliveries, where those are dead); `more`: there are more."""

    leads: int
    more: bool
    oldest: datetime | None


def configuration() -> Active:
    """The active configuration; NotFoundError: there is none."""
    try:
        active = config_store.active()
    except ValidationError as error:  # its text would hold names and addresses
        places = sorted({".".join(map(str, one["loc"][:2])) for one in error.errors()})
        return Active(problem=f"this version of leadwheel does not know {', '.join(places[:3])}")
    except ConfigError as error:
        return Active(problem=f"{len(error.problems)} problems in it")
    except (ValueError, OSError) as error:
        return Active(problem=f"what is stored is damaged ({type(error).__name__})")
    return Active(active.version, active.config)


def names_in(text: str) -> dict[str, list[str]] | None:
    """Which credentials a secret has for whom, without them; None: it is no JSON object."""
    try:
        known = json.loads(text or "{}")
    except ValueError:
        return None
    if not isinstance(known, dict):
        return None
    return {
        named: [name for name, values in of_it.items() if values]
        for named, of_it in known.items()
        if isinstance(of_it, dict)
    }


def questions(
    facts: Facts, dynamodb: Any, active: Read | None
) -> Iterator[tuple[Key, Callable[[], Any]]]:
    """What is due, what lies where, and whose mail is paused."""
    table = facts.outputs.get("TableName")
    if not table:
        return
    config = active.value.config if isinstance(active, Answer) else None
    partners = config.partners if config else ()
    due = [
        *shards(),
        *(f"deliver#{shard}" for shard in range(SHARDS)),
        *(f"pings#{partner}" for partner in partners),
    ]
    until = facts.now + WATCH_AFTER
    yield from ((("due", one), partial(_due, dynamodb, table, one, until)) for one in due)
    places = ["quarantine", "announced"]
    if config:
        places += [f"{kind}#{pool}" for pool in config.pools for kind in ("parked", "stuck")]
        places += [f"dead#{channel}" for channel in config.channels]
    yield from ((("place", one), partial(_lying, dynamodb, table, one)) for one in places)
    yield ("refusals", "mail"), lambda: sorted(bounce_store.refusals())


def _due(dynamodb: Any, table: str, shard: str, until: datetime) -> list[Due]:
    """The oldest that are due by then, as the table itself has them: the index lags."""
    found = dynamodb.query(
        TableName=table,
        IndexName="due",
        KeyConditionExpression="#d = :shard AND due_at <= :until",
        ExpressionAttributeNames={"#d": "due"},
        ExpressionAttributeValues={":shard": {"S": shard}, ":until": {"S": to_text(until)}},
        Limit=OLDEST,
    )["Items"]
    if not found:
        return []
    asked: dict[str, Any] = {
        "Keys": [{"pk": item["pk"], "sk": item["sk"]} for item in found],
        "ProjectionExpression": _KEYS,
        "ExpressionAttributeNames": {"#s": "status"},
        "ConsistentRead": True,
    }
    answer = dynamodb.batch_get_item(RequestItems={table: asked})
    items = [item for item in answer["Responses"].get(table, ()) if "due_at" in item]
    read = [
        Due(
            item["pk"]["S"],
            item.get("status", {}).get("S", ""),
            from_text(item["due_at"]["S"]),
        )
        for item in items
    ]
    return [one for one in read if one.due_at <= until]


def _lying(dynamodb: Any, table: str, place: str) -> Lying:
    answer = dynamodb.query(
        TableName=table,
        IndexName="place",
        KeyConditionExpression="place = :place",
        ExpressionAttributeValues={":place": {"S": place}},
        Limit=MOST_COUNTED,
    )
    items = answer["Items"]
    oldest = from_text(items[0]["placed_at"]["S"]) if items else None
    return Lying(len(items), "LastEvaluatedKey" in answer, oldest)


def age(since: datetime, now: datetime) -> str:
    """`40 s`, `12 min`, `5 h`, `3 days`."""
    seconds = max(0, int((now - since) / timedelta(seconds=1)))
    for size, unit in ((172_800, "days"), (7200, "h"), (120, "min")):
        if seconds >= size:
            one = {"days": 86_400, "h": 3600, "min": 60}[unit]
            return f"{seconds // one} {unit}"
    return f"{seconds} s"
