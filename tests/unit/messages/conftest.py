"""A lead, a rep, and a way to look into HTML."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from shared.domain.config import Rep
from shared.domain.deadlines import Action, Deadline
from shared.domain.leads import Change, Lead, Step, replay

NOW = datetime(2026, 11, 24, 13, 17, 2, tzinfo=UTC)
FIELDS = {
    "name": "Anna Svensson",
    "email": "anna.svensson@volvo.example",
    "phone": "+46701234567",
    "company": "Volvo AB",
    "country": "SE",
    "region": "Skåne",
    "postal_code": "411 03",
    "product": "XC40",
    "message": "Twelve cars, please.\n\nBefore noon?",
    "consent": True,
    "utm_source": "google",
    "utm_campaign": "autumn",
    "page_url": "https://shop.example/fleet?car=xc40",
    "extra": {"Fleet size": "12"},
}


@dataclass
class Html:
    """What a browser would find: tags in order with their attributes, and the text between them."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.tags]

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for _, attributes in self.tags if "href" in attributes]

    def find(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.html = Html()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.html.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.html.tags and self.html.tags[-1][0] != "style":
            self.html.text += data


@pytest.fixture(scope="session")
def look() -> Callable[[str], Html]:
    def look(document: str) -> Html:
        reader = _Reader()
        reader.feed(document)
        reader.close()
        reader.html.text = " ".join(reader.html.text.split())
        return reader.html

    return look


@pytest.fixture(scope="session")
def assigned() -> Callable[..., Lead]:
    """A lead that anna holds; keyword arguments replace its fields, None takes one away."""

    def assigned(**fields: Any) -> Lead:
        merged = {key: value for key, value in (FIELDS | fields).items() if value is not None}
        deadlines = (Deadline(Action.REMIND, 300), Deadline(Action.RECLAIM, 900))
        log = [
            Change(Step.CAPTURED, NOW),
            Change(Step.ASSIGNED, NOW, "anna", "sales", "Sweden", 3, deadlines),
        ]
        return replay("01JDFA7Q9Z3V4M8K2T6R5W1XYC", "form#website", merged, log)

    return assigned


@pytest.fixture(scope="session")
def rep() -> Rep:
    return Rep(name="Lena Berg", email="lena@team.example", time_zone="Europe/Stockholm")
