//! Names that may be taken for others: what is said of them before something is taken
//! away, and what is typed then.

use gatehouse::emulator::Options;
use jiff::SignedDuration;

use crate::screens::HOST;
use crate::screens::fix_secrets;
use crate::support::journey::{Journey, emulator};

/// A kind of name, and one of it.
const SPOOFS: &[(&str, &str)] = &[
    ("looks_alike", "gr\u{430}fana"),
    ("looks_alike_in_ascii", "terraforrn-prod"),
    ("same", "grafana"),
    ("mixes_scripts", "d\u{430}shboards"),
    ("poses", "\u{441}\u{43e}\u{440}-agent"),
    ("hides", "agent\u{202e}gol"),
    ("hides_and_looks_alike", "grafana\u{200b}"),
    ("ordinary", "東京-Zürich Отчёты"),
];

/// The demo, with one account called this, under the cursor.
async fn called(name: &str) -> Journey {
    let emulator = emulator(Options::default()).await;
    fix_secrets(&emulator);
    let id = emulator.patch(|store| {
        let account = store.account("datadog").expect("there");
        name.clone_into(&mut account.name);
        account.id.clone()
    });
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |setting| setting.host = HOST.into());
    journey.settle().await;
    journey.press(&format!("/{}<enter>", &id[id.len() - 8..]));
    journey
}

async fn press(journey: &mut Journey, keys: &str) {
    journey.press(keys);
    journey.settle().await;
    journey.pass(SignedDuration::from_millis(300));
}

#[tokio::test]
async fn each_class_of_spoof_has_its_picture() {
    for (class, name) in SPOOFS {
        let mut journey = called(name).await;
        press(&mut journey, "D").await;
        insta::assert_snapshot!(format!("{class}_delete"), journey.screen());
        journey.press("<esc>");
        press(&mut journey, "<enter>").await;
        insta::assert_snapshot!(format!("{class}_details"), journey.screen());
    }
}

#[tokio::test]
async fn whatever_asks_before_it_changes_something_says_so() {
    // What is pressed, and what is then asked for.
    for (keys, asked) in [
        (&["D"][..], "Type"),
        // The secret, below the name and its facts.
        (&["<enter>", "jjjjjjD"], "Type"),
        (&["a", "d<enter>"], "Press y"),
        (&["p", "<enter>", "G<space><enter>"], "Press y"),
        // It only gives, and what it gives is asked about anyway.
        (&["p", "<enter>", "<space><enter>"], "Press y"),
        (&["e", "G<space>k<space><enter>"], "Press y"),
        (&["<space>", "D"], "Type delete 1"),
    ] {
        let mut journey = called("gr\u{430}fana").await;
        journey.emulator().patch(|store| {
            let project = store.main().expect("there").projects.rows()[0].id.clone();
            let account = store.account("gr\u{430}fana").expect("there");
            account.standing.projects = [(project, vec!["GROUP_READ_ONLY".into()])].into();
        });
        press(&mut journey, "r").await;
        for keys in keys {
            press(&mut journey, keys).await;
        }
        journey.says("It looks like “grafana”, which also exists.");
        journey.says(asked);
    }
}

#[tokio::test]
async fn what_only_gives_something_is_not_held_up() {
    let mut journey = called("gr\u{430}fana").await;
    press(&mut journey, "i<end>2<enter>").await;
    journey.shows("saved");
}

#[tokio::test]
async fn an_api_key_is_told_apart_by_its_description() {
    let mut journey = called("prometheus exporter").await;
    // An account of the same name is no key.
    press(&mut journey, "<enter>").await;
    journey.shows_not("same");
    journey.emulator().patch(|store| {
        store.key("BI connector").expect("there").description = "prometheus  exp\u{43e}rter".into();
        store.key("Anna's laptop").expect("there").description = "prometheus exporter".into();
    });
    press(&mut journey, "<esc>2r/<esc>/prometheus<enter><enter>").await;
    journey.says("Another API key has the same description.");
    press(&mut journey, "<esc>gD").await;
    journey.says("It looks like “prometheus exporter”, which also exists.");
    journey.says("Its description mixes Latin and Cyrillic letters in one word.");
}

/// The last of them has no namesake any more when its turn comes.
#[tokio::test]
async fn namesakes_can_be_deleted_together() {
    let mut journey = called("gr\u{430}fana").await;
    journey
        .emulator()
        .patch(|store| store.account("pagerduty").expect("there").name = "grafana".into());
    press(&mut journey, "r/<esc>/fana<enter>").await;
    journey.shows("3 of 16");
    press(&mut journey, "<space><space><space>D").await;
    journey.says("It looks like");
    press(&mut journey, "delete 3<enter>").await;
    journey.shows("3 of 3 done.");
}

/// What was agreed to was about another name.
#[tokio::test]
async fn one_that_is_renamed_meanwhile_is_asked_about_again() {
    let mut journey = called("grafana").await;
    press(&mut journey, "D").await;
    journey.says("Another service account has the same name.");
    let target = journey.app.state().task.as_ref().and_then(|task| task.change.target());
    let id = target.expect("somebody").as_str().to_owned();
    journey.emulator().patch(|store| {
        let org = store.main().expect("there");
        org.accounts.get_mut(&id).expect("there").name = "payments".into();
    });
    press(&mut journey, &format!("{}<enter>", &id[id.len() - 6..])).await;
    journey.says("Things have changed since you agreed: look again.");
    journey.says("Type payments and press enter");
}
