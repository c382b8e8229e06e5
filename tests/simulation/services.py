"""Mail, topics, the event bus and the secrets, as the functions call them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ADMIN = "k" * 48
"""The admin token; the secret of the links is the same."""


class Mail(NamedTuple):
    """A mail that the service has taken."""

    at: float
    to: str
    subject: str
    text: str

    @property
    def links(self) -> list[str]:
        """The paths behind its links."""
        return re.findall(r"https://leads\.example\.com(/a/\S+)", self.text)


@dataclass
class Services:
    """All services but the table."""

    secrets: dict[str, str]
    put_event: Callable[[dict[str, Any]], None]
    mails: list[Mail] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    now: Callable[[], float] = lambda: 0.0
    listen: Callable[[Mail], None] = lambda _: None

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Carry out a call."""
        match operation:
            case "SendEmail":
                content = asked["Content"]["Simple"]
                (to,) = asked["Destination"]["ToAddresses"]
                body = content["Body"]["Text"]["Data"]
                mail = Mail(self.now(), to, content["Subject"]["Data"], body)
                self.mails.append(mail)
                self.listen(mail)
                return {"MessageId": str(len(self.mails))}
            case "Publish":
                self.notices.append(asked.get("Subject", ""))
                return {"MessageId": str(len(self.notices))}
            case "PutEvents":
                for entry in asked["Entries"]:
                    detail = json.loads(entry["Detail"])
                    self.put_event({"detail-type": entry["DetailType"], "detail": detail})
                entries = [{"EventId": "e"} for _ in asked["Entries"]]
                return {"FailedEntryCount": 0, "Entries": entries}
            case "GetSecretValue":
                return {"SecretString": self.secrets[asked["SecretId"]]}
        raise ValueError(f"the simulation knows no {operation}")
