//! One organization as it is known so far. Server data lives here, once; screens
//! keep ids.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::Timestamp;

use super::activity::Activity;
use super::fetched::Fetched;
use super::identity::Kind;
use super::listing::{Listing, Row};
use crate::atlas::{Clean, Field, IdentityId, OrgId, Organization, Project, ProjectId, Settings};
use crate::rules::look_alike::Namesakes;

/// The organization on screen.
#[derive(Debug)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: Fetched<Clean>,
    /// Its settings that bear on access.
    pub settings: Fetched<Settings>,
    /// Its projects' names.
    pub projects: Fetched<HashMap<ProjectId, Field<Clean>>>,
    /// The address from which Atlas sees us calling.
    pub address: Fetched<IpAddr>,
    /// What happened, while somebody looks at it.
    pub activity: Option<Box<Activity>>,
    service_accounts: Listing,
    api_keys: Listing,
}

impl Org {
    /// An organization of which only the id is known, and perhaps its name.
    #[must_use]
    pub fn new(id: OrgId, name: Option<Clean>) -> Self {
        let name = Fetched { value: name, ..Fetched::default() };
        Self {
            id,
            name,
            settings: Fetched::default(),
            projects: Fetched::default(),
            address: Fetched::default(),
            activity: None,
            service_accounts: Listing::default(),
            api_keys: Listing::default(),
        }
    }

    /// One of the two lists.
    #[must_use]
    pub fn list(&self, kind: Kind) -> &Listing {
        match kind {
            Kind::ServiceAccounts => &self.service_accounts,
            Kind::ApiKeys => &self.api_keys,
        }
    }

    /// The same, to change it.
    pub fn list_mut(&mut self, kind: Kind) -> &mut Listing {
        match kind {
            Kind::ServiceAccounts => &mut self.service_accounts,
            Kind::ApiKeys => &mut self.api_keys,
        }
    }

    /// The row of an identity.
    #[must_use]
    pub fn row(&self, id: &IdentityId) -> Option<&Row> {
        self.list(Kind::of(id)).row(id)
    }

    /// Who may be taken for this one by its name.
    #[must_use]
    pub fn namesakes(&self, row: &Row) -> Namesakes<'_> {
        let Some(name) = row.identity.name().known() else { return Namesakes::default() };
        let own = row.identity.id();
        let others = || Kind::ALL.into_iter().flat_map(|kind| self.list(kind).rows());
        let alike = |other: &&Row| other.skeleton() == row.skeleton();
        let (mut same, mut found) = (0, None);
        for other in others().filter(alike).filter(|other| other.identity.id() != own) {
            match other.identity.name().known() {
                Some(other_name) if other_name != name => {
                    found = found.or(Some(other_name.as_str()));
                }
                Some(_) => same += usize::from(Kind::of(&other.identity.id()) == Kind::of(&own)),
                None => {}
            }
        }
        Namesakes { same, alike: found }
    }

    /// A project's name, or its id while or where the name is not known; `?` where even
    /// that is not.
    #[must_use]
    pub fn project_name<'a>(&'a self, id: &'a ProjectId) -> &'a str {
        if id.as_str().is_empty() {
            return "?";
        }
        let projects = self.projects.value.as_ref();
        projects
            .and_then(|projects| projects.get(id)?.known())
            .map_or(id.as_str(), |name| name.as_str())
    }

    /// Takes in the list of projects.
    pub fn take_projects(&mut self, projects: Vec<Project>, now: Timestamp) {
        let names = projects.into_iter().map(|project| (project.id, project.name)).collect();
        self.projects.set(names, now);
    }

    /// Takes in the organization's own name.
    pub fn take_name(&mut self, organization: &Organization, now: Timestamp) {
        if let Some(name) = organization.name.known() {
            self.name.set(name.clone(), now);
        }
    }
}
