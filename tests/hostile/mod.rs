//! Text from outside that would harm whoever shows it: it is shown, and it does nothing.

mod errors;
mod names;
mod paste;
mod roles;
mod screens;
mod secrets;
mod session;
mod terminal;
