"""The API of a running leadwheel, as the command line uses it."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from infra.web import Answer, fetch
from shared.errors import LeadwheelError, NotFoundError

JSON = "application/json"


class ApiError(LeadwheelError):
    """The API answered, but not with what was asked for; the message is its own."""


class Encoding(StrEnum):
    """How a form writes its fields."""

    JSON = "json"
    FORM = "form"
    MULTIPART = "multipart"


@dataclass(frozen=True, slots=True)
class Api:
    """Where the API is, and how to get the admin token, which not every use needs."""

    url: str
    admin_token: Callable[[], str]

    def lead(self, lead_id: str) -> dict[str, Any]:
        """A lead with its history; NotFoundError when there is none."""
        return self._get(f"leads/{quote(lead_id, safe='')}")

    def decision(self, lead_id: str) -> dict[str, Any]:
        """Why a lead is where it is; NotFoundError also when nothing has been decided yet."""
        return self._get(f"leads/{quote(lead_id, safe='')}/decision")

    def rotation(self, pool_id: str) -> dict[str, Any]:
        """What each member of a pool is owed; NotFoundError when there is no such pool."""
        return self._get(f"pools/{quote(pool_id, safe='')}/rotation")

    def open_leads(self, pool_id: str) -> dict[str, Any]:
        """The leads that wait to be claimed; NotFoundError when there is no such pool."""
        return self._get(f"pools/{quote(pool_id, safe='')}/open")

    def quarantine(self) -> dict[str, Any]:
        """The leads that are held, in short."""
        return self._get("quarantine")

    def held(self, lead_id: str) -> dict[str, Any]:
        """A lead that is or was held, with what was sent; NotFoundError when it never was."""
        return self._get(f"quarantine/{quote(lead_id, safe='')}")

    def release(
        self, lead_id: str, fields: Mapping[str, str], *, even_if_duplicate: bool
    ) -> dict[str, Any]:
        """Let a lead out of quarantine, with what is put right; the lead after it."""
        body = {"fields": dict(fields), "even_if_duplicate": even_if_duplicate}
        return self._post(f"quarantine/{quote(lead_id, safe='')}/release", body)

    def discard(self, lead_id: str, reason: str | None) -> dict[str, Any]:
        """Put a lead in quarantine aside for good; the lead after it."""
        return self._post(f"quarantine/{quote(lead_id, safe='')}/discard", {"reason": reason})

    def claim(self, lead_id: str, rep_id: str) -> dict[str, Any]:
        """Claim an open lead for a rep; the lead after it."""
        return self._post(f"leads/{quote(lead_id, safe='')}/claim", {"rep_id": rep_id})

    def claim_unseen(self, pool_id: str, rep_id: str) -> dict[str, Any]:
        """Claim the oldest open lead of a pool that the rep may take; the lead after it."""
        return self._post(f"pools/{quote(pool_id, safe='')}/claim", {"rep_id": rep_id})

    def assign(
        self,
        lead_id: str,
        rep_id: str,
        *,
        pool_id: str | None = None,
        override: bool = False,
        reason: str | None = None,
    ) -> dict[str, Any]:
        """Give a lead to a rep; the lead after it."""
        body = {"rep_id": rep_id, "pool_id": pool_id, "override": override, "reason": reason}
        return self._post(f"leads/{quote(lead_id, safe='')}/assign", body)

    def assign_all(
        self, lead_ids: list[str], rep_id: str, *, owner: str, reason: str | None
    ) -> dict[str, Any]:
        """Give leads of one rep to another; what became of each."""
        body = {"lead_ids": lead_ids, "rep_id": rep_id, "owner": owner, "reason": reason}
        return self._post("leads/assign", body)

    def unassign(self, lead_id: str, *, reason: str | None) -> dict[str, Any]:
        """Take a lead from its owner; the lead after it."""
        return self._post(f"leads/{quote(lead_id, safe='')}/release", {"reason": reason})

    def unassign_all(
        self, lead_ids: list[str], rep_id: str, *, reason: str | None
    ) -> dict[str, Any]:
        """Take leads from this rep; what became of each."""
        body = {"lead_ids": lead_ids, "rep_id": rep_id, "reason": reason}
        return self._post("leads/release", body)

    def leads_of(self, rep_id: str) -> dict[str, Any]:
        """A rep's open leads in short; NotFoundError when nobody knows the rep."""
        return self._get(f"reps/{quote(rep_id, safe='')}/leads")

    def returns(self) -> dict[str, Any]:
        """The returns that wait for a manager."""
        return self._get("returns")

    def approve_return(self, lead_id: str) -> dict[str, Any]:
        """Take back a lead whose seller asked for it; NotFoundError when nobody did."""
        return self._post(f"leads/{quote(lead_id, safe='')}/approve-return", {})

    def refuse_return(self, lead_id: str, why: str) -> dict[str, Any]:
        """Keep a lead whose seller wants it back; NotFoundError when nobody does."""
        return self._post(f"leads/{quote(lead_id, safe='')}/refuse-return", {"reason": why})

    def sessions(self, email: str) -> dict[str, Any]:
        """The sessions of whoever signs in with this address; none of an address nobody has."""
        return self._post("people/sessions", {"email": email})

    def end_sessions(self, email: str) -> dict[str, Any]:
        """End all sessions of whoever signs in with this address; how many there were."""
        return self._post("people/sessions/end", {"email": email})

    def export_person(self, person: Mapping[str, str]) -> dict[str, Any]:
        """What is known of whom this `email`, `phone` or `lead_id` names; `next`: go on `after`."""
        return self._post("people/export", person)

    def forget_person(self, person: Mapping[str, str]) -> dict[str, Any]:
        """Erase that; what was done by kind, and whether that is all; `next` likewise."""
        return self._post("people/forget", person)

    def partner(self, partner_id: str) -> dict[str, Any]:
        """What a partner may sell and has sold; NotFoundError when there is no such partner."""
        return self._get(f"partners/{quote(partner_id, safe='')}")

    def paused_mail(self) -> dict[str, Any]:
        """Whose address takes no mail, longest first."""
        return self._get("mail/paused")

    def resume_mail(self, rep_id: str) -> dict[str, Any]:
        """Let mail to a rep be tried again; NotFoundError when there is no such rep."""
        return self._post(f"reps/{quote(rep_id, safe='')}/mail/resume", {})

    def dead_deliveries(self, channel: str | None) -> dict[str, Any]:
        """What has been given up, of a channel or of all."""
        return self._get(f"deliveries?{urlencode({'channel': channel} if channel else {})}")

    def redrive(self, ids: list[str]) -> dict[str, Any]:
        """Let these be sent again; the ids of those that were given up."""
        return self._post("deliveries/redrive", {"ids": ids})

    def redrive_all(self, channel: str | None) -> dict[str, Any]:
        """Let the first hundred be sent again, of a channel or of all; whether there are more."""
        return self._post("deliveries/redrive", {"all": True, "channel": channel})

    def _get(self, path: str) -> dict[str, Any]:
        return self._ask(path)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path: str, sent: bytes | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.admin_token()}", "Accept": JSON}
        if sent is not None:
            headers["Content-Type"] = JSON
        answer = fetch(f"{self.url}/v1/{path}", body=sent, headers=headers)
        body = answer.json()
        if answer.status == 200 and isinstance(body, dict):
            return body
        if answer.status == 404:
            raise NotFoundError(what_is_wrong(answer))
        raise ApiError(f"the API answered {answer.status}: {what_is_wrong(answer)}")

    def submit(
        self,
        form_id: str,
        fields: Mapping[str, str],
        encoding: Encoding = Encoding.JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post a form as a website would; every answer is one."""
        content_type, body = encoded(fields, encoding)
        sent = {"Content-Type": content_type, "Accept": JSON, **(headers or {})}
        return self.deliver(f"forms/{quote(form_id, safe='')}/leads", body, sent)

    def deliver(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Come to a door below `/v1/` as its senders do, with a POST or, without a body, a GET.

        Every answer is one.
        """
        return fetch(f"{self.url}/v1/{path}", body=body, headers=headers)

    def address_of(self, path: str) -> str:
        """The address of a door below `/v1/` as the API itself knows it, which some senders sign.

        A local cloud has the API somewhere below its own address, and does not speak TLS.
        """
        return f"https://{urlsplit(self.url).netloc}/v1/{path}"


def what_is_wrong(answer: Answer) -> str:
    """A problem answer in one sentence; the status alone when it is none."""
    problem = answer.json()
    if not isinstance(problem, dict):
        return f"status {answer.status}"
    return str(problem.get("detail") or problem.get("title") or f"status {answer.status}")


def encoded(fields: Mapping[str, str], encoding: Encoding) -> tuple[str, bytes]:
    """Content type and body of a form."""
    match encoding:
        case Encoding.JSON:
            return JSON, json.dumps(dict(fields)).encode()
        case Encoding.FORM:
            return "application/x-www-form-urlencoded", urlencode(dict(fields)).encode()
        case Encoding.MULTIPART:
            boundary = uuid.uuid4().hex
            return f"multipart/form-data; boundary={boundary}", _multipart(fields, boundary)


def _multipart(fields: Mapping[str, str], boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    return "".join([*parts, f"--{boundary}--\r\n"]).encode()


def _quoted(name: str) -> str:
    """A field's name as browsers write it there."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
