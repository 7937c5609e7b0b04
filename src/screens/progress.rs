//! What editors show and do while their change is under way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Input;
use crate::app::Cx;
use crate::app::keys::Action;
use crate::app::state::State;
use crate::app::task::Task;
use crate::ui::text::fit;

/// Whether a change is under way, so that the editor must stay as it is.
pub(super) fn is_busy(state: &State) -> bool {
    state.task.as_ref().is_some_and(Task::is_under_way)
}

/// Keys while a change is under way: it can be left until it is sent.
pub(super) fn wait(input: &Input, cx: &mut Cx<'_>) {
    match input {
        Input::Action(Action::Back | Action::Quit) => cx.drop_task(),
        _ => cx.say("one moment: the change is under way"),
    }
}

/// Says in the last line of an editor how far its change has come.
pub(super) fn draw(state: &State, inner: Rect, buf: &mut Buffer) {
    let Some(task) = state.task.as_ref().filter(|task| task.is_under_way()) else { return };
    let y = inner.bottom().saturating_sub(1);
    let line = Rect { y, height: 1, ..inner };
    buf.set_style(line, state.theme().text);
    let words = task.progress();
    let words = fit(&words, usize::from(inner.width));
    let pad = " ".repeat(usize::from(inner.width));
    buf.set_stringn(inner.x, y, pad, usize::from(inner.width), state.theme().text);
    buf.set_string(inner.x, y, words, state.theme().dim);
}
