//! The program itself: what it takes on the disk, and to build.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::table::{Line, Part, number};
use crate::{GATEHOUSE, PROJECT};

pub fn measure() -> Part {
    let size = fs::metadata(GATEHOUSE).expect("it was built").len();
    let size = number(usize::try_from(size).expect("small")) / 1e6;
    let measured = format!("{size:.1} MB");
    Part::of(vec![Line::new("release binary, stripped", "10 MB", measured, size <= 10.0)])
}

/// A build of the program from nothing.
pub fn clean_build() -> Line {
    let target = std::env::temp_dir().join(format!("gatehouse-build-{}", std::process::id()));
    let started = Instant::now();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target)
        .current_dir(PROJECT)
        .status()
        .expect("cargo runs");
    let took = started.elapsed().as_secs_f64();
    let _ = fs::remove_dir_all(target);
    assert!(built.success());
    Line::new(
        "clean release build on two cores",
        "4 min",
        format!("{:.0} min {:02.0} s", (took / 60.0).floor(), took % 60.0),
        took <= 240.0,
    )
}
