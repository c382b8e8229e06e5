"""Who visits a page: known by the cookie of their session; and whether they pressed a button."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.asked import raw_body
from shared.errors import LeadwheelError
from shared.http import endpoint, html_answer, page_of
from shared.messages.languages import language_asked_for
from shared.settings import setting
from shared.sources.text import clean
from shared.surroundings import real

if TYPE_CHECKING:
    from aws_lambda_powertools.shared.cookies import Cookie

    from shared.domain.languages import Language
    from shared.domain.people import Identity
    from shared.domain.sessions import Session

MOST_FIELDS = 50  # of a form

# Of this host alone, over TLS, for every path: what the prefix makes browsers insist on.
COOKIE = "__Host-leadwheel"
# A local stack does not speak TLS.
LOCAL_COOKIE = "leadwheel"
LOCAL_HOSTS = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in. `form`: what they sent by a button of ours; None: they look."""

    identity: "Identity"
    session: "Session"
    nonce: str  # for the forms of the pages they get
    form: dict[str, str] | None
    root: str  # the way from this page to where all our paths begin, wherever the API is


def for_visitors(
    path: str, *methods: str, also_gone: bool = False
) -> Callable[[Callable[..., Response[str]]], Callable[..., Response[str]]]:
    """Serve a page to whoever is signed in; everybody else is sent to sign in.

    `also_gone`: to who has left as well, as nobody, so that they can end what they have begun.
    """
    root = "../" * (path.count("/") - 1)

    def serve(view: Callable[..., Response[str]]) -> Callable[..., Response[str]]:
        @endpoint(app, path, *methods)
        @wraps(view)
        def guarded(**arguments: str) -> Response[str]:
            try:
                return _served(view, root, arguments, also_gone=also_gone)
            except LeadwheelError as error:
                return problem_page_of(error)

        return guarded

    return serve


def _served(
    view: Callable[..., Response[str]], root: str, arguments: dict[str, str], *, also_gone: bool
) -> Response[str]:
    from shared.domain.people import Identity
    from shared.flows import sessions
    from shared.links import link_keys
    from shared.tokens import SessionName, sign_session

    token, now = token_shown(), real().now()
    session = sessions.session_of(token, now) if token else None
    identity = session and sessions.person_in(session)
    if session is None or (identity is None and not also_gone):
        return see_other(f"{root}sign-in")
    noted = identity is not None and sessions.keep(session, now)
    answer = view(_visitor(identity or Identity("nobody"), session, root), **arguments)
    if noted and not answer.cookies:  # with the newest key: the older one may go soon
        answer.cookies = [cookie(sign_session(SessionName(*session[:2]), link_keys()))]
    return answer


def _visitor(identity: "Identity", session: "Session", root: str) -> Visitor:
    from shared.links import link_keys
    from shared.tokens import is_page_nonce, page_nonce

    keys, bound_to = link_keys(), f"session#{session.session_id}"
    sent = form() if app.current_event.http_method == "POST" else {}
    came_from_us = is_page_nonce(sent.get("nonce", ""), bound_to, keys)
    return Visitor(
        identity, session, page_nonce(bound_to, keys), sent if came_from_us else None, root
    )


def browsers_language() -> "Language":
    """What somebody reads whom nobody knows yet, by what their browser asks for."""
    return language_asked_for(app.current_event.headers.get("accept-language") or "")


def page_for_anybody(page: str, status: int = 200) -> Response[str]:
    """A page in the language of the browser, which says that it depends on that."""
    return _varying(html_answer(page, status))


def problem_page_of(error: LeadwheelError) -> Response[str]:
    """The same, of what went wrong."""
    return _varying(page_of(error, browsers_language()))


def _varying(answer: Response[str]) -> Response[str]:
    answer.headers["Vary"] = "Accept-Language"
    return answer


def pressed_on(token: str) -> bool:
    """Whether this request is the button of the page behind a link, and no program that guesses."""
    from shared.links import link_keys
    from shared.tokens import is_page_nonce

    if app.current_event.http_method != "POST":
        return False
    return is_page_nonce(form().get("nonce", ""), token, link_keys())


def posting_back() -> dict[str, str]:
    """Where the button of the page behind a link posts to, and what shows that it is the button.

    The address is the page's own, as a link on it: the API may be anywhere below its host.
    """
    from shared.links import link_keys
    from shared.tokens import page_nonce

    token = str(app.current_event.raw_path.rpartition("/")[2])
    return {"action_url": token, "nonce": page_nonce(token, link_keys())}


def form() -> dict[str, str]:
    """The fields of a form that a browser sent; of what is no form, none."""
    text = raw_body().decode(errors="replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: clean(value).strip() for name, value in pairs}


def see_other(location: str, *cookies: "Cookie") -> Response[str]:
    """After a form, on to a page that may be loaded again."""
    headers: dict[str, str | list[str]] = {"Location": location, "Cache-Control": "no-store"}
    return Response(HTTPStatus.SEE_OTHER, body="", headers=headers, cookies=list(cookies))


def cookie(token: str) -> "Cookie":
    """What keeps somebody signed in on their device; an empty token signs them out."""
    from aws_lambda_powertools.shared.cookies import Cookie, SameSite

    from shared.domain.sessions import VALID_FOR

    is_local = _is_local()
    return Cookie(
        LOCAL_COOKIE if is_local else COOKIE,
        token,
        path="/",
        secure=not is_local,
        http_only=True,
        max_age=int(VALID_FOR.total_seconds()) if token else 0,
        same_site=SameSite.LAX_MODE,
    )


def token_shown() -> str:
    """The session's token, of the first cookie by our name; "": there is none."""
    event = app.current_event
    wanted = LOCAL_COOKIE if _is_local() else COOKIE
    sent = [*(event.get("cookies") or ()), event.headers.get("cookie") or ""]
    for pair in "; ".join(sent).split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted:
            return value
    return ""


def _is_local() -> bool:
    address = urlsplit(setting("PUBLIC_URL"))
    return address.scheme == "http" and address.hostname in LOCAL_HOSTS
