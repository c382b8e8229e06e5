"""Who somebody is who has signed in: looked up anew each time, so that whoever leaves is out.

The table knows people by a hash of their address. Which address that is says the configuration in
force, and what they may do says `shared.domain.people`.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from shared.domain.config import ActiveConfig, Config
from shared.domain.people import Identity, identity_of
from shared.domain.sessions import NOTED_EVERY, VALID_FOR, Session
from shared.errors import ConflictError, NotFoundError, StoreBusyError
from shared.flows.persistently import persistently
from shared.links import link_keys
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store.table import table_name
from shared.surroundings import Surroundings
from shared.telemetry import logger
from shared.tokens import SessionName, read_session, sign_session


def identity_of_session(token: str, now: datetime) -> Identity | None:
    """Who shows this token (`lws_…`); None: nobody who may do anything any more.

    StoreBusyError: the table did not answer.
    """
    session = session_of(token, now)
    return session and person_in(session)


def session_of(token: str, now: datetime) -> Session | None:
    """The session that a token is of; None: it is none of ours, or has ended."""
    try:
        named = read_session(token, link_keys())
    except NotFoundError:
        return None
    return people_store.session(named.person, named.session, now)


def person_in(session: Session) -> Identity | None:
    """Whose session it is, by the configuration in force; None: they have left."""
    active = config_store.active()
    email = address_of(active, session.person)
    identity = identity_of(active.config, email) if email else None
    return identity and replace(identity, session=session.session_id)


def address_of(active: ActiveConfig, person: str) -> str | None:
    """The address of a person whom the table knows by a hash; None: nobody's here."""
    return _addresses(table_name(), active.version, active.pepper).get(person)


@lru_cache(maxsize=4)
def _addresses(table: str, version: int, pepper: bytes) -> Mapping[str, str]:
    """Person → address. A version never changes, so each is gone through once."""
    config = config_store.version(version)
    return {people_store.person_of(pepper, email): email for email in _emails(config)}


def _emails(config: Config) -> Iterator[str]:
    yield config.manager.email
    yield from (person.email for person in config.managers.values())
    yield from (pool.manager.email for pool in config.pools.values() if pool.manager)
    yield from (rep.email for rep in config.reps.values())


def keep(session: Session, now: datetime) -> bool:
    """Let a session that is in use go on; True: that was noted now, as it is once a day.

    That it cannot be noted stops nobody.
    """
    if now - session.seen_at < NOTED_EVERY:
        return False
    try:
        people_store.keep(session, now, now + VALID_FOR)
    except (ConflictError, StoreBusyError):
        return False
    return True


def end_by_token(token: str, around: Surroundings) -> None:
    """End the session that a token is of; of one that is none of ours, nothing.

    That it cannot be ended stops nobody: its owner can end it, and unused it ends by itself.
    """
    with suppress(NotFoundError):
        person, session_id = read_session(token, link_keys())
        try:
            persistently(
                lambda: people_store.end(person, session_id, around.now()),
                around,
                (StoreBusyError,),
                attempts=10,
            )
        except StoreBusyError:
            logger.warning("the session that a browser had before could not be ended")


def begin_another(session: Session, around: Surroundings) -> str:
    """The token of one more session of the same person, for a program of theirs.

    ConflictError: the one they asked with has ended at this instant.
    """
    now = around.now()
    another = Session(session.person, around.new_id(), now, now, now + VALID_FOR)
    people_store.add_session(another, beside=session)
    return sign_session(SessionName(another.person, another.session_id), link_keys())


# ── What an administrator, or the person, does about them ────────────────────────────────────────


def sessions_of(email: str, now: datetime) -> list[Session]:
    """The sessions of whoever has this address, newest first; also of who has left."""
    return people_store.sessions_of(_person(email), now)


def end_sessions(email: str, now: datetime) -> int:
    """End all sessions of whoever has this address; answers how many there were."""
    return end_all(_person(email), now)


def end_all(person: str, now: datetime) -> int:
    """End all sessions of a person, and what would begin another; answers how many there were."""
    people_store.close_links(person, now)  # first: a link begins no session behind our back
    ended = 0
    while sessions := people_store.sessions_of(person, now):
        for session in sessions:
            people_store.end(person, session.session_id, now)
        ended += len(sessions)
    return ended


def _person(email: str) -> str:
    return people_store.person_of(config_store.active().pepper, email)
