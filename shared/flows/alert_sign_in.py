"""Mail the link to sign in with to whom it was opened for."""

from functools import partial

from shared.domain.config import Config
from shared.domain.languages import Language
from shared.domain.people import Identity, identity_of
from shared.flows.alert_once import send_once
from shared.flows.sessions import address_of
from shared.links import link_keys
from shared.messages import senders
from shared.messages.sign_in_mail import sign_in_mail
from shared.settings import setting
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store.images import OpenedLink
from shared.surroundings import Surroundings
from shared.telemetry import logger
from shared.tokens import SignInLink, sign_link


def alert_of_link(opened: OpenedLink, around: Surroundings) -> None:
    """Mail a link while it can be used; errors as of `send_once`."""
    if opened.used or around.now() >= opened.ends_at:
        return
    alert = alert_store.of_link(opened.person, opened.nonce)
    send_once(alert, {"mail": partial(_mail, opened, around)}, around)


def _mail(opened: OpenedLink, around: Surroundings) -> bool:
    """Mail it; False: it cannot be used any more, or its person has left."""
    kept = people_store.link(opened.person, opened.slot)
    if kept is None or not kept.is_open(opened.nonce, around.now()):
        return False
    active = config_store.active()
    email = address_of(active, opened.person)
    identity = identity_of(active.config, email) if email else None
    if email is None or identity is None:
        return False
    link = SignInLink(opened.person, opened.slot, opened.nonce)
    message = sign_in_mail(
        name=_name_of(active.config, identity),
        url=f"{setting('PUBLIC_URL')}/s/{sign_link(link, link_keys())}",
        now=around.now(),
        ends_at=opened.ends_at,
        time_zone=_zone_of(active.config, identity),
        language=_language_of(active.config, identity),
    )
    try:
        senders.send_mail(email, message)
    except senders.RefusedError as error:
        logger.error("a link to sign in with was refused", who=identity.who, code=str(error))
    return True


def _name_of(config: Config, identity: Identity) -> str:
    """What somebody is called who is a rep; managers need no name to know who they are."""
    return config.reps[identity.rep].name if identity.rep else ""


def _language_of(config: Config, identity: Identity) -> Language:
    rep = config.reader(identity.rep)
    return (rep and rep.language) or Language.EN


def _zone_of(config: Config, identity: Identity) -> str:
    return config.reps[identity.rep].time_zone if identity.rep else "UTC"
