"""A round-robin router as it is usually written, to compare with.

It reads a counter, takes the rep whose turn that number is, and writes the counter back under an
optimistic lock, together with the lead and the rep's count; when another router was faster, it
starts again. Weights are a list in which a rep of weight 3 stands three times. It keeps no ledger,
no limits, no log and no deadlines. It speaks to DynamoDB by botocore alone, in the fewest round
trips there can be: one read and one transaction per lead.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from shared.domain.leads import Lead
from tests.bench.backlog import WEIGHTS

TURNS = [rep for rep, weight in WEIGHTS.items() for _ in range(weight)]
_COUNTER = {"pk": {"S": "counter"}, "sk": {"S": "sales"}}


class Table(NamedTuple):
    """Where it works."""

    client: Any
    name: str


def start(table: Table) -> None:
    """Write the counter, at zero."""
    table.client.put_item(TableName=table.name, Item={**_COUNTER, "n": {"N": "0"}})


def route(table: Table, leads: Sequence[Lead], routers: int) -> int:
    """Route the leads with so many routers at once; answers how often one of them lost a race."""
    with ThreadPoolExecutor(routers) as pool:
        return sum(pool.map(lambda lead: _route_one(table, lead.lead_id), leads))


def _route_one(table: Table, lead_id: str) -> int:
    lost = 0
    while not _try(table, lead_id):
        lost += 1
    return lost


def _try(table: Table, lead_id: str) -> bool:
    answer = table.client.get_item(TableName=table.name, Key=_COUNTER, ConsistentRead=True)
    counter = int(answer["Item"]["n"]["N"])
    rep = TURNS[counter % len(TURNS)]
    try:
        table.client.transact_write_items(
            TransactItems=[_turn(table, counter), _owned(table, lead_id, rep), _count(table, rep)]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return False
    return True


def _turn(table: Table, counter: int) -> dict[str, Any]:
    update = {
        "Key": _COUNTER,
        "UpdateExpression": "SET n = :next",
        "ConditionExpression": "n = :read",
        "ExpressionAttributeValues": {
            ":next": {"N": str(counter + 1)},
            ":read": {"N": str(counter)},
        },
    }
    return {"Update": {"TableName": table.name, **update}}


def _owned(table: Table, lead_id: str, rep: str) -> dict[str, Any]:
    update = {
        "Key": {"pk": {"S": f"lead#{lead_id}"}, "sk": {"S": "lead"}},
        "UpdateExpression": "SET #owner = :rep, #status = :assigned",
        "ConditionExpression": "#status = :new",
        "ExpressionAttributeNames": {"#owner": "owner", "#status": "status"},
        "ExpressionAttributeValues": {
            ":rep": {"S": rep},
            ":assigned": {"S": "assigned"},
            ":new": {"S": "new"},
        },
    }
    return {"Update": {"TableName": table.name, **update}}


def _count(table: Table, rep: str) -> dict[str, Any]:
    update = {
        "Key": {"pk": {"S": f"rep#{rep}"}, "sk": {"S": "rep"}},
        "UpdateExpression": "ADD #open :one",
        "ExpressionAttributeNames": {"#open": "open"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    return {"Update": {"TableName": table.name, **update}}
