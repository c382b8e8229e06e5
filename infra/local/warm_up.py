"""Lets every function load what it needs before the first lead comes, so that it is a quick one."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local import demo
from infra.local.aws import client
from infra.local.deployment import Deployment


def warm_up(endpoint_url: str, deployment: Deployment, token: str) -> None:
    """Start each function, all at once, with something that changes nothing.

    Capture twice: visitors click twice, and the second must not wait for a process to start.
    A configuration must be active. What goes wrong here is seen again, and told, by real events.
    """
    lambda_client = client("lambda", endpoint_url)
    events = _events(token)

    def invoke(function: str) -> None:
        payload = json.dumps(events.get(function, {}))
        with suppress(BotoCoreError, ClientError):
            lambda_client.invoke(FunctionName=deployment.functions[function], Payload=payload)

    with ThreadPoolExecutor() as pool:
        list(pool.map(invoke, [*deployment.functions, "CaptureFunction"]))


def _events(token: str) -> dict[str, Any]:
    unusable = json.dumps({"email": "not an address", "phone": "1"})
    nobody = {"kind": {"S": "rep"}, "pk": {"S": "rep#nobody"}}
    return {
        "CaptureFunction": _request("POST", f"/v1/forms/{demo.FORM}/leads", body=unusable),
        "DeskFunction": _request("GET", "/v1/parked", authorization=f"Bearer {token}"),
        "RoutingFunction": _record(nobody),
        "AlertsFunction": _record(nobody),
        "FetchFunction": {"detail": {"lead_id": "nobody", "n": 0}},
    }


def _request(method: str, path: str, body: str | None = None, **headers: str) -> dict[str, Any]:
    """What API Gateway would send (payload 2.0)."""
    http = {"method": method, "path": path}
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"http": http, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
    }


def _record(image: dict[str, Any]) -> dict[str, Any]:
    """What the table's stream would bring."""
    change = {"SequenceNumber": "0", "NewImage": image}
    record = {"eventSource": "aws:dynamodb", "eventName": "MODIFY", "dynamodb": change}
    return {"Records": [record]}
