"""The demo: its team, its website, and the leads that a visitor would send."""

import time
from pathlib import Path
from typing import Any

from infra.api import Api, Encoding, what_is_wrong
from infra.cli.config_file import config_from
from infra.local.mailbox import mails
from infra.local.page import Pages
from infra.terminal import BOLD, DIM, say
from infra.web import Answer
from shared.domain.config import Config
from shared.messages import pages

FORM = "website"
CONFIG = Path(__file__).resolve().parents[1] / "demo.yaml"

# Where the file expects the page; we put in where it is.
_PAGE_IN_FILE = "http://127.0.0.1:4567"

_ADA = {
    "name": "Ada Lindgren",
    "email": "ada@factory.example",
    "phone": "070-174 06 05",
    "company": "Lindgren Verkstad AB",
    "country": "Sweden",
    "message": "We need twelve machines by March. Who can show us one?",
}
_JOHN = {
    "your-name": "John Smith",
    "your-email": "john.smith@warehouse.example",
    "Company": "Smith & Sons",
    "Country": "United Kingdom",
    "comments": "Please call me about prices.",
}
_TYPOS = {"name": "Eve", "email": "eve at example", "phone": "12"}


def demo_config(page_url: str) -> Config:
    """The demo's configuration, for a website at `page_url`."""
    text = CONFIG.read_text(encoding="utf-8").replace(_PAGE_IN_FILE, page_url)
    return config_from(text, str(CONFIG))


def demo_pages(page_url: str, api_url: str, endpoint_url: str) -> Pages:
    """The website and the mailbox, by path."""
    form = demo_config(page_url).forms[FORM]

    def website() -> str:
        return pages.demo_page(
            form_action=f"{api_url}/v1/forms/{FORM}/leads",
            started_field=form.started_field or "",
            started=str(int(time.time() * 1000)),
            honeypot=form.honeypot or "",
            redirect=f"{page_url}/thanks",
            mail_url=f"{page_url}/mail",
        )

    return {
        "/": website,
        "/thanks": pages.thank_you_page,
        "/mail": lambda: pages.mailbox_page(mails(endpoint_url)),
    }


def send_demo_leads(api: Api, page_url: str) -> None:
    """Send what websites send, good and bad, and show each answer."""
    started = str(int(time.time() * 1000) - 20_000)  # the visitor took twenty seconds
    plain_form = {**_JOHN, "started_at": started, "redirect_to": f"{page_url}/thanks"}
    browser = {"Accept": "text/html", "Origin": page_url}
    _show("a script posts JSON", api.submit(FORM, _ADA))
    _show("a plain HTML form posts", api.submit(FORM, plain_form, Encoding.FORM, browser))
    _show("a form with mistakes in it", api.submit(FORM, _TYPOS))
    _show("the first one again, as after a double click", api.submit(FORM, _ADA))


def _show(what: str, answer: Answer) -> None:
    say(("→ ", BOLD), f"{what}: ", (str(answer.status), BOLD), f" {_outcome(answer)}")
    for problem in _problems(answer):
        say(("    ", DIM), f"{problem['field']}: {problem['message']}")


def _outcome(answer: Answer) -> str:
    body = answer.json()
    if isinstance(body, dict) and "lead_id" in body:
        return f"lead {body['lead_id']}"
    if "location" in answer.headers:
        return f"and the visitor goes on to {answer.headers['location']}"
    return what_is_wrong(answer) if isinstance(body, dict) and "errors" not in body else ""


def _problems(answer: Answer) -> list[dict[str, Any]]:
    body = answer.json()
    return body.get("errors", []) if isinstance(body, dict) else []
