//! What the program does by itself once something has become known: screens that open for
//! a secret or a change, and those that have had their day.

use super::event::Effect;
use super::held::{Place, Purpose};
use super::task::{self, Ending, Stage};
use super::{App, keys};
use crate::atlas::Clean;
use crate::rules::change::Change;
use crate::screens::confirm::ConfirmScreen;
use crate::screens::made::MadeScreen;
use crate::screens::organizations::OrganizationsScreen;
use crate::screens::unfinished::UnfinishedScreen;

impl App {
    /// Without a browser here, the administrator's own computer may have one.
    pub(super) fn was_browsed(&mut self, url: Clean, result: Result<String, String>) {
        match result {
            Ok(program) => self.state.notify(&format!("handed to {program}"), true),
            Err(why) => {
                let words = format!("{why}: the link was sent to the terminal's clipboard");
                self.state.notify(&words, false);
                self.effects.push(Effect::Copy(url));
            }
        }
    }

    /// What follows from the new state before the next key: the only organization opens by
    /// itself, several are offered, screens follow.
    pub(super) fn follow(&mut self) {
        if self.state.org.is_none() {
            self.choose_organization();
        }
        self.state.settle_sent();
        self.state.go_on_with_many();
        self.follow_task();
        self.follow_held();
        for screen in &mut self.screens {
            screen.sync(&self.state);
        }
    }

    /// The same, and what is asked for: what is due, and what is missing of the rows that
    /// are in sight then.
    pub(super) fn settle(&mut self) {
        self.follow();
        let visible =
            self.screens.first().map_or_else(Vec::new, |screen| screen.visible(&self.state));
        self.state.refresh_when_due(&visible);
        let whole = self.screens.first().and_then(|screen| screen.looks_at_all());
        self.state.fill(&visible, whole);
    }

    /// Lets a change be. What it has made by then is shown: nobody can read it again;
    /// and so is what became of it, where no answer told.
    pub(super) fn drop_task(&mut self) {
        let made = self.state.task.as_ref().is_some_and(|task| task.issued.is_some());
        let lost = self.state.task.as_ref().is_some_and(task::Task::is_lost);
        if let Some(task) = self.state.task.take_if(|_| made || lost) {
            self.state.newest = task.issued;
            self.screens.truncate(task.depth.max(1));
            if lost {
                // It is shown once by itself.
                self.reported = true;
                self.push(Box::new(UnfinishedScreen::at_the_latest()));
            }
            return;
        }
        // A form whose change was still being looked at stays as it is.
        let asked = matches!(self.layer(), keys::Layer::Confirm | keys::Layer::Sentence);
        if self.state.drop_task() {
            self.state.release_place();
            if asked {
                self.screens.pop();
            }
        }
    }

    /// Hides what nobody else should see.
    pub(super) fn conceal(&mut self) {
        for screen in &mut self.screens {
            screen.conceal();
        }
    }

    /// A secret that is held comes up once nothing else is on its way, and what earlier
    /// sessions left open once it can be looked at.
    pub(super) fn follow_held(&mut self) {
        while self.screens.len() > 1
            && self.screens.last().is_some_and(|screen| screen.is_over(&self.state))
        {
            self.screens.pop();
        }
        let busy = self.state.task.is_some() || self.state.place.is_some();
        let shown = self.screens.iter().any(|screen| screen.holds());
        if !self.state.held.is_empty() && !shown && !busy {
            return self.push(Box::new(MadeScreen::default()));
        }
        let at_rest = self.state.held.is_empty() && self.screens.len() == 1;
        let open = !self.state.notes.is_empty() && self.state.org.is_some();
        if open && at_rest && !self.reported {
            self.reported = true;
            self.push(Box::new(UnfinishedScreen::default()));
        }
    }

    /// A place was made sure of, or is none; what is held goes there at once.
    pub(super) fn probed(&mut self, result: Result<(), String>) {
        let of_held = matches!(&self.state.place, Some(Place::Probing(_, Purpose::Held)));
        let good = result.is_ok();
        self.state.probed(result);
        if of_held && good && matches!(self.layer(), keys::Layer::Sink | keys::Layer::Form) {
            self.screens.pop();
        }
    }

    /// A change that needs the administrator comes up; one that is done goes, with
    /// the screens that it was made in.
    pub(super) fn follow_task(&mut self) {
        let Some(task) = self.state.task.as_ref().filter(|_| self.state.many.is_none()) else {
            return;
        };
        let asks = |layer| matches!(layer, keys::Layer::Confirm | keys::Layer::Sentence);
        let is_up = self.screens.iter().any(|screen| asks(screen.layer()));
        match &task.stage {
            Stage::Done(ending) => {
                let words = match ending {
                    Ending::Made => task.change.done().to_owned(),
                    Ending::Unanswered => {
                        format!("{}, though no answer told so", task.change.done())
                    }
                    Ending::Already => "it is so already: nothing was sent".to_owned(),
                };
                let depth =
                    if matches!(task.change, Change::Delete { .. }) { 1 } else { task.depth };
                self.screens.truncate(depth.max(1));
                let Some(task) = self.state.task.take() else { return };
                self.state.newest = task.issued.or(self.state.newest.take());
                self.state.notify(&words, true);
                self.state.settle_by(&task.change);
            }
            Stage::Asking | Stage::Failed(_) if !is_up => {
                self.push(Box::new(ConfirmScreen::default()));
            }
            _ if task.change.is_final() && !is_up => self.push(Box::new(ConfirmScreen::default())),
            _ => {}
        }
    }

    pub(super) fn choose_organization(&mut self) {
        let Some(organizations) = &self.state.organizations.value else { return };
        match organizations.as_slice() {
            [] => {}
            [only] => {
                let id = only.id.clone();
                self.state.open(id);
            }
            _ if self.screens.len() == 1 => self.push(Box::new(OrganizationsScreen::default())),
            _ => {}
        }
    }
}
