//! Changes of service accounts, in an organization and in a project.

use super::super::answers;
use super::super::body::{DESCRIPTION, Form, NAME, required};
use super::super::errors::{
    BOTH_ATTRIBUTES, MANAGED_BY_ATLAS, RESOURCE_NOT_FOUND, Refusal, TOO_MANY_ACCOUNTS,
};
use super::super::random;
use super::super::reads::{self, Body};
use super::super::roles::checked;
use super::super::store::{Account, Identity};
use super::{Change, Changed, Done, account_subject};
use crate::atlas::roles::Level;

/// Service accounts that an organization may have, as Atlas' own error said in
/// April 2026; its documents still said 200.
const MOST: usize = 500;

/// The roles in a body, of the level of the path; at least one where they are
/// given at all.
fn roles(form: &mut Form, level: Level) -> Result<Option<Vec<String>>, Refusal> {
    let Some(given) = form.texts("roles")? else { return Ok(None) };
    let roles = checked(given, level)?;
    if roles.is_empty() {
        form.complain("roles", "must name at least one role");
    }
    Ok(Some(roles))
}

/// Answers `POST …/serviceAccounts`. What is made in a project becomes a member of
/// the organization.
pub(in super::super) fn create(change: &mut Change<'_>) -> Changed {
    let mut form = change.form()?;
    let name = required(form.text(NAME)?, "name")?;
    let description = required(form.text(DESCRIPTION)?, "description")?;
    let roles = required(roles(&mut form, change.level())?, "roles")?;
    let hours = first_secret(change, &mut form)?;
    form.finish()?;
    let org = change.organization()?;
    if org.accounts.rows().len() >= MOST && !org.oversized {
        return Err(TOO_MANY_ACCOUNTS.about([MOST.into(), org.id.as_str().into()]));
    }
    let mut witness = change.witness()?;
    let standing = change.standing(roles);
    let mut account = Account {
        id: format!("mdb_sa_id_{}", random::object_id(change.now)?),
        name,
        description,
        created: change.now,
        standing,
        secrets: Vec::new(),
    };
    let subject = account_subject(&account);
    witness.sees("SERVICE_ACCOUNT_CREATED", &subject)?;
    if let Some(hours) = hours {
        account.add_secret(hours, change.now)?;
        witness.sees("SERVICE_ACCOUNT_SECRET_ADDED", &subject)?;
    }
    if change.project().is_some() {
        witness.sees("SERVICE_ACCOUNT_ADDED_TO_GROUP", &subject)?;
    }
    let shown = answers::new_account(&account, account.standing.roles_at(change.project()));
    change.organization_mut()?.accounts.put(account);
    change.note(witness)?;
    Ok(Done::Created(shown))
}

/// How long the first secret lives; `None` where none is wanted (clients newer
/// than the contract of August 2026 may say so).
fn first_secret(change: &Change<'_>, form: &mut Form) -> Result<Option<u32>, Refusal> {
    let field = "secretExpiresAfterHours";
    let without = form.flag("withoutInitialSecret")? == Some(true);
    if without && form.has(field) {
        return Err(BOTH_ATTRIBUTES.about([field.into(), "withoutInitialSecret".into()]));
    }
    if without {
        return Ok(None);
    }
    let bounds = change.organization()?.secret_hours();
    required(form.number(field, bounds)?, field).map(Some)
}

/// Answers `PATCH …/serviceAccounts/{clientId}`: what is not sent stays, and the
/// roles that are sent replace those of their level.
pub(in super::super) fn update(change: &mut Change<'_>) -> Changed {
    let mut form = change.form()?;
    let name = form.text(NAME)?;
    let description = form.text(DESCRIPTION)?;
    let roles = roles(&mut form, change.level())?;
    form.finish()?;
    let identity = Identity::Account(change.account_mut()?.id.clone());
    if let (Level::Organization, Some(roles)) = (change.level(), &roles) {
        change.organization()?.may_become(&identity, roles)?;
    }
    let mut witness = change.witness()?;
    let project = change.project().map(str::to_owned);
    let account = change.account_mut()?;
    let mut details_changed = false;
    for (place, value) in [(&mut account.name, name), (&mut account.description, description)] {
        let Some(value) = value else { continue };
        details_changed |= *place != value;
        *place = value;
    }
    let roles_changed =
        roles.is_some_and(|roles| account.standing.replace_roles(project.as_deref(), roles));
    let subject = account_subject(account);
    if details_changed {
        witness.sees("SERVICE_ACCOUNT_DETAILS_CHANGED", &subject)?;
    }
    if roles_changed {
        witness.sees("SERVICE_ACCOUNT_ROLES_CHANGED", &subject)?;
    }
    change.note(witness)?;
    shown(change)
}

/// Answers `DELETE …/serviceAccounts/{clientId}`: from an organization it goes
/// from every project too, from a project it stays in the organization.
pub(in super::super) fn delete(change: &mut Change<'_>) -> Changed {
    let account = change.account_mut()?;
    let (id, subject) = (account.id.clone(), account_subject(account));
    let mut witness = change.witness()?;
    if let Some(project) = change.project().map(str::to_owned) {
        change.account_mut()?.standing.projects.remove(&project);
        witness.sees("SERVICE_ACCOUNT_REMOVED_FROM_GROUP", &subject)?;
    } else {
        change.organization()?.may_lose(&Identity::Account(id.clone()))?;
        witness.sees("SERVICE_ACCOUNT_DELETED", &subject)?;
        change.organization_mut()?.accounts.remove(&id);
    }
    change.note(witness)?;
    Ok(Done::Gone)
}

/// Answers `POST /groups/{groupId}/serviceAccounts/{clientId}:invite`. What Atlas
/// does with an account that is there already is not known; here its roles are
/// replaced.
pub(in super::super) fn invite(change: &mut Change<'_>) -> Changed {
    let mut form = change.form()?;
    let given = required(form.texts("roles")?, "roles")?;
    let count = given.len();
    let roles = checked(given, Level::Project)?;
    if roles.is_empty() {
        form.complain("roles", "must name at least one role");
    }
    if roles.len() < count {
        form.complain("roles", "must not name a role twice");
    }
    form.finish()?;
    let id = change.params.get("account");
    let project = change.project().unwrap_or_default().to_owned();
    let mut witness = change.witness()?;
    let org = change.organization_mut()?;
    if org.managed.get(id).is_some() {
        return Err(MANAGED_BY_ATLAS.on(id));
    }
    let account = org.accounts.get_mut(id).ok_or_else(|| RESOURCE_NOT_FOUND.on(id))?;
    let event = if account.standing.projects.contains_key(&project) {
        "SERVICE_ACCOUNT_ROLES_CHANGED"
    } else {
        "SERVICE_ACCOUNT_ADDED_TO_GROUP"
    };
    account.standing.projects.insert(project, roles);
    witness.sees(event, &account_subject(account))?;
    change.note(witness)?;
    shown(change)
}

/// The account as it is now.
fn shown(change: &Change<'_>) -> Changed {
    let ask = change.ask();
    let read = match change.level() {
        Level::Organization => reads::account,
        Level::Project => reads::project_account,
    };
    read(&ask).map(|body: Body| Done::Changed(body))
}
