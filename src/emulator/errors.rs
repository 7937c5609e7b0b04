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
// How a body is wrong. Codes are Atlas'; which of them Atlas chooses when is partly
// a guess.
pub(super) const MALFORMED_JSON: Kind =
    kind(400, "MALFORMED_JSON", "The request's body is not JSON.");
pub(super) const INVALID_JSON: Kind =
    kind(400, "INVALID_JSON", "The JSON of the request's body does not have the expected form.");
pub(super) const INVALID_ATTRIBUTE_FORM: Kind =
    kind(400, "INVALID_JSON_ATTRIBUTE", "The attribute %s does not have the expected form.");
pub(super) const MISSING_ATTRIBUTE: Kind =
    kind(400, "MISSING_ATTRIBUTE", "The required attribute %s is missing.");
pub(super) const VALIDATION_ERROR: Kind = kind(400, "VALIDATION_ERROR", "%s %s.");
pub(super) const BOTH_ATTRIBUTES: Kind =
    kind(400, "INVALID_ATTRIBUTE", "%s and %s exclude each other.");
// Atlas' code for this is not known.
pub(super) const UNSUPPORTED_MEDIA_TYPE: Kind =
    kind(415, "UNSUPPORTED_MEDIA_TYPE", "The request's body cannot be of the type %s.");
pub(super) const KEY_NEEDS_DESCRIPTION: Kind =
    kind(400, "API_KEY_REQUIRES_DESCRIPTION", "An API key needs a description.");
pub(super) const INVALID_KEY_DESCRIPTION: Kind =
    kind(400, "INVALID_API_KEY_DESC", "The description of an API key %s.");
pub(super) const MISSING_KEY_ROLES: Kind =
    kind(400, "MISSING_API_KEY_ROLES", "An API key needs at least one role.");
pub(super) const INVALID_ENUM_VALUE: Kind =
    kind(400, "INVALID_ENUM_VALUE", "%s is none of the values that are possible here.");
pub(super) const NOT_AN_ORG_ROLE: Kind =
    kind(400, "INVALID_ROLE_FOR_ORG", "The role %s does not apply to organizations.");
pub(super) const NOT_A_PROJECT_ROLE: Kind =
    kind(400, "INVALID_ROLE_FOR_GROUP", "The role %s does not apply to projects.");
pub(super) const BAD_ENTRY: Kind = kind(
    400,
    "BAD_ACCESS_LIST_ADD_REQUEST",
    "An entry names either an address or a range, and not both.",
);
pub(super) const REPEATED_ADDRESS: Kind =
    kind(400, "DUPLICATE_ADDRESSES_IN_INPUT", "The address %s is given more than once.");
// Whether Atlas refuses such a range, and how, is not known; Atlas' own provider
// for Terraform refuses it before it asks.
pub(super) const NOT_CANONICAL: Kind =
    kind(400, "INVALID_CIDR_BLOCK", "%s has bits beyond its length: did you mean %s?");
pub(super) const ADDRESS_LISTED: Kind = kind(
    409,
    "ADDRESS_ALREADY_IN_ACCESS_LIST",
    "The address %s is already on the access list of %s.",
);
// Atlas' code for this is not known.
pub(super) const ACCESS_LIST_FULL: Kind =
    kind(400, "MAX_ACCESS_LIST_ENTRIES_EXCEEDED", "An access list has at most %s entries.");
pub(super) const OWN_ADDRESS: Kind = kind(
    400,
    "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST",
    "Cannot remove caller's IP address %s from access list",
);
// Atlas' code for this is not known.
pub(super) const NO_SECRET_SLOT: Kind = kind(
    400,
    "MAX_SECRETS_PER_SERVICE_ACCOUNT_EXCEEDED",
    "A service account has at most %s secrets, the expired ones included: %s has as many.",
);
pub(super) const CONCURRENT: Kind =
    kind(409, "DATA_CONCURRENCY_ERROR", "Another request is changing %s at this moment.");
pub(super) const TOO_MANY_ACCOUNTS: Kind = kind(
    400,
    "MAX_SERVICE_ACCOUNTS_PER_ORG_EXCEEDED",
    "Maximum number of Service Accounts per org (%s) in %s exceeded when trying to add a new \
     Service Account.",
);
pub(super) const TOO_MANY_KEYS: Kind = kind(
    400,
    "MAX_API_KEYS_PER_ORG_EXCEEDED",
    "Maximum number of API keys per organization (%s) in %s is reached.",
);
pub(super) const LAST_OWNER_DEMOTED: Kind = kind(
    403,
    "CANNOT_DEMOTE_LAST_ORG_OWNER",
    "The organization %s would be left without an Organization Owner.",
);
pub(super) const LAST_OWNER_DELETED: Kind = kind(
    403,
    "CANNOT_DELETE_LAST_ADMIN",
    "The organization %s would be left without an Organization Owner.",
);
// Atlas' code for this is not known.
pub(super) const MANAGED_BY_ATLAS: Kind =
    kind(403, "ACCESS_FORBIDDEN", "The service account %s is managed by Atlas.");
pub(super) const VERSION_GONE: Kind =
    kind(410, "VERSION_GONE", "The version %s of this resource is gone.");
pub(super) const TOO_LARGE: Kind =
    kind(413, "PAYLOAD_TOO_LARGE", "The request's body is longer than %s bytes.");
pub(super) const TOO_SLOW: Kind =
    kind(408, "REQUEST_TIMEOUT", "The request's body did not come within %s seconds.");
pub(super) const BROKEN_REQUEST: Kind =
    kind(400, "BAD_REQUEST", "The request breaks the rules of HTTP.");
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
    /// What is wrong with which field of the body.
    fields: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
}

impl Kind {
    /// This error about these parameters.
    pub(super) fn about<const N: usize>(self, parameters: [Value; N]) -> Refusal {
        let parameters = parameters.into();
        Refusal { kind: self, parameters, fields: Vec::new(), headers: Vec::new() }
    }

    /// This error about one text.
    pub(super) fn on(self, parameter: &str) -> Refusal {
        self.about([parameter.into()])
    }
}

/// Where the system gives no randomness there is no id and no secret.
impl From<std::io::Error> for Refusal {
    fn from(_: std::io::Error) -> Self {
        UNEXPECTED.about([])
    }
}

impl Refusal {
    /// The same, with what is wrong with each field.
    pub(super) fn with_fields(self, fields: Vec<(String, String)>) -> Self {
        Self { fields, ..self }
    }

    /// The same, with one more header.
    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

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
        let Kind { status, code, .. } = self.kind;
        let mut body = error_body(status, code, &self.detail(), &self.parameters);
        if !self.fields.is_empty() {
            let field =
                |(field, what): &(String, String)| json!({"field": field, "description": what});
            let fields: Vec<_> = self.fields.iter().map(field).collect();
            body["badRequestDetail"] = json!({"fields": fields});
        }
        let answer = Answer::new(status, "application/json", body.to_string());
        self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value.as_str()))
    }
}

fn error_body(status: u16, code: &str, detail: &str, parameters: &[Value]) -> Value {
    json!({
        "detail": detail,
        "error": status,
        "errorCode": code,
        "parameters": parameters,
        "reason": reason(status),
    })
}

/// An answer with Atlas' error body.
pub(super) fn atlas_error(status: u16, code: &str, detail: &str) -> Answer {
    Answer::new(status, "application/json", error_body(status, code, detail, &[]).to_string())
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
