//! What is written to be done by hand does the same as gatehouse: the commands are read by
//! a real shell, and what curl would send is sent.

use std::process::Command;

use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::request::Request;
use gatehouse::atlas::write::{NewApiKey, NewServiceAccount, Patch, SettingsPatch};
use gatehouse::atlas::{ClientId, IdentityId, KeyId, OrgId, ProjectId, Role, SecretId, Write};
use gatehouse::emulator::corpus;
use gatehouse::rules::twin::{Signing, atlas_cli, curl};
use proptest::prelude::{ProptestConfig, proptest};
use serde_json::Value;

use crate::emulator::bench::Bench;

/// What a shell makes of a line: the words that `program` is given, and what stands on its
/// standard input.
fn read_by_shell(program: &str, line: &str) -> (Vec<String>, String) {
    // The program, as a function of the shell that tells what it was given.
    let script = format!(
        "{program}() {{ printf '%s\\0' \"$@\"; printf '\\0'; [ \"$BODY\" ] && cat; return 0; }}\n{line}"
    );
    let body = if line.starts_with("printf ") { "1" } else { "" };
    let told = Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("ACCESS_TOKEN", "a token"), ("BODY", body)])
        .envs([("PUBLIC_KEY", "abcdefgh"), ("PRIVATE_KEY", "a key")])
        .output()
        .expect("a shell");
    assert!(told.status.success() && told.stderr.is_empty(), "{line}: {told:?}");
    let told = String::from_utf8(told.stdout).expect("text");
    let (words, input) = told.split_once("\0\0").expect("all words");
    (words.split('\0').map(str::to_owned).collect(), input.to_owned())
}

/// A call of curl, as its words say it.
#[derive(Debug, Default)]
struct Sent {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Sent {
    fn of(words: &[String]) -> Self {
        let mut sent = Self { method: "GET".into(), ..Self::default() };
        let mut words = words.iter().cloned();
        while let Some(word) = words.next() {
            let mut next = || words.next().expect("a value");
            match word.as_str() {
                "-X" => sent.method = next(),
                "-d" => sent.body = Some(next()),
                "-H" => {
                    let header = next();
                    let (name, value) = header.split_once(": ").expect("a header");
                    sent.headers.push((name.to_owned(), value.to_owned()));
                }
                "--digest" => {}
                "--user" => assert_eq!(next(), "abcdefgh:a key"),
                _ => sent.url = word,
            }
        }
        sent
    }
}

/// What is there, without what is made up anew for each.
async fn standing(bench: &Bench) -> Vec<Value> {
    let mut all = Vec::new();
    let accounts = bench.emulator.patch(|store| {
        let org = store.main().expect("main");
        let accounts = org.accounts.rows().iter().map(|row| format!("serviceAccounts/{}", row.id));
        let keys = org.keys.rows().iter().map(|row| format!("apiKeys/{}", row.id));
        accounts.chain(keys).collect::<Vec<_>>()
    });
    let lists = ["serviceAccounts?itemsPerPage=500", "apiKeys?itemsPerPage=500", "settings"];
    let lists = lists.into_iter().map(str::to_owned);
    for path in lists.chain(accounts.into_iter().map(|path| format!("{path}/accessList"))) {
        let mut answer = bench.get(&path).await.json();
        forget_what_is_random(&mut answer);
        all.push(answer);
    }
    all
}

fn forget_what_is_random(value: &mut Value) {
    const RANDOM: [&str; 7] =
        ["id", "clientId", "publicKey", "privateKey", "secret", "maskedSecretValue", "links"];
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !RANDOM.contains(&name.as_str()));
            fields.values_mut().for_each(forget_what_is_random);
        }
        Value::Array(rows) => {
            rows.iter_mut().for_each(forget_what_is_random);
            // Atlas mixes roles anew each time.
            rows.sort_by_key(ToString::to_string);
        }
        _ => {}
    }
}

/// One change of every kind, in the demo.
fn changes(bench: &Bench) -> Vec<Write> {
    let org = bench.emulator.organization().clone();
    let client = |name: &str| ClientId::new(&bench.account(name));
    let account = |name: &str| IdentityId::ServiceAccount(client(name));
    let (key, project) = bench.emulator.patch(|store| {
        let org = store.main().expect("main");
        let key = org.keys.rows().iter().find(|key| key.description.starts_with("Jenkins"));
        (KeyId::new(&key.expect("there").id), ProjectId::new(&org.projects.rows()[0].id))
    });
    let secret = bench
        .emulator
        .patch(|store| SecretId::new(&store.account("k8s-operator").expect("there").secrets[0].id));
    let key = IdentityId::ApiKey(key);
    let roles = |codes: &[&str]| codes.iter().map(|code| Role::new(code)).collect::<Vec<_>>();
    let ranges =
        |all: &[&str]| all.iter().map(|it| it.parse().expect("a range")).collect::<Vec<_>>();
    let patch = Patch {
        description: Some("It's Dana's, \"really\" $HOME `id` \\ !".into()),
        ..Patch::default()
    };
    let named = Patch { name: Some("Größe, 東京".into()), ..Patch::default() };
    let ruled = Patch { roles: Some(roles(&["ORG_READ_ONLY", "ORG_MEMBER"])), ..Patch::default() };
    let new = NewServiceAccount {
        name: "fresh".into(),
        description: "'. reboot, '".into(),
        roles: roles(&["ORG_MEMBER"]),
        secret_hours: 24,
    };
    let new_key =
        NewApiKey { description: "a\u{202e}b\u{1b}[2J".into(), roles: roles(&["ORG_MEMBER"]) };
    let required =
        SettingsPatch { access_list_required: Some(false), longest_secret_hours: Some(720) };
    vec![
        Write::Update(org.clone(), key.clone(), patch),
        Write::Update(org.clone(), account("datadog"), named),
        Write::Update(org.clone(), account("grafana"), ruled),
        Write::CreateServiceAccount(org.clone(), new),
        Write::CreateApiKey(org.clone(), new_key),
        Write::CreateSecret(org.clone(), client("pagerduty"), 24),
        Write::RevokeSecret(org.clone(), client("k8s-operator"), secret),
        Write::AddEntries(
            org.clone(),
            account("datadog"),
            ranges(&["192.0.2.1/32", "2001:db8::/32"]),
        ),
        Write::AddEntries(org.clone(), key.clone(), ranges(&["198.51.100.0/24"])),
        Write::RemoveEntry(org.clone(), key.clone(), ranges(&["198.51.100.0/24"])[0]),
        Write::Invite(project.clone(), account("grafana"), roles(&["GROUP_READ_ONLY"])),
        Write::ProjectRoles(project.clone(), account("grafana"), roles(&["GROUP_OWNER"])),
        Write::Leave(project, account("grafana")),
        Write::Settings(org.clone(), required),
        Write::Delete(org.clone(), account("legacy-import")),
        Write::Delete(org, key),
    ]
}

#[tokio::test]
async fn what_curl_is_told_to_send_does_what_gatehouse_does() {
    let (ours, theirs) = (Bench::demo().await, Bench::demo().await);
    let origin = Origin::parse(ours.emulator.base_url()).expect("an origin");
    let client = Client::new(origin, ours.emulator.service_account().expect("one"));
    let (changes, there) = (changes(&ours), changes(&theirs));
    assert_eq!(changes, there, "the demo is the same at each start");
    for write in changes {
        client.change(write.clone()).await.unwrap_or_else(|error| panic!("{write:?}: {error:?}"));
        let request = Request::of_write(&write).expect("plain");
        let line = curl(&request, Some(theirs.emulator.base_url()), Signing::Token).text();
        let sent = Sent::of(&read_by_shell("curl", &line).0);
        let method = reqwest::Method::from_bytes(sent.method.as_bytes()).expect("a method");
        let mut call = theirs.http.request(method, &sent.url);
        for (name, value) in sent.headers {
            let token = format!("Bearer {}", theirs.token);
            call = call.header(&name, if name == "Authorization" { token } else { value });
        }
        let got = theirs.send(call.body(sent.body.unwrap_or_default())).await;
        assert!((200..300).contains(&got.status), "{line}: {} {}", got.status, got.text);
        assert_eq!(standing(&ours).await, standing(&theirs).await, "after {line}");
    }
}

#[tokio::test]
async fn the_atlas_cli_is_told_the_same() {
    let bench = Bench::demo().await;
    for write in changes(&bench) {
        let request = Request::of_write(&write).expect("plain");
        let line = atlas_cli(&request, Some("http://127.0.0.1:1/")).expect("it has it").text();
        let (words, input) = read_by_shell("atlas", &line);
        let operation = request.operation;
        assert_eq!(words[..3], ["api", operation.group, operation.name], "{line}");
        assert_eq!(words[words.len() - 2..], ["--version", operation.version().expect("one")]);
        let flags: Vec<_> = words[3..words.len() - 2]
            .chunks(2)
            .map(|flag| (flag[0].trim_start_matches('-').to_owned(), flag[1].clone()))
            .collect();
        let expected: Vec<_> = request
            .parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        assert_eq!(flags, expected, "{line}");
        let body =
            (!input.is_empty()).then(|| serde_json::from_str::<Value>(&input).expect("JSON"));
        assert_eq!(body, request.body, "{line}");
    }
}

/// Whatever a name is, a shell reads the body that is meant, and nothing else happens.
fn survives(name: &str) {
    let patch = Patch { name: Some(name.to_owned()), ..Patch::default() };
    let id = IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00"));
    let write = Write::Update(OrgId::new("0123456789abcdef01234567"), id, patch);
    let request = Request::of_write(&write).expect("plain");
    let line = curl(&request, None, Signing::Key).text();
    assert!(gatehouse::atlas::text::is_clean(&line), "{line:?}");
    let body = Sent::of(&read_by_shell("curl", &line).0).body.expect("a body");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["name"].as_str(), Some(name), "{line}");
    let line = atlas_cli(&request, None).expect("it has it").text();
    let body: Value = serde_json::from_str(&read_by_shell("atlas", &line).1).expect("JSON");
    assert_eq!(body["name"].as_str(), Some(name), "{line}");
}

#[test]
fn no_name_breaks_out_of_its_word() {
    corpus().iter().step_by(7).for_each(|name| survives(name));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_word_breaks_out(name in "[\\PC'\"$`\\\\!*?~#&|;<>(){}\\[\\]\n\t ]{0,40}") {
        survives(&name);
    }
}
