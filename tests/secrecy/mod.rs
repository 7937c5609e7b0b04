//! What of a secret can be seen from outside of the running program, and what not.

mod ended;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod others;
mod panics;
mod refusals;
#[cfg(target_os = "linux")]
mod stages;
#[cfg(target_os = "linux")]
mod traces;
mod transcript;
