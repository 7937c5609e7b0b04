//! What was confirmed is what goes: a world that is shuffled, renamed and thinned out
//! under an open dialog, ten thousand times, by seed.
//!
//! Only the program is here; Atlas is a list of accounts in this test, which answers
//! late and in any order.

use gatehouse::app::identity::Kind;
use gatehouse::app::{App, CallId, Effect, Event};
use gatehouse::atlas::error::Fault;
use gatehouse::atlas::raw::Raw;
use gatehouse::atlas::{
    ApiError, Clean, ClientId, Credential, Field, IdentityId, OrgId, Organization, Page, Read,
    Reply, Role, Secret, ServiceAccount, Write,
};
use gatehouse::rules::change::Demand;
use jiff::{SignedDuration, Timestamp};
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Size;

use crate::support::dice::Dice;
use crate::support::{journey, screen};

const RUNS: u64 = 10_000;
const ORG: &str = "650000000000000000000000";

/// Names that meet: two accounts may have the same, or names that look the same.
const NAMES: [&str; 6] = ["deploy", "dep1oy", "d\u{435}ploy", "deploy-2", "backup", "grafana"];

fn account(number: usize, name: &str) -> ServiceAccount {
    ServiceAccount {
        id: ClientId::new(&format!("mdb_sa_id_6500000000000000000000{number:02}")),
        name: Field::Known(Clean::new(name)),
        roles: Field::Known([Role::new("ORG_READ_ONLY")].into()),
        secrets: Field::Known(Vec::new()),
        ..ServiceAccount::default()
    }
}

struct World {
    app: App,
    dice: Dice,
    accounts: Vec<ServiceAccount>,
    asked: Vec<(CallId, Read)>,
    sent: Vec<Write>,
    /// Accounts that went while one was known that looks like them.
    mistakable: usize,
    now: Timestamp,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let accounts = (0..6).map(|number| account(number, NAMES[dice.roll(6)])).collect();
        let credential = Credential::ServiceAccount {
            client_id: "mdb_sa_id_650000000000000000009999".into(),
            client_secret: Secret::from("unused".to_owned()),
        };
        let mut setting = journey::setting(&credential);
        setting.org = Some(OrgId::new(ORG));
        let now = journey::start_of_time();
        let (app, effects) = App::new(setting, Size::new(80, 24), now);
        let mut world =
            Self { app, dice, accounts, asked: Vec::new(), sent: Vec::new(), mistakable: 0, now };
        world.perform(effects);
        world
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call(id, read, _) => self.asked.push((id, read)),
                Effect::Change(id, write) => {
                    if let Write::Delete(_, IdentityId::ServiceAccount(target)) = &write {
                        self.is_bound(target);
                        self.accounts.retain(|account| account.id != *target);
                    }
                    self.sent.push(write);
                    self.tell(Event::Changed(id, Ok(None)));
                }
                _ => {}
            }
        }
    }

    fn tell(&mut self, event: Event) {
        let effects = self.app.update(self.now, [event]);
        self.perform(effects);
    }

    fn press(&mut self, code: KeyCode) {
        self.tell(Event::Key(code.into()));
    }

    fn pass(&mut self, millis: i64) {
        self.now += SignedDuration::from_millis(millis);
        self.tell(Event::Tick);
    }

    fn answer(&self, read: &Read) -> Result<Reply, ApiError> {
        let find = |id: &ClientId| self.accounts.iter().find(|account| account.id == *id);
        let gone = || ApiError::new(Fault::NotFound, "127.0.0.1");
        Ok(match read {
            Read::Organizations => Reply::Organizations(Vec::new()),
            Read::Organization(_) => Reply::Organization(Organization::default()),
            Read::Settings(_) => Reply::Settings(gatehouse::atlas::Settings::default()),
            Read::Projects(_) => Reply::Projects(Vec::new()),
            Read::ServiceAccounts(_) => {
                Reply::ServiceAccounts(Page { rows: self.accounts.clone(), last: true })
            }
            Read::ServiceAccount(_, id) => {
                Reply::ServiceAccount(find(id).ok_or_else(gone)?.clone())
            }
            Read::Grants(_, id) => {
                find(id).ok_or_else(gone)?;
                Reply::Grants(Vec::new())
            }
            Read::ApiKeys(_) => Reply::ApiKeys(Page { rows: Vec::new(), last: true }),
            Read::AccessList(..) => Reply::AccessList(Vec::new()),
            Read::ApiKey(..) => return Err(gone()),
            Read::Raw(_) => Reply::Raw(Raw::default()),
            Read::Events(..) => Reply::Events(Page { rows: Vec::new(), last: true }),
            Read::CurrentAddress => Reply::CurrentAddress([203, 0, 113, 7].into()),
        })
    }

    /// Answers questions in any order, as the world is now, until none is open.
    fn settle(&mut self) {
        while !self.asked.is_empty() {
            self.answer_one();
        }
    }

    fn answer_one(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let at = self.dice.roll(self.asked.len());
        let (id, read) = self.asked.swap_remove(at);
        let answer = self.answer(&read);
        self.tell(Event::Reply(id, answer));
    }

    /// Somebody else is busy: order, names and members change.
    fn disturb(&mut self) {
        let len = self.accounts.len();
        match self.dice.roll(6) {
            _ if len == 0 => {}
            0 => {
                let at = self.dice.roll(len);
                self.accounts.remove(at);
            }
            1 => {
                let (a, b) = (self.dice.roll(len), self.dice.roll(len));
                let name = self.accounts[a].name.clone();
                self.accounts[a].name = std::mem::replace(&mut self.accounts[b].name, name);
            }
            2 => {
                let (a, b) = (self.dice.roll(len), self.dice.roll(len));
                self.accounts.swap(a, b);
            }
            3 => {
                let number = 10 + self.dice.roll(80);
                let name = NAMES[self.dice.roll(6)];
                if self.accounts.iter().all(|known| known.id != account(number, name).id) {
                    self.accounts.insert(0, account(number, name));
                }
            }
            4 => self.pass(61_000),
            _ => self.answer_one(),
        }
    }

    /// What the program asks to be typed, if it asks.
    fn demand(&self) -> Option<String> {
        let verdict = self.app.state().task.as_ref()?.verdict.as_ref()?;
        match &verdict.demand {
            Demand::Type(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// What was typed names the one that goes and no other: where one that looks like it
    /// is known, it is the end of its id.
    fn is_bound(&mut self, id: &ClientId) {
        let org = self.app.state().org.as_ref().expect("open");
        let rows = org.list(Kind::ServiceAccounts).rows();
        let own = rows.iter().find(|row| row.identity.public_part() == id.as_str());
        let skeleton = own.expect("it is there").skeleton();
        let alike = rows.iter().filter(|row| row.skeleton() == skeleton).count() - 1;
        let typed = self.demand().expect("something was typed");
        assert!(alike == 0 || id.as_str().ends_with(&typed), "{typed} was typed for {id}");
        self.mistakable += usize::from(alike > 0);
    }

    /// The name in the row under the cursor, as it is on the screen.
    fn under_the_cursor(&self) -> String {
        let screen = screen::text(&screen::draw(&self.app).0);
        let line = screen.lines().find(|line| line.contains('▌')).expect("a cursor");
        line.split_whitespace().nth(1).expect("a name").to_owned()
    }

    /// The name of the account that is to go, before anybody disturbs it.
    fn name_of_target(&self) -> Option<String> {
        let target = self.app.state().task.as_ref()?.change.target()?;
        let account = self.accounts.iter().find(|one| one.id.as_str() == target.as_str())?;
        account.name.known().map(|name| name.as_str().to_owned())
    }

    /// The identity that the dialog names, by the id on the screen.
    fn named(&self) -> Option<String> {
        let screen = screen::text(&screen::draw(&self.app).0);
        let mut words = screen.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.rfind(|word| word.starts_with("mdb_sa_id_")).map(str::to_owned)
    }
}

/// One run: a deletion is begun, the world moves, and whatever is then asked for is
/// typed. Returns the world then, and what was meant.
fn run(seed: u64) -> Option<(World, String)> {
    let mut world = World::new(seed);
    world.settle();
    for _ in 0..world.dice.roll(5) {
        world.press(KeyCode::Char('j'));
    }
    let cursor = world.under_the_cursor();
    world.press(KeyCode::Char('D'));
    assert_eq!(world.name_of_target(), Some(cursor), "seed {seed} took another row");
    let target = world.app.state().task.as_ref().and_then(|task| task.change.target())?;
    for _ in 0..world.dice.roll(6) {
        world.disturb();
    }
    world.settle();
    let meant = world.named()?;
    assert_eq!(meant, target.as_str(), "seed {seed} asks about another one");
    world.pass(300);
    let phrase = world.demand()?;
    for character in phrase.chars() {
        world.press(KeyCode::Char(character));
        if world.dice.roll(4) == 0 {
            world.disturb();
        }
    }
    for _ in 0..world.dice.roll(4) {
        world.disturb();
    }
    world.press(KeyCode::Enter);
    for _ in 0..world.dice.roll(4) {
        world.disturb();
    }
    world.settle();
    Some((world, meant))
}

#[test]
fn no_change_of_the_world_turns_a_deletion_to_another() {
    let (mut deleted, mut stopped, mut mistakable) = (0, 0, 0);
    for seed in 0..RUNS {
        let Some((world, meant)) = run(seed) else {
            stopped += 1;
            continue;
        };
        mistakable += world.mistakable;
        match &world.sent[..] {
            [] => stopped += 1,
            [Write::Delete(_, IdentityId::ServiceAccount(id))] => {
                assert_eq!(id.as_str(), meant, "seed {seed} hit another one");
                deleted += 1;
            }
            more => panic!("seed {seed} sent {more:?}"),
        }
    }
    assert!(deleted > 2_000 && stopped > 500, "both happen: {deleted}, {stopped}");
    assert!(mistakable > 500, "only {mistakable} could be taken for another");
}
