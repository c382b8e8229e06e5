"""Accepted posts per second through the local API, beside a function that only answers 200."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median
from urllib.parse import urlsplit

from infra.local.aws import client
from infra.local.deployment import deploy, public_url
from infra.local.warm_up import warm_up
from shared import credentials
from shared.domain.config import Config
from shared.flows.apply_config import apply_config
from shared.surroundings import real
from tests.bench.backlog import form_fields, team
from tests.bench.chain import deployment as nothing
from tests.bench.cloud import cloud, connect
from tests.bench.figures import Figure, at_least

CLIENTS = (1, 8)
ROUNDS = 6
SECONDS = 4.0  # of one round with one door
WARM_UPS = 20
KEY = "lw_of-the-benchmark"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Door:
    """Where to post, as whom, and what counts as accepted."""

    url: str
    headers: dict[str, str]
    accepted: int


def measure(say: Say) -> list[Figure]:
    """Post to each door by turns, so many seconds each; ratios within a round, then the median.

    What was accepted is still being routed and alerted when the next door's turn comes, so each
    round begins with another: none pays always for the same one.
    """
    with cloud() as endpoint_url:
        say("deploying both")
        doors = _doors(endpoint_url)
        numbers = count()
        for door in doors.values():
            _posted(door, max(CLIENTS), numbers, posts=WARM_UPS)
        figures = []
        for clients in CLIENTS:
            rates: dict[str, list[float]] = {name: [] for name in doors}
            for number in range(1, ROUNDS + 1):
                say(f"{clients} at once, round {number} of {ROUNDS}")
                for name in _turned(list(doors), number):
                    rates[name].append(_posted(doors[name], clients, numbers))
            figures += [
                _figure(name, clients, rates[name], rates["nothing"])
                for name in doors
                if name != "nothing"
            ]
    return figures


def _turned(names: list[str], by: int) -> list[str]:
    first = by % len(names)
    return names[first:] + names[:first]


def _figure(name: str, clients: int, ours: list[float], bare: list[float]) -> Figure:
    ratio = median(one / other for one, other in zip(ours, bare, strict=True))
    made_of = f"{median(ours):.0f} ÷ {median(bare):.0f} a second"
    what = f"posts to a {name}, {clients} at once ÷ a function that answers 200"
    return Figure(what, ratio, "×", at_least(0.7), made_of)


def _doors(endpoint_url: str) -> dict[str, Door]:
    deployment = deploy(endpoint_url)
    outputs = deployment.outputs
    connect(endpoint_url, outputs["TableName"])
    apply_config(_selling_team(), real())
    secrets = client("secretsmanager", endpoint_url)
    hashed = {"partner#acme": {"keys": [{"sha256": credentials.key_hash(KEY)}]}}
    secrets.put_secret_value(SecretId=outputs["SourceSecretsArn"], SecretString=json.dumps(hashed))
    token = secrets.get_secret_value(SecretId=outputs["AdminTokenArn"])["SecretString"]
    warm_up(endpoint_url, deployment, token)
    leads_url, _ = nothing.deploy(endpoint_url)
    api = public_url(endpoint_url)
    sent = {"Content-Type": "application/json"}
    return {
        "nothing": Door(leads_url.replace("/leads", "/nothing"), sent, 200),
        "form": Door(f"{api}/v1/forms/website/leads", sent, 201),
        "partner": Door(
            f"{api}/v1/partners/acme/leads", {**sent, "Authorization": f"Bearer {KEY}"}, 201
        ),
    }


def _selling_team() -> Config:
    """The benchmark's team, with a partner who has two caps and is asked for duplicates."""
    acme = {
        "mode": "live",
        "currency": "EUR",
        "price": "12.50",
        "caps": [
            {"name": "daily", "per": "day", "leads": 1_000_000},
            {"name": "budget", "per": "month", "money": "100000000"},
        ],
        "duplicates": {"within": "30d", "keys": ["email"]},
    }
    return Config.model_validate({**team().model_dump(mode="json"), "partners": {"acme": acme}})


def _posted(door: Door, clients: int, numbers: Iterator[int], *, posts: int | None = None) -> float:
    """Posts a second that so many clients get accepted, each waiting for its answers."""
    until = time.perf_counter() + (60.0 if posts else SECONDS)

    def keep_posting(_: int) -> int:
        done = 0
        with _connection(door.url) as post:
            while time.perf_counter() < until and (posts is None or done < posts):
                status = post(door, json.dumps(form_fields(next(numbers))).encode())
                if status != door.accepted:
                    raise RuntimeError(f"{door.url} answered {status}")
                done += 1
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(keep_posting, range(clients)))
    return total / (time.perf_counter() - began)


@contextmanager
def _connection(url: str) -> Iterator[Callable[[Door, bytes], int]]:
    """One client's connection, kept open as browsers and partners do."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def post(door: Door, body: bytes) -> int:
        connection.request("POST", urlsplit(door.url).path, body, door.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    try:
        yield post
    finally:
        connection.close()
