//! The Secret Service of a Linux or BSD desktop, asked over the session bus for
//! one secret as go-keyring would ask, but without ever raising a prompt: in a
//! terminal, perhaps over ssh, nobody may be there to see it.

use std::collections::HashMap;

use serde::Serialize;
use zbus::message::Body;
use zbus::zvariant::DynamicType;
use zbus::{Connection, ObjectPath, OwnedObjectPath, OwnedVariant, Variant, connection};
use zeroize::Zeroizing;

use super::{Answer, KeyringError};
use crate::atlas::Secret;

const BUS_NAME: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const DEFAULT: &str = "/org/freedesktop/secrets/aliases/default";

const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

const IS_LOCKED: &str = "org.freedesktop.Secret.Error.IsLocked";
/// The path that means none.
const NO_PATH: &str = "/";

/// Asks for the secret of an account. Blocks, without a limit of its own.
pub(super) fn get(bus: &str, service: &str, account: &str) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| KeyringError::Failed("starting to ask"))?;
    let answer = runtime.block_on(ask(bus, service, account));
    runtime.shutdown_background();
    answer
}

async fn ask(bus: &str, service: &str, account: &str) -> Answer {
    let bus = connect(bus).await.map_err(|_| KeyringError::Absent)?;
    let secrets = Secrets { bus };
    // Who cannot open a session or has no collection has no keyring either: no
    // service is installed, or it was never set up.
    let session = secrets.open_session().await.ok_or(KeyringError::Absent)?;
    let collection = secrets.login_collection().await.ok_or(KeyringError::Absent)?;
    let locked = secrets.is_locked(&collection).await.ok_or(KeyringError::Absent)?;
    if locked && !secrets.unlocks_quietly(&collection).await {
        return Err(KeyringError::Locked);
    }
    match secrets.search(&collection, service, account).await? {
        Some(item) => secrets.secret(&item, &session).await.map(Some),
        None => Ok(None),
    }
}

async fn connect(bus: &str) -> zbus::Result<Connection> {
    connection::Builder::address(bus).build().await
}

struct Secrets {
    bus: Connection,
}

impl Secrets {
    async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> zbus::Result<Body>
    where
        B: Serialize + DynamicType,
    {
        let reply =
            self.bus.call_method(Some(BUS_NAME), path, Some(interface), method, body).await?;
        Ok(reply.body())
    }

    async fn property<T>(&self, path: &str, interface: &str, name: &str) -> Option<T>
    where
        T: TryFrom<OwnedVariant>,
    {
        let body = self.call(path, PROPERTIES, "Get", &(interface, name)).await.ok()?;
        T::try_from(body.deserialize::<OwnedVariant>().ok()?).ok()
    }

    /// As go-keyring, without encryption: the bus is a socket between processes
    /// of one user, and who can read it can ask the same question.
    async fn open_session(&self) -> Option<OwnedObjectPath> {
        let body = self
            .call(SERVICE_PATH, SERVICE, "OpenSession", &("plain", Variant::from("")))
            .await
            .ok()?;
        let (_, session) = body.deserialize::<(OwnedVariant, OwnedObjectPath)>().ok()?;
        Some(session)
    }

    async fn login_collection(&self) -> Option<ObjectPath<'static>> {
        let all: Vec<OwnedObjectPath> = self.property(SERVICE_PATH, SERVICE, "Collections").await?;
        let path = if all.iter().any(|path| path.as_str() == LOGIN) { LOGIN } else { DEFAULT };
        ObjectPath::try_from(path).ok()
    }

    async fn is_locked(&self, collection: &ObjectPath<'_>) -> Option<bool> {
        self.property(collection.as_str(), COLLECTION, "Locked").await
    }

    /// Some keyrings open by themselves when asked; the others want a prompt,
    /// which is dismissed unseen.
    async fn unlocks_quietly(&self, collection: &ObjectPath<'_>) -> bool {
        let Ok(body) = self.call(SERVICE_PATH, SERVICE, "Unlock", &(vec![collection],)).await
        else {
            return false;
        };
        let Ok((_, prompt)) = body.deserialize::<(Vec<OwnedObjectPath>, OwnedObjectPath)>() else {
            return false;
        };
        if prompt.as_str() == NO_PATH {
            return true;
        }
        let _ = self.call(prompt.as_str(), PROMPT, "Dismiss", &()).await;
        false
    }

    async fn search(
        &self,
        collection: &ObjectPath<'_>,
        service: &str,
        account: &str,
    ) -> Result<Option<OwnedObjectPath>, KeyringError> {
        let failed = KeyringError::Failed("searching for an entry");
        let attributes = HashMap::from([("service", service), ("username", account)]);
        let body = self
            .call(collection.as_str(), COLLECTION, "SearchItems", &(attributes,))
            .await
            .map_err(|_| failed)?;
        let items: Vec<OwnedObjectPath> = body.deserialize().map_err(|_| failed)?;
        Ok(items.into_iter().next())
    }

    async fn secret(
        &self,
        item: &OwnedObjectPath,
        session: &OwnedObjectPath,
    ) -> Result<Secret, KeyringError> {
        let failed = KeyringError::Failed("reading an entry");
        let body = match self.call(item.as_str(), ITEM, "GetSecret", &(session,)).await {
            Ok(body) => body,
            Err(zbus::Error::MethodError(name, ..)) if name.as_str() == IS_LOCKED => {
                return Err(KeyringError::Locked);
            }
            Err(_) => return Err(failed),
        };
        // Session, parameters, value, content type.
        let ((_, _, value, _),): ((OwnedObjectPath, Vec<u8>, Vec<u8>, String),) =
            body.deserialize().map_err(|_| failed)?;
        text(value).ok_or(failed)
    }
}

/// The value as text; the bytes are wiped.
fn text(value: Vec<u8>) -> Option<Secret> {
    let value = Zeroizing::new(value);
    std::str::from_utf8(&value).ok().map(Secret::from)
}
