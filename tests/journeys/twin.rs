//! The same by hand: of a row, and of every change before it is made.

use gatehouse::emulator::Options;
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

/// What is copied by `x` and `y`, from the first way down to this one.
async fn copied(keys: &[&str], down: usize) -> String {
    let mut journey = Journey::demo().await;
    for keys in keys {
        journey.press(keys);
        journey.settle().await;
        journey.pass(SignedDuration::from_millis(300));
    }
    journey.press(&"j".repeat(down));
    journey.press("y");
    journey.shows("✓ command sent to the terminal's clipboard");
    let writes = journey.emulator().requests().iter().filter(|seen| seen.method != "GET").count();
    assert_eq!(writes, 1, "nothing but the token was asked for");
    journey.copied.last().expect("copied").clone()
}

#[tokio::test]
async fn every_change_shows_its_calls_before_it_is_made() {
    for (keys, down, parts) in [
        (&["x"][..], 0, &["atlas api serviceAccounts getOrgServiceAccount --orgId "][..]),
        (&["x"], 1, &["curl -H \"Authorization: Bearer $ACCESS_TOKEN\" -H 'Accept: "]),
        (&["t", "x"], 0, &["atlas api events listOrgEvents --orgId "]),
        (&["T", "x"], 1, &["curl -H", "/events?"]),
        (&["<tab>", "<enter>", "x"], 0, &["atlas api programmaticApiKeys getOrgApiKey "]),
        (
            &["/datadog<enter>i", "<tab><c-u>It's new", "<c-x>"],
            0,
            &[
                "printf %s '{\"description\":\"It'\\''s new\"}' | atlas api serviceAccounts updateOrg",
            ],
        ),
        (&["/datadog<enter>e", "j<space>x"], 1, &["-X PATCH", "\"roles\":["]),
        (&["/k8s<enter>p", "<enter>", "G<space>x"], 1, &["/groups/", "\"roles\":["]),
        (
            &["/datadog<enter>a", "n192.0.2.7<enter>", "x"],
            1,
            &["-X POST", "'[{\"ipAddress\":\"192.0.2.7\"}]'", "/accessList"],
        ),
        (&["S", "<space>x"], 1, &["/settings", "\"apiAccessListRequired\":true"]),
        (&["/pagerduty<enter>s", "x"], 1, &["/secrets", "\"secretExpiresAfterHours\":"]),
        (&["/pagerduty<enter>s", "<enter>", "x"], 1, &["-X POST", "/secrets"]),
        (&["/pagerduty<enter>s", "<enter>", "G<enter>", "x"], 1, &["-X POST", "/secrets"]),
        (&["/k8s<enter>s", "x"], 1, &["-X DELETE", "/secrets/"]),
        (&["/datadog<enter>D", "<c-x>"], 0, &["deleteOrgServiceAccount --orgId"]),
        (&["jj<space><space>D", "<c-x>"], 1, &["-X DELETE"]),
        (
            &["nfresh<tab>New<tab><tab>192.0.2.7<enter><enter><enter>", "x"],
            3,
            &["-X POST", "/serviceAccounts/CLIENT_ID/accessList"],
        ),
    ] {
        let line = copied(keys, down).await;
        for part in parts {
            assert!(line.contains(part), "{keys:?}: {part} is not in {line}");
        }
        assert!(!line.contains("mdb_sa_sk_"), "{line}");
    }
}

/// What closes it closes nothing else.
#[tokio::test]
async fn what_is_not_to_be_sent_is_told_and_closed_by_itself() {
    let mut journey = Journey::demo().await;
    for (before, key, words) in [
        ("/datadog<enter>e", "x", "Nothing is changed yet, so nothing would be sent."),
        ("/datadog<enter>a", "x", "Nothing is changed yet, so nothing would be sent."),
        ("n", "<c-x>", "Nothing is about to be sent from here."),
        ("/datadog<enter>i<tab><c-u>", "<c-x>", "Nothing is about to be sent from here."),
    ] {
        journey.press(before);
        journey.settle().await;
        let opened = journey.screen();
        journey.press(key);
        journey.says(words);
        journey.shows("The same by hand");
        journey.shows_not("copy");
        journey.press("y<esc>");
        assert_eq!(journey.screen(), opened, "{before}");
        journey.press("<esc><esc><esc><esc>/<esc>");
        journey.pass(SignedDuration::from_secs(5));
    }
}

#[tokio::test]
async fn it_is_written_for_the_credential_and_the_atlas_in_use() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.api_key().expect("a key");
    let base = format!("{}/", emulator.base_url());
    let set = |setting: &mut gatehouse::app::state::Setting| setting.base_url = Some(base.clone());
    let mut journey = Journey::begin(emulator, credential, set);
    journey.settle().await;
    journey.press("xy");
    let atlas = journey.copied.last().expect("copied");
    assert!(
        atlas.starts_with(&format!("MONGODB_ATLAS_OPS_MANAGER_URL={base} atlas api")),
        "{atlas}"
    );
    journey.press("jy");
    let curl = journey.copied.last().expect("copied");
    assert!(curl.starts_with("curl --digest --user \"$PUBLIC_KEY:$PRIVATE_KEY\" -H"), "{curl}");
    assert!(curl.contains(&format!(" {base}api/atlas/v2/orgs/")), "{curl}");
    journey.says("PUBLIC_KEY and PRIVATE_KEY stand for the API key.");
    // It is no step on the way: what was being done is as it was.
    journey.press("<esc>/datadog<enter>an192.0.2.7<enter>x<esc>");
    journey.shows("192.0.2.7");
}
