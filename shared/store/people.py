"""People who sign in: their mailed links, and the sessions these begin.

Keys hold a hash of the address, made with the table's pepper: nobody learns from them who is meant.
Nothing here would let whoever reads the table sign in: that takes a signature.
"""

import hashlib
import hmac
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.domain.addresses import same_address
from shared.domain.moments import from_text, to_text
from shared.domain.sessions import Session
from shared.errors import ConflictError, StoreBusyError
from shared.store.faults import CancelledError, translated
from shared.store.table import SessionItem, SignInLinkItem, connection

MOST_LINKS = 3  # open at once, of one person
KEPT = timedelta(days=1)  # after its end: whoever comes late hears why
LISTED = 100
OPEN, DECOY = "sign_in", "decoy"  # of the kind `sign_in`, the stream tells the alerts function


class Link(NamedTuple):
    """A mailed link as the table has it."""

    nonce: str
    ends_at: datetime
    used: bool

    def is_open(self, nonce: str, now: datetime) -> bool:
        """Whether the link with this nonce can be used now."""
        return self.nonce == nonce and not self.used and now < self.ends_at


def person_of(pepper: bytes, email: str) -> str:
    """Whom an address belongs to, as 40 hexadecimal digits; however it is capitalised."""
    text = f"person\n{same_address(email)}".encode(errors="replace")
    return hmac.new(pepper, text, hashlib.sha256).hexdigest()[:40]


# ── Links ────────────────────────────────────────────────────────────────────────────────────────


def open_link(
    person: str, nonce: str, now: datetime, valid_for: timedelta, *, kind: str
) -> int | None:
    """Open a link; answers its slot. None: they have as many as may be open.

    Each person has three slots, and each is theirs again when its time is over: that is the limit.
    It is the same work for whom nobody knows, under the kind DECOY, of which nobody is told.
    """
    ends_at = now + valid_for
    for slot in range(1, MOST_LINKS + 1):
        item = SignInLinkItem(
            _person_key(person),
            _link_key(slot),
            kind=kind,
            nonce=nonce,
            ends_at=to_text(ends_at),
            expires_at=int((ends_at + KEPT).timestamp()),
        )
        is_free = (
            SignInLinkItem.pk.does_not_exist()
            | (SignInLinkItem.ends_at <= to_text(now))
            | (SignInLinkItem.nonce == nonce)  # our own, whose answer was lost
        )
        with suppress(ConflictError), translated():
            item.save(condition=is_free)
            return slot
    return None


def link(person: str, slot: int) -> Link | None:
    """The link in a slot; None when there is none."""
    with translated():
        try:
            item = SignInLinkItem.get(_person_key(person), _link_key(slot), consistent_read=True)
        except DoesNotExist:
            return None
    return Link(item.nonce, from_text(item.ends_at), used=bool(item.used_at))


def begin_session(slot: int, nonce: str, session: Session) -> bool:
    """Use a link up and begin a session, both or neither. False: the link is not open any more.

    The same session may be begun again: so an answer that was lost is what it would have been.
    StoreBusyError: somebody is at it at this instant, or the table did not answer; ask again.
    """
    now = to_text(session.created_at)
    is_open = (
        (SignInLinkItem.nonce == nonce)
        & SignInLinkItem.used_at.does_not_exist()
        & (SignInLinkItem.ends_at > now)
    )
    used = SignInLinkItem(_person_key(session.person), _link_key(slot))
    try:
        with translated(), TransactWrite(connection=connection()) as transaction:
            transaction.save(_begun(session), condition=SessionItem.pk.does_not_exist())
            transaction.update(used, [SignInLinkItem.used_at.set(now)], condition=is_open)
    except CancelledError as cancelled:
        # pynamodb sends what is saved before what is updated.
        if cancelled.failed(0):  # nobody else has its id: our own, whose answer was lost
            return True
        if cancelled.failed(1):
            return False
        raise StoreBusyError("the link is being used at this instant") from cancelled
    return True


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────────


def add_session(session: Session, beside: Session) -> None:
    """Begin a session of somebody who is signed in already; ConflictError: that one has ended."""
    known_by = _person_key(beside.person), _session_key(beside.session_id)
    goes_on = SessionItem.ended_at.does_not_exist() & (
        SessionItem.ends_at > to_text(session.created_at)
    )
    with translated(), TransactWrite(connection=connection()) as transaction:
        transaction.condition_check(SessionItem, *known_by, condition=goes_on)
        transaction.save(_begun(session), condition=SessionItem.pk.does_not_exist())


def close_links(person: str, now: datetime) -> None:
    """Let no link that was mailed to a person sign in any more."""
    for slot in range(1, MOST_LINKS + 1):
        is_open = SignInLinkItem.pk.exists() & SignInLinkItem.used_at.does_not_exist()
        with suppress(ConflictError), translated():
            SignInLinkItem(_person_key(person), _link_key(slot)).update(
                [SignInLinkItem.used_at.set(to_text(now))], condition=is_open
            )


def session(person: str, session_id: str, now: datetime) -> Session | None:
    """A session that goes on; None: there is none, or it has ended."""
    with translated():
        try:
            item = SessionItem.get(
                _person_key(person), _session_key(session_id), consistent_read=True
            )
        except DoesNotExist:
            return None
    return _session(item) if _goes_on(item, now) else None


def sessions_of(person: str, now: datetime) -> list[Session]:
    """The sessions of a person that go on, newest first."""
    return [_session(item) for item in session_items(person, now)][:LISTED]


def session_items(person: str, now: datetime) -> list[SessionItem]:
    """As the table has them; for what else they hold."""
    with translated():
        items = SessionItem.query(
            _person_key(person),
            SessionItem.sk.startswith(_session_key("")),
            consistent_read=True,
            scan_index_forward=False,  # ids sort by time
        )
        return [item for item in items if _goes_on(item, now)]


def keep(session: Session, now: datetime, ends_at: datetime) -> None:
    """Note that a session was in use, which therefore ends later; ConflictError: it has ended."""
    actions: list[Action] = [
        SessionItem.seen_at.set(to_text(now)),
        SessionItem.ends_at.set(to_text(ends_at)),
        SessionItem.expires_at.set(int((ends_at + KEPT).timestamp())),
    ]
    with translated():
        item_of(session.person, session.session_id).update(
            actions, condition=SessionItem.pk.exists() & SessionItem.ended_at.does_not_exist()
        )


def end(person: str, session_id: str, now: datetime) -> None:
    """End a session; one that has ended, or never was, stays as it is."""
    goes_on = SessionItem.pk.exists() & SessionItem.ended_at.does_not_exist()
    try:
        with translated():
            item_of(person, session_id).update(
                [
                    SessionItem.ended_at.set(to_text(now)),
                    SessionItem.push.remove(),
                    SessionItem.push_since.remove(),
                ],
                condition=goes_on,
            )
    except ConflictError:
        return


def _begun(session: Session) -> SessionItem:
    return SessionItem(
        _person_key(session.person),
        _session_key(session.session_id),
        kind="session",
        created_at=to_text(session.created_at),
        seen_at=to_text(session.seen_at),
        ends_at=to_text(session.ends_at),
        expires_at=int((session.ends_at + KEPT).timestamp()),
    )


def _goes_on(item: SessionItem, now: datetime) -> bool:
    return not item.ended_at and to_text(now) < item.ends_at


def _session(item: SessionItem) -> Session:
    return Session(
        person=item.pk.partition("#")[2],
        session_id=session_id_of(item),
        created_at=from_text(item.created_at),
        seen_at=from_text(item.seen_at),
        ends_at=from_text(item.ends_at),
    )


def item_of(person: str, session_id: str) -> SessionItem:
    """A session, to be written to."""
    return SessionItem(_person_key(person), _session_key(session_id))


def session_id_of(item: SessionItem) -> str:
    """Which session an item is."""
    return item.sk.partition("#")[2]


def _person_key(person: str) -> str:
    return f"person#{person}"


def _link_key(slot: int) -> str:
    return f"link#{slot}"


def _session_key(session_id: str) -> str:
    return f"session#{session_id}"
