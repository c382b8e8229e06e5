"""Items of a table as a file: what a release has left there, and when."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.table import client

RECORDED = Path(__file__).with_name("items")

Item = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A release's items, in DynamoDB's own JSON, and the time of its clock."""

    at: datetime
    items: list[Item]

    def put_into(self, cloud: str, table: str) -> None:
        for item in self.items:
            client("dynamodb", cloud).put_item(TableName=table, Item=item)


def to_json(at: datetime, items: list[Item]) -> str:
    """One item a line, in the order of its keys."""
    ordered = sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    lines = (json.dumps(item, default=_text, ensure_ascii=False) for item in ordered)
    return f'{{"at": "{at.isoformat()}", "items": [\n' + ",\n".join(lines) + "\n]}\n"


def read(file: Path) -> Snapshot:
    recorded = json.loads(file.read_text("utf-8"), object_hook=_bytes)
    return Snapshot(datetime.fromisoformat(recorded["at"]), recorded["items"])


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) == 1 and isinstance(content := value.get("B"), str):
        return {"B": base64.b64decode(content)}
    return value
