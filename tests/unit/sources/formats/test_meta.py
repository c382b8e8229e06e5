"""Meta: ids that are to be fetched, the answer to that, and the handshake."""

import json
from contextlib import suppress
from typing import ClassVar

import pytest
from hypothesis import given, settings

from shared.errors import ForbiddenError, UnreadableBodyError
from shared.sources.fields import normalise
from shared.sources.formats import challenge_answer, meta
from tests.unit.sources.formats.platforms import (
    assert_a_changed_body_does_not_count,
    assert_it_never_breaks,
    assert_only_a_true_signature_counts,
    assert_sound,
    damaged,
    delivery,
    fields,
    nulled,
    read,
    sample,
    tree,
    truncations,
)

NAME = "meta"


class TestRead:
    def test_the_sample_announces_two_leads(self) -> None:
        """Ids come as numbers or texts, and a change of anything else is no lead."""
        first, second = read(NAME, sample(NAME))
        assert first.external_id == first.fetch == "1184200917533046"
        assert first.said == {
            "leadgen_id": "1184200917533046",
            "page_id": "105530018844210",
            "form_id": "902277315500418",
            "ad_id": "120210044718830553",
            "adgroup_id": "120210044718830553",
            "created_time": "1793698197",
        }
        assert first.numbers == {"created_time"}
        assert second.external_id == second.fetch == "1184200917533047"
        assert second.said["form_id"] == "902277315500418"
        assert not first.test
        assert not second.test

    def test_the_test_button_says_fours(self) -> None:
        change = {"field": "leadgen", "value": {"leadgen_id": "444444444444"}}
        [lead] = read(NAME, {"entry": [{"id": "0", "changes": [change]}]})
        assert lead.test

    def test_news_of_anything_else_holds_no_lead(self) -> None:
        """Messages come without changes at all."""
        assert read(NAME, {"object": "page", "entry": [{"id": "1", "messaging": []}]}) == []
        assert read(NAME, {"object": "page", "entry": []}) == []

    @pytest.mark.parametrize(
        "id_",
        [None, "", "12/../me", "1?fields=id", "\u0663", 1.5, -1, True, "9" * 33, [1], {}],
    )
    def test_what_is_no_id_is_never_fetched(self, id_: object) -> None:
        change = {"field": "leadgen", "value": {"leadgen_id": id_}}
        with pytest.raises(UnreadableBodyError):
            read(NAME, {"entry": [{"changes": [change]}]})


class TestGraph:
    def test_the_sample(self) -> None:
        lead = meta.read_graph(sample("meta-graph-lead"))
        assert fields(meta, lead) == {
            "name": "Liesbeth van der Meer",
            "first_name": "Liesbeth",
            "last_name": "van der Meer",
            "email": "liesbeth@meadowgate.example",
            "phone": "+442079460142",
            "postal_code": "02115",
            "extra": {
                "which_rooms_do_you_plan?": "kitchen, bathroom",
                "unnamed": "as soon as possible",
                "disclaimer.newsletter": "1",
                "leadgen_id": "1184200917533046",
                "created_time": "2026-11-03T09:29:57+0000",
                "form_id": "902277315500418",
                "ad_id": "120210044718830553",
                "ad_name": "Autumn, kitchen photo",
                "adset_id": "120210044718820553",
                "adset_name": "Boston, 25-54",
                "campaign_id": "120210044718810553",
                "campaign_name": "Autumn 2026",
                "is_organic": "false",
                "platform": "ig",
            },
        }
        assert lead.external_id == "1184200917533046"
        assert lead.fetch is None
        assert not lead.test

    def test_what_is_asked_for_is_what_is_read(self) -> None:
        path, _, query = meta.graph_path("1184200917533046").partition("?")
        assert path == "1184200917533046"
        assert query == f"fields={','.join(meta.GRAPH_FIELDS)}"
        assert set(tree("meta-graph-lead")) <= set(meta.GRAPH_FIELDS)
        for id_ in ("", "1/2", "1?", "me", "\u0663"):
            with pytest.raises(ValueError, match="digits"):
                meta.graph_path(id_)

    @pytest.mark.parametrize(
        ("sent", "text"),
        [
            ("p:+393331234567", "+393331234567"),
            ("p:(650) 555-0142", "(650) 555-0142"),
            ("z:02115", "02115"),
            ("z:SW1A 1AA", "SW1A 1AA"),
            ("p: see below", "p: see below"),
            ("z:", "z:"),
            ("zip: 02115", "zip: 02115"),
        ],
    )
    def test_marks_of_exports_go_and_nothing_else(self, sent: str, text: str) -> None:
        answer = {"field_data": [{"name": "a", "values": [sent]}]}
        lead = meta.read_graph(json.dumps(answer).encode())
        assert lead.said["a"] == text

    def test_names_in_other_languages_and_other_shapes_of_values_are_kept(self) -> None:
        answers = [
            {"name": "ваш_телефон", "values": ["+16505550142"]},
            {"name": "plain", "values": "text"},
            {"name": "one", "value": "single"},
            {"name": "number", "values": 2115},
            {"name": "numbers", "values": [1, 2]},
            {"name": "empty", "values": []},
            {"values": ["nameless"]},
            {"name": None, "values": ["nameless too"]},
        ]
        lead = meta.read_graph(json.dumps({"id": 7, "field_data": answers}).encode())
        assert lead.said == {
            "ваш_телефон": "+16505550142",
            "plain": "text",
            "one": "single",
            "number": "2115",
            "numbers": "1, 2",
            "unnamed": "nameless",
            "unnamed (2)": "nameless too",
            "leadgen_id": "7",
        }
        assert lead.numbers == {"number", "leadgen_id"}
        aliases = {"phone": ["Ваш телефон"]}
        assert normalise(lead.said, aliases=aliases)["phone"] == "+16505550142"

    def test_without_answers_the_ids_are_left(self) -> None:
        lead = meta.read_graph(b'{"id": "1", "form_id": "2"}')
        assert lead.said == {"leadgen_id": "1", "form_id": "2"}

    def test_the_testing_tool_s_dummies_make_a_test(self) -> None:
        """Its phone number is no number, and must not stop the test."""
        names = ("full_name", "phone_number", "what_is_it?")
        dummies = [{"name": n, "values": [f"<test lead: dummy data for {n}>"]} for n in names]
        email = {"name": "email", "values": ["test@meta.com"]}
        lead = meta.read_graph(json.dumps({"id": "1", "field_data": [email, *dummies]}).encode())
        assert lead.test
        assert fields(meta, lead) == {
            "name": "<test lead: dummy data for full_name>",
            "email": "test@meta.com",
            "extra": {
                "phone_number (test)": "<test lead: dummy data for phone_number>",
                "what_is_it? (test)": "<test lead: dummy data for what_is_it?>",
                "leadgen_id": "1",
            },
        }

    @pytest.mark.parametrize(
        "answer", [b"", b"[]", b'{"error": {"code": 100}}', b'{"field_data": 1}']
    )
    def test_no_lead_is_unreadable(self, answer: bytes) -> None:
        with pytest.raises(UnreadableBodyError):
            meta.read_graph(answer)

    @settings(deadline=None)
    @given(damaged("meta-graph-lead"))
    def test_anything_where_something_should_be_is_no_other_error(self, answer: bytes) -> None:
        with suppress(UnreadableBodyError):
            assert_sound(meta, meta.read_graph(answer))


class TestChallenge:
    SECRETS: ClassVar = {"secret": ["app"], "verify_token": ["old token", "new token"]}

    def ask(self, method: str = "GET", **changes: str) -> tuple[str, str] | None:
        query = {"mode": "subscribe", "verify_token": "new token", "challenge": "1158201444"}
        asked = {f"hub.{name}": text for name, text in {**query, **changes}.items()}
        question = delivery(b"", method=method, query=asked)
        return challenge_answer(NAME, question, self.SECRETS)

    def test_who_knows_a_token_gets_the_challenge_back(self) -> None:
        assert self.ask() == ("text/plain", "1158201444")
        assert self.ask(verify_token="old token") == ("text/plain", "1158201444")

    def test_nobody_else_does(self) -> None:
        for token in ("new tokem", "app"):
            with pytest.raises(ForbiddenError, match="verify token"):
                self.ask(verify_token=token)
        assert self.ask(verify_token="") is None
        assert self.ask(mode="unsubscribe") is None
        assert self.ask(method="POST") is None
        assert challenge_answer(NAME, delivery(b"", method="GET"), self.SECRETS) is None

    def test_without_a_token_there_is_no_handshake(self) -> None:
        query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
        question = delivery(b"", method="GET", query=query)
        assert challenge_answer(NAME, question, {}) is None
        assert challenge_answer(NAME, question, {"verify_token": [""]}) is None

    @pytest.mark.parametrize("text", ["", "<script>", "a b", "a\r\nb", "9" * 257, "ä"])
    def test_only_what_looks_like_a_challenge_is_sent_back(self, text: str) -> None:
        assert self.ask(challenge=text) is None


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_a_changed_body_does_not_count(self) -> None:
        assert_a_changed_body_does_not_count(NAME)


class TestDamage:
    @pytest.mark.parametrize(
        "body", [b"", b" ", b"null", b"[]", b"{}", b"7", b'"x"', b"[{}]", b"\xff", b"[" * 50_000]
    )
    def test_what_is_no_such_object_is_unreadable(self, body: bytes) -> None:
        with pytest.raises(UnreadableBodyError):
            read(NAME, body)

    def test_every_beginning_of_a_body_is_unreadable(self) -> None:
        for body in truncations(NAME):
            with pytest.raises(UnreadableBodyError):
                read(NAME, body)

    def test_nothing_where_something_should_be_is_no_other_error(self) -> None:
        for body in nulled(tree(NAME)):
            assert_it_never_breaks(NAME, json.dumps(body).encode())

    @settings(deadline=None)
    @given(damaged(NAME))
    def test_anything_where_something_should_be_is_no_other_error(self, body: bytes) -> None:
        assert_it_never_breaks(NAME, body)
