//! The credentials of this machine, for the program that is running: which there are,
//! and what it is set to with each of them.

use super::open::{Start, of_access};
use crate::app::credentials::{Candidate, Choice, Facts};
use crate::app::state::Setting;
use crate::atlas::Clean;
use crate::atlas::client::Client;
use crate::atlas::network::Authorities;
use crate::config::{self, Access, Found, Surroundings};
use crate::runtime::doors::Doors;
use crate::runtime::keep::Keep;

/// What is looked through, and what every session has in common.
pub(super) struct OfThisMachine {
    pub(super) start: Start,
    pub(super) authorities: Authorities,
    pub(super) keep: Keep,
}

impl Doors for OfThisMachine {
    fn list(&self) -> Vec<Candidate> {
        let surroundings = Surroundings::of_this_process();
        let environment = find(&Choice::Environment, &surroundings).transpose();
        let environment = environment.map(|found| candidate(Choice::Environment, found));
        // A file that nobody can read has no profiles: each would say so again.
        let profiles = config::profiles(&surroundings).unwrap_or_default();
        let profiles = profiles.into_iter().filter_map(|name| {
            let choice = Choice::Profile(name);
            let found = find(&choice, &surroundings).transpose()?;
            Some(candidate(choice, found))
        });
        environment.into_iter().chain(profiles).collect()
    }

    fn open(&self, choice: &Choice) -> Result<(Setting, Client), String> {
        let access = find(choice, &Surroundings::of_this_process())?;
        let access = access.ok_or_else(|| format!("{} is not there any more.", choice.name()))?;
        Ok(of_access(access, &self.start, &self.authorities, &self.keep))
    }
}

/// Looks for one of them; none where it is not there.
fn find(choice: &Choice, surroundings: &Surroundings) -> Result<Option<Access>, String> {
    match choice {
        Choice::Environment => {
            config::find_in_environment(surroundings).map_err(|it| it.to_string())
        }
        Choice::Profile(name) => match config::find_profile(name, surroundings) {
            Ok(Found::Access(access)) => Ok(Some(*access)),
            Ok(Found::Nothing { looked_at }) => Err(no_credential(&looked_at)),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// That a profile has none; the environment is not asked for it.
fn no_credential(looked_at: &[String]) -> String {
    let own = looked_at.iter().filter(|place| !place.starts_with("environment"));
    let own: Vec<_> = own.map(String::as_str).collect();
    format!("It has no credential. Looked at: {}.", own.join(", "))
}

fn candidate(choice: Choice, found: Result<Access, String>) -> Candidate {
    let is = found.map_err(|why| Clean::whole(&why)).map(|access| Facts {
        public: access.credential.public_part(),
        host: Clean::from(access.origin.host()),
        org: access.org,
    });
    Candidate { choice, is }
}
