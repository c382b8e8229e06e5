"""An item is put, the stream brings it, an owner is set. No validation, no rules, no accounts."""

import json
import os
import uuid
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
table = os.environ["TABLE_NAME"]


def capture(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway → an item."""
    lead_id = uuid.uuid4().hex
    item = {
        "pk": {"S": f"lead#{lead_id}"},
        "sk": {"S": "lead"},
        "kind": {"S": "lead"},
        "status": {"S": "new"},
        "fields": {"S": event["body"]},
    }
    dynamodb.put_item(TableName=table, Item=item)
    return {"statusCode": 201, "body": json.dumps({"lead_id": lead_id})}


def nothing(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway → 200, at once."""
    return {"statusCode": 200, "body": "{}"}


def route(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The stream's new items → their owner."""
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        dynamodb.update_item(
            TableName=table,
            Key={"pk": image["pk"], "sk": image["sk"]},
            UpdateExpression="SET #owner = :owner, #status = :status",
            ExpressionAttributeNames={"#owner": "owner", "#status": "status"},
            ExpressionAttributeValues={":owner": {"S": "rep1"}, ":status": {"S": "assigned"}},
        )
    return {"batchItemFailures": []}


def alert(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The stream's second reader, who has nothing to say."""
    return {"batchItemFailures": []}
