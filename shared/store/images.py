"""What stream records say of caps, returns and links, in DynamoDB's own JSON.

Leads' are in `codec`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.domain.caps import level
from shared.domain.moments import from_text


@dataclass(frozen=True, slots=True)
class CapCount:
    """What a cap has counted in a period, and how much it allowed when it last did."""

    cap: str  # "partner#acme#daily"
    period: str
    leads: int
    money: int  # ten-thousandths
    most_leads: int | None
    most_money: int | None

    @property
    def owner(self) -> str:
        """Whose cap it is: `partner#acme`, `group#sellers`."""
        return self.cap.rpartition("#")[0]

    @property
    def name(self) -> str:
        """The cap's name among its owner's."""
        return self.cap.rpartition("#")[2]

    @property
    def level(self) -> str | None:
        """`near` or `reached`, whichever of leads and money is further; None: below both."""
        levels = (level(self.leads, self.most_leads), level(self.money, self.most_money))
        return next((name for name in ("reached", "near") if name in levels), None)


@dataclass(frozen=True, slots=True)
class AskedReturn:
    """A partner wants a lead taken back: `state` is `requested` until somebody decides."""

    lead_id: str
    partner: str  # its id
    state: str
    reason: str  # a code
    at: str


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """Somebody asked for a link to sign in with; `person` is a hash."""

    person: str
    slot: int
    nonce: str
    ends_at: datetime
    used: bool


def ends_at(image: Mapping[str, Any]) -> datetime | None:
    """When the table clears an item away; None: it does not."""
    at = image.get("expires_at")
    return datetime.fromtimestamp(int(at["N"]), UTC) if at else None


def cap_from_image(image: Mapping[str, Any]) -> CapCount:
    """What a cap's item says."""

    def number(name: str) -> int | None:
        return int(image[name]["N"]) if name in image else None

    return CapCount(
        cap=image["pk"]["S"].partition("#")[2],
        period=image["sk"]["S"],
        leads=number("leads") or 0,
        money=number("money") or 0,
        most_leads=number("most_leads"),
        most_money=number("most_money"),
    )


def return_from_image(image: Mapping[str, Any]) -> AskedReturn:
    """What a return's item says; not its note, which may be personal."""
    return AskedReturn(
        lead_id=image["pk"]["S"].partition("#")[2],
        **{name: image[name]["S"] for name in ("partner", "state", "reason", "at")},
    )


def link_from_image(image: Mapping[str, Any]) -> OpenedLink:
    """What the item of a mailed link says."""
    return OpenedLink(
        person=image["pk"]["S"].partition("#")[2],
        slot=int(image["sk"]["S"].partition("#")[2]),
        nonce=image["nonce"]["S"],
        ends_at=from_text(image["ends_at"]["S"]),
        used="used_at" in image,
    )
