"""Mails in a pool's own words; as we ship them, when those fail."""

from functools import partial

from shared.domain.mail_templates import MailTemplate, template_for
from shared.errors import StoreBusyError
from shared.flows.alert_once import send_once
from shared.messages import senders, topic
from shared.messages.mail import MadeOf, Mail
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

KNOWN_FOR = 10.0  # seconds after which a new configuration is noticed


def in_own_words(mail: Mail, pool_id: str, around: Surroundings) -> Mail:
    """The mail in the words of the pool whose lead it is about; else as it was.

    A template that fails keeps nobody from their mail: the managers hear of it, once a day.
    """
    own, made_of = _template(mail, pool_id), mail.made_of
    if own is None or made_of is None:
        return mail
    from shared.messages.own_words import OwnWordsError, reworded  # few pools have any

    try:
        return reworded(mail, own)
    except OwnWordsError as error:
        logger.error("a pool's template failed", pool=pool_id, mail=made_of.kind, why=str(error))
        _tell(pool_id, made_of, str(error), around)
        return mail


def _template(mail: Mail, pool_id: str) -> MailTemplate | None:
    pool = config_store.active(KNOWN_FOR).config.pools.get(pool_id)
    if pool is None or not pool.templates or mail.made_of is None:
        return None
    return template_for(pool.templates, mail.made_of.kind, mail.made_of.language)


def _tell(pool_id: str, made_of: MadeOf, why: str, around: Surroundings) -> None:
    """Whoever else is telling it now, or whatever keeps us from it: the mail does not wait."""
    subject, text = topic.template_notice(pool=pool_id, kind=made_of.kind, why=why)
    messages = {"topic": partial(senders.tell_managers, subject, text)}
    alert = alert_store.of_template(pool_id, around.now().date().isoformat())
    try:
        send_once(alert, messages, around)
    except StoreBusyError:
        return
    except Exception as error:  # noqa: BLE001 (a topic that is down, or anything else)
        logger.error(
            "managers do not hear of a template", pool=pool_id, error_type=type(error).__name__
        )
