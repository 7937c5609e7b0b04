//! One organization as it is known so far. Server data lives here, once; screens
//! keep ids.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::Timestamp;

use super::activity::Activity;
use super::fetched::Fetched;
use super::identity::Kind;
use super::kept::Written;
use super::listing::news::Count;
use super::listing::{Listing, Row, skeleton};
use crate::atlas::{Clean, Field, IdentityId, OrgId, Organization, Project, ProjectId, Settings};
use crate::rules::look_alike::{Doubt, Namesakes, doubts_among};

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
    /// Why the names of projects may mislead, of those that do.
    project_doubts: HashMap<ProjectId, Vec<Doubt>>,
    /// The address from which Atlas sees us calling.
    pub address: Fetched<IpAddr>,
    /// What happened, while somebody looks at it.
    pub activity: Option<Box<Activity>>,
    service_accounts: Listing,
    api_keys: Listing,
    /// What an earlier session kept of its lists may still come.
    pub(super) awaits_recalled: bool,
    /// It is supposed to be the only one that the credential sees, as it was.
    pub(super) is_supposed: bool,
    /// What was kept of its lists for the next session.
    pub(super) written: Option<Written>,
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
            project_doubts: HashMap::new(),
            address: Fetched::default(),
            activity: None,
            service_accounts: Listing::default(),
            api_keys: Listing::default(),
            awaits_recalled: false,
            is_supposed: false,
            written: None,
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

    /// How much is new in both lists, for a moment.
    #[must_use]
    pub fn news(&self) -> Count {
        self.service_accounts.news() + self.api_keys.news()
    }

    /// The row of an identity.
    #[must_use]
    pub fn row(&self, id: &IdentityId) -> Option<&Row> {
        self.list(Kind::of(id)).row(id)
    }

    /// What an identity is called where it is spoken of; one that is gone by its last name.
    #[must_use]
    pub fn name_of(&self, id: &IdentityId) -> String {
        let list = self.list(Kind::of(id));
        match (list.row(id), list.name_of_gone(id)) {
            (Some(row), _) => row.identity.name().shown().to_owned(),
            (None, Some(name)) => format!("{} (gone)", name.shown()),
            (None, None) => id.as_str().to_owned(),
        }
    }

    /// Who may be taken for this one by its name.
    #[must_use]
    pub fn namesakes(&self, row: &Row) -> Namesakes<'_> {
        let Some(name) = row.identity.name().known() else { return Namesakes::default() };
        let own = row.identity.id();
        self.sharing((name, row.skeleton()), Kind::of(&own), Some(&own))
    }

    /// Why a name may mislead that is given to one of this kind, who may be there already.
    #[must_use]
    pub fn doubts_of_name(&self, name: &str, kind: Kind, own: Option<&IdentityId>) -> Vec<Doubt> {
        let name = Clean::new(name.trim());
        if name.is_empty() {
            return Vec::new();
        }
        Doubt::about(&name, &self.sharing((&name, skeleton(Some(&name))), kind, own))
    }

    /// Who else has this name, or one with the same skeleton.
    fn sharing(
        &self,
        (name, skeleton): (&str, u64),
        kind: Kind,
        own: Option<&IdentityId>,
    ) -> Namesakes<'_> {
        let others = Kind::ALL.into_iter().flat_map(|kind| self.list(kind).iter());
        let alike = |other: &&Row| other.skeleton() == skeleton;
        let (mut same, mut found) = (0, None);
        for other in others.filter(alike).filter(|other| own != Some(&other.identity.id())) {
            match other.identity.name().known() {
                Some(other_name) if **other_name != *name => {
                    found = found.or(Some(other_name.as_str()));
                }
                Some(_) => same += usize::from(Kind::of(&other.identity.id()) == kind),
                None => {}
            }
        }
        Namesakes { same, alike: found }
    }

    /// Whether the name of any project may mislead.
    #[must_use]
    pub fn has_doubtful_projects(&self) -> bool {
        !self.project_doubts.is_empty()
    }

    /// Why a project's name may mislead.
    #[must_use]
    pub fn doubts_of_project(&self, id: &ProjectId) -> &[Doubt] {
        self.project_doubts.get(id).map_or(&[], Vec::as_slice)
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
            .and_then(|projects| projects.get(id)?.known().filter(|name| !name.is_blank()))
            .map_or(id.as_str(), |name| name.as_str())
    }

    /// Takes in the list of projects.
    pub fn take_projects(&mut self, projects: Vec<Project>, now: Timestamp) {
        let known: Vec<_> =
            projects.iter().filter(|project| project.name.known().is_some()).collect();
        let names: Vec<_> =
            known.iter().filter_map(|project| project.name.known()).map(Clean::as_str).collect();
        let doubts = known.iter().zip(doubts_among(&names));
        let doubts = doubts.filter(|(_, doubts)| !doubts.is_empty());
        self.project_doubts =
            doubts.map(|(project, doubts)| (project.id.clone(), doubts)).collect();
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
