//! The program is killed between the confirmation and the acknowledgement of a new
//! secret, and started again: no secret is lost unseen, none is asked for twice, and
//! nothing is deleted unasked.

use std::fs;

use gatehouse::emulator::{Fault, Plan};

use super::once::{Fate, Kind, Procedure, Sink, side_by_side};

/// A moment that can be seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The call has come, and nothing is made of it.
    Asked,
    /// The secret is made, and the answer is on its way.
    Made,
    /// It is written down what is asked for.
    Noted,
    /// It is written down that it was issued.
    Issued,
    /// The secret is in its place.
    Written,
    /// It is before the person: saved, or masked.
    Shown,
    /// The key was pressed that acknowledges it.
    Acknowledged,
}

/// No answer comes before the kill: the connection ends first.
const NEVER: u64 = 600_000;

impl Moment {
    const ALL: [Self; 7] = [
        Self::Asked,
        Self::Made,
        Self::Noted,
        Self::Issued,
        Self::Written,
        Self::Shown,
        Self::Acknowledged,
    ];

    /// What happens to the answer.
    fn fault(self) -> Option<Fault> {
        match self {
            Self::Asked => Some(Fault::Delay { ms: NEVER }),
            Self::Made => Some(Fault::Drip { bytes: 1, ms: NEVER }),
            _ => None,
        }
    }

    /// Goes on until it has come.
    fn comes(self, procedure: &mut Procedure) {
        match self {
            Self::Asked => procedure.wait("the call", |it| it.emulator.faults_left() == 0),
            Self::Made => procedure.wait("the secret", |it| !it.made().is_empty()),
            Self::Noted => procedure.wait("the note", |it| is_noted(it, "intent")),
            Self::Issued => procedure.wait("the news", |it| is_noted(it, "issued")),
            Self::Written => procedure.wait("the file", is_written),
            Self::Shown => procedure.session.until_text(procedure.sink.shown()),
            Self::Acknowledged => {
                procedure.session.until_text(procedure.sink.shown());
                assert!(procedure.acknowledge(), "it is gone by itself");
            }
        }
    }

    /// What may have become of the secret then.
    fn fates(self, sink: Sink) -> &'static [Fate] {
        match (self, sink) {
            (Self::Asked, _) => &[Fate::NotMade],
            (Self::Made, _) | (Self::Issued | Self::Shown, Sink::Screen) => &[Fate::Told],
            (Self::Noted, _) => &[Fate::NotMade, Fate::Told, Fate::ToldAndSaved, Fate::Saved],
            (Self::Issued, _) => &[Fate::Told, Fate::ToldAndSaved, Fate::Saved],
            (Self::Acknowledged, Sink::Screen) => &[Fate::Told, Fate::Acknowledged],
            (Self::Written, _) => &[Fate::ToldAndSaved, Fate::Saved],
            (Self::Shown | Self::Acknowledged, _) => &[Fate::Saved],
        }
    }
}

fn is_noted(procedure: &Procedure, word: &str) -> bool {
    procedure.journal().is_some_and(|text| text.contains(word))
}

/// Before there is a secret, the disk is tried with zeros.
fn is_written(procedure: &Procedure) -> bool {
    fs::read(procedure.path()).is_ok_and(|bytes| bytes.first().is_some_and(|first| *first != 0))
}

fn check(kind: Kind, sink: Sink, moment: Moment) {
    let mut procedure = Procedure::begin(kind, sink);
    if let Some(does) = moment.fault() {
        let operation = Some(kind.operation().to_owned());
        procedure.emulator.plan(Plan { operation, path: None, times: 1, does });
    }
    procedure.confirm();
    moment.comes(&mut procedure);
    procedure.session.kill();
    let case = format!("{kind:?}, {sink:?}, {moment:?}");
    let fate = procedure.judge().unwrap_or_else(|why| panic!("{case}: {why}"));
    assert!(moment.fates(sink).contains(&fate), "{case}: {fate:?}");
}

fn every_moment(sink: Sink, kinds: &[Kind]) {
    // Nobody sees when the screen has it before it shows it.
    let seen = |moment: &Moment| sink != Sink::Screen || *moment != Moment::Written;
    let moments = || Moment::ALL.into_iter().filter(seen);
    let cases = kinds.iter().flat_map(|kind| moments().map(|moment| (*kind, moment)));
    side_by_side(cases.collect(), |(kind, moment)| check(kind, sink, moment));
}

#[test]
fn killed_with_a_secret_for_a_file_it_has_it_there_or_tells_of_it() {
    every_moment(Sink::File, &Kind::ALL);
}

#[test]
fn killed_with_a_secret_for_a_command_it_has_it_there_or_tells_of_it() {
    every_moment(Sink::Command, &[Kind::ApiKey]);
}

#[test]
fn killed_with_a_secret_for_the_screen_it_tells_of_it() {
    every_moment(Sink::Screen, &Kind::ALL);
}

mod at_every_call {
    //! Killed at every system call, by strace.

    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::super::once::Reached;
    use super::{Fate, Kind, Procedure, Sink, side_by_side};
    use crate::support::strace::{self, Strace};

    type Setup = (Kind, Sink);
    /// How far the person came, and what became of the secret.
    type End = (Reached, Result<Fate, String>);

    /// The system calls that are made from the confirmation to the end; none where they
    /// cannot be looked at.
    fn calls((kind, sink): Setup) -> BTreeSet<String> {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let mut procedure = Procedure::begin(kind, sink);
        let strace = Strace::attach(procedure.session.pid(), log.path(), &[]);
        if strace.is_none() {
            eprintln!("not tried: strace may not attach here");
            return BTreeSet::new();
        }
        procedure.walk();
        assert_eq!(procedure.reached, Reached::Left);
        drop(strace);
        strace::names(log.path())
    }

    /// Kills it when one of its threads is about to make this call for the `turn`th
    /// time, if that ever comes.
    fn kill((kind, sink): Setup, call: &str, turn: usize) -> End {
        let mut procedure = Procedure::begin(kind, sink);
        let trace = format!("trace={call}");
        let inject = format!("inject={call}:signal=SIGKILL:when={turn}");
        let arguments = ["-e", &trace, "-e", &inject];
        // Where it makes that call while it waits, it is dead before all is attached.
        let strace = Strace::attach(procedure.session.pid(), Path::new("/dev/null"), &arguments);
        procedure.walk();
        drop(strace);
        let reached = procedure.reached;
        let case = |why| format!("{kind:?}, {sink:?}, {call} {turn}: {why}");
        (reached, procedure.judge().map_err(case))
    }

    /// Kills it at every turn of this call, until it outlives it.
    fn every_turn(setup: Setup, call: &str) -> Vec<End> {
        let mut ends = Vec::new();
        for turn in 1.. {
            ends.push(kill(setup, call, turn));
            if ends.last().is_some_and(|(reached, _)| *reached == Reached::Left) {
                break;
            }
        }
        ends
    }

    /// Some 1300 cases, four minutes on two cores, where strace is installed and may
    /// attach: `cargo test --locked -- --ignored --nocapture killed`
    #[test]
    #[ignore = "slow: the samples beside it run every day"]
    fn killed_at_any_system_call_no_secret_is_lost_unseen() {
        if !strace::is_there() {
            return;
        }
        let sinks = [Sink::File, Sink::Screen];
        let setups = Kind::ALL.into_iter().flat_map(|kind| sinks.map(|sink| (kind, sink)));
        let calls = side_by_side(setups.collect(), |setup| (setup, calls(setup)));
        let jobs = calls
            .into_iter()
            .flat_map(|(setup, calls)| calls.into_iter().map(move |call| (setup, call)));
        let ends = side_by_side(jobs.collect(), |(setup, call)| every_turn(setup, &call));
        let (mut tally, mut lost) = (BTreeMap::new(), Vec::new());
        for (reached, fate) in ends.into_iter().flatten() {
            match fate {
                Ok(fate) => *tally.entry((reached, fate)).or_insert(0) += 1,
                Err(why) => lost.push(why),
            }
        }
        eprintln!("{} cases: {tally:?}", tally.values().sum::<usize>() + lost.len());
        assert!(lost.is_empty(), "{} violations:\n{}", lost.len(), lost.join("\n\n"));
        let all = [Fate::NotMade, Fate::Told, Fate::ToldAndSaved, Fate::Saved, Fate::Acknowledged];
        for fate in all.into_iter().filter(|_| !tally.is_empty()) {
            let seen = tally.keys().any(|(_, seen)| *seen == fate);
            assert!(seen, "it was never killed so that {fate:?}");
        }
    }
}
