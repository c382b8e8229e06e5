"""From a lead's POST to its owner: leadwheel beside a chain of functions that do nothing."""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Any

from infra.local.aws import client
from infra.local.deployment import deploy, public_url
from infra.local.mailbox import mailbox_url
from infra.local.warm_up import warm_up
from infra.web import fetch
from shared.flows.apply_config import apply_config
from shared.surroundings import real
from tests.bench.backlog import form_fields, team
from tests.bench.chain import deployment as nothing
from tests.bench.cloud import bare_client, cloud, connect
from tests.bench.figures import Bound, Figure, at_most

LEADS = 100
WATCHED = 30
WARM_UPS = 5
LOOK_EVERY = 0.001  # seconds
PATIENCE = 20.0  # seconds until a lead must have its owner
QUIET = 0.15  # seconds for the stream's other reader to be done as well

Say = Callable[[str], None]
Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Chain:
    """Where leads are posted, and the table in which they get their owners, with its stream."""

    url: str
    table: str
    dynamodb: Any
    streams: Any
    stream: str
    mailbox: str


def measure(say: Say) -> list[Figure]:
    """Post leads to both, by turns; first asking the table, then watching the stream."""
    with cloud() as endpoint_url:
        say("deploying both")
        chains = {"ours": _leadwheel(endpoint_url), "nothing": _nothing(endpoint_url)}
        answered: Times = {name: [] for name in chains}
        owned: Times = {name: [] for name in chains}
        mailed: Times = {name: [] for name in chains}
        watched: Times = {name: [] for name in chains}
        for number in range(LEADS + WATCHED):
            if number % 20 == 0:
                say(f"lead {number} of {LEADS + WATCHED}")
            for name, chain in chains.items():
                if number < LEADS:
                    answer, owner, mail = _asked(chain, number)
                    answered[name].append(answer)
                    owned[name].append(owner)
                    mailed[name].append(mail)
                else:
                    watched[name].append(_watched(chain, number))
                time.sleep(QUIET)
    return [
        _ratio("POST to owner, p50", median, owned, at_most(1.5)),
        _ratio("POST to owner, p99", _p99, owned),
        _ratio("POST to answer, p50", median, answered),
        _ratio("assigned to the mail about it, p50", median, mailed, at_most(1.5)),
        _ratio("POST to owner in the stream, p50", median, watched),
    ]


def _ratio(
    what: str,
    at: Callable[[Sequence[float]], float],
    took: Times,
    bound: Bound | None = None,
) -> Figure:
    ours, nothing_ = (at(took[name]) for name in ("ours", "nothing"))
    made_of = f"{ours * 1000:.0f} ÷ {nothing_ * 1000:.0f} ms"
    return Figure(f"{what} ÷ a chain of no-ops", ours / nothing_, "×", bound, made_of)


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


# ── The two chains ───────────────────────────────────────────────────────────────────────────────


def _leadwheel(endpoint_url: str) -> Chain:
    """The project's own template, with the team's configuration, and every function loaded."""
    deployment = deploy(endpoint_url)
    outputs = deployment.outputs
    connect(endpoint_url, outputs["TableName"])
    apply_config(team(), real())
    secrets = client("secretsmanager", endpoint_url)
    token = secrets.get_secret_value(SecretId=outputs["AdminTokenArn"])["SecretString"]
    warm_up(endpoint_url, deployment, token)
    url = f"{public_url(endpoint_url)}/v1/forms/website/leads"
    return _loaded(endpoint_url, url, outputs["TableName"])


def _nothing(endpoint_url: str) -> Chain:
    return _loaded(endpoint_url, *nothing.deploy(endpoint_url))


def _loaded(endpoint_url: str, url: str, table: str) -> Chain:
    """A chain that has had its first leads."""
    dynamodb = bare_client(endpoint_url)
    stream = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = client("dynamodbstreams", endpoint_url)
    chain = Chain(url, table, dynamodb, streams, stream, mailbox_url(endpoint_url))
    for number in range(WARM_UPS):
        _asked(chain, LEADS + WATCHED + number)
        time.sleep(QUIET)
    return chain


# ── One lead ─────────────────────────────────────────────────────────────────────────────────────


def _asked(chain: Chain, number: int) -> tuple[float, float, float]:
    """Post one lead; the seconds until the answer, and until the table says who owns it.

    Last, the seconds from when it was decided until the mail service has a mail about it.
    """
    before = len(_mailed_at(chain))
    began = time.perf_counter()
    lead_id = _post(chain, number)
    answered = time.perf_counter() - began
    assigned_at = _wait_for_owner(chain, lead_id)
    owned = time.perf_counter() - began
    return answered, owned, _wait_for_mail(chain, before) - assigned_at


def _watched(chain: Chain, number: int) -> float:
    """Post one lead; the seconds until the stream says who owns it, whenever the answer comes."""
    shard = chain.streams.describe_stream(StreamArn=chain.stream)["StreamDescription"]["Shards"][0]
    iterator = chain.streams.get_shard_iterator(
        StreamArn=chain.stream, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
    )["ShardIterator"]
    with ThreadPoolExecutor(1) as pool:
        began = time.perf_counter()
        posted = pool.submit(_post, chain, number)
        while time.perf_counter() - began < PATIENCE:
            page = chain.streams.get_records(ShardIterator=iterator)
            if any("owner" in record["dynamodb"]["NewImage"] for record in page["Records"]):
                took = time.perf_counter() - began
                posted.result()
                return took
            iterator = page["NextShardIterator"]
            time.sleep(LOOK_EVERY)
    raise RuntimeError(f"nobody owned lead {number} in {chain.table} after {PATIENCE:.0f} s")


def _post(chain: Chain, number: int) -> str:
    body = json.dumps(form_fields(number), ensure_ascii=False).encode()
    answer = fetch(chain.url, body=body, headers={"Content-Type": "application/json"})
    if answer.status != 201:
        raise RuntimeError(f"{chain.url} answered {answer.status}")
    return str(answer.json()["lead_id"])


def _mailed_at(chain: Chain) -> list[float]:
    """When the mail service took each of its mails."""
    accounts = (fetch(chain.mailbox).json() or {}).get("messages", {})
    return [float(mail["Timestamp"]) for mails in accounts.values() for mail in mails]


def _wait_for_mail(chain: Chain, before: int) -> float:
    """When it took the one after so many; asked rarely, as the answer holds all mails there are."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        time.sleep(QUIET)
        if len(taken := _mailed_at(chain)) > before:
            return taken[before]
    raise RuntimeError(f"no mail about a lead in {chain.table} after {PATIENCE:.0f} s")


def _wait_for_owner(chain: Chain, lead_id: str) -> float:
    """When it was decided, by the clock of who did."""
    key = {"pk": {"S": f"lead#{lead_id}"}, "sk": {"S": "lead"}}
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        found = chain.dynamodb.get_item(TableName=chain.table, Key=key, ConsistentRead=True)
        if "owner" in (item := found.get("Item", {})):
            newest = json.loads(item["log"]["L"][-1]["S"])
            return datetime.fromisoformat(newest["at"]).timestamp()
        time.sleep(LOOK_EVERY)
    raise RuntimeError(f"lead {lead_id} in {chain.table} has no owner after {PATIENCE:.0f} s")
