"""Signing in by a mailed link, staying signed in, and signing out."""

from aws_lambda_powertools.event_handler import Response

from functions.desk.app import app
from functions.desk.asked import LEAD_ID, Members, asked_for, raw_body, required
from functions.desk.guard import guarded
from functions.desk.visitors import (
    Visitor,
    browsers_language,
    cookie,
    for_visitors,
    form,
    page_for_anybody,
    posting_back,
    pressed_on,
    problem_page_of,
    see_other,
    token_shown,
)
from shared.domain.access import Right
from shared.domain.languages import Language
from shared.domain.moments import to_text
from shared.errors import ConflictError, LeadwheelError, NotFoundError
from shared.flows.callers import Caller
from shared.http import endpoint, html_answer, json_answer
from shared.surroundings import real

# The use cases and their pages load when somebody asks for them: few of the desk's visitors do.

LONGEST_ADDRESS = 254
SESSION_ID = LEAD_ID  # ids are made alike
PERSON: Members = {"email": (str, "text")}


@endpoint(app, "/sign-in", "GET", "POST")
def sign_in() -> Response[str]:
    """GET asks for an address; POST answers the same of every address, and mails a link to some."""
    from shared.messages.my_pages import sign_in_page

    asked = app.current_event.http_method == "POST"
    try:
        if asked:
            _ask_for_link(form().get("email", "")[:LONGEST_ADDRESS])
    except LeadwheelError as error:
        return problem_page_of(error)
    return page_for_anybody(sign_in_page(browsers_language(), asked=asked))


def _ask_for_link(email: str) -> None:
    from shared.flows.sign_in import ask_for_link

    ask_for_link(email, real())


@endpoint(app, "/s/<token>", "GET", "POST")
def sign_in_link(token: str) -> Response[str]:
    """GET shows a button and changes nothing, whoever fetches it; its POST signs in, once."""
    try:
        return _follow(token)
    except LeadwheelError as error:
        return problem_page_of(error)


def _follow(token: str) -> Response[str]:
    from shared.flows.sessions import end_by_token
    from shared.flows.sign_in import require_open, use_link
    from shared.links import link_keys
    from shared.messages.my_pages import sign_in_link_page, sign_in_refused_page
    from shared.tokens import read_link

    try:
        link = read_link(token, link_keys())
        require_open(link, real().now())
        if pressed_on(token):
            begun = use_link(link, real())
            # Nobody could sign out of that one any more, and its device would ring on.
            end_by_token(token_shown(), real())
            return see_other("../my/leads", cookie(begun))
    except NotFoundError:
        return page_for_anybody(sign_in_refused_page(browsers_language(), root="../"), 404)
    except ConflictError:
        return page_for_anybody(sign_in_refused_page(browsers_language(), root="../"), 409)
    return page_for_anybody(sign_in_link_page(browsers_language(), **posting_back()))


# ── For who is signed in ─────────────────────────────────────────────────────────────────────────


@for_visitors("/my/sessions", "GET", "POST")
def my_sessions(visitor: Visitor) -> Response[str]:
    """Where they are signed in; POST begins a session for a program, and shows its token."""
    from shared.flows.sessions import begin_another
    from shared.messages.my_pages import sessions_page, token_page
    from shared.store import config as config_store
    from shared.store import people as people_store

    rep = config_store.active(max_age=1).config.reader(visitor.identity.rep)
    language = (rep and rep.language) or Language.EN
    if visitor.form is not None:
        token = begin_another(visitor.session, real())
        return html_answer(token_page(language, token, nonce=visitor.nonce, root=visitor.root))
    listed = people_store.sessions_of(visitor.session.person, real().now())
    page = sessions_page(
        language,
        listed,
        own=visitor.session.session_id,
        time_zone=rep.time_zone if rep else "UTC",
        now=real().now(),
        nonce=visitor.nonce,
        root=visitor.root,
    )
    return html_answer(page)


@for_visitors("/my/sessions/end", "POST")
def end_session(visitor: Visitor) -> Response[str]:
    """End one of their sessions, or all of them."""
    from shared.flows import sessions
    from shared.store import people as people_store

    sent, now, person = visitor.form or {}, real().now(), visitor.session.person
    if sent.get("session") == "all":
        sessions.end_all(person, now)
    elif SESSION_ID.fullmatch(sent.get("session", "")):
        people_store.end(person, sent["session"], now)
    if sent.get("session") in ("all", visitor.session.session_id):
        return see_other(f"{visitor.root}sign-in", cookie(""))
    return see_other(f"{visitor.root}my/sessions")


@for_visitors("/sign-out", "POST", also_gone=True)
def sign_out(visitor: Visitor) -> Response[str]:
    """End this session."""
    from shared.store import people as people_store

    if visitor.form is None:
        return see_other("my/sessions")
    people_store.end(visitor.session.person, visitor.session.session_id, real().now())
    return see_other("sign-in", cookie(""))


# ── For administrators ───────────────────────────────────────────────────────────────────────────
# The address goes in the body: addresses of requests are written down in many places.


@guarded("/v1/people/sessions", POST=Right.SEE_SESSIONS)
def sessions_of_person(_: Caller) -> Response[str]:
    """The sessions of whoever has an e-mail address."""
    from shared.flows import sessions

    listed = sessions.sessions_of(_email_asked_for(), real().now())
    return json_answer(
        {
            "sessions": [
                {
                    "session": session.session_id,
                    "created_at": to_text(session.created_at),
                    "seen_at": to_text(session.seen_at),
                    "ends_at": to_text(session.ends_at),
                }
                for session in listed
            ]
        }
    )


@guarded("/v1/people/sessions/end", POST=Right.END_SESSIONS)
def end_sessions_of_person(_: Caller) -> Response[str]:
    """End all sessions of whoever has an e-mail address."""
    from shared.flows import sessions

    return json_answer({"ended": sessions.end_sessions(_email_asked_for(), real().now())})


def _email_asked_for() -> str:
    body = asked_for(raw_body(), PERSON)
    required(body, "email")
    return str(body["email"]).strip()
