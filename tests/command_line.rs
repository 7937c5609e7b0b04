//! What gatehouse does without a screen: lists for scripts, completions, the manual page,
//! and exit codes.

use std::process::{Command, Output};

use gatehouse::atlas::Credential;
use gatehouse::emulator::{self, Emulator, Fault, Options, Seed};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::pty::{GATEHOUSE, Session, secret_of};

/// Runs gatehouse in an empty home.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let home = TempDir::new().expect("a home");
    let mut command = Command::new(GATEHOUSE);
    command.args(arguments).env_clear().env("HOME", home.path());
    command.envs(environment.iter().copied());
    let output = command.output().expect("it runs");
    let left = std::fs::read_dir(home.path()).expect("a folder").count();
    assert_eq!(left, 0, "{arguments:?} leaves something behind");
    output
}

/// The same, with an emulator and one of its credentials in the environment.
async fn ask(emulator: &Emulator, credential: &Credential, arguments: &[&str]) -> Output {
    let [id, secret] = match credential {
        Credential::ServiceAccount { .. } => ["CLIENT_ID", "CLIENT_SECRET"],
        Credential::ApiKey { .. } => ["PUBLIC_API_KEY", "PRIVATE_API_KEY"],
    };
    let environment = [
        (format!("MONGODB_ATLAS_{id}"), credential.public_part().to_string()),
        (format!("MONGODB_ATLAS_{secret}"), secret_of(credential).to_owned()),
        ("MONGODB_ATLAS_OPS_MANAGER_URL".to_owned(), emulator.base_url().to_owned()),
    ];
    let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let run = move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        run(&arguments, &environment)
    };
    tokio::task::spawn_blocking(run).await.expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

async fn start(seed: Seed) -> (Emulator, Credential) {
    let emulator = emulator::start(Options { seed, ..Options::default() }).await;
    let emulator = emulator.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    (emulator, credential)
}

#[tokio::test]
async fn lists_say_what_atlas_says() {
    let (emulator, credential) = start(Seed::Demo).await;
    for (what, rows, column) in
        [("service-accounts", 16, "client_id"), ("api-keys", 8, "public_key")]
    {
        let output = ask(&emulator, &credential, &["list", what, "-o", "json"]).await;
        assert!(output.status.success(), "{}", err(&output));
        let json: Value = serde_json::from_str(&out(&output)).expect("JSON");
        assert_eq!(json.as_array().expect("a list").len(), rows);
        assert!(json[0][column].is_string() && json[0]["roles"].is_array(), "{}", json[0]);
        for form in ["table", "csv"] {
            let text = out(&ask(&emulator, &credential, &["list", what, "-o", form]).await);
            let mut lines = text.lines();
            assert!(lines.next().expect("names").to_lowercase().contains(column), "{text}");
            assert_eq!(lines.count(), rows, "{text}");
            assert!(text.contains(json[0][column].as_str().expect("text")), "{text}");
        }
    }
    emulator.stop().await;
}

#[tokio::test]
async fn it_gives_its_token_back() {
    let (emulator, credential) = start(Seed::Demo).await;
    ask(&emulator, &credential, &["list", "api-keys"]).await;
    let revoked = emulator.requests().iter().any(|seen| seen.path_and_query == "/api/oauth/revoke");
    assert!(revoked, "the token lives on");
}

#[tokio::test]
async fn what_goes_wrong_has_a_sentence_and_a_code() {
    let (emulator, credential) = start(Seed::DemoTwoOrganizations).await;
    let list = ["list", "api-keys"];
    let several = ask(&emulator, &credential, &list).await;
    assert_eq!(several.status.code(), Some(2));
    assert!(err(&several).contains("name one with --org"), "{}", err(&several));
    let org = emulator.organization().to_string();
    let named = ask(&emulator, &credential, &["list", "api-keys", "--org", &org]).await;
    assert_eq!(named.status.code(), Some(0), "{}", err(&named));

    let wrong = Credential::ServiceAccount {
        client_id: credential.public_part().to_string(),
        client_secret: "mdb_sa_sk_wrong".into(),
    };
    let refused = ask(&emulator, &wrong, &list).await;
    assert_eq!(refused.status.code(), Some(3));
    assert!(err(&refused).contains("does not accept this credential"), "{}", err(&refused));
    assert!(!err(&refused).contains("mdb_sa_sk_wrong"));

    let body = Fault::Body { text: "<html>".into(), kind: "text/html".into() };
    emulator.fail_next("/api/atlas/v2/orgs", 9, body);
    let page = ask(&emulator, &credential, &list).await;
    assert_eq!(page.status.code(), Some(4));
    assert!(err(&page).contains("not as Atlas does"), "{}", err(&page));
    assert_eq!(out(&page), "", "half a list is no list");

    assert_eq!(run(&list, &[]).status.code(), Some(2));
    assert!(err(&run(&list, &[])).contains("No credential"));
    for wrong in [&["list"][..], &["list", "clusters"], &["--demo", "list", "api-keys"], &["lisst"]]
    {
        assert_eq!(run(wrong, &[]).status.code(), Some(2), "{wrong:?}");
    }
}

/// Arguments, variables, and what is told.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

/// Whatever was typed or configured wrongly, on the command line, in the environment or in
/// a file, ends in one way, and before Atlas is asked.
#[test]
fn what_was_typed_or_configured_wrongly_ends_with_two() {
    let environment = [
        ("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_650000000000000000000001"),
        ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_x"),
        ("MONGODB_ATLAS_OPS_MANAGER_URL", "http://127.0.0.1:1"),
    ];
    let by_org = [environment[0], environment[1], ("MONGODB_ATLAS_ORG_ID", "acme")];
    let half = &environment[..1];
    let list = ["list", "api-keys"];
    let cases: &[Case<'_>] = &[
        (&["--org", "zz"], &environment, "(--org) is no organization's id"),
        (&[], &by_org, "(environment (MONGODB_ATLAS_ORG_ID)) is no organization's id"),
        (&["--profile", "nobody"], &environment, "names the profile \"nobody\""),
        (&["--base-url", "ftp://x"], &environment, "The base URL (--base-url)"),
        (&["--base-url", "https://x.invalid"], &environment, "Start gatehouse once and agree"),
        (&[], half, "is set (environment"),
        (&[], &[], "No credential for MongoDB Atlas"),
    ];
    for (arguments, environment, words) in cases {
        let output = run(&[&list[..], arguments].concat(), environment);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", err(&output));
        assert!(err(&output).contains(words), "{arguments:?}: {}", err(&output));
    }
    for (arguments, words) in [
        (&["--demo", "--theme", "drak"][..], "did you mean dark?"),
        (&["--org", "zz"], "(--org) is no organization's id"),
        (&["--seed", "7"], "belong to --demo or to emulator"),
        (&["emulator", "--limit", "x"], "is not of the form SET=CAPACITY/REFILL"),
        (&["emulator", "--faults", "/nowhere"], "/nowhere: "),
    ] {
        let output = run(arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", err(&output));
        assert!(err(&output).contains(words), "{arguments:?}: {}", err(&output));
    }
}

/// The README's numbers are the help's.
#[test]
fn the_help_tells_the_exit_codes() {
    let help = out(&run(&["--help"], &[]));
    for line in [
        "  0        all went well",
        "  2        what was typed or configured has to be mended first",
        "  4        Atlas could not be reached",
        "  128 + N  signal N ended it",
    ] {
        assert!(help.contains(line), "{line}: {help}");
    }
}

#[test]
fn nobody_is_asked_for_trust_without_a_screen() {
    let environment = [
        ("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_650000000000000000000001"),
        ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_x"),
    ];
    let output = run(&["list", "api-keys", "--base-url", "https://x.invalid"], &environment);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("Start gatehouse once and agree"), "{}", err(&output));
}

/// It is told to a person each time, and to no script.
#[test]
fn what_is_worth_knowing_is_told_where_somebody_looks_on() {
    let environment = [
        ("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_650000000000000000000001"),
        ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_x"),
        ("MONGODB_ATLAS_PUBLIC_API_KEY", "abcdefgh"),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", "00000000-0000-0000-0000-000000000000"),
    ];
    let arguments = ["list", "api-keys", "--base-url", "https://x.invalid"];
    let told = "Found a service account and also an API key";
    let output = run(&arguments, &environment);
    assert_eq!(output.status.code(), Some(2));
    assert!(!err(&output).contains(told), "{}", err(&output));
    let mut session = Session::start(&arguments, &environment);
    session.until_text(told);
    session.end();
}

#[test]
fn the_demo_has_lists_too() {
    let output = run(&["list", "service-accounts", "--demo"], &[]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("terraform-prod"), "{}", out(&output));
}

#[test]
fn flags_before_a_subcommand_are_told_where_they_go() {
    let output = run(&["--profile", "nope", "list", "api-keys"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = "what 'list' takes stands behind it: gatehouse list --help tells what";
    assert!(err(&output).contains(told), "{}", err(&output));
}

/// On a terminal a row is a line; what is piped is whole.
#[test]
fn a_table_fits_the_terminal_and_says_what_it_left_out() {
    let whole = out(&run(&["list", "service-accounts", "--demo"], &[]));
    assert!(whole.lines().any(|line| line.len() > 200), "{whole}");
    let mut session = Session::start(&["list", "service-accounts", "--demo"], &[]);
    assert!(session.end().success());
    let written = String::from_utf8(session.transcript.clone()).expect("text");
    let words = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "gatehouse: the terminal is too narrow for name, description, roles, created_at, ";
    assert!(words.contains(told), "{written}");
    assert!(words.contains("A pipe, -o json and -o csv have them whole."), "{written}");
    let heads = written.lines().find(|line| line.starts_with("CLIENT_ID")).unwrap_or_default();
    assert!(heads.contains("DESCRIPTION") && heads.contains("ROLES"), "{written}");
    let mut lines = written.lines();
    assert!(lines.clone().any(|line| line.contains("terraform-prod")), "{written}");
    assert!(lines.all(|line| line.chars().count() <= 100), "{written}");
    let mut session = Session::start(&["list", "api-keys", "--demo", "-o", "csv"], &[]);
    assert!(session.end().success());
    let written = String::from_utf8(session.transcript.clone()).expect("text");
    assert!(!written.contains("too narrow"), "{written}");
}

#[test]
fn completions_and_the_manual_page_know_the_words() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = out(&run(&["completions", shell], &[]));
        for word in ["completions", "read-only", "emulator"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    let page = out(&run(&["man"], &[]));
    for word in [".TH gatehouse", "read\\-only", "Exit codes"] {
        assert!(page.contains(word), "{word}");
    }
}
