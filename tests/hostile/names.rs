//! Names that may be taken for others: what is said of them before something is taken
//! away, and what is typed then.

use gatehouse::emulator::{Options, Seed};
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
        journey.says("It looks like \"grafana\", which also exists.");
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
    journey.says("It looks like \"prometheus exporter\", which also exists.");
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

/// One word of it may be taken for another: it is told while it is typed, and before it
/// is made; and it is made all the same.
#[tokio::test]
async fn a_name_that_is_typed_and_looks_like_another_is_told_and_taken() {
    let mut journey = called("payments").await;
    press(&mut journey, "/<esc>ngr\u{430}fana").await;
    journey.shows("≈ It looks like \"grafana\", which also exists.");
    press(&mut journey, "<backspace>").await;
    journey.shows("≈ Its name mixes Latin and Cyrillic letters in one word.");
    press(&mut journey, "<c-u>grafana").await;
    journey.shows("≈ Another service account has the same name.");
    press(&mut journey, "2").await;
    journey.shows_not("≈");
    press(&mut journey, "<backspace><tab>spoof<enter><enter><enter><enter>G<enter>").await;
    journey.says("Another service account has the same name.");
    press(&mut journey, "y").await;
    assert_eq!(journey.app.state().held.len(), 1, "{}", journey.screen());
}

#[tokio::test]
async fn a_new_name_that_looks_like_another_is_told_and_taken() {
    let mut journey = called("payments").await;
    press(&mut journey, "i<c-u>grafana").await;
    journey.shows("≈ Another service account has the same name.");
    press(&mut journey, "<c-u>payments").await;
    journey.shows_not("≈");
    press(&mut journey, "<c-u>gr\u{430}fana").await;
    journey.shows("≈ It looks like \"grafana\", which also exists.");
    press(&mut journey, "<tab>").await;
    journey.shows("≈ It looks like \"grafana\", which also exists.");
    press(&mut journey, "<enter>").await;
    journey.shows("saved");
    // An API key is called by its description.
    press(&mut journey, "<esc>2/jenkins<enter>i<c-u>prometheus exp\u{43e}rter").await;
    journey.shows("≈ It looks like \"prometheus exporter\", which also exists.");
}

/// The demo, with a second project that looks like its first.
async fn with_like_projects() -> (Journey, String) {
    let mut journey = called("payments").await;
    let name = journey.emulator().patch(|store| {
        let projects = &mut store.main().expect("there").projects;
        let [first, second] = [0, 1].map(|at| projects.rows()[at].clone());
        let mut second = second;
        second.name = first.name.replacen('o', "\u{43e}", 1);
        projects.put(second);
        first.name
    });
    assert!(name.contains('o'), "{name}");
    press(&mut journey, "r").await;
    (journey, name)
}

#[tokio::test]
async fn projects_that_look_alike_are_told_apart_where_one_is_chosen_and_before_it_counts() {
    let (mut journey, name) = with_like_projects().await;
    let alike = format!("The project looks like \"{name}\", which also exists.");
    let to_it = |journey: &mut Journey| {
        let mut steps = 0;
        while !journey.screen().contains(&alike) {
            journey.press("j");
            steps += 1;
            assert!(steps < 20, "{alike}\n{}", journey.screen());
        }
    };
    press(&mut journey, "p").await;
    to_it(&mut journey);
    insta::assert_snapshot!("project_looks_alike", journey.screen());
    // Project Owner is asked about.
    press(&mut journey, "<enter><space><enter>").await;
    journey.says(&alike);
    journey.says("Press y");
    press(&mut journey, "<esc><esc><esc><esc>").await;
    press(&mut journey, "nfresh<tab>For a test<enter><enter>").await;
    to_it(&mut journey);
}

#[tokio::test]
async fn organizations_that_look_alike_are_told_apart_where_one_is_chosen() {
    let options = Options { seed: Seed::DemoTwoOrganizations, ..Options::default() };
    let emulator = emulator(options).await;
    emulator.patch(|store| store.main().expect("there").name = "Acme L\u{430}bs".into());
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.shows("≈ It looks like \"Acme L\u{430}bs\", which also exists.");
    journey.press("j");
    journey.shows("≈ It looks like \"Acme Labs\", which also exists.");
}
