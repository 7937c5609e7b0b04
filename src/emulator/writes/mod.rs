//! What each changing endpoint does. Knows nothing of who may ask: whoever comes
//! here may. Each change reads its body whole and checks all of it before it
//! touches anything, so that a refused call leaves everything as it was.

pub(super) mod accounts;
pub(super) mod entries;
pub(super) mod keys;
pub(super) mod secrets;
pub(super) mod settings;

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::answers::Shapes;
use super::body::{self, Form};
use super::errors::{INVALID_KEY_ID, KEY_NOT_FOUND, MANAGED_BY_ATLAS, RESOURCE_NOT_FOUND, Refusal};
use super::events::{Actor, Event, Subject};
use super::http::Incoming;
use super::limits::Limits;
use super::query::Query;
use super::random;
use super::reads::{Ask, Body};
use super::roles::MEMBER;
use super::routes::{Params, is_object_id};
use super::store::{Account, Caller, Identity, Key, Organization, Standing, Store};
use crate::atlas::roles::Level;

/// A change that passed every check.
pub(super) struct Change<'a> {
    pub(super) store: &'a mut Store,
    pub(super) caller: &'a Caller,
    /// The id of the organization that the path leads into.
    pub(super) org: String,
    pub(super) params: &'a Params,
    pub(super) query: &'a Query,
    pub(super) shapes: Shapes<'a>,
    /// The path below the root.
    pub(super) path: &'a str,
    pub(super) limits: &'a Limits,
    pub(super) version: &'static str,
    pub(super) incoming: &'a Incoming,
    /// Where the call seems to come from.
    pub(super) address: IpAddr,
    pub(super) now: Timestamp,
    /// No other request changes the same secrets at this moment.
    pub(super) alone: bool,
}

/// What a change answers.
pub(super) enum Done {
    /// 200, with what is there now.
    Changed(Body),
    /// 201, with what was made.
    Created(Value),
    /// 204, with nothing.
    Gone,
}

type Changed = Result<Done, Refusal>;

impl Change<'_> {
    fn json(&self) -> Result<Value, Refusal> {
        body::json(self.incoming, self.version)
    }

    fn form(&self) -> Result<Form, Refusal> {
        Form::of(self.json()?)
    }

    /// The project that the path leads into.
    fn project(&self) -> Option<&str> {
        self.params.find("group")
    }

    fn level(&self) -> Level {
        if self.project().is_some() { Level::Project } else { Level::Organization }
    }

    /// What somebody may do who is made here with these roles: what is made in a
    /// project becomes a member of the organization.
    fn standing(&self, roles: Vec<String>) -> Standing {
        match self.project() {
            None => Standing { roles, ..Standing::default() },
            Some(project) => Standing {
                roles: vec![MEMBER.to_owned()],
                projects: [(project.to_owned(), roles)].into(),
                ..Standing::default()
            },
        }
    }

    fn organization(&self) -> Result<&Organization, Refusal> {
        let org = self.store.organizations.get(&self.org);
        org.ok_or_else(|| RESOURCE_NOT_FOUND.on(self.path))
    }

    fn organization_mut(&mut self) -> Result<&mut Organization, Refusal> {
        let org = self.store.organizations.get_mut(&self.org);
        org.ok_or_else(|| RESOURCE_NOT_FOUND.on(self.path))
    }

    /// The account that the path names, to be changed: in the project, where the
    /// path leads into one, and not one that Atlas manages.
    fn account_mut(&mut self) -> Result<&mut Account, Refusal> {
        let (id, project) = (self.params.get("account"), self.params.find("group"));
        let org = self.organization_mut()?;
        let managed = org.managed.get(id).is_some();
        let found = if managed { org.managed.get_mut(id) } else { org.accounts.get_mut(id) };
        let found = found.ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?;
        let there = project.is_none_or(|group| found.standing.projects.contains_key(group));
        match (there, managed) {
            (false, _) => Err(RESOURCE_NOT_FOUND.on(id)),
            (true, true) => Err(MANAGED_BY_ATLAS.on(id)),
            (true, false) => Ok(found),
        }
    }

    /// The API key that the path names, to be changed, in whatever project it is.
    fn key_mut(&mut self) -> Result<&mut Key, Refusal> {
        let id = self.params.get("key");
        if !is_object_id(id) {
            return Err(INVALID_KEY_ID.on(id));
        }
        let keys = &mut self.organization_mut()?.keys;
        keys.get_mut(id).ok_or_else(|| KEY_NOT_FOUND.on(id))
    }

    /// What is to be read once the change is made.
    fn ask(&self) -> Ask<'_> {
        Ask {
            store: self.store,
            caller: self.caller,
            org: self.store.organizations.get(&self.org),
            params: self.params,
            query: self.query,
            shapes: self.shapes,
            path: self.path,
            limits: self.limits,
            address: self.address,
        }
    }

    fn actor(&self) -> Option<Actor> {
        let home = self.store.organizations.get(&self.caller.org)?;
        match &self.caller.identity {
            Identity::Account(id) => Some(Actor::Account(id.clone())),
            Identity::Key(id) => {
                let public_key = home.keys.get(id)?.public_key.clone();
                Some(Actor::Key { id: id.clone(), public_key })
            }
        }
    }

    /// What the rest of this change does is done by this caller, who may be gone
    /// by the time that it is written down.
    fn witness(&self) -> Result<Witness, Refusal> {
        let actor = self.actor().ok_or_else(|| RESOURCE_NOT_FOUND.on(self.path))?;
        let event = Event {
            id: String::new(),
            created: self.now,
            kind: String::new(),
            actor,
            address: Some(self.address),
            project: self.project().map(str::to_owned),
            subject: Subject::Organization,
            entry: None,
        };
        Ok(Witness { event, seen: Vec::new() })
    }

    /// Writes down what a witness saw.
    fn note(&mut self, witness: Witness) -> Result<(), Refusal> {
        let org = self.organization_mut()?;
        for event in witness.seen {
            org.note(event);
        }
        Ok(())
    }
}

/// Sees what a change does, and is asked once it is done.
struct Witness {
    event: Event,
    seen: Vec<Event>,
}

impl Witness {
    /// Sees one thing happen to a subject.
    fn sees(&mut self, kind: &str, subject: &Subject) -> Result<(), Refusal> {
        self.sees_entry(kind, subject, None)
    }

    fn sees_entry(
        &mut self,
        kind: &str,
        subject: &Subject,
        entry: Option<String>,
    ) -> Result<(), Refusal> {
        self.seen.push(Event {
            id: random::object_id(self.event.created)?,
            kind: kind.to_owned(),
            subject: subject.clone(),
            entry,
            ..self.event.clone()
        });
        Ok(())
    }
}

fn account_subject(account: &Account) -> Subject {
    Subject::Account { id: account.id.clone(), name: account.name.clone() }
}

fn key_subject(key: &Key) -> Subject {
    Subject::Key(key.public_key.clone())
}
