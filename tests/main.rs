//! Tests of the whole program, in one binary.

mod command_line;
mod config;
mod emulator;
mod journeys;
mod pty;
mod random_keys;
mod readme;
mod retries;
mod screens;
mod secrecy;
mod supply;
mod support;
mod trust;
mod walls;
mod wire;
mod wrong_targets;
