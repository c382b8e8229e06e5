"""All that reps read, in every language: whole, in that language only, and safe."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from jinja2 import nodes

from infra.cli.made_up_mails import UNTIL, URL, lead_in, mail_of, somebody_reading
from shared.domain import explaining
from shared.domain.deadlines import Action, Deadline
from shared.domain.explaining import YOU
from shared.domain.languages import Language
from shared.domain.leads import Change, Lead, Step, replay
from shared.domain.mail_templates import MailKind
from shared.domain.mine import OpenPool, in_order
from shared.domain.pools import Person
from shared.domain.sentence import Sentence
from shared.domain.sessions import Session
from shared.domain.sources import Returns
from shared.messages import (
    brief,
    languages,
    my_pages,
    pages,
    rendering,
    slack,
    teams,
    text_message,
)
from shared.messages.digest_mail import Digest, Row, digest_mail
from shared.messages.mail import (
    Given,
    Mail,
    again_mail,
    assigned_mail,
    moved_mail,
    offer_mail,
    reminder_mail,
)
from shared.messages.reasons import in_language
from shared.messages.sign_in_mail import sign_in_mail
from tests.team import config

OTHERS = [language for language in Language if language is not Language.EN]
other = pytest.mark.parametrize("language", OTHERS)
every = pytest.mark.parametrize("language", Language)
PLACE = re.compile(r"%\((\w+)\)s")

# What managers, senders and visitors of forms read is in English.
ENGLISH = re.compile(
    r"\w+_notice\.\S+|journey\.txt|(mailbox|demo|quarantine|spec|form_problems|thank_you)_page\.html"
)
# Words that are the same in several languages.
SAME = {"partner", "webhook", "november", "september", "april", "E-mail", "Pool"}


def templates() -> list[Path]:
    """All of them; those that stand beside the folder are what several are built of."""
    return sorted(languages.TEMPLATES.rglob("*.html")) + sorted(languages.TEMPLATES.rglob("*.txt"))


def phrases() -> dict[str, str]:
    """Every phrase that is said, and where: of templates, of sentences, and of chats."""
    said = {}
    for file in templates():
        for _, function, found in rendering.environment().extract_translations(file.read_text()):
            phrase = found if isinstance(found, str) else found[function == "ngettext"]
            assert phrase, f"{file.name}: a phrase must stand there as it is"
            said[phrase] = file.name
    said |= dict.fromkeys(clauses(), "explaining.py")
    of_chats = (brief.SOMEBODY, brief.OPEN, brief.TAKE, brief.FACT, brief.BOTH, brief.FOOT)
    told = (*brief.TO_OTHERS.values(), *brief.TO_THE_REP.values(), *brief.LABELS, *of_chats)
    said |= dict.fromkeys(told, "brief.py")
    usual = Returns().reasons
    return said | {reason.replace("_", " "): "sources.py" for reason in usual}


def clauses() -> Iterator[str]:
    """Those of the sentence why a lead is a rep's, said to the rep."""
    tree = ast.parse(Path(explaining.__file__).read_text())
    names = {"_LEAST", "_AS_LITTLE"}
    for node in ast.walk(tree):
        is_say = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say"
        if is_say and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value.format(**YOU._asdict())
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in names:
            for value in node.value.values:
                yield value.value.format(**YOU._asdict())
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "in_turn":
            yield node.value.value.format(**YOU._asdict())


def forms(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said


# ── Catalogs ─────────────────────────────────────────────────────────────────────────────────────


@other
def test_every_phrase_is_there_and_none_besides(language) -> None:
    said, known = phrases(), languages.catalog(language)
    assert {phrase: where for phrase, where in said.items() if phrase not in known} == {}
    assert known.keys() - said.keys() == set()
    assert len(known) > 150


@other
def test_every_phrase_has_the_places_of_the_english_one(language) -> None:
    for english, said in languages.catalog(language).items():
        for form in forms(said):
            assert sorted(PLACE.findall(form)) == sorted(PLACE.findall(english)), english
            assert "%" not in PLACE.sub("", form), english


@other
def test_no_phrase_is_left_in_english(language) -> None:
    """But for words that are the same, and what is only places and signs."""
    for english, said in languages.catalog(language).items():
        if re.search(r"[A-Za-z]", PLACE.sub("", english).replace("leadwheel, lead", "")):
            for form in forms(said):
                assert form != english or english in SAME, english


@other
def test_no_phrase_is_markup(language) -> None:
    """Phrases go into HTML as they are."""
    for said in languages.catalog(language).values():
        assert not any(set('<>&"') & set(form) for form in forms(said))


@other
def test_what_is_counted_has_the_forms_that_the_language_has(language) -> None:
    counted = ("%(n)s minutes", "%(n)s hours", "%(n)s days", "%(n)s colleagues")
    for english in counted:
        assert len(forms(languages.catalog(language)[english])) == (1 if language == "zh" else 2)


def test_chinese_is_set_with_full_width_punctuation() -> None:
    for said in languages.catalog(Language.ZH).values():
        bare = PLACE.sub("字", said)
        assert not re.search(r"[\u4e00-\u9fff][,;?!()]|[\u4e00-\u9fff][.:](?!\d)", bare), said


# ── Mails and pages ──────────────────────────────────────────────────────────────────────────────


def every_mail(language: Language, **fields: object) -> Iterator[Mail]:
    """Each kind, and the forms of those that have several."""
    lead, rep = lead_in(language, **fields), somebody_reading(language)
    yield from (mail_of(kind, lead, rep) for kind in MailKind)
    begins = UNTIL + timedelta(hours=18)
    hostile = str(fields.get("name", ""))
    for by in ("a manager", hostile or "7"):
        yield assigned_mail(
            lead,
            rep,
            reason=hostile,
            until=begins,
            accept_url=URL,
            repeated=True,
            begins=begins,
            given=Given(by, hostile),
        )
    yield assigned_mail(lead, rep, reason="", until=None, accept_url=URL)
    yield reminder_mail(lead, rep, until=begins, accept_url=URL, accepted=True)
    yield offer_mail(lead, rep, others=0, until=begins, accept_url=URL)
    for where in ("somebody", "pool", "open", "manager", "erased"):
        yield moved_mail(lead, rep, where=where, reason=hostile)
    for late in ("unaccepted", "untouched", "not_contacted", "no_activity"):
        yield moved_mail(lead, rep, where="somebody", reason="", late=late)
    now = UNTIL - timedelta(minutes=15)
    rows = [Row(lead, URL, URL, until) for until in (UNTIL, begins)] * 11
    digest = Digest(rows, rows, rows, [("7", 1), ("7", 2)])
    yield digest_mail(digest, rep, now=now, all_url=URL)
    yield digest_mail(Digest(to_take=[("7", 1)]), rep, now=now, all_url=URL)
    at = {"now": now, "ends_at": UNTIL, "time_zone": rep.time_zone}
    yield sign_in_mail(name=rep.name, url=URL, language=language, **at)


def every_page(language: Language, **fields: object) -> Iterator[str]:
    yield from pages_behind_links(language, **fields)
    yield from pages_to_sign_in(language)
    for days in (0, -1, 9):  # in time, and that of the day before; too late
        yield from pages_of_a_rep(language, days, **fields)
    yield from pages_that_answer(language)


def pages_behind_links(language: Language, **fields: object) -> Iterator[str]:
    lead, rep = lead_in(language, **fields), somebody_reading(language)
    ask = Person.model_construct(name=fields.get("name", "7"), email="7@7")
    asked = {"action_url": "7", "nonce": "7"}
    yield pages.accept_page(lead, rep, until=UNTIL, masked=False, **asked)
    yield pages.offer_page(lead, rep, until=UNTIL, others=1, **asked)
    yield pages.accepted_page(lead, rep)
    yield pages.closed_page(lead, rep, masked=False)
    yield pages.useless_link_page(rep, ask=ask)
    for code in ("paused", "holding_limit", "team_limit", "?"):
        yield pages.refused_page(rep, ask=ask, code=code)
    for where in ("colleague", "again", "routing", "parked", "open", "manager", "closed"):
        for ended in ("declined", "reclaimed", "lapsed", "unassigned", "rerouted", "faster", ""):
            yield pages.gone_page(rep, ask=ask, ended=ended, where=where)
    yield pages.bad_link_page(language)
    for kind in ("busy", "body-too-large", "not-found", "defect"):
        yield pages.problem_page(kind, language)


HERE = {"nonce": "7", "root": "../"}


def pages_to_sign_in(language: Language) -> Iterator[str]:
    now, zone = UNTIL, somebody_reading(language).time_zone
    sessions = [Session("7", name, now, now, now) for name in ("own", "other")]
    yield my_pages.sign_in_page(language, asked=False)
    yield my_pages.sign_in_page(language, asked=True)
    yield my_pages.sign_in_link_page(language, action_url="7", nonce="7")
    yield my_pages.sign_in_refused_page(language, root="../")
    yield my_pages.sessions_page(
        language, sessions, own="own", time_zone=zone, now=now - timedelta(days=2), **HERE
    )
    yield my_pages.token_page(language, "7", **HERE)
    yield my_pages.no_leads_page(language, **HERE)
    yield my_pages.no_such_lead_page(language, **HERE)


SAID = ("accepted", "contacted", "attempted", "noted", "snoozed", "converted", "lost", "declined")
PROBLEMS = ("not_possible", "too_old", "at_once", "reason", "later", "value", "currency")


TEAM = config({"lena": 1})


def pages_of_a_rep(language: Language, days: int = 0, **fields: object) -> Iterator[str]:
    """The list, and a lead in each state, seen some days later."""
    lead, rep = lead_in(language, **fields), somebody_reading(language)
    at, words = lead.log[-1].at, str(fields.get("name", ""))
    states = [lead, *(after(lead, *steps, reason=words) for steps in WORKED)]
    opened = [Change(Step.OPENED, at, None, "7", until=UNTIL, offered=who) for who in OFFERED]
    open_leads = [replay(lead.lead_id, lead.source, lead.fields, [lead.log[0], o]) for o in opened]
    usual = {"now": at + timedelta(days=days), **HERE}
    mine = in_order(states[:-2], [OpenPool("7", open_leads, 2)], usual["now"], more=True)
    yield my_pages.my_leads_page(mine, rep, TEAM, said="", **usual)
    for one in states:
        yield my_pages.my_lead_page(one, rep, TEAM, said="", problem="", **usual)
    for one in open_leads:
        yield my_pages.open_lead_page(one, rep, TEAM, problem="", **usual)


def pages_that_answer(language: Language) -> Iterator[str]:
    """What a button has done, or could not do."""
    lead, rep = lead_in(language, **NUMBERS), somebody_reading(language)
    usual = {"now": UNTIL, **HERE}
    none = in_order([], [], UNTIL, more=False)
    for said in (*SAID, "none_left"):
        yield my_pages.my_leads_page(none, rep, TEAM, said=said, **usual)
    for problem in PROBLEMS:
        yield my_pages.my_lead_page(lead, rep, TEAM, said="", problem=problem, **usual)


OFFERED: tuple[tuple[str, ...], ...] = ((), ("lena",), ("lena", "bo"))
WORKED = (
    (Step.ACCEPTED, Step.NOTED, Step.ATTEMPTED),
    (Step.ACCEPTED, Step.CONTACTED),
    (Step.ACCEPTED, Step.SNOOZED),
    (Step.ACCEPTED, Step.CONVERTED),
    (Step.ACCEPTED, Step.LOST),
)


def after(lead: Lead, *steps: Step, reason: str) -> Lead:
    at, until = lead.log[-1].at, UNTIL + timedelta(days=1)
    done = [
        Change(step, at, "lena", reason=reason, until=until if step is Step.SNOOZED else None)
        for step in steps
    ]
    return replay(lead.lead_id, lead.source, lead.fields, [*lead.log, *done])


def every_chat(language: Language, steps: Iterable[Step] = Step, **fields: object) -> Iterator[str]:
    """What chats and phones show of each step, to the rep and to others."""
    lead, rep = lead_in(language, **fields), somebody_reading(language)
    for step in steps:
        log = [*lead.log, Change(step, UNTIL, "lena")]
        changed = replace(lead, log=tuple(log))
        for own, link in ((True, URL), (False, "")):
            for name in (rep.name, ""):
                told = brief.brief(
                    changed,
                    rep=name,
                    pool="7",
                    to_the_rep=own,
                    masked=not own,
                    link=link,
                    language=language,
                )
                yield text_message.message(told)
                yield from texts_in(json.loads(slack.message(told)))
                yield from texts_in(json.loads(teams.message(told)))


def texts_in(value: object) -> Iterator[str]:
    """What is shown of a chat's message."""
    if isinstance(value, list):
        for one in value:
            yield from texts_in(one)
    elif isinstance(value, dict):
        yield from (one for key, one in value.items() if key in SHOWN and isinstance(one, str))
        yield from texts_in(list(value.values()))


SHOWN = ("text", "title")


@pytest.fixture
def unspoken(monkeypatch):
    """A language without letters: whatever can still be read was said past the catalog."""

    def silent(language: Language, english: str) -> str:
        return " ".join(f"%({place})s" for place in PLACE.findall(english))

    monkeypatch.setattr(languages, "phrase", silent)
    for room in ("mail", "reasons", "brief"):
        monkeypatch.setattr(f"shared.messages.{room}.phrase", silent)
    monkeypatch.setattr(languages, "counted", lambda _, __, many, ___: silent(_, many))


SEVENS = ("name", "company", "product", "message", "country", "region", "utm_source", "page_url")
NUMBERS = dict.fromkeys(SEVENS, "7") | {"email": "7@7", "phone": "+7", "extra": {"7": "7"}}


def test_no_word_is_said_past_the_catalog(unspoken, look, monkeypatch) -> None:
    """In what reps read, beside what leads, zones and links say."""
    rep = somebody_reading(Language.SV).model_copy(update={"name": "7"})
    monkeypatch.setitem(globals(), "somebody_reading", lambda _: rep)
    said = [part for mail in every_mail(Language.SV, **NUMBERS) for part in bare(mail, look)]
    said += [readable(look(page)) for page in every_page(Language.SV, **NUMBERS)]
    said += every_chat(Language.SV, **NUMBERS)
    names = "01JDFA7Q9Z3V4M8K2T6R5W1XYC|CET|website|leadwheel|Authorization: Bearer"
    ours = re.compile(f"{re.escape(URL)}|{names}")
    for text in said:
        assert not re.search(r"[^\W\d_]", ours.sub("", text)), text


@other
def test_nothing_that_a_rep_reads_is_left_in_english(language, look) -> None:
    """Not a single phrase of some length, in any page or chat."""
    said = [readable(look(page)) for page in every_page(language, **NUMBERS)]
    said += every_chat(language, **NUMBERS)
    everything = "\n".join(said)
    for english in languages.catalog(language):
        for part in map(str.strip, PLACE.split(english)[::2]):
            assert len(part) < 10 or part == "leadwheel, lead" or part not in everything, english


def readable(html) -> str:
    """The text of a page, and what stands in its fields before somebody writes."""
    hints = (given.get("placeholder", "") for _, given in html.tags)
    return " ".join((html.text, *hints))


def bare(mail: Mail, look) -> Iterator[str]:
    yield from (mail.subject, mail.text, look(mail.html).text)


def test_every_template_says_its_words_by_phrases() -> None:
    """What stands in a template as it is, is said so in every language: leave that to ENGLISH."""
    for file in templates():
        if not ENGLISH.fullmatch(file.name) and file.name != "mail_parts.html":  # attributes alone
            tree = rendering.environment().parse(file.read_text())
            bare = "".join(data.data for data in tree.find_all(nodes.TemplateData))
            assert re.findall(r"[A-Za-z]+", re.sub(r"<[^>]*>|leadwheel", "", bare)) == [], file.name


def test_templates_of_reps_import_their_words_with_the_language() -> None:
    for file in templates():
        for line in re.findall(r"\{% import .*words\.txt.*", file.read_text()):
            assert line.endswith("with context %}"), file.name


HOSTILE = {
    "markup": '"></p><script>alert(1)</script><img src=x onerror=alert(1)>&amp;',
    "direction": "\u202egnp.exe\u2066",
    "lines": "Anna\r\nBcc: all@evil.example\u2028\n\nbody",
    "long": "x" * 10_000,
    "emoji": "👩\u200d👩\u200d👧 🏴",
    "places": "%(name)s %s %d {{ 7*7 }} {% raw %} 100 %",
}


@every
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_are_harmless_in_every_language(language, text, look) -> None:
    """One line of subject; text; and HTML without markup that we did not write."""
    names = ("name", "company", "product", "message", "region", "utm_source")
    mails = list(every_mail(language, **dict.fromkeys(names, text), extra={text: text}))
    for mail in mails:
        assert 0 < len(mail.subject) <= 100
        assert mail.subject == " ".join(mail.subject.split())
        assert not {"\u202e", "\u2066"} & set(mail.subject + mail.text + mail.html)
        assert not {"script", "img"} & set(look(mail.html).names)
        assert not [name for _, given in look(mail.html).tags for name in given if name[:2] == "on"]
        lang = "zh-Hans" if language == "zh" else language
        assert look(mail.html).find("html") == [{"lang": lang}]
    fields = dict.fromkeys(names, text)
    for page in (*pages_behind_links(language, **fields), *pages_of_a_rep(language, **fields)):
        html = look(page)
        assert not {"script", "img"} & set(html.names)
        assert html.find("html") == [{"lang": "zh-Hans" if language == "zh" else language}]
    for shown in every_chat(language, (Step.ASSIGNED, Step.OPENED), **fields):
        assert not {"\u202e", "\u2066", "\r"} & set(shown)
        assert len(shown) < 1000


@pytest.mark.parametrize(
    ("language", "subject", "sentences"),
    [
        (
            "sv",
            "Nytt lead: Ada Lindgren, Lindgren Verkstad AB",
            ["Ditt till 14:32 CET. Ta dig an det inom 15 minuter.", "du hade 0,83 lead att få"],
        ),
        (
            "zh",
            "新线索：林雅达，林氏机械有限公司",
            ["为您保留至 21:32 CST，请在 15 分钟内接受。", "0.83 条线索，多于其他可接手的人。"],
        ),
        (
            "pt",
            "Novo lead: Ada Limeira, Oficina Limeira Ltda.",
            ["É seu até 10:32 UTC-03: aceite-o em até 15 minutos.", "direito a 0,83 de um lead"],
        ),
    ],
)
def test_a_new_lead_reads_as_people_write_there(language, subject, sentences, look) -> None:
    lead, rep = lead_in(Language(language)), somebody_reading(Language(language))
    mail = mail_of(MailKind.ASSIGNED, lead, rep)
    assert mail.subject == subject
    for part in (mail.text, look(mail.html).text):
        assert all(sentence in part for sentence in sentences)


NEXT, ANYBODY, MANAGER = Action.RECLAIM, Action.OPEN, Action.PARK


@pytest.mark.parametrize(
    ("language", "action", "sentence"),
    [
        ("en", NEXT, "leave it: at 13:32 it goes to the next rep."),
        ("en", ANYBODY, "leave it: at 13:32 anybody of the pool may take it."),
        ("en", MANAGER, "leave it: at 13:32 a manager decides what becomes of it."),
        ("sv", NEXT, "låt det vara: kl. 14:32 går det till nästa säljare."),
        ("sv", ANYBODY, "låt det vara: kl. 14:32 får vem som helst i poolen ta det."),
        ("sv", MANAGER, "låt det vara: kl. 14:32 bestämmer en chef vad som händer med det."),
        ("zh", NEXT, "不必操作：21:32 将转给下一位销售。"),
        ("zh", ANYBODY, "不必操作：21:32 将开放给线索池中所有人领取。"),
        ("zh", MANAGER, "不必操作：21:32 将由主管决定如何处理。"),
        ("pt", NEXT, "não faça nada: às 10:32 ele passa ao próximo vendedor."),
        ("pt", ANYBODY, "não faça nada: às 10:32 qualquer pessoa do grupo pode pegá-lo."),
        ("pt", MANAGER, "não faça nada: às 10:32 um gestor decide o que acontece com ele."),
    ],
)
def test_what_becomes_of_a_lead_is_what_its_deadlines_say(language, action, sentence, look) -> None:
    rep, lead = somebody_reading(Language(language)), lead_in(Language(language))
    given = replace(lead.log[-1], deadlines=(Deadline(action, 900),))
    lead = replay(lead.lead_id, lead.source, lead.fields, [lead.log[0], given])
    usual = {"until": lead.yours_until, "accept_url": URL}
    mails = [
        assigned_mail(lead, rep, reason="", **usual),
        reminder_mail(lead, rep, **usual),
        again_mail(lead, lead, rep, accepted=False, **usual),
    ]
    for mail in mails:
        assert sentence in " ".join(mail.text.split())
        assert sentence in look(mail.html).text
    page = pages.accept_page(lead, rep, until=lead.yours_until, action_url="7", nonce="7")
    assert sentence in look(page).text


def test_what_nothing_takes_is_given_back_by_hand(look) -> None:
    rep, lead = somebody_reading(Language.EN), lead_in(Language.EN)
    given = replace(lead.log[-1], deadlines=(Deadline(Action.REMIND, 900),))
    lead = replay(lead.lead_id, lead.source, lead.fields, [lead.log[0], given])
    page = pages.accept_page(lead, rep, until=lead.yours_until, action_url="7", nonce="7")
    assert "If you cannot take it, give it back, so that somebody else can." in look(page).text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("sv", "sv"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("en-GB,en;q=0.9,sv;q=0.8", "en"),
        ("zh-Hans-CN, zh;q=0.5", "zh"),
        ("zh-TW", "zh"),
        ("PT-br", "pt"),
        ("fr, de;q=0.9, pt;q=0.1", "pt"),
        ("fr, de", "en"),
        ("*", "en"),
        ("sv;q=0", "en"),
        ("sv;q=0.000, pt;q=0.001", "pt"),
        ("pt;q=0.4, sv ; q=0.6 , zh; Q=0.5", "sv"),
        ("sv, zh", "sv"),
        ("sv;q=2, pt;q=0.1", "pt"),
        ("sv;q=nan, zh;q=-1, pt;q=1e9", "en"),
        ("sv;;q=1,,;,zh;q=", "en"),
        ("svenska, ptx, zh_CN", "en"),
        ("\u017fv, \uff33\uff36, \u202esv", "en"),
        pytest.param("sv-" * 5000, "en", id="endless"),
        pytest.param("sv;q=0.5," * 5000 + "pt", "pt", id="many"),
    ],
)
def test_a_browser_is_answered_in_the_language_that_it_asks_for(header: str, language: str) -> None:
    """As it is weighed; what is no language or no weight is not asked for."""
    assert languages.language_asked_for(header) == language


@pytest.mark.parametrize(
    ("language", "until", "one", "two"),
    [
        ("sv", "onsdag 25 november kl. 08:17 CET", "1 minut.", "1 timme och 30 minuter."),
        ("zh", "11月25日星期三 15:17 CST", "1 分钟", "1 小时 30 分钟"),
        ("pt", "quarta-feira, 25 de novembro, 04:17 UTC-03", "1 minuto.", "1 hora e 30 minutos."),
    ],
)
def test_days_and_lengths_of_time_are_inflected(language, until, one, two) -> None:
    lead, rep = lead_in(Language(language)), somebody_reading(Language(language))
    at = lead.log[-1].at

    def within(length: timedelta) -> str:
        return assigned_mail(lead, rep, reason="", until=at + length, accept_url=URL).text

    assert until in within(timedelta(hours=18))
    assert one in within(timedelta(minutes=1))
    assert two.replace("1 ", "3 ").replace("timme ", "timmar ").replace("hora ", "horas ") in (
        within(timedelta(minutes=210))
    )


def test_somebodys_own_words_are_not_translated() -> None:
    assert in_language("you claimed it", Language.SV) == "you claimed it"
    ours = Sentence.of(YOU.say("{who} claimed it"))
    assert in_language(ours, Language.SV) == "du tog det själv"


def test_what_is_missing_in_a_catalog_is_said_in_english() -> None:
    """A mail must go out."""
    assert languages.phrase(Language.SV, "Never said before") == "Never said before"
    assert languages.counted(Language.PT, "one of it", "%(n)s of it", 0) == "one of it"
