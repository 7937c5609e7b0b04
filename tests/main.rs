//! Tests of the whole program, in one binary.

mod bounds;
mod browser;
mod command_line;
mod config;
mod emulator;
mod faults;
mod fuzz;
mod hostile;
mod journeys;
mod own_files;
mod pty;
mod random_keys;
mod readme;
mod retries;
mod screens;
mod secrecy;
mod soak;
mod supply;
mod support;
mod trust;
mod twin;
mod walls;
mod wire;
mod wrong_targets;
