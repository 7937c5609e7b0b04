//! What comes from outside is bounded, and what is odd in it spoils only itself.

mod answers;
#[cfg(target_os = "linux")]
mod memory;
mod tolerance;
mod typed;
mod world;
