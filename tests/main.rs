//! Tests of the whole program, in one binary.

mod config;
mod emulator;
mod hostile;
mod journeys;
mod pty;
mod random_keys;
mod readme;
mod retries;
mod screens;
mod secrecy;
mod supply;
mod support;
mod walls;
mod wire;
mod wrong_targets;
