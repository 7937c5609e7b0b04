//! What of a secret can be seen from outside of the running program, and what not; and
//! that none is lost unseen, whatever becomes of the program and of its storage.

mod ended;
#[cfg(target_os = "linux")]
mod killed;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod once;
#[cfg(target_os = "linux")]
mod others;
mod panics;
mod refusals;
#[cfg(target_os = "linux")]
mod stages;
#[cfg(target_os = "linux")]
mod storage;
#[cfg(target_os = "linux")]
mod traces;
mod transcript;
mod types;
