//! Where an identity is found in Atlas' own web pages.

use crate::atlas::{IdentityId, OrgId};

/// Where Atlas' pages are, unless something else is said.
const PRODUCTION: &str = "https://cloud.mongodb.com";

/// The page of an identity: a service account's own, or the list of API keys, which have
/// none of their own. Atlas documents no addresses of its pages: these are those that its
/// pages have had. `None` where there can be none: its API is not reached by https, or an
/// id is not plain.
#[must_use]
pub fn page(base_url: Option<&str>, org: &OrgId, id: &IdentityId) -> Option<String> {
    let base = base_url.unwrap_or(PRODUCTION).trim_end_matches('/');
    if !base.starts_with("https://") || !org.is_addressable() || !id.is_addressable() {
        return None;
    }
    let place = match id {
        IdentityId::ServiceAccount(id) => format!("serviceAccounts/{id}"),
        IdentityId::ApiKey(_) => "apiKeys".to_owned(),
    };
    Some(format!("{base}/v2#/org/{org}/access/{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{ClientId, KeyId};

    #[test]
    fn each_has_its_page_where_there_are_pages() {
        let org = OrgId::new("0123456789abcdef01234567");
        let client = ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00");
        let account = IdentityId::ServiceAccount(client);
        let key = IdentityId::ApiKey(KeyId::new("66f1c0ffee00112233a91f01"));
        assert_eq!(
            page(None, &org, &account).as_deref(),
            Some(
                "https://cloud.mongodb.com/v2#/org/0123456789abcdef01234567/access/serviceAccounts/mdb_sa_id_66f1c0ffee00112233a91f00"
            )
        );
        let government = Some("https://cloud.mongodbgov.com/");
        assert_eq!(
            page(government, &org, &key).as_deref(),
            Some("https://cloud.mongodbgov.com/v2#/org/0123456789abcdef01234567/access/apiKeys")
        );
        assert_eq!(page(Some("http://127.0.0.1:4711/"), &org, &key), None);
        assert_eq!(page(None, &OrgId::new("a b"), &key), None);
        assert_eq!(page(None, &org, &IdentityId::ApiKey(KeyId::new("../x"))), None);
    }
}
