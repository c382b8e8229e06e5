"""Google Ads: questions by id or text, the key in the body."""

import json

import pytest
from hypothesis import given, settings

from shared.errors import UnreadableBodyError
from shared.sources.formats import format_of, google_ads
from tests.unit.sources.formats.platforms import (
    SECRET,
    assert_it_never_breaks,
    assert_only_a_true_signature_counts,
    damaged,
    delivery,
    fields,
    nulled,
    read,
    sample,
    tree,
    truncations,
)

NAME = "google-ads"


class TestRead:
    def test_the_sample(self) -> None:
        [lead] = read(NAME, sample(NAME))
        assert fields(google_ads, lead) == {
            "name": "Noor Okafor",
            "email": "noor@harborlight.example",
            "phone": "+16505550142",
            "company": "Harborlight Bakery",
            "postal_code": "02115",
            "extra": {
                "Job title": "Owner",
                "q_machine_kind": "Spiral mixer",
                "lead_id": "CjwKCAiA-leadwheel-sample-0001",
                "api_version": "1.0",
                "form_id": "40731900612",
                "campaign_id": "20187345521",
                "adgroup_id": "151900234417",
                "creative_id": "690112348855",
                "gcl_id": "CjwKCAiA-leadwheel-sample-click",
                "lead_submit_time": "2026-11-03T09:30:00Z",
            },
        }
        assert lead.external_id == "CjwKCAiA-leadwheel-sample-0001"
        assert lead.numbers == {"form_id", "campaign_id", "adgroup_id", "creative_id"}
        assert not lead.test
        assert lead.fetch is None

    def test_the_key_is_nothing_that_was_said(self) -> None:
        [lead] = format_of(NAME).read(google_ads.SCHEME.signed(delivery(sample(NAME)), SECRET), {})
        assert "google_key" not in lead.said
        assert SECRET not in lead.said.values()

    @pytest.mark.parametrize(("flag", "test"), [(True, True), ("true", True), (False, False)])
    def test_a_test_says_so(self, flag: object, *, test: bool) -> None:
        [lead] = read(NAME, {**tree(NAME), "is_test": flag})
        assert lead.test is test

    def test_ids_beyond_what_a_float_holds_stay_whole(self) -> None:
        [lead] = read(NAME, {**tree(NAME), "lead_id": 9007199254740993, "form_id": 2**63 - 1})
        assert lead.external_id == "9007199254740993"
        assert lead.said["form_id"] == "9223372036854775807"

    def test_questions_with_one_name_lose_nothing(self) -> None:
        """Two questions of a form can have the same text, or none."""
        columns = [
            {"column_id": "a", "column_name": "Which?", "string_value": "one"},
            {"column_id": "b", "column_name": "Which?", "string_value": "two"},
            {"string_value": "three"},
            {"column_id": "PHONE_NUMBER", "string_value": ""},
        ]
        [lead] = read(NAME, {"user_column_data": columns})
        assert lead.said == {"Which?": "one", "Which? (2)": "two", "unnamed": "three"}
        assert lead.external_id is None

    def test_a_new_kind_of_value_and_new_members_are_kept(self) -> None:
        columns = [{"column_id": "WHEN", "date_value": {"year": 2026}}, {"column_id": "N", "n": 7}]
        [lead] = read(NAME, {"user_column_data": columns, "asset": {"group": 3}, "stage": None})
        assert lead.said == {"WHEN": '{"year":2026}', "N": "7", "asset.group": "3"}
        assert lead.numbers == {"N", "asset.group"}

    def test_a_lead_with_more_answers_than_any_form_has_is_unreadable(self) -> None:
        columns = [{"column_name": f"q{number}", "string_value": "x"} for number in range(501)]
        with pytest.raises(UnreadableBodyError):
            read(NAME, {"user_column_data": columns})


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_the_key_must_be_the_whole_key_as_text(self) -> None:
        scheme = google_ads.SCHEME
        for key in ("correct", SECRET + "x", SECRET.encode().hex(), 7, None, True, [SECRET], {}):
            assert not scheme.is_genuine(delivery({"google_key": key}), [SECRET, "True"])
        for body in (b"", b"[]", b"{", b"\xff", b'["google_key"]', b"[" * 50_000):
            assert not scheme.is_genuine(delivery(body), [SECRET])

    def test_only_an_object_can_be_signed(self) -> None:
        with pytest.raises(UnreadableBodyError):
            google_ads.SCHEME.signed(delivery([]), SECRET)


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
