//! Procedures, from keys to screen, through the real program, client and
//! emulator.

mod activity;
mod attention;
mod changes;
mod credentials;
mod details;
mod faults;
mod help;
mod keys;
mod lists;
mod lost;
mod many;
mod mouse;
mod odd_answers;
mod organizations;
mod palette;
mod procedures;
mod raw;
mod secrets;
mod sign_in;
mod twin;
mod warm;
mod web;
