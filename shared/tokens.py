"""What people sign in with, stay signed in with, and press buttons with.

All of it is signed with the keys of the links in alerts (`shared.links`), each with a salt of its
own: none can stand for another. The newest key signs; all that are valid are believed, so that a
key can be exchanged for the next one without a gap.
"""

from typing import NamedTuple

from itsdangerous import BadSignature, Signer, URLSafeSerializer

from shared.errors import NotFoundError

SESSION_PREFIX = "lws_"  # tells a session from other tokens, to people and to whoever finds one


class SignInLink(NamedTuple):
    """What a mailed link says. Until when it is good, and whether it has been used, says the table.

    `person` is a hash, and `nonce` the link's own; `slot` is where the table keeps it.
    """

    person: str
    slot: int
    nonce: str


class SessionName(NamedTuple):
    """Which session a token is of."""

    person: str
    session: str


def sign_link(link: SignInLink, keys: list[str]) -> str:
    """The token of a mailed link."""
    return str(_links(keys).dumps(list(link)))


def read_link(token: str, keys: list[str]) -> SignInLink:
    """What a mailed link says; NotFoundError when no key signed it."""
    try:
        person, slot, nonce = _links(keys).loads(token)
        return SignInLink(str(person), int(slot), str(nonce))
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError("this link is not one of ours") from error


def sign_session(named: SessionName, keys: list[str]) -> str:
    """The token that somebody who is signed in shows."""
    return SESSION_PREFIX + str(_sessions(keys).dumps(list(named)))


def read_session(token: str, keys: list[str]) -> SessionName:
    """Which session a token is of; NotFoundError when no key signed it."""
    try:
        prefix, text = token[: len(SESSION_PREFIX)], token[len(SESSION_PREFIX) :]
        person, session = _sessions(keys).loads(text if prefix == SESSION_PREFIX else "")
        return SessionName(str(person), str(session))
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError("this is no session of ours") from error


def page_nonce(bound_to: str, keys: list[str]) -> str:
    """What the form of a page carries: who posts it has seen the page that is bound to this."""
    return _pages(keys).get_signature(bound_to.encode(errors="replace")).decode()


def is_page_nonce(nonce: str, bound_to: str, keys: list[str]) -> bool:
    """Whether a form came from the page that is bound to this."""
    shown = nonce.encode(errors="replace")
    return bool(_pages(keys).verify_signature(bound_to.encode(errors="replace"), shown))


def _links(keys: list[str]) -> URLSafeSerializer:
    return URLSafeSerializer(keys, salt="leadwheel.sign-in")


def _sessions(keys: list[str]) -> URLSafeSerializer:
    return URLSafeSerializer(keys, salt="leadwheel.session")


def _pages(keys: list[str]) -> Signer:
    return Signer(keys, salt="leadwheel.page")
