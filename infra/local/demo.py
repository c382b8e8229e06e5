"""The demo: its team, its website, its partner and hooks, and the leads that they would send."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.api import Api, Encoding, what_is_wrong
from infra.cli.config_file import config_from
from infra.cli.follow import members, what_came
from infra.cli.posts import Post, as_json, hook_post, partner_post
from infra.cli.source_secrets import SourceSecrets, add_key, add_value, new_key, new_secret
from infra.local.mailbox import mails
from infra.local.page import Pages
from infra.terminal import BOLD, DIM, say
from infra.web import Answer
from shared.credentials import SCOPES
from shared.domain.config import Config
from shared.messages import pages
from shared.surroundings import now

FORM = "website"
PARTNER = "acme"
HOOK = "google-ads"
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
_GRETA = {
    "name": "Greta Holm",
    "email": "greta.holm@farm.example",
    "phone": "070-174 06 66",
    "country": "SE",
    "interest": "heat pump",
    "lead_ref": "A-1001",
}
_TYPOS = {"name": "Eve", "email": "eve at example", "phone": "12"}


def demo_config(page_url: str) -> Config:
    """The demo's configuration, for a website at `page_url`."""
    text = CONFIG.read_text(encoding="utf-8").replace(_PAGE_IN_FILE, page_url)
    return config_from(text, str(CONFIG))


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the demo's partner and hooks prove themselves with, in plain text: new at each start."""

    partner_key: str
    hook_secrets: Mapping[str, str]  # by the hook's id


def new_credentials(config: Config, stored: SourceSecrets) -> Credentials:
    """Make a key for the partner and a secret for each hook, and let them be valid."""
    made = Credentials(new_key(), {hook_id: new_secret() for hook_id in config.hooks})

    def add(known: dict[str, dict[str, Any]]) -> None:
        add_key(known, f"partner#{PARTNER}", made.partner_key, SCOPES, now())
        for hook_id, secret in made.hook_secrets.items():
            add_value(known, f"hook#{hook_id}", "secret", secret)
            if config.hooks[hook_id].format == "meta":
                add_value(known, f"hook#{hook_id}", "verify_token", new_secret())

    stored.change(add)
    return made


def described(config: Config, credentials: Credentials) -> dict[str, Any]:
    """What `stack.json` says of the demo."""
    return {
        "form_id": FORM,
        "partner_id": PARTNER,
        "partner_key": credentials.partner_key,
        "hook_ids": list(config.hooks),
        "hook_secrets": dict(credentials.hook_secrets),
        "pool_ids": list(config.pools),
    }


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


def send_demo_leads(api: Api, page_url: str, credentials: Credentials) -> None:
    """Send what websites, partners and platforms send, good and bad, and show each answer."""
    started = str(int(time.time() * 1000) - 20_000)  # the visitor took twenty seconds
    plain_form = {**_JOHN, "started_at": started, "redirect_to": f"{page_url}/thanks"}
    browser = {"Accept": "text/html", "Origin": page_url}
    _show("a script posts JSON", api.submit(FORM, _ADA))
    _show("a plain HTML form posts", api.submit(FORM, plain_form, Encoding.FORM, browser))
    _show("a form with mistakes in it", api.submit(FORM, _TYPOS))
    _show("the first one again, as after a double click", api.submit(FORM, _ADA))
    config = demo_config(page_url)
    again = {**_GRETA, "lead_ref": "A-1002"}
    for what, post in (
        ("a partner sells a lead", _of_partner(api, config, _GRETA, credentials)),
        ("it sells the same person again", _of_partner(api, config, again, credentials)),
        ("Google Ads delivers a lead", _of_hook(api, config, credentials)),
    ):
        _show(what, api.deliver(*post))


def _of_partner(
    api: Api, config: Config, fields: Mapping[str, str], credentials: Credentials
) -> Post:
    partner = config.partners[PARTNER]
    return partner_post(api, PARTNER, partner, as_json(fields), credentials.partner_key)


def _of_hook(api: Api, config: Config, credentials: Credentials) -> Post:
    return hook_post(api, HOOK, config.hooks[HOOK], credentials.hook_secrets[HOOK], number=1)


def _show(what: str, answer: Answer) -> None:
    say(("→ ", BOLD), f"{what}: ", (str(answer.status), BOLD), f" {_outcome(answer)}")
    for problem in members(answer).get("errors", []):
        say(("    ", DIM), f"{problem['field']}: {problem['message']}")


def _outcome(answer: Answer) -> str:
    if "location" in answer.headers:
        return f"and the visitor goes on to {answer.headers['location']}"
    body = members(answer)
    if answer.status < 300:
        return what_came(body)
    return what_is_wrong(answer) if body and "errors" not in body else ""
