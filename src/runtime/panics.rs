//! What happens when gatehouse stumbles over a mistake of its own: what must not be
//! lost is saved, the terminal is given back, and a report says what happened,
//! without secrets. Knows neither what is saved nor how.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::thread;

use super::terminal;
use crate::atlas::Clean;
use crate::atlas::redact::redact;

/// Takes over the panics of this process; the calling thread counts as the one
/// that the program runs on. A later call replaces an earlier one.
///
/// A panic of that thread runs `on_panic` first, then gives the terminal back, then
/// reports. `on_panic` must neither panic, which would end the process at once, nor
/// print, for the terminal may be gone; where one panic leads to another it runs
/// again. A panic of another thread only reports, and not even that while the
/// terminal is taken: whoever waits for that thread turns it into an error.
pub fn install(on_panic: impl Fn() + Send + Sync + 'static) {
    let main = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        let on_main = thread::current().id() == main;
        if on_main {
            on_panic();
            terminal::give_back();
        }
        if on_main || !terminal::is_taken() {
            let text = report(panic);
            // Standard error may be gone as well, and a second panic would end all.
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }));
}

fn report(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "a place unknown".to_owned(), ToString::to_string);
    let message = panic.payload_as_str().unwrap_or("it gave no reason");
    // Only where the environment asks for it.
    let trace = Backtrace::capture();
    let trace = (trace.status() == BacktraceStatus::Captured).then(|| trace.to_string());
    words(&place, message, trace.as_deref())
}

/// In the message, secrets are masked and what could act on a terminal is shown.
fn words(place: &str, message: &str, trace: Option<&str>) -> String {
    let mut text = format!("gatehouse stumbled over a mistake of its own, at {place}:\n");
    for line in redact(message).lines() {
        text.push_str(&Clean::new(line));
        text.push('\n');
    }
    text.push_str(trace.unwrap_or_default());
    text.push_str("Please report this, with the lines above.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_place_and_hides_what_is_nobodys_business() {
        let message = "left: \"mdb_sa_sk_PLANTED\"\n right: \"\u{1b}]52;c;eA==\u{7}\"";
        assert_eq!(
            words("src/app/mod.rs:12:5", message, Some("   0: gatehouse::app\n")),
            "gatehouse stumbled over a mistake of its own, at src/app/mod.rs:12:5:\n\
             left: \"mdb_sa_sk_***\"\n\
             ·right: \"⟨U+001B⟩]52;c;eA==⟨U+0007⟩\"\n   \
             0: gatehouse::app\n\
             Please report this, with the lines above.\n"
        );
    }
}
