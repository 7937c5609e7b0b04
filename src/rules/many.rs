//! One deed for many identities: what it is for each of them, and what is asked for
//! before all of them. Pure.

use ipnet::IpNet;

use super::change::{Change, Demand, LOCK_OUT, Tone, Verdict};
use crate::atlas::{IdentityId, Role};

/// What is to be done to each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It is deleted.
    Delete,
    /// Entries are added to its access list, and removed from it.
    AccessList {
        /// Added where they are missing.
        add: Vec<IpNet>,
        /// Removed where they are there.
        remove: Vec<IpNet>,
    },
    /// It is given organization roles, and others are taken from it.
    Roles {
        /// Given where they are missing.
        add: Vec<Role>,
        /// Taken where it has them.
        remove: Vec<Role>,
    },
}

impl Deed {
    /// The deed for one of them, whose roles were seen to be these.
    #[must_use]
    pub fn change(&self, id: IdentityId, seen: &[Role]) -> Change {
        match self {
            Self::Delete => Change::Delete { id },
            Self::AccessList { add, remove } => {
                Change::AccessList { id, add: add.clone(), remove: remove.clone() }
            }
            Self::Roles { add, remove } => {
                let kept = seen.iter().filter(|role| !remove.contains(role));
                let new = add.iter().filter(|role| !seen.contains(role));
                let mut wanted: Vec<_> = kept.chain(new).cloned().collect();
                wanted.sort();
                Change::Roles { id, seen: seen.to_vec(), wanted }
            }
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::AccessList { .. } => "Change access lists",
            Self::Roles { .. } => "Edit permissions",
        }
    }

    /// What is about to happen to so many, in a sentence.
    #[must_use]
    pub fn outlook(&self, planned: usize, all: usize) -> String {
        match (planned, self) {
            (0, _) => "Nothing to be done.".into(),
            (_, Self::Delete) => {
                format!("{planned} of {all} will be deleted; nothing brings them back.")
            }
            _ => format!("{planned} of {all} will be changed, one after the other."),
        }
    }

    /// What is typed before so many are touched; `None`: a key agrees.
    #[must_use]
    pub fn phrase(&self, count: usize) -> Option<String> {
        (*self == Self::Delete).then(|| format!("delete {count}"))
    }
}

/// What was found for one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It would be done; in short, what that means.
    Planned(String),
    /// It is so already.
    Already,
    /// It is left out, for this reason.
    Left(String),
}

/// What a verdict means among many: nothing is done there that wants a sentence of
/// its own.
#[must_use]
pub fn finding(verdict: &Verdict) -> Finding {
    match &verdict.demand {
        Demand::Refuse(why) => Finding::Left(why.clone()),
        Demand::Type(text) if text == LOCK_OUT => {
            let why = verdict.lines.first().map_or("", |line| &line.text);
            Finding::Left(format!("Only by itself: {why}"))
        }
        _ if verdict.writes.is_empty() => Finding::Already,
        _ => Finding::Planned(summary(verdict)),
    }
}

/// Why a name may mislead; then what is gained and lost, and the gravest line; of a
/// deletion the gravest alone.
fn summary(verdict: &Verdict) -> String {
    let of = |tone: Tone| verdict.lines.iter().find(move |line| line.tone == tone);
    let gravest = of(Tone::Danger).or_else(|| of(Tone::Warning)).map(|line| line.text.clone());
    let doubt = of(Tone::Doubt).map(|line| line.text.clone());
    if matches!(verdict.demand, Demand::Type(_)) {
        let gravest = gravest.unwrap_or_else(|| "No use of it is known.".into());
        return doubt.into_iter().chain([gravest]).collect::<Vec<_>>().join("  ");
    }
    doubt
        .into_iter()
        .chain(verdict.gains_and_losses())
        .chain(gravest)
        .collect::<Vec<_>>()
        .join("  ")
}
