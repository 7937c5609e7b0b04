//! The lock-out table: every kind of change, by every kind of credential in use,
//! and what the guard says to it. And, over random lists and addresses, that no
//! change which shuts its author out goes unnoticed.

use std::fmt::Write as _;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::change::{Change, Demand, LOCK_OUT, Now, Standing, Switches, Target, judge};
use super::guard::threats;
use super::look_alike::Namesakes;
use crate::atlas::{
    AccessEntry, ClientId, ClientSecret, Field, Grant, IdentityId, KeyId, OrgId, ProjectId, Role,
    SecretId, Settings,
};

const ADDRESS: &str = "203.0.113.7";

/// A credential in use.
#[derive(Clone, Copy, PartialEq)]
enum Credential {
    /// A service account that owns the organization with others.
    Account,
    /// An API key that owns the organization with others.
    Key,
    /// A service account that alone owns the organization.
    OnlyOwner,
    /// A service account that owns a project and not the organization.
    ProjectOwner,
}

const CREDENTIALS: [Credential; 4] =
    [Credential::Account, Credential::Key, Credential::OnlyOwner, Credential::ProjectOwner];

impl Credential {
    fn id(self) -> IdentityId {
        match self {
            Self::Key => IdentityId::ApiKey(KeyId::new("650000000000000000000001")),
            _ => IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_650000000000000000000001")),
        }
    }

    fn roles(self) -> Vec<Role> {
        roles(&[if self == Self::ProjectOwner { "ORG_MEMBER" } else { "ORG_OWNER" }])
    }

    fn owners(self) -> Vec<IdentityId> {
        match self {
            Self::OnlyOwner => vec![self.id()],
            Self::ProjectOwner => vec![other()],
            Self::Account | Self::Key => vec![self.id(), other()],
        }
    }
}

/// Somebody else: an owner, wherever there is another one.
fn other() -> IdentityId {
    IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_650000000000000000000002"))
}

fn roles(codes: &[&str]) -> Vec<Role> {
    codes.iter().map(|code| Role::new(code)).collect()
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap_or_else(|_| IpNet::from(text.parse::<IpAddr>().expect("an address")))
}

fn entry(text: &str) -> AccessEntry {
    AccessEntry { cidr_block: Field::Known(net(text)), ..AccessEntry::default() }
}

fn time() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().expect("a time")
}

fn secret(id: &str, days: i64) -> ClientSecret {
    let end = time() + SignedDuration::from_hours(24 * days);
    ClientSecret { id: SecretId::new(id), expires_at: Field::Known(end), ..ClientSecret::default() }
}

/// What is there, and what is done to it.
struct Case {
    change: Change,
    entries: Vec<AccessEntry>,
    secrets: Vec<ClientSecret>,
    address: Option<IpAddr>,
    required: bool,
}

impl Case {
    fn new(change: Change) -> Self {
        Self {
            change,
            entries: vec![entry("203.0.113.0/24"), entry("198.51.100.0/24")],
            secrets: vec![secret("a", 90)],
            address: ADDRESS.parse().ok(),
            required: false,
        }
    }

    fn list(id: IdentityId, before: &[&str], add: &[&str], remove: &[&str]) -> Self {
        let nets = |texts: &[&str]| texts.iter().map(|text| net(text)).collect();
        let change = Change::AccessList { id, add: nets(add), remove: nets(remove) };
        Self { entries: before.iter().map(|text| entry(text)).collect(), ..Self::new(change) }
    }

    fn revoke(id: &IdentityId, which: &str, secrets: Vec<ClientSecret>) -> Self {
        let IdentityId::ServiceAccount(id) = id.clone() else { panic!("keys have no secrets") };
        let change = Change::RevokeSecret { id, secret: SecretId::new(which) };
        Self { secrets, ..Self::new(change) }
    }

    fn at(self, address: Option<&str>) -> Self {
        Self { address: address.and_then(|text| text.parse().ok()), ..self }
    }

    fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// What the guard finds, and whether it is refused or asks for the sentence.
    fn outcome(&self, credential: Credential) -> String {
        self.with_now(credential, |now| {
            let threats = threats(&self.change, now);
            let verdict = judge(&self.change, now);
            let mark = match &verdict.demand {
                Demand::Refuse(_) => "✗ ",
                Demand::Type(text) if text == LOCK_OUT => "! ",
                _ => "",
            };
            match &threats[..] {
                [] => format!("{mark}-"),
                threats => format!("{mark}{threats:?}"),
            }
        })
    }

    fn with_now<T>(&self, credential: Credential, look: impl FnOnce(&Now<'_>) -> T) -> T {
        let own = credential.id();
        let target = self.change.target();
        let is_own = target.as_ref() == Some(&own);
        let roles = if is_own { credential.roles() } else { roles(&["ORG_OWNER"]) };
        let grants = [Grant {
            project: ProjectId::new("650000000000000000000099"),
            roles: Field::Known(self::roles(&["GROUP_OWNER"])),
        }];
        let settings = Settings {
            api_access_list_required: Field::Known(self.required),
            ..Settings::default()
        };
        let target = target.map(|_| Target {
            name: "ci-deployer",
            description: "",
            public: "public",
            namesakes: Namesakes::default(),
            managed: false,
            roles: Some(&roles),
            secrets: &self.secrets,
            entries: Some(&self.entries),
            grants: Some(&grants),
            projects: vec!["sandbox"],
        });
        look(&Now {
            org: &OrgId::new("650000000000000000000000"),
            time: time(),
            target,
            own: Some(own.clone()),
            address: self.address,
            settings: Some(&settings),
            owners: credential.owners(),
            doubts: Vec::new(),
            all: vec![Standing { id: own, name: "ci-deployer", entries: Some(&self.entries) }],
        })
    }
}

fn set_roles(id: IdentityId, seen: Vec<Role>, wanted: &[&str]) -> Change {
    Change::Roles { id, seen, wanted: roles(wanted) }
}

fn require(entries: &[&str]) -> Case {
    let seen = Switches { required: false, hours: 8760 };
    let change = Change::Settings { seen, wanted: Switches { required: true, ..seen } };
    Case { entries: entries.iter().map(|text| entry(text)).collect(), ..Case::new(change) }
}

/// A change by a credential; `None` where there is no such change.
type Operation = fn(Credential) -> Option<Case>;

const OPERATIONS: &[(&str, Operation)] = &[
    ("delete itself", |by| Some(Case::new(Change::Delete { id: by.id() }))),
    ("delete another owner", |by| {
        (by != Credential::OnlyOwner).then(|| Case::new(Change::Delete { id: other() }))
    }),
    ("revoke its only secret", |by| {
        (by != Credential::Key).then(|| Case::revoke(&by.id(), "a", vec![secret("a", 90)]))
    }),
    ("revoke one of two that work", |by| {
        let secrets = vec![secret("a", 90), secret("b", 5)];
        (by != Credential::Key).then(|| Case::revoke(&by.id(), "b", secrets))
    }),
    ("revoke the one that works of two", |by| {
        let secrets = vec![secret("a", 90), secret("b", -5)];
        (by != Credential::Key).then(|| Case::revoke(&by.id(), "a", secrets))
    }),
    ("revoke one that has expired", |by| {
        let secrets = vec![secret("a", 90), secret("b", -5)];
        (by != Credential::Key).then(|| Case::revoke(&by.id(), "b", secrets))
    }),
    ("revoke another's only secret", |_| Some(Case::revoke(&other(), "a", vec![secret("a", 90)]))),
    ("drop its own owner role", |by| {
        let seen = by.roles();
        Some(Case::new(set_roles(by.id(), seen, &["ORG_READ_ONLY"])))
    }),
    ("give itself one more role", |by| {
        let mut wanted: Vec<_> = by.roles();
        wanted.push(Role::new("ORG_READ_ONLY"));
        Some(Case::new(Change::Roles { id: by.id(), seen: by.roles(), wanted }))
    }),
    ("drop another's owner role", |by| {
        let change = set_roles(other(), roles(&["ORG_OWNER"]), &["ORG_READ_ONLY"]);
        (by != Credential::OnlyOwner).then(|| Case::new(change))
    }),
    ("leave its project", |by| {
        let (id, project) = (by.id(), ProjectId::new("650000000000000000000099"));
        let seen = roles(&["GROUP_OWNER"]);
        Some(Case::new(Change::ProjectRoles { id, project, seen, wanted: Vec::new() }))
    }),
    ("first entry, elsewhere", |by| Some(Case::list(by.id(), &[], &["192.0.2.0/24"], &[]))),
    ("first entry, here", |by| Some(Case::list(by.id(), &[], &[ADDRESS], &[]))),
    ("first entry, address unknown", |by| Some(Case::list(by.id(), &[], &[ADDRESS], &[]).at(None))),
    ("remove the range round us", |by| {
        let before = ["203.0.113.0/24", "198.51.100.0/24"];
        Some(Case::list(by.id(), &before, &[], &["203.0.113.0/24"]))
    }),
    ("remove one of two round us", |by| {
        let before = ["203.0.113.0/24", "203.0.0.0/16"];
        Some(Case::list(by.id(), &before, &[], &["203.0.113.0/24"]))
    }),
    ("narrow it, still round us", |by| {
        let add = ["203.0.113.0/28"];
        Some(Case::list(by.id(), &["203.0.113.0/24"], &add, &["203.0.113.0/24"]))
    }),
    ("narrow it past us", |by| {
        let add = ["203.0.113.128/25"];
        Some(Case::list(by.id(), &["203.0.113.0/24"], &add, &["203.0.113.0/24"]))
    }),
    ("remove our single address", |by| {
        Some(Case::list(by.id(), &[ADDRESS, "203.0.113.0/24"], &[], &[ADDRESS]))
    }),
    ("remove the last entry", |by| {
        Some(Case::list(by.id(), &["203.0.113.0/24"], &[], &["203.0.113.0/24"]))
    }),
    ("the same, where one is required", |by| {
        Some(Case::list(by.id(), &["203.0.113.0/24"], &[], &["203.0.113.0/24"]).required())
    }),
    ("another's range round us", |_| {
        let before = ["203.0.113.0/24", "198.51.100.0/24"];
        Some(Case::list(other(), &before, &[], &["203.0.113.0/24"]))
    }),
    ("require lists, without one", |_| Some(require(&[]))),
    ("require lists, with one", |_| Some(require(&["203.0.113.0/24"]))),
];

#[test]
fn the_lock_out_table() {
    let mut table = String::from("! asks for the sentence   ✗ refused   · no such change\n");
    for (name, operation) in OPERATIONS {
        let _ = write!(table, "\n{name:33}");
        for credential in CREDENTIALS {
            let outcome = operation(credential).map(|case| case.outcome(credential));
            let _ = write!(table, "{:30}", outcome.as_deref().unwrap_or("·"));
        }
    }
    let table: Vec<_> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    ! asks for the sentence   ✗ refused   · no such change

    delete itself                    ! [OwnCredential]             ! [OwnCredential]             ✗ [OwnCredential, LastOwner]  ! [OwnCredential]
    delete another owner             -                             -                             ·                             ✗ [LastOwner]
    revoke its only secret           ! [OwnLastSecret]             ·                             ! [OwnLastSecret]             ! [OwnLastSecret]
    revoke one of two that work      ! [OwnSecret]                 ·                             ! [OwnSecret]                 ! [OwnSecret]
    revoke the one that works of two ! [OwnLastSecret]             ·                             ! [OwnLastSecret]             ! [OwnLastSecret]
    revoke one that has expired      -                             ·                             -                             -
    revoke another's only secret     -                             -                             -                             -
    drop its own owner role          ! [OwnRole]                   ! [OwnRole]                   ✗ [OwnRole, LastOwner]        -
    give itself one more role        -                             -                             -                             -
    drop another's owner role        -                             -                             ·                             ✗ [LastOwner]
    leave its project                -                             -                             -                             ! [OwnProject]
    first entry, elsewhere           ! [OwnAddress]                ! [OwnAddress]                ! [OwnAddress]                ! [OwnAddress]
    first entry, here                -                             -                             -                             -
    first entry, address unknown     ! [OwnAddressUnknown]         ! [OwnAddressUnknown]         ! [OwnAddressUnknown]         ! [OwnAddressUnknown]
    remove the range round us        ! [OwnAddress]                ! [OwnAddress]                ! [OwnAddress]                ! [OwnAddress]
    remove one of two round us       -                             -                             -                             -
    narrow it, still round us        -                             -                             -                             -
    narrow it past us                ! [OwnAddress]                ! [OwnAddress]                ! [OwnAddress]                ! [OwnAddress]
    remove our single address        ✗ [OwnEntry]                  ✗ [OwnEntry]                  ✗ [OwnEntry]                  ✗ [OwnEntry]
    remove the last entry            -                             -                             -                             -
    the same, where one is required  ! [OwnEmptyList]              ! [OwnEmptyList]              ! [OwnEmptyList]              ! [OwnEmptyList]
    another's range round us         -                             -                             -                             -
    require lists, without one       ! [OwnEmptyList]              ! [OwnEmptyList]              ! [OwnEmptyList]              ! [OwnEmptyList]
    require lists, with one          -                             -                             -                             -
    ");
}

/// Whether a call from here is let in: Atlas' rule for access lists.
fn let_in(list: &[IpNet], address: IpAddr, required: bool) -> bool {
    if list.is_empty() { !required } else { list.iter().any(|range| range.contains(&address)) }
}

fn any_net() -> impl Strategy<Value = IpNet> {
    // A small world, so that ranges meet each other and us.
    (0_u8..4, 24_u8..=32).prop_map(|(last, prefix)| {
        let net: ipnet::Ipv4Net =
            ipnet::Ipv4Net::new([203, 0, 113, last].into(), prefix).expect("a prefix");
        IpNet::V4(net.trunc())
    })
}

fn any_list() -> impl Strategy<Value = Vec<IpNet>> {
    proptest::collection::btree_set(any_net(), 0..5).prop_map(|set| set.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// Whoever is let in before and not after was told so; whoever stays was not
    /// frightened, but for the entry that Atlas itself refuses to remove.
    #[test]
    fn nobody_shuts_himself_out_unwarned(
        before in any_list(),
        add in any_list(),
        remove in any_list(),
        last in 0_u8..4,
        required in any::<bool>(),
        known in any::<bool>(),
    ) {
        let here = IpAddr::from([203, 0, 113, last]);
        prop_assume!(let_in(&before, here, required));
        let mut after: Vec<IpNet> =
            before.iter().filter(|range| !remove.contains(range)).copied().collect();
        after.extend(add.iter().filter(|range| !before.contains(range)));
        let case = Case {
            change: Change::AccessList { id: Credential::Account.id(), add, remove: remove.clone() },
            entries: before.iter().map(|range| entry(&range.to_string())).collect(),
            address: known.then_some(here),
            required,
            ..Case::new(Change::Delete { id: other() })
        };
        let (warned, demand) = case.with_now(Credential::Account, |now| {
            (!threats(&case.change, now).is_empty(), judge(&case.change, now).demand)
        });
        let stays = let_in(&after, here, required);
        prop_assert!(stays || warned, "shut out unwarned: {before:?} to {after:?} from {here}");
        let of_atlas = remove.contains(&IpNet::from(here)) && before.contains(&IpNet::from(here));
        if stays && known && !of_atlas {
            prop_assert!(!warned, "frightened for nothing: {before:?} to {after:?} from {here}");
        }
        if warned {
            let stops = matches!(&demand, Demand::Refuse(_))
                || demand == Demand::Type(LOCK_OUT.to_owned());
            prop_assert!(stops, "warned and let through: {demand:?}");
        }
    }
}
