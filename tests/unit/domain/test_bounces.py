"""What the mail service tells of mails that did not arrive, and what is kept of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.bounces import (
    LONGEST_ADDRESS,
    MOST_ADDRESSES,
    MOST_KEPT,
    TOLD_FOR,
    Bounce,
    Code,
    Refusal,
    lifted,
    noted,
    read_bounce,
)
from tests.aws_events import ses_bounce, ses_complaint

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA = ("anna@example.com",)


# ── Events ───────────────────────────────────────────────────────────────────────────────────────


def test_a_permanent_bounce_is_read() -> None:
    assert read_bounce(ses_bounce(*ANNA)) == Bounce(Code.BOUNCED, ANNA, AT)


@pytest.mark.parametrize("kind", ["Transient", "Undetermined", "", None, 7])
def test_any_other_bounce_is_for_now_only(kind: Any) -> None:
    assert read_bounce(ses_bounce(*ANNA, kind=kind)) == Bounce(None, ANNA, AT)


def test_a_complaint_is_read() -> None:
    assert read_bounce(ses_complaint(*ANNA)) == Bounce(Code.COMPLAINED, ANNA, AT)


def test_who_takes_a_mail_out_of_the_spam_does_not_complain() -> None:
    assert read_bounce(ses_complaint(*ANNA, feedback="not-spam")) == Bounce(None, ANNA, AT)


def test_an_address_may_come_with_a_name() -> None:
    bounce = read_bounce(ses_bounce('"Lindqvist, Anna" <anna@example.com>', "<bo@example.com>"))
    assert bounce
    assert bounce.addresses == ("anna@example.com", "bo@example.com")


def test_the_change_that_the_mail_was_about_is_in_its_tags() -> None:
    about = {"lead": ["01m7zvjhbcykm0b2c1ph3vnmeg"], "n": ["2"]}
    for tags, change in (
        (about, ("01m7zvjhbcykm0b2c1ph3vnmeg", 2)),
        ({"lead": about["lead"]}, None),
        ({**about, "n": ["0"]}, None),
        ({**about, "n": "2"}, None),
        ({**about, "n": []}, None),
        ({**about, "n": ["9" * 5000]}, None),
        ({**about, "lead": [{}]}, None),
    ):
        bounce = read_bounce(ses_bounce(*ANNA, tags=tags))
        assert bounce
        assert bounce.change == change


ODD = [None, 7, "", "Bounce", [], {}, [{}], {"eventType": "Bounce"}, True, 1e999]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_events_are_read_as_far_as_they_can_be(odd: Any) -> None:
    """Whatever is missing or of another kind, at any place, nothing is raised."""
    assert read_bounce(odd) is None
    assert read_bounce({"detail": odd}) in (None, Bounce(None, (), None))
    for whole, part, receivers in (
        (ses_bounce(*ANNA), "bounce", "bouncedRecipients"),
        (ses_complaint(*ANNA), "complaint", "complainedRecipients"),
    ):
        detail = whole["detail"]
        for changed in (
            {part: odd},
            {part: {**detail[part], receivers: odd}},
            {part: {**detail[part], receivers: [odd]}},
            {part: {**detail[part], receivers: [{"emailAddress": odd}]}},
        ):
            bounce = read_bounce({"detail": {**detail, **changed}})
            assert bounce
            assert bounce.addresses == ()
        for mail in (odd, {"timestamp": odd}, {"timestamp": "2026-03-02T09:00:00"}):
            bounce = read_bounce({"detail": {**detail, "mail": mail}})
            assert bounce
            assert (bounce.addresses, bounce.sent_at) == (ANNA, None)
        assert read_bounce({"detail": {**detail, "eventType": odd}}) is None or odd == "Bounce"


def test_no_event_is_too_large() -> None:
    many = read_bounce(ses_bounce(*(f"r{number}@example.com" for number in range(10_000))))
    assert many
    assert len(many.addresses) == MOST_ADDRESSES
    long = read_bounce(ses_bounce("a" * LONGEST_ADDRESS + "@example.com", *ANNA))
    assert long
    assert long.addresses == ANNA


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────

FIRST = Refusal("a1", Code.BOUNCED, AT)
LATER = AT + timedelta(hours=1)


def test_the_same_again_changes_nothing() -> None:
    known = noted({}, "anna", FIRST, AT)
    assert known == {"anna": FIRST}
    again = Refusal("a1", Code.COMPLAINED, LATER)
    assert noted(known, "anna", again, LATER) is known


def test_another_address_of_the_same_person_is_another_one() -> None:
    other = Refusal("a2", Code.BOUNCED, LATER)
    assert noted({"anna": FIRST}, "anna", other, LATER) == {"anna": other}
    assert [FIRST.holds("a1"), FIRST.holds("a2")] == [True, False]


def test_what_is_lifted_stays_so_for_mails_from_before() -> None:
    """An event may come late, or twice; the mail that counts is one sent since."""
    known = lifted({"anna": FIRST}, "anna", LATER)
    assert not known["anna"].holds("a1")
    assert lifted(known, "anna", LATER + timedelta(hours=1)) is known
    late = Refusal("a1", Code.BOUNCED, LATER + timedelta(minutes=1))
    assert noted(known, "anna", late, AT) is known
    assert noted(known, "anna", late, LATER) is known
    assert noted(known, "anna", late, late.at)["anna"] == late
    assert noted(known, "anna", late, None)["anna"] == late


def test_nobody_is_lifted_who_is_not_paused() -> None:
    known = {"anna": FIRST}
    assert lifted(known, "bo", LATER) is known


def test_it_is_told_anew_after_a_month() -> None:
    """Only where mail goes out all the same: managers' links, and reps' that they ask for."""
    for late, is_new in ((TOLD_FOR - timedelta(seconds=1), False), (TOLD_FOR, True)):
        again = Refusal("a1", Code.BOUNCED, AT + late)
        assert (noted({"anna": FIRST}, "anna", again, again.at)["anna"] == again) is is_new


def test_what_is_kept_has_a_bound() -> None:
    known = {
        f"rep{number}": Refusal("a", Code.BOUNCED, AT + timedelta(seconds=number))
        for number in range(MOST_KEPT)
    }
    newest = Refusal("b", Code.BOUNCED, AT + timedelta(days=1))
    kept = noted(known, "one more", newest, AT)
    assert len(kept) == MOST_KEPT
    assert kept.keys() ^ known.keys() == {"one more", "rep0"}
    assert len(noted(kept, "one more", Refusal("c", Code.BOUNCED, AT), AT)) == MOST_KEPT


def test_what_keeps_no_mail_back_makes_room_first() -> None:
    """What somebody has lifted, and what is of reps who have left; then the oldest."""
    reps = [f"rep{number}" for number in range(MOST_KEPT - 3)]
    old = {rep: Refusal("a", Code.BOUNCED, AT) for rep in (*reps, "manager#lena")}
    newer = Refusal("a", Code.BOUNCED, LATER)
    known = {**old, "gone": newer, "lifted": replace(newer, lifted_at=LATER)}
    here = {*reps, "lifted", "x0", "x1", "x2"}
    for number, left in enumerate((1, 0, 0)):
        kept = noted(known, f"x{number}", Refusal("b", Code.BOUNCED, LATER), None, here)
        assert len(kept) == MOST_KEPT
        assert len({"gone", "lifted"} & kept.keys()) == left
        known = kept
    assert len(old.keys() - known.keys()) == 1
