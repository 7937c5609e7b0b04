//! The administrator: keys by chance, but of somebody who wants to get something done.

use gatehouse::app::keys::Layer;
use gatehouse::app::task::Stage;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::rules::change::Demand;

use super::Soak;

/// By chance one of these, where a layer has the keyboard. What stands twice is pressed
/// twice as often. Neither leaves the program, nor writes a file of its own.
const HABITS: &[(Layer, &[&str])] = &[
    (
        Layer::List,
        &[
            "j",
            "k",
            "j",
            "G",
            "g",
            "<tab>",
            "1",
            "2",
            "o",
            "O",
            "r",
            "y",
            "<enter>",
            "<enter>",
            "e",
            "a",
            "p",
            "i",
            "D",
            "s",
            "n",
            "c",
            "S",
            "u",
            "w",
            "!",
            "?",
            "R",
            "/",
            "<space>",
            "jj",
            // What is done in one go.
            "e<space><enter>",
            "ej<space><enter>",
            "ac<enter>",
            "an192.0.2.7<enter><enter>",
            "ad<enter>",
            "i<c-u>fresh<enter>",
            "p<enter>j<space><enter>",
            "s<enter>G<enter>",
            "nfresh<tab>x<tab><tab>192.0.2.1<enter><enter><enter><enter>G<enter>",
            "2nfresh<enter><enter><enter><enter>G<enter>",
            "c<enter><enter><enter><enter>G<enter>",
        ],
    ),
    (Layer::Filter, &["a", "e", "-", "<backspace>", "<c-u>", "<enter>", "<enter>", "<esc>"]),
    (
        Layer::Details,
        &[
            "j", "k", "G", "e", "a", "p", "i", "D", "s", "y", "r", "R", "J", "t", "x", "<esc>",
            "<esc>",
        ],
    ),
    (Layer::Organizations, &["r", "<enter>", "<esc>"]),
    (Layer::Help, &["j", "<esc>"]),
    (Layer::Problem, &["<esc>"]),
    (Layer::Confirm, &["y", "y", "y", "r", "<esc>", "j"]),
    (
        Layer::Form,
        &[
            "x",
            "fresh",
            "<tab>",
            "<tab>192.0.2.9",
            "<backspace>",
            "<enter>",
            "<enter>",
            "<enter>",
            "<esc>",
        ],
    ),
    (Layer::Roles, &["j", "k", "<space>", "<space>", "u", "<enter>", "<enter>", "<esc>"]),
    (Layer::AccessList, &["j", "n", "c", "d", "u", "<enter>", "<enter>", "<esc>"]),
    (Layer::Projects, &["j", "<enter>", "<enter>", "<esc>"]),
    (Layer::Settings, &["j", "<esc>"]),
    (Layer::Secret, &["j", "k", "<enter>", "<enter>", "<esc>"]),
    // The last place is this screen only.
    (Layer::Sink, &["G<enter>", "G<enter>", "<esc>"]),
    (Layer::Made, &["v", "y", "t", "D", "<esc>", "<esc>", "j"]),
    // Nobody forgets what was left open.
    (Layer::Unfinished, &["j", "D", "r", "<esc>"]),
    (Layer::Rotation, &["r", "D", "x", "<esc>"]),
    (Layer::Raw, &["j", "r", "<esc>"]),
    (Layer::Activity, &["j", "G", "r", "y", "<esc>"]),
    (Layer::Twin, &["j", "y", "<esc>"]),
];

/// What a person types who was told what it means.
const LOCK_OUT: &str = "lock me out";

impl Soak {
    /// Presses something that means something here, after looking at it.
    pub(super) fn administrate(&mut self) {
        let look = self.roll(900);
        self.pass(look);
        let layer = self.journey.app.layer();
        if layer == Layer::Sentence {
            return self.confirm();
        }
        let habits = HABITS.iter().find(|(known, _)| *known == layer);
        let (_, keys) = habits.unwrap_or_else(|| panic!("no habit for {layer:?}"));
        let keys = keys[self.roll(keys.len())];
        self.press(keys);
    }

    /// Types what is asked for, or thinks better of it.
    fn confirm(&mut self) {
        let text = self.asked_for().filter(|text| text != LOCK_OUT);
        match text.filter(|_| self.roll(4) > 0) {
            Some(text) => self.press(&format!("<c-u>{}<enter>", text.replace('<', "<lt>"))),
            None => self.press("<esc>"),
        }
    }

    /// The text that is to be typed.
    fn asked_for(&self) -> Option<String> {
        let state = self.journey.app.state();
        let task = state.task.as_ref().filter(|task| matches!(task.stage, Stage::Asking));
        if let Some(Demand::Type(text)) = task.and_then(|task| Some(&task.verdict.as_ref()?.demand))
        {
            return Some(text.clone());
        }
        let secret = state.held.front()?.issued.secret.expose_secret();
        secret.get(secret.len().checked_sub(4)?..).map(str::to_owned)
    }

    /// Gets away from what is on screen, without losing what is shown once.
    pub(super) fn leave(&mut self) {
        self.pass(1_000);
        let held = !self.journey.app.state().held.is_empty();
        match self.journey.app.layer() {
            Layer::Sentence if held => {
                let text = self.asked_for().unwrap_or_default();
                self.press(&format!("<c-u>{text}<enter>"));
            }
            // Leaving what is not saved takes two.
            _ => self.press("<esc>"),
        }
    }
}
