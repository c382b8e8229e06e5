"""The mail in the morning: what waits for a rep, once a day."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from shared.domain.config import Config, Rep
from shared.domain.digest import digest_day, first_day
from shared.domain.leads import Lead, Status
from shared.domain.mine import asks_again_since, is_masked, snoozed_until
from shared.flows.alert_once import BeingSentError, send_once
from shared.flows.alert_reps import late_link_of
from shared.flows.digest_due import ALL_IN_ONE
from shared.flows.paused_mail import refusal_of
from shared.flows.show_mine import mine
from shared.messages import senders
from shared.messages.digest_mail import Digest, Row, digest_mail
from shared.settings import setting
from shared.store import alerts as alert_store
from shared.store import config as config_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

DONE = "done"
OVER = "over"


def send_digest(rep_id: str, day: str, around: Surroundings) -> str:
    """Mail a rep what waits for them on this day, if anything does, and if they have not been.

    `done`: they have been now, or before, or nothing waits; `over`: it is not due any more, or
    somebody else is at it. Whatever goes wrong raises; it is started again.
    """
    config = config_store.active().config
    due = digest_day(config, rep_id, around.now())
    rep = config.reader(rep_id)
    if rep is None or due is None or due.isoformat() != day:
        return OVER
    messages = {ALL_IN_ONE: partial(_mail, rep_id, rep, config, around)}
    try:
        send_once(alert_store.of_digest(rep_id, day), messages, around)
    except BeingSentError:
        return OVER
    return DONE


def _mail(rep_id: str, rep: Rep, config: Config, around: Surroundings) -> bool:
    digest = _digest(rep_id, rep, config, around)
    if digest.is_empty:
        return False
    if refusal := refusal_of(rep_id, rep.email):
        logger.warning("a digest was not sent, as mail is paused", rep=rep_id, code=refusal.code)
        return False
    message = digest_mail(
        digest, rep, now=around.now(), all_url=f"{setting('PUBLIC_URL')}/my/leads"
    )
    try:
        senders.send_mail(rep.email, message)
    except senders.RefusedError as error:
        logger.error("the digest of a rep was refused", rep=rep_id, code=str(error))
        senders.tell_managers(
            f"leadwheel: the mail to {rep_id} was refused",
            f"SES refused the mail to rep {rep_id} about what waits for them ({error}).\n"
            "Check the rep's e-mail address in the configuration, and that the sender address and,"
            " in the SES sandbox, the receiver are verified.",
        )
    return True


def _digest(rep_id: str, rep: Rep, config: Config, around: Surroundings) -> Digest:
    """What of a rep's leads is for today."""
    now, zone = around.now(), ZoneInfo(rep.time_zone)
    has, today = mine(rep_id, config, now), now.astimezone(zone).date()
    since = first_day(config, rep_id, today)

    def put_off_until(lead: Lead) -> datetime | None:
        return snoozed_until(lead, now) or asks_again_since(lead, now)

    def is_again_today(lead: Lead) -> bool:
        """Whether the day for which it was put off has come, or was one of their days off."""
        until = put_off_until(lead)
        return until is not None and since <= until.astimezone(zone).date() <= today

    def row(lead: Lead) -> Row:
        waits = lead.status is Status.ASSIGNED
        return Row(
            lead,
            url=f"{setting('PUBLIC_URL')}/my/leads/{lead.lead_id}",
            accept_url=late_link_of(lead, now) if waits else "",
            until=lead.yours_until if waits else put_off_until(lead),
            masked=is_masked(lead, config),
        )

    reached = [lead for lead in has.working if lead.status is not Status.ACCEPTED]
    again_today = [row(lead) for lead in (*reached, *has.snoozed) if is_again_today(lead)]
    return Digest(
        to_accept=[row(lead) for lead in has.waiting],
        to_reach=[row(lead) for lead in has.working if lead.status is Status.ACCEPTED],
        again_today=sorted(again_today, key=lambda one: one.until or now),
        to_take=[(pool.pool_id, len(pool.leads) + pool.unseen) for pool in has.pools],
    )
