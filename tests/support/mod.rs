//! What the tests share: driving the real program with the real client against
//! the real emulator, and looking at its screens and into its memory.

pub mod certificate;
pub mod dice;
#[cfg(target_os = "linux")]
pub mod disk;
pub mod fault_proxy;
pub mod http2;
pub mod journey;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod needle;
pub mod new_secret;
pub mod picture;
pub mod places;
pub mod pty;
pub mod screen;
pub mod script;
pub mod shown;
pub mod start;
#[cfg(target_os = "linux")]
pub mod strace;
pub mod threads;
