"""`leadwheel up`: from nothing to a running stack, and back to nothing."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from infra.api import Api
from infra.cli.source_secrets import SourceSecrets
from infra.local import demo, home
from infra.local.aws import REGION, act_locally, client
from infra.local.changes import Changes
from infra.local.deployment import Deployment, deploy, public_url
from infra.local.emulator import emulator, require_running
from infra.local.journeys import Journeys
from infra.local.mailbox import mailbox_url
from infra.local.page import served
from infra.local.ports import LOOPBACK, require_free
from infra.local.sweep import EVERY, swept_often
from infra.local.warm_up import warm_up
from infra.terminal import BOLD, DIM, command, say, step
from shared.errors import LeadwheelError
from shared.flows.apply_config import apply_config
from shared.store import table as store_table
from shared.surroundings import real

LOOK_EVERY = 0.4  # seconds between two looks at what has changed
DEMO_SHOWN_FOR = 6.0  # seconds, until the addresses follow


class _Stopped(BaseException):
    """Somebody asked us to stop. No `except Exception` on the way may keep it."""


def up(port: int, page_port: int, *, with_leads: bool) -> None:
    """Run leadwheel on this machine until a signal ends it. LeadwheelError: it cannot run."""
    act_locally()
    try:
        with _stoppable(), ExitStack() as running:
            # The folder first: whose leadwheel runs already hears of both, folder and port.
            running.enter_context(home.kept_to_ourselves())
            require_free(port, "LEADWHEEL_PORT")
            require_free(page_port, "LEADWHEEL_PAGE_PORT")
            try:
                _run(running, port, page_port, with_leads=with_leads)
            except _Stopped:
                say("stopping …")  # at once, as clearing away may take seconds
                raise
    except _Stopped:
        say("stopped; nothing is left running")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn the first signal that asks us to stop into _Stopped; later ones break off nothing."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(*_: Any) -> NoReturn:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    for number in signals:
        signal.signal(number, stop)
    yield


def _run(running: ExitStack, port: int, page_port: int, *, with_leads: bool) -> None:
    endpoint_url, page_url = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{page_port}"
    api_url = public_url(endpoint_url)
    with step(f"local cloud on {LOOPBACK}:{port}"):
        process = running.enter_context(emulator(port))
    with step("template.yaml deployed") as notes:
        deployment = deploy(endpoint_url)
        notes.append(f"{len(deployment.functions)} functions")
    token = _secret(endpoint_url, deployment.outputs["AdminTokenArn"])
    with step("infra/demo.yaml applied, functions warmed up"):
        store_table.connect(deployment.outputs["TableName"], region=REGION, host=endpoint_url)
        config = demo.demo_config(page_url)
        apply_config(config, real())
        secrets = SourceSecrets(
            client("secretsmanager", endpoint_url), deployment.outputs["SourceSecretsArn"]
        )
        credentials = demo.new_credentials(config, secrets)
        warm_up(endpoint_url, deployment, token)
    api = Api(api_url, lambda: token)
    changes = Changes(endpoint_url, deployment.outputs["TableName"])
    journeys = Journeys(api, endpoint_url)
    running.enter_context(served(page_port, demo.demo_pages(page_url, api_url, endpoint_url)))
    running.enter_context(swept_often(endpoint_url, deployment.outputs["DeadlinesFunctionName"]))
    described = demo.described(config, credentials)
    home.announce(_description(endpoint_url, page_url, deployment, token) | {"demo": described})
    if with_leads:
        say()
        demo.send_demo_leads(api, page_url, credentials)
        say()
        _watch(process, changes, journeys, seconds=DEMO_SHOWN_FOR)
    _say_where(api_url, page_url)
    _watch(process, changes, journeys, seconds=float("inf"))


def _secret(endpoint_url: str, arn: str) -> str:
    answer = client("secretsmanager", endpoint_url).get_secret_value(SecretId=arn)
    return str(answer["SecretString"])


def _description(
    endpoint_url: str, page_url: str, deployment: Deployment, token: str
) -> dict[str, Any]:
    """What `stack.json` holds."""
    return {
        "api_url": public_url(endpoint_url),
        "endpoint_url": endpoint_url,
        "table": deployment.outputs["TableName"],
        "mailbox_url": mailbox_url(endpoint_url),
        "page_url": page_url,
        "admin_token": token,
        "secrets_arn": deployment.outputs["SourceSecretsArn"],
        "region": REGION,
    }


def _watch(
    process: "subprocess.Popen[bytes]", changes: Changes, journeys: Journeys, *, seconds: float
) -> None:
    """Tell what happens, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        require_running(process)
        # A cloud too busy to answer us is no reason to stop it: the next look tells the rest.
        with suppress(LeadwheelError, BotoCoreError, ClientError):
            journeys.tell(changes.lead_ids)
        time.sleep(LOOK_EVERY)


def _say_where(api_url: str, page_url: str) -> None:
    form = f"{api_url}/v1/forms/{demo.FORM}/leads"
    say()
    for what, where in (
        ("the website's form", page_url),
        ("the reps' mailbox", f"{page_url}/mail"),
        ("the API", api_url),
        ("send a lead", f"{command()} send --name Ada --email ada@example.com --country NO"),
        ("or by yourself", f"curl -d email=you@example.com '{form}'"),
        ("as a partner", f"{command()} send --as partner"),
        ("as a platform", f"{command()} send --as typeform"),
        ("ask why", f"{command()} why LEAD_ID"),
        ("who is owed what", f"{command()} rotation nordic"),
    ):
        say(f"{what:<20}", (where, BOLD))
    say()
    say((f"Deadlines are looked after every {EVERY:.0f} s here (in AWS: every minute).", DIM))
    say(("Ctrl-C stops everything. What happens to leads follows here.", DIM))
    say()
