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
pub(super) const OWNER_MAY: &str =
    "An Organization Owner can change everything in the organization, who has access included.";
/// Roles that rule a project, and what that means.
const RULERS: &[(&str, &str)] = &[
    (
        PROJECT_OWNER,
        "A Project Owner can change everything in the project, who has access included.",
    ),
    ("GROUP_ACCESS_MANAGER", "A Project Access Manager can change who has access to the project."),
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
pub(super) fn ask_about_rulers<'a>(verdict: &mut Verdict, gained: impl Iterator<Item = &'a Role>) {
    let gained: Vec<_> = gained.map(Role::code).collect();
    for (code, words) in RULERS {
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
