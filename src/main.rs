//! The `gatehouse` command.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// What is freed is wiped first: copies of secrets that libraries make on their
/// way, in buffers that they grow and drop, end with their use.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    // Before anything is read that could hold a secret.
    let warnings = gatehouse::runtime::process::harden();
    gatehouse::cli::main(warnings)
}
