//! A call of gatehouse as it is made by hand: with the Atlas CLI, and with curl. It is
//! written from the same description that the client sends, and never with a secret: a
//! shell's variables stand for the credential.

use std::fmt::Write;

use crate::atlas::request::{Method, Request};
use crate::atlas::text::visible;

/// Where Atlas is, unless something else is said.
const PRODUCTION: &str = "https://cloud.mongodb.com";

/// How a call is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With an access token of a service account.
    Token,
    /// With an API key, by digest.
    Key,
}

/// A command line, word by word; each is written so that a shell reads one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(Vec<String>);

impl Line {
    /// The words, as a shell is given them.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// The whole line.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.join(" ")
    }
}

/// The call as the Atlas CLI makes it, with the profile that it is set to; `None` where
/// the CLI lacks it. `base_url`: the Atlas that is meant, where it is not the usual one.
#[must_use]
pub fn atlas_cli(request: &Request, base_url: Option<&str>) -> Option<Line> {
    let operation = request.operation;
    let version = operation.version()?;
    let mut words = Vec::new();
    if let Some(body) = &request.body {
        words.extend(["printf".to_owned(), "%s".to_owned(), quoted(&json(body)), "|".to_owned()]);
    }
    words.extend(base_url.map(|url| format!("MONGODB_ATLAS_OPS_MANAGER_URL={}", quoted(url))));
    words.extend(["atlas", "api", operation.group, operation.name].map(str::to_owned));
    for (name, value) in request.parameters.iter().chain(&request.query) {
        words.extend([format!("--{name}"), quoted(value)]);
    }
    words.extend(["--version".to_owned(), version.to_owned()]);
    Some(Line(words))
}

/// The call as curl makes it. The variables `ACCESS_TOKEN`, or `PUBLIC_KEY` and
/// `PRIVATE_KEY`, stand for the credential.
#[must_use]
pub fn curl(request: &Request, base_url: Option<&str>, signing: Signing) -> Line {
    let operation = request.operation;
    let base = base_url.unwrap_or(PRODUCTION).trim_end_matches('/');
    let mut words = vec!["curl".to_owned()];
    words.extend(
        match signing {
            Signing::Token => vec!["-H", "\"Authorization: Bearer $ACCESS_TOKEN\""],
            Signing::Key => vec!["--digest", "--user", "\"$PUBLIC_KEY:$PRIVATE_KEY\""],
        }
        .into_iter()
        .map(str::to_owned),
    );
    if operation.method != Method::Get {
        words.extend(["-X".to_owned(), operation.method.as_str().to_owned()]);
    }
    let header = |name: &str| ["-H".to_owned(), quoted(&format!("{name}: {}", operation.media))];
    words.extend(header("Accept"));
    if let Some(body) = &request.body {
        words.extend(header("Content-Type"));
        words.extend(["-d".to_owned(), quoted(&json(body))]);
    }
    words.push(quoted(&format!("{base}{}", request.path())));
    Line(words)
}

/// A body in one line, in which nothing acts, hides or means nothing: such characters
/// stand there by their numbers.
fn json(body: &serde_json::Value) -> String {
    let text = body.to_string();
    if visible(&text) == text {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        // Outside of strings JSON is plain.
        if character == ' ' || character.is_ascii_graphic() {
            plain.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(plain, "\\u{unit:04x}");
            }
        }
    }
    plain
}

/// A word as a shell reads it back, whatever stands in it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::write::Patch;
    use crate::atlas::{self, ClientId, IdentityId, KeyId, OrgId, Read};

    fn org() -> OrgId {
        OrgId::new("0123456789abcdef01234567")
    }

    #[test]
    fn a_change_is_written_in_both_ways() {
        let key = IdentityId::ApiKey(KeyId::new("66f1c0ffee00112233a91f01"));
        let patch = Patch { description: Some("Dana's".into()), ..Patch::default() };
        let request = Request::of_write(&atlas::Write::Update(org(), key, patch)).expect("plain");
        assert_eq!(
            atlas_cli(&request, None).expect("known").text(),
            r#"printf %s '{"desc":"Dana'\''s"}' | atlas api programmaticApiKeys updateOrgApiKey --orgId 0123456789abcdef01234567 --apiUserId 66f1c0ffee00112233a91f01 --version 2023-01-01"#,
        );
        assert_eq!(
            curl(&request, None, Signing::Key).text(),
            r#"curl --digest --user "$PUBLIC_KEY:$PRIVATE_KEY" -X PATCH -H 'Accept: application/vnd.atlas.2023-01-01+json' -H 'Content-Type: application/vnd.atlas.2023-01-01+json' -d '{"desc":"Dana'\''s"}' https://cloud.mongodb.com/api/atlas/v2/orgs/0123456789abcdef01234567/apiKeys/66f1c0ffee00112233a91f01"#,
        );
    }

    #[test]
    fn a_question_is_written_for_the_atlas_that_is_asked() {
        let client = ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00");
        let request = Request::of_read(&Read::Grants(org(), client)).expect("plain");
        let base = Some("http://127.0.0.1:4711/");
        assert_eq!(
            atlas_cli(&request, base).expect("known").text(),
            "MONGODB_ATLAS_OPS_MANAGER_URL=http://127.0.0.1:4711/ atlas api serviceAccounts getOrgServiceAccountGroups --orgId 0123456789abcdef01234567 --clientId mdb_sa_id_66f1c0ffee00112233a91f00 --version 2024-08-05",
        );
        assert_eq!(
            curl(&request, base, Signing::Token).text(),
            "curl -H \"Authorization: Bearer $ACCESS_TOKEN\" -H 'Accept: application/vnd.atlas.2024-08-05+json' http://127.0.0.1:4711/api/atlas/v2/orgs/0123456789abcdef01234567/serviceAccounts/mdb_sa_id_66f1c0ffee00112233a91f00/groups",
        );
        let address = Request::of_read(&Read::CurrentAddress).expect("plain");
        assert_eq!(atlas_cli(&address, None), None);
    }

    #[test]
    fn what_acts_or_hides_stands_there_by_its_number() {
        let body = serde_json::json!({"name": "Größe"});
        assert_eq!(json(&body), "{\"name\":\"Größe\"}");
        let body = serde_json::json!({"name": "a\u{202e}b\u{1b}[2J\u{7f}\u{e0041}"});
        assert_eq!(json(&body), "{\"name\":\"a\\u202eb\\u001b[2J\\u007f\\udb40\\udc41\"}");
    }
}
