//! What a change would do, told before it is made: from what the administrator saw,
//! what he wants, and what is there now. Pure: knows no network and no screen.
//!
//! Every change is compared three ways, so that another's change is never undone
//! unseen: what was seen when it was chosen, what is wanted, what is there now.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::guard::{self, Threat};
use super::health::Reach;
use crate::atlas::write::{NewApiKey, NewServiceAccount, Patch, SettingsPatch};
use crate::atlas::{
    AccessEntry, ClientId, ClientSecret, Field, Grant, IdentityId, OrgId, ProjectId, Role,
    SecretId, Settings, Write,
};

/// Entries that an access list may have (Atlas' documents).
pub const MOST_ENTRIES: usize = 200;
/// The sentence that lets one cut off the branch one sits on.
pub const LOCK_OUT: &str = "lock me out";

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
    fn roles(&self) -> &[Role] {
        match self {
            Self::ServiceAccount(new) => &new.roles,
            Self::ApiKey(new) => &new.roles,
        }
    }
}

/// What is still to be done to an identity once it is made.
#[must_use]
pub fn after_made(change: &Change, org: &OrgId, id: &IdentityId) -> Vec<Write> {
    let Change::Create { entries, grants, .. } = change else { return Vec::new() };
    let list = Write::AddEntries(org.clone(), id.clone(), entries.clone());
    let list = (!entries.is_empty()).then_some(list);
    let invite = |(project, roles): &(ProjectId, Vec<Role>)| {
        Write::Invite(project.clone(), id.clone(), roles.clone())
    };
    list.into_iter().chain(grants.iter().map(invite)).collect()
}

impl Change {
    /// The identity that is changed, if one is.
    #[must_use]
    pub fn target(&self) -> Option<IdentityId> {
        match self {
            Self::Texts { id, .. }
            | Self::Roles { id, .. }
            | Self::ProjectRoles { id, .. }
            | Self::AccessList { id, .. }
            | Self::Delete { id } => Some(id.clone()),
            Self::RevokeSecret { id, .. } => Some(IdentityId::ServiceAccount(id.clone())),
            Self::Settings { .. } | Self::Create { .. } => None,
        }
    }

    /// Whether nothing brings back what it takes.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Delete { .. } | Self::RevokeSecret { .. })
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
    /// Nobody else in its list has that name.
    pub unique: bool,
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
    /// Everybody, for changes that bear on everybody.
    pub all: Vec<Standing<'a>>,
}

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

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In words.
    pub lines: Vec<Line>,
    /// What is asked for first.
    pub demand: Demand,
    /// What is sent, in this order; nothing where all is as wanted already.
    pub writes: Vec<Write>,
}

impl Verdict {
    fn new(writes: Vec<Write>) -> Self {
        Self { lines: Vec::new(), demand: Demand::Nothing, writes }
    }

    fn refused(why: impl Into<String>) -> Self {
        Self { demand: Demand::Refuse(why.into()), ..Self::new(Vec::new()) }
    }

    fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.lines.push(Line { tone, text: text.into() });
    }

    /// Says it, and asks for agreement.
    fn ask(&mut self, tone: Tone, text: impl Into<String>) {
        self.say(tone, text);
        if self.demand == Demand::Nothing {
            self.demand = Demand::Agree;
        }
    }

    /// Takes in what it does to those who make it, as the consequence deserves.
    fn guard(&mut self, threats: &[Threat]) {
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

/// Tells what a change would do now.
#[must_use]
pub fn judge(change: &Change, now: &Now<'_>) -> Verdict {
    let threats = guard::threats(change, now);
    let mut verdict = match (change, &now.target) {
        (Change::Settings { seen, wanted }, _) => settings(*seen, *wanted, now),
        (Change::Create { new, entries, grants }, _) => {
            let write = match new {
                New::ServiceAccount(new) => {
                    Write::CreateServiceAccount(now.org.clone(), new.clone())
                }
                New::ApiKey(new) => Write::CreateApiKey(now.org.clone(), new.clone()),
            };
            let mut verdict = created(write, new.roles(), entries, now);
            ask_about_rulers(&mut verdict, grants.iter().flat_map(|(_, roles)| roles));
            verdict
        }
        (_, None) => return Verdict::refused("It is gone: somebody has removed it meanwhile."),
        (_, Some(target)) if target.managed => {
            return Verdict::refused("Atlas made it for an integration; it cannot be changed.");
        }
        (Change::Texts { id, name, description }, Some(target)) => {
            texts(id, [name.as_ref(), description.as_ref()], target, now)
        }
        (Change::Roles { id, seen, wanted }, Some(target)) => roles(id, seen, wanted, target, now),
        (Change::ProjectRoles { id, project, seen, wanted }, Some(target)) => {
            project_roles((id, project), seen, wanted, target)
        }
        (Change::AccessList { id, add, remove }, Some(target)) => {
            access_list(id, add, remove, target, now)
        }
        (Change::RevokeSecret { id, secret }, Some(target)) => revoke(id, secret, target, now),
        (Change::Delete { id }, Some(target)) => delete(id, target, now),
    };
    if !matches!(verdict.demand, Demand::Refuse(_)) {
        verdict.guard(&threats);
    }
    verdict
}

/// What is typed to confirm that this identity is meant: its name or public key,
/// where that is unique and plain, else the last six characters of its id.
#[must_use]
pub fn phrase(id: &IdentityId, target: &Target<'_>) -> String {
    let name = match id {
        IdentityId::ServiceAccount(_) => target.name,
        IdentityId::ApiKey(_) => target.public,
    };
    let plain = name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if target.unique && plain && (4..=40).contains(&name.len()) && name.trim() == name {
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
                format!("Somebody changed the {word} meanwhile, to “{there}”. Yours takes its place: “{}”.", edit.wanted),
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

/// What a set of roles becomes, and what is gained and lost by it.
struct Merge {
    after: Vec<Role>,
    gained: Vec<Role>,
    lost: Vec<Role>,
    /// Somebody else has changed them since they were seen.
    contested: bool,
}

fn merge(seen: &[Role], wanted: &[Role], there: &[Role]) -> Merge {
    let added = wanted.iter().filter(|role| !seen.contains(role));
    let removed = |role: &&Role| seen.contains(role) && !wanted.contains(role);
    let kept = there.iter().filter(|role| !removed(role));
    let mut after: Vec<Role> = kept.chain(added).cloned().collect();
    after.sort();
    after.dedup();
    let without = |from: &[Role], others: &[Role]| {
        from.iter().filter(|role| !others.contains(role)).cloned().collect::<Vec<_>>()
    };
    let contested = without(seen, there).len() + without(there, seen).len() > 0;
    Merge { gained: without(&after, there), lost: without(there, &after), after, contested }
}

fn labels(roles: &[Role]) -> String {
    roles.iter().map(Role::label).collect::<Vec<_>>().join(", ")
}

fn say_merge(verdict: &mut Verdict, merge: &Merge, there: &[Role]) {
    if merge.contested && merge.gained.len() + merge.lost.len() > 0 {
        let there = if there.is_empty() { "none".into() } else { labels(there) };
        verdict.ask(
            Tone::Warning,
            format!(
                "Somebody changed its roles meanwhile, to: {there}. Your changes are made to those."
            ),
        );
    }
    for role in &merge.gained {
        verdict.say(Tone::Gain, role.label());
    }
    for role in &merge.lost {
        verdict.say(Tone::Loss, role.label());
    }
}

/// A role that Atlas sent and that gatehouse could not read: replacing the set would
/// lose it.
fn has_unread(roles: &[Role]) -> bool {
    roles.contains(&Role::default())
}

const UNREAD: &str = "One of its roles could not be understood, and saving replaces them all.";
const OWNER: &str = "ORG_OWNER";
const OWNER_MAY: &str =
    "An Organization Owner can change everything in the organization, who has access included.";
/// Roles that rule a project, and what that means.
const RULERS: &[(&str, &str)] = &[
    (
        "GROUP_OWNER",
        "A Project Owner can change everything in the project, who has access included.",
    ),
    ("GROUP_ACCESS_MANAGER", "A Project Access Manager can change who has access to the project."),
];

/// Whether one of the roles owns the organization.
#[must_use]
pub fn is_owner(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.code() == OWNER)
}

fn roles(
    id: &IdentityId,
    seen: &[Role],
    wanted: &[Role],
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    let Some(there) = target.roles.filter(|roles| !has_unread(roles)) else {
        return Verdict::refused(UNREAD);
    };
    let merge = merge(seen, wanted, there);
    if merge.after.is_empty() {
        return Verdict::refused("It needs at least one organization role.");
    }
    let mut verdict = Verdict::new(Vec::new());
    say_merge(&mut verdict, &merge, there);
    if is_owner(&merge.gained) {
        verdict.ask(Tone::Danger, OWNER_MAY);
    }
    if !merge.gained.is_empty() || !merge.lost.is_empty() {
        verdict.say(Tone::Plain, "Its credentials stay valid until they expire or are revoked.");
        let patch = Patch { roles: Some(merge.after), ..Patch::default() };
        verdict.writes.push(Write::Update(now.org.clone(), id.clone(), patch));
    }
    verdict
}

/// Asks about roles that rule a project.
fn ask_about_rulers<'a>(verdict: &mut Verdict, gained: impl Iterator<Item = &'a Role>) {
    let gained: Vec<_> = gained.map(Role::code).collect();
    for (code, words) in RULERS {
        if gained.contains(code) {
            verdict.ask(Tone::Danger, *words);
        }
    }
}

fn project_roles(
    (id, project): (&IdentityId, &ProjectId),
    seen: &[Role],
    wanted: &[Role],
    target: &Target<'_>,
) -> Verdict {
    let Some(grants) = target.grants else {
        return Verdict::refused("Its projects could not be read.");
    };
    let grant = grants.iter().find(|grant| grant.project == *project);
    let there = match grant.map(|grant| &grant.roles) {
        None => &[][..],
        Some(Field::Known(roles)) if !has_unread(roles) => roles,
        Some(_) => return Verdict::refused(UNREAD),
    };
    let mut verdict = Verdict::new(Vec::new());
    if wanted.is_empty() {
        if grant.is_some() {
            for role in there {
                verdict.say(Tone::Loss, role.label());
            }
            verdict.ask(Tone::Warning, "It leaves the project, and stays in the organization.");
            verdict.writes.push(Write::Leave(project.clone(), id.clone()));
        }
        return verdict;
    }
    let merge = merge(seen, wanted, there);
    say_merge(&mut verdict, &merge, there);
    if merge.gained.is_empty() && merge.lost.is_empty() {
        return verdict;
    }
    ask_about_rulers(&mut verdict, merge.gained.iter());
    if grant.is_none() {
        let words = match id {
            IdentityId::ServiceAccount(_) => {
                "Owners of the project can then rotate its secrets and change its access list."
            }
            IdentityId::ApiKey(_) => "Owners of the project can then use this key there.",
        };
        verdict.say(Tone::Warning, words);
    }
    let write = if grant.is_none() { Write::Invite } else { Write::ProjectRoles };
    verdict.writes.push(write(project.clone(), id.clone(), merge.after));
    verdict
}

/// The ranges of a list, as far as they were understood.
fn ranges(entries: &[AccessEntry]) -> Vec<IpNet> {
    entries.iter().filter_map(AccessEntry::range).collect()
}

/// The list as it would be.
#[must_use]
pub fn list_after(entries: &[AccessEntry], add: &[IpNet], remove: &[IpNet]) -> Vec<IpNet> {
    let mut after = ranges(entries);
    after.retain(|range| !remove.contains(range));
    after.extend(add.iter().filter(|range| !entries.iter().any(|e| e.range() == Some(**range))));
    after
}

/// A recent use of an entry, in days.
const RECENT_DAYS: i64 = 30;

fn access_list(
    id: &IdentityId,
    add: &[IpNet],
    remove: &[IpNet],
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    let Some(entries) = target.entries else {
        return Verdict::refused("Its access list could not be read.");
    };
    let there = ranges(entries);
    let add: Vec<IpNet> = add.iter().filter(|range| !there.contains(range)).copied().collect();
    let remove: Vec<IpNet> = remove.iter().filter(|range| there.contains(range)).copied().collect();
    let after = list_after(entries, &add, &remove);
    if after.len() > MOST_ENTRIES {
        return Verdict::refused(format!("An access list has at most {MOST_ENTRIES} entries."));
    }
    let mut verdict = Verdict::new(Vec::new());
    for range in &add {
        verdict.say(Tone::Gain, shown(range));
    }
    for range in &remove {
        verdict.say(Tone::Loss, shown(range));
    }
    for entry in entries.iter().filter(|entry| entry.range().is_some_and(|r| remove.contains(&r))) {
        if let (Field::Known(used), Some(range)) = (entry.last_used_at, entry.range()) {
            let days = now.time.duration_since(used).as_hours() / 24;
            if days < RECENT_DAYS {
                let when = if days == 0 { "today".into() } else { format!("{days} d ago") };
                verdict.ask(Tone::Warning, format!("{} was used {when}.", shown(&range)));
            }
        }
    }
    for range in add.iter().filter(|range| super::health::is_everything(range)) {
        verdict.ask(Tone::Danger, format!("{range} lets every address in."));
    }
    say_cliff(&mut verdict, entries, &after, now);
    if !add.is_empty() {
        // What is new comes first, so that there is no moment without either.
        verdict.writes.push(Write::AddEntries(now.org.clone(), id.clone(), add));
    }
    let removal = |range| Write::RemoveEntry(now.org.clone(), id.clone(), range);
    verdict.writes.extend(remove.into_iter().map(removal));
    verdict
}

/// An entry as people write it: a single address bare.
#[must_use]
pub fn shown(range: &IpNet) -> String {
    if range.prefix_len() == range.max_prefix_len() {
        range.addr().to_string()
    } else {
        range.to_string()
    }
}

/// The first entry of a list and its last one change who may call altogether.
fn say_cliff(verdict: &mut Verdict, before: &[AccessEntry], after: &[IpNet], now: &Now<'_>) {
    match (before.is_empty(), after.is_empty()) {
        (true, false) => match Reach::of(before, now.settings) {
            Reach::Nobody => verdict.say(
                Tone::Plain,
                "Until now it let nobody in: the organization requires an access list.",
            ),
            _ => verdict.ask(
                Tone::Warning,
                "It is the first entry: until now every address was let in, from now on only those listed.",
            ),
        },
        (false, true) => match Reach::of(&[], now.settings) {
            Reach::Anybody => verdict.ask(
                Tone::Danger,
                "It is the last entry: without one, every address on the Internet is let in.",
            ),
            Reach::Nobody => verdict.ask(
                Tone::Danger,
                "It is the last entry: without one, nobody is let in, for the organization requires a list.",
            ),
            _ => verdict.ask(
                Tone::Danger,
                "It is the last entry: without one, everybody or nobody is let in, as the organization's settings say, which could not be read.",
            ),
        },
        _ => {}
    }
}

/// A secret that works now.
pub(super) fn works(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.expires_at.known().is_some_and(|end| *end > now)
}

fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

fn revoke(id: &ClientId, secret: &SecretId, target: &Target<'_>, now: &Now<'_>) -> Verdict {
    let Some(found) = target.secrets.iter().find(|known| known.id == *secret) else {
        return Verdict::refused("This secret is gone: somebody has revoked it meanwhile.");
    };
    let account = IdentityId::ServiceAccount(id.clone());
    let mut verdict =
        Verdict::new(vec![Write::RevokeSecret(now.org.clone(), id.clone(), secret.clone())]);
    verdict.say(Tone::Plain, secret_words(found));
    let working = target.secrets.iter().filter(|secret| works(secret, now.time)).count();
    if works(found, now.time) {
        verdict.say(Tone::Loss, "Every token that was minted with it stops working at once.");
        if working == 1 {
            let words = "It is the only secret that works: without it the account is shut out until it is given a new one.";
            verdict.say(Tone::Danger, words);
        }
    } else {
        verdict.say(Tone::Plain, "It has expired: nothing works with it any more.");
    }
    say_use(&mut verdict, [&found.last_used_at].into_iter(), now.time);
    verdict.demand = Demand::Type(phrase(&account, target));
    verdict
}

/// Which secret it is, as the list shows it, in UTC.
fn secret_words(secret: &ClientSecret) -> String {
    let day = |time: &Field<Timestamp>| {
        time.known().map_or_else(|| "?".into(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    let masked = secret.masked_secret_value.known().map_or("?", |value| value.as_str());
    let (made, ends) = (day(&secret.created_at), day(&secret.expires_at));
    format!("The secret {masked}, made {made}, ends {ends}.")
}

/// When it was used last, which tells whether it is missed.
fn say_use<'a>(
    verdict: &mut Verdict,
    uses: impl Iterator<Item = &'a Field<Timestamp>>,
    now: Timestamp,
) {
    let last = uses.filter_map(Field::known).max();
    let Some(last) = last else {
        return verdict.say(Tone::Plain, "No use of it is known.");
    };
    let hours = now.duration_since(*last).as_hours();
    let (tone, when) = match hours {
        ..1 => (Tone::Danger, "within the last hour".to_owned()),
        1..24 => (Tone::Danger, format!("{hours} h ago")),
        _ => (Tone::Warning, format!("{} d ago", hours / 24)),
    };
    verdict.say(tone, format!("It was used {when}."));
}

fn delete(id: &IdentityId, target: &Target<'_>, now: &Now<'_>) -> Verdict {
    let mut verdict = Verdict::new(vec![Write::Delete(now.org.clone(), id.clone())]);
    let entries = target.entries.unwrap_or_default();
    let uses = target.secrets.iter().map(|secret| &secret.last_used_at);
    say_use(&mut verdict, uses.chain(entries.iter().map(|entry| &entry.last_used_at)), now.time);
    let newest = entries.iter().filter(|entry| entry.last_used_at.known().is_some());
    let newest = newest.max_by_key(|entry| entry.last_used_at.known().copied());
    if let Some(from) = newest.and_then(|entry| entry.last_used_address.known()) {
        verdict.say(Tone::Plain, format!("The last call came from {from}."));
    }
    if !target.secrets.is_empty() {
        let secrets = count(target.secrets.len(), "secret stops", "secrets stop");
        verdict.say(Tone::Loss, format!("{secrets} working, with every token minted by it"));
    }
    match target.grants {
        Some([]) => {}
        Some(grants) => {
            let projects = count(grants.len(), "project", "projects");
            verdict.say(Tone::Loss, format!("its roles in {projects}"));
        }
        None => verdict.say(Tone::Warning, "Its projects could not be read."),
    }
    if let Some(roles) = target.roles.filter(|roles| !roles.is_empty()) {
        verdict.say(Tone::Loss, labels(roles));
    }
    match target.entries {
        Some([]) => {}
        Some(entries) => {
            let entries = count(entries.len(), "access-list entry", "access-list entries");
            verdict.say(Tone::Loss, entries);
        }
        None => verdict.say(Tone::Warning, "Its access list could not be read."),
    }
    verdict.say(Tone::Plain, "Nothing brings it back.");
    verdict.demand = Demand::Type(phrase(id, target));
    verdict
}

fn settings(seen: Switches, wanted: Switches, now: &Now<'_>) -> Verdict {
    let Some(there) = now.settings.and_then(switches) else {
        return Verdict::refused("The organization's settings could not be read.");
    };
    let mut verdict = Verdict::new(Vec::new());
    let mut patch = SettingsPatch::default();
    if wanted.required != seen.required && wanted.required != there.required {
        patch.access_list_required = Some(wanted.required);
        let (tone, words) = if wanted.required {
            (Tone::Gain, "Every call needs an access list.")
        } else {
            (Tone::Loss, "No call needs an access list any more.")
        };
        verdict.say(tone, words);
        say_required(&mut verdict, wanted.required, now);
    }
    if wanted.hours != seen.hours && wanted.hours != there.hours {
        if there.hours != seen.hours {
            let words = format!(
                "Somebody changed the maximum meanwhile, to {} h. Yours takes its place.",
                there.hours
            );
            verdict.ask(Tone::Warning, words);
        }
        patch.longest_secret_hours = Some(wanted.hours);
        verdict.say(
            Tone::Plain,
            format!(
                "New secrets live at most {} h; those that exist keep their end.",
                wanted.hours
            ),
        );
    }
    if patch != SettingsPatch::default() {
        verdict.writes.push(Write::Settings(now.org.clone(), patch));
    }
    verdict
}

/// The settings that bear on access, where they were understood. What Atlas leaves
/// out was never switched on, and is at Atlas' own limit.
#[must_use]
pub fn switches(settings: &Settings) -> Option<Switches> {
    let required = match settings.api_access_list_required {
        Field::Known(required) => required,
        Field::Absent => false,
        Field::Odd => return None,
    };
    let hours = match settings.max_service_account_secret_validity_in_hours {
        Field::Known(hours) => hours,
        Field::Absent => 8760,
        Field::Odd => return None,
    };
    Some(Switches { required, hours })
}

/// Names at most these many; the others are counted.
const NAMED: usize = 5;

fn say_required(verdict: &mut Verdict, required: bool, now: &Now<'_>) {
    let empty: Vec<_> = now
        .all
        .iter()
        .filter(|one| one.entries.is_some_and(<[_]>::is_empty))
        .map(|one| one.name)
        .collect();
    let unread = now.all.iter().filter(|one| one.entries.is_none()).count();
    let (tone, what) = if required {
        (Tone::Danger, "shut out, for their access list is empty")
    } else {
        (Tone::Danger, "open to every address, for their access list is empty")
    };
    if empty.is_empty() {
        verdict.ask(Tone::Plain, "Nobody has an empty access list.");
    } else {
        let named = empty.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = match empty.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        verdict.ask(tone, format!("{} {what}: {named}{more}", count(empty.len(), "is", "are")));
    }
    if unread > 0 {
        let words = format!(
            "The lists of {} could not be looked at yet.",
            count(unread, "identity", "identities")
        );
        verdict.ask(Tone::Warning, words);
    }
}

fn created(write: Write, roles: &[Role], entries: &[IpNet], now: &Now<'_>) -> Verdict {
    let mut verdict = Verdict::new(vec![write]);
    if is_owner(roles) {
        verdict.ask(Tone::Danger, OWNER_MAY);
    }
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
    for range in entries.iter().filter(|range| super::health::is_everything(range)) {
        verdict.ask(Tone::Danger, format!("{range} lets every address in."));
    }
    verdict
}
