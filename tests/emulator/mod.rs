//! The emulator, asked over HTTP as any client of Atlas would ask it.

mod accounts;
pub mod bench;
mod contract;
mod demo;
mod digest;
mod entries;
mod faults;
mod keys;
mod large;
mod lists;
mod operations;
mod rules;
mod shapes;
mod state;
mod tokens;
mod trouble;
