//! Storage that fails, before a new secret is asked for and after: where nothing can be
//! written down nothing is asked for, and what cannot be put into its place is not said
//! to be there, stays here, and may go elsewhere.

use std::fs;
use std::path::Path;

use super::once::{Fate, Kind, Procedure, Said, Sink, side_by_side};

/// gatehouse's own folder for what outlives it.
const STATE: &str = ".local/state/gatehouse";

/// Nothing was asked for, and nothing stays of the place.
fn nothing_was_asked_for(procedure: &mut Procedure) {
    assert_eq!(procedure.asked(), 0);
    procedure.says(&["Nothing was changed."]);
    procedure.session.press_esc("Nothing was asked for");
    assert!(procedure.sink != Sink::File || !procedure.path().exists(), "an empty file stays");
}

/// The secret is still here, nothing of it is in its place, and it can go elsewhere.
fn it_is_still_here(procedure: &mut Procedure, elsewhere: &str) {
    assert_eq!(procedure.made().len(), 1);
    assert!(!procedure.path().exists(), "{:?}", fs::read(procedure.path()));
    procedure.says(&["It is still here. w sends it again or somewhere else"]);
    procedure.session.press("w");
    procedure.session.until_text("Where shall the secret go now?");
    procedure.session.press("\r");
    procedure.session.until_text("▌ Path");
    procedure.retype(elsewhere);
    procedure.session.press("\r");
    procedure.session.until_text("Saved:");
}

/// The program is killed and started again: what became of the secret.
fn fate(mut procedure: Procedure) -> Fate {
    procedure.session.kill();
    procedure.judge().unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn without_a_folder_of_its_own_it_asks_for_nothing() {
    let taken = |home: &Path| {
        let state = home.join(STATE);
        fs::create_dir_all(state.parent().expect("a folder")).expect("a folder");
        fs::write(state, "no folder").expect("a file");
    };
    let cases = [Sink::File, Sink::Command, Sink::Screen];
    side_by_side(cases.to_vec(), |sink| {
        let mut procedure = Procedure::choose_in(taken, Kind::ApiKey, sink);
        assert_eq!(procedure.hear(), Said::NotAsked);
        procedure.says(&["is not a folder"]);
        nothing_was_asked_for(&mut procedure);
    });
}

mod on_a_disk_of_its_own {
    use super::*;
    use crate::support::disk::Disk;

    /// What happens to a disk.
    #[derive(Debug, Clone, Copy)]
    enum Trouble {
        Full,
        ReadOnly,
    }

    impl Trouble {
        fn words(self) -> [&'static str; 2] {
            match self {
                Self::Full => ["No space left on device", "the disk is full"],
                Self::ReadOnly => ["Read-only file system", "the disk is read-only"],
            }
        }

        fn comes(self, disk: &Disk) {
            match self {
                Self::Full => disk.fill(),
                Self::ReadOnly => disk.protect(true),
            }
        }

        fn goes(self, disk: &Disk) {
            match self {
                Self::Full => disk.empty(),
                Self::ReadOnly => disk.protect(false),
            }
        }
    }

    #[test]
    fn what_cannot_be_noted_is_not_asked_for_until_it_can() {
        side_by_side(vec![Trouble::Full, Trouble::ReadOnly], |trouble| {
            let mut disk = None;
            let prepare = |home: &Path| disk = Disk::mount(&home.join(STATE));
            let mut procedure = Procedure::choose_in(prepare, Kind::ApiKey, Sink::File);
            let Some(disk) = disk else { return };
            trouble.comes(&disk);
            assert_eq!(procedure.hear(), Said::NotAsked);
            procedure.says(&[trouble.words()[0]]);
            assert_eq!(procedure.asked(), 0);
            trouble.goes(&disk);
            procedure.session.press("r");
            procedure.question();
            procedure.confirm();
            assert_eq!(procedure.end(), Said::Shown);
            assert_eq!(fate(procedure), Fate::Saved);
        });
    }

    /// A secret for a file on a disk of its own, before the place is chosen.
    fn for_a_disk() -> Option<(Procedure, Disk)> {
        let mut disk = None;
        let prepare = |home: &Path| disk = Disk::mount(&home.join("disk"));
        let mut procedure = Procedure::choose_in(prepare, Kind::ClientSecret, Sink::File);
        let disk = disk?;
        procedure.retype("disk/secret");
        Some((procedure, disk))
    }

    #[test]
    fn a_place_without_room_is_refused_before_there_is_a_secret() {
        side_by_side(vec![Trouble::Full, Trouble::ReadOnly], |trouble| {
            let Some((mut procedure, disk)) = for_a_disk() else { return };
            trouble.comes(&disk);
            assert_eq!(procedure.hear(), Said::Refused);
            procedure.says(&[trouble.words()[1]]);
            assert_eq!((procedure.asked(), procedure.path().exists()), (0, false));
        });
    }

    #[test]
    fn a_place_that_fills_up_meanwhile_takes_nothing_and_the_secret_stays() {
        side_by_side(vec![true, false], |goes_on| {
            let Some((mut procedure, disk)) = for_a_disk() else { return };
            procedure.session.press("\r");
            procedure.question();
            Trouble::Full.comes(&disk);
            procedure.confirm();
            assert_eq!(procedure.end(), Said::NotSaved);
            procedure.says(&[Trouble::Full.words()[1]]);
            if goes_on {
                it_is_still_here(&mut procedure, "elsewhere");
                assert_eq!(fate(procedure), Fate::Saved);
            } else {
                assert_eq!(fate(procedure), Fate::Told);
            }
        });
    }
}

mod at_every_call {
    //! Every system call that has to do with files fails, by strace.

    use super::*;
    use crate::support::strace::{self, Strace};

    /// How storage fails.
    #[derive(Debug, Clone, Copy)]
    struct Fault {
        call: &'static str,
        error: &'static str,
        /// Only what is about the place fails: the terminal is read too.
        of_place: bool,
        /// It fails from then on, not only once.
        lasts: bool,
    }

    /// Calls, and how they fail.
    const ONES: [(&str, &str, bool); 17] = [
        ("fsync", "EIO", false),
        ("pwrite64", "ENOSPC", false),
        ("pwrite64", "EIO", true),
        ("ftruncate", "EIO", false),
        ("mkdir", "ENOSPC", false),
        ("openat", "EROFS", false),
        ("open", "EACCES", false),
        ("open", "EMFILE", true),
        ("read", "EIO", true),
        ("flock", "ENOLCK", false),
        ("renameat2", "EIO", false),
        ("renameat2", "ENOSYS", false),
        ("fchmod", "EPERM", false),
        ("fstat", "EIO", false),
        ("statx", "EIO", false),
        ("newfstatat", "EIO", false),
        ("unlinkat", "EROFS", false),
    ];

    fn faults() -> impl Iterator<Item = Fault> {
        ONES.into_iter().flat_map(|(call, error, of_place)| {
            [false, true].map(|lasts| Fault { call, error, of_place, lasts })
        })
    }

    /// How the program may say it. That a file cannot be looked at is not told as such.
    fn words(call: &str, error: &str) -> &'static [&'static str] {
        match error {
            _ if call.contains("stat") => &["cannot be", "does not hold"],
            "EIO" => &["input/output error"],
            "ENOSPC" => &["no space left", "disk is full"],
            "EROFS" => &["read-only"],
            "EACCES" => &["permission denied"],
            "EMFILE" => &["too many open files"],
            "ENOLCK" => &["no locks available"],
            "EPERM" => &["not permitted", "permission denied"],
            _ => &["not implemented"],
        }
    }

    /// What is said, and whether a call failed at all.
    type End = (Said, bool);

    /// Lets it fail at its `turn`th call of a thread, and sees what comes of it.
    fn fail(sink: Sink, fault: Fault, turn: usize) -> End {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let mut procedure = Procedure::choose(Kind::ApiKey, sink);
        let path = procedure.path().display().to_string();
        let Fault { call, error, of_place, lasts } = fault;
        let trace = format!("trace={call}");
        let inject = format!("inject={call}:error={error}:when={turn}");
        let inject = inject + if lasts { "+" } else { "" };
        let mut arguments = vec!["-e", &trace, "-e", &inject];
        if of_place {
            arguments.extend(["-P", &path]);
        }
        let strace = Strace::attach(procedure.session.pid(), log.path(), &arguments);
        let said = procedure.hear();
        if said != Said::Shown {
            procedure.says(words(call, error));
        }
        let fates: &[Fate] = match (said, sink) {
            (Said::Refused, _) => {
                assert_eq!((procedure.asked(), procedure.path().exists()), (0, false));
                &[Fate::NotMade]
            }
            (Said::NotAsked, _) => {
                nothing_was_asked_for(&mut procedure);
                &[Fate::NotMade]
            }
            (Said::NotSaved, _) if lasts => {
                assert!(!procedure.path().exists(), "a part stays");
                &[Fate::Told]
            }
            (Said::NotSaved, _) => {
                it_is_still_here(&mut procedure, "elsewhere");
                &[Fate::Saved, Fate::ToldAndSaved]
            }
            (Said::Shown, Sink::Screen) => &[Fate::Told],
            (Said::Shown, _) => &[Fate::Saved, Fate::ToldAndSaved],
        };
        let fate = fate(procedure);
        drop(strace);
        assert!(fates.contains(&fate), "{said:?}, {fate:?}");
        (said, fs::read_to_string(log.path()).expect("a log").contains("(INJECTED)"))
    }

    /// Every turn, until nothing failed any more.
    fn every_turn(sink: Sink, fault: Fault) -> Vec<End> {
        let mut ends = Vec::new();
        for turn in 1.. {
            // Where it stumbles, this tells in which case.
            eprintln!("{sink:?}, {fault:?}, {turn}");
            ends.push(fail(sink, fault, turn));
            if ends.last().is_some_and(|(_, failed)| !failed) {
                break;
            }
        }
        ends
    }

    /// What is done one after the other: the beginnings of calls, with what is in them.
    const ORDER: [(&str, &str); 12] = [
        ("fsync(", ".tmp>"),
        ("renameat2(", ".intent"),
        ("fsync(", "/journal>"),
        ("writev(", "POST /api/atlas/v2/orgs/"),
        ("pwrite64(", "issued"),
        ("fsync(", ".intent>"),
        ("pwrite64(", "/fresh.secret>"),
        ("fsync(", "/fresh.secret>"),
        ("fsync(", "HOME>"),
        ("pwrite64(", "delivered"),
        ("fsync(", ".intent>"),
        ("write(", "aved:"),
    ];

    #[test]
    fn what_is_noted_is_on_the_disk_before_it_is_asked_for_and_the_secret_before_that_is_said() {
        if !strace::is_there() {
            return;
        }
        side_by_side(vec![()], |()| {
            let log = tempfile::NamedTempFile::new().expect("a file");
            let mut procedure = Procedure::begin(Kind::ApiKey, Sink::File);
            let home = procedure.session.home.path().display().to_string();
            let arguments = ["-y", "-s", "100000"];
            let strace = Strace::attach(procedure.session.pid(), log.path(), &arguments);
            if strace.is_none() {
                return eprintln!("not tried: strace may not attach here");
            }
            procedure.confirm();
            assert_eq!(procedure.end(), Said::Shown);
            procedure.session.kill();
            drop(strace);
            let calls = strace::calls(log.path());
            let mut after = 0;
            for (begin, what) in ORDER {
                let what = what.replace("HOME", &home);
                let next = calls.iter().filter(|call| call.begins >= after);
                let mut next = next.filter(|call| call.text.starts_with(begin));
                let found = next.find(|call| call.text.contains(&what));
                let found = found.unwrap_or_else(|| panic!("no {begin}…{what} in its turn"));
                after = found.ends + 1;
            }
        });
    }

    /// Some 200 cases, a minute on two cores, where strace is installed and may attach:
    /// `cargo test --locked -- --ignored --nocapture storage`
    #[test]
    #[ignore = "slow: the samples beside it run every day"]
    fn whichever_call_to_the_storage_fails_nothing_is_lost_and_all_is_told() {
        if !strace::is_there() {
            return;
        }
        let here = |(sink, fault): &(Sink, Fault)| *sink == Sink::File || !fault.of_place;
        let jobs = faults().flat_map(|fault| [(Sink::File, fault), (Sink::Screen, fault)]);
        let jobs = jobs.filter(here).collect();
        let ends = side_by_side(jobs, |(sink, fault)| every_turn(sink, fault)).concat();
        let count = |said| ends.iter().filter(|end| **end == (said, true)).count();
        let all = [Said::Refused, Said::NotAsked, Said::NotSaved, Said::Shown];
        let counts = all.map(|said| (said, count(said)));
        eprintln!(
            "{} cases in which a call failed: {counts:?}",
            counts.map(|it| it.1).iter().sum::<usize>()
        );
        assert!(counts.iter().all(|(_, count)| *count > 0), "{counts:?}");
    }
}
