//! What the two lines above everything say, at every width: where one is, as whom, with
//! which roles, and whether anything can be changed.

use std::fmt::Write as _;

use gatehouse::app::state::Setting;
use gatehouse::emulator::Options;

use crate::support::journey::{Journey, emulator};

const WIDTHS: [u16; 5] = [140, 100, 80, 60, 40];

/// A situation by its name, and what is set for it.
type Situation = (&'static str, fn(&mut Setting));

const SITUATIONS: &[Situation] = &[
    ("live", |_| {}),
    ("read-only", |setting| setting.read_only = true),
    ("demo", |setting| setting.demo = true),
    ("demo, read-only", |setting| (setting.demo, setting.read_only) = (true, true)),
    ("another Atlas", |setting| {
        setting.host = "atlas.internal.example.com:8443".into();
        setting.base_url = Some("https://atlas.internal.example.com:8443/".into());
    }),
];

async fn begin(set: fn(&mut Setting)) -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    Journey::begin(emulator, credential, |setting| {
        setting.demo = false;
        setting.host = "cloud.mongodb.com".into();
        set(setting);
    })
}

fn head(journey: &Journey) -> Vec<String> {
    journey.screen().lines().take(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_header_tells_where_one_is_at_every_width() {
    let mut told = String::new();
    for (name, set) in SITUATIONS {
        let _ = writeln!(told, "# {name}");
        let mut journey = begin(*set).await;
        for settled in [false, true] {
            if settled {
                journey.settle().await;
            }
            for width in WIDTHS {
                journey.resize(width, 12);
                let _ = writeln!(told, "{}", head(&journey).join("\n"));
            }
        }
    }
    insta::assert_snapshot!("header", told);
}

#[tokio::test]
async fn from_sixty_columns_on_every_part_is_told() {
    for (name, set) in SITUATIONS {
        let mut journey = begin(*set).await;
        journey.settle().await;
        let setting = journey.app.state().setting.clone();
        let host = &setting.host[setting.host.len() - 11..];
        let public = setting.credential.as_ref().expect("one");
        let credential = &public[public.len() - 4..];
        let mode = [(setting.demo, "demo"), (setting.read_only, "read-only")];
        for width in 60..=200 {
            journey.resize(width, 12);
            let rule = head(&journey)[1].clone();
            for part in ["Acm", credential, host, "Owner"] {
                assert!(rule.contains(part), "{name} at {width}: {part} is not in {rule}");
            }
            for (holds, word) in mode {
                assert_eq!(rule.contains(word), holds, "{name} at {width}: {rule}");
            }
        }
    }
}

/// Where each part of a line begins, but for what is waited for.
fn places(line: &str, parts: &[&str]) -> Vec<Option<usize>> {
    parts.iter().map(|part| line.find(part).map(|at| line[..at].chars().count())).collect()
}

#[tokio::test]
async fn nothing_moves_when_data_comes_in() {
    for width in [60, 80, 100, 140] {
        let mut journey = begin(|setting| setting.read_only = true).await;
        journey.resize(width, 12);
        let before = head(&journey);
        journey.settle().await;
        let after = head(&journey);
        assert_ne!(before, after, "something came in");
        for (line, parts) in [(0, &["[", "Keys"][..]), (1, &["mongodb.com", "·", "read-only"])] {
            let (before, after) = (places(&before[line], parts), places(&after[line], parts));
            assert!(before.iter().all(Option::is_some), "at {width}: {before:?}");
            assert_eq!(before, after, "at {width}");
        }
    }
}
