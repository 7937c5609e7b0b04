//! Roles that are given and taken, in the organization and in projects.

use super::{Now, Target, Tone, Verdict};
use crate::atlas::roles::labels;
use crate::atlas::write::Patch;
use crate::atlas::{Field, IdentityId, ProjectId, Role, Write};

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

/// A role that Atlas sent and that gatehouse could not read, or whose code it shows
/// otherwise than it came: it cannot be sent back, and replacing the set would lose it.
pub(super) fn has_unread<'a>(roles: impl IntoIterator<Item = &'a Role>) -> bool {
    !roles.into_iter().all(Role::is_plain)
}

pub(super) const UNREAD_ELSEWHERE: &str = "One of the roles that are taken over could not be understood, so it cannot be given to another. Make one from scratch, without that role.";
const UNREAD: &str = "One of its roles could not be understood, and saving replaces them all.";
const OWNER: &str = "ORG_OWNER";
const PROJECT_OWNER: &str = "GROUP_OWNER";
/// Roles with which one can do what taking them away does not undo, and what that is: they
/// give access to others, reach all data, interrupt what runs, or cost money.
const POWERS: &[(&str, &str)] = &[
    (
        OWNER,
        "An Organization Owner can change everything in the organization, who has access included.",
    ),
    (
        "ORG_BILLING_ADMIN",
        "An Organization Billing Admin can change how the organization pays, and what for.",
    ),
    (
        "ORG_STREAM_PROCESSING_ADMIN",
        "An Organization Stream Processing Admin can connect streams to the data of every project.",
    ),
    (
        PROJECT_OWNER,
        "A Project Owner can change everything in the project, who has access included.",
    ),
    ("GROUP_ACCESS_MANAGER", "A Project Access Manager can change who has access to the project."),
    ("GROUP_CLUSTER_CREATOR", "A Project Cluster Creator can create clusters, which cost money."),
    (
        "GROUP_CLUSTER_MANAGER",
        "A Project Cluster Manager can change and pause the project's clusters.",
    ),
    (
        "GROUP_REPLICA_SET_MANAGER",
        "A Project Replica Set Manager can change and pause the project's clusters.",
    ),
    (
        "GROUP_STREAM_PROCESSING_OWNER",
        "A Project Stream Processing Owner can connect streams to the project's data.",
    ),
    (
        "GROUP_DATA_ACCESS_ADMIN",
        "A Project Data Access Admin can read, change and delete the project's data.",
    ),
    (
        "GROUP_DATA_ACCESS_READ_WRITE",
        "A Project Data Access Read/Write can read and change the project's data.",
    ),
    (
        "GROUP_DATABASE_ACCESS_ADMIN",
        "A Project Database Access Admin can make database users, who reach the project's data.",
    ),
    (
        "GROUP_BACKUP_MANAGER",
        "A Project Backup Manager can restore, download and delete the project's backups.",
    ),
    (
        "GROUP_BACKUP_RECOVERY_OPERATOR",
        "A Project Backup Recovery Operator can restore backups over the data that is there.",
    ),
    (
        "GROUP_BACKUP_EXPORT_OPERATOR",
        "A Project Backup Export Operator can download the project's backups, with all data.",
    ),
    (
        "GROUP_NETWORK_ACCESS_MANAGER",
        "A Project Network Access Manager can let every address reach the project's clusters.",
    ),
];

/// Whether one of the roles owns the organization.
#[must_use]
pub fn is_owner(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.code() == OWNER)
}

/// Whether one of the roles owns its project.
#[must_use]
pub fn owns_project(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.code() == PROJECT_OWNER)
}

pub(super) fn roles(
    id: &IdentityId,
    seen: &[Role],
    wanted: &[Role],
    target: &Target<'_>,
    now: &Now<'_>,
) -> Verdict {
    let Some(there) = target.roles.filter(|roles| !has_unread(*roles)) else {
        return Verdict::refused(UNREAD);
    };
    let merge = merge(seen, wanted, there);
    if merge.after.is_empty() {
        return Verdict::refused("It needs at least one organization role.");
    }
    let mut verdict = Verdict::new(Vec::new());
    say_merge(&mut verdict, &merge, there);
    ask_about_powers(&mut verdict, &merge.gained);
    if !merge.gained.is_empty() || !merge.lost.is_empty() {
        verdict.say(Tone::Plain, "Its credentials stay valid until they expire or are revoked.");
        let patch = Patch { roles: Some(merge.after), ..Patch::default() };
        verdict.writes.push(Write::Update(now.org.clone(), id.clone(), patch));
    }
    verdict
}

/// Asks about roles with which one can do what cannot be undone.
pub(super) fn ask_about_powers<'a>(
    verdict: &mut Verdict,
    gained: impl IntoIterator<Item = &'a Role>,
) {
    let gained: Vec<_> = gained.into_iter().map(Role::code).collect();
    for (code, words) in POWERS {
        if gained.contains(code) {
            verdict.ask(Tone::Danger, *words);
        }
    }
}

pub(super) fn project_roles(
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
    ask_about_powers(&mut verdict, &merge.gained);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::roles::CATALOGUE;
    use crate::rules::change::Demand;

    /// Every role of the catalogue was thought about: a new one is put on one of the sides.
    #[test]
    fn a_role_asks_by_what_can_be_done_with_it() {
        const HARMLESS: &[&str] = &[
            "ORG_GROUP_CREATOR",
            "ORG_BILLING_READ_ONLY",
            "ORG_READ_ONLY",
            "ORG_MEMBER",
            "GROUP_CLUSTER_LOG_VIEWER",
            "GROUP_CLUSTER_RESILIENCE_TESTER",
            "GROUP_DATA_ACCESS_READ_ONLY",
            "GROUP_BACKUP_CREATOR",
            "GROUP_SUPPORT_ACCESS_MANAGER",
            "GROUP_OBSERVABILITY_VIEWER",
            "GROUP_INDEX_MANAGER",
            "GROUP_REAL_TIME_PERFORMANCE_OPERATOR",
            "GROUP_SEARCH_INDEX_EDITOR",
            "GROUP_TRIGGER_MANAGER",
            "GROUP_ALERTS_MANAGER",
            "GROUP_MODEL_OWNER",
            "GROUP_READ_ONLY",
        ];
        for known in CATALOGUE {
            let mut verdict = Verdict::new(Vec::new());
            ask_about_powers(&mut verdict, &[Role::new(known.code)]);
            let asks = verdict.demand == Demand::Agree;
            assert_ne!(asks, HARMLESS.contains(&known.code), "{}", known.code);
            assert!(verdict.lines.iter().all(|line| line.text.contains(known.label)));
        }
        assert_eq!(POWERS.len() + HARMLESS.len(), CATALOGUE.len());
    }
}
