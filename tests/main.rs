//! Tests of the whole program, in one binary.

mod bounds;
mod command_line;
mod config;
mod emulator;
mod faults;
mod fuzz;
mod header;
mod hostile;
mod journeys;
mod log;
mod own_files;
mod profiles;
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
mod walls;
mod wire;
mod wrong_targets;
