//! What whoever lives in the terminal may count on, line by line, and the tests that show
//! it. To add a line, write its test and name it in the table.

mod keys;
mod places;

use crate::support::shown::{Row, assert_shown};

/// What one may count on, and the tests that show it.
#[rustfmt::skip]
const LINES: &[Row] = &[
    ("every action is reachable from the help, the commands and its key, of one table", &[
        ("tests/journeys/keys", &["every_action_is_reached_by_its_key_by_the_help_and_by_the_palette"]),
        ("src/app/palette", &["every_line_of_the_key_table_is_found_by_its_words"]),
        ("tests/readme", &["the_key_table_is_the_programs"])]),
    ("at 40 columns the help is in sight in every place", &[
        ("tests/acceptance/places", &["at_forty_columns_the_help_and_the_way_out_are_in_sight"])]),
    ("what is typed into a text field changes only the field", &[
        ("tests/acceptance/keys", &["what_is_typed_changes_only_the_field"])]),
    ("a paste outside a field does nothing but say so", &[
        ("tests/hostile/paste", &["on_every_screen_a_paste_only_fills_a_field"])]),
    ("fewer than three keys delete nothing, and enter held down deletes nothing", &[
        ("tests/acceptance/keys", &["two_keys_delete_nothing", "enter_held_down_deletes_nothing"])]),
    ("esc returns in steps to the same row", &[
        ("tests/acceptance/places", &["esc_returns_from_everywhere_to_the_same_row"])]),
    ("a refresh keeps tab, row, filter, order and what is open", &[
        ("tests/acceptance/places", &["a_refresh_keeps_what_is_open"]),
        ("tests/journeys/lists", &["a_refresh_keeps_tab_row_filter_and_order"])]),
    ("every size draws, and text covers no border", &[
        ("tests/screens", &["every_size_draws", "a_program_that_knows_nothing_draws_at_every_size"])]),
    ("without colour there is none, and the row under the cursor is reversed", &[
        ("tests/pty", &["without_colour_no_colour_is_written"]),
        ("tests/screens", &["without_colour_marks_and_the_cursor_remain"])]),
    ("in ASCII every byte is ASCII when the data is", &[
        ("tests/looks", &["with_ascii_every_screen_is_ascii_when_the_data_is", "with_ascii_every_byte_is_ascii"])]),
    ("while nothing happens nothing is written", &[
        ("tests/pty", &["nothing_is_written_while_nothing_happens"]),
        ("tests/journeys/lists", &["lists_are_read_again_every_minute_and_nothing_else_wakes_the_program"])]),
    ("a secret is on the screen only while it is shown, and nowhere afterwards", &[
        ("tests/journeys/secrets", &["a_secret_is_generated_after_all_was_told_and_let_go_only_when_it_is_at_hand"]),
        ("tests/secrecy/traces", &["on_the_screen_a_secret_is_written_only_by_the_keys_that_say_so", "a_recorded_session_holds_no_secret_that_was_not_shown"])]),
    ("losing the network leaves the list usable and says what is wrong", &[
        ("tests/journeys/faults", &["losing_the_network_keeps_the_list_and_finds_back"]),
        ("tests/faults/program", &["the_keyboard_is_answered_while_every_call_hangs"])]),
    ("a start shows what was known last, dated, and nothing rests on it", &[
        ("tests/journeys/warm", &["what_was_known_last_is_shown_at_once_with_its_date_until_it_was_read_again", "nothing_is_done_to_a_row_that_was_not_read_again", "no_judgement_rests_on_what_was_known_last", "what_the_credential_may_not_see_any_more_is_taken_away_and_forgotten"]),
        ("tests/warm", &["what_the_lists_showed_is_there_at_once_and_for_the_user_alone", "turned_off_it_keeps_nothing_and_removes_what_was_kept", "the_demo_keeps_nothing_and_shows_nothing_of_it"])]),
    ("what others have changed is marked for a moment, what was only used or done here is not", &[
        ("tests/journeys/news", &["what_others_have_changed_is_marked_for_a_moment", "that_an_account_was_used_is_no_news"]),
        ("tests/journeys/procedures", &["each_procedure_does_what_it_says"])]),
    ("a panic, a signal and ctrl-z leave the shell as it was", &[
        ("tests/secrecy/panics", &["the_terminal_is_given_back_before_the_report"]),
        ("tests/pty", &["every_signal_that_ends_it_gives_the_terminal_back", "ctrl_z_lends_the_terminal_to_the_shell"])]),
    ("read-only shows no change and sends none", &[
        ("tests/acceptance/places", &["read_only_shows_no_change_and_sends_none"])]),
    ("the demo needs no network, no credentials, no configuration", &[
        ("tests/pty", &["a_newcomer_walks_through_the_demo"])]),
];

#[test]
fn every_line_has_its_tests() {
    assert_shown(LINES);
}
