//! Changes of an organization's settings.

use super::super::events::Subject;
use super::super::reads;
use super::super::settings;
use super::{Change, Changed, Done};

/// Answers `PATCH /orgs/{orgId}/settings`: what is not sent stays.
pub(in super::super) fn update(change: &mut Change<'_>) -> Changed {
    let form = change.form()?;
    let mut witness = change.witness()?;
    for event in settings::change(change.organization_mut()?, form)? {
        witness.sees(event, &Subject::Organization)?;
    }
    change.note(witness)?;
    reads::settings(&change.ask()).map(Done::Changed)
}
