"""The served specification, tried by a machine: every answer is one that it names."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi import checks as openapi_checks

from shared.flows.apply_config import apply_config
from shared.store import config as config_store
from tests.gateway import gateway
from tests.team import config

KEY = "lw_specified"
ADMIN = "k" * 48
EXAMPLES = 40  # of each operation

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


@pytest.fixture
def api(world: Any, around: Any) -> Any:
    """The specification as served, of a stack in which there is something of everything."""
    apply_config(config({"anna": 1}, more=MORE), around)
    config_store._read.clear()
    world.give_secrets({"partner#acme": {"key": KEY}, "hook#zapier": {"secret": [KEY]}})
    return schemathesis.openapi.from_wsgi("/openapi.json", gateway)


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


def test_every_answer_is_one_that_the_specification_names(api: Any) -> None:
    """Of every operation, so many requests that it allows; and never a 5xx."""
    operations = [found.ok() for found in api.get_all_operations()]
    assert operations
    for operation in operations:
        _try_out(operation)


def _try_out(operation: Any) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=operation.as_strategy())
    def answers_as_specified(case: Any) -> None:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = KNOWN.get(name, case.path_parameters[name])
        is_partners = "/partners/" in operation.path and "spec" not in operation.path
        key = KEY if is_partners and not operation.path.endswith("{partner_id}") else ADMIN
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        case.validate_response(answer, checks=CHECKS)

    answers_as_specified()
