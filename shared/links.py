"""The link in an alert: signed, bound to one lead, rep and assignment, and expiring."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from shared.errors import NotFoundError
from shared.settings import secret, setting

# After the protection period the link still opens, to say politely who has the lead now.
VALID_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AcceptLink:
    """What a link says: this rep may take this lead, by this assignment, until then.

    Of a lead that is offered to several, by the assignment that is to come.
    """

    lead_id: str
    rep: str
    assignment: int
    expires_at: datetime


def sign(link: AcceptLink, keys: list[str]) -> str:
    """The token of a link, signed with the last key."""
    expires = int(link.expires_at.timestamp())
    return str(_serializer(keys).dumps([link.lead_id, link.rep, link.assignment, expires]))


def read(token: str, keys: list[str]) -> AcceptLink:
    """What a token says; NotFoundError when no key signed it. Expiry is for the caller to judge."""
    try:
        lead_id, rep, assignment, expires = _serializer(keys).loads(token)
        return AcceptLink(lead_id, rep, assignment, datetime.fromtimestamp(expires, UTC))
    except (BadSignature, ValueError, TypeError, OverflowError) as error:
        raise NotFoundError("this link is not one of ours") from error


def _serializer(keys: list[str]) -> URLSafeSerializer:
    return URLSafeSerializer(keys, salt="leadwheel.accept")


def link_keys() -> list[str]:
    """The secret's keys, oldest first: it may hold several, one per line, while it is rotated."""
    return secret("LINK_SECRET_ARN").split()


def accept_url(link: AcceptLink, keys: list[str]) -> str:
    """The address a rep opens."""
    return f"{setting('PUBLIC_URL')}/a/{sign(link, keys)}"
