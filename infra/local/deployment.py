"""The project's own template, brought into the emulated cloud by CloudFormation."""

import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.aws import client
from infra.local.code_archive import code_archive
from infra.local.home import ROOT
from shared.errors import LeadwheelError

STACK = "leadwheel"
SENDER = "leads@leadwheel.example"
_BUCKET = "leadwheel-code"
_TEMPLATE = "template.yaml"
_CODE_HERE = "CodeUri: ."
_PATIENCE = 120.0  # seconds


class DeploymentError(LeadwheelError):
    """The template could not be brought up; the message holds CloudFormation's reasons."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What CloudFormation made: its outputs, and the functions' names by their logical ids."""

    outputs: dict[str, str]
    functions: dict[str, str]


def public_url(endpoint_url: str) -> str:
    """Where the API will be: its id is the stack's tag below, so the address is known before."""
    return f"{endpoint_url}/_aws/execute-api/{STACK}/$default"


def deploy(endpoint_url: str) -> Deployment:
    """Bring up the stack; DeploymentError when it does not come up."""
    try:
        return _deploy(endpoint_url)
    except (BotoCoreError, ClientError) as error:
        raise DeploymentError(f"the template could not be deployed: {error}") from error


def _deploy(endpoint_url: str) -> Deployment:
    # A sender must be known to SES; here, whoever says so is believed.
    client("sesv2", endpoint_url).create_email_identity(EmailIdentity=SENDER)
    cloudformation = client("cloudformation", endpoint_url)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=_upload(endpoint_url),
        Parameters=[
            {"ParameterKey": "Stage", "ParameterValue": "local"},
            {"ParameterKey": "SenderAddress", "ParameterValue": SENDER},
            {"ParameterKey": "PublicUrl", "ParameterValue": public_url(endpoint_url)},
            {"ParameterKey": "LoopbackReceivers", "ParameterValue": "allowed"},
            # A demo and a benchmark come in faster than a website's visitors.
            {"ParameterKey": "CaptureRequestsPerSecond", "ParameterValue": "10000"},
            {"ParameterKey": "CaptureBurst", "ParameterValue": "5000"},
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "ms-custom-id", "Value": STACK}],  # the emulator takes it as the API's id
    )
    outputs = _outputs_when_complete(cloudformation)
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    functions = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }
    return Deployment(outputs, functions)


def _upload(endpoint_url: str) -> str:
    """Where the template lies, which names the code: it is longer than a request may be."""
    code = code_archive()
    key = f"{sha256(code).hexdigest()[:16]}.zip"
    template = _template(f"s3://{_BUCKET}/{key}").encode()
    s3 = client("s3", endpoint_url)
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key=key, Body=code)
    s3.put_object(Bucket=_BUCKET, Key=_TEMPLATE, Body=template)
    return f"{endpoint_url}/{_BUCKET}/{_TEMPLATE}"


def _template(code_uri: str) -> str:
    file = ROOT / "template.yaml"
    try:
        template = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DeploymentError(
            f"there is no {file}; run this from a checkout of leadwheel, with: make run"
        ) from error
    if template.count(_CODE_HERE) != 1:
        raise DeploymentError(f"{file} must have exactly one line `{_CODE_HERE}`")
    return template.replace(_CODE_HERE, f"CodeUri: {code_uri}")


def _outputs_when_complete(cloudformation: Any) -> dict[str, str]:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            raise DeploymentError(f"the template did not come up: {_reasons(cloudformation)}")
        time.sleep(0.1)
    raise DeploymentError(f"the template was not up within {_PATIENCE:.0f} s")


def _reasons(cloudformation: Any) -> str:
    """What failed and why, oldest first; what was merely cancelled with it is left out."""
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    reasons = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
        and "cancelled" not in event.get("ResourceStatusReason", "cancelled")
    ]
    return "; ".join(reasons) or "no reason was given"
