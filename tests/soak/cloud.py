"""The stack that is driven: the project's own template, in an emulator that ends with us."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.api import Api
from infra.cli.source_secrets import (
    SourceSecrets,
    add_key,
    add_value,
    new_key,
    new_secret,
    new_standard_secret,
)
from infra.local import home
from infra.local.aws import REGION, client
from infra.local.deployment import Deployment, deploy, public_url
from infra.local.emulator import emulator
from infra.local.mailbox import mailbox_url
from infra.local.ports import LOOPBACK
from infra.local.sweep import swept_often
from infra.local.warm_up import warm_up
from shared.credentials import SCOPES
from shared.domain.config import Config
from shared.flows.apply_config import apply_config
from shared.store import table as store_table
from shared.surroundings import now, real
from tests.bench.cloud import free_port
from tests.soak.team import Document, read, written

LEADWHEEL = Path(sys.executable).with_name("leadwheel")


@dataclass
class Cloud:
    """A running stack, with what everybody needs to come to its doors."""

    endpoint_url: str
    pid: int  # of the emulator
    deployment: Deployment
    token: str
    document: Document
    config: Config  # the same, as leadwheel knows it
    proofs: dict[str, str]  # by source: `partner#acme`

    @property
    def api_url(self) -> str:
        return public_url(self.endpoint_url)

    @property
    def api(self) -> Api:
        return Api(self.api_url, lambda: self.token)

    @property
    def table(self) -> str:
        return self.deployment.outputs["TableName"]

    @property
    def mailbox(self) -> str:
        return mailbox_url(self.endpoint_url)

    def client(self, service: str) -> Any:
        return client(service, self.endpoint_url)

    def function_of(self, folder: str) -> str:
        """Which function a worker's folder belongs to, as the template calls it; "" for none."""
        names = {physical: logical for logical, physical in self.deployment.functions.items()}
        found = [name for name in names if f"-{name}-" in folder]
        return names[max(found, key=len)].removesuffix("Function").lower() if found else ""

    def items(self) -> list[dict[str, Any]]:
        """The whole table."""
        pages = self.client("dynamodb").get_paginator("scan")
        found = pages.paginate(TableName=self.table, ConsistentRead=True)
        return [item for page in found for item in page["Items"]]

    def dead_letters(self) -> dict[str, int]:
        """How many messages lie in each queue of what finally failed."""
        sqs, outputs = self.client("sqs"), self.deployment.outputs
        found = {}
        for name in sorted(outputs):
            if name.endswith("FailuresUrl"):
                asked = {"QueueUrl": outputs[name], "AttributeNames": ["All"]}
                counted = sqs.get_queue_attributes(**asked)["Attributes"]
                function = name.removesuffix("FailuresUrl").lower()
                found[function] = int(counted["ApproximateNumberOfMessages"])
        return found

    def apply(self, document: Document) -> None:
        """Put a configuration into force, as a manager does: by the command line."""
        file = home.home() / "team.yaml"
        file.write_text(written(document), encoding="utf-8")
        command = [str(LEADWHEEL), "apply", str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        self.document, self.config = document, read(document)


@contextmanager
def cloud(document: Document) -> Iterator[Cloud]:
    """Bring the stack up, with this configuration, and every function loaded."""
    with TemporaryDirectory(prefix="leadwheel-soak-") as folder:
        os.environ["LEADWHEEL_HOME"] = str(Path(folder) / "home")
        port = free_port()
        endpoint_url = f"http://{LOOPBACK}:{port}"
        with home.kept_to_ourselves(), emulator(port) as process:
            found = _deployed(endpoint_url, process.pid, document)
            sweeping = found.deployment.outputs["DeadlinesFunctionName"]
            with swept_often(endpoint_url, sweeping):
                yield found


def _deployed(endpoint_url: str, pid: int, document: Document) -> Cloud:
    deployment = deploy(endpoint_url)
    outputs = deployment.outputs
    store_table.connect(outputs["TableName"], region=REGION, host=endpoint_url)
    config = read(document)
    apply_config(config, real())
    secrets = client("secretsmanager", endpoint_url)
    proofs = _proofs(config, SourceSecrets(secrets, outputs["SourceSecretsArn"]))
    token = secrets.get_secret_value(SecretId=outputs["AdminTokenArn"])["SecretString"]
    warm_up(endpoint_url, deployment, token)
    found = Cloud(endpoint_url, pid, deployment, token, document, config, proofs)
    home.announce(  # for the command line
        {
            "api_url": found.api_url,
            "endpoint_url": endpoint_url,
            "table": found.table,
            "mailbox_url": found.mailbox,
            "page_url": endpoint_url,
            "admin_token": token,
            "secrets_arn": outputs["SourceSecretsArn"],
            "region": REGION,
        }
    )
    return found


def _proofs(config: Config, stored: SourceSecrets) -> dict[str, str]:
    """A key or secret for each partner, hook and channel, valid from now on."""
    signing = {named for named, one in config.sources() if getattr(one, "trust", "") == "signature"}
    proofs = {}
    for partner in config.partners:
        named = f"partner#{partner}"
        proofs[named] = new_standard_secret() if named in signing else new_key()
    proofs |= {f"hook#{hook}": new_secret() for hook in config.hooks}
    proofs |= {f"channel#{channel}": new_standard_secret() for channel in config.channels}

    def add(known: dict[str, dict[str, Any]]) -> None:
        for named, proof in proofs.items():
            if named.startswith("partner#") and named not in signing:
                add_key(known, named, proof, SCOPES, now())
            else:
                add_value(known, named, "secret", proof)

    stored.change(add)
    return proofs
