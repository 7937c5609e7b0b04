//! The credentials of this machine, and the turn from the one in use to another.
//!
//! Knows no file, no keyring and no secret: where they are looked for, and who opens
//! them, are effects.

use serde::{Deserialize, Serialize};

use super::calls::CallId;
use super::state::{Setting, State};
use super::{App, Effect};
use crate::atlas::{Clean, OrgId};
use crate::screens::trust::TrustScreen;

/// Names a credential, so that it is found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The one in the environment.
    Environment,
    /// That of this profile of the Atlas CLI.
    Profile(String),
}

impl Choice {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Clean {
        match self {
            Self::Environment => Clean::new("environment"),
            Self::Profile(name) => Clean::new(name),
        }
    }
}

/// A credential that can be chosen, or that cannot for this reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which one.
    pub choice: Choice,
    /// What is known of it.
    pub is: Result<Facts, Clean>,
}

/// What is known of a credential before it is used; none of it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its public half.
    pub public: Clean,
    /// The host that it goes to.
    pub host: Clean,
    /// The organization that is named with it.
    pub org: Option<OrgId>,
}

/// What was chosen last, of credentials and of organizations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recent {
    credentials: Vec<Choice>,
    organizations: Vec<OrgId>,
}

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// A credential.
    Credential(Choice),
    /// An organization.
    Organization(OrgId),
}

impl Recent {
    /// More are not remembered, of each.
    const MOST: usize = 32;

    /// Puts what was chosen before everything else.
    pub fn put_first(&mut self, used: Used) {
        match used {
            Used::Credential(choice) => to_front(&mut self.credentials, choice),
            Used::Organization(id) => to_front(&mut self.organizations, id),
        }
    }

    /// The place of a credential, the last one first; those that were never chosen come
    /// after all others.
    #[must_use]
    pub fn place_of(&self, choice: &Choice) -> usize {
        self.credentials.iter().position(|known| known == choice).unwrap_or(Self::MOST)
    }

    /// The same for an organization.
    #[must_use]
    pub fn place_of_organization(&self, id: &OrgId) -> usize {
        self.organizations.iter().position(|known| known == id).unwrap_or(Self::MOST)
    }
}

fn to_front<T: PartialEq>(all: &mut Vec<T>, first: T) {
    all.retain(|known| *known != first);
    all.insert(0, first);
    all.truncate(Recent::MOST);
}

/// How far the turn to another credential has come.
#[derive(Debug, Clone)]
pub enum Turn {
    /// It is being read and made ready.
    Opening(CallId, Choice),
    /// It is ready, and would go to an address that nobody has agreed to.
    Doubtful(CallId, Box<Setting>),
}

impl Turn {
    fn call(&self) -> CallId {
        match self {
            Self::Opening(call, _) | Self::Doubtful(call, _) => *call,
        }
    }
}

impl State {
    /// Why the credential in use may not be left just now.
    #[must_use]
    pub fn why_stay(&self) -> Option<&'static str> {
        let busy = self.task.is_some() || self.many.is_some() || self.place.is_some();
        let table = [
            (
                !self.held.is_empty(),
                "a secret is still here: close its dialog first, once it is saved",
            ),
            (self.issuing.is_some(), "a secret is on its way, and comes only once: wait for it"),
            (self.is_sending(), "a change is on its way: wait for its answer"),
            (busy, "a change is under way: finish it, or leave it"),
        ];
        table.into_iter().find_map(|(holds, why)| holds.then_some(why))
    }

    /// The setting that is asked about before it holds; the one that holds, where there
    /// is none.
    #[must_use]
    pub fn doubted(&self) -> &Setting {
        match &self.turn {
            Some(Turn::Doubtful(_, setting)) => setting,
            _ => &self.setting,
        }
    }

    /// Looks which credentials there are on this machine.
    pub(super) fn find_credentials(&mut self) {
        self.credentials.ask();
        self.calls.send(Effect::FindCredentials);
    }

    /// Begins to turn to another credential.
    pub(super) fn turn_to(&mut self, choice: Choice) {
        let call = self.calls.next_id();
        self.calls.send(Effect::Turn(call, choice.clone()));
        self.turn = Some(Turn::Opening(call, choice));
    }

    /// Stays with the credential in use: what was made ready is let go.
    pub(super) fn stay(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.calls.send(Effect::LetGo(turn.call()));
        }
    }

    /// Remembers what was chosen, beyond this session.
    pub(super) fn remember(&mut self, used: Used) {
        self.recent.put_first(used.clone());
        self.calls.send(Effect::Remember(used));
    }

    /// What earlier sessions remember comes after what was chosen in this one.
    pub(super) fn take_recent(&mut self, recent: Recent) {
        let Recent { credentials, organizations } = std::mem::replace(&mut self.recent, recent);
        let of_now = credentials.into_iter().map(Used::Credential);
        let of_now = of_now.chain(organizations.into_iter().map(Used::Organization));
        for used in of_now.rev() {
            self.recent.put_first(used);
        }
    }

    /// Begins the session with another credential. What belongs to this machine goes on;
    /// of what Atlas told, nothing does.
    fn begin_session(&mut self, session: CallId, setting: Setting) {
        let before = std::mem::replace(self, Self::new(setting, self.size, self.now));
        let warnings = &mut self.setting.warnings;
        let unread = before.setting.warnings.into_iter();
        let unread: Vec<_> = unread.filter(|words| !warnings.contains(words)).collect();
        warnings.splice(0..0, unread);
        self.session = session;
        self.calls.go_on_after(&before.calls);
        (self.recent, self.notes) = (before.recent, before.notes);
        (self.rotations, self.trials) = (before.rotations, before.trials);
        self.clear_clipboard_at = before.clear_clipboard_at;
    }
}

impl App {
    /// Another credential is ready, or cannot be used.
    pub(super) fn take_turn(&mut self, call: CallId, result: Result<Box<Setting>, String>) {
        if self.state.turn.as_ref().is_none_or(|turn| turn.call() != call) {
            return self.effects.push(Effect::LetGo(call));
        }
        match result {
            Err(why) => {
                self.state.turn = None;
                let words = format!("The credential in use stays: {why}");
                self.state.setting.warnings.insert(0, Clean::whole(&words));
                self.state.notify("could not be opened: ! tells why", false);
            }
            Ok(setting) if setting.doubt.is_some() => {
                self.state.turn = Some(Turn::Doubtful(call, setting));
                self.push(Box::new(TrustScreen::default()));
            }
            Ok(setting) => self.turn(call, *setting),
        }
    }

    /// Agrees to where the credential would go that is asked about.
    pub(super) fn trust(&mut self) {
        let (turn, mut setting) = match self.state.turn.take() {
            Some(Turn::Doubtful(call, setting)) => (Some(call), *setting),
            _ => (None, self.state.setting.clone()),
        };
        let (Some(doubt), Some(credential)) = (setting.doubt.take(), &setting.credential) else {
            return;
        };
        let credential = credential.clone();
        self.effects.push(Effect::Trust { credential, origin: doubt.origin });
        if let Some(call) = turn {
            return self.turn(call, setting);
        }
        self.state.setting = setting;
        self.begin();
    }

    /// Ends the session with the credential in use, and begins one with another. Calls
    /// have ids of their own for good: no answer of the old session is taken for one of
    /// the new.
    fn turn(&mut self, call: CallId, setting: Setting) {
        self.state.turn = None;
        if let Some(why) = self.state.why_stay() {
            self.state.notify(why, false);
            return self.effects.push(Effect::LetGo(call));
        }
        let chosen = [self.state.setting.choice.clone(), setting.choice.clone()];
        for choice in chosen.into_iter().flatten() {
            self.state.remember(Used::Credential(choice));
        }
        self.state.calls.drop(|_, _| true);
        self.effects.extend(self.state.calls.take_outbox());
        self.state.begin_session(call, setting);
        self.effects.push(Effect::Adopt(call));
        self.begin();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str) -> Used {
        Used::Credential(Choice::Profile(name.into()))
    }

    #[test]
    fn the_last_one_is_the_first_and_each_stands_there_once() {
        let mut recent = Recent::default();
        for name in ["a", "b", "a", "c"] {
            recent.put_first(profile(name));
        }
        let place = |name: &str| recent.place_of(&Choice::Profile(name.into()));
        assert_eq!(["c", "a", "b", "never"].map(place), [0, 1, 2, Recent::MOST]);
    }

    #[test]
    fn no_more_are_remembered_than_there_is_use_for() {
        let mut recent = Recent::default();
        for number in 0..100 {
            recent.put_first(Used::Organization(OrgId::new(&number.to_string())));
        }
        assert_eq!(recent.organizations.len(), Recent::MOST);
        assert_eq!(recent.place_of_organization(&OrgId::new("99")), 0);
        assert_eq!(recent.place_of_organization(&OrgId::new("1")), Recent::MOST);
    }

    #[test]
    fn what_is_remembered_can_be_read_again() {
        let mut recent = Recent::default();
        recent.put_first(Used::Credential(Choice::Environment));
        recent.put_first(profile("staging"));
        recent.put_first(Used::Organization(OrgId::new("5f")));
        let text = serde_json::to_string(&recent).expect("written");
        assert_eq!(
            text,
            r#"{"credentials":[{"profile":"staging"},"environment"],"organizations":["5f"]}"#
        );
        assert_eq!(serde_json::from_str::<Recent>(&text).expect("read"), recent);
    }
}
