//! What can go wrong between gatehouse and Atlas, and the test that shows each row. In
//! all of them: a question recovers or says what is wrong; a change is on the wire at
//! most once; what the screen says afterwards is what the server holds; nothing typed
//! is lost.
//!
//! To add a row, write its test and name it in the table.

mod answering;
mod before;
pub mod bench;
mod http2;
mod limits;
mod paging;
mod program;
mod random;
mod says;
mod token;

use crate::support::shown::{Row, assert_shown};

/// What goes wrong, and the tests that show it.
#[rustfmt::skip]
const MATRIX: &[Row] = &[
    // Before it is sent.
    ("the connection is refused", &[
        ("tests/faults/before", &["a_refused_connection_is_tried_again_by_questions_only", "what_was_typed_while_offline_is_sent_once_the_network_is_back"]),
        ("tests/journeys/faults", &["tries_come_at_growing_distances_also_before_an_organization_is_known"])]),
    ("the name is not found", &[("tests/faults/before", &["a_name_that_is_not_found_is_told"])]),
    ("the host does not take the call", &[("tests/faults/before", &["a_host_that_does_not_take_the_call_is_given_up_after_ten_seconds"])]),
    ("the host cannot prove to be the host", &[("tests/trust/certificates", &["who_cannot_prove_to_be_the_host_hears_nothing_and_is_asked_once", "what_speaks_no_tls_is_told_apart_from_what_is_not_there"])]),
    ("a proxy wants a password, or dies", &[("tests/trust/egress", &["what_goes_wrong_in_between_names_what_is_there"])]),
    ("a kept connection was closed", &[("tests/faults/before", &["a_kept_connection_that_was_closed_costs_nothing"])]),
    // While it is answered.
    ("the connection ends or is reset without a byte, in the head, in the body", &[
        ("tests/faults/answering", &["a_question_that_breaks_off_is_asked_again", "a_change_that_breaks_off_is_perhaps_applied_and_not_sent_again", "after_a_change_that_broke_off_the_screen_says_what_the_server_holds", "a_change_that_broke_off_is_not_known_while_what_is_there_cannot_be_read"]),
        ("tests/journeys/lost", &["whatever_becomes_of_the_answer_no_secret_is_lost_unseen", "wherever_the_answer_is_cut_no_secret_is_lost_unseen"])]),
    ("broken JSON, another shape", &[
        ("tests/journeys/faults", &["broken_and_foreign_json_is_refused_without_quoting_it"]),
        ("tests/journeys/odd_answers", &["what_is_made_and_not_named_is_shown_with_its_secret"]),
        ("tests/journeys/lost", &["whatever_becomes_of_the_answer_no_secret_is_lost_unseen"])]),
    ("no answer at all", &[("tests/faults/answering", &["silence_is_given_up_after_thirty_seconds"])]),
    ("the answer drips, or is late", &[("tests/faults/answering", &["an_answer_that_only_drips_is_given_up_after_thirty_seconds", "an_answer_that_is_only_late_is_taken"])]),
    ("HTTP/2: a stream is refused, a connection takes no more", &[("tests/faults/http2", &["a_question_that_is_turned_away_is_asked_again", "when_everything_is_turned_away_little_is_asked_again", "the_last_answer_of_a_connection_is_taken", "who_is_turned_away_when_signing_in_signs_in_again", "a_change_is_on_the_wire_once_and_known_where_the_server_says_so", "after_a_change_that_was_turned_away_the_screen_says_what_the_server_holds"])]),
    ("a connection died without a word", &[("tests/faults/http2", &["a_connection_that_died_under_a_question_is_given_up_for_another", "a_connection_that_died_is_given_up_within_ten_seconds", "what_is_only_slow_is_waited_for", "while_nothing_is_waited_for_no_sign_of_life_is_asked_for"])]),
    ("nobody waits any more for a token that is on its way", &[("tests/faults/token", &["a_token_that_nobody_waits_for_any_more_is_used_by_the_next", "leaving_while_a_token_is_on_its_way_gives_it_back", "a_token_that_comes_when_its_client_is_gone_is_given_back"])]),
    ("a token whose life is told in another way, or not at all", &[
        ("src/atlas/auth", &["however_its_life_is_told_a_token_is_taken"]),
        ("tests/faults/token", &["a_token_whose_life_makes_no_sense_is_used_all_the_same"])]),
    // What is said instead.
    ("400, 404, 409, 422", &[
        ("tests/faults/says", &["a_refusal_is_told_and_nothing_is_changed", "what_is_already_gone_is_seen_to_be_gone"]),
        ("tests/retries", &["what_will_not_pass_is_asked_once"]),
        ("tests/journeys/changes", &["a_refusal_tells_atlas_reason"])]),
    ("401: the token has died", &[
        ("tests/faults/says", &["fifty_calls_whose_token_has_died_share_one_new_one", "a_change_whose_token_has_died_is_not_applied_and_goes_when_it_is_sent_again", "a_change_whose_token_died_on_the_way_is_offered_again"]),
        ("tests/journeys/sign_in", &["a_token_that_died_is_replaced_once"])]),
    ("401: the digest challenge is stale", &[
        ("tests/faults/says", &["a_change_whose_challenge_is_stale_is_not_applied_and_goes_when_it_is_sent_again"]),
        ("tests/journeys/sign_in", &["an_api_key_reuses_its_nonce_with_a_rising_count"])]),
    ("401 again after a new token", &[("tests/faults/says", &["a_token_that_is_refused_twice_is_no_loop"])]),
    ("the credential was revoked elsewhere", &[("tests/faults/says", &["a_credential_that_was_revoked_elsewhere_ends_in_words_and_loses_nothing"])]),
    ("401 and 403: bad secret, expired secret, address not listed, role, too many tokens", &[
        ("tests/faults/says", &["every_way_to_be_shut_out_has_words_of_its_own", "a_secret_that_expired_meanwhile_is_told_from_one_that_never_was_good"]),
        ("tests/journeys/sign_in", &["a_wrong_or_expired_secret_says_what_to_check", "calls_that_wait_for_one_sign_in_share_its_failure"])]),
    ("408", &[("tests/faults/says", &["a_server_that_gave_up_waiting_is_asked_again_but_sent_no_change_again"])]),
    ("429, its pause in seconds, as a date, absent, absurd", &[("tests/faults/limits", &["however_a_pause_is_told_it_is_kept_to_the_second", "pauses_that_are_not_told_grow_from_refusal_to_refusal", "an_absurd_pause_is_told_and_not_sat_through", "a_long_pause_is_not_cut_short_by_the_next_try"])]),
    ("429 for many at once", &[("tests/faults/limits", &["calls_that_are_refused_together_share_one_pause", "who_has_to_wait_for_signing_in_waits_once_for_all", "what_was_waited_for_does_not_count_against_signing_in"])]),
    ("429, seen from the keyboard", &[("tests/faults/limits", &["the_pause_is_counted_down_on_the_screen_and_can_be_stopped", "a_pause_for_what_fills_in_behind_is_told_too", "a_pause_for_one_kind_holds_up_no_other", "a_change_that_is_refused_is_not_applied_and_waits_for_the_person", "after_a_refusal_one_key_sends_a_change_again_once_the_pause_is_over"])]),
    ("the limits, before they are reached", &[("tests/faults/limits", &["the_smallest_bucket_is_filled_behind_without_a_refusal_and_a_person_overtakes"])]),
    ("500, 502, 503, 504", &[
        ("tests/retries", &["what_may_pass_is_asked_again_a_few_times", "when_everything_fails_little_is_asked_again", "a_change_is_never_sent_again"]),
        ("tests/faults/says", &["after_trouble_of_the_servers_own_the_screen_says_what_it_holds", "trouble_while_signing_in_passes_as_any_other"])]),
    ("a redirect", &[
        ("tests/trust/redirects", &["nobody_follows_one"]),
        ("tests/faults/says", &["after_trouble_of_the_servers_own_the_screen_says_what_it_holds"])]),
    ("a login page, a proxy's refusal", &[
        ("tests/journeys/faults", &["html_instead_of_json_is_not_atlas"]),
        ("tests/faults/answering", &["a_change_that_somebody_else_answers_is_not_taken_as_made"]),
        ("tests/faults/says", &["a_proxy_that_refuses_says_nothing_of_what_was_applied"])]),
    ("clocks differ by a day", &[("tests/faults/says", &["clocks_that_differ_by_a_day_change_nothing_but_are_told", "clocks_that_agree_are_not_spoken_of"])]),
    // Lists.
    ("rows come twice and in another order", &[("tests/faults/paging", &["rows_that_come_twice_stand_once"])]),
    ("a list does not end, or breaks off", &[
        ("tests/journeys/faults", &["a_list_that_never_ends_is_stopped"]),
        ("tests/faults/paging", &["a_full_last_page_is_followed_by_an_empty_one", "a_list_that_breaks_off_keeps_what_is_known"])]),
    ("a list lags behind a change", &[("tests/faults/paging", &["a_list_that_lags_behind_is_looked_at_again"])]),
    // Others, and the person.
    ("another administrator is at work", &[
        ("tests/faults/says", &["a_change_of_what_is_gone_afterwards_is_not_told_as_made"]),
        ("tests/journeys/changes", &["another_administrators_change_is_not_undone_unseen", "what_was_confirmed_is_what_goes"]),
        ("tests/journeys/procedures", &["what_two_administrators_do_is_done_once"]),
        ("tests/journeys/many", &["a_row_that_changed_since_the_plan_is_left_alone"])]),
    ("the outcome of one of many is not known", &[
        ("tests/journeys/many", &["an_unclear_end_stops_it_and_it_can_go_on"]),
        ("tests/faults/random", &["of_many_each_is_where_the_ledger_says"])]),
    ("every call hangs, and somebody types", &[("tests/faults/program", &["the_keyboard_is_answered_while_every_call_hangs", "while_nothing_is_answered_the_screen_says_what_is_waited_for_and_since_when"])]),
    ("esc while something is read", &[("tests/faults/program", &["what_was_stopped_before_anything_was_read_is_read_when_one_says_so", "what_was_stopped_leaves_the_way_free", "details_that_hang_are_asked_no_further_once_one_looks_away", "a_check_that_hangs_can_be_left_and_the_text_stays", "a_list_that_was_read_for_a_change_is_read_again_once_one_has_turned_away"])]),
    ("esc while a change is on its way", &[
        ("tests/faults/program", &["at_whatever_moment_one_turns_away_the_screen_ends_up_right", "while_a_change_is_not_answered_the_screen_says_since_when"]),
        ("tests/journeys/changes", &["what_was_sent_is_not_called_back"])]),
    ("another organization while something is read", &[
        ("tests/faults/program", &["what_belongs_to_the_last_organization_is_not_asked_further"]),
        ("tests/faults/random", &["wherever_one_goes_no_answer_of_elsewhere_is_shown"])]),
    ("offline, and back", &[
        ("tests/faults/program", &["offline_and_back_one_is_where_one_was"]),
        ("tests/journeys/faults", &["losing_the_network_keeps_the_list_and_finds_back"])]),
    ("the window is hidden, or nobody is there", &[
        ("tests/journeys/attention", &["five_minutes_after_the_focus_was_lost_nothing_is_read_until_it_is_back", "a_terminal_that_tells_nothing_of_its_focus_is_looked_at_for_half_an_hour_after_a_key", "offline_it_tries_again_for_somebody_only"])]),
    ("suspended and resumed", &[
        ("tests/faults/program", &["after_a_long_sleep_what_is_old_is_said_and_read_again"]),
        ("tests/journeys/attention", &["a_computer_that_has_slept_was_woken_by_somebody"]),
        ("tests/pty", &["ctrl_z_lends_the_terminal_to_the_shell"])]),
    ("ended, killed, its terminal closed", &[
        ("tests/secrecy/ended", &["whatever_ends_it_a_secret_on_the_screen_is_saved_and_shown_again", "a_secret_that_is_on_its_way_is_waited_for_and_saved"]),
        ("tests/secrecy/killed", &["killed_with_a_secret_for_the_screen_it_tells_of_it"])]),
    ("a mistake of our own in a task", &[
        ("src/runtime/worker", &["a_task_that_stumbles_says_so_and_one_that_was_dropped_says_nothing"]),
        ("tests/secrecy/panics", &["what_stumbles_on_another_thread_is_reported_and_saves_nothing"])]),
    ("nothing can be written down", &[("tests/secrecy/storage", &["without_a_folder_of_its_own_it_asks_for_nothing", "what_cannot_be_noted_is_not_asked_for_until_it_can"])]),
    ("the place of a secret fails", &[
        ("tests/secrecy/storage", &["a_place_that_fills_up_meanwhile_takes_nothing_and_the_secret_stays"]),
        ("src/runtime/hand_over/command", &["a_command_that_fails_has_not_and_its_words_give_nothing_away", "a_command_that_hangs_is_killed_with_all_that_it_has_started"])]),
    ("an answer without measure: a bomb of gzip, headers without end", &[
        ("tests/bounds/memory", &["a_mebibyte_that_becomes_a_gibibyte_is_stopped_early"]),
        ("tests/bounds/answers", &["too_many_headers_are_an_error_and_many_are_not", "json_is_only_so_deep_and_nothing_stands_after_it"])]),
    ("hostile text", &[
        ("tests/hostile/screens", &["lists_show_every_text_and_do_nothing", "texts_are_in_the_details_and_in_every_dialog"]),
        ("tests/hostile/errors", &["no_refusal_acts_on_the_terminal", "no_refusal_of_a_change_does"]),
        ("tests/hostile/session", &["a_whole_session_writes_nothing_that_is_not_ours"])]),
    ("a second gatehouse", &[
        ("tests/neighbours", &["two_know_of_each_other_and_both_can_work", "one_that_was_killed_is_no_neighbour"]),
        ("src/runtime/presence", &["those_that_are_open_are_found_and_those_that_are_no_more_are_not"]),
        ("src/runtime/journal", &["what_another_living_gatehouse_works_on_is_left_alone"])]),
    ("anything, at random", &[("tests/faults/random", &["after_any_changes_and_any_faults_the_screen_holds_what_the_server_holds"])]),
];

#[test]
fn every_row_has_its_tests() {
    assert_shown(MATRIX);
}
