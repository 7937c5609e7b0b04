//! The emulator, asked over HTTP as any client of Atlas would ask it.

mod bench;
mod demo;
mod digest;
mod large;
mod lists;
mod rules;
mod tokens;
mod trouble;
