//! Procedures, from keys to screen, through the real program, client and
//! emulator.

mod changes;
mod details;
mod faults;
mod keys;
mod lists;
mod lost;
mod many;
mod mouse;
mod organizations;
mod palette;
mod procedures;
mod secrets;
mod sign_in;
