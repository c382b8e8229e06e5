"""Every mail and rep's page in every language: whole, in that language only, and safe."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from jinja2 import nodes

from infra.cli.made_up_mails import UNTIL, URL, lead_in, mail_of, somebody_reading
from shared.domain import explaining
from shared.domain.explaining import YOU
from shared.domain.languages import Language
from shared.domain.mail_templates import MailKind
from shared.domain.pools import Person
from shared.domain.sentence import Sentence
from shared.domain.sources import Returns
from shared.messages import languages, pages, rendering
from shared.messages.mail import Given, Mail, assigned_mail, moved_mail, offer_mail, reminder_mail
from shared.messages.reasons import in_language
from shared.messages.sign_in_mail import sign_in_mail

OTHERS = [language for language in Language if language is not Language.EN]
other = pytest.mark.parametrize("language", OTHERS)
every = pytest.mark.parametrize("language", Language)
PLACE = re.compile(r"%\((\w+)\)s")

# What managers, visitors and whoever signs in read is in English.
ENGLISH = re.compile(
    r"\w+_notice\.\S+|journey\.txt|sign_in(_link|_refused)?_page\.html"
    r"|(mailbox|demo|quarantine|spec|problem|form_problems|thank_you|bad_link)_page\.html"
    r"|(my_lead|my_leads|no_leads|open_lead|sessions|token)_page\.html"
)
# Words that are the same in several languages.
SAME = {"partner", "webhook", "november", "september", "april", "E-mail"}


def phrases() -> dict[str, str]:
    """Every phrase that is said, and where: those of templates, and those of sentences."""
    said = {}
    for file in sorted((languages.TEMPLATES / "en").iterdir()):
        for _, function, found in rendering.environment().extract_translations(file.read_text()):
            phrase = found if isinstance(found, str) else found[function == "ngettext"]
            assert phrase, f"{file.name}: a phrase must stand there as it is"
            said[phrase] = file.name
    said |= dict.fromkeys(clauses(), "explaining.py")
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
    at = {"now": UNTIL - timedelta(minutes=15), "ends_at": UNTIL, "time_zone": rep.time_zone}
    yield sign_in_mail(name=rep.name, url=URL, language=language, **at)


def every_page(language: Language, **fields: object) -> Iterator[str]:
    lead, rep = lead_in(language, **fields), somebody_reading(language)
    ask = Person.model_construct(name=fields.get("name", "7"), email="7@7")
    asked = {"action_url": "7", "nonce": "7"}
    yield pages.accept_page(lead, rep, until=UNTIL, masked=False, **asked)
    yield pages.offer_page(lead, rep, until=UNTIL, others=1, **asked)
    yield pages.accepted_page(lead, rep)
    yield pages.closed_page(lead, rep)
    yield pages.useless_link_page(rep, ask=ask)
    for code in ("paused", "holding_limit", "team_limit", "?"):
        yield pages.refused_page(rep, ask=ask, code=code)
    for where in ("colleague", "again", "routing", "parked", "open", "manager", "closed"):
        for ended in ("declined", "reclaimed", "lapsed", "unassigned", "rerouted", "faster", ""):
            yield pages.gone_page(rep, ask=ask, ended=ended, where=where)


@pytest.fixture
def unspoken(monkeypatch):
    """A language without letters: whatever can still be read was said past the catalog."""

    def silent(language: Language, english: str) -> str:
        return " ".join(f"%({place})s" for place in PLACE.findall(english))

    monkeypatch.setattr(languages, "phrase", silent)
    monkeypatch.setattr("shared.messages.mail.phrase", silent)
    monkeypatch.setattr("shared.messages.reasons.phrase", silent)
    monkeypatch.setattr(languages, "counted", lambda _, __, many, ___: silent(_, many))


SEVENS = ("name", "company", "product", "message", "country", "region", "utm_source", "page_url")
NUMBERS = dict.fromkeys(SEVENS, "7") | {"email": "7@7", "phone": "+7", "extra": {"7": "7"}}


def test_no_word_is_said_past_the_catalog(unspoken, look, monkeypatch) -> None:
    """In mails and pages that reps read, beside what leads, zones and links say."""
    rep = somebody_reading(Language.SV).model_copy(update={"name": "7"})
    monkeypatch.setitem(globals(), "somebody_reading", lambda _: rep)
    said = [part for mail in every_mail(Language.SV, **NUMBERS) for part in bare(mail, look)]
    said += [look(page).text for page in every_page(Language.SV, **NUMBERS)]
    ours = re.compile(re.escape(URL) + "|01JDFA7Q9Z3V4M8K2T6R5W1XYC|CET|website|leadwheel")
    for text in said:
        assert not re.search(r"[^\W\d_]", ours.sub("", text)), text


def bare(mail: Mail, look) -> Iterator[str]:
    yield from (mail.subject, mail.text, look(mail.html).text)


def test_every_template_says_its_words_by_phrases() -> None:
    """What stands in a template as it is, is said so in every language: leave that to ENGLISH."""
    for file in sorted((languages.TEMPLATES / "en").iterdir()):
        if not ENGLISH.fullmatch(file.name):
            tree = rendering.environment().parse(file.read_text())
            bare = "".join(data.data for data in tree.find_all(nodes.TemplateData))
            assert re.findall(r"[A-Za-z]+", re.sub(r"<[^>]*>|leadwheel", "", bare)) == [], file.name


def test_templates_of_reps_import_their_words_with_the_language() -> None:
    for file in (languages.TEMPLATES / "en").iterdir():
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
    for page in every_page(language, **dict.fromkeys(names, text)):
        assert not {"script", "img"} & set(look(page).names)


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
