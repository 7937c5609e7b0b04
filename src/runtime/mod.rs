//! The only room that touches the world: the loop, the worker, the terminal,
//! signals. It performs effects and decides nothing about Atlas.

pub mod clipboard;
pub mod files;
pub mod folder;
pub mod hand_over;
pub mod input;
pub mod journal;
pub mod panics;
pub mod pen;
pub mod process;
pub mod rescue;
pub mod terminal;
pub mod worker;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Signal;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::app::state::Setting;
use crate::app::{App, Effect, Event};
use crate::atlas::client::Client;
use input::Incoming;
use terminal::Terminal;
use worker::Worker;

/// Events folded in before the next frame; more wait for the one after.
const BATCH: usize = 4096;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was left.
    Quit,
    /// The demo was asked for.
    Demo,
    /// The system ended it, by the signal with this number.
    Ended(i32),
}

/// Runs the program on this process's terminal until it is left.
///
/// # Errors
/// Where the terminal cannot be read or written.
pub async fn run(setting: Setting, client: Option<Client>) -> io::Result<Outcome> {
    let (sender, mut incoming) = mpsc::unbounded_channel();
    let client = client.map(Arc::new);
    let worker = client.clone().map(|client| Worker::new(client, sender.clone()));
    panics::install(|| {});
    let terminal = Terminal::enter()?;
    let listening = input::listen(&sender)?;

    let (mut app, effects) = App::new(setting, terminal.size(), Timestamp::now());
    let mut machine = Machine { terminal, worker, events: sender, outcome: None, ended: None };
    machine.perform(effects)?;
    while machine.outcome.is_none() {
        machine.terminal.draw(|buf| app.view(buf))?;
        let batch = next_batch(&mut incoming, app.wake_at()).await;
        machine.take(batch, &mut app)?;
    }
    listening.end().await;
    drop(machine.terminal);
    if let Some(client) = client {
        client.sign_out().await;
    }
    Ok(machine.outcome.unwrap_or(Outcome::Quit))
}

/// What effects are performed on.
struct Machine {
    terminal: Terminal,
    worker: Option<Worker>,
    events: UnboundedSender<Incoming>,
    outcome: Option<Outcome>,
    /// The signal that asked to end.
    ended: Option<Signal>,
}

impl Machine {
    /// Takes in a batch; what has to do with the terminal itself stays in order
    /// with the rest.
    fn take(&mut self, batch: Vec<Incoming>, app: &mut App) -> io::Result<()> {
        let (mut events, mut resized) = (Vec::new(), false);
        for incoming in batch {
            let change: fn(&mut Self, &mut App) -> io::Result<()> = match incoming {
                // Of a storm of resizes only the last counts.
                Incoming::Event(Event::Resize(_)) => {
                    resized = true;
                    continue;
                }
                Incoming::Event(event) => {
                    events.push(event);
                    continue;
                }
                Incoming::End(signal) => {
                    self.ended = Some(signal);
                    events.push(Event::Terminate);
                    continue;
                }
                Incoming::Suspend => Self::suspend,
                Incoming::Resume => Self::resume,
            };
            self.update(std::mem::take(&mut events), app)?;
            change(self, app)?;
        }
        self.update(events, app)?;
        if resized { self.resize(app) } else { Ok(()) }
    }

    fn update(&mut self, events: Vec<Event>, app: &mut App) -> io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let effects = app.update(Timestamp::now(), events);
        if effects.contains(&Effect::Suspend) {
            self.suspend(app)?;
        }
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Call(id, read, urgency) => {
                    if let Some(worker) = &self.worker {
                        worker.call(id, read, urgency);
                    }
                }
                Effect::Change(id, write) => {
                    if let Some(worker) = &self.worker {
                        worker.change(id, write);
                    }
                }
                Effect::ReadFile(path) => {
                    let events = self.events.clone();
                    tokio::task::spawn_blocking(move || {
                        let text = files::read_text(&path);
                        // Nobody listens any more where the program has been left.
                        let _ = events.send(Incoming::Event(Event::File(text)));
                    });
                }
                Effect::Copy(text) => self.terminal.copy(&text)?,
                Effect::Redraw => self.terminal.forget()?,
                Effect::Demo => self.outcome = Some(Outcome::Demo),
                Effect::Quit => {
                    let ended = |signal: Signal| Outcome::Ended(signal.as_raw());
                    self.outcome = Some(self.ended.map_or(Outcome::Quit, ended));
                }
                // Done before the others: nothing may happen while we are stopped.
                Effect::Suspend => {}
            }
        }
        Ok(())
    }

    fn suspend(&mut self, app: &mut App) -> io::Result<()> {
        self.terminal.suspend()?;
        self.resize(app)
    }

    fn resume(&mut self, app: &mut App) -> io::Result<()> {
        self.terminal.take_back()?;
        self.resize(app)
    }

    /// Asks the terminal itself for its size, and draws everything anew.
    fn resize(&mut self, app: &mut App) -> io::Result<()> {
        self.terminal.forget()?;
        let effects = app.update(Timestamp::now(), [Event::Resize(self.terminal.size())]);
        self.perform(effects)
    }
}

/// Waits for the next event or the time that the program wants to be woken at,
/// and takes along everything that has come meanwhile: one frame for all.
async fn next_batch(
    incoming: &mut UnboundedReceiver<Incoming>,
    wake_at: Option<Timestamp>,
) -> Vec<Incoming> {
    let mut batch = Vec::new();
    tokio::select! {
        biased;
        received = incoming.recv_many(&mut batch, BATCH) => {
            if received == 0 {
                batch.push(Incoming::End(Signal::HUP));
            }
        }
        () = sleep_until(wake_at) => batch.push(Incoming::Event(Event::Tick)),
    }
    batch
}

async fn sleep_until(time: Option<Timestamp>) {
    match time {
        Some(time) => {
            let left = Duration::try_from(time.duration_since(Timestamp::now()));
            tokio::time::sleep(left.unwrap_or_default()).await;
        }
        None => std::future::pending().await,
    }
}
