"""The template as AWS would see it: expanded by SAM's own translator, without any account."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]

Properties = dict[str, Any]
Find = Callable[[str], dict[str, Properties]]


@pytest.fixture(scope="session")
def template_path() -> Path:
    """Where the template lies."""
    return ROOT / "template.yaml"


@pytest.fixture(scope="session")
def template(template_path: Path) -> dict[str, Any]:
    """The template as it is written, its short intrinsics spelt out."""
    return yaml_parse(template_path.read_text("utf-8"))


@pytest.fixture(scope="session")
def resources(template_path: Path) -> dict[str, Any]:
    """Every resource that CloudFormation gets to see, roles and mappings made by SAM included."""
    # Packaging replaces the code's folder before the translator ever reads it; so does this.
    packed = template_path.read_text("utf-8").replace("CodeUri: .\n", "CodeUri: s3://code/here\n")
    # No managed policy is named in the template, so none needs to be looked up in an account.
    no_policies = SimpleNamespace(load=dict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return transform(yaml_parse(packed), {}, no_policies)["Resources"]


@pytest.fixture(scope="session")
def find(resources: dict[str, Any]) -> Find:
    """Look up the resources of one type: their properties by logical name."""

    def by_type(kind: str) -> dict[str, Properties]:
        return {
            name: resource.get("Properties", {})
            for name, resource in resources.items()
            if resource["Type"] == kind
        }

    return by_type
