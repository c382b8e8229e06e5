"""A rep's list of leads, of people who do not exist: for looking at."""

from collections.abc import Mapping
from datetime import timedelta

from infra.cli.made_up_mails import NOW, UNTIL, lead_in, somebody_reading
from shared.domain.config import Config
from shared.domain.languages import Language
from shared.domain.leads import Change, Lead, Step, replay
from shared.domain.mine import OpenPool, in_order
from shared.messages.my_pages import my_leads_page

_NAMES: Mapping[Language, tuple[str, ...]] = {
    Language.EN: ("Grace Hill", "Alan Stone", "Joan Clarke", "Mary Wood"),
    Language.SV: ("Greta Berg", "Alma Sten", "Johan Klar", "Maja Skog"),
    Language.ZH: ("陈晓明", "李文静", "周建国", "吴佳慧"),
    Language.PT: ("Graça Serra", "Álvaro Rocha", "Joana Clara", "Maria Lima"),
}


def leads_page_in(language: Language) -> str:
    """The list of a rep who reads the language, three minutes after their newest lead has come."""
    rep = somebody_reading(language)
    reached, tried, asleep, free = (lead_in(language, name=name) for name in _NAMES[language])
    leads = [
        lead_in(language),
        _after(tried, Step.ACCEPTED, Step.ATTEMPTED),
        _after(reached, Step.ACCEPTED, Step.CONTACTED),
        _after(asleep, Step.ACCEPTED, Step.SNOOZED),
    ]
    opened = Change(Step.OPENED, NOW, None, "sales", until=UNTIL + timedelta(hours=2))
    pools = [OpenPool("sales", [_with(free, free.log[0], opened)], 0)]
    now = NOW + timedelta(minutes=3)
    mine = in_order(leads, pools, now, more=False)
    return my_leads_page(mine, rep, _config(), now=now, said="", nonce="", root="../")


def _after(lead: Lead, *steps: Step) -> Lead:
    tomorrow = UNTIL + timedelta(hours=18)
    return _with(lead, *lead.log, *(Change(step, NOW, "lena", until=tomorrow) for step in steps))


def _with(lead: Lead, *log: Change) -> Lead:
    return replay(lead.lead_id, lead.source, lead.fields, log)


def _config() -> Config:
    somebody = {"name": "Lena Berg", "email": "rep@team.example"}
    return Config.model_validate(
        {
            "manager": somebody,
            "reps": {"lena": somebody},
            "pools": {"sales": {"members": {"lena": 1}}},
            "rules": [{"name": "all", "pool": "sales"}],
        }
    )
