//! Tests of the whole program.

mod emulator;
