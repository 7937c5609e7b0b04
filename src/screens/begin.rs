//! What an action wants of the identity under the cursor: the place in which it is
//! changed, or the reason why it cannot be.

use super::access::AccessScreen;
use super::create::CreateScreen;
use super::generate::GenerateScreen;
use super::projects::ProjectsScreen;
use super::raw::RawScreen;
use super::rename::RenameScreen;
use super::roles::{RolesScreen, Scope};
use super::rotation::RotationScreen;
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::listing::Row;
use crate::atlas::{ClientSecret, Field, IdentityId};
use crate::rules::change::Change;

/// Opens what Atlas sent about an identity.
pub(super) fn open_raw(id: IdentityId, cx: &mut Cx<'_>) {
    cx.read_raw(id.clone());
    cx.open(Box::new(RawScreen::new(id)));
}

/// Begins a change of an identity; `secret` is the one under the cursor.
pub(super) fn begin(action: Action, row: &Row, secret: Option<&ClientSecret>, cx: &mut Cx<'_>) {
    let id = row.identity.id();
    if row.identity.is_system_managed() {
        return cx.say("Atlas made it for an integration; it cannot be changed");
    }
    if !id.is_addressable() {
        return cx.say("without an id Atlas cannot be asked to change it");
    }
    if let Some(why) = cx.state.why_not(action, Some(&id)) {
        return cx.tell(&why);
    }
    match (action, secret, &id) {
        (Action::Delete, Some(secret), IdentityId::ServiceAccount(client)) => {
            let change = Change::RevokeSecret { id: client.clone(), secret: secret.id.clone() };
            cx.propose(change, false);
        }
        (Action::Delete, ..) => cx.propose(Change::Delete { id }, false),
        (Action::Rename, ..) => cx.open(Box::new(RenameScreen::new(&row.identity))),
        (Action::Permissions, ..) => match row.identity.roles() {
            Field::Known(roles) => {
                cx.look_at(id.clone());
                cx.open(Box::new(RolesScreen::new(id, Scope::Organization, roles)));
            }
            _ => cx.say("its roles could not be understood"),
        },
        (Action::GenerateSecret, _, IdentityId::ServiceAccount(client)) => {
            cx.look_at(id.clone());
            cx.open(Box::new(GenerateScreen::new(client.clone())));
        }
        (Action::GenerateSecret, ..) => {
            let rotate = cx.state.key(Layer::List, Action::Rotate);
            cx.tell(&format!(
                "an API key keeps its private key: {rotate} puts a new key in its place"
            ));
        }
        (Action::Rotate, ..) if cx.state.rotation(&id).is_some() => {
            cx.look_at(id.clone());
            cx.open(Box::new(RotationScreen::new(id)));
        }
        (Action::Rotate, _, IdentityId::ServiceAccount(client)) => {
            cx.look_at(id.clone());
            cx.open(Box::new(GenerateScreen::new(client.clone()).rotating()));
        }
        (Action::Rotate, _, IdentityId::ApiKey(key)) => {
            cx.open(Box::new(CreateScreen::like(row, cx.state).in_place_of(key.clone())));
        }
        (Action::Clone, ..) => cx.open(Box::new(CreateScreen::like(row, cx.state))),
        (Action::AccessList, ..) => {
            cx.look_at(id.clone());
            cx.open(Box::new(AccessScreen::new(id)));
        }
        (Action::Projects, ..) => {
            cx.look_at(id.clone());
            cx.open(Box::new(ProjectsScreen::new(id)));
        }
        _ => {}
    }
}
