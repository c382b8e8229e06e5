"""An address takes no mail any more: mail to its person is paused, and the managers hear of it.

It is written first, and told then; whoever dies between is followed by another run, which finds it
written and tells what has not been told. The same event again finds both done. What the mail was
about is told first, as the rep wants it when mail fails: that does not wait for a topic. Later
mails are not sent at all.
"""

from datetime import datetime
from functools import partial

from shared.domain.addresses import same_address
from shared.domain.bounces import Refusal, noted, read_bounce
from shared.domain.channels import MAIL
from shared.domain.config import Config
from shared.domain.leads import replay
from shared.domain.moments import to_text
from shared.domain.people import identity_of
from shared.errors import ConflictError, NotFoundError, StoreBusyError
from shared.flows.alert_once import Messages, send_once
from shared.flows.notify import fail_over
from shared.flows.persistently import persistently
from shared.messages import senders, topic
from shared.messages.senders import Event
from shared.store import alerts as alert_store
from shared.store import bounces as bounce_store
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store.people import person_of
from shared.surroundings import Surroundings
from shared.telemetry import logger

UNREADABLE, PASSING, UNKNOWN, PAUSED = "unreadable", "passing", "unknown", "paused"


def note_bounce(event: object, around: Surroundings) -> str:
    """Take note of an event of the mail service; answers what came of it.

    `paused`; `passing`: it may arrive another time; `unknown`: nobody of the configuration has the
    address; `unreadable`: it is no such event. StoreBusyError: bring it again.
    """
    bounce = read_bounce(event)
    if bounce is None or not bounce.addresses:
        logger.warning("an event of the mail service could not be read")
        return UNREADABLE
    if bounce.code is None:
        logger.info("a mail did not arrive for now")
        return PASSING
    try:
        active = config_store.active()
    except NotFoundError:
        return UNKNOWN
    concerned = {
        who: Refusal(person_of(active.pepper, address), bounce.code, around.now())
        for address in bounce.addresses
        for who in whose(active.config, address)
    }
    for who, refusal in concerned.items():
        kept = _noted(who, refusal, bounce.sent_at, active.config, around)
        if bounce.change:
            _tell_another_way(*bounce.change, who, around)
        if kept.holds(refusal.mark):
            _tell(who, kept, is_rep=who in active.config.reps, around=around)
    if not concerned:
        logger.warning("mail to nobody of the configuration came back", code=bounce.code)
    return PAUSED if concerned else UNKNOWN


def whose(config: Config, address: str) -> list[str]:
    """Whose address it is: reps by their ids, else who it is as a manager, as `manager#lena`."""
    wanted = same_address(address)
    reps = [rep_id for rep_id, rep in config.reps.items() if same_address(rep.email) == wanted]
    identity = None if reps else identity_of(config, address)
    return [identity.who] if identity else reps


def _noted(
    who: str, new: Refusal, sent_at: datetime | None, config: Config, around: Surroundings
) -> Refusal:
    """What is kept of them now: this one, or the one from before."""
    kept = persistently(
        lambda: bounce_store.change(lambda known: noted(known, who, new, sent_at, config.reps)),
        around,
        (ConflictError, StoreBusyError),
    )
    return kept[who]


def _tell(who: str, refusal: Refusal, *, is_rep: bool, around: Surroundings) -> None:
    at = to_text(refusal.at)
    subject, text = topic.mail_paused_notice(who=who, code=refusal.code, at=at, is_rep=is_rep)
    detail = {"id": f"mail:{who}:{at}", "rep": who, "code": refusal.code, "at": at}
    messages: Messages = {"topic": partial(senders.tell_managers, subject, text)}
    if is_rep:
        logger.warning("mail to a rep is paused", rep=who, code=refusal.code)
        events = [Event("MailPaused", detail)]
        messages = {**messages, "event": partial(senders.put_events, events)}
    send_once(alert_store.of_mail(who, at), messages, around)


def _tell_another_way(lead_id: str, number: int, rep_id: str, around: Surroundings) -> None:
    """Let the rep hear of what the mail was about; what is not so any more is not sent then."""
    try:
        lead = lead_store.get(lead_id)
    except NotFoundError:
        return
    then = replay(lead.lead_id, lead.source, lead.fields, lead.log[:number])
    senders.put_events(fail_over(then, MAIL, rep_id, around))
