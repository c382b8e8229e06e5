"""What happens to leads, told on the terminal as it happens."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from infra.api import Api
from infra.local.mailbox import mails
from infra.terminal import BOLD, DIM, say
from shared.errors import LeadwheelError
from shared.messages.display import one_line

MOST_AT_ONCE = 25  # between two looks; who sends more is measuring, not watching
MOST_MAILS = 300  # each look reads them all

# What is told with the reason of the decision behind it. Parked has it in its own sentence.
_EXPLAINED = {"assigned"}

# What a person would look up first.
_STRONG = {
    "accepted",
    "assigned",
    "claimed",
    "duplicated",
    "escalated",
    "lapsed",
    "opened",
    "parked",
    "passed",
    "quarantined",
    "reclaimed",
    "rejected",
    "rerouted",
    "returned",
    "unassigned",
}


class Journeys:
    """What has been told already."""

    def __init__(self, api: Api, endpoint_url: str) -> None:
        self._api = api
        self._endpoint_url = endpoint_url
        self._told: dict[str, int] = {}
        self._untold: set[str] = set()  # came when there were too many
        self._mails = len(mails(endpoint_url))

    def tell(self, changed: Callable[[], list[str]]) -> None:
        """Tell what is new about the leads that have `changed`, and the mails that went out."""
        # Looked at first and told last: then what a mail is about has always been told before it.
        new_mails = mails(self._endpoint_url)[self._mails :] if self._mails < MOST_MAILS else []
        self._tell_leads(changed())
        if len(new_mails) > MOST_AT_ONCE:
            say((f"{len(new_mails)} mails have gone out", DIM))
        else:
            for mail in new_mails:
                _tell_mail(mail)
        self._mails += len(new_mails)

    def _tell_leads(self, lead_ids: list[str]) -> None:
        if len(lead_ids) > MOST_AT_ONCE:
            self._untold.update(lead_ids)
            say((f"{len(lead_ids)} leads have changed: too many to tell of each", DIM))
        for lead_id in lead_ids:
            if lead_id not in self._untold:
                self._tell_lead(lead_id)

    def _tell_lead(self, lead_id: str) -> None:
        try:
            lead = self._api.lead(lead_id)
        except LeadwheelError:
            return  # its next change tells this one too
        told = self._told.get(lead_id, 0)
        if not told:
            say((f"lead {lead_id} ", BOLD), _about(lead))
        for record in lead["history"][told:]:
            _tell_record(lead_id, record)
        if any(record["step"] in _EXPLAINED for record in lead["history"][told:]):
            self._tell_reason(lead_id)
        self._told[lead_id] = len(lead["history"])

    def _tell_reason(self, lead_id: str) -> None:
        with suppress(LeadwheelError):
            decision = self._api.decision(lead_id)
            say(("                   because ", DIM), decision["reason"])


def _about(lead: dict[str, Any]) -> str:
    """Who a lead is, for one line: name, company, where from."""
    fields = lead["fields"]
    who = fields.get("name") or fields.get("email") or fields.get("phone")
    parts = (who, fields.get("company"), fields.get("country"))
    said = ", ".join(one_line(part, 60) for part in parts if part)
    return f"{said or 'nobody we can name'} ({one_line(lead['source'].replace('#', ' '), 80)})"


def _tell_record(lead_id: str, record: dict[str, Any]) -> None:
    """One record of a lead's history, on one line; a lead is known by the end of its id."""
    style = BOLD if record["step"] in _STRONG else ""
    say(_clock(record["at"]), (f"  …{lead_id[-6:]}  ", DIM), (record["sentence"], style))


def _tell_mail(mail: dict[str, str]) -> None:
    to, subject = one_line(mail["to"], 100), one_line(mail["subject"], 100)
    say(_clock(mail["time"]), f"  mail to {to}: {subject}")


def _clock(moment: str) -> tuple[str, Any]:
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S"), DIM
    except ValueError:
        return moment, DIM
