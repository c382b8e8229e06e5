"""TikTok: answers by name, ids of nineteen digits, two ways to sign."""

import hmac
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import UnreadableBodyError
from shared.sources import signatures
from shared.sources.formats import tiktok
from tests.unit.sources.formats.platforms import (
    AT,
    SECRET,
    TOO_LONG,
    assert_a_changed_body_does_not_count,
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

NAME = "tiktok"


class TestRead:
    def test_the_sample_holds_two_leads(self) -> None:
        first, second = read(NAME, sample(NAME))
        assert fields(tiktok, first) == {
            "name": "Zoë Lindqvist",
            "email": "zoe@fjellmusic.example",
            "phone": "+442079460188",
            "extra": {
                "Which instrument?": "Cello 🎻",
                "lead_id": "7431990284417001483",
                "lead_source": "INSTANT_FORM",
                "page_id": "7429906600182145040",
                "page_name": "Book a trial lesson",
                "advertiser_id": "7290113370021498882",
                "campaign_id": "1812290047733777",
                "campaign_name": "Trial lessons, autumn",
                "adgroup_id": "1812290047733793",
                "ad_id": "1812290047733809",
                "create_time": "1793698196",
            },
        }
        assert first.external_id == "7431990284417001483"
        assert first.numbers == {
            "lead_id",
            "page_id",
            "advertiser_id",
            "campaign_id",
            "adgroup_id",
            "ad_id",
            "create_time",
        }
        assert second.external_id == "7431990284417001490"
        assert fields(tiktok, second)["phone"] == "+16505550119"

    def test_ids_as_texts_and_values_of_any_kind_are_read(self) -> None:
        changes = [
            {"field": "zip_code", "value": 2115},
            {"field": "days", "value": ["Mon", "Tue"]},
            {"field": "times", "value": {"from": "9"}},
            {"value": "nameless"},
            {"field": "email", "value": ""},
        ]
        [lead] = read(NAME, {"object": 1, "entry": [{"id": "77", "changes": changes}]})
        assert lead.said == {
            "zip_code": "2115",
            "days": "Mon, Tue",
            "times": '{"from":"9"}',
            "unnamed": "nameless",
            "lead_id": "77",
        }
        assert lead.numbers == {"zip_code"}
        assert lead.external_id == "77"

    def test_news_of_other_objects_and_pings_hold_no_lead(self) -> None:
        assert read(NAME, {"object": 2, "entry": [{"ad_id": 1}]}) == []
        assert read(NAME, {"event": "tiktok.ping", "content": "{}"}) == []

    @pytest.mark.parametrize(
        "entry", [{}, {"id": None, "changes": []}, {"id": "1"}, {"id": {}, "changes": []}, 7, None]
    )
    def test_an_entry_without_id_or_changes_is_unreadable(self, entry: object) -> None:
        with pytest.raises(UnreadableBodyError):
            read(NAME, {"object": 1, "entry": [entry]})


class TestSignature:
    def test_only_a_true_signature_counts(self) -> None:
        assert_only_a_true_signature_counts(NAME)

    def test_a_changed_body_does_not_count(self) -> None:
        assert_a_changed_body_does_not_count(NAME)

    def test_escaped_or_not_the_signature_is_the_same(self) -> None:
        """TikTok signs `\\u00eb` where the body says ë, and two units for what needs two."""
        sent = delivery('{"name":"Zoë 🎻"}'.encode())
        escaped = b'{"name":"Zo\\u00eb \\ud83c\\udfbb"}'
        expected = hmac.digest(SECRET.encode(), escaped, "sha256").hex()
        for body in (sent.body, escaped):
            signed = tiktok.SCHEME.signed(replace(sent, body=body), SECRET)
            assert signed.headers["x-open-signature"] == expected
            assert tiktok.SCHEME.is_genuine(signed, [SECRET])

    @settings(deadline=None)
    @given(st.binary(max_size=40))
    def test_any_bytes_can_be_signed(self, body: bytes) -> None:
        signed = tiktok.SCHEME.signed(delivery(body), SECRET)
        assert tiktok.SCHEME.is_genuine(signed, [SECRET])

    def test_the_accounts_signature_counts_as_long_as_it_is_new(self) -> None:
        accounts = signatures.timestamped_header("tiktok-signature", "t", "s")
        signed = accounts.signed(delivery(sample(NAME)), SECRET)
        assert tiktok.SCHEME.is_genuine(signed, [SECRET])
        assert not tiktok.SCHEME.is_genuine(replace(signed, at=AT + TOO_LONG), [SECRET])


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
