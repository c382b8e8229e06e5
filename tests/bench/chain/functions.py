"""An item is put, the stream brings it, an owner is set, a mail goes out.

No validation, no rules, no accounts, and nothing that would keep the mail from going out twice.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
mail = boto3.client("sesv2", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
table = os.environ["TABLE_NAME"]
sender = os.environ["SENDER"]


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
            UpdateExpression="SET #owner = :owner, #status = :status, #log = :log",
            ExpressionAttributeNames={"#owner": "owner", "#status": "status", "#log": "log"},
            ExpressionAttributeValues={
                ":owner": {"S": "rep1"},
                ":status": {"S": "assigned"},
                ":log": {"L": [{"S": json.dumps({"at": datetime.now(UTC).isoformat()})}]},
            },
        )
    return {"batchItemFailures": []}


def alert(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The stream's second reader: the least that an alert can be, always one mail."""
    content = {"Subject": {"Data": "A lead"}, "Body": {"Text": {"Data": "It is yours."}}}
    for record in event["Records"]:
        if "owner" in record["dynamodb"]["NewImage"]:
            mail.send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": ["nobody@example.com"]},
                Content={"Simple": content},
            )
    return {"batchItemFailures": []}
