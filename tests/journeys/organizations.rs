//! One organization opens by itself; several are offered; one can switch later.

use gatehouse::atlas::OrgId;
use gatehouse::emulator::{Fault, Options, Seed};

use crate::support::journey::{Journey, emulator};

async fn two() -> Journey {
    let options = Options { seed: Seed::DemoTwoOrganizations, ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey
}

#[tokio::test]
async fn several_organizations_are_offered() {
    let mut journey = two().await;
    journey.shows("Organizations");
    journey.shows("Acme Corp");
    journey.shows("Acme Labs");
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("[Service Accounts 16]");

    journey.press("w");
    journey.settle().await;
    assert!(journey.cursor_line().contains("Acme Corp"), "the cursor begins where one is");
    journey.press("j<enter>");
    journey.settle().await;
    journey.shows("Acme Labs");
    journey.shows_not("terraform-prod");
}

#[tokio::test]
async fn what_came_without_an_id_is_not_opened() {
    let mut journey = two().await;
    journey.press("<enter>");
    journey.settle().await;
    let body = "{\"results\":[{\"name\":\"odd\",\"id\":42}]}".to_owned();
    let odd = Fault::Body { text: body, kind: "application/json".into() };
    journey.emulator().fail_next("/api/atlas/v2/orgs?", 1, odd);
    journey.press("w");
    journey.settle().await;
    journey.press("<enter>");
    journey.says("it came without an id");
    journey.press("r");
    journey.settle().await;
    journey.shows("Acme Labs");
    journey.press("<esc>");
    journey.shows("terraform-prod");
}

#[tokio::test]
async fn what_was_asked_of_the_last_organization_is_dropped() {
    let mut journey = two().await;
    journey.press("<enter>");
    journey.until("terraform-prod").await;
    // Details of Acme Corp are still on their way when Acme Labs is opened.
    assert!(journey.is_waiting());
    journey.press("wj<enter>");
    journey.shows_not("terraform-prod");
    journey.settle().await;
    journey.shows("Acme Labs");
    journey.shows_not("terraform-prod");
}

#[tokio::test]
async fn the_organization_that_was_named_opens_without_asking_which_there_are() {
    let emulator = emulator(Options::default()).await;
    let (org, credential) = (emulator.organization().clone(), emulator.service_account());
    let mut journey = Journey::begin(emulator, credential.expect("one"), |setting| {
        setting.org = Some(org);
    });
    journey.settle().await;
    journey.shows("Acme Corp");
    journey.shows("[Service Accounts 16]");
    let asked = journey.emulator().requests();
    assert!(!asked.iter().any(|seen| seen.path_and_query.starts_with("/api/atlas/v2/orgs?")));
}

#[tokio::test]
async fn a_wrong_organization_id_says_what_to_check() {
    let unknown = "This organization does not exist, or the credential does not see it.";
    let no_id = "This is not the id of an organization.";
    for (id, sentence) in
        [("0123456789abcdef01234567", unknown), ("not an id", no_id), ("../orgs", no_id)]
    {
        let emulator = emulator(Options::default()).await;
        let credential = emulator.service_account().expect("a credential");
        let mut journey = Journey::begin(emulator, credential, |setting| {
            setting.org = Some(OrgId::new(id));
        });
        journey.settle().await;
        journey.shows(sentence);
        journey.shows("✖ not found");
        journey.shows("--org");
        journey.press("w");
        journey.settle().await;
        journey.press("<enter>");
        journey.settle().await;
        journey.shows("[Service Accounts 16]");
    }
}

#[tokio::test]
async fn leaving_the_choice_without_an_organization_leaves_the_program() {
    let mut journey = two().await;
    journey.press("<esc>");
    assert!(journey.left);
}
