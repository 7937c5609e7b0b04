//! Others who change things at Atlas, behind the program's back.

use gatehouse::emulator::{Account, Entry, Key, Standing};

use super::Soak;
use super::truth::OTHERS;

/// Kinds of changes.
pub(super) const KINDS: usize = 14;

const ROLES: [&str; 3] = ["ORG_MEMBER", "ORG_READ_ONLY", "ORG_BILLING_READ_ONLY"];

impl Soak {
    pub(super) fn others_change_something(&mut self) {
        match self.roll(KINDS + 1) {
            KINDS => self.others_change_the_organization(),
            kind => self.others_change(kind),
        }
    }

    /// Changes what is read once, and when one says so.
    pub(super) fn others_change_the_organization(&mut self) {
        self.made += 1;
        let name = format!("renamed {}", self.made);
        self.tell(format!("others: a project is {name}, and a setting is another"));
        self.journey.emulator().patch(|store| {
            let org = store.main().expect("an organization");
            org.projects.rows_mut()[0].name = name;
            org.access_list_required = !org.access_list_required;
        });
    }

    /// Changes one thing of this kind, but nothing of the program's own credential.
    pub(super) fn others_change(&mut self, kind: usize) {
        self.made += 1;
        let (number, chance) = (self.made, self.roll(1_000));
        let now = self.journey.now();
        self.tell(format!("others: change {kind}, {number}"));
        let made = |id: &str| format!("{}{number:06x}", &id[..id.len() - 6]);
        let entry = || {
            let range = format!("198.51.{}.{}/32", number / 250, number % 250);
            Entry::new(range.parse().expect("a range"), now)
        };
        self.journey.emulator().patch(|store| {
            let org = store.main().expect("an organization");
            let (org_id, projects) = (org.id.clone(), org.projects.rows().to_vec());
            let project = projects[chance % projects.len()].id.clone();
            // The first of each is one to call with.
            let (accounts, keys) = (org.accounts.rows().len(), org.keys.rows().len());
            let standing_of = |standing: &mut Standing| match kind % 7 {
                0 => {
                    standing.roles = [0, 1].map(|next| ROLES[(number + next) % 3].into()).into();
                }
                1 => standing.access_list.push(entry()),
                2 => match standing.access_list.pop() {
                    Some(_) => {}
                    None => standing.access_list.push(entry()),
                },
                _ => match standing.projects.remove(&project) {
                    Some(_) => {}
                    None => drop(standing.projects.insert(project, vec!["GROUP_OWNER".into()])),
                },
            };
            // The administrator may have deleted the others.
            if if kind < 7 { accounts } else { keys } < 2 {
                return;
            }
            if kind < 7 {
                let account = &mut org.accounts.rows_mut()[1 + chance % (accounts - 1)];
                match kind {
                    0..=3 => standing_of(&mut account.standing),
                    4 => account.name = format!("renamed {number}"),
                    5 if accounts > 3 => {
                        let id = account.id.clone();
                        org.accounts.remove(&id);
                    }
                    _ => {
                        let id = made(&account.id);
                        let name = format!("another {number}");
                        let secrets = Vec::new();
                        let other = Account { id, name, secrets, ..account.clone() };
                        org.accounts.put(other);
                    }
                }
                return;
            }
            let key = &mut org.keys.rows_mut()[1 + chance % (keys - 1)];
            match kind - 7 {
                0..=3 => standing_of(&mut key.standing),
                4 => key.description = format!("renamed {number}"),
                5 if keys > 3 => {
                    // By a name that nobody else has.
                    let description = format!("leaving {number}");
                    key.description.clone_from(&description);
                    store.remove(&description);
                }
                _ => {
                    let (id, public_key) = (made(&key.id), format!("{OTHERS}{number:05}"));
                    let description = format!("another {number}");
                    let other = Key { id, public_key, description, ..key.clone() };
                    store.add_key(&org_id, other);
                }
            }
        });
    }
}
