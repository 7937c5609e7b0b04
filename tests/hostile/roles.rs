//! Roles whose codes gatehouse does not know, or shows otherwise than they came: what is
//! sent back is what came, byte for byte, or nothing is.

use gatehouse::emulator::{Options, Standing, Store};
use jiff::SignedDuration;

use crate::faults::bench::before;
use crate::support::fault_proxy::FaultProxy;
use crate::support::journey::{Journey, emulator};

/// Codes that are sent as they came. The emulator may refuse them all the same.
const UNKNOWN: [&str; 2] = ["FROM_TOMORROW", "x9"];
/// Codes that are shown otherwise, or that no code looks like.
const ODD: [&str; 8] = [
    "MEM\u{200b}BER",
    "MEMBER\u{202e}",
    "\u{1b}[31mMEMBER",
    "M\u{415}MBER",
    " MEMBER",
    "?",
    "MEMBER⟨U+200B⟩",
    "\"],\"x\":[\"",
];

const EDIT: &[&str] = &["e", "<space><enter>", "y"];
const EDIT_IN_PROJECT: &[&str] = &["p", "<enter>", "<space><enter>", "y"];
const CLONE: &[&str] = &["c", "<enter>", "<enter>", "<enter>", "<enter>", "G<enter>", "y"];

/// What is done with an identity that has the role, in the organization or in a project.
#[derive(Debug, Clone, Copy)]
struct Deed {
    key: bool,
    in_project: bool,
    keys: &'static [&'static str],
    method: &'static str,
    /// Where the role is sent to.
    path: &'static str,
}

#[rustfmt::skip]
const DEEDS: [Deed; 8] = [
    Deed { key: false, in_project: false, keys: EDIT, method: "PATCH", path: "/serviceAccounts/" },
    Deed { key: true, in_project: false, keys: EDIT, method: "PATCH", path: "/apiKeys/" },
    Deed { key: false, in_project: true, keys: EDIT_IN_PROJECT, method: "PATCH", path: "/groups/" },
    Deed { key: true, in_project: true, keys: EDIT_IN_PROJECT, method: "PATCH", path: "/groups/" },
    Deed { key: false, in_project: false, keys: CLONE, method: "POST", path: "/serviceAccounts" },
    Deed { key: true, in_project: false, keys: CLONE, method: "POST", path: "/apiKeys" },
    Deed { key: false, in_project: true, keys: CLONE, method: "POST", path: "/groups/" },
    Deed { key: true, in_project: true, keys: CLONE, method: "POST", path: "/groups/" },
];

fn standing(store: &mut Store, key: bool) -> &mut Standing {
    if key {
        &mut store.key("prometheus exporter").expect("there").standing
    } else {
        &mut store.account("datadog").expect("there").standing
    }
}

/// The role of this code, at the level of the deed.
fn role(deed: Deed, code: &str) -> String {
    match (code, deed.in_project) {
        ("?", _) => code.to_owned(),
        (_, true) => format!("GROUP_{code}"),
        (_, false) => format!("ORG_{code}"),
    }
}

/// Gives the identity one more role, and takes the deed as far as it goes.
async fn done(deed: Deed, code: &str) -> (Journey, FaultProxy) {
    let emulator = emulator(Options::default()).await;
    emulator.patch(|store| {
        let project = store.main().expect("main").projects.rows()[0].id.clone();
        let standing = standing(store, deed.key);
        standing.projects.retain(|id, _| *id == project);
        let role = role(deed, code);
        if deed.in_project {
            standing.projects.insert(project, vec!["GROUP_READ_ONLY".to_owned(), role]);
        } else {
            standing.roles.push(role);
        }
    });
    let (mut journey, proxy) = before(emulator).await;
    journey.press(if deed.key { "2/prometheus<enter>" } else { "/datadog<enter>" });
    journey.settle().await;
    for keys in deed.keys {
        journey.pass(SignedDuration::from_millis(300));
        journey.press(keys);
        journey.settle().await;
    }
    (journey, proxy)
}

#[tokio::test]
async fn a_role_that_is_not_known_is_sent_back_as_it_came() {
    for deed in DEEDS {
        for code in UNKNOWN {
            let (journey, proxy) = done(deed, code).await;
            let sent = proxy.bodies(deed.method, deed.path);
            let whole = format!("\"{}\"", role(deed, code));
            let there = sent.iter().any(|body| body.contains(&whole));
            assert!(there, "{deed:?} {code}: {sent:?}\n{}", journey.screen());
        }
    }
}

#[tokio::test]
async fn a_role_that_is_shown_otherwise_than_it_came_is_not_sent() {
    for deed in DEEDS {
        for code in ODD {
            let (journey, proxy) = done(deed, code).await;
            let sent = proxy.count("PATCH") + proxy.count("POST");
            assert_eq!(sent, 0, "{deed:?} {code:?}\n{}", journey.screen());
            journey.says("could not be understood");
        }
    }
}
