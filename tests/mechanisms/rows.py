"""The mechanisms, what each promises, and the test that falls without it.

`docs/mechanisms.md` is made of this: `python -m tests.mechanisms`.
"""
# ruff: noqa: E501 (a table: what is in it cannot be broken)

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.mechanisms.expressions import removals, tree_of
from tests.mechanisms.removing import TOKEN, Check, Condition, Mechanism

HERE = "mechanisms/test_scenarios.py"
CHECKED = "mechanisms/test_checks.py"
SIGNATURES = "unit/sources/test_signatures.py"
PEOPLE = "unit/domain/test_people.py"
DESK = "unit/functions/test_desk.py"
SIGNED_IN = "unit/functions/test_sign_in.py"
ACCESSED = "unit/functions/test_access.py"
EVERY_SCHEME = f"{SIGNATURES}::TestEveryScheme"


class Guarded(NamedTuple):
    """A condition of the store: whose requests have it, of what, how it reads, and where it stands.

    `test`: of all its parts, or of each.
    """

    within: str
    of: str
    text: str
    written: str
    promise: str
    test: str | Mapping[str, str]


class Row(NamedTuple):
    """One mechanism. `behind`: it is the second line behind this one, and falls only with it."""

    mechanism: Mechanism
    promise: str
    test: str
    behind: Mechanism | None = None


def rows() -> Iterator[Row]:
    """All of them; of a condition, each part that can be taken out."""
    for one in CONDITIONS:
        for part in parts(one):
            name = one.test if isinstance(one.test, str) else one.test[part.out]
            yield Row(part, one.promise, f"{HERE}::{name}", BEHIND.get(part))
    for check, promise, test in CHECKS:
        yield Row(check, promise, test, BEHIND.get(check))


def parts(one: Guarded) -> Iterator[Condition]:
    """What can be taken out of a condition."""
    outs = [TOKEN] if one.text == TOKEN else [out for out, _ in removals(tree_of(one.text))]
    for out in outs:
        yield Condition(one.within, one.of, one.text, out)


# ── Conditions of the store ──────────────────────────────────────────────────────────────────────

CONDITIONS = (
    Guarded(
        "alerts.claim",
        "alert",
        "attribute_not_exists(pk) OR claimed_until <= ? OR claim = ?",
        "alerts.claim: free",
        "One process at a time sends an alert, and one that died silences nothing",
        "test_an_alert_has_one_sender_and_is_not_silenced_by_its_death",
    ),
    Guarded(
        "alerts.release",
        "alert",
        "claim = ?",
        "alerts.release: AlertItem.claim == claim_id",
        "Nobody ends the claim of another sender",
        "test_an_alert_has_one_sender_and_is_not_silenced_by_its_death",
    ),
    Guarded(
        "baton.give_back",
        "baton",
        "router = ?",
        "baton.give_back: BatonItem.router == router",
        "Nobody gives another router's baton away",
        "test_a_pool_has_one_router_and_waits_for_no_dead_one",
    ),
    Guarded(
        "baton.take",
        "baton",
        "attribute_not_exists(router) OR until <= ? OR router = ?",
        "baton.take: free | (BatonItem.router == router)",
        "One router at a time works on a pool, and a dead one holds nobody up",
        "test_a_pool_has_one_router_and_waits_for_no_dead_one",
    ),
    Guarded(
        "bounces.change",
        "refusals",
        "attribute_not_exists(pk)",
        "bounces.change: unchanged",
        "Two mails that come back at once are both noted",
        "test_nobody_overwrites_what_was_noted_of_mail_meanwhile",
    ),
    Guarded(
        "bounces.change",
        "refusals",
        "number = ?",
        "bounces.change: unchanged",
        "Two mails that come back at once are both noted",
        "test_nobody_overwrites_what_was_noted_of_mail_meanwhile",
    ),
    Guarded(
        "capturing.capture",
        "lead",
        "attribute_not_exists(pk)",
        "capturing._lead_put: 'attribute_not_exists(pk)'",
        "A lead is never written over by another with its id",
        "test_a_lead_that_is_there_is_never_written_over",
    ),
    Guarded(
        "capturing.capture",
        "lead",
        "rev = ?",
        "capturing.write: LeadItem.rev == rev_of_whole",
        "A part is taken out of a held delivery only as that was when somebody looked",
        "test_a_part_is_taken_out_of_a_delivery_only_as_it_was",
    ),
    Guarded(
        "capturing.write",
        "cap",
        "attribute_not_exists(pk) OR (leads <= ? AND money <= ?)",
        "capturing._cap_update: f\"attribute_not_exists(pk) OR {' AND '.join(room)}\"",
        "No cap is ever overfilled, in leads or in money",
        {
            "attribute_not_exists(pk) OR (leads <= ? AND money <= ?)": "test_a_cap_is_filled_and_never_overfilled[both, full of leads]",
            "attribute_not_exists(pk)": "test_a_cap_is_filled_and_never_overfilled[both, full of leads]",
            "leads <= ? AND money <= ?": "test_a_cap_is_filled_and_never_overfilled[both, full of leads]",
            "leads <= ?": "test_a_cap_is_filled_and_never_overfilled[both, full of leads]",
            "money <= ?": "test_a_cap_is_filled_and_never_overfilled[both, full of money]",
        },
    ),
    Guarded(
        "capturing.write",
        "cap",
        "attribute_not_exists(pk) OR leads <= ?",
        "capturing._cap_update: f\"attribute_not_exists(pk) OR {' AND '.join(room)}\"",
        "No cap is ever overfilled, in leads or in money",
        "test_a_cap_is_filled_and_never_overfilled[leads]",
    ),
    Guarded(
        "capturing.write",
        "cap",
        "attribute_not_exists(pk) OR money <= ?",
        "capturing._cap_update: f\"attribute_not_exists(pk) OR {' AND '.join(room)}\"",
        "No cap is ever overfilled, in leads or in money",
        "test_a_cap_is_filled_and_never_overfilled[money]",
    ),
    Guarded(
        "capturing.write",
        "guard",
        "attribute_not_exists(pk) OR expires_at <= ?",
        "capturing._guard_put: 'attribute_not_exists(pk) OR expires_at <= :now'",
        "The same submission is one lead, for as long as its guard counts",
        "test_a_submission_is_one_lead_while_its_guard_counts",
    ),
    Guarded(
        "capturing.write",
        "ping",
        "state = ? AND ends_at > ?",
        "capturing._claim_ping: is_open",
        "A promised price is paid once, and only in its time",
        "test_a_ping_is_used_once_and_in_time",
    ),
    Guarded(
        "config.activate",
        "config head",
        "attribute_not_exists(pk)",
        "config.activate: replaces",
        "Of two who apply a configuration at once, one is told to look again",
        "test_two_who_apply_a_configuration_do_not_undo_each_other",
    ),
    Guarded(
        "config.activate",
        "config head",
        "version = ?",
        "config.activate: replaces",
        "Of two who apply a configuration at once, one is told to look again",
        "test_two_who_apply_a_configuration_do_not_undo_each_other",
    ),
    Guarded(
        "config.activate",
        "config v",
        "attribute_not_exists(pk)",
        "config.activate: free",
        "A version of the configuration never changes",
        "test_two_who_apply_a_configuration_do_not_undo_each_other",
    ),
    Guarded(
        "config.activate",
        "turn",
        "attribute_not_exists(pk)",
        "config.activate: TurnItem.pk.does_not_exist()",
        "No lead is routed by a configuration that was replaced",
        "test_a_configuration_counts_only_with_the_turns_of_the_pools_it_changes",
    ),
    Guarded(
        "config.fence",
        "turn",
        "attribute_not_exists(pk)",
        "config.fence: TurnItem.pk.does_not_exist()",
        "An entry of a ledger is never written over by a new configuration",
        "test_a_configuration_counts_only_with_the_turns_of_the_pools_it_changes",
    ),
    Guarded(
        "config.note_looked_at",
        "waiting",
        "attribute_not_exists(pk) OR version < ?",
        "config.note_looked_at: older",
        "Waiting leads are looked at again after every new configuration",
        "test_a_version_that_waiting_leads_were_seen_with_never_goes_back",
    ),
    Guarded(
        "deliveries._by_its_attempt",
        "delivery",
        "state = ? AND attempts = ?",
        "deliveries._by_its_attempt: _untouched(delivery)",
        "What a late attempt came to does not undo what a later one did",
        "test_who_took_longer_than_is_allowed_has_no_say[fails]",
    ),
    Guarded(
        "deliveries.announce",
        "delivery",
        "attribute_not_exists(pk)",
        "deliveries.announce: DeliveryItem.pk.does_not_exist()",
        "A change that is streamed twice is one delivery",
        "test_a_delivery_announced_again_is_as_it_stands",
    ),
    Guarded(
        "deliveries.claim",
        "delivery",
        "state = ? AND attempts = ?",
        "deliveries.claim: _untouched(delivery)",
        "An attempt at a delivery is made by one process",
        "test_an_attempt_has_one_who_makes_it",
    ),
    Guarded(
        "deliveries.redrive",
        "delivery",
        "state = ?",
        "deliveries.redrive: DeliveryItem.state == State.DEAD",
        "Only what was given up is tried anew, once",
        "test_only_what_is_dead_is_tried_anew",
    ),
    Guarded(
        "denials.note",
        "denied",
        "attribute_not_exists(pk)",
        "denials.note: DeniedItem.pk.does_not_exist()",
        "The record of a denial never changes",
        "test_a_denial_noted_twice_is_as_it_was",
    ),
    Guarded(
        "leads._write",
        "lead",
        "rev = ?",
        "leads._write: unchanged",
        "Of two who change a lead at once, one is told so, and no change is lost",
        "test_a_change_of_a_lead_that_somebody_else_has_changed_is_not_made",
    ),
    Guarded(
        "leads._write",
        "rep",
        "attribute_not_exists(paused)",
        "routing.paused: f'#open >= :open AND {condition}' if relieved else condition",
        "A pause that a rep got meanwhile stands, and nobody holds less than nothing",
        "test_a_pause_that_a_rep_got_meanwhile_is_not_overwritten[still theirs]",
    ),
    Guarded(
        "leads._write",
        "rep",
        "open >= ?",
        "routing.freed: '#open >= :open'",
        "Nobody ever holds less than nothing",
        "test_a_rep_never_holds_less_than_nothing",
    ),
    Guarded(
        "leads._write",
        "rep",
        "open >= ? AND attribute_not_exists(paused)",
        "routing.paused: f'#open >= :open AND {condition}' if relieved else condition",
        "A pause that a rep got meanwhile stands, and nobody holds less than nothing",
        {
            "open >= ?": "test_a_rep_never_holds_less_than_nothing",
            "attribute_not_exists(paused)": "test_a_pause_that_a_rep_got_meanwhile_is_not_overwritten[relieved]",
        },
    ),
    Guarded(
        "leads._write",
        "rep",
        "open >= ? AND paused_until = ?",
        "routing.paused: f'#open >= :open AND {condition}' if relieved else condition",
        "A pause that a rep got meanwhile stands, and nobody holds less than nothing",
        {
            "open >= ?": "test_a_rep_never_holds_less_than_nothing",
            "paused_until = ?": "test_a_pause_that_a_rep_got_meanwhile_is_not_overwritten[relieved]",
        },
    ),
    Guarded(
        "leads._write",
        "rep",
        "paused_until = ?",
        "routing.paused: f'#open >= :open AND {condition}' if relieved else condition",
        "A pause that a rep got meanwhile stands, and nobody holds less than nothing",
        "test_a_pause_that_a_rep_got_meanwhile_is_not_overwritten[still theirs]",
    ),
    Guarded(
        "leads._write",
        "turn",
        "attribute_not_exists(pk)",
        "routing.next_turn: TurnItem.pk.does_not_exist()",
        "A refund never takes the place of another entry of the ledger",
        "test_a_refund_takes_a_turn_that_nobody_has_taken",
    ),
    Guarded(
        "leads.accept",
        "lead",
        "status = ? AND owner = ? AND acceptable = ?",
        "leads.accept: (LeadItem.status == str(Status.ASSIGNED)) & (LeadItem.owner == change.rep) & theirs",
        "Only its rep accepts a lead, by the assignment that stands, and once",
        "test_only_its_rep_accepts_a_lead_unseen_and_only_as_it_was_given",
    ),
    Guarded(
        "leads.accept",
        "lead",
        "status = ? AND owner = ? AND attribute_exists(acceptable)",
        "leads.accept: (LeadItem.status == str(Status.ASSIGNED)) & (LeadItem.owner == change.rep) & theirs",
        "Only its rep accepts a lead, by the assignment that stands, and once",
        "test_only_its_rep_accepts_a_lead_unseen_and_only_as_it_was_given",
    ),
    Guarded(
        "people.add_session",
        "session",
        "attribute_not_exists(ended_at) AND ends_at > ?",
        "people.add_session: goes_on",
        "A session that is over begins no other",
        "test_a_session_that_is_over_begins_no_other",
    ),
    Guarded(
        "people.add_session",
        "session",
        "attribute_not_exists(pk)",
        "people.add_session: SessionItem.pk.does_not_exist()",
        "A session that has ended is not begun again",
        "test_a_session_that_is_over_begins_no_other",
    ),
    Guarded(
        "people.begin_session",
        "link",
        "nonce = ? AND attribute_not_exists(used_at) AND ends_at > ?",
        "people.begin_session: is_open",
        "A mailed link signs in once, in its time",
        "test_a_link_signs_in_once_in_its_time_and_by_its_own_nonce",
    ),
    Guarded(
        "people.begin_session",
        "session",
        "attribute_not_exists(pk)",
        "people.begin_session: SessionItem.pk.does_not_exist()",
        "A session that has ended is not begun again",
        "test_a_session_begins_once_by_its_id",
    ),
    Guarded(
        "people.close_links",
        "link",
        "attribute_exists(pk) AND attribute_not_exists(used_at)",
        "people.close_links: is_open",
        "When a link was used is known for good, and closing opens none",
        "test_links_that_are_closed_sign_nobody_in_and_none_appear",
    ),
    Guarded(
        "people.end",
        "session",
        "attribute_exists(pk) AND attribute_not_exists(ended_at)",
        "people.end: goes_on",
        "When a session ended is known for good",
        "test_a_session_ends_once_and_none_begins_by_that",
    ),
    Guarded(
        "people.keep",
        "session",
        "attribute_exists(pk) AND attribute_not_exists(ended_at)",
        "people.keep: SessionItem.pk.exists() & SessionItem.ended_at.does_not_exist()",
        "A session that has ended is not prolonged",
        "test_a_session_that_has_ended_or_never_was_is_not_prolonged",
    ),
    Guarded(
        "people.open_link",
        "link",
        "attribute_not_exists(pk) OR ends_at <= ? OR nonce = ?",
        "people.open_link: is_free",
        "A person has three open links at most, also when an answer was lost",
        "test_as_many_links_are_open_as_may_be",
    ),
    Guarded(
        "performance.store",
        "performance",
        "at = ?",
        "performance.store: unchanged",
        "A measurement never overwrites a later one",
        "test_a_measurement_does_not_overwrite_a_later_one",
    ),
    Guarded(
        "performance.store",
        "performance",
        "attribute_not_exists(pk)",
        "performance.store: unchanged",
        "A measurement never overwrites a later one",
        "test_a_measurement_does_not_overwrite_a_later_one",
    ),
    Guarded(
        "persons.end_guard",
        "guard",
        "lead_id = ? AND expires_at > ?",
        "persons.end_guard: (GuardItem.lead_id == lead_id) & (GuardItem.expires_at > int(now.timestamp()))",
        "Forgetting one lead does not forget by whom another is recognised",
        "test_a_guard_ends_once_and_only_by_the_lead_it_names",
    ),
    Guarded(
        "persons.end_tie",
        "tie",
        "lead_id = ? AND attribute_not_exists(last) AND attribute_not_exists(earlier)",
        "persons.end_tie: (TieItem.lead_id == tie.lead_id) & rests_as(tie)",
        "A tie that another lead has just prolonged, or left, is not cut",
        {
            "lead_id = ?": "test_a_tie_that_was_changed_at_this_moment_does_not_end[lead_id-further0]",
            "attribute_not_exists(last)": "test_a_tie_that_was_changed_at_this_moment_does_not_end[last-further0]",
            "attribute_not_exists(earlier)": "test_a_tie_that_was_changed_at_this_moment_does_not_end[earlier-further0]",
        },
    ),
    Guarded(
        "persons.end_tie",
        "tie",
        "lead_id = ? AND last = ? AND attribute_not_exists(earlier)",
        "persons.end_tie: (TieItem.lead_id == tie.lead_id) & rests_as(tie)",
        "A tie that another lead has just prolonged, or left, is not cut",
        {
            "lead_id = ?": "test_a_tie_that_was_changed_at_this_moment_does_not_end[lead_id-further1]",
            "last = ?": "test_a_tie_that_was_changed_at_this_moment_does_not_end[last-further1]",
            "attribute_not_exists(earlier)": "test_a_tie_that_was_changed_at_this_moment_does_not_end[earlier-further1]",
        },
    ),
    Guarded(
        "persons.end_tie",
        "tie",
        "lead_id = ? AND last = ? AND earlier = ?",
        "persons.end_tie: (TieItem.lead_id == tie.lead_id) & rests_as(tie)",
        "A tie that another lead has just prolonged, or left, is not cut",
        {
            "lead_id = ?": "test_a_tie_that_was_changed_at_this_moment_does_not_end[lead_id-further2]",
            "last = ?": "test_a_tie_that_was_changed_at_this_moment_does_not_end[last-further2]",
            "earlier = ?": "test_a_tie_that_was_changed_at_this_moment_does_not_end[earlier-further2]",
        },
    ),
    Guarded(
        "persons.erase_consent",
        "consent",
        "attribute_exists(pk)",
        "persons.erase_consent: ConsentItem.pk.exists()",
        "Erasing brings nothing back that was cleared away",
        "test_erasing_makes_nothing_appear",
    ),
    Guarded(
        "persons.erase_ping",
        "ping",
        "attribute_exists(pk)",
        "persons.erase_ping: PingItem.pk.exists()",
        "Erasing brings nothing back that was cleared away",
        "test_erasing_makes_nothing_appear",
    ),
    Guarded(
        "persons.erase_raw",
        "raw",
        "attribute_exists(pk)",
        "persons.erase_raw: RawItem.pk.exists()",
        "Erasing brings nothing back that was cleared away",
        "test_erasing_makes_nothing_appear",
    ),
    Guarded(
        "persons.erase_return",
        "return",
        "attribute_exists(note) OR attribute_exists(why)",
        "persons.erase_return: said",
        "Erasing takes what was said of a return, and makes none",
        {
            "attribute_exists(note) OR attribute_exists(why)": "test_erasing_makes_nothing_appear",
            "attribute_exists(note)": "test_words_of_a_return_are_erased_whoever_said_them[note]",
            "attribute_exists(why)": "test_words_of_a_return_are_erased_whoever_said_them[why]",
        },
    ),
    Guarded(
        "persons.erase_return",
        "return",
        "state = ?",
        "persons.erase_return: waits",
        "Erasing leaves a decision about a return as it was",
        "test_erasing_makes_nothing_appear",
    ),
    Guarded(
        "persons.note",
        "about",
        "attribute_exists(place) OR attribute_not_exists(pk)",
        "persons.note: _IS_NO_TRACE",
        "Who was forgotten is not noted again by news that comes late",
        {
            "attribute_exists(place) OR attribute_not_exists(pk)": "test_a_mark_that_was_taken_away_is_not_noted_again",
            "attribute_exists(place)": "test_a_mark_noted_again_is_kept_as_long_as_was_said_last",
            "attribute_not_exists(pk)": "test_a_mark_that_was_taken_away_is_not_noted_again",
        },
    ),
    Guarded(
        "persons.unnote",
        "about",
        "attribute_exists(place) OR attribute_not_exists(pk)",
        "persons.unnote: _IS_NO_TRACE",
        "Who is forgotten before the news of them comes stays so",
        "test_a_mark_that_was_taken_away_is_not_noted_again",
    ),
    Guarded(
        "pings._release",
        "cap",
        "leads >= ?",
        "pings.give_back: CapItem.leads >= 1",
        "What a cap has counted never goes below nothing",
        "test_what_a_cap_counted_never_goes_below_nothing",
    ),
    Guarded(
        "pings._release",
        "ping",
        "state = ? AND ends_at <= ?",
        "pings._release: still_open",
        "A ping gives its room back once, when it is over, and not when it was used",
        "test_a_ping_gives_back_its_room_once_when_it_is_over_and_unused",
    ),
    Guarded(
        "pings.reserve",
        "cap",
        "attribute_not_exists(pk) OR (leads <= ? AND money <= ?)",
        "capturing._cap_update: f\"attribute_not_exists(pk) OR {' AND '.join(room)}\"",
        "Pings hold no more room than a cap has",
        {
            "attribute_not_exists(pk) OR (leads <= ? AND money <= ?)": "test_pings_hold_no_more_than_a_cap_has[both, full of leads]",
            "attribute_not_exists(pk)": "test_pings_hold_no_more_than_a_cap_has[both, full of leads]",
            "leads <= ? AND money <= ?": "test_pings_hold_no_more_than_a_cap_has[both, full of leads]",
            "leads <= ?": "test_pings_hold_no_more_than_a_cap_has[both, full of leads]",
            "money <= ?": "test_pings_hold_no_more_than_a_cap_has[both, full of money]",
        },
    ),
    Guarded(
        "pings.reserve",
        "cap",
        "attribute_not_exists(pk) OR leads <= ?",
        "capturing._cap_update: f\"attribute_not_exists(pk) OR {' AND '.join(room)}\"",
        "Pings hold no more room than a cap has",
        "test_pings_hold_no_more_than_a_cap_has[leads]",
    ),
    Guarded(
        "pings.reserve",
        "cap",
        "attribute_not_exists(pk) OR money <= ?",
        "capturing._cap_update: f\"attribute_not_exists(pk) OR {' AND '.join(room)}\"",
        "Pings hold no more room than a cap has",
        "test_pings_hold_no_more_than_a_cap_has[money]",
    ),
    Guarded(
        "pings.reserve",
        "ping",
        "attribute_not_exists(pk)",
        "pings.reserve: PingItem.pk.does_not_exist()",
        "A ping that is asked for twice holds its room once",
        "test_a_ping_asked_for_again_holds_its_room_once",
    ),
    Guarded(
        "pushes.drop",
        "session",
        "attribute_exists(push_since)",
        "pushes.drop: SessionItem.push_since.exists()",
        "Dropping a device begins no session",
        "test_dropping_a_device_makes_no_session",
    ),
    Guarded(
        "pushes.forget",
        "session",
        "push_since = ?",
        "pushes.forget: SessionItem.push_since == to_text(device.since)",
        "A device that was just set up anew rings on",
        "test_what_a_device_has_handed_us_since_is_not_forgotten",
    ),
    Guarded(
        "pushes.set_up",
        "session",
        "attribute_not_exists(ended_at) AND ends_at > ?",
        "pushes.set_up: goes_on",
        "A device rings only in a session that goes on",
        "test_a_device_rings_only_in_a_session_that_goes_on",
    ),
    Guarded(
        "quarantine.settle",
        "a transaction",
        "ClientRequestToken",
        "capturing.write: token",
        "A release whose answer was lost is answered as it was",
        "test_a_release_whose_answer_was_lost_is_made_once_and_answered_the_same",
    ),
    Guarded(
        "quarantine.settle",
        "lead",
        "rev = ?",
        "capturing._lead_put: 'rev = :rev'",
        "A held lead is released or thrown away once",
        "test_a_lead_is_released_once",
    ),
    Guarded(
        "returns._approve",
        "cap",
        "leads >= ?",
        "pings.give_back: CapItem.leads >= 1",
        "What a cap has counted never goes below nothing",
        "test_a_return_leaves_no_counter_below_nothing",
    ),
    Guarded(
        "returns._approve",
        "lead",
        "rev = ?",
        "returns._approve: LeadItem.rev == lead.rev",
        "A lead that has moved on is not taken back as it was",
        "test_a_lead_that_has_moved_on_is_not_taken_back_as_it_was",
    ),
    Guarded(
        "returns._approve",
        "rep",
        "open >= ?",
        "routing.freed: '#open >= :open'",
        "Nobody ever holds less than nothing",
        "test_a_return_leaves_no_counter_below_nothing",
    ),
    Guarded(
        "returns._approve",
        "return",
        "attribute_not_exists(pk)",
        "returns._approve: free if new else ReturnItem.state == State.REQUESTED",
        "The money for a lead is given back once",
        "test_a_lead_is_taken_back_once_and_its_money_moves_once",
    ),
    Guarded(
        "returns._approve",
        "return",
        "state = ?",
        "returns._approve: free if new else ReturnItem.state == State.REQUESTED",
        "The money for a lead is given back once",
        "test_a_lead_is_taken_back_once_and_its_money_moves_once",
    ),
    Guarded(
        "returns._approve",
        "turn",
        "attribute_not_exists(pk)",
        "returns._approve: TurnItem.pk.does_not_exist()",
        "A return never takes the place of another entry of the ledger",
        "test_a_return_takes_a_turn_that_nobody_has_taken",
    ),
    Guarded(
        "returns.refuse",
        "return",
        "state = ?",
        "returns.refuse: ReturnItem.state == State.REQUESTED",
        "A return is decided about once",
        "test_a_return_is_decided_once",
    ),
    Guarded(
        "returns.request",
        "lead",
        "attribute_exists(pk) AND status <> ?",
        "returns.request: known",
        "Nobody asks to return what is gone or erased",
        "test_a_return_is_asked_for_once_and_of_a_lead_that_is_there",
    ),
    Guarded(
        "returns.request",
        "return",
        "attribute_not_exists(pk)",
        "returns.request: ReturnItem.pk.does_not_exist()",
        "A lead has one return",
        "test_a_return_is_asked_for_once_and_of_a_lead_that_is_there",
    ),
    Guarded(
        "routing.commit",
        "lead",
        "rev = ?",
        "routing._moved: 'rev = :rev'",
        "A lead has one owner, whoever routes it at the same time",
        "test_a_lead_goes_to_whom_one_plan_says",
    ),
    Guarded(
        "routing.commit",
        "rep",
        "attribute_not_exists(seq)",
        "routing._used: condition",
        "Two plans never count on the same room of a rep",
        "test_two_plans_do_not_both_count_on_the_same_room",
    ),
    Guarded(
        "routing.commit",
        "rep",
        "open >= ?",
        "routing.freed: '#open >= :open'",
        "Nobody ever holds less than nothing",
        "test_who_gives_a_lead_up_never_holds_less_than_nothing",
    ),
    Guarded(
        "routing.commit",
        "rep",
        "seq = ?",
        "routing._used: condition",
        "Two plans never count on the same room of a rep",
        "test_two_plans_do_not_both_count_on_the_same_room",
    ),
    Guarded(
        "routing.commit",
        "tie",
        "attribute_not_exists(pk)",
        "routing._tied: unchanged",
        "A person is tied to one rep, whoever routes their leads at once",
        "test_a_person_is_tied_to_one_rep_by_one_plan[further0]",
    ),
    Guarded(
        "routing.commit",
        "tie",
        "rep = ? AND lead_id = ? AND until = ? AND attribute_not_exists(last) AND attribute_not_exists(earlier)",
        "routing._tied: unchanged",
        "A person is tied to one rep, whoever routes their leads at once",
        "test_a_person_is_tied_to_one_rep_by_one_plan[further0]",
    ),
    Guarded(
        "routing.commit",
        "tie",
        "rep = ? AND lead_id = ? AND until = ? AND last = ? AND attribute_not_exists(earlier)",
        "routing._tied: unchanged",
        "A person is tied to one rep, whoever routes their leads at once",
        "test_a_person_is_tied_to_one_rep_by_one_plan[further1]",
    ),
    Guarded(
        "routing.commit",
        "tie",
        "rep = ? AND lead_id = ? AND until = ? AND last = ? AND earlier = ?",
        "routing._tied: unchanged",
        "A person is tied to one rep, whoever routes their leads at once",
        "test_a_person_is_tied_to_one_rep_by_one_plan[further2]",
    ),
    Guarded(
        "routing.commit",
        "turn",
        "attribute_not_exists(pk)",
        "routing.next_turn: TurnItem.pk.does_not_exist()",
        "The ledger of a pool has one entry for each turn, and the rotation is fair",
        "test_a_turn_of_the_ledger_is_written_once",
    ),
)

# ── Checks in code ───────────────────────────────────────────────────────────────────────────────

TOKENS, LINKS, KEYS = "shared.tokens", "shared.links", "shared.credentials"
DOOR, PARTNER = "shared.flows.doors.verifying", "shared.flows.doors.partner"
SCHEMES = "shared.sources.signatures"
ACCESS, CALLERS = "shared.domain.access", "shared.flows.callers"
GUARD, VISITORS, WHO = "functions.desk.guard", "functions.desk.visitors", "shared.flows.identify"
OF_PEOPLE, LINKS_KEPT = "shared.domain.people", "shared.store.people"
SIGN_IN, CAPTURING = "shared.flows.sign_in", "shared.store.capturing"

CHECKS: tuple[tuple[Check, str, str], ...] = (
    (
        Check(
            TOKENS, "read_link", "_links(keys).loads(token)", "_links(keys).loads_unsafe(token)[1]"
        ),
        "Nobody makes a link to sign in with",
        f"{CHECKED}::test_only_our_own_signature_is_believed",
    ),
    (
        Check(
            TOKENS,
            "read_session",
            "_sessions(keys).loads(text if prefix == SESSION_PREFIX else '')",
            "_sessions(keys).loads_unsafe(text)[1]",
        ),
        "Nobody makes a session",
        f"{CHECKED}::test_only_our_own_signature_is_believed",
    ),
    (
        Check(TOKENS, "read_session", "prefix == SESSION_PREFIX"),
        "A session is found by its beginning, wherever it leaks",
        f"{CHECKED}::test_a_session_is_known_by_its_beginning",
    ),
    (
        Check(
            TOKENS,
            "is_page_nonce",
            "_pages(keys).verify_signature(bound_to.encode(errors='replace'), shown)",
        ),
        "A button counts only on the page that shows it",
        f"{CHECKED}::test_a_form_is_of_the_page_it_is_bound_to",
    ),
    (
        Check(TOKENS, "_pages", "'leadwheel.page'", "'leadwheel.session'"),
        "What a page shows is no session",
        f"{HERE}::test_a_token_of_one_kind_is_none_of_another",
    ),
    (
        Check(
            LINKS,
            "read",
            "_serializer(keys).loads(token)",
            "_serializer(keys).loads_unsafe(token)[1]",
        ),
        "Nobody makes a link that accepts a lead",
        f"{CHECKED}::test_only_our_own_signature_is_believed",
    ),
    (
        Check(VISITORS, "pressed_on", "is_page_nonce(form().get('nonce', ''), token, link_keys())"),
        "A program that follows links presses no button",
        f"{DESK}::TestTheLink::test_a_post_that_is_not_the_button_changes_nothing",
    ),
    (
        Check(VISITORS, "_visitor", "sent if came_from_us else None", "sent"),
        "Another site presses no button of ours",
        f"{SIGNED_IN}::test_another_site_cannot_sign_anybody_out",
    ),
    (
        Check(VISITORS, "_served", "identity is None and (not also_gone)", "False"),
        "Who leaves is out at once",
        f"{SIGNED_IN}::test_who_leaves_is_out_at_once",
    ),
    (
        Check(KEYS, "scopes_of_key", "hmac.compare_digest(shown, str(known.get('sha256', '')))"),
        "A key is of whom it was made for",
        f"{CHECKED}::test_a_key_is_of_whom_it_was_made_for_and_no_more",
    ),
    (
        Check(KEYS, "machine_of", "not named.startswith(MACHINE)", "False"),
        "A partner's key opens nothing of the desk",
        f"{CHECKED}::test_a_key_is_of_whom_it_was_made_for_and_no_more",
    ),
    (
        Check(KEYS, "machine_of", "()", "SCOPES"),
        "A machine's key is for nothing that nobody said",
        f"{CHECKED}::test_a_key_is_of_whom_it_was_made_for_and_no_more",
    ),
    (
        Check(KEYS, "is_admin_token", "hmac.compare_digest(shown, each.encode())"),
        "Only the admin token is the admin token",
        f"{CHECKED}::test_a_key_is_of_whom_it_was_made_for_and_no_more",
    ),
    (
        Check(
            DOOR,
            "require_partner",
            "_proven(named, lambda known: _is_signed(STANDARD_WEBHOOKS, delivery, known))",
        ),
        "A partner that signs is not let in unsigned",
        f"{CHECKED}::test_a_partner_that_signs_is_not_let_in_unsigned",
    ),
    (
        Check(
            DOOR,
            "require_partner",
            "_proven(named, lambda known: credentials.scopes_of_key(known, key)) if key else None",
            "frozenset(credentials.SCOPES)",
        ),
        "A partner shows its own key",
        f"{CHECKED}::test_a_partner_shows_its_own_key_for_what_it_is_for",
    ),
    (
        Check(DOOR, "require_partner", "scope not in scopes", "False"),
        "A key is for what it was made for",
        f"{CHECKED}::test_a_partner_shows_its_own_key_for_what_it_is_for",
    ),
    (
        Check(DOOR, "_is_signed", "isinstance(secrets, list)"),
        "A secret that is no list lets nobody in",
        f"{CHECKED}::test_a_hook_is_let_in_only_by_one_of_a_list_of_secrets",
    ),
    (
        Check(DOOR, "_is_signed", "scheme.is_genuine(delivery, secrets)"),
        "A delivery is from whom it says",
        f"{CHECKED}::test_a_partner_that_signs_is_not_let_in_unsigned",
    ),
    (
        Check(SCHEMES, "same", "not shown", "False"),
        "Nothing shown is nothing proven",
        f"{CHECKED}::test_nothing_is_the_same_as_nothing",
    ),
    (
        Check(
            SCHEMES,
            "same",
            "hmac.compare_digest(*(text.encode(errors='surrogatepass') for text in texts))",
        ),
        "What proves a delivery is compared to its last letter",
        f"{SIGNATURES}::test_one_bit_of_the_body_matters",
    ),
    (
        Check(SCHEMES, "_scheme.<lambda>", "secret", "True", 1),
        "Nobody proves anything with an empty secret",
        f"{EVERY_SCHEME}::test_nothing_is_signed_with_nothing",
    ),
    (
        Check(
            SCHEMES,
            "hmac_header.<lambda>",
            "same(delivery.headers.get(header), signature(delivery, secret))",
        ),
        "One bit of a body matters, for each scheme",
        f"{SIGNATURES}::test_one_bit_of_the_body_matters",
    ),
    (
        Check(SCHEMES, "_is_current", "not _TIME.fullmatch(shown)", "False"),
        "The time of a signature is digits",
        f"{CHECKED}::test_a_time_is_digits",
    ),
    (
        Check(
            SCHEMES,
            "_is_current",
            "abs(at.timestamp() - int(shown) / per_second) <= TOLERANCE.total_seconds()",
        ),
        "A delivery is not played again after five minutes",
        f"{SIGNATURES}::TestTime::test_the_old_and_the_future_are_not_genuine",
    ),
    (
        Check(SCHEMES, "timestamped_header.proves", "len(times) != 1", "False"),
        "A signature has one time",
        f"{SIGNATURES}::TestTimestampedHeader::test_anything_else_is_not",
    ),
    (
        Check(
            SCHEMES, "timestamped_header.proves", "not _is_current(times[0], delivery.at)", "False"
        ),
        "A delivery is not played again after five minutes",
        f"{SIGNATURES}::TestTime::test_the_old_and_the_future_are_not_genuine",
    ),
    (
        Check(
            SCHEMES,
            "timestamped_header.proves",
            "_any((same(text, expected) for key, _, text in pairs if key == signature_key))",
        ),
        "One bit of a body matters, for each scheme",
        f"{SIGNATURES}::test_one_bit_of_the_body_matters",
    ),
    (
        Check(SCHEMES, "timestamped_header.proves", "key == signature_key"),
        "A signature counts under its own name",
        f"{CHECKED}::test_a_signature_that_stands_under_another_name_does_not_count",
    ),
    (
        Check(SCHEMES, "timestamped_header.proves", "shown[:_LONGEST_HEADER]", "shown"),
        "A header without end is not read to its end",
        f"{CHECKED}::test_a_header_without_end_is_not_read_to_its_end",
    ),
    (
        Check(
            SCHEMES,
            "timed_headers.proves",
            "not _is_current(time, delivery.at, _MILLISECONDS)",
            "False",
        ),
        "A delivery is not played again after five minutes",
        f"{SIGNATURES}::TestTime::test_the_old_and_the_future_are_not_genuine",
    ),
    (
        Check(
            SCHEMES,
            "timed_headers.proves",
            "same(delivery.headers.get(header), signature(delivery, secret, time))",
        ),
        "One bit of a body matters, for each scheme",
        f"{SIGNATURES}::test_one_bit_of_the_body_matters",
    ),
    (
        Check(SCHEMES, "_standard_proves", "not id_", "False"),
        "A webhook has an id, which tells a repeat",
        f"{CHECKED}::test_a_webhook_without_an_id_is_not_genuine",
    ),
    (
        Check(SCHEMES, "_standard_proves", "not _is_current(time, delivery.at)", "False"),
        "A delivery is not played again after five minutes",
        f"{SIGNATURES}::TestTime::test_the_old_and_the_future_are_not_genuine",
    ),
    (
        Check(SCHEMES, "_standard_proves", "shown[:_LONGEST_HEADER]", "shown"),
        "A header without end is not read to its end",
        f"{CHECKED}::test_a_header_without_end_is_not_read_to_its_end",
    ),
    (
        Check(
            SCHEMES, "_standard_proves", "_any((same(signature, expected) for signature in listed))"
        ),
        "One bit of a body matters, for each scheme",
        f"{SIGNATURES}::test_one_bit_of_the_body_matters",
    ),
    (
        Check(
            SCHEMES,
            "_netlify_proves",
            "not same(shown, _netlify_token(secret, head, claims))",
            "False",
        ),
        "A token without a signature proves nothing",
        f"{SIGNATURES}::TestNetlify::test_a_token_without_signature_does_not",
    ),
    (
        Check(SCHEMES, "_netlify_proves", "said.get('iss') != 'netlify'", "False"),
        "A token of another sender proves nothing",
        f"{SIGNATURES}::TestNetlify::test_claims_of_another_body_or_sender_do_not",
    ),
    (
        Check(
            SCHEMES,
            "_netlify_proves",
            "same(str(said.get('sha256')), hashlib.sha256(delivery.body).hexdigest())",
        ),
        "A token of another body proves nothing",
        f"{SIGNATURES}::TestNetlify::test_claims_of_another_body_or_sender_do_not",
    ),
    (
        Check(SCHEMES, "body_member.proves", "same(shown, secret)"),
        "A key in a body is the secret itself",
        f"{EVERY_SCHEME}::test_another_secret_will_not",
    ),
    (
        Check(SCHEMES, "_shared_key_proves", "_any((same(text, secret) for text in shown))"),
        "A shared key is the secret itself",
        f"{EVERY_SCHEME}::test_another_secret_will_not",
    ),
    (
        Check(SCHEMES, "_password", "kind.lower() != 'basic'", "False"),
        "A password is of HTTP Basic only",
        f"{CHECKED}::test_a_password_is_of_the_basic_kind_only",
    ),
    (
        Check(GUARD, "guarded.serve.checked", "caller.require_right()", "None"),
        "Every path of the desk takes a right",
        f"{CHECKED}::test_a_path_of_the_desk_takes_its_right",
    ),
    (
        Check(GUARD, "_who_asks", "event.path.startswith(f'{OF_PROVIDER}/')", "_claims(event)"),
        "Claims count only where API Gateway has verified them",
        f"{ACCESSED}::test_below_oidc_only_verified_claims_count_and_nowhere_else",
    ),
    (
        Check(WHO, "identity_by_header", "scheme.lower() == 'bearer'"),
        "A token is shown as a bearer token",
        f"{CHECKED}::test_a_token_is_somebodys_or_nobodys",
    ),
    (
        Check(
            WHO,
            "_identity_of",
            "Identity(API, administrator=True) if _is_admin_token(token) else None",
            "Identity(API, administrator=True)",
        ),
        "Who shows nothing of ours is nobody",
        f"{CHECKED}::test_a_token_is_somebodys_or_nobodys",
    ),
    (
        Check(WHO, "identity_by_claims", "not claims", "False"),
        "Without verified claims nobody is anybody",
        f"{CHECKED}::test_a_token_is_somebodys_or_nobodys",
    ),
    (
        Check(WHO, "identity_by_claims", "found is None", "False"),
        "Claims of nobody in the configuration open nothing",
        f"{CHECKED}::test_a_token_is_somebodys_or_nobodys",
    ),
    (
        Check(OF_PEOPLE, "identity_of", "rep.active"),
        "A rep who is switched off is nobody",
        f"{PEOPLE}::test_an_address_is_of_whom_the_configuration_says",
    ),
    (
        Check(OF_PEOPLE, "_address_in", "is_theirs or not sign_in.verified_only"),
        "An address that nobody has verified is nobody's",
        f"{PEOPLE}::test_claims_are_of_whom_the_configuration_says",
    ),
    (
        Check(OF_PEOPLE, "_as_well", "rep and rep.active", "rep"),
        "A rep who is switched off is nobody by a role, either",
        f"{PEOPLE}::test_claims_are_of_whom_the_configuration_says",
    ),
    (
        Check(ACCESS, "reaches", "identity.administrator"),
        "Who is nobody may do nothing",
        f"{CHECKED}::test_who_is_nobody_may_nothing",
    ),
    (
        Check(ACCESS, "reaches", "identity.scopes & {row.scope, ADMIN}"),
        "A machine's key is for its scope",
        f"{CHECKED}::test_a_key_is_for_its_scope",
    ),
    (
        Check(ACCESS, "reaches", "row.rep if identity.rep else None", "row.rep"),
        "Who is no rep reaches nothing as one",
        f"{CHECKED}::test_a_right_takes_a_role",
    ),
    (
        Check(ACCESS, "reaches", "row.manager if identity.pools else None", "row.manager"),
        "Who is no manager reaches nothing as one",
        f"{CHECKED}::test_a_right_takes_a_role",
    ),
    (
        Check(
            ACCESS,
            "_includes",
            "thing.owner == identity.rep or _was_open_to(identity, thing, config)",
        ),
        "A rep claims what was open to them, and nothing else",
        f"{CHECKED}::test_a_rep_reaches_what_is_their_own",
    ),
    (
        Check(ACCESS, "_includes", "thing.owner == identity.rep", "True", 1),
        "A rep sees their own leads",
        f"{CHECKED}::test_a_rep_reaches_what_is_their_own",
    ),
    (
        Check(ACCESS, "_includes", "identity.rep in pool.members"),
        "A rep sees the pools of which they are a member",
        f"{CHECKED}::test_a_rep_reaches_what_is_their_own",
    ),
    (
        Check(ACCESS, "_includes", "rep_id == identity.rep"),
        "A rep sees of the reps themselves",
        f"{CHECKED}::test_a_rep_reaches_what_is_their_own",
    ),
    (
        Check(ACCESS, "_is_in_pools", "thing.pool in identity.pools"),
        "A manager sees the leads of their pools",
        f"{CHECKED}::test_a_manager_reaches_their_own_pools",
    ),
    (
        Check(ACCESS, "_is_in_pools", "pool_id in identity.pools"),
        "A manager sees their pools",
        f"{CHECKED}::test_a_manager_reaches_their_own_pools",
    ),
    (
        Check(ACCESS, "_is_in_pools", "any((rep_id in pool.members for pool in pools if pool))"),
        "A manager sees the members of their pools",
        f"{CHECKED}::test_a_manager_reaches_their_own_pools",
    ),
    (
        Check(
            ACCESS,
            "_was_open_to",
            "opened[-1:] if lead.status is Status.OPEN else opened",
            "opened",
        ),
        "An offer counts for whom it is now",
        f"{CHECKED}::test_an_offer_that_has_gone_on_counts_as_it_is_now",
    ),
    (
        Check(ACCESS, "is_open_to", "rep_id in opened.offered"),
        "An offer is for whom it was made to",
        f"{CHECKED}::test_a_rep_reaches_what_is_their_own",
    ),
    (
        Check(ACCESS, "is_open_to", "rep_id in pool.members"),
        "An open lead is for the members of its pool",
        f"{CHECKED}::test_a_rep_reaches_what_is_their_own",
    ),
    (
        Check(CALLERS, "Caller.require_right", "not self._reaches", "False"),
        "Nobody does what their role does not do",
        f"{CHECKED}::test_a_right_is_required",
    ),
    (
        Check(CALLERS, "Caller.require_lead", "self._require_own_name(rep_id)", "None"),
        "A rep acts for nobody else",
        f"{CHECKED}::test_a_lead_of_others_is_not_there",
    ),
    (
        Check(
            CALLERS,
            "Caller.require_lead",
            "self._reach(lead, rep_id) if lead else None",
            "Reach.OWN",
        ),
        "A lead of others is not there",
        f"{CHECKED}::test_a_lead_of_others_is_not_there",
    ),
    (
        Check(CALLERS, "Caller.require_lead", "has_had(self.identity, lead)"),
        "Who never had a lead hears nothing of it",
        f"{CHECKED}::test_a_lead_of_others_is_not_there",
    ),
    (
        Check(CALLERS, "Caller.require_pool", "self._require_own_name(rep_id)", "None"),
        "A rep acts for nobody else",
        f"{CHECKED}::test_a_pool_or_rep_of_others_is_not_there",
    ),
    (
        Check(
            CALLERS, "Caller.require_pool", "not self._reach(PoolNamed(pool_id), rep_id)", "False"
        ),
        "A pool of others is not there",
        f"{CHECKED}::test_a_pool_or_rep_of_others_is_not_there",
    ),
    (
        Check(CALLERS, "Caller.require_rep", "not self._reach(RepNamed(rep_id))", "False"),
        "A rep of others is not there",
        f"{CHECKED}::test_a_pool_or_rep_of_others_is_not_there",
    ),
    (
        Check(CALLERS, "Caller.require_named", "not self._reach(RepNamed(rep_id))", "False"),
        "A manager names their own reps",
        f"{CHECKED}::test_a_pool_or_rep_of_others_is_not_there",
    ),
    (
        Check(CALLERS, "Caller.require_named", "not self._reach(PoolNamed(pool_id))", "False"),
        "A manager names their own pools",
        f"{CHECKED}::test_a_pool_or_rep_of_others_is_not_there",
    ),
    (
        Check(CALLERS, "Caller.rep_for", "self._require_own_name(rep_id)", "None"),
        "A rep acts for nobody else",
        f"{CHECKED}::test_a_rep_acts_for_themselves",
    ),
    (
        Check(CALLERS, "Caller.rep_for", "wanted != self.identity.rep", "False"),
        "A manager acts for their own reps",
        f"{CHECKED}::test_a_rep_acts_for_themselves",
    ),
    (
        Check(
            CALLERS,
            "Caller._require_own_name",
            "rep_id and rep_id != self.identity.rep and self.is_only_rep",
            "False",
        ),
        "A rep acts for nobody else",
        f"{CHECKED}::test_a_rep_acts_for_themselves",
    ),
    (
        Check(ACCESS, "has_had", "change.rep == identity.rep"),
        "Who never had a lead hears nothing of it",
        f"{CHECKED}::test_a_lead_of_others_is_not_there",
    ),
    (
        Check(VISITORS, "pressed_on", "app.current_event.http_method != 'POST'", "False"),
        "Looking at a page presses no button, whatever is sent along",
        f"{CHECKED}::test_a_look_presses_no_button",
    ),
    (
        Check(CALLERS, "Caller.sees", "self._reach(thing) is not None"),
        "A list leaves out what is not for who asks",
        f"{CHECKED}::test_lists_leave_out_what_is_not_for_somebody",
    ),
    (
        Check(CALLERS, "Caller._reach", "is_own or reach is Reach.POOLS"),
        "A manager who is a rep, too, acts as a rep in their own name",
        f"{CHECKED}::test_a_rep_acts_for_themselves",
    ),
    (
        Check(
            PARTNER,
            "_ping_of",
            "_signer(active).loads(token)",
            "_signer(active).loads_unsafe(token)[1]",
        ),
        "Nobody makes a promise of a price",
        f"{CHECKED}::test_a_ping_is_of_whom_it_was_given_to",
    ),
    (
        Check(PARTNER, "_ping_of", "partner != partner_id", "False"),
        "A promise is for the partner it was made to",
        f"{CHECKED}::test_a_ping_is_of_whom_it_was_given_to",
    ),
    (
        Check(LINKS_KEPT, "Link.is_open", "self.nonce == nonce"),
        "A newer link in the same place revives no older one",
        f"{CHECKED}::test_a_link_is_shown_as_open_only_while_it_is",
    ),
    (
        Check(LINKS_KEPT, "Link.is_open", "not self.used"),
        "A link that was used says so",
        f"{CHECKED}::test_a_link_is_shown_as_open_only_while_it_is",
    ),
    (
        Check(LINKS_KEPT, "Link.is_open", "now < self.ends_at"),
        "A link whose time is over says so",
        f"{CHECKED}::test_a_link_is_shown_as_open_only_while_it_is",
    ),
    (
        Check(LINKS_KEPT, "_goes_on", "not item.ended_at"),
        "Who has signed out is out",
        f"{CHECKED}::test_a_session_that_is_over_is_none",
    ),
    (
        Check(LINKS_KEPT, "_goes_on", "to_text(now) < item.ends_at"),
        "A session ends by itself",
        f"{CHECKED}::test_a_session_that_is_over_is_none",
    ),
    (
        Check(SIGN_IN, "require_open", "not _is_somebody(link.person)", "False"),
        "The link of who has left is not shown as open",
        f"{CHECKED}::test_the_link_of_who_has_left_signs_nobody_in",
    ),
    (
        Check(SIGN_IN, "use_link", "not _is_somebody(link.person)", "False"),
        "The link of who has left signs nobody in",
        f"{CHECKED}::test_the_link_of_who_has_left_signs_nobody_in",
    ),
    (
        Check(CAPTURING, "_same_body", "body_hash != guard.body_hash", "False"),
        "A key that comes with another body is an error, not the first lead",
        f"{CHECKED}::test_a_key_with_another_body_is_an_error",
    ),
    (
        Check(CAPTURING, "_known", "first == wanted.lead.lead_id", "False"),
        "A lead is no duplicate of itself",
        f"{CHECKED}::test_a_person_who_comes_again_is_a_duplicate_and_a_double_click_is_not",
    ),
    (
        Check(CAPTURING, "_is_repeat", "old['body_hash']['S'] == guard.body_hash"),
        "A person's other message is a second lead",
        f"{CHECKED}::test_a_person_who_comes_again_is_a_duplicate_and_a_double_click_is_not",
    ),
    (
        Check(CAPTURING, "_is_repeat", "age < guard.repeats_within.total_seconds() * 1000"),
        "A person who comes again later is a duplicate",
        f"{CHECKED}::test_a_person_who_comes_again_is_a_duplicate_and_a_double_click_is_not",
    ),
    (
        Check(CAPTURING, "standing", "item.expires_at <= now.timestamp()", "False"),
        "A guard that is over names no lead",
        f"{CHECKED}::test_a_guard_that_is_over_names_nothing",
    ),
    (
        Check(
            "shared.store.leads",
            "change",
            "current.log[lead.rev:lead.rev + len(changes)] == changes",
            "False",
        ),
        "A change whose answer was lost is known as our own",
        f"{CHECKED}::test_a_change_whose_answer_was_lost_is_not_made_twice",
    ),
    (
        Check(
            "shared.store.routing",
            "_refused",
            "ledger.raw_item['attempt']['S'] == attempt",
            "False",
        ),
        "A commit whose answer was lost is known as our own",
        f"{CHECKED}::test_a_commit_whose_answer_was_lost_is_known_as_our_own",
    ),
    (
        Check("shared.store.pings", "_standing", "standing.body_hash != ping.body_hash", "False"),
        "A ping with another body is not answered as the first",
        f"{CHECKED}::test_a_ping_with_the_same_name_and_another_body_is_an_error",
    ),
    (
        Check("shared.flows.alert_once", "send_once", "kind not in done"),
        "What has gone out is not sent again",
        f"{CHECKED}::test_what_has_gone_out_is_not_sent_again",
    ),
    (
        Check("shared.flows.alert_once", "send_once", "alert_store.sent(alert) >= messages.keys()"),
        "What another process fails to send comes again",
        f"{CHECKED}::test_what_somebody_else_is_sending_comes_again",
    ),
    (
        Check("shared.flows.alert_once", "send_once", "done is None", "False"),
        "One process at a time sends an alert",
        f"{CHECKED}::test_what_somebody_else_is_sending_comes_again",
    ),
)

# Functions beside these, of the modules that let somebody in: looked through, and nothing in them
# lets anybody in, or what does is in a row of another. A new one is in a row, or here.
REVIEWED: Mapping[str, set[str]] = {
    TOKENS: {"_links", "_sessions", "page_nonce", "sign_link", "sign_session"},
    LINKS: {"_serializer", "accept_url", "link_keys", "sign"},
    KEYS: {"_all", "_secret", "key_hash", "may_be_newer", "of_source"},
    SCHEMES: {
        "_any",
        "_body",
        "_digest",
        "_hmac",
        "_hubspot_message",
        "_netlify_signed",
        "_netlify_token",
        "_standard",
        "_standard_signed",
        "_time",
        "_url64",
        "_with",
        "body_member",
        "body_member.members",
        "body_member.signed",
        "either",
        "hex_hmac",
        "hmac_header.signature",
        "timed_headers",
        "timed_headers.signature",
        "timed_headers.signed",
        "timestamped_header",
        "timestamped_header.signature",
        "timestamped_header.signed",
    },
    DOOR: {"_proven", "require_hook", "secrets_of", "shown_key"},
    GUARD: {"_claims", "guarded", "guarded.serve"},
    WHO: {"_identity_of_key", "_is_admin_token"},
    ACCESS: {"reach_over"},
    CALLERS: {
        "Caller._config",
        "Caller._denied",
        "Caller._reaches",
        "Caller.is_only_rep",
        "Caller.may_all",
        "Caller.pools_among",
        "Caller.prepare",
        "Caller.sight_of",
        "Caller.who",
        "_found",
    },
}

_HEAD, _FIRST_HEAD, _VERSION = (
    Condition("config.activate", of, text, text)
    for of, text in (
        ("config head", "version = ?"),
        ("config head", "attribute_not_exists(pk)"),
        ("config v", "attribute_not_exists(pk)"),
    )
)

BEHIND: Mapping[Mechanism, Mechanism] = {
    _HEAD: _VERSION,
    _FIRST_HEAD: _VERSION,
    _VERSION: _HEAD,
}

# Writes of the store that ask nothing, and why they need not.
UNCONDITIONAL = {
    "alerts.note": "what has gone out is a set: noted twice, it is the same",
    "capturing.write": "what lies beside a lead, in one transaction with the lead, which asks",
    "capturing.note_standing": "the same lead stands, whoever says so; it is written like that each time",
    "routing.set_paused": "a manager's or rep's word stands; the fence moves, so no plan made before counts",
}
