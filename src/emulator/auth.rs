//! Who calls: by a token or by digest. Knows nothing of what the caller may do.

use crate::atlas::secret::ExposeSecret;

use super::digest::{Refused, Signature};
use super::errors::{UNEXPECTED, not_authorized};
use super::http::{Answer, Call, State};
use super::store::Caller;

/// The caller, or the answer that refuses it.
pub(super) fn caller(state: &mut State, call: &Call<'_>) -> Result<Caller, Answer> {
    if let Some(token) = call.incoming.credentials("Bearer") {
        let caller = state.tokens.caller(&state.store, token, call.now);
        // What Atlas answers to a dead token was not recorded: its usual body,
        // with the challenge of RFC 6750.
        return caller.ok_or_else(|| not_authorized("Bearer error=\"invalid_token\"".to_owned()));
    }
    let signature = call.incoming.credentials("Digest").map(Signature::read);
    let refused = match signature {
        None => Refused::Wrong,
        Some(signature) => match signed(state, call, &signature) {
            Ok(caller) => return Ok(caller),
            Err(refused) => refused,
        },
    };
    let challenge = state.nonces.challenge(refused == Refused::Stale, call.now);
    Err(challenge.map_or_else(|| UNEXPECTED.about([]).answer(), not_authorized))
}

fn signed(state: &mut State, call: &Call<'_>, signature: &Signature) -> Result<Caller, Refused> {
    let State { store, nonces, .. } = state;
    let (caller, key) = store.key_by_public(signature.public_key()).ok_or(Refused::Wrong)?;
    let what = (call.incoming.method.as_str(), call.incoming.target.as_str());
    nonces.check(signature, what, key.private_key.expose_secret(), call.now)?;
    Ok(caller)
}
