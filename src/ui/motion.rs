//! The only thing that moves by itself: the picture of waiting. Where nothing is to move,
//! it stands still, and the seconds beside it still count.

use jiff::{SignedDuration, Timestamp};

use super::when;
use crate::app::state::State;

/// Whether what waits is drawn moving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// It moves.
    Moving,
    /// It stands still.
    Still,
}

/// How long one picture stays: eight of them a second.
const FRAME: SignedDuration = SignedDuration::from_millis(125);
/// How long one number of seconds stays.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What stands beside the seconds that somebody has waited since `since`.
#[must_use]
pub fn picture(state: &State, since: Timestamp) -> &'static str {
    let symbols = state.theme().symbols;
    if state.setting.motion == Motion::Still {
        return symbols.pending;
    }
    let frames = state.now.duration_since(since).as_millis() / FRAME.as_millis();
    let at = usize::try_from(frames).unwrap_or(0) % symbols.spinner.len();
    symbols.spinner[at]
}

/// When the picture of such waiting, or the seconds beside it, look different.
#[must_use]
pub fn changes_at(state: &State, since: Timestamp) -> Timestamp {
    if state.setting.motion == Motion::Moving {
        return state.now + FRAME;
    }
    since + SECOND * (i32::try_from(when::seconds_since(since, state.now)).unwrap_or(0) + 1)
}
