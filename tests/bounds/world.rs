//! The program on answers that were recorded from the emulator and may be changed before
//! it reads them. No network: a thousand worlds cost seconds.

use std::collections::HashMap;
use std::sync::Arc;

use gatehouse::app::{App, Effect, Event};
use gatehouse::atlas::{
    ApiError, ClientId, Credential, EventsPart, Fault, IdentityId, KeyId, OrgId, Read, Secret,
};
use gatehouse::probe;
use ratatui::layout::Size;
use serde_json::Value;

use crate::emulator::bench::Bench;
use crate::support::{journey, screen};

/// So large that nothing is cut off.
const SIZE: Size = Size { width: 160, height: 32 };

/// The account that stands first in the list, and of which there is something to say in
/// every respect; and the other one.
const SUBJECT: &str = "ci-deploy";
pub const NEIGHBOUR: &str = "terraform-prod";

/// The body of each question's answer.
#[derive(Clone)]
pub struct Recorded {
    pub org: OrgId,
    pub identities: Vec<IdentityId>,
    bodies: HashMap<Read, Arc<Value>>,
}

impl Recorded {
    /// A small organization of the demo: a service account with a neighbour, and an API
    /// key, with all that can be known about them.
    pub async fn gather() -> Self {
        let bench = Bench::demo().await;
        bench.emulator.patch(|store| {
            // What that means is for the organization's settings to say.
            store.account(NEIGHBOUR).expect("there").standing.access_list.clear();
        });
        let org = bench.emulator.organization().clone();
        let accounts = [SUBJECT, NEIGHBOUR].map(|name| ClientId::new(&bench.account(name)));
        let key = KeyId::new(&bench.emulator.patch(|store| {
            let keys = store.main().expect("main").keys.rows();
            let full = |key: &&gatehouse::emulator::Key| {
                !key.standing.access_list.is_empty() && !key.standing.projects.is_empty()
            };
            keys.iter().find(full).expect("a key with everything").id.clone()
        }));
        let mut recorded =
            Self { org: org.clone(), identities: Vec::new(), bodies: HashMap::new() };
        for id in &accounts {
            let path = format!("serviceAccounts/{id}");
            let grants = bench.get(&format!("{path}/groups")).await;
            recorded.add(Read::Grants(org.clone(), id.clone()), grants.json());
            let account = bench.get(&path).await;
            recorded.add(Read::ServiceAccount(org.clone(), id.clone()), account.json());
            recorded.identities.push(IdentityId::ServiceAccount(id.clone()));
        }
        let path = format!("apiKeys/{key}");
        recorded.add(Read::ApiKey(org.clone(), key.clone()), bench.get(&path).await.json());
        recorded.identities.push(IdentityId::ApiKey(key.clone()));
        for id in recorded.identities.clone() {
            let path = match &id {
                IdentityId::ServiceAccount(id) => format!("serviceAccounts/{id}/accessList"),
                IdentityId::ApiKey(id) => format!("apiKeys/{id}/accessList"),
            };
            recorded.add(Read::AccessList(org.clone(), id), bench.get(&path).await.json());
        }
        let events = bench.get("events?itemsPerPage=500&includeRaw=true").await.json();
        recorded.add(Read::Events(org.clone(), EventsPart::FIRST), two_events(&events));
        let whole = [
            (Read::Organizations, "/api/atlas/v2/orgs".to_owned()),
            (Read::Organization(org.clone()), format!("/api/atlas/v2/orgs/{org}")),
            (Read::Settings(org.clone()), "settings".into()),
            (Read::Projects(org.clone()), "groups?itemsPerPage=500".into()),
            (Read::CurrentAddress, "/api/private/ipinfo".into()),
        ];
        for (read, path) in whole {
            recorded.add(read, bench.get(&path).await.json());
        }
        let one = |read: Read| recorded.body(&read).clone();
        let [first, second] = accounts.map(|id| one(Read::ServiceAccount(org.clone(), id)));
        let key = one(Read::ApiKey(org.clone(), key));
        let list =
            |rows: Vec<Value>| serde_json::json!({"results": rows, "totalCount": rows.len()});
        recorded.add(Read::ServiceAccounts(org.clone()), list(vec![first, second]));
        recorded.add(Read::ApiKeys(org), list(vec![key]));
        recorded
    }

    fn add(&mut self, read: Read, body: Value) {
        self.bodies.insert(read, Arc::new(body));
    }

    pub fn body(&self, read: &Read) -> &Value {
        &self.bodies[read]
    }

    /// Every question that is not about the neighbour, in the same order every time.
    pub fn reads(&self) -> Vec<Read> {
        let neighbour = self.identities[1].as_str();
        let about = |read: &Read| format!("{read:?}").contains(neighbour);
        let mut reads: Vec<_> = self.bodies.keys().filter(|read| !about(read)).cloned().collect();
        reads.sort_by_key(|read| format!("{read:?}"));
        reads
    }

    /// The same with another body for one question.
    pub fn with(&self, read: &Read, body: Value) -> Self {
        let mut other = self.clone();
        other.add(read.clone(), body);
        other
    }
}

/// One event of each kind of shape: of an API key, with everything, and of a service
/// account.
fn two_events(all: &Value) -> Value {
    let rows = all["results"].as_array().expect("events");
    let one = |field: &str, text: &str| {
        let has = |row: &&Value| row[field].as_str().is_some_and(|it| it.contains(text));
        rows.iter().find(has).expect("one of that kind").clone()
    };
    let mut of_key = one("whitelistEntry", "");
    of_key["groupId"] = one("groupId", "")["groupId"].clone();
    let rows = [of_key, one("eventTypeName", "SERVICE_ACCOUNT_SECRET_ADDED")];
    serde_json::json!({"results": rows, "totalCount": 2})
}

/// What the program shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The two lists.
    pub lists: [String; 2],
    /// The details of the first row of each.
    pub details: [String; 2],
    /// What happened.
    pub activity: String,
}

impl Shown {
    /// All of it.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}", self.lists.concat(), self.details.concat(), self.activity)
    }

    /// How often these words are said.
    pub fn says(&self, words: &str) -> usize {
        self.text().matches(words).count()
    }
}

struct World {
    app: App,
    recorded: Recorded,
}

/// Everything that the program shows on these answers.
pub fn shown(recorded: &Recorded, org: Option<OrgId>) -> Shown {
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_650000000000000000009999".into(),
        client_secret: Secret::from("unused"),
    };
    let mut setting = journey::setting(&credential);
    setting.org = org;
    let (app, effects) = App::new(setting, SIZE, journey::start_of_time());
    let mut world = World { app, recorded: recorded.clone() };
    world.perform(effects);
    world.tell(Event::Found(Box::default()));
    let [accounts, keys] = ["1", "2"].map(|tab| {
        world.press(&format!("{tab}g"));
        let list = world.screen();
        world.press("<enter>");
        let details = world.screen();
        world.press("<esc>");
        (list, details)
    });
    world.press("T");
    let activity = world.screen();
    Shown { lists: [accounts.0, keys.0], details: [accounts.1, keys.1], activity }
}

impl World {
    fn press(&mut self, script: &str) {
        for key in journey::keys(script) {
            self.tell(Event::Key(key));
        }
    }

    fn tell(&mut self, event: Event) {
        let effects = self.app.update(journey::start_of_time(), [event]);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Call(id, read, _) = effect else { continue };
            let fault = |fault| ApiError::new(fault, "127.0.0.1").about(&read);
            let answer = match self.recorded.bodies.get(&read) {
                Some(body) => probe::reply(&read, body.to_string().as_bytes()),
                // An id that is not the thing's own leads nowhere.
                None => Err(match read {
                    Read::ServiceAccounts(_) | Read::ApiKeys(_) => Fault::NoSuchOrganization,
                    _ => Fault::NotFound,
                }),
            };
            self.tell(Event::Reply(id, answer.map_err(fault)));
        }
    }

    fn screen(&self) -> String {
        screen::text(&screen::draw(&self.app).0)
    }
}
