"""Signing in by a mailed link, staying signed in, and being out again."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

import functions.desk.handler as desk
from shared.errors import ConflictError, StoreBusyError
from shared.flows import sessions
from shared.flows.apply_config import apply_config
from shared.flows.sign_in import use_link
from shared.store import config as config_store
from shared.store import people as people_store
from shared.surroundings import real
from shared.tokens import (
    SessionName,
    SignInLink,
    page_nonce,
    read_link,
    sign_link,
    sign_session,
)
from tests.aws_events import api_request, context
from tests.pressing import FORM, filled_in
from tests.team import config

KEYS = ["k" * 48]
TEAM = config({"anna": 1, "bo": 1})
NO_BO = config({"anna": 1, "bo": 1}, limits={"bo": {"active": False}})


@pytest.fixture
def team(world: Any, around: Any) -> Any:
    apply_config(TEAM, around)
    return world


def ask(method: str, path: str, body: bytes | None = None, cookie: str = "") -> dict[str, Any]:
    headers = {**FORM, **({"cookie": cookie} if cookie else {})}
    answer = desk.handler(api_request(method, path, body=body, headers=headers), context())
    answer["flat"] = " ".join((answer["body"] or "").split())
    return answer


def ask_for_link(email: str = "anna@example.com") -> str:
    page = ask("GET", "/sign-in")
    answer = ask("POST", "/sign-in", filled_in(page["body"], email=email))
    assert answer["statusCode"] == 200
    return str(answer["flat"])


def mailed(world: Any, rep: str = "anna") -> list[str]:
    """The links that were mailed to a rep."""
    assert world.alert() == {"batchItemFailures": []}
    to = [f"{rep}@example.com"]
    texts = [mail["BodyText"] for mail in world.mails() if mail["To"] == to]
    return [re.search(r"https://leads\.example\.com(/s/\S+)", text)[1] for text in texts]


def use(path: str) -> dict[str, Any]:
    """Open a link and press its button."""
    return ask("POST", path, filled_in(ask("GET", path)["body"]))


def signed_in(world: Any, rep: str = "anna") -> str:
    """A new session's cookie, as a browser sends it."""
    ask_for_link(f"{rep}@example.com")
    answer = use(mailed(world, rep)[-1])
    return str(answer["cookies"][0].partition(";")[0])


def begun(world: Any) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["kind"]["S"] == "session"]


# ── Before anybody knows who it is ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked_for", "lang", "said"),
    [
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv", "Logga in"),
        ("fr, zh-Hans-CN;q=0.9", "zh-Hans", "登录"),
        ("de", "en", "Sign in"),
        ("\u00e5;q=x,,;", "en", "Sign in"),
    ],
)
def test_the_pages_to_sign_in_are_in_the_browsers_language(
    team: Any, asked_for: str, lang: str, said: str
) -> None:
    for path in ("/sign-in", "/s/none", "/a/none"):
        event = api_request("GET", path, headers={"accept-language": asked_for})
        answer = desk.handler(event, context())
        assert f'<html lang="{lang}">' in answer["body"]
        assert answer["headers"]["Vary"] == "Accept-Language"
        assert said in answer["body"] or path != "/sign-in"


# ── Asking for a link ────────────────────────────────────────────────────────────────────────────


def test_a_known_address_is_mailed_one_link(team: Any) -> None:
    """However it is written, and however often the stream brings the record."""
    ask_for_link(" ANNA@example.com ")
    assert len(mailed(team)) == len(mailed(team)) == 1
    (mail,) = team.mails()
    assert mail["Subject"] == "Your link to sign in to leadwheel"
    for body in (mail["BodyText"], mail["BodyHtml"]):
        assert "until 09:15 UTC" in re.sub("<[^>]+>", "", body)
        assert mailed(team)[0] in body


def test_nobody_learns_who_is_known(team: Any, death: Any) -> None:
    """Another address gets the same answer after the same calls, and no mail."""
    ask_for_link()  # what is read once per process is read now
    answers, calls = [], []
    for email in ("bo@example.com", "eve@example.com", "", "x" * 9_999, "é", "bo"):
        death.arm(None)
        answers.append(ask_for_link(email))
        calls.append(list(death.calls))
    assert len(set(answers)) == 1
    assert all(made == calls[0] for made in calls)
    assert len(mailed(team, "bo")) == 1
    assert len(team.mails()) == 2


def test_nothing_in_the_table_names_or_signs_anybody_in(team: Any) -> None:
    """Neither an address, in known and unknown cases, nor a token that is mailed or shown."""
    cookie = signed_in(team)
    ask_for_link("eve@example.com")
    everything = str([item for item in team.items() if item["kind"]["S"] != "config"])
    for secret in ("anna@", "eve@", mailed(team)[0][3:], cookie.partition("=")[2]):
        assert secret not in everything


def test_three_links_are_open_at_most(team: Any) -> None:
    """In any quarter of an hour; the next one says the same, and nobody is mailed."""
    for minute in (0, 5, 5):
        team.clock.turn(minutes=minute)
        ask_for_link()
    first = mailed(team)[0]
    fourth = ask_for_link()
    assert len(mailed(team)) == 3
    use(first)  # that it is used does not make room
    ask_for_link()
    assert len(mailed(team)) == 3
    team.clock.turn(minutes=5)
    assert ask_for_link() == fourth
    assert len(mailed(team)) == 4
    ask_for_link()
    assert len(mailed(team)) == 4


def test_who_is_not_known_takes_nobody_s_place(team: Any) -> None:
    """However many addresses somebody tries, who is known still gets a link."""
    for number in range(30):
        ask_for_link(f"stranger{number}@example.com")
    ask_for_link("bo@example.com")
    assert len(mailed(team, "bo")) == 1


@pytest.mark.parametrize("times", [1, 2, 3, 4, 5])
def test_who_is_known_is_as_much_work_as_who_is_not(team: Any, death: Any, times: int) -> None:
    calls = {}
    for person in ("anna", "stranger"):
        for _ in range(times):
            death.arm(None)
            ask_for_link(f"{person}@example.com")
        calls[person] = death.calls
    assert calls["anna"] == calls["stranger"]


def test_a_link_that_comes_too_late_is_not_mailed(team: Any, around: Any) -> None:
    """Nor one for who has left meanwhile."""
    ask_for_link("bo@example.com")
    apply_config(NO_BO, around)
    assert mailed(team, "bo") == []
    ask_for_link()
    team.clock.turn(minutes=15)
    assert mailed(team) == []


# ── Using it ─────────────────────────────────────────────────────────────────────────────────────


def test_the_button_signs_in(team: Any) -> None:
    ask_for_link()
    answer = use(mailed(team)[0])
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "../my/leads")
    (cookie,) = answer["cookies"]
    name, *flags = cookie.split("; ")
    assert name.startswith("__Host-leadwheel=lws_")
    assert {"Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=2592000"} == set(flags)
    (page,) = [ask("GET", "/my/leads", cookie=name)]
    assert page["statusCode"] == 200
    assert "Anna" in page["flat"]


def test_a_local_stack_has_no_tls(team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers keep a cookie with that prefix only over TLS."""
    ask_for_link()
    (link,) = mailed(team)
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:4566")
    (cookie,) = use(link)["cookies"]
    assert cookie.startswith("leadwheel=lws_")
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
    assert ask("GET", "/my/leads", cookie=cookie.partition(";")[0])["statusCode"] == 200
    monkeypatch.setenv("PUBLIC_URL", "http://leads.example.com")
    assert "Secure" in use(link_of("anna"))["cookies"][0]


def link_of(rep: str) -> str:
    """The newest link of somebody, as it is mailed."""
    from shared.store import config as config_store

    person = people_store.person_of(config_store.active().pepper, f"{rep}@example.com")
    ask_for_link(f"{rep}@example.com")
    slots = {slot: people_store.link(person, slot) for slot in (1, 2, 3)}
    slot, newest = next((s, one) for s, one in slots.items() if one and not one.used)
    return f"/s/{sign_link(SignInLink(person, slot, newest.nonce), KEYS)}"


def test_looking_changes_nothing(team: Any) -> None:
    """Scanners fetch links, and some post to them; only the button of the page signs in."""
    ask_for_link()
    (link,) = mailed(team)
    token = link.removeprefix("/s/")
    others = page_nonce("another link", KEYS)
    for method, body in (
        *(("GET", None), ("HEAD", None), ("POST", None), ("POST", b"nonce=")),
        ("POST", f"nonce={others}".encode()),
        ("POST", f"nonce={token}".encode()),
        ("POST", b"\xff" * 99),
        ("POST", b"&".join([b"nonce=x"] * 99)),
    ):
        answer = ask(method, link, body)
        assert answer["statusCode"] == 200
        assert "cookies" not in answer or not answer["cookies"]
        assert "<button" in answer["body"]
    assert begun(team) == []
    assert use(link)["statusCode"] == 303


def test_a_link_works_once(team: Any) -> None:
    ask_for_link()
    (link,) = mailed(team)
    form = filled_in(ask("GET", link)["body"])
    assert ask("POST", link, form)["statusCode"] == 303
    for method in ("POST", "GET"):
        answer = ask(method, link, form)
        assert answer["statusCode"] == 409
        assert "Send me a new one" in answer["body"]
    assert len(begun(team)) == 1


def test_of_two_at_once_one_signs_in(team: Any) -> None:
    """Exactly one session begins, whoever is first."""
    ask_for_link()
    link = read_link(mailed(team)[0].removeprefix("/s/"), KEYS)

    def token(_: int) -> str | None:
        try:
            return use_link(link, real())
        except (ConflictError, StoreBusyError):
            return None

    with ThreadPoolExecutor(4) as pool:
        (begins,) = filter(None, pool.map(token, range(4)))
    assert who(begins, team) == "anna"
    assert len(begun(team)) == 1


def test_a_link_works_for_a_quarter_of_an_hour(team: Any) -> None:
    ask_for_link()
    (link,) = mailed(team)
    form = filled_in(ask("GET", link)["body"])
    team.clock.turn(minutes=14, seconds=59)
    assert ask("GET", link)["statusCode"] == 200
    team.clock.turn(seconds=1)
    for method in ("GET", "POST"):
        assert ask(method, link, form)["statusCode"] == 409
    assert begun(team) == []


def test_a_newer_link_in_the_same_place_does_not_revive_an_older_one(team: Any) -> None:
    ask_for_link()
    (old,) = mailed(team)
    form = filled_in(ask("GET", old)["body"])
    team.clock.turn(minutes=15)
    ask_for_link()
    assert ask("POST", old, form)["statusCode"] == 409
    assert use(mailed(team)[-1])["statusCode"] == 303


def test_a_forged_link_signs_nobody_in(team: Any) -> None:
    """Made up, signed with another key, for another person, or made of something else."""
    ask_for_link()
    ask_for_link("bo@example.com")
    (link,) = mailed(team)
    nonce = next(i["nonce"]["S"] for i in team.items() if i["kind"]["S"] == "sign_in")
    persons = {i["pk"]["S"][7:] for i in team.items() if i["kind"]["S"] == "sign_in"}
    for token, status in (
        ("x", 404),
        (link[3:-1], 404),
        (link[3:] + "x", 404),
        (sign_link(SignInLink("x", 1, nonce), ["another"]), 404),
        (sign_session(SessionName("x", "y"), KEYS), 404),
        (sign_link(SignInLink("x", 1, nonce), KEYS), 409),
        *((sign_link(SignInLink(person, 2, nonce), KEYS), 409) for person in persons),
        *((sign_link(SignInLink(person, 1, "x"), KEYS), 409) for person in persons),
    ):
        body = f"nonce={page_nonce(token, KEYS)}".encode()
        for method in ("GET", "POST"):
            assert ask(method, f"/s/{token}", body)["statusCode"] == status, token
    assert begun(team) == []


def test_that_an_older_session_cannot_be_ended_keeps_nobody_out(
    team: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The link is used up by then, and pressing its button again would be too late."""
    older = signed_in(team)
    ask_for_link()
    link = mailed(team)[-1]
    form = filled_in(ask("GET", link)["body"])

    def busy(*_: object) -> None:
        raise StoreBusyError("throttled")

    monkeypatch.setattr(people_store, "end", busy)
    monkeypatch.setattr("time.sleep", lambda _: None)
    caplog.set_level("WARNING", "leadwheel")
    answer = ask("POST", link, form, older)
    assert answer["statusCode"] == 303
    newer = answer["cookies"][0].partition(";")[0]
    assert [who(one, team) for one in (older, newer)] == ["anna", "anna"]
    (told,) = (one for one in caplog.records if "could not be ended" in one.message)
    assert "anna" not in str(vars(told))
    assert begun(team)[0]["pk"]["S"].partition("#")[2] not in str(vars(told))


def test_who_has_left_cannot_use_their_link(team: Any, around: Any) -> None:
    ask_for_link("bo@example.com")
    (link,) = mailed(team, "bo")
    form = filled_in(ask("GET", link)["body"])
    apply_config(NO_BO, around)
    assert ask("POST", link, form)["statusCode"] == 409
    assert begun(team) == []


# ── Being signed in ──────────────────────────────────────────────────────────────────────────────


def who(cookie: str, world: Any) -> Any:
    identity = sessions.identity_of_session(cookie.rpartition("=")[2], world.clock.at)
    return identity and identity.who


def test_a_session_tells_who_somebody_is(team: Any) -> None:
    anna, bo, maria = (signed_in(team, rep) for rep in ("anna", "bo", "maria"))
    assert [who(one, team) for one in (anna, bo, maria)] == ["anna", "bo", "manager"]
    identity = sessions.identity_of_session(maria.partition("=")[2], team.clock.at)
    assert identity.administrator
    assert identity.session in str(begun(team))


def test_a_forged_session_is_nobody(team: Any) -> None:
    cookie = signed_in(team)
    token = cookie.partition("=")[2]
    person = begun(team)[0]["pk"]["S"].partition("#")[2]
    for forged in (
        "",
        "lws_",
        "lws_x",
        token[:-1],
        token.removeprefix("lws_"),
        token + "x",
        "é" + token,
        sign_session(SessionName(person, "another"), KEYS),
        sign_session(SessionName(person, begun(team)[0]["sk"]["S"][8:]), ["another"]),
        "lws_" + sign_link(SignInLink(person, 1, "x"), KEYS),
    ):
        assert sessions.identity_of_session(forged, team.clock.at) is None, forged
        answer = ask("GET", "/my/leads", cookie=f"__Host-leadwheel={forged}")
        assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "../sign-in")
    assert ask("GET", "/my/leads")["statusCode"] == 303
    assert ask("GET", "/my/leads", cookie=f"leadwheel={token}")["statusCode"] == 303


def test_who_leaves_is_out_at_once(team: Any, around: Any) -> None:
    anna, bo = signed_in(team), signed_in(team, "bo")
    apply_config(NO_BO, around)
    assert [who(one, team) for one in (anna, bo)] == ["anna", None]
    assert ask("GET", "/my/leads", cookie=bo)["statusCode"] == 303
    apply_config(TEAM, around)
    assert who(bo, team) == "bo"


def test_a_session_in_use_goes_on(team: Any) -> None:
    """It ends 30 days after it was last in use, which is noted once a day."""
    cookie = signed_in(team)
    team.clock.turn(hours=23)
    assert not ask("GET", "/my/leads", cookie=cookie).get("cookies")
    team.clock.turn(days=29)
    (renewed,) = ask("GET", "/my/leads", cookie=cookie)["cookies"]
    assert renewed.startswith(cookie)
    assert not ask("GET", "/my/leads", cookie=cookie).get("cookies")
    team.clock.turn(days=29, hours=23)
    assert who(cookie, team) == "anna"
    team.clock.turn(hours=1)
    assert who(cookie, team) is None


def test_keys_are_exchanged_without_a_gap(team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the old key signed is good while it is there, and signed anew while it is in use."""
    old = signed_in(team)
    ask_for_link()
    link = mailed(team)[-1]
    form = filled_in(ask("GET", link)["body"])
    monkeypatch.setattr("shared.links.secret", lambda _: f"{KEYS[0]}\nnew")
    assert who(old, team) == "anna"
    assert ask("POST", link, form)["statusCode"] == 303
    team.clock.turn(days=1)
    (renewed,) = ask("GET", "/my/leads", cookie=old)["cookies"]
    monkeypatch.setattr("shared.links.secret", lambda _: "new")
    assert who(old, team) is None
    assert who(renewed.partition(";")[0], team) == "anna"


# ── Being out again ──────────────────────────────────────────────────────────────────────────────


def press(path: str, cookie: str, **fields: str) -> dict[str, Any]:
    page = ask("GET", "/my/sessions", cookie=cookie)["body"]
    return ask("POST", path, filled_in(page, **fields), cookie)


def test_signing_out_ends_this_session(team: Any) -> None:
    phone, desktop = signed_in(team), signed_in(team)
    answer = press("/sign-out", phone)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "sign-in")
    assert "Max-Age=0" in answer["cookies"][0]
    assert [who(one, team) for one in (phone, desktop)] == [None, "anna"]


def test_another_link_in_the_same_browser_ends_what_it_had(team: Any) -> None:
    """Whoever signs out there next could not end it; what is no session of ours is left alone."""
    before, elsewhere = signed_in(team), signed_in(team)
    ask_for_link("bo@example.com")
    (link,) = mailed(team, "bo")
    page = ask("GET", link, cookie=before)["body"]
    assert who(before, team) == "anna"
    answer = ask("POST", link, filled_in(page), before)
    bos = str(answer["cookies"][0].partition(";")[0])
    assert [who(one, team) for one in (before, elsewhere, bos)] == [None, "anna", "bo"]
    ask_for_link()
    link = mailed(team)[-1]
    page = ask("GET", link)["body"]
    answer = ask("POST", link, filled_in(page), f"{elsewhere}x")
    assert answer["statusCode"] == 303
    assert who(elsewhere, team) == "anna"


def test_who_has_left_can_still_sign_out(team: Any, around: Any) -> None:
    """From a page that is open: what they come back to is not signed in any more."""
    bo = signed_in(team, "bo")
    page = ask("GET", "/my/sessions", cookie=bo)["body"]
    apply_config(NO_BO, around)
    assert ask("POST", "/sign-out", b"", bo)["headers"]["Location"] == "my/sessions"
    answer = ask("POST", "/sign-out", filled_in(page), bo)
    assert answer["headers"]["Location"] == "sign-in"
    assert "Max-Age=0" in answer["cookies"][0]
    apply_config(TEAM, around)
    assert who(bo, team) is None


def test_a_session_can_be_ended_from_another_device(team: Any) -> None:
    phone, desktop = signed_in(team), signed_in(team)
    page = ask("GET", "/my/sessions", cookie=desktop)
    ids = re.findall(r'name="session" value="([0-9a-z]{26})"', page["body"])
    assert page["flat"].count("This device") == 1
    assert len(ids) == 2
    own = sessions.identity_of_session(desktop.partition("=")[2], team.clock.at).session
    (lost,) = set(ids) - {own}
    answer = press("/my/sessions/end", desktop, session=lost)
    assert answer["headers"]["Location"] == "../../my/sessions"
    assert [who(one, team) for one in (phone, desktop)] == [None, "anna"]
    assert press("/my/sessions/end", desktop, session="all")["cookies"]
    assert who(desktop, team) is None


def test_nobody_ends_somebody_elses_session(team: Any) -> None:
    anna, bo = signed_in(team), signed_in(team, "bo")
    own = sessions.identity_of_session(anna.partition("=")[2], team.clock.at).session
    for session in (own, "x" * 26, "#", "é"):
        assert press("/my/sessions/end", bo, session=session)["statusCode"] == 303
    assert [who(one, team) for one in (anna, bo)] == ["anna", "bo"]


def test_another_site_cannot_sign_anybody_out(team: Any) -> None:
    """A form that did not come from a page of this very session changes nothing."""
    anna, bo = signed_in(team), signed_in(team, "bo")
    bos_page = ask("GET", "/my/sessions", cookie=bo)["body"]
    for path in ("/sign-out", "/my/sessions/end"):
        for body in (b"session=all", b"", filled_in(bos_page, session="all")):
            answer = ask("POST", path, body, anna)
            assert answer["statusCode"] == 303
            assert not answer.get("cookies")
    assert who(anna, team) == "anna"


def test_a_program_gets_a_session_of_its_own(team: Any) -> None:
    """It acts for whoever began it, with their rights, until one of them ends it."""
    phone = signed_in(team, "maria")
    assert ask("POST", "/my/sessions", b"", phone)["flat"].count("lws_") == 0
    token = re.search("lws_[^<]+", press("/my/sessions", phone)["body"])[0]
    headers = {"authorization": f"Bearer {token}"}
    request = api_request("GET", "/v1/parked", headers=headers)
    assert desk.handler(request, context())["statusCode"] == 200
    press("/sign-out", phone)
    assert who(token, team) == "manager"
    press("/my/sessions/end", signed_in(team, "maria"), session="all")
    assert desk.handler(request, context())["statusCode"] == 401


def test_an_administrator_ends_sessions(team: Any) -> None:
    anna, again, bo = signed_in(team), signed_in(team), signed_in(team, "bo")
    admin = {"authorization": f"Bearer {'k' * 48}"}

    def people(path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        request = api_request("POST", f"/v1/people/sessions{path}", body=body, headers=headers)
        return desk.handler(request, context())

    annas = b'{"email": "Anna@example.com"}'
    assert people("", annas, {})["statusCode"] == 401
    assert people("/end", annas, {})["statusCode"] == 401
    assert people("", b"{}", admin)["statusCode"] == 422
    assert people("", annas, admin)["body"].count('"session"') == 2
    assert people("/end", annas, admin)["body"] == '{"ended": 2}'
    assert people("/end", annas, admin)["body"] == '{"ended": 0}'
    assert people("", b'{"email": "eve@example.com"}', admin)["body"] == '{"sessions": []}'
    assert [who(one, team) for one in (anna, again, bo)] == [None, None, "bo"]


def test_sessions_are_kept_for_a_while_after_their_end(team: Any) -> None:
    signed_in(team)
    (item,) = begun(team)
    ends = team.clock.at + timedelta(days=30)
    assert int(item["expires_at"]["N"]) > ends.timestamp()


# ── Ended means ended ────────────────────────────────────────────────────────────────────────────


def test_a_link_that_waits_in_the_mailbox_ends_with_the_sessions(team: Any) -> None:
    ask_for_link()
    (link,) = mailed(team)
    sessions.end_sessions("anna@example.com", team.clock.at)
    assert use(link)["statusCode"] == 409


def test_a_link_that_ends_between_the_look_and_the_write_says_so(
    team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not as if the table were busy: trying again is of no use."""
    ask_for_link()
    (link,) = mailed(team)
    begin = people_store.begin_session

    def after_the_end(*args: Any) -> bool:
        sessions.end_sessions("anna@example.com", team.clock.at)
        return begin(*args)

    monkeypatch.setattr(people_store, "begin_session", after_the_end)
    assert use(link)["statusCode"] == 409


def test_a_session_that_has_ended_begins_no_other(
    team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it ends between the look and the write."""
    cookie = signed_in(team)
    page = ask("GET", "/my/sessions", cookie=cookie)["body"]
    add = people_store.add_session

    def after_the_end(*args: Any, **more: Any) -> None:
        sessions.end_sessions("anna@example.com", team.clock.at)
        add(*args, **more)

    monkeypatch.setattr(people_store, "add_session", after_the_end)
    answer = ask("POST", "/my/sessions", filled_in(page), cookie)
    assert (answer["statusCode"], "lws_" in answer["body"]) == (409, False)
    person = people_store.person_of(config_store.active().pepper, "anna@example.com")
    assert people_store.sessions_of(person, team.clock.at) == []


@pytest.mark.parametrize("session", ["x" * 3000, "\x00", "../all", ""])
def test_what_is_no_session_ends_none(team: Any, session: str) -> None:
    cookie = signed_in(team)
    page = ask("GET", "/my/sessions", cookie=cookie)["body"]
    ended = ask("POST", "/my/sessions/end", filled_in(page, session=session), cookie)
    assert ended["statusCode"] == 303
    assert ask("GET", "/my/sessions", cookie=cookie)["statusCode"] == 200
