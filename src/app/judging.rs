//! What a change would do, judged by what the program knows just now: facts are gathered
//! here, the judgement is the rules'.

use super::identity::{Identity, Kind};
use super::listing::Row;
use super::org::Org;
use super::state::State;
use crate::atlas::{Clean, IdentityId};
use crate::rules::change::{Change, New, Now, Standing, Target, Verdict, is_owner, judge};
use crate::rules::look_alike::Named;

impl State {
    /// What a change would do, by what is known now.
    pub(super) fn judged(&self, change: &Change) -> Option<Verdict> {
        let org = self.org.as_ref()?;
        let target = change.target();
        let row = target.as_ref().and_then(|id| org.row(id));
        let rows = || Kind::ALL.into_iter().flat_map(|kind| org.list(kind).iter());
        let owns = |row: &&Row| row.identity.roles().known().is_some_and(|roles| is_owner(roles));
        let everybody = matches!(change, Change::Settings { .. });
        Some(judge(
            change,
            &Now {
                org: &org.id,
                time: self.now,
                target: row.map(|row| self.target(row)),
                own: self.own_id(),
                address: org.address.value.filter(|_| org.address.error.is_none()),
                settings: org.settings.value.as_ref(),
                owners: rows()
                    .filter(|row| !row.identity.is_system_managed())
                    .filter(owns)
                    .map(|row| row.identity.id())
                    .collect(),
                doubts: self.doubts_of(change),
                all: rows().filter(|_| everybody).map(standing).collect(),
            },
        ))
    }

    /// Why a name that a change gives may mislead, or that of the project that it is about.
    fn doubts_of(&self, change: &Change) -> Vec<String> {
        let Some(org) = &self.org else { return Vec::new() };
        let of_name = |name: &str, kind, own: Option<&IdentityId>| {
            let doubts = org.doubts_of_name(name, kind, own);
            doubts.iter().map(|doubt| doubt.words(kind.named())).collect()
        };
        match change {
            Change::Create { new, .. } => {
                let kind = match new {
                    New::ServiceAccount(_) => Kind::ServiceAccounts,
                    New::ApiKey(_) => Kind::ApiKeys,
                };
                of_name(new.name(), kind, None)
            }
            Change::ProjectRoles { project, .. } => org
                .doubts_of_project(project)
                .iter()
                .map(|doubt| doubt.words(Named::Project))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn target<'a>(&'a self, row: &'a Row) -> Target<'a> {
        let name = row.identity.name().known().map_or("?", Clean::as_str);
        let (description, secrets) = match &row.identity {
            Identity::ServiceAccount(account) => (
                account.description.known().map_or("", Clean::as_str),
                account.secrets.known().map_or(&[][..], Vec::as_slice),
            ),
            Identity::ApiKey(_) => ("", &[][..]),
        };
        Target {
            name,
            description,
            public: row.identity.public_part(),
            namesakes: self.org.as_ref().map(|org| org.namesakes(row)).unwrap_or_default(),
            managed: row.identity.is_system_managed(),
            roles: row.identity.roles().known().map(Vec::as_slice),
            secrets,
            entries: row.access().value.as_deref().filter(|_| row.access().error.is_none()),
            grants: row.grants(),
            projects: self.org.iter().flat_map(|org| projects_of(row, org)).collect(),
        }
    }
}

/// The names of its projects, in the order of its grants.
fn projects_of<'a>(row: &'a Row, org: &'a Org) -> impl Iterator<Item = &'a str> {
    row.grants().into_iter().flatten().map(|grant| org.project_name(&grant.project))
}

fn standing(row: &Row) -> Standing<'_> {
    Standing {
        id: row.identity.id(),
        name: row.identity.name().shown(),
        entries: row.access().value.as_deref(),
    }
}
