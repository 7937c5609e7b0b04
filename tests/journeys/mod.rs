//! Procedures, from keys to screen, through the real program, client and
//! emulator.

mod activity;
mod changes;
mod details;
mod faults;
mod lists;
mod lost;
mod many;
mod organizations;
mod palette;
mod procedures;
mod secrets;
mod sign_in;
mod twin;
mod web;
