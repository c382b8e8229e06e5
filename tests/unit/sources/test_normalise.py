"""Whatever names and spellings a sender uses, the lead has the same fields."""

from collections.abc import Mapping, Sequence

import pytest

from shared.errors import InvalidFieldsError
from shared.sources.fields import normalise
from shared.sources.names import FIELDS

ADA = {"email": "ada@example.com"}


def full_width(text: str) -> str:
    """Write as an input method for Chinese or Japanese does."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def problems(
    raw: Mapping[str, str],
    *,
    required: Sequence[str] = (),
    default_country: str | None = None,
) -> dict[str, str]:
    with pytest.raises(InvalidFieldsError) as caught:
        normalise(raw, required=required, default_country=default_country)
    listed = caught.value.problems
    assert len({problem.field for problem in listed}) == len(listed)
    return {problem.field: problem.message for problem in listed}


class TestNames:
    @pytest.mark.parametrize(
        ("written", "field"),
        [
            ("Email", "email"),
            ("E-Mail *", "email"),
            ("your-email", "email"),
            ("mail", "email"),
            ("Tel.", "phone"),
            ("telephone", "phone"),
            ("MOBILE", "phone"),
            ("Phone Number:", "phone"),
            ("Full_Name", "name"),
            ("your-name", "name"),
            ("fname", "first_name"),
            ("First name", "first_name"),
            ("firstName", "first_name"),
            ("surname", "last_name"),
            ("lastname", "last_name"),
            ("Organisation", "company"),
            ("zip", "postal_code"),
            ("Post code", "postal_code"),
            ("your-message", "message"),
            ("State / Province", "region"),
            ("utm.source", "utm_source"),
            ("UTM-Content", "utm_content"),
            ("postal_code", "postal_code"),
        ],
    )
    def test_common_spellings_are_recognised(self, written: str, field: str) -> None:
        """Case, spaces and punctuation do not matter, and no configuration is needed."""
        text = {"email": "bob@example.com", "phone": "+442079460958"}.get(field, "X")
        lead = normalise({"e_mail": "ada@example.com", "tel": "+493012345", written: text})
        other = {"email": "ada@example.com", "phone": "+493012345"}
        assert lead[field] == other.get(field, text)  # "e_mail" and "tel" came first
        only = normalise({written: text, "email": "ada@example.com"})
        assert only[field] == text

    def test_every_field_is_known_by_its_own_name(self) -> None:
        """What a lead's answer shows can be sent back as it is."""
        raw = dict.fromkeys(FIELDS, "x") | {
            "email": "ada@example.com",
            "phone": "+442079460958",
            "country": "GB",
            "consent": "true",
            "page_url": "https://example.com/",
        }
        assert normalise(raw) == raw | {"consent": True}
        assert list(normalise(dict(reversed(raw.items())))) == list(FIELDS)

    def test_unknown_names_stay_as_they_are(self) -> None:
        """Nothing that a sender asks is lost, also names that JavaScript gives a meaning to."""
        odd = {"Budget": "10k", "__proto__": "x", "constructor": "y", "数量": "3", "e": "1"}
        assert normalise(ADA | odd) == ADA | {"extra": odd}

    def test_empty_texts_say_nothing(self) -> None:
        """Forms send their empty fields too."""
        assert normalise(ADA | {"name": " \n", "Budget": "", "utm_term": "\x00"}) == ADA

    def test_a_nameless_text_gets_a_name(self) -> None:
        """DynamoDB refuses empty names; names that become equal get numbers."""
        assert normalise(ADA | {"": "x", "\x07": "y", "unnamed": "z"})["extra"] == {
            "unnamed": "x",
            "unnamed (2)": "y",
            "unnamed (3)": "z",
        }

    def test_the_first_that_is_not_empty_wins_and_the_others_stay(self) -> None:
        """Two names for one field: the body's order decides, and nothing is lost."""
        raw = {"E-Mail": " ", "mail": "a@example.com", "email": "b@example.com", "Email": ""}
        assert normalise(raw) == {"email": "a@example.com", "extra": {"email": "b@example.com"}}

    def test_a_sources_own_names_win(self) -> None:
        """They outrank the common spellings, wherever in the body they come."""
        raw = {"email": "old@example.com", "Kontakt": "new@example.com", "mail": "post"}
        lead = normalise(raw, aliases={"email": ["kontakt"], "message": ["Mail"]})
        assert lead == {
            "email": "new@example.com",
            "message": "post",
            "extra": {"email": "old@example.com"},
        }

    def test_an_alias_can_rename_what_is_no_field_of_ours(self) -> None:
        """Rules can then rely on one name for it, whatever the form calls it."""
        lead = normalise(ADA | {"q7_budget": "10k"}, aliases={"budget": ["q7-budget"]})
        assert lead["extra"] == {"budget": "10k"}

    def test_an_alias_of_punctuation_matches_nothing(self) -> None:
        """It folds to nothing, as do all other names of punctuation only."""
        lead = normalise(ADA | {"***": "x"}, aliases={"message": ["---"]})
        assert lead["extra"] == {"***": "x"}

    def test_marks_make_another_word(self) -> None:
        """In many scripts vowels are marks: names that differ in them are two names."""
        lead = normalise(ADA | {"का": "x", "की": "y"}, aliases={"company": ["की"]})
        assert lead == ADA | {"company": "y", "extra": {"का": "x"}}

    def test_name_is_built_from_its_parts_but_never_taken_apart(self) -> None:
        """Which part of a name is the family's is a guess that is wrong for half the world."""
        assert normalise(ADA | {"lname": "Example", "fname": "Ada"})["name"] == "Ada Example"
        assert normalise(ADA | {"last_name": "Example"})["name"] == "Example"
        assert normalise(ADA | {"name": "Ada Example"}) == {"name": "Ada Example"} | ADA
        given = {"name": "Dr. Example", "first_name": "Ada", "last_name": "Example"}
        assert normalise(ADA | given) == ADA | given

    def test_only_messages_have_lines(self) -> None:
        """A name goes into the subject of a mail, where a line break could forge a header."""
        lead = normalise(ADA | {"name": "Ada\r\nBcc: x\u2028 y", "message": " Hi,\r\n\r\nbye "})
        assert lead["name"] == "Ada Bcc: x y"
        assert lead["message"] == "Hi,\n\nbye"


class TestEmail:
    @pytest.mark.parametrize(
        ("written", "stored"),
        [
            (" Ada.L@EXAMPLE.com\n", "Ada.L@example.com"),
            ("ada+form@example.co.uk", "ada+form@example.co.uk"),
            ("\u202aada@example.com\u202c", "ada@example.com"),
            (full_width("ada@example.com"), "ada@example.com"),
            ("ada@xn--bcher-kva.example", "ada@bücher.example"),
            ("用户@例子.example", "用户@例子.example"),
            ("ada@leads.test", "ada@leads.test"),
            ("ada@example.com, ada@example.com", "ada@example.com"),
        ],
    )
    def test_addresses_are_normalised(self, written: str, stored: str) -> None:
        """The domain in lower case, the part before the @ as it is, without copying's remains."""
        assert normalise({"email": written}) == {"email": stored}

    @pytest.mark.parametrize(
        "written",
        [
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada example@example.com",
            "Ada <ada@example.com>",
            "a@example.com, b@example.com",
            "a@b@example.com",
            "ada@exa\u2028mple.com",
            "ada@example.com\r\nBcc: bob@example.com",
            f"ada@{'a.' * 130}com",
        ],
    )
    def test_what_is_no_address_is_a_problem(self, written: str) -> None:
        """The message shows what an address looks like, not what was written."""
        assert list(problems({"E-Mail": written})) == ["E-Mail"]


class TestPhone:
    @pytest.mark.parametrize(
        ("written", "country", "stored"),
        [
            ("+44 20 7946 0958", None, "+442079460958"),
            ("0044 20 7946 0958", None, "+442079460958"),
            ("0044 20 7946 0958", "DE", "+442079460958"),
            ("0044 20 7946 0958", "US", "+442079460958"),
            ("011 44 20 7946 0958", "US", "+442079460958"),
            ("+44 (0)20 7946-0958", None, "+442079460958"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("(650) 253-0000", "US", "+16502530000"),
            ("650.253.0000", "us", "+16502530000"),
            ("1-800-FLOWERS", "US", "+18003569377"),
            (full_width("+44 20 7946 0958"), None, "+442079460958"),
            ("٠٢٠ ٧٩٤٦ ٠٩٥٨", "GB", "+442079460958"),
            ("\u202a+44\u00a020\u20117946\u20110958\u202c", None, "+442079460958"),
            ("tel:+442079460958", None, "+442079460958"),
            ("06 698 12345", "IT", "+390669812345"),
            ("+442079460958, +442079460958", None, "+442079460958"),
            ("(555) 010-0199", "US", "+15550100199"),
        ],
    )
    def test_numbers_become_e164(self, written: str, country: str | None, stored: str) -> None:
        """However people write them, also in ranges that are not in use as far as we know."""
        assert normalise({"tel": written}, default_country=country) == {"phone": stored}

    @pytest.mark.parametrize("written", ["+16502530000 ext. 5", "+1 650 253 0000 x5"])
    def test_an_extension_is_kept_beside(self, written: str) -> None:
        """E.164 has no place for it, but the rep needs it."""
        lead = normalise({"phone": written})
        assert lead == {"phone": "+16502530000", "extra": {"phone_extension": "5"}}

    def test_the_leads_own_country_goes_first(self) -> None:
        """Who says to be in Germany writes a German number, but the form's country is tried too."""
        raw = {"phone": "030 901820", "country": "Germany"}
        assert normalise(raw, default_country="US")["phone"] == "+4930901820"
        raw = {"phone": "(650) 253-0000", "country": "France"}
        assert normalise(raw, default_country="US")["phone"] == "+16502530000"

    def test_a_valid_number_goes_before_a_possible_one(self) -> None:
        """An Austrian number could be this long, but it is a mobile of the form's own Spain."""
        raw = {"phone": "612 34 56 78", "country": "AT"}
        assert normalise(raw, default_country="ES")["phone"] == "+34612345678"

    def test_without_any_country_the_code_is_asked_for(self) -> None:
        """The same digits are someone else's number in another country."""
        assert "country code" in problems({"Tel": "020 7946 0958"})["Tel"]

    @pytest.mark.parametrize(
        "written",
        [
            "555-0199",
            "call me",
            "123",
            "+1",
            "++",
            "0",
            "00",
            "+999 123 4567",
            "+49 000000",
            "+49 30 123456789012",
            "1" * 60,
            "+" * 150,
        ],
    )
    def test_what_nobody_can_dial_is_a_problem(self, written: str) -> None:
        """A local number without area code, too few or too many digits, no digits."""
        assert "area code" in problems({"Tel": written}, default_country="US")["Tel"]
        assert list(problems({"Tel": written})) == ["Tel"]


class TestOtherFields:
    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("de", "DE"),
            (" DE ", "DE"),
            ("germany", "DE"),
            ("U.S.A.", "US"),
            ("UK", "GB"),
            ("The Netherlands", "NL"),
            ("CÔTE D", None),
            ("XX", None),
            ("Narnia", None),
        ],
    )
    def test_countries_become_codes_or_stay_beside(self, written: str, code: str | None) -> None:
        """A country we do not know never costs a lead: a rep can read it."""
        lead = normalise(ADA | {"Country": written})
        assert lead == ADA | ({"country": code} if code else {"extra": {"country": written}})

    @pytest.mark.parametrize(
        ("written", "given"),
        [
            ("true", True),
            ("on", True),
            ("1", True),
            ("Yes", True),
            ("Ja", True),
            ("OUI", True),
            ("同意", True),
            ("0, 1", True),
            ("true, false", True),
            ("false", False),
            ("0", False),
            ("No", False),
            ("nein", False),
        ],
    )
    def test_consent_is_yes_or_no(self, written: str, given: bool) -> None:  # noqa: FBT001
        """A hidden "0" that comes along with a ticked box takes nothing back."""
        assert normalise(ADA | {"GDPR": written}) == ADA | {"consent": given}

    @pytest.mark.parametrize("written", ["maybe", "Yes, but no post", ",", "1, maybe"])
    def test_an_unclear_consent_is_none_and_stays_readable(self, written: str) -> None:
        """Nobody is taken to have agreed to something by a guess."""
        lead = normalise(ADA | {"consent": written})
        assert lead == ADA | {"consent": False, "extra": {"consent": written}}

    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("https://example.com/a?b=c#d", True),
            ("HTTP://EXAMPLE.COM", True),
            ("https://例子.example/路", True),
            ("javascript:alert(1)", False),
            ("https://", False),
            ("https:///path", False),
            ("example.com/page", False),
            ("https://example.com/ javascript:x", False),
            ("https://example.com/" + "x" * 2_028, True),
            ("https://example.com/" + "x" * 2_029, False),
        ],
    )
    def test_page_urls_are_web_addresses(self, written: str, kept: bool) -> None:  # noqa: FBT001
        """A rep clicks on it. What is none is kept as text."""
        lead = normalise(ADA | {"url": written})
        assert lead == ADA | ({"page_url": written} if kept else {"extra": {"page_url": written}})

    def test_a_long_tracking_value_is_set_aside(self) -> None:
        """The visitor did not write it and could not shorten it."""
        lead = normalise(ADA | {"utm_term": "x" * 201, "utm_source": "y" * 200})
        assert lead == ADA | {"utm_source": "y" * 200, "extra": {"utm_term": "x" * 201}}

    def test_what_is_set_aside_replaces_nothing(self) -> None:
        """A form may have a field of its own with the name that the text is kept under."""
        raw = ADA | {"Land": "Narnia", "country": "Germany", "phone_extension": "9"}
        raw |= {"phone": "+16502530000 ext. 5"}
        lead = normalise(raw, aliases={"country": ["land"]})
        assert lead["extra"] == {
            "country": "Germany",
            "country (2)": "Narnia",
            "phone_extension": "9",
            "phone_extension (2)": "5",
        }


class TestProblems:
    def test_all_problems_come_at_once_under_the_senders_names(self) -> None:
        """Nobody has to send a form five times to learn five mistakes."""
        raw = {
            "Your-Email": "private",
            "Tel": "private",
            "Full Name": "private" * 30,
            "Land": "",
        }
        with pytest.raises(InvalidFieldsError) as caught:
            normalise(raw, required=["company", "consent", "Team size", "email"])
        assert [problem.field for problem in caught.value.problems] == [
            "Full Name",
            "Your-Email",
            "Tel",
            "company",
            "consent",
            "Team size",
        ]
        assert "private" not in str(caught.value)

    def test_a_lead_needs_a_way_to_reach_the_person(self) -> None:
        """The sender's own names are used where there are any, even of empty fields."""
        found = problems({"name": "Ada", "Your Phone": " "}, required=["email"])
        assert set(found) == {"email", "Your Phone"}
        assert all("at least one" in message for message in found.values())

    def test_a_required_field_that_came_is_there(self) -> None:
        """Also by its parts, by an alias, and when its text had to be set aside."""
        raw = ADA | {"fname": "Ada", "Team-Size": "5", "country": "Narnia", "gdpr": "on"}
        required = ["name", "team_size", "country", "consent", "email"]
        assert normalise(raw, required=required)["name"] == "Ada"

    @pytest.mark.parametrize("consent", ["", "no", "maybe"])
    def test_required_consent_must_be_given(self, consent: str) -> None:
        """A box that must be ticked is not satisfied by a clear no, nor by an unclear text."""
        assert "agreed" in problems(ADA | {"GDPR": consent}, required=["consent"])["GDPR"]

    @pytest.mark.parametrize(
        ("field", "limit"),
        [
            ("name", 200),
            ("first_name", 99),
            ("last_name", 99),
            ("company", 200),
            ("region", 200),
            ("postal_code", 200),
            ("product", 200),
            ("message", 10_000),
        ],
    )
    def test_a_text_beyond_its_limit_is_a_problem(self, field: str, limit: int) -> None:
        """Exactly the limit is kept whole; nothing is ever cut off."""
        assert normalise(ADA | {field: "é" * limit})[field] == "é" * limit
        assert str(limit) in problems(ADA | {field: "é" * (limit + 1)})[field]

    def test_an_address_beyond_its_limit_is_a_problem(self) -> None:
        """Its limit comes before a parser that would have to work on a megabyte."""
        assert "254" in problems({"email": "a" * 1_000_000})["email"]
        assert "200" in problems({"phone": "1" * 1_000_000})["phone"]

    def test_what_is_none_of_our_fields_has_no_limits(self) -> None:
        """Programs wrote it, and the visitor could not mend it; the body's own limit bounds it."""
        extra = {f"f{number}": "x" for number in range(500)}
        extra |= {"g-recaptcha-response": "x" * 60_000, "n" * 1_000: "x"}
        assert normalise(ADA | extra) == ADA | {"extra": extra}

    def test_a_problem_names_enough_of_a_field_to_find_it(self) -> None:
        """A sender's name for a field can be as long as a body."""
        assert list(problems({"e" + "-" * 200 + "mail": "nobody"})) == ["e" + "-" * 99 + "…"]
