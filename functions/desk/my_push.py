"""The page on which a rep lets a device ring for new leads, and what browsers fetch for that."""

import secrets
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.sign_in import SESSION_ID
from functions.desk.visitors import Visitor, for_visitors, see_other
from shared.domain.config import Rep
from shared.domain.push import push_channel
from shared.http import endpoint, html_answer
from shared.store import config as config_store
from shared.surroundings import real

# Beyond what all pages may: the one script that the page names, and what that one asks for.
_ALLOWED = "script-src 'nonce-{nonce}'; worker-src 'self'; manifest-src 'self'"


@for_visitors("/my/push", "GET", "POST", also_gone=True)
def my_push(visitor: Visitor) -> Response[str]:
    """The devices that ring; POST lets the browser they look with ring, or drops a device.

    For who is no rep, or whom no device is to ring for, there is the list of leads.
    """
    from shared.flows import push
    from shared.store import pushes as push_store

    sent = visitor.form
    if sent is not None and sent.get("drop"):
        if SESSION_ID.fullmatch(sent["drop"]):
            push_store.drop(visitor.session.person, sent["drop"])
        return see_other("push")
    config = config_store.active(max_age=1).config
    rep = config.reader(visitor.identity.rep)
    channel = push_channel(config, rep) if rep else None
    if rep is None or channel is None:
        return see_other("leads")
    if app.current_event.http_method != "POST":
        return _page(visitor, rep, channel)
    if sent is not None:
        push.set_up(visitor.session, sent, push.keys_of(channel), real())
    return see_other("push")


def _page(visitor: Visitor, rep: Rep, channel: str) -> Response[str]:
    from shared.flows import push
    from shared.messages.push import public_key
    from shared.messages.push_page import PushKey, push_page
    from shared.store import pushes as push_store

    keys, now = push.keys_of(channel), real().now()
    newest = next((PushKey(public_key(key), name) for name, key in keys.items()), None)
    nonce = secrets.token_urlsafe(16)
    page = push_page(
        push_store.devices_of(visitor.session.person, now),
        rep,
        own=visitor.session.session_id,
        key=newest,
        valid=keys,
        now=now,
        nonce=visitor.nonce,
        script_nonce=nonce,
        root=visitor.root,
    )
    return html_answer(page, allowing=_ALLOWED.format(nonce=nonce))


# ── What browsers fetch; it says nothing of anybody ──────────────────────────────────────────────


@endpoint(app, "/my/push.js", "GET")
def push_script() -> Response[str]:
    """The page's script."""
    return _file("push.js", "text/javascript; charset=utf-8")


@endpoint(app, "/my/worker.js", "GET")
def worker_script() -> Response[str]:
    """What shows messages, also when no page is open. It may act for pages below `/my/` only."""
    return _file("worker.js", "text/javascript; charset=utf-8")


@endpoint(app, "/my/manifest.webmanifest", "GET")
def manifest() -> Response[str]:
    """What lets a phone keep the pages on its home screen, as iPhones want before they ring."""
    return _file("manifest.json", "application/manifest+json")


def _file(name: str, content_type: str) -> Response[str]:
    from shared.messages.push_page import script

    headers: dict[str, str | list[str]] = {"Cache-Control": "no-cache"}
    return Response(HTTPStatus.OK, content_type, script(name), headers)
