//! Both ways of signing in, and every way in which that fails.

use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::{Credential, Read, Secret, Urgency};
use gatehouse::emulator::{Options, Signed, Vantage};
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator, setting};

#[tokio::test]
async fn all_calls_share_one_token_which_is_given_back() {
    let mut journey = Journey::demo().await;
    journey.press("r");
    journey.settle().await;
    let minted = |journey: &Journey| {
        let seen = journey.emulator().requests();
        seen.iter().filter(|seen| seen.path_and_query == "/api/oauth/token").count()
    };
    assert_eq!(minted(&journey), 1);
    assert_eq!(journey.emulator().live_tokens(), 1);
}

#[tokio::test]
async fn signing_out_revokes_the_token() {
    let emulator = emulator(Options::default()).await;
    let origin = Origin::parse(emulator.base_url()).expect("an origin");
    let client = Client::new(origin, emulator.service_account().expect("one"));
    client.read(&Read::Organizations, Urgency::Person, &mut |_| {}).await.expect("read");
    assert_eq!(emulator.live_tokens(), 1);
    client.sign_out().await;
    assert_eq!(emulator.live_tokens(), 0);
    client.read(&Read::Organizations, Urgency::Person, &mut |_| {}).await.expect("signs in anew");
}

#[tokio::test]
async fn a_token_that_died_is_replaced_once() {
    let mut journey = Journey::demo().await;
    // The emulator's clock jumps; ours, by which tokens are renewed, does not.
    journey.pass(SignedDuration::from_hours(2));
    journey.settle().await;
    journey.shows("16:02");
    let seen = journey.emulator().requests();
    let minted = seen.iter().filter(|seen| seen.path_and_query == "/api/oauth/token").count();
    assert_eq!(minted, 2, "many calls were refused, one token was minted");
}

/// Lets minutes pass on the clock by which tokens are renewed.
async fn pass(minutes: u64) {
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_mins(minutes)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let emulator = emulator(Options::default()).await;
    let origin = Origin::parse(emulator.base_url()).expect("an origin");
    let client = Client::new(origin, emulator.service_account().expect("one"));
    let ask = async || {
        client.read(&Read::Organizations, Urgency::Person, &mut |_| {}).await.expect("read");
        emulator.requests().iter().filter(|seen| seen.signed == Signed::Basic).count()
    };
    assert_eq!(ask().await, 1);
    pass(40).await;
    assert_eq!(ask().await, 1);
    pass(15).await;
    assert_eq!(ask().await, 2);
    assert!(emulator.requests().iter().all(|seen| seen.status == Some(200)));
}

#[tokio::test]
async fn an_api_key_reuses_its_nonce_with_a_rising_count() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.api_key().expect("a key");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.shows("[Service Accounts 16]");
    let seen = journey.emulator().requests();
    let challenged = seen.iter().filter(|seen| seen.status == Some(401)).count();
    assert_eq!(challenged, 1, "one challenge serves all calls");
    let mut counts: Vec<_> = seen
        .iter()
        .filter_map(|seen| match seen.signed {
            Signed::Digest { count } => count,
            _ => None,
        })
        .collect();
    counts.sort_unstable();
    let expected: Vec<_> = (1..=u32::try_from(counts.len()).expect("few")).collect();
    assert_eq!(counts, expected);

    // The nonce dies; the answer says so and brings a new one.
    journey.pass(SignedDuration::from_mins(30));
    journey.settle().await;
    journey.shows("14:32");
}

#[tokio::test]
async fn a_wrong_or_expired_secret_says_what_to_check() {
    let emulator = emulator(Options::default()).await;
    let wrong = |credential: Credential| match credential {
        Credential::ServiceAccount { client_id, .. } => {
            Credential::ServiceAccount { client_id, client_secret: Secret::from("mdb_sa_sk_wrong") }
        }
        Credential::ApiKey { public_key, .. } => {
            Credential::ApiKey { public_key, private_key: Secret::from("wrong") }
        }
    };
    let base = emulator.base_url().to_owned();
    for credential in [
        wrong(emulator.service_account().expect("one")),
        wrong(emulator.api_key().expect("one")),
        emulator.credentials_of("billing-export").expect("expired"),
    ] {
        let credential_id = credential.public_part().to_string();
        let mut journey = Journey::begin_at(&base, credential, |_| {});
        journey.settle().await;
        journey.shows("Atlas does not accept this credential.");
        journey.says("It may be mistyped, expired or revoked.");
        journey.shows("✖ not signed in");
        journey.shows(&credential_id);
        journey.says("from a test.");
        assert_eq!(journey.app.wake_at(), None, "nothing is tried again by itself");
    }
}

#[tokio::test]
async fn an_address_that_is_not_listed_is_named() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    emulator.call_from(Vantage::Pretended("192.0.2.99".parse().expect("an address")));
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.shows("Your address 192.0.2.99 is not on this credential's access list.");
    journey.shows("IP_ADDRESS_NOT_ON_ACCESS_LIST");
}

#[tokio::test]
async fn a_credential_that_may_list_keys_but_not_service_accounts_sees_the_keys() {
    let emulator = emulator(Options::default()).await;
    emulator.patch(|store| {
        let key = store.key("gatehouse terminal").expect("there");
        key.standing.roles = vec!["ORG_MEMBER".into()];
    });
    let credential = emulator.api_key().expect("a key");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.shows("This credential may not read the service accounts.");
    journey.shows("Organization Read Only");
    journey.shows("● live");
    journey.press("<tab>");
    journey.shows("Anna's laptop");
    journey.shows("[API Keys 8]");
}

#[tokio::test]
async fn without_a_credential_the_first_screen_says_what_to_set() {
    use gatehouse::app::state::Setting;
    use gatehouse::app::{App, Effect, Event};
    let nobody = Credential::ApiKey { public_key: String::new(), private_key: Secret::from("") };
    let setting = Setting { credential: None, demo: false, ..setting(&nobody) };
    let size = ratatui::layout::Size::new(80, 24);
    let now = crate::support::journey::start_of_time();
    let (mut app, effects) = App::new(setting, size, now);
    assert_eq!(effects, [], "nobody is asked without a credential");
    let screen = crate::support::screen::text(&crate::support::screen::draw(&app).0);
    for part in ["MONGODB_ATLAS_CLIENT_ID", "MONGODB_ATLAS_CLIENT_SECRET", "demo", "q quit"] {
        assert!(screen.contains(part), "{screen}");
    }
    let enter = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Enter);
    assert_eq!(app.update(now, [Event::Key(enter)]), [Effect::Demo]);
}

/// How often a token was asked for.
fn minted(emulator: &gatehouse::emulator::Emulator) -> usize {
    emulator.requests().iter().filter(|seen| seen.path_and_query == "/api/oauth/token").count()
}

#[tokio::test]
async fn a_missing_role_is_no_word_against_the_token() {
    let emulator = emulator(Options::default()).await;
    emulator.patch(|store| {
        store.account("atlas-admin").expect("there").standing.roles = vec!["ORG_MEMBER".into()];
    });
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    for _ in 0..3 {
        journey.press("r");
        journey.settle().await;
    }
    journey.shows("This credential may not read the service accounts.");
    assert_eq!(minted(journey.emulator()), 1);
}

#[tokio::test]
async fn calls_that_wait_for_one_sign_in_share_its_failure() {
    let emulator = emulator(Options::default()).await;
    let org = emulator.organization().clone();
    let Some(Credential::ServiceAccount { client_id, .. }) = emulator.service_account() else {
        panic!("a service account")
    };
    let client_secret = Secret::from("mdb_sa_sk_wrong");
    let credential = Credential::ServiceAccount { client_id, client_secret };
    let mut journey = Journey::begin(emulator, credential, |setting| setting.org = Some(org));
    journey.settle().await;
    journey.shows("Atlas does not accept this credential.");
    assert_eq!(minted(journey.emulator()), 1, "all calls waited for one sign-in");
}
