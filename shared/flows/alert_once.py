"""Each alert once, whoever delivers its record how often.

The stream is the outbox, and may bring a record twice, late, or to two processes at once. So each
alert has a claim: who holds it sends what has not gone out yet, and notes each kind when it has.
Dying between sending and noting is the one way to send twice.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from shared.errors import StoreBusyError
from shared.store import alerts as alert_store
from shared.store.alerts import Alert
from shared.surroundings import Surroundings

# What an alert calls for, by kind, in the order it is sent. False: nobody was to be told any more.
Messages = Mapping[str, Callable[[], bool | None]]

# Longer than sending takes, shorter than anybody should wait for the alert of a sender that died.
HOLD = timedelta(seconds=20)


class BeingSentError(StoreBusyError):
    """Another process is sending this very alert."""


def send_once(alert: Alert, messages: Messages, around: Surroundings) -> None:
    """Send what has not gone out yet of an alert.

    StoreBusyError, or what the sender raised: not everything is out; deliver the record again.
    BeingSentError, one of these: it may be in a moment.
    """
    claim_id = around.new_id()
    done = alert_store.claim(alert, claim_id, around.now(), HOLD)
    if done is None:
        if alert_store.sent(alert) >= messages.keys():
            return
        raise BeingSentError("another process is sending this alert; come back when it has")
    try:
        for kind, send in messages.items():
            if kind not in done:
                alert_store.note(alert, kind, needed=send() is not False)
    except Exception:
        alert_store.release(alert, claim_id)
        raise
