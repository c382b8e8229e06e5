"""Which stack a command acts on: the local one, or one deployed to AWS."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

from infra.api import Api
from infra.cli.source_secrets import SourceSecrets
from infra.local import aws, home
from infra.local.deployment import STACK as LOCAL_NAME
from infra.web import UnreachableError, fetch
from shared.errors import LeadwheelError
from shared.store import table as store_table

# The option that most commands have.
StackOption = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar="LEADWHEEL_STACK",
        help="A stack in AWS, reached with your AWS credentials; the local one if left out.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a stack's API, table and secrets are. `endpoint_url` is None in AWS."""

    api: Api
    table: str
    region: str
    endpoint_url: str | None
    page_url: str | None = None  # the demo's website, of a local stack
    secrets_arn: str = ""  # of the partners and hooks; empty: the stack is older than they are
    client: Callable[[str], Any] | None = None  # a service's, by its name
    demo: Mapping[str, Any] = field(default_factory=dict)  # of a local stack, as in stack.json

    @property
    def secrets(self) -> SourceSecrets:
        """The credentials of partners and hooks. LeadwheelError: the stack keeps none."""
        if not self.secrets_arn or self.client is None:
            raise LeadwheelError(
                "this stack comes from before there were partners and hooks; deploy it again"
            )
        return SourceSecrets(self.client("secretsmanager"), self.secrets_arn)

    def connect_store(self) -> None:
        """Let `shared.store` speak to this stack's table."""
        store_table.connect(self.table, region=self.region, host=self.endpoint_url)


def find_stack(name: str | None) -> Stack:
    """The stack of this name in AWS, or without a name the local one.

    LeadwheelError when it is not there, or not running.
    """
    return _deployed(name) if name else _local()


def _local() -> Stack:
    known = home.announced()
    try:
        fetch(f"{known['endpoint_url']}/_ministack/health", timeout=5)
    except UnreachableError as error:
        raise home.NotRunningError(
            f"nobody answers at {known['endpoint_url']}, where leadwheel was last running;"
            f" start it again with: {home.chosen()}make run"
        ) from error
    aws.act_locally()
    return Stack(
        api=Api(known["api_url"], lambda: str(known["admin_token"])),
        table=known["table"],
        region=known["region"],
        endpoint_url=known["endpoint_url"],
        page_url=known["page_url"],
        secrets_arn=known.get("secrets_arn", ""),
        client=partial(aws.client, endpoint_url=known["endpoint_url"]),
        demo=known.get("demo", {}),
    )


def _deployed(name: str) -> Stack:
    with _reached():
        session = _session()
        outputs = _outputs(session, name)
    try:
        token = partial(_newest_token, session, outputs["AdminTokenArn"])
        create: Any = session.client  # its type lists every service by name
        return Stack(
            api=Api(outputs["ApiUrl"].rstrip("/"), token),
            table=outputs["TableName"],
            region=session.region_name,
            endpoint_url=None,
            secrets_arn=outputs.get("SourceSecretsArn", ""),
            client=create,
        )
    except KeyError as error:
        raise LeadwheelError(
            f"the stack {name!r} has no output {error}; is it leadwheel's?"
        ) from error


def _session() -> boto3.Session:
    # boto3 itself reads only AWS_DEFAULT_REGION; other SDKs and `aws` read AWS_REGION too.
    return boto3.Session(region_name=os.environ.get("AWS_REGION"))


@contextmanager
def _reached() -> Iterator[None]:
    """Say in a sentence that AWS cannot be reached from here at all."""
    try:
        yield
    except NoCredentialsError as error:
        raise LeadwheelError(
            "no AWS credentials found; log in (aws login, aws sso login) or set AWS_PROFILE"
        ) from error
    except NoRegionError as error:
        raise LeadwheelError("no AWS region is set; set AWS_REGION, as in eu-north-1") from error


@dataclass(frozen=True, slots=True)
class Reach:
    """A stack by its name alone, whatever is left of it; `on_it` is the option that names it."""

    name: str
    region: str
    endpoint_url: str | None
    client: Callable[..., Any]  # by the service's name; `config` if not as usual
    on_it: str = ""


def reach(name: str | None) -> Reach:
    """How to look at this stack in AWS, or without a name at the local one; errors likewise."""
    if not name:
        local = _local()
        of_local = partial(aws.client, endpoint_url=str(local.endpoint_url))
        return Reach(LOCAL_NAME, local.region, local.endpoint_url, of_local)
    with _reached():
        session = _session()
        _outputs(session, name)
        create: Any = session.client
        return Reach(name, session.region_name, None, create, f" --stack {name}")


def _outputs(session: boto3.Session, name: str) -> dict[str, str]:
    try:
        stacks = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise LeadwheelError(
            f"there is no stack {name!r} in {session.region_name}; AWS_REGION says where to look"
        ) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def _newest_token(session: boto3.Session, arn: str) -> str:
    """The last one: there are two, one per line, while one is exchanged for the next."""
    held = session.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return str(held).rstrip().rpartition("\n")[2]
