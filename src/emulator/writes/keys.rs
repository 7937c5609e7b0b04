//! Changes of API keys, in an organization and in a project.

use super::super::answers;
use super::super::body::{Form, KEY_DESCRIPTION, forms};
use super::super::errors::{
    INVALID_KEY_DESCRIPTION, KEY_NEEDS_DESCRIPTION, KEY_NOT_FOUND, MISSING_ATTRIBUTE,
    MISSING_KEY_ROLES, Refusal, TOO_MANY_KEYS,
};
use super::super::random;
use super::super::reads;
use super::super::roles::checked;
use super::super::store::{Identity, Key};
use super::{Change, Changed, Done, key_subject};
use crate::atlas::roles::Level;

/// API keys that an organization may have (Atlas' documents).
const MOST: usize = 500;

/// The description in a body.
fn description(form: &Form) -> Result<Option<String>, Refusal> {
    let given = form.any_text(KEY_DESCRIPTION.field)?;
    match given.as_deref().and_then(|given| KEY_DESCRIPTION.complaint(given)) {
        Some(complaint) => Err(INVALID_KEY_DESCRIPTION.on(&complaint)),
        None => Ok(given),
    }
}

/// The roles in a body; at least one where they are given at all.
fn roles(form: &Form, level: Level) -> Result<Option<Vec<String>>, Refusal> {
    let Some(given) = form.texts("roles")? else { return Ok(None) };
    let roles = checked(given, level)?;
    if roles.is_empty() { Err(MISSING_KEY_ROLES.about([])) } else { Ok(Some(roles)) }
}

/// Answers `POST …/apiKeys`. This answer alone shows the private key. What is made
/// in a project becomes a member of the organization.
pub(in super::super) fn create(change: &mut Change<'_>) -> Changed {
    let form = change.form()?;
    let description = description(&form)?.ok_or_else(|| KEY_NEEDS_DESCRIPTION.about([]))?;
    let roles = roles(&form, change.level())?.ok_or_else(|| MISSING_KEY_ROLES.about([]))?;
    let org = change.organization()?;
    if org.keys.rows().len() >= MOST && !org.oversized {
        return Err(TOO_MANY_KEYS.about([MOST.into(), org.id.as_str().into()]));
    }
    let mut public_key = random::public_key()?;
    while change.store.public_keys.contains_key(&public_key) {
        public_key = random::public_key()?;
    }
    let standing = change.standing(roles);
    let key = Key {
        id: random::object_id(change.now)?,
        description,
        public_key,
        private_key: random::private_key()?,
        standing,
    };
    let mut witness = change.witness()?;
    witness.sees("API_KEY_CREATED", &key_subject(&key))?;
    if change.project().is_some() {
        witness.sees("API_KEY_ADDED_TO_GROUP", &key_subject(&key))?;
    }
    let shown = answers::new_key(change.shapes, &change.org, &key);
    change.store.add_key(&change.org, key);
    change.note(witness)?;
    Ok(Done::Changed(reads::Body::One(shown)))
}

/// Answers `PATCH …/apiKeys/{apiUserId}`: what is not sent stays, and the roles
/// that are sent replace those of their level. In a project this also assigns.
pub(in super::super) fn update(change: &mut Change<'_>) -> Changed {
    let form = change.form()?;
    let description = description(&form)?;
    let roles = roles(&form, change.level())?;
    if description.is_none() && roles.is_none() {
        return Err(MISSING_ATTRIBUTE.on("desc or roles"));
    }
    let project = change.project().map(str::to_owned);
    let key = change.key_mut()?;
    let identity = Identity::Key(key.id.clone());
    let assigned = project.as_ref().is_none_or(|group| key.standing.projects.contains_key(group));
    if !assigned && roles.is_none() {
        return Err(KEY_NOT_FOUND.on(&key.id));
    }
    if let (None, Some(roles)) = (&project, &roles) {
        change.organization()?.may_become(&identity, roles)?;
    }
    let mut witness = change.witness()?;
    let key = change.key_mut()?;
    let subject = key_subject(key);
    if let Some(description) = description.filter(|new| *new != key.description) {
        key.description = description;
        witness.sees("API_KEY_DESCRIPTION_CHANGED", &subject)?;
    }
    if roles.is_some_and(|roles| key.standing.replace_roles(project.as_deref(), roles)) {
        let event = if assigned { "API_KEY_ROLES_CHANGED" } else { "API_KEY_ADDED_TO_GROUP" };
        witness.sees(event, &subject)?;
    }
    change.note(witness)?;
    reads::key(&change.ask()).map(Done::Changed)
}

/// Answers `DELETE …/apiKeys/{apiUserId}`: from an organization it goes from every
/// project too, from a project it stays in the organization.
pub(in super::super) fn delete(change: &mut Change<'_>) -> Changed {
    let key = change.key_mut()?;
    let (id, subject) = (key.id.clone(), key_subject(key));
    let mut witness = change.witness()?;
    if let Some(project) = change.project().map(str::to_owned) {
        let gone = change.key_mut()?.standing.projects.remove(&project);
        gone.ok_or_else(|| KEY_NOT_FOUND.on(&id))?;
        witness.sees("API_KEY_REMOVED_FROM_GROUP", &subject)?;
    } else {
        change.organization()?.may_lose(&Identity::Key(id.clone()))?;
        witness.sees("API_KEY_DELETED", &subject)?;
        change.store.remove_key(&change.org, &id);
    }
    change.note(witness)?;
    Ok(Done::Gone)
}

/// Answers `POST /groups/{groupId}/apiKeys/{apiUserId}`: adds roles in the project
/// to those that the key has there. A `userId` beside the roles says nothing.
pub(in super::super) fn assign(change: &mut Change<'_>) -> Changed {
    let mut given = Vec::new();
    for form in forms(change.json()?)? {
        given.extend(form.texts("roles")?.unwrap_or_default());
    }
    let roles = checked(given, Level::Project)?;
    if roles.is_empty() {
        return Err(MISSING_KEY_ROLES.about([]));
    }
    let project = change.project().unwrap_or_default().to_owned();
    change.key_mut()?;
    let mut witness = change.witness()?;
    let key = change.key_mut()?;
    let there = key.standing.projects.get(&project).cloned();
    let event = if there.is_some() { "API_KEY_ROLES_CHANGED" } else { "API_KEY_ADDED_TO_GROUP" };
    let mut all = there.unwrap_or_default();
    all.extend(roles.into_iter().filter(|role| !all.contains(role)).collect::<Vec<_>>());
    if key.standing.replace_roles(Some(&project), all) {
        witness.sees(event, &key_subject(key))?;
    }
    change.note(witness)?;
    Ok(Done::Gone)
}
