//! What the tests share: driving the real program with the real client against
//! the real emulator, and looking at its screens.

pub mod journey;
pub mod picture;
pub mod screen;
