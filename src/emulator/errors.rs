//! How Atlas says no: its own error body, OAuth's, and the digest challenge with a
//! body of its own form. Knows nothing of when.

use serde_json::{Value, json};

use super::http::Answer;

/// An error of Atlas' list: its status, its code and its sentence, in which each
/// `%s` stands for a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    status: u16,
    code: &'static str,
    sentence: &'static str,
}

const fn kind(status: u16, code: &'static str, sentence: &'static str) -> Kind {
    Kind { status, code, sentence }
}

pub(super) const INVALID_QUERY: Kind =
    kind(400, "INVALID_QUERY_PARAMETER", "Query parameter %s has an invalid value: %s.");
pub(super) const INVALID_PATH: Kind =
    kind(400, "INVALID_PATH_PARAMETER", "The path cannot be read: %s.");
pub(super) const INVALID_VERSION: Kind =
    kind(400, "INVALID_VERSION_DATE", "The version date %s is invalid.");
// Atlas' documents say 406 here and name no code of its own.
pub(super) const NO_SUCH_VERSION: Kind =
    kind(406, "INVALID_VERSION_DATE", "There is no version of this resource for %s.");
pub(super) const INVALID_ADDRESS: Kind =
    kind(400, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION", "%s is neither an address nor a range.");
pub(super) const KEY_NOT_FOUND: Kind =
    kind(400, "API_KEY_NOT_FOUND", "No API key with ID %s exists.");
pub(super) const INVALID_KEY_ID: Kind = kind(404, "INVALID_KEY_ID", "%s is not an API key's ID.");
pub(super) const ENTRY_NOT_FOUND: Kind = kind(
    404,
    "API_KEY_ACCESS_LIST_NOT_FOUND",
    "IP address %s is not on the access list of API key %s.",
);
pub(super) const ORG_NOT_FOUND: Kind =
    kind(404, "ORG_NOT_FOUND", "No organization with ID %s exists.");
pub(super) const INVALID_ORG_ID: Kind =
    kind(404, "INVALID_ORG_ID", "%s is not an organization's ID.");
pub(super) const GROUP_NOT_FOUND: Kind =
    kind(404, "GROUP_NOT_FOUND", "No group with ID %s exists.");
pub(super) const INVALID_GROUP_ID: Kind = kind(404, "INVALID_GROUP_ID", "%s is not a group's ID.");
pub(super) const RESOURCE_NOT_FOUND: Kind =
    kind(404, "RESOURCE_NOT_FOUND", "Cannot find resource %s.");
// Atlas' code for this is not known.
pub(super) const METHOD_NOT_ALLOWED: Kind =
    kind(405, "METHOD_NOT_ALLOWED", "Resource %s cannot be called by %s.");
pub(super) const ORG_HIDDEN: Kind = kind(
    401,
    "USER_CANNOT_ACCESS_ORG",
    "The current user cannot access the organization with ID %s.",
);
pub(super) const GROUP_HIDDEN: Kind =
    kind(401, "USER_CANNOT_ACCESS_GROUP", "The current user cannot access the group with ID %s.");
pub(super) const UNAUTHORIZED: Kind =
    kind(401, "USER_UNAUTHORIZED", "Current user is not authorized to perform this action.");
pub(super) const ADDRESS_NOT_LISTED: Kind = kind(
    403,
    "IP_ADDRESS_NOT_ON_ACCESS_LIST",
    "IP address %s is not allowed to access this resource.",
);
pub(super) const ACCESS_LIST_REQUIRED: Kind = kind(
    403,
    "ORG_REQUIRES_ACCESS_LIST",
    "This organization requires access through an access list of ip ranges.",
);
pub(super) const TOO_LARGE: Kind =
    kind(413, "PAYLOAD_TOO_LARGE", "The request's body is too large or did not come.");
pub(super) const RATE_LIMITED: Kind =
    kind(429, "RATE_LIMITED", "Resource %s is limited to %s requests every %s minutes.");
pub(super) const RATE_LIMITED_BUCKET: Kind = kind(
    429,
    "RATE_LIMITED_TOKEN_BUCKET",
    "Rate limit exceeded for %s. Please retry after %s seconds. \
     Request capacity: %s. Refill rate: %s per %s seconds.",
);
pub(super) const UNEXPECTED: Kind = kind(500, "UNEXPECTED_ERROR", "Unexpected error.");

/// A call that is refused in Atlas' own form.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) kind: Kind,
    parameters: Vec<Value>,
}

impl Kind {
    /// This error about these parameters.
    pub(super) fn about<const N: usize>(self, parameters: [Value; N]) -> Refusal {
        Refusal { kind: self, parameters: parameters.into() }
    }

    /// This error about one text.
    pub(super) fn on(self, parameter: &str) -> Refusal {
        self.about([parameter.into()])
    }
}

impl Refusal {
    fn detail(&self) -> String {
        let mut pieces = self.kind.sentence.split("%s");
        let mut detail = pieces.next().unwrap_or_default().to_owned();
        for (index, piece) in pieces.enumerate() {
            match self.parameters.get(index) {
                Some(Value::String(text)) => detail.push_str(text),
                Some(other) => detail.push_str(&other.to_string()),
                None => {}
            }
            detail.push_str(piece);
        }
        detail
    }

    /// The answer that carries this error.
    pub(super) fn answer(&self) -> Answer {
        atlas_error(self.kind.status, self.kind.code, &self.detail(), &self.parameters)
    }
}

/// An answer with Atlas' error body.
pub(super) fn atlas_error(status: u16, code: &str, detail: &str, parameters: &[Value]) -> Answer {
    let body = json!({
        "detail": detail,
        "error": status,
        "errorCode": code,
        "parameters": parameters,
        "reason": reason(status),
    });
    Answer::new(status, "application/json", body.to_string())
}

fn reason(status: u16) -> &'static str {
    let status = axum::http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

/// An answer with OAuth's error body.
pub(super) fn oauth_error(status: u16, error: &str, description: &str) -> Answer {
    let body = json!({"error": error, "error_description": description});
    Answer::new(status, "application/json", body.to_string())
}

/// The one body with which Atlas refuses credentials. Its order and spacing are
/// not those of the other errors.
const NOT_AUTHORIZED: &str = r#"{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource.",
  "errorCode" : "UNEXPECTED_ERROR"
}"#;

/// Refuses a credential, with the challenge that tells how to sign.
pub(super) fn not_authorized(challenge: String) -> Answer {
    Answer::new(401, "application/json", NOT_AUTHORIZED.to_owned())
        .with("WWW-Authenticate", challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_parameters_in_its_sentence() {
        let refusal = RATE_LIMITED_BUCKET.about([
            "api/atlas/v2/orgs".into(),
            55.into(),
            10.into(),
            5.into(),
            60.into(),
        ]);
        let body: Value = serde_json::from_str(&refusal.answer().body).expect("JSON");
        assert_eq!(
            body["detail"],
            "Rate limit exceeded for api/atlas/v2/orgs. Please retry after 55 seconds. \
             Request capacity: 10. Refill rate: 5 per 60 seconds."
        );
        assert_eq!(
            (&body["reason"], &body["parameters"][1]),
            (&"Too Many Requests".into(), &55.into())
        );
        assert_eq!(reason(599), "Unknown");
    }

    #[test]
    fn the_refused_credential_has_a_body_of_its_own() {
        let answer = not_authorized("Digest".to_owned());
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(body["errorCode"], "UNEXPECTED_ERROR");
        assert!(answer.body.starts_with("{\n  \"error\" : 401"));
    }
}
