//! What editors show and do while their change is under way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Input;
use crate::app::Cx;
use crate::app::held::Place;
use crate::app::keys::Action;
use crate::app::state::State;
use crate::app::task::Task;
use crate::ui::text::fit;

/// Whether a change is under way, or the place for its secret is being looked at, so
/// that the editor must stay as it is.
pub(super) fn is_busy(state: &State) -> bool {
    words(state).is_some()
}

fn words(state: &State) -> Option<String> {
    if matches!(state.place, Some(Place::Probing(..))) {
        return Some("Making sure of the place...".into());
    }
    state.task.as_ref().filter(|task| task.is_under_way()).map(Task::progress)
}

/// Keys while a change is under way: it can be left until it is sent.
pub(super) fn wait(input: &Input, cx: &mut Cx<'_>) {
    match input {
        Input::Action(Action::Back) => cx.drop_task(),
        _ if cx.state.is_sending() => {
            cx.say("one moment: the change was sent, its answer is still to come");
        }
        _ => cx.say("one moment: what is there is being read; nothing was sent"),
    }
}

/// Says in the last line of an editor how far its change has come.
pub(super) fn draw(state: &State, inner: Rect, buf: &mut Buffer) {
    let Some(words) = words(state) else { return };
    let y = inner.bottom().saturating_sub(1);
    let line = Rect { y, height: 1, ..inner };
    buf.set_style(line, state.theme().text);
    let words = fit(&words, usize::from(inner.width), state.theme());
    let pad = " ".repeat(usize::from(inner.width));
    buf.set_stringn(inner.x, y, pad, usize::from(inner.width), state.theme().text);
    buf.set_string(inner.x, y, words, state.theme().dim);
}
