//! Changes of client secrets, through the organization and through a project.

use super::super::answers;
use super::super::body::required;
use super::super::errors::{CONCURRENT, Refusal, UNAUTHORIZED};
use super::super::permit::owns_organization;
use super::super::roles::MEMBER;
use super::{Change, Changed, Done, account_subject};

/// Through a project only the secrets of an account are changed that is nowhere
/// else: who owns a project does not rotate what the organization or another
/// project stands on (Atlas' documents).
fn shared_needs_owner(change: &mut Change<'_>) -> Result<(), Refusal> {
    let Some(project) = change.project().map(str::to_owned) else { return Ok(()) };
    let standing = change.store.standing(change.caller);
    let home = change.caller.org.as_str();
    let roles = standing.and_then(|standing| standing.roles_in(home, &change.org));
    let owns = owns_organization(roles.unwrap_or_default());
    let standing = &change.account_mut()?.standing;
    let shared = standing.roles.iter().any(|role| role != MEMBER)
        || standing.projects.keys().any(|other| *other != project);
    if shared && !owns { Err(UNAUTHORIZED.about([])) } else { Ok(()) }
}

/// Answers `POST …/serviceAccounts/{clientId}/secrets`. This answer alone shows
/// the secret.
pub(in super::super) fn create(change: &mut Change<'_>) -> Changed {
    change.account_mut()?;
    shared_needs_owner(change)?;
    let mut form = change.form()?;
    let field = "secretExpiresAfterHours";
    let bounds = change.organization()?.secret_hours();
    let hours = required(form.number(field, bounds)?, field)?;
    form.finish()?;
    let (now, alone) = (change.now, change.alone);
    let mut witness = change.witness()?;
    let account = change.account_mut()?;
    if !alone {
        return Err(CONCURRENT.on(&account.id));
    }
    witness.sees("SERVICE_ACCOUNT_SECRET_ADDED", &account_subject(account))?;
    let made = answers::new_secret(account.add_secret(hours, now)?);
    change.note(witness)?;
    Ok(Done::Created(made))
}

/// Answers `DELETE …/serviceAccounts/{clientId}/secrets/{secretId}`.
pub(in super::super) fn delete(change: &mut Change<'_>) -> Changed {
    change.account_mut()?;
    shared_needs_owner(change)?;
    let id = change.params.get("secret");
    let mut witness = change.witness()?;
    let account = change.account_mut()?;
    witness.sees("SERVICE_ACCOUNT_SECRET_DELETED", &account_subject(account))?;
    account.revoke_secret(id)?;
    change.note(witness)?;
    Ok(Done::Gone)
}
