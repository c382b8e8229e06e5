"""The served specification, tried by a machine: every answer is one that it names."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

import functions.capture.handler as capture
from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from tests.aws_events import api_request, context
from tests.gateway import gateway
from tests.team import config

KEY = "lw_specified"
ADMIN = "k" * 48
EXAMPLES = 15  # of each operation

MORE = {
    "forms": {"website": {"origins": ["https://www.example.com"]}},
    "partners": {
        "acme": {
            "mode": "live",
            "price": "10",
            "pings": True,
            "duplicates": {"within": "30d", "keys": ["email"]},
            "returns": {"policy": "automatic"},
        }
    },
    "hooks": {"zapier": {"format": "zapier", "trust": "public"}},
}


# Ids that exist: a made-up one is hardly ever answered with more than 404.
KNOWN = {
    "form_id": "website",
    "partner_id": "acme",
    "hook_id": "zapier",
    "pool_id": "sales",
    "rep_id": "anna",
}

CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@dataclass(frozen=True)
class Api:
    """The specification as served, and a lead of each kind to ask for."""

    schema: Any
    owned: str
    sold: str
    held: str

    def lead_for(self, path: str) -> str:
        if "/quarantine/" in path:
            return self.held
        return self.sold if "return" in path else self.owned


@pytest.fixture
def api(world: Any, around: Any) -> Api:
    apply_config(config({"anna": 1}, more=MORE), around)
    config_store._read.clear()
    world.give_secrets({"partner#acme": {"key": KEY}, "hook#zapier": {"secret": [KEY]}})
    form, partner = "/v1/forms/website/leads", "/v1/partners/acme/leads"
    owned, held, sold = (
        _posted(path, body)
        for path, body in (
            (form, b'{"email": "ada@factory.example"}'),
            (form, b'{"email": '),
            (partner, b'{"email": "bo@factory.example"}'),
        )
    )
    world.route()
    schema = schemathesis.openapi.from_wsgi("/openapi.json", gateway)
    return Api(schema, owned, sold, held)


def _posted(path: str, body: bytes) -> str:
    headers = {"content-type": "application/json", "x-api-key": KEY}
    answer = capture.handler(api_request("POST", path, body=body, headers=headers), context())
    return str(json.loads(answer["body"])["lead_id"])


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_one_that_the_specification_names(api: Api, mode: Any) -> None:
    """Of every operation so many requests, as it asks for them and otherwise; never a 5xx."""
    operations = [found.ok() for found in api.schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        with suppress(SkipTest, Unsatisfiable):  # there is nothing that could be wrong with it
            _try_out(api, operation, mode)


def _try_out(api: Api, operation: Any, mode: Any) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.integers(0, 3))
    def answers_as_specified(case: Any, known: int) -> None:
        if known:  # mostly
            ids = {**KNOWN, "lead_id": api.lead_for(operation.path)}
            for name in case.path_parameters or {}:
                case.path_parameters[name] = ids.get(name, case.path_parameters[name])
        is_partners = "/partners/" in operation.path and not operation.path.endswith("{partner_id}")
        key = KEY if is_partners else ADMIN
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        case.validate_response(answer, checks=CHECKS)

    answers_as_specified()
