//! Procedures, from keys to screen, through the real program, client and
//! emulator.

mod changes;
mod details;
mod faults;
mod lists;
mod many;
mod organizations;
mod procedures;
mod sign_in;
