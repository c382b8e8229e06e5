"""Every mail to a rep, about leads of people who do not exist: for looking at."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.config import Rep
from shared.domain.deadlines import Action, Deadline
from shared.domain.explaining import YOU
from shared.domain.languages import Language
from shared.domain.leads import Change, Lead, Step, replay
from shared.domain.mail_templates import MailKind
from shared.domain.sentence import Sentence
from shared.messages import mail as mails
from shared.messages.digest_mail import Digest, Row, digest_mail
from shared.messages.mail import Mail
from shared.messages.sign_in_mail import sign_in_mail

NOW = datetime(2026, 11, 24, 13, 17, 2, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)
SIGN_IN = "sign-in"
DIGEST = "digest"
URL = "https://leads.example/a/eyJsIjoiMDFKREYifQ.c2ln-_"
ALL_LEADS = "https://leads.example/my/leads"

_WHY = Sentence.of(
    YOU.say("{who} {was} owed %(owed)s of a lead", owed="0.83"),
    YOU.say(", more than anyone else who could take it"),
)
_SENT: Mapping[str, Any] = {
    "email": "ada@factory.example",
    "consent": True,
    "utm_source": "google",
    "page_url": "https://shop.example/machines",
}
_PEOPLE: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "name": "Ada Lindgren",
        "company": "Lindgren Workshop Ltd",
        "phone": "+442079460018",
        "country": "GB",
        "region": "Leeds",
        "product": "Band saw",
        "message": "We need two by spring.\nCan you call before noon?",
    },
    Language.SV: {
        "name": "Ada Lindgren",
        "company": "Lindgren Verkstad AB",
        "phone": "+46701740605",
        "country": "SE",
        "region": "Skåne",
        "product": "Bandsåg",
        "message": "Vi behöver två till våren.\nKan du ringa före lunch?",
    },
    Language.ZH: {
        "name": "林雅达",
        "company": "林氏机械有限公司",
        "phone": "+862155550123",
        "country": "CN",
        "region": "浙江",
        "product": "带锯床",
        "message": "我们春季前需要两台。\n中午前方便来电吗？",
    },
    Language.PT: {
        "name": "Ada Limeira",
        "company": "Oficina Limeira Ltda.",
        "phone": "+551155550123",
        "country": "BR",
        "region": "São Paulo",
        "product": "Serra de fita",
        "message": "Precisamos de duas até setembro.\nPode ligar antes do meio-dia?",
    },
}
_REPS: Mapping[Language, Rep] = {
    language: Rep(name=name, email="rep@team.example", time_zone=zone, language=language)
    for language, name, zone in (
        (Language.EN, "Lena Berg", "Europe/London"),
        (Language.SV, "Lena Berg", "Europe/Stockholm"),
        (Language.ZH, "王莉", "Asia/Shanghai"),
        (Language.PT, "Helena Braga", "America/Sao_Paulo"),
    )
}


def somebody_reading(language: Language) -> Rep:
    """A rep who does not exist either."""
    return _REPS[language]


def lead_in(language: Language, **fields: Any) -> Lead:
    """A lead that was given to a rep just now, as people write who speak the language."""
    deadlines = (Deadline(Action.REMIND, 300), Deadline(Action.RECLAIM, 900))
    log = [
        Change(Step.CAPTURED, NOW),
        Change(Step.ASSIGNED, NOW, "lena", "sales", "all", 3, deadlines),
    ]
    said = {**_SENT, **_PEOPLE[language], **fields}
    return replay("01JDFA7Q9Z3V4M8K2T6R5W1XYC", "form#website", said, log)


def every_mail() -> tuple[str, ...]:
    """The names of all mails: those about leads, that of the morning, and to sign in with."""
    return (*MailKind, DIGEST, SIGN_IN)


def mail_in(language: Language, name: str) -> Mail:
    """The mail of this name, to somebody who reads the language, about one of their leads."""
    rep = somebody_reading(language)
    if name == SIGN_IN:
        return sign_in_mail(
            name=rep.name,
            url=URL,
            now=NOW,
            ends_at=UNTIL,
            time_zone=rep.time_zone,
            language=language,
        )
    if name == DIGEST:
        return digest_of(lead_in(language), rep)
    return mail_of(MailKind(name), lead_in(language), rep)


def digest_of(lead: Lead, rep: Rep) -> Mail:
    """What waits for a rep, where each lead is this one."""
    url = f"{ALL_LEADS}/{lead.lead_id}"
    digest = Digest(
        to_accept=[Row(lead, url, URL, UNTIL)],
        to_reach=[Row(lead, url)],
        again_today=[Row(lead, url, until=UNTIL)],
        to_take=[("sales", 2)],
    )
    return digest_mail(digest, rep, now=NOW, all_url=ALL_LEADS)


def mail_of(kind: MailKind, lead: Lead, rep: Rep) -> Mail:
    """The mail of a kind to this rep about this lead, as if it went out now."""
    return _MADE[kind](lead, rep)


def _assigned(lead: Lead, rep: Rep) -> Mail:
    return mails.assigned_mail(lead, rep, reason=_WHY, until=UNTIL, accept_url=URL)


def _reminder(lead: Lead, rep: Rep) -> Mail:
    return mails.reminder_mail(lead, rep, until=UNTIL, accept_url=URL)


def _again(lead: Lead, rep: Rep) -> Mail:
    return mails.again_mail(lead, lead, rep, until=None, accept_url=URL, accepted=True)


def _returned(lead: Lead, rep: Rep) -> Mail:
    return mails.returned_mail(lead, rep, reason="wrong number")


def _offer(lead: Lead, rep: Rep) -> Mail:
    return mails.offer_mail(lead, rep, others=2, until=UNTIL, accept_url=URL)


def _claimed(lead: Lead, rep: Rep) -> Mail:
    return mails.claimed_mail(lead, rep, accept_url=URL)


def _snoozed(lead: Lead, rep: Rep) -> Mail:
    return mails.snoozed_mail(lead, rep, accept_url=URL, note="")


def _late(lead: Lead, rep: Rep) -> Mail:
    return mails.late_mail(lead, rep, faster=True)


def _moved(lead: Lead, rep: Rep) -> Mail:
    return mails.moved_mail(lead, rep, where="colleague", reason="")


_MADE: Mapping[MailKind, Callable[[Lead, Rep], Mail]] = {
    MailKind.ASSIGNED: _assigned,
    MailKind.REMINDER: _reminder,
    MailKind.AGAIN: _again,
    MailKind.RETURNED: _returned,
    MailKind.OFFER: _offer,
    MailKind.CLAIMED: _claimed,
    MailKind.SNOOZED: _snoozed,
    MailKind.LATE: _late,
    MailKind.MOVED: _moved,
}
