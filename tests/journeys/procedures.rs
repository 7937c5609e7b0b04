//! Every procedure that changes something, held against everything that can become
//! of it: it is made, refused, its answer is lost, or somebody else was faster.

use futures_util::future::join_all;
use gatehouse::app::keys::Layer;
use gatehouse::app::listing::news::Count;
use gatehouse::emulator::{Fault, Options, Plan, Signed, Standing, Store, Vantage, operations};
use jiff::SignedDuration;
use serde_json::Value;

use crate::support::journey::{Journey, emulator};

/// A procedure as the administrator knows it, and as the server does.
struct Procedure {
    name: &'static str,
    /// Atlas' name of its one write.
    operation: &'static str,
    /// Keys up to the confirmation, which is the last step. `@text` goes to that row,
    /// `{public}` is the public key of what is changed.
    keys: &'static [&'static str],
    /// How what is changed is called before and after, or the fields that change.
    changes: &'static [&'static str],
    /// What the form still shows after a refusal; nothing where there is none.
    kept: &'static str,
    done: fn(&mut Store) -> bool,
}

#[rustfmt::skip]
const PROCEDURES: &[Procedure] = &[
    Procedure { name: "delete account", operation: "deleteOrgServiceAccount", keys: &["/grafana<enter>", "D", "grafana<enter>"], changes: &["grafana"], kept: "", done: |store| store.account("grafana").is_none() },
    Procedure { name: "delete key", operation: "deleteOrgApiKey", keys: &["2/BI connector<enter>", "D", "{public}<enter>"], changes: &["BI connector"], kept: "", done: |store| store.key("BI connector").is_none() },
    Procedure { name: "revoke secret", operation: "deleteOrgServiceAccountSecret", keys: &["/k8s-operator<enter><enter>", "@expires in", "D", "k8s-operator<enter>"], changes: &["k8s-operator"], kept: "", done: |store| store.account("k8s-operator").expect("there").secrets.len() == 1 },
    Procedure { name: "generate secret", operation: "createOrgServiceAccountSecret", keys: &["/pagerduty<enter>", "s", "@90 days", "<enter>", "G<enter>", "y"], changes: &["pagerduty"], kept: "90 days", done: |store| store.account("pagerduty").expect("there").secrets.len() == 2 },
    Procedure { name: "rename account", operation: "updateOrgServiceAccount", keys: &["/pagerduty<enter>", "i-2", "<enter>"], changes: &["pagerduty", "pagerduty-2"], kept: "pagerduty-2", done: |store| store.account("pagerduty-2").is_some() },
    Procedure { name: "edit key description", operation: "updateOrgApiKey", keys: &["2/BI connector<enter>", "i-2", "<enter>"], changes: &["BI connector", "BI connector-2"], kept: "BI connector-2", done: |store| store.key("BI connector-2").is_some() },
    Procedure { name: "edit org roles of account", operation: "updateOrgServiceAccount", keys: &["/datadog<enter>", "e", "@Billing Viewer", "<space>", "<enter>"], changes: &["datadog"], kept: "+ Billing Viewer", done: |store| standing(store, "datadog").roles == ["ORG_BILLING_READ_ONLY", "ORG_READ_ONLY"] },
    Procedure { name: "edit org roles of key", operation: "updateOrgApiKey", keys: &["2/BI connector<enter>", "e", "@Billing Viewer", "<space>", "<enter>"], changes: &["BI connector"], kept: "+ Billing Viewer", done: |store| standing(store, "BI connector").roles == ["ORG_BILLING_READ_ONLY", "ORG_READ_ONLY"] },
    Procedure { name: "add access list entry to account", operation: "createOrgServiceAccountAccessList", keys: &["/k8s-operator<enter>", "a", "n192.0.2.7<enter>", "<enter>"], changes: &["k8s-operator"], kept: "+ add", done: |store| lists(store, "k8s-operator", "192.0.2.7/32") },
    Procedure { name: "add access list entry to key", operation: "createOrgApiKeyAccessListEntry", keys: &["2/prometheus<enter>", "a", "n192.0.2.0/28<enter>", "<enter>"], changes: &["prometheus exporter"], kept: "+ add", done: |store| lists(store, "prometheus exporter", "192.0.2.0/28") },
    Procedure { name: "remove entry of account", operation: "deleteOrgServiceAccountAccessListEntry", keys: &["/k8s-operator<enter>", "a", "@198.51.100.8", "d", "<enter>", "y"], changes: &["k8s-operator"], kept: "− remove", done: |store| !lists(store, "k8s-operator", "198.51.100.8/32") },
    Procedure { name: "remove entry of key", operation: "deleteOrgApiKeyAccessListEntry", keys: &["2/prometheus<enter>", "a", "@2001:db8:40:1", "d", "<enter>"], changes: &["prometheus exporter"], kept: "− remove", done: |store| !lists(store, "prometheus exporter", "2001:db8:40:1::/64") },
    Procedure { name: "grant account to project", operation: "inviteGroupServiceAccount", keys: &["/datadog<enter>", "p", "@sandbox", "<enter>", "@Project Read Only", "<space>", "<enter>"], changes: &["datadog"], kept: "+ Read Only", done: |store| roles_in(store, "sandbox", "datadog") == ["GROUP_READ_ONLY"] },
    Procedure { name: "grant key to project", operation: "addGroupApiKey", keys: &["2/BI connector<enter>", "p", "@sandbox", "<enter>", "@Project Read Only", "<space>", "<enter>"], changes: &["BI connector"], kept: "+ Read Only", done: |store| roles_in(store, "sandbox", "BI connector") == ["GROUP_READ_ONLY"] },
    Procedure { name: "change project roles of account", operation: "updateGroupServiceAccount", keys: &["/grafana<enter>", "p", "@analytics", "<enter>", "@Project Read Only", "<space>", "<enter>"], changes: &["grafana"], kept: "+ Read Only", done: |store| roles_in(store, "analytics", "grafana") == ["GROUP_OBSERVABILITY_VIEWER", "GROUP_READ_ONLY"] },
    Procedure { name: "change project roles of key", operation: "updateGroupApiKeyRoles", keys: &["2/prometheus<enter>", "p", "@data-lake", "<enter>", "@Project Read Only", "<space>", "<enter>"], changes: &["prometheus exporter"], kept: "+ Read Only", done: |store| roles_in(store, "data-lake", "prometheus exporter") == ["GROUP_OBSERVABILITY_VIEWER", "GROUP_READ_ONLY"] },
    Procedure { name: "account leaves project", operation: "deleteGroupServiceAccount", keys: &["/pagerduty<enter>", "p", "@payments-prod", "<enter>", "@Project Alerts Manager", "<space>", "<enter>", "y"], changes: &["pagerduty"], kept: "− Alerts Manager", done: |store| roles_in(store, "payments-prod", "pagerduty").is_empty() },
    Procedure { name: "key leaves project", operation: "removeGroupApiKey", keys: &["2/project key<enter>", "p", "@internal-tools", "<enter>", "@Project Read Only", "<space>", "<enter>", "y"], changes: &["project key of internal-tools"], kept: "− Read Only", done: |store| roles_in(store, "internal-tools", "project key of internal-tools").is_empty() },
    Procedure { name: "require access lists", operation: "updateOrgSettings", keys: &["S<space>", "<enter>", "y"], changes: &["access_list_required"], kept: "[x] Require", done: |store| store.main().expect("main").access_list_required },
    Procedure { name: "bound the life of secrets", operation: "updateOrgSettings", keys: &["Sj<space><backspace><backspace><backspace><backspace>720", "<enter>", "<enter>"], changes: &["longest_secret_hours"], kept: "30 days; space edits it", done: |store| store.main().expect("main").longest_secret_hours == Some(720) },
    Procedure { name: "create account", operation: "createOrgServiceAccount", keys: &["nfresh<tab>Made by a test<enter>", "<enter>", "<enter>", "<enter>", "G<enter>", "y"], changes: &["fresh"], kept: "fresh", done: |store| store.account("fresh").is_some() },
    Procedure { name: "create key", operation: "createOrgApiKey", keys: &["2nfresh<enter>", "<enter>", "<enter>", "<enter>", "G<enter>", "y"], changes: &["fresh"], kept: "fresh", done: |store| store.key("fresh").is_some() },
];

/// What an account or a key may do.
fn standing(store: &mut Store, name: &str) -> Standing {
    let account = store.account(name).map(|account| account.standing.clone());
    account.unwrap_or_else(|| store.key(name).expect("a key").standing.clone())
}

fn lists(store: &mut Store, name: &str, range: &str) -> bool {
    standing(store, name).access_list.iter().any(|entry| entry.range.to_string() == range)
}

/// The roles in a project, in order; none for who is not in it.
fn roles_in(store: &mut Store, project: &str, name: &str) -> Vec<String> {
    let projects = store.main().expect("main").projects.rows();
    let id = projects.iter().find(|row| row.name == project).expect("a project").id.clone();
    let mut roles = standing(store, name).projects.get(&id).cloned().unwrap_or_default();
    roles.sort();
    roles
}

impl Procedure {
    /// It brings a secret, which can be had only once.
    fn issues(&self) -> bool {
        let last = ["createOrgServiceAccountSecret", "createOrgServiceAccount", "createOrgApiKey"];
        last.contains(&self.operation)
    }

    /// The steps, with the public key where one is typed.
    fn steps(&self, journey: &Journey) -> Vec<String> {
        let public =
            |store: &mut Store| store.key(self.changes[0]).map(|key| key.public_key.clone());
        let public = journey.emulator().patch(public).unwrap_or_default();
        self.keys.iter().map(|step| step.replace("{public}", &public)).collect()
    }

    fn is_done(&self, journey: &Journey) -> bool {
        journey.emulator().patch(self.done)
    }

    /// Everything that the server keeps but for what this changes, what happened, and
    /// traces of use.
    fn rest(&self, journey: &Journey) -> Value {
        let whole = journey.emulator().patch(|store| serde_json::to_value(&*store));
        let mut whole = whole.expect("a value");
        self.strip(&mut whole);
        whole
    }

    fn strip(&self, value: &mut Value) {
        const TRACES: [&str; 4] = ["events", "last_used", "last_address", "count"];
        let goes = |name: &str| TRACES.contains(&name) || self.changes.contains(&name);
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !goes(name));
                for value in fields.values_mut() {
                    self.strip(value);
                }
            }
            Value::Array(rows) => {
                let called = |row: &Value, field| row[field].as_str().is_some_and(goes);
                rows.retain(|row| !called(row, "name") && !called(row, "description"));
                for row in rows {
                    self.strip(row);
                }
            }
            _ => {}
        }
    }

    /// The program, its lists filled, with a fault planned for the write; and the rest
    /// of what the server keeps.
    async fn begin(&self, signed_by_key: bool, does: Option<Fault>) -> (Journey, Value) {
        let emulator = emulator(Options::default()).await;
        let credential =
            if signed_by_key { emulator.api_key() } else { emulator.service_account() };
        let credential = credential.expect("a credential");
        let operation = Some(self.operation.to_owned());
        if let Some(does) = does {
            emulator.plan(Plan { operation, path: None, times: 1, does });
        }
        let mut journey = Journey::begin(emulator, credential, |_| {});
        journey.settle().await;
        let rest = self.rest(&journey);
        assert!(!self.is_done(&journey), "{}: it is done before it began", self.name);
        (journey, rest)
    }

    /// The same, with every step made.
    async fn make(&self, signed_by_key: bool, does: Option<Fault>) -> (Journey, Value) {
        let (mut journey, rest) = self.begin(signed_by_key, does).await;
        let steps = self.steps(&journey);
        press(&mut journey, &steps).await;
        (journey, rest)
    }

    /// The server has done this or has not, and nothing besides. It was sent once, as
    /// the operation that a fault was planned for.
    fn was_sent_once(&self, journey: &Journey, done: bool, rest: &Value) {
        assert_eq!(self.is_done(journey), done, "{}:\n{}", self.name, journey.screen());
        assert!(self.rest(journey) == *rest, "{}: something else changed", self.name);
        let known = operations().into_iter().find(|(id, ..)| *id == self.operation);
        assert_eq!(writes(journey), [known.expect("an operation").1], "{}", self.name);
        assert_eq!(journey.emulator().faults_left(), 0, "{}: another write", self.name);
    }
}

/// Goes back to the list step by step; `kept` stands in the form meanwhile.
fn go_back(journey: &mut Journey, kept: &str) {
    let mut seen = false;
    while journey.app.layer() != Layer::List {
        hear(journey);
        let before = journey.screen();
        journey.press("<esc>");
        assert_ne!(journey.screen(), before, "it stays");
        seen |= journey.screen().contains(kept);
    }
    assert!(seen, "{kept:?} was not kept");
    journey.press("<esc>g");
    let first = journey.cursor_line();
    journey.press("G");
    assert_ne!(journey.cursor_line(), first, "the list moves");
}

/// Presses steps, moves to rows, and lets every answer come after each.
async fn press(journey: &mut Journey, steps: &[String]) {
    for step in steps {
        hear(journey);
        if let Some(row) = step.strip_prefix('@') {
            while !journey.cursor_line().contains(row) {
                let before = journey.cursor_line();
                journey.press("j");
                assert_ne!(journey.cursor_line(), before, "no row with {row:?}");
            }
        } else {
            journey.press(step);
        }
        journey.settle().await;
    }
}

/// Lets the time pass for which a question is deaf.
fn hear(journey: &mut Journey) {
    journey.pass(SignedDuration::from_millis(300));
}

/// The methods of the writes. Asking for a token or for a challenge is none.
fn writes(journey: &Journey) -> Vec<String> {
    let mut seen = journey.emulator().requests();
    seen.retain(|seen| seen.method != "GET" && seen.signed != Signed::Not);
    seen.retain(|seen| !seen.path_and_query.contains("/oauth/"));
    seen.into_iter().map(|seen| seen.method).collect()
}

/// What one has done oneself is told once, by its own words.
async fn is_no_news(procedure: &Procedure, journey: &mut Journey) {
    for _ in 0..2 {
        let news = journey.app.state().org.as_ref().expect("one").news();
        assert_eq!(news, Count::default(), "{}", procedure.name);
        journey.pass(SignedDuration::from_secs(61));
        journey.settle().await;
    }
}

#[tokio::test]
async fn each_procedure_does_what_it_says() {
    for signed_by_key in [false, true] {
        let made = |row: &'static Procedure| async move {
            let (mut journey, rest) = row.make(signed_by_key, None).await;
            row.was_sent_once(&journey, true, &rest);
            is_no_news(row, &mut journey).await;
        };
        join_all(PROCEDURES.iter().map(made)).await;
    }
}

async fn refusal_is_told(procedure: &Procedure, does: Fault, told: [&str; 2], signed_by_key: bool) {
    let (mut journey, rest) = procedure.make(signed_by_key, Some(does)).await;
    journey.shows(told[0]);
    journey.shows(told[1]);
    journey.shows("Nothing was changed.");
    go_back(&mut journey, procedure.kept);
    journey.settle().await;
    procedure.was_sent_once(&journey, false, &rest);
}

#[tokio::test]
async fn each_refusal_is_told_and_changes_nothing() {
    let status = |status, code: &str| Fault::Status { status, code: code.to_owned() };
    for (does, told) in [
        (status(400, "VALIDATION_ERROR"), ["Atlas refused to", "VALIDATION_ERROR"]),
        (status(401, "UNAUTHORIZED"), ["Atlas does not accept this credential.", "UNAUTHORIZED"]),
        (status(403, "NOT_ORG_OWNER"), ["This credential may not", "NOT_ORG_OWNER"]),
        (status(404, "RESOURCE_NOT_FOUND"), ["Atlas does not find", "RESOURCE_NOT_FOUND"]),
        (status(409, "DATA_CONCURRENCY_ERROR"), ["Atlas refused to", "DATA_CONCURRENCY_ERROR"]),
        (Fault::RateLimited { seconds: Some(1) }, ["Atlas asks to wait 1 s", "RATE_LIMITED"]),
    ] {
        let rows = PROCEDURES.iter().zip([false, true].into_iter().cycle());
        join_all(rows.map(|(row, by_key)| refusal_is_told(row, does.clone(), told, by_key))).await;
    }
}

async fn lost_answer(procedure: &Procedure, does: Fault, signed_by_key: bool) {
    let (applied, creates) = (does == Fault::DropAnswer, procedure.changes == ["fresh"]);
    let issues = procedure.issues();
    let (mut journey, rest) = procedure.make(signed_by_key, Some(does)).await;
    let all = ["though no answer told so", "Nothing was changed.", "Whether it was applied is not"];
    let told = if issues { all[2] } else { all[usize::from(!applied)] };
    let told_of = all.map(|words| journey.screen().contains(words));
    assert_eq!(told_of, all.map(|words| words == told), "{}", journey.screen());
    if told != all[0] {
        // What was asked for is looked into; the form has done its part.
        let kept = if issues { "was asked for" } else { procedure.kept };
        go_back(&mut journey, kept);
    }
    journey.settle().await;
    if creates {
        assert_eq!(journey.screen().contains("fresh"), applied, "{}", journey.screen());
    }
    procedure.was_sent_once(&journey, applied, &rest);
}

#[tokio::test]
async fn each_lost_answer_is_looked_into() {
    for does in [Fault::Drop, Fault::DropAnswer] {
        for by_key in [false, true] {
            join_all(PROCEDURES.iter().map(|row| lost_answer(row, does.clone(), by_key))).await;
        }
    }
}

/// Somebody else removes what is to be changed before it is confirmed, or while the
/// change is on its way.
async fn second_client_was_faster(procedure: &Procedure, on_its_way: bool) {
    let delay = on_its_way.then_some(Fault::Delay { ms: 1500 });
    let (mut journey, rest) = procedure.begin(false, delay).await;
    let mut steps = procedure.steps(&journey);
    let confirmation = steps.pop().expect("a step");
    press(&mut journey, &steps).await;
    hear(&mut journey);
    let remove = |store: &mut Store| assert!(store.remove(procedure.changes[0]));
    let told = if on_its_way {
        journey.press(&confirmation);
        journey.until("Sent; waiting for the answer").await;
        journey.emulator().patch(remove);
        ["Atlas does not find", "Nothing was changed."]
    } else {
        journey.emulator().patch(remove);
        journey.press(&confirmation);
        ["It is gone: somebody has removed it meanwhile.", "Nothing was sent."]
    };
    journey.settle().await;
    journey.shows(told[0]);
    journey.shows(told[1]);
    assert_eq!(writes(&journey).len(), usize::from(on_its_way), "{}", procedure.name);
    assert!(procedure.rest(&journey) == rest, "{}: something else changed", procedure.name);
    go_back(&mut journey, "");
    journey.shows_not(procedure.changes[0]);
}

/// Procedures that change an identity: neither settings nor what is not there yet.
fn of_identities() -> impl Iterator<Item = &'static Procedure> {
    let others = ["updateOrgSettings", "createOrgServiceAccount", "createOrgApiKey"];
    PROCEDURES.iter().filter(move |row| !others.contains(&row.operation))
}

#[tokio::test]
async fn each_procedure_beside_a_second_client() {
    join_all(of_identities().map(|row| second_client_was_faster(row, false))).await;
}

#[tokio::test]
async fn what_is_removed_while_a_change_is_on_its_way_is_not_found() {
    join_all(of_identities().map(|row| second_client_was_faster(row, true))).await;
}

/// Another administrator does the very same before it is confirmed.
async fn the_same_was_done(procedure: &Procedure) {
    let (mut journey, rest) = procedure.begin(false, None).await;
    let steps = procedure.steps(&journey);
    let (before, confirmation) = steps.split_at(steps.len() - 1);
    press(&mut journey, before).await;
    let credential = journey.emulator().api_key().expect("one");
    let mut other = Journey::begin_at(journey.emulator().base_url(), credential, |_| {});
    other.settle().await;
    press(&mut other, &steps).await;
    procedure.was_sent_once(&journey, true, &rest);
    press(&mut journey, confirmation).await;
    journey.shows(match procedure.operation {
        "deleteOrgServiceAccount" | "deleteOrgApiKey" => "It is gone: somebody has removed it",
        "deleteOrgServiceAccountSecret" => "This secret is gone: somebody has revoked it",
        _ => "it is so already: nothing was sent",
    });
    procedure.was_sent_once(&journey, true, &rest);
}

#[tokio::test]
async fn what_two_administrators_do_is_done_once() {
    let rows = PROCEDURES.iter().filter(|row| !row.issues());
    join_all(rows.map(the_same_was_done)).await;
}

/// The program with the credential of another identity, called from where that may.
async fn with_credential_of(name: &str) -> Journey {
    let vantage = Vantage::Pretended("198.51.100.131".parse().expect("an address"));
    let emulator = emulator(Options { vantage: Some(vantage), ..Options::default() }).await;
    let credential = emulator.credentials_of(name).expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey
}

/// Each of these keys says what is missing and begins nothing.
async fn each_says(journey: &mut Journey, row: &str, actions: &[&str], why: &str) {
    journey.press(&format!("{row}<enter>"));
    for keys in actions {
        journey.pass(SignedDuration::from_secs(10));
        journey.shows_not(why);
        journey.press(keys);
        journey.settle().await;
        journey.shows(why);
        assert!(matches!(journey.app.layer(), Layer::List | Layer::Details), "{keys} began");
    }
    assert_eq!(writes(journey), [""; 0]);
    journey.press("<esc><esc>");
}

#[tokio::test]
async fn who_only_reads_hears_at_each_action_what_is_missing() {
    let all = ["D", "e", "i", "a", "p", "n", "c", "S", "<enter>D", "e", "i", "a", "p"];
    for (who, why) in [
        ("datadog", "needs Organization Owner; has Organization Read Only"),
        ("BI connector", "needs Organization Owner; has Organization Read Only"),
        ("mongosync migration", "needs Organization Owner; has Organization Member"),
    ] {
        let mut journey = with_credential_of(who).await;
        each_says(&mut journey, "2/prometheus", &all, why).await;
        if why.contains("Read Only") {
            each_says(&mut journey, "1/grafana", &all, why).await;
        }
    }
}

/// It owns the project sandbox, and nothing else.
const PROJECT_OWNER: &str = "cron: nightly cleanup";

#[tokio::test]
async fn the_owner_of_a_project_lets_others_in() {
    let mut journey = with_credential_of(PROJECT_OWNER).await;
    let row = PROCEDURES.iter().find(|row| row.operation == "addGroupApiKey").expect("a row");
    press(&mut journey, &row.keys.iter().map(ToString::to_string).collect::<Vec<_>>()).await;
    assert!(row.is_done(&journey), "{}", journey.screen());
    assert_eq!(writes(&journey), ["POST"]);
}

#[tokio::test]
async fn the_owner_of_a_project_may_not_change_another_one() {
    let mut journey = with_credential_of(PROJECT_OWNER).await;
    let steps = ["2/mongosync<enter>", "p", "<enter>", "@Project Read Only", "<space>", "<enter>"];
    press(&mut journey, &steps.map(String::from)).await;
    journey.shows("This credential may not change the roles in the project.");
}

#[tokio::test]
async fn the_owner_of_a_project_hears_what_only_the_organizations_owner_may() {
    let mut journey = with_credential_of(PROJECT_OWNER).await;
    let why = "needs Organization Owner; has Organization Member";
    let actions = ["D", "e", "i", "a", "n", "c", "S", "<enter>D"];
    each_says(&mut journey, "2/mongosync", &actions, why).await;
}
