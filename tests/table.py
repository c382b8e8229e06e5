"""A table of the test's own, as template.yaml has it, and a clock that tests turn."""

import itertools
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools.utilities import parameters
from samtranslator.yaml_helper import yaml_parse

from shared.messages import senders
from shared.store import table as store_table

ROOT = Path(__file__).parent.parent

_numbers = itertools.count(1)


@cache
def client(service: str, cloud: str) -> Any:
    """A client of the local cloud; making one takes longer than most tests."""
    return boto3.client(service, endpoint_url=cloud)


@cache
def table_in_template() -> dict[str, Any]:
    """The table of template.yaml, as the API wants it."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    (properties,) = (
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
    )
    names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    # CloudFormation leaves out what the API wants said.
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return {**{name: properties[name] for name in names}, "StreamSpecification": stream}


_last: list[str] = [""]


def turn_to(cloud: str) -> None:
    """Work with this cloud from now on: clients that the functions keep belong to one of them."""
    if _last[0] != cloud:
        _last[0] = cloud
        senders._client.cache_clear()
        parameters.clear_caches()


def new_table(cloud: str) -> str:
    """A fresh table as template.yaml has it; the store is connected to it from now on."""
    turn_to(cloud)
    name = f"leads-{os.getpid()}-{next(_numbers)}"
    client("dynamodb", cloud).create_table(TableName=name, **table_in_template())
    store_table.connect(name, region="us-east-1", host=cloud)
    return name


def items_of(cloud: str, table: str) -> list[dict[str, Any]]:
    """Every item of a table, as an auditor reads them."""
    pages = (
        client("dynamodb", cloud)
        .get_paginator("scan")
        .paginate(TableName=table, ConsistentRead=True)
    )
    return [item for page in pages for item in page["Items"]]


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **ahead: float) -> datetime:
        self.at += timedelta(**ahead)
        return self.at
