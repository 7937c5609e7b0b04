//! What a change would do, in lines, and what is asked for before it is made. Knows no
//! change: whoever judges one writes it down here.

use super::Target;
use crate::atlas::{IdentityId, Write};
use crate::rules::guard::Threat;
use crate::rules::look_alike::Doubt;

/// The sentence that lets one cut off the branch one sits on.
pub const LOCK_OUT: &str = "lock me out";

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It is gained.
    Gain,
    /// It is lost.
    Loss,
    /// It is to be thought about.
    Warning,
    /// It hurts.
    Danger,
    /// Its name may mislead.
    Doubt,
    /// It is to be known.
    Plain,
}

/// A line about what would happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The line.
    pub text: String,
}

/// What is asked for before a change is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// One key that is not pressed by accident.
    Agree,
    /// This text, typed.
    Type(String),
    /// It cannot be made, for this reason.
    Refuse(String),
}

impl Demand {
    /// Whether who has met `other` need not be asked for this.
    fn is_met_by(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Agree) => true,
            // Another text for the same identity: its name instead of its id's end.
            (Self::Type(text), Self::Type(typed)) => (text == LOCK_OUT) == (typed == LOCK_OUT),
            _ => self == other,
        }
    }
}

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In words.
    pub lines: Vec<Line>,
    /// What is asked for first.
    pub demand: Demand,
    /// What is sent, in this order; nothing where all is as wanted already.
    pub writes: Vec<Write>,
    /// What the identity is called that is changed.
    pub(super) name: String,
}

impl Verdict {
    pub(super) fn new(writes: Vec<Write>) -> Self {
        Self { lines: Vec::new(), demand: Demand::Nothing, writes, name: String::new() }
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self { demand: Demand::Refuse(why.into()), ..Self::new(Vec::new()) }
    }

    /// Whether it cannot be made.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.demand, Demand::Refuse(_))
    }

    /// What is gained and lost by it, each with its sign.
    pub fn gains_and_losses(&self) -> impl Iterator<Item = String> + '_ {
        self.lines.iter().filter_map(|line| match line.tone {
            Tone::Gain => Some(format!("+ {}", line.text)),
            Tone::Loss => Some(format!("- {}", line.text)),
            _ => None,
        })
    }

    /// Whether agreeing to `agreed` was agreeing to this: it does the same to what is called
    /// the same; a doubt may have gone since, with whoever bore that name, and none has come.
    #[must_use]
    pub fn is_covered_by(&self, agreed: &Self) -> bool {
        let certain = |verdict: &Self| {
            let lines = verdict.lines.iter().filter(|line| line.tone != Tone::Doubt);
            lines.cloned().collect::<Vec<_>>()
        };
        let known = |line: &Line| line.tone != Tone::Doubt || agreed.lines.contains(line);
        (&self.writes, &self.name) == (&agreed.writes, &agreed.name)
            && certain(self) == certain(agreed)
            && self.lines.iter().all(known)
            && self.demand.is_met_by(&agreed.demand)
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.lines.push(Line { tone, text: text.into() });
    }

    /// Says it, and asks for agreement.
    pub(super) fn ask(&mut self, tone: Tone, text: impl Into<String>) {
        self.say(tone, text);
        if self.demand == Demand::Nothing {
            self.demand = Demand::Agree;
        }
    }

    /// Says first why the name may mislead, and asks where something is taken away.
    pub(super) fn doubt(&mut self, id: &IdentityId, target: &Target<'_>, takes: bool) {
        let doubts = Doubt::about(target.name, &target.namesakes);
        if doubts.is_empty() || self.is_refused() || self.writes.is_empty() {
            return;
        }
        self.doubt_first(doubts.iter().map(|doubt| doubt.words(id)));
        if takes && self.demand == Demand::Nothing {
            self.demand = Demand::Agree;
        }
    }

    /// Says first, before all else, why names may mislead.
    pub(super) fn doubt_first(&mut self, words: impl IntoIterator<Item = String>) {
        let line = |text| Line { tone: Tone::Doubt, text };
        self.lines.splice(..0, words.into_iter().map(line));
    }

    /// Takes in what it does to those who make it, as the consequence deserves.
    pub(super) fn guard(&mut self, threats: &[Threat]) {
        for threat in threats {
            self.lines.insert(0, Line { tone: Tone::Danger, text: threat.words().to_owned() });
            self.demand = if threat.is_refused() {
                Demand::Refuse(threat.words().to_owned())
            } else {
                Demand::Type(LOCK_OUT.to_owned())
            };
        }
    }
}
