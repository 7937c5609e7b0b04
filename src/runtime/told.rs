//! What the log is told of events and effects: which, and never what stands in them but
//! names and reasons. Keys, pastes, texts and secrets are none of its business.

use super::log::{Level, Log};
use crate::app::{Effect, Event};
use crate::atlas::Read;
use crate::rules::hand_over::Sink;

/// Tells the log of an event, if it is one that matters.
pub fn event(log: &Log, event: &Event) {
    use Level::{Debug, Info, Warn};
    let (level, words) = match event {
        Event::Reply(id, Err(error)) => (Warn, format!("failed call={}: {error}", id.number())),
        Event::Reply(id, Ok(_)) => (Debug, format!("answered call={}", id.number())),
        Event::AskedToWait(_, time) => (Warn, format!("told to wait for {} s", time.as_secs())),
        Event::HeldBack(_, time) => (Debug, format!("details wait for {} s", time.as_secs())),
        Event::Changed(id, Ok(_)) => (Info, format!("changed call={}", id.number())),
        Event::Changed(id, Err(failure)) => {
            let perhaps = if failure.perhaps_applied { ", perhaps applied" } else { "" };
            (Warn, format!("not changed call={}{perhaps}: {}", id.number(), failure.error))
        }
        Event::Found(found) => {
            let left = [
                (found.notes.len(), "notes"),
                (found.rescued.len(), "rescued"),
                (found.rotations.len(), "rotations"),
                (found.troubles.len(), "troubles"),
            ];
            let left = left.map(|(count, what)| format!("{what}={count}")).join(" ");
            (Info, format!("left by earlier sessions: {left}"))
        }
        Event::Reserved(sink, Ok(())) => (Debug, format!("place ready: {}", kind(sink))),
        Event::Reserved(sink, Err(_)) => (Warn, format!("no place: {}", kind(sink))),
        Event::HandedOver(note, Ok(_)) => (Info, format!("secret delivered note={note}")),
        // A command may say anything about why, the secret included.
        Event::HandedOver(note, Err(_)) => (Warn, format!("secret not delivered note={note}")),
        Event::Copied(_) => (Info, "secret copied".to_owned()),
        Event::TriedOut(result) => match result {
            Ok(_) => (Info, "credential tried out: good".to_owned()),
            Err(error) => (Warn, format!("credential tried out: {error}")),
        },
        Event::Credentials(all) => (Debug, format!("credentials found: {}", all.len())),
        Event::Turned(id, Ok(setting)) => {
            let asks = setting
                .doubt
                .as_ref()
                .map(|doubt| format!("; trust in {} is asked for", doubt.origin));
            (Info, format!("credential ready session={}{}", id.number(), asks.unwrap_or_default()))
        }
        Event::Turned(id, Err(why)) => {
            (Warn, format!("credential not ready session={}: {why}", id.number()))
        }
        Event::Warning(why) => (Warn, why.clone()),
        Event::Terminate => (Info, "asked to end by the system".to_owned()),
        Event::Resize(size) => (Debug, format!("terminal {}x{}", size.width, size.height)),
        Event::File(result) => {
            (Debug, format!("file read: {}", if result.is_ok() { "well" } else { "not" }))
        }
        Event::Browsed(_, Ok(_)) => (Debug, "page opened".to_owned()),
        Event::Browsed(_, Err(_)) => (Debug, "page not opened".to_owned()),
        Event::Neighbours(others) => (Info, format!("other gatehouses open: {}", others.len())),
        Event::Recalled(_, kept) => {
            let rows = kept.as_ref().map_or(0, |kept| kept.len());
            (Debug, format!("rows kept by an earlier session: {rows}"))
        }
        Event::Key(_)
        | Event::Pointer(_)
        | Event::Paste(_)
        | Event::Tick
        | Event::AtlasTime(..)
        | Event::Watched
        | Event::Unwatched => return,
    };
    log.write(level, || words);
}

/// Tells the log of an effect, if it is one that matters.
pub fn effect(log: &Log, effect: &Effect) {
    use Level::{Debug, Info};
    let (level, words) = match effect {
        Effect::Call(id, read, urgency) => {
            let (id, about, subject) = (id.number(), about(read), read.subject());
            (Debug, format!("ask call={id} {urgency:?}: {subject}{about}"))
        }
        Effect::Drop(ids) => {
            let ids = ids.iter().map(|id| format!(" call={}", id.number()));
            (Debug, format!("let be:{}", ids.collect::<String>()))
        }
        Effect::Change(id, write) => {
            (Info, format!("change call={}: {}", id.number(), write.deed()))
        }
        Effect::Issue(id, write, intent) => {
            (Info, format!("change call={} note={}: {}", id.number(), intent.id, write.deed()))
        }
        Effect::Reserve(sink) => (Debug, format!("make sure of a place: {}", kind(sink))),
        Effect::HandOver(hand_over) => {
            (Info, format!("hand over note={} to {}", hand_over.note, kind(&hand_over.sink)))
        }
        Effect::Note(intent) => (Info, format!("written down note={}", intent.id)),
        Effect::Settle(note) => (Info, format!("settled note={note}")),
        Effect::Trust { credential, origin } => {
            (Info, format!("trusted: {credential} to {origin}"))
        }
        Effect::Turn(id, choice) => {
            (Info, format!("turn to {} session={}", choice.name(), id.number()))
        }
        Effect::LetGo(id) => (Info, format!("credential not turned to session={}", id.number())),
        Effect::Adopt(id) => (Info, format!("new session={}", id.number())),
        Effect::KeepLists(kept) => (Debug, format!("rows kept: {}", kept.len())),
        Effect::ForgetLists(_) => (Debug, "rows kept: none".to_owned()),
        Effect::Demo => (Info, "on to the demo".to_owned()),
        Effect::Quit => (Info, "leaving".to_owned()),
        Effect::Suspend => (Debug, "to the shell".to_owned()),
        _ => return,
    };
    log.write(level, || words);
}

/// Whose it is that is asked for, where it is not the whole organization's.
fn about(read: &Read) -> String {
    match read {
        Read::ServiceAccount(_, id) | Read::Grants(_, id) => format!(" {id}"),
        Read::ApiKey(_, id) => format!(" {id}"),
        Read::AccessList(_, id) => format!(" of {}", id.as_str()),
        Read::Raw(read) => about(read),
        _ => String::new(),
    }
}

/// What kind of place it is; its path or command is nobody's business.
fn kind(sink: &Sink) -> &'static str {
    match sink {
        Sink::Screen => "the screen",
        Sink::Clipboard => "the clipboard",
        Sink::File { .. } => "a file",
        Sink::Command { .. } => "a command",
    }
}
