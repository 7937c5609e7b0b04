//! What a change would do, told before it is made: from what the administrator saw,
//! what he wants, and what is there now. Pure: knows no network and no screen.
//!
//! Every change is compared three ways, so that another's change is never undone
//! unseen: what was seen when it was chosen, what is wanted, what is there now.

mod access;
mod removal;
mod roles;
mod secret;
mod settings;
mod verdict;

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

pub use access::{list_after, shown};
pub use removal::works;
pub use roles::{is_owner, owns_project};
pub use secret::{HOURS, MOST_SECRETS, cut, dispensable, life, read_life};
pub use settings::switches;
pub use verdict::{Demand, LOCK_OUT, Line, Tone, Verdict};

use super::guard;
use super::health::Reach;
use super::look_alike::Namesakes;
use crate::atlas::write::{NewApiKey, NewServiceAccount, Patch};
use crate::atlas::{
    AccessEntry, ClientId, ClientSecret, Grant, IdentityId, KeyId, OrgId, ProjectId, Role,
    SecretId, Settings, Write,
};

/// Entries that an access list may have (Atlas' documents).
pub const MOST_ENTRIES: usize = 200;

/// A text as it was seen, and as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What stood there when the edit began.
    pub seen: String,
    /// What is to stand there.
    pub wanted: String,
}

/// The settings that bear on access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Calls need an access list.
    pub required: bool,
    /// Longest life of a client secret, in hours.
    pub hours: u32,
}

/// What is wanted, bound to ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another name or description; what is not edited is absent.
    Texts {
        /// Whose.
        id: IdentityId,
        /// The name; API keys have none.
        name: Option<TextEdit>,
        /// The description.
        description: Option<TextEdit>,
    },
    /// Other organization roles.
    Roles {
        /// Whose.
        id: IdentityId,
        /// Those that were seen.
        seen: Vec<Role>,
        /// Those that are wanted.
        wanted: Vec<Role>,
    },
    /// Other roles in a project; none: not in it.
    ProjectRoles {
        /// Whose.
        id: IdentityId,
        /// In which project.
        project: ProjectId,
        /// Those that were seen.
        seen: Vec<Role>,
        /// Those that are wanted.
        wanted: Vec<Role>,
    },
    /// Entries to be added to and removed from an access list.
    AccessList {
        /// Whose.
        id: IdentityId,
        /// To be added.
        add: Vec<IpNet>,
        /// To be removed.
        remove: Vec<IpNet>,
    },
    /// A further secret to be generated.
    GenerateSecret {
        /// Whose.
        id: ClientId,
        /// How long it is to live, in hours.
        hours: u32,
        /// The secrets that were seen.
        seen: Vec<SecretId>,
        /// It is to take the place of the one that works.
        rotates: bool,
    },
    /// A secret to be revoked.
    RevokeSecret {
        /// Whose.
        id: ClientId,
        /// Which.
        secret: SecretId,
    },
    /// An identity to be deleted.
    Delete {
        /// Which.
        id: IdentityId,
    },
    /// Other settings.
    Settings {
        /// Those that were seen.
        seen: Switches,
        /// Those that are wanted.
        wanted: Switches,
    },
    /// An identity to be made, with its access list and its projects.
    Create {
        /// What is made.
        new: New,
        /// From where it may call.
        entries: Vec<IpNet>,
        /// Its projects, with its roles there.
        grants: Vec<(ProjectId, Vec<Role>)>,
        /// The API key whose place it is to take, where it is.
        replaces: Option<KeyId>,
    },
}

/// An identity to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    /// A service account.
    ServiceAccount(NewServiceAccount),
    /// An API key.
    ApiKey(NewApiKey),
}

impl New {
    /// What it is to be called: an API key by its description.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ServiceAccount(new) => &new.name,
            Self::ApiKey(new) => &new.description,
        }
    }

    /// Its organization roles.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        match self {
            Self::ServiceAccount(new) => &new.roles,
            Self::ApiKey(new) => &new.roles,
        }
    }
}

/// What is still to be done to an identity once it is made; nothing to one that the answer
/// did not name.
#[must_use]
pub fn after_made(change: &Change, org: &OrgId, id: &IdentityId) -> Vec<Write> {
    let Change::Create { entries, grants, .. } = change else { return Vec::new() };
    if !id.is_addressable() {
        return Vec::new();
    }
    let list = Write::AddEntries(org.clone(), id.clone(), entries.clone());
    let list = (!entries.is_empty()).then_some(list);
    let invite = |(project, roles): &(ProjectId, Vec<Role>)| {
        Write::Invite(project.clone(), id.clone(), roles.clone())
    };
    list.into_iter().chain(grants.iter().map(invite)).collect()
}

impl Change {
    /// Takes back what was issued: revokes a service account's secret, or deletes the
    /// identity where no secret of it is named.
    #[must_use]
    pub fn taking_back(owner: &IdentityId, secret: Option<&SecretId>) -> Self {
        match (owner, secret) {
            (IdentityId::ServiceAccount(id), Some(secret)) => {
                Self::RevokeSecret { id: id.clone(), secret: secret.clone() }
            }
            (id, _) => Self::Delete { id: id.clone() },
        }
    }

    /// The identity that is changed, if one is.
    #[must_use]
    pub fn target(&self) -> Option<IdentityId> {
        match self {
            Self::Texts { id, .. }
            | Self::Roles { id, .. }
            | Self::ProjectRoles { id, .. }
            | Self::AccessList { id, .. }
            | Self::Delete { id } => Some(id.clone()),
            Self::GenerateSecret { id, .. } | Self::RevokeSecret { id, .. } => {
                Some(IdentityId::ServiceAccount(id.clone()))
            }
            Self::Settings { .. } | Self::Create { .. } => None,
        }
    }

    /// Whether nothing brings back what it takes.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Delete { .. } | Self::RevokeSecret { .. })
    }

    /// Whether it takes something away: then it matters most whom it hits.
    #[must_use]
    pub fn takes(&self) -> bool {
        match self {
            Self::Delete { .. } | Self::RevokeSecret { .. } => true,
            Self::Roles { seen, wanted, .. } | Self::ProjectRoles { seen, wanted, .. } => {
                seen.iter().any(|role| !wanted.contains(role))
            }
            Self::AccessList { remove, .. } => !remove.is_empty(),
            Self::Texts { .. }
            | Self::GenerateSecret { .. }
            | Self::Settings { .. }
            | Self::Create { .. } => false,
        }
    }

    /// Whether it brings a secret that is shown once.
    #[must_use]
    pub fn issues(&self) -> bool {
        matches!(self, Self::GenerateSecret { .. } | Self::Create { .. })
    }

    /// What it is called where it is confirmed.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Texts { .. } => "Change name or description",
            Self::Roles { .. } => "Edit permissions",
            Self::ProjectRoles { wanted, .. } if wanted.is_empty() => "Remove from project",
            Self::ProjectRoles { .. } => "Edit project roles",
            Self::AccessList { .. } => "Change access list",
            Self::GenerateSecret { rotates: true, .. } => "Rotate Client Secret",
            Self::GenerateSecret { .. } => "Generate New Client Secret",
            Self::RevokeSecret { .. } => "Revoke secret",
            Self::Delete { id: IdentityId::ServiceAccount(_) } => "Delete service account",
            Self::Delete { id: IdentityId::ApiKey(_) } => "Delete API key",
            Self::Settings { .. } => "Change organization settings",
            Self::Create { new: New::ServiceAccount(_), .. } => "Create service account",
            Self::Create { new: New::ApiKey(_), .. } => "Create API key",
        }
    }

    /// What is said once it is done.
    #[must_use]
    pub fn done(&self) -> &'static str {
        match self {
            Self::Texts { .. } | Self::Roles { .. } | Self::Settings { .. } => "saved",
            Self::ProjectRoles { wanted, .. } if wanted.is_empty() => "removed from the project",
            Self::ProjectRoles { .. } => "roles in the project saved",
            Self::AccessList { .. } => "access list saved",
            Self::GenerateSecret { .. } => "client secret generated",
            Self::RevokeSecret { .. } => "secret revoked",
            Self::Delete { .. } => "deleted",
            Self::Create { .. } => "created",
        }
    }
}

/// The identity that is changed, as it is now.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// Its name, or an API key's description.
    pub name: &'a str,
    /// Its description, where it has one besides.
    pub description: &'a str,
    /// Its client ID or its public key.
    pub public: &'a str,
    /// Who may be taken for it by its name.
    pub namesakes: Namesakes<'a>,
    /// Made and kept by Atlas.
    pub managed: bool,
    /// Its organization roles; `None`: not understood.
    pub roles: Option<&'a [Role]>,
    /// Its secrets; an API key has none.
    pub secrets: &'a [ClientSecret],
    /// Its access list; `None`: not known.
    pub entries: Option<&'a [AccessEntry]>,
    /// Its projects; `None`: not known.
    pub grants: Option<&'a [Grant]>,
    /// The names of its projects, where they are known.
    pub projects: Vec<&'a str>,
}

/// Another identity, as far as settings bear on it.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// Who it is.
    pub id: IdentityId,
    /// Its name.
    pub name: &'a str,
    /// Its access list; `None`: not read yet.
    pub entries: Option<&'a [AccessEntry]>,
}

/// What is there now.
#[derive(Debug, Clone)]
pub struct Now<'a> {
    /// The organization.
    pub org: &'a OrgId,
    /// The time.
    pub time: Timestamp,
    /// The identity that is changed; `None`: it is gone.
    pub target: Option<Target<'a>>,
    /// The identity that makes the change, if it is known.
    pub own: Option<IdentityId>,
    /// The address from which Atlas sees us calling, if it is known.
    pub address: Option<IpAddr>,
    /// The organization's settings, if they are known.
    pub settings: Option<&'a Settings>,
    /// Who owns the organization, as far as the lists tell.
    pub owners: Vec<IdentityId>,
    /// Why a name that the change gives may mislead, or that of the project that it is
    /// about, in sentences.
    pub doubts: Vec<String>,
    /// Everybody, for changes that bear on everybody.
    pub all: Vec<Standing<'a>>,
}

/// Tells what a change would do now.
#[must_use]
pub fn judge(change: &Change, now: &Now<'_>) -> Verdict {
    let threats = guard::threats(change, now);
    let mut verdict = match (change, &now.target) {
        (Change::Settings { seen, wanted }, _) => settings::settings(*seen, *wanted, now),
        (Change::Create { new, entries, grants, .. }, _) => {
            let write = match new {
                New::ServiceAccount(new) => {
                    Write::CreateServiceAccount(now.org.clone(), new.clone())
                }
                New::ApiKey(new) => Write::CreateApiKey(now.org.clone(), new.clone()),
            };
            let in_projects = || grants.iter().flat_map(|(_, roles)| roles);
            if roles::has_unread(new.roles().iter().chain(in_projects())) {
                return Verdict::refused(roles::UNREAD_ELSEWHERE);
            }
            let mut verdict = created(write, new.roles(), entries, now);
            roles::ask_about_powers(&mut verdict, in_projects());
            verdict
        }
        (_, None) => return Verdict::refused("It is gone: somebody has removed it meanwhile."),
        (_, Some(target)) if target.managed => {
            return Verdict::refused("Atlas made it for an integration; it cannot be changed.");
        }
        (Change::Texts { id, name, description }, Some(target)) => {
            texts(id, [name.as_ref(), description.as_ref()], target, now)
        }
        (Change::Roles { id, seen, wanted }, Some(target)) => {
            roles::roles(id, seen, wanted, target, now)
        }
        (Change::ProjectRoles { id, project, seen, wanted }, Some(target)) => {
            roles::project_roles((id, project), seen, wanted, target)
        }
        (Change::AccessList { id, add, remove }, Some(target)) => {
            access::access_list(id, add, remove, target, now)
        }
        (Change::GenerateSecret { id, hours, seen, .. }, Some(target)) => {
            secret::generate((id, *hours, seen), target, now)
        }
        (Change::RevokeSecret { id, secret }, Some(target)) => {
            removal::revoke(id, secret, target, now)
        }
        (Change::Delete { id }, Some(target)) => removal::delete(id, target, now),
    };
    if let (Some(id), Some(target)) = (change.target(), &now.target) {
        target.name.clone_into(&mut verdict.name);
        verdict.doubt(&id, target, change.takes());
    }
    if !verdict.is_refused() {
        if !verdict.writes.is_empty() {
            verdict.doubt_first(now.doubts.iter().cloned());
        }
        verdict.guard(&threats);
    }
    verdict
}

/// What is typed to confirm that this identity is meant: its name or public key,
/// where that is plain and nobody has one that looks like it, else the last six characters of its id.
#[must_use]
pub fn phrase(id: &IdentityId, target: &Target<'_>) -> String {
    let name = match id {
        IdentityId::ServiceAccount(_) => target.name,
        IdentityId::ApiKey(_) => target.public,
    };
    let plain = name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if target.namesakes.is_alone() && plain && (4..=40).contains(&name.len()) && name.trim() == name
    {
        return name.to_owned();
    }
    let id = id.as_str();
    id.get(id.len().saturating_sub(6)..).unwrap_or(id).to_owned()
}

fn texts(
    id: &IdentityId,
    edits: [Option<&TextEdit>; 2],
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    // An API key has only a description, which is what it is called.
    let texts = match id {
        IdentityId::ServiceAccount(_) => [target.name, target.description],
        IdentityId::ApiKey(_) => ["", target.name],
    };
    let mut verdict = Verdict::new(Vec::new());
    let mut wanted = [None, None];
    for (at, word) in ["name", "description"].into_iter().enumerate() {
        let Some(edit) = edits[at].filter(|edit| edit.wanted != texts[at]) else { continue };
        if texts[at] != edit.seen {
            let there = texts[at];
            verdict.ask(
                Tone::Warning,
                format!("Somebody changed the {word} meanwhile, to \"{there}\". Yours takes its place: \"{}\".", edit.wanted),
            );
        }
        wanted[at] = Some(edit.wanted.clone());
    }
    let [name, description] = wanted;
    if name.is_some() || description.is_some() {
        let patch = Patch { name, description, roles: None };
        verdict.writes.push(Write::Update(now.org.clone(), id.clone(), patch));
    }
    verdict
}

/// Names at most these many; the others are counted.
const NAMED: usize = 5;

/// `a, b, c and 4 more`.
fn named(names: &[&str]) -> String {
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

fn created(write: Write, roles: &[Role], entries: &[IpNet], now: &Now<'_>) -> Verdict {
    let mut verdict = Verdict::new(vec![write]);
    // Its secret comes once: no single key asks for it.
    verdict.demand = Demand::Agree;
    roles::ask_about_powers(&mut verdict, roles);
    if entries.is_empty() {
        match Reach::of(&[], now.settings) {
            Reach::Anybody => verdict.ask(
                Tone::Danger,
                "Without an access list, every address on the Internet is let in.",
            ),
            Reach::Nobody => verdict.ask(
                Tone::Warning,
                "Without an access list nobody is let in: the organization requires one.",
            ),
            _ => verdict.ask(
                Tone::Warning,
                "Without an access list, everybody or nobody is let in, as the organization's settings say, which could not be read.",
            ),
        }
    }
    access::ask_about_everything(&mut verdict, entries);
    verdict
}
