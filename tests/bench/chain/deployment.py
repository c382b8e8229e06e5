"""Brings the chain up beside leadwheel, in the same emulator."""

import io
import time
import zipfile
from pathlib import Path
from typing import Any

from infra.local.aws import client

STACK = "chain"
PATIENCE = 60.0  # seconds
_HERE = Path(__file__).parent


def deploy(endpoint_url: str) -> tuple[str, str]:
    """Bring the chain up; answers where to post leads, and its table."""
    s3 = client("s3", endpoint_url)
    s3.create_bucket(Bucket=STACK)
    s3.put_object(Bucket=STACK, Key="code.zip", Body=_code())
    template = (_HERE / "template.yaml").read_text(encoding="utf-8")
    cloudformation = client("cloudformation", endpoint_url)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=template.replace("CodeUri: .", f"CodeUri: s3://{STACK}/code.zip"),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "ms-custom-id", "Value": STACK}],  # the emulator takes it as the API's id
    )
    table = _table_when_complete(cloudformation)
    return f"{endpoint_url}/_aws/execute-api/{STACK}/$default/leads", table


def _code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(_HERE / "functions.py", "functions.py")
    return archive.getvalue()


def _table_when_complete(cloudformation: Any) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return str(stack["Outputs"][0]["OutputValue"])
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.1)
    raise RuntimeError(f"the chain did not come up: {stack['StackStatus']}")
