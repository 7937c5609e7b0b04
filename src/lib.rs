//! gatehouse: the access manager for MongoDB Atlas organizations that lives in
//! the terminal.
//!
//! The whole program is a value, the world is at the edge:
//!
//! ```text
//!  keys ─┐                                ┌─▶ view(&App) ─▶ frame
//!  clock ├─▶ Event ─▶ App::update ─▶ App ─┘
//!  Atlas ┘      ▲            └─▶ Vec<Effect> ─▶ runtime ─▶ worker ─▶ client ─▶ Atlas
//!               └───────────── Reply(call id, …) ◀─────────┘
//! ```
//!
//! The rooms, and what each knows nothing of:
//!
//! * [`atlas`]: what Atlas offers and how it is asked. Knows no terminal.
//! * [`config`]: where credentials come from. Knows no screen.
//! * [`emulator`]: a small Atlas of our own. Knows only the plain types of [`atlas`].
//! * [`rules`]: pure judgement over Atlas' data. Knows no clock, no network, no screen.
//! * [`app`]: the program as a value: events in, effects out. Knows no network.
//! * [`screens`]: one file per place that can hold the keyboard.
//! * [`ui`]: pictures that screens share.
//! * [`runtime`]: the only room that touches the world; decides nothing about Atlas.
//! * [`cli`]: flags and subcommands.

pub mod app;
pub mod atlas;
pub mod cli;
pub mod config;
pub mod emulator;
#[doc(hidden)]
pub mod probe;
pub mod rules;
pub mod runtime;
pub mod screens;
pub mod ui;
