//! What Atlas sent about an identity, as it came: also where nothing of it is understood.

use gatehouse::atlas::OrgId;
use gatehouse::emulator::{Emulator, Fault, Plan};
use serde_json::{Value, json};

use crate::support::journey::Journey;

/// From now on an operation is answered with this.
fn answer(emulator: &Emulator, operation: &str, body: &Value) {
    let does = Fault::Body { text: body.to_string(), kind: "application/json".into() };
    let operation = Some(operation.to_owned());
    emulator.plan(Plan { operation, path: None, times: 99, does });
}

async fn press(journey: &mut Journey, keys: &str) {
    journey.press(keys);
    journey.settle().await;
}

/// A journey whose list of service accounts holds these rows.
async fn with_rows(rows: Value) -> Journey {
    let mut journey = Journey::unlimited().await;
    let body = json!({"results": rows, "totalCount": 1});
    answer(journey.emulator(), "listOrgServiceAccounts", &body);
    press(&mut journey, "r").await;
    journey
}

#[tokio::test]
async fn a_healthy_account_is_shown_as_it_came() {
    let mut journey = Journey::unlimited().await;
    press(&mut journey, "/datadog<enter><enter>J").await;
    journey.shows("As Atlas sent it · mdb_sa_id_");
    journey.shows("\"name\": \"datadog\",");
    journey.shows("\"maskedSecretValue\": \"mdb_sa_sk_");
    press(&mut journey, "G").await;
    journey.shows("Projects");
    // One step back are its details, and then the list.
    press(&mut journey, "<esc>").await;
    journey.shows("Client ID");
    assert!(journey.app.state().raw.is_none(), "nothing of it is kept");
    press(&mut journey, "<esc>2J").await;
    journey.shows("\"publicKey\": ");
    journey.shows("Access list");
}

#[tokio::test]
async fn an_odd_row_is_seen_as_it_came() {
    let mut journey = Journey::unlimited().await;
    let id = journey.emulator().patch(|store| store.account("datadog").expect("there").id.clone());
    let odd = json!({
        "clientId": id, "name": {"first": "data", "last": ["dog\u{202e}\u{1b}[2J"]},
        "roles": "ORG_OWNER", "fieldOfTomorrow": 7,
        "secrets": [{"secret": "mdb_sa_sk_0123456789abcdefghij"}],
    });
    answer(journey.emulator(), "getOrgServiceAccount", &odd);
    press(&mut journey, "/datadog<enter><enter>").await;
    journey.shows("?");
    press(&mut journey, "J").await;
    journey.shows("\"first\": \"data\",");
    journey.shows("\"dog⟨U+202E⟩\\u001b[2J\"");
    journey.shows("\"fieldOfTomorrow\": 7,");
    journey.shows("\"secret\": \"mdb_sa_sk_***\"");
    journey.shows_not("0123456789");
}

#[tokio::test]
async fn a_row_that_cannot_be_asked_for_shows_what_the_list_brought() {
    for (row, shown) in [
        (json!({"clientId": 5, "label": "nobody knows"}), "\"label\": \"nobody knows\""),
        (json!({"clientId": "../../orgs", "name": "x"}), "\"clientId\": \"../../orgs\","),
        (json!(["not", "even", "an object"]), "\"an object\""),
        (json!(null), "null"),
    ] {
        let mut journey = with_rows(json!([row])).await;
        let before = journey.emulator().requests().len();
        for keys in ["J", "<esc><enter>J"] {
            press(&mut journey, keys).await;
            journey.shows("In the list, without an id to ask for");
            journey.shows(shown);
        }
        press(&mut journey, "r<esc><esc>").await;
        assert_eq!(journey.emulator().requests().len(), before, "nobody is asked");
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_is_asked_for_again() {
    let mut journey = Journey::unlimited().await;
    let plan = |operation: &str, does| {
        let operation = Some(operation.to_owned());
        Plan { operation, path: None, times: 1, does }
    };
    journey.emulator().plan(plan("listOrgServiceAccountAccessList", Fault::Html));
    press(&mut journey, "/datadog<enter>J").await;
    journey.shows("\"name\": \"datadog\",");
    journey.shows("✖ ");
    press(&mut journey, "r").await;
    journey.shows_not("✖ ");
    // No answer belongs to another organization.
    journey.press("r");
    let elsewhere = OrgId::new("0123456789abcdef01234567");
    assert_ne!(journey.org(), elsewhere);
    press(&mut journey, "<esc>").await;
    assert!(journey.app.state().raw.is_none());
}
