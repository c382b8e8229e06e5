"""Signing in by a mailed link: asking for one, and using it once."""

import secrets
from datetime import datetime, timedelta

from shared.domain.people import identity_of
from shared.domain.sessions import VALID_FOR, Session
from shared.errors import ConflictError, StoreBusyError
from shared.flows.persistently import persistently
from shared.flows.sessions import address_of
from shared.links import link_keys
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store.people import DECOY, OPEN
from shared.surroundings import Surroundings
from shared.tokens import SessionName, SignInLink, sign_session

LINK_VALID_FOR = timedelta(minutes=15)
NONCE_BYTES = 20


def ask_for_link(email: str, around: Surroundings) -> None:
    """Open a link for whoever has this address; the stream tells the alerts function to mail it.

    An address that nobody has costs the same writes, under the same limit: neither the answer nor
    how long it takes tells who is known here. Nor does it say whether the limit was reached.
    StoreBusyError: the table did not answer.
    """
    active = config_store.active()
    is_known = identity_of(active.config, email) is not None
    person = people_store.person_of(active.pepper, email)
    nonce = secrets.token_urlsafe(NONCE_BYTES)

    def open_link() -> None:
        people_store.open_link(
            person,
            nonce,
            around.now(),
            LINK_VALID_FOR,
            kind=OPEN if is_known else DECOY,
        )

    persistently(open_link, around, (StoreBusyError,))


def require_open(link: SignInLink, now: datetime) -> None:
    """ConflictError unless a mailed link would sign somebody in now; looking changes nothing."""
    kept = people_store.link(link.person, link.slot)
    if kept is None or not kept.is_open(link.nonce, now) or not _is_somebody(link.person):
        raise ConflictError("the link has been used, or its time is over")


def use_link(link: SignInLink, around: Surroundings) -> str:
    """Use a mailed link, which works once: answers the token of the session that begins with it.

    ConflictError: it has been used, its time is over, or its person has left. StoreBusyError: the
    table did not answer.
    """
    if not _is_somebody(link.person):
        raise ConflictError("whom the link was mailed to has left")

    now, keys = around.now(), link_keys()
    session = Session(link.person, around.new_id(), now, now, now + VALID_FOR)

    def begin() -> bool:
        return people_store.begin_session(link.slot, link.nonce, session)

    if not persistently(begin, around, (StoreBusyError,), attempts=10):
        raise ConflictError("the link has been used, or its time is over")
    return sign_session(SessionName(session.person, session.session_id), keys)


def _is_somebody(person: str) -> bool:
    active = config_store.active()
    email = address_of(active, person)
    return email is not None and identity_of(active.config, email) is not None
