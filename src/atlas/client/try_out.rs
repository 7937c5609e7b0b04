//! Whether a new credential works: one sign-in with it, on a connection of its own.

use reqwest::header::{ACCEPT, AUTHORIZATION};

use super::{Client, TOTAL_TIMEOUT, http};
use crate::atlas::auth::{Auth, Signature};
use crate::atlas::error::{ApiError, Fault};
use crate::atlas::request::Request;
use crate::atlas::secret::TriedOut;
use crate::atlas::{Credential, IdentityId, Issued, OrgId, Read};

impl Client {
    /// Signs in with a new credential: a service account's token is minted and given
    /// back at once (both work from any address), an API key makes one call that
    /// reads the organization.
    ///
    /// # Errors
    /// Why Atlas did not take it, or could not be asked.
    pub async fn try_out(&self, org: &OrgId, issued: &Issued) -> Result<TriedOut, ApiError> {
        let credential = match issued.owner {
            IdentityId::ServiceAccount(_) => Credential::ServiceAccount {
                client_id: issued.public.clone(),
                client_secret: issued.secret.clone(),
            },
            IdentityId::ApiKey(_) => Credential::ApiKey {
                public_key: issued.public.clone(),
                private_key: issued.secret.clone(),
            },
        };
        let auth = Auth::new(credential);
        let trying = self.sign_in_with(&auth, org, issued);
        tokio::time::timeout(TOTAL_TIMEOUT, trying)
            .await
            .map_err(|_| self.error(Fault::TimedOut(TOTAL_TIMEOUT.as_secs())))?
    }

    async fn sign_in_with(
        &self,
        auth: &Auth,
        org: &OrgId,
        issued: &Issued,
    ) -> Result<TriedOut, ApiError> {
        let read = Read::Organization(org.clone());
        let request = Request::of_read(&read).map_err(|fault| self.error(fault))?;
        let path = request.path();
        // The connection for changes is kept by nobody, and so is what went over it.
        let connection = self.connections.writes()?;
        let signature = auth.sign(connection, &self.origin, "GET", &path).await?;
        match issued.owner {
            IdentityId::ServiceAccount(_) => {
                auth.sign_out(connection, &self.origin).await;
                Ok(TriedOut::Works)
            }
            IdentityId::ApiKey(_) => self.read_with(&signature, &request).await,
        }
    }

    async fn read_with(
        &self,
        signature: &Signature,
        request: &Request,
    ) -> Result<TriedOut, ApiError> {
        let answer = self
            .connections
            .writes()?
            .get(self.origin.url(&request.path()))
            .header(ACCEPT, request.operation.media)
            .header(AUTHORIZATION, signature.header.clone())
            .send()
            .await
            .map_err(|error| http::transport_error(&error, &self.origin))?;
        let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
        let body = http::body(answer, &self.origin).await?;
        if (200..300).contains(&status) {
            return Ok(TriedOut::Works);
        }
        let error = http::refusal(status, &head, &body, &self.origin);
        match error.fault {
            // Who it is was clear before it was refused.
            Fault::AddressNotListed(_) | Fault::AccessListRequired | Fault::RoleMissing => {
                Ok(TriedOut::WorksElsewhere)
            }
            _ => Err(error),
        }
    }
}
