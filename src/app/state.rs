//! What the program knows: what every screen may read and none may change.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::attention::Attention;
use super::calls::{CallId, Calls};
use super::credentials::{Candidate, Choice, Recent, Turn};
use super::fetched::Fetched;
use super::held::{Held, Issuing, Place, Way};
use super::identity::Kind;
use super::keys::{Action, Keymap, Layer};
use super::many::Many;
use super::org::Org;
use super::raw::RawAnswers;
use super::task::Task;
use crate::atlas::{ApiError, Clean, Fault, IdentityId, OrgId, Organization, Settings};
use crate::rules::change::Change;
use crate::rules::hand_over::Taker;
use crate::rules::intent::Note;
use crate::rules::rotation::{Rotation, Trial};
use crate::ui::motion::Motion;
use crate::ui::theme::Theme;
use crate::ui::when;

/// A notice is shown for this long, in seconds.
const NOTICE_SECONDS: i64 = 4;
/// What takes longer than this is named.
const SLOW: SignedDuration = SignedDuration::from_secs(2);
/// A reading that begins so long after its time was slept through.
const OVERSLEPT: SignedDuration = SignedDuration::from_secs(60);
/// Clocks that differ by less than this are taken as equal: answers take their time.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// What the program was started with. Warnings go once they were read.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The host that is asked.
    pub host: Clean,
    /// The public half of the credential; absent where none was found.
    pub credential: Option<Clean>,
    /// Where the credential was found, in words.
    pub source: Clean,
    /// By what it is chosen again, if it can be.
    pub choice: Option<Choice>,
    /// The organization that was named at the start.
    pub org: Option<OrgId>,
    /// Why nothing may be sent before somebody has agreed to it.
    pub doubt: Option<Doubt>,
    /// What lies between us and Atlas, in words: a proxy, further authorities.
    pub network: Vec<Clean>,
    /// On the built-in emulator.
    pub demo: bool,
    /// Nothing is to be changed at Atlas.
    pub read_only: bool,
    /// What the person should know about the configuration, in sentences.
    pub warnings: Vec<Clean>,
    /// Where credentials were looked for, where none was found.
    pub looked_at: Vec<Clean>,
    /// The time zone in which dates are shown.
    pub zone: TimeZone,
    /// Styles and symbols by meaning.
    pub theme: Theme,
    /// Whether what waits is drawn moving.
    pub motion: Motion,
    /// The keys that hold.
    pub keys: Keymap,
    /// Names this run of the program among all on this machine: letters, digits, `-`.
    pub session: String,
    /// The Atlas that is asked, as written credentials name it; absent:
    /// `cloud.mongodb.com`.
    pub base_url: Option<String>,
    /// The lists are read again by themselves after this time; absent: never.
    pub refresh: Option<SignedDuration>,
    /// What of this session is kept for the next one.
    pub remember: Remember,
    /// Clicks and the wheel are wanted.
    pub mouse: bool,
    /// The configured commands that take secrets.
    pub takers: Vec<Taker>,
    /// The configured command that opens pages; empty: the desktop's own.
    pub browser: Vec<String>,
    /// The clipboard that there is.
    pub clipboard: Way,
    /// The file of gatehouse's own settings, and the one that is logged to.
    pub files: Files,
}

/// What of a session is kept for the next one, besides what it must not lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    /// What the lists show.
    Lists,
    /// Nothing.
    Nothing,
}

/// Files of gatehouse's own that a person may want to look at, by their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Its settings, whether or not there are any; absent: the user has no home.
    pub config: Option<Clean>,
    /// Its log; absent: none is written.
    pub log: Option<Clean>,
}

/// An address that is not MongoDB's own and that nobody has agreed to yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Scheme, host and port, as they are looked up (international names in their ASCII
    /// form).
    pub origin: Clean,
    /// Who named it, in words.
    pub named_by: Clean,
    /// Its name has letters beyond a to z.
    pub international: bool,
    /// It is an address of this machine.
    pub on_this_machine: bool,
}

/// How it stands between us and Atlas, by the readings of the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// No list has been read yet.
    Connecting,
    /// The last reading was good.
    Live(Timestamp),
    /// The last reading failed.
    Down {
        /// The first failure in a row.
        since: Timestamp,
        /// When gatehouse tries again by itself, if it makes sense.
        next: Option<Timestamp>,
        /// The last failure.
        error: Box<ApiError>,
    },
}

/// An error that stays until it was read.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What went wrong.
    pub error: ApiError,
    /// When.
    pub at: Timestamp,
    /// It went well again since.
    pub passed: bool,
}

/// A short word that passes.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The word.
    pub text: Clean,
    /// It tells of a success.
    pub done: bool,
    /// When it goes.
    pub until: Timestamp,
}

/// Everything that screens draw from.
#[derive(Debug)]
pub struct State {
    /// The time of the event at hand.
    pub now: Timestamp,
    /// The terminal's size.
    pub size: Size,
    /// What the program was started with.
    pub setting: Setting,
    /// The credentials of this machine.
    pub credentials: Fetched<Vec<Candidate>>,
    /// How far the turn to another credential has come.
    pub turn: Option<Turn>,
    /// What was chosen last.
    pub recent: Recent,
    /// The organizations that the credential sees.
    pub organizations: Fetched<Vec<Organization>>,
    /// The organization on screen.
    pub org: Option<Org>,
    /// What is shown as Atlas sent it.
    pub raw: Option<RawAnswers>,
    /// How it stands between us and Atlas.
    pub link: Link,
    /// The last error that was not read yet.
    pub trouble: Option<Trouble>,
    /// A word that passes.
    pub notice: Option<Notice>,
    /// The change that is under way.
    pub task: Option<Task>,
    /// The identity that was made last, or whose secret was kept last: the list turns to it.
    pub newest: Option<IdentityId>,
    /// One deed for many, of which that change is one.
    pub many: Option<Many>,
    /// Where the next secret goes.
    pub place: Option<Place>,
    /// The secrets that were issued and are not acknowledged; the first is on screen.
    pub held: VecDeque<Held>,
    /// What was asked for without a clear answer, in this session or before.
    pub notes: Vec<Note>,
    /// The rotations under way.
    pub rotations: Vec<Rotation>,
    /// The secrets that were tried out, in this session or for a rotation.
    pub trials: Vec<Trial>,
    /// What is being taken back for a note, by its id.
    pub(super) discarding: Option<(String, Change)>,
    /// The credential that is being asked for.
    pub(super) issuing: Option<Issuing>,
    /// When a clipboard of our own is to be cleared.
    pub(super) clear_clipboard_at: Option<Timestamp>,
    /// Whether somebody is taken to look.
    pub(super) attention: Attention,
    /// Atlas wants to be left alone until then.
    paused_until: Option<Timestamp>,
    /// What fills in behind is not asked before then.
    behind_until: Option<Timestamp>,
    /// Our clock and that of Atlas do not show the same, which was told.
    clocks_differ: bool,
    /// The session with this credential; what an older one was told does not count.
    pub(super) session: CallId,
    /// What is being asked.
    pub(super) calls: Calls,
}

impl State {
    /// A program that knows nothing yet.
    #[must_use]
    pub fn new(setting: Setting, size: Size, now: Timestamp) -> Self {
        Self {
            now,
            size,
            setting,
            credentials: Fetched::default(),
            turn: None,
            recent: Recent::default(),
            organizations: Fetched::default(),
            org: None,
            raw: None,
            link: Link::Connecting,
            trouble: None,
            notice: None,
            task: None,
            many: None,
            newest: None,
            place: None,
            held: VecDeque::new(),
            notes: Vec::new(),
            rotations: Vec::new(),
            trials: Vec::new(),
            discarding: None,
            issuing: None,
            clear_clipboard_at: None,
            attention: Attention::new(now),
            paused_until: None,
            behind_until: None,
            clocks_differ: false,
            session: CallId::default(),
            calls: Calls::default(),
        }
    }

    /// The styles and symbols.
    #[must_use]
    pub fn theme(&self) -> &Theme {
        &self.setting.theme
    }

    /// The keys that hold.
    #[must_use]
    pub fn keys(&self) -> &Keymap {
        &self.setting.keys
    }

    /// The key of an action in a layer, as sentences name it.
    #[must_use]
    pub fn key(&self, layer: Layer, action: Action) -> String {
        self.keys().key(layer, action)
    }

    /// What an identity is called where it is spoken of; one that is gone by its last name.
    #[must_use]
    pub fn name_of(&self, id: &IdentityId) -> String {
        self.org.as_ref().map_or_else(|| "?".to_owned(), |org| org.name_of(id))
    }

    /// Shows a word for a moment; `done` where something has succeeded.
    pub(super) fn notify(&mut self, text: &str, done: bool) {
        let until = self.now + SignedDuration::from_secs(NOTICE_SECONDS);
        self.notice = Some(Notice { text: Clean::new(text), done, until });
    }

    /// The settings of the organization on screen, if they are known.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.org.as_ref()?.settings.value.as_ref()
    }

    /// Which credential an error is about, where it is about one.
    #[must_use]
    pub fn credential_words(&self, error: &ApiError) -> Option<String> {
        let credential =
            self.setting.credential.as_ref().filter(|_| error.fault.is_about_access())?;
        let expired = self.expired().filter(|_| error.fault == Fault::CredentialRefused);
        let expired = expired.map(|at| {
            let at = when::date_time(at, &self.setting.zone);
            format!(" Its last secret expired on {at}.")
        });
        let expired = expired.unwrap_or_default();
        Some(format!("The credential is {credential}, from {}.{expired}", self.setting.source))
    }

    /// What lies between us and Atlas, where an error may come from there.
    #[must_use]
    pub fn network_words(&self, error: &ApiError) -> Option<String> {
        let on_the_way = matches!(
            error.fault,
            Fault::Unreachable(_) | Fault::NotProven(_) | Fault::TimedOut(_) | Fault::NotAtlas(_)
        );
        let between = &self.setting.network;
        (on_the_way && !between.is_empty()).then(|| {
            format!(
                "In between: {}.",
                between.iter().map(Clean::as_str).collect::<Vec<_>>().join("; ")
            )
        })
    }

    /// Keeps what is worth knowing until it was read, once.
    pub(super) fn warn(&mut self, why: &str) {
        let (why, warnings) = (Clean::new(why), &mut self.setting.warnings);
        if !warnings.contains(&why) {
            warnings.push(why);
        }
    }

    /// What stands on the status line was read: the last error, else the first warning,
    /// where nothing that happens hides it.
    pub(super) fn dismiss(&mut self) {
        let hidden = self.notice.is_some() || self.paused_until().is_some();
        let warnings = &mut self.setting.warnings;
        if self.trouble.take().is_none() && !hidden && !warnings.is_empty() {
            warnings.remove(0);
        }
    }

    /// Until when the next of what is new in the lists is told.
    #[must_use]
    pub(super) fn news_until(&self) -> Option<Timestamp> {
        let org = self.org.as_ref()?;
        Kind::ALL.into_iter().filter_map(|kind| org.list(kind).news_until()).min()
    }

    /// What was told of the lists for its moment goes.
    pub(super) fn settle_news(&mut self) {
        let now = self.now;
        if let Some(org) = &mut self.org {
            for kind in Kind::ALL {
                org.list_mut(kind).settle_news(now);
            }
        }
    }

    /// Keeps an error until it was read.
    pub(super) fn trouble(&mut self, error: ApiError) {
        self.trouble = Some(Trouble { error, at: self.now, passed: false });
    }

    /// Atlas wants to be left alone for so long.
    pub(super) fn pause(&mut self, time: SignedDuration) {
        self.paused_until = self.paused_until.max(self.now.checked_add(time).ok());
    }

    /// Until when Atlas wants to be left alone.
    #[must_use]
    pub fn paused_until(&self) -> Option<Timestamp> {
        self.paused_until.filter(|&until| until > self.now)
    }

    /// The same, where somebody is kept waiting by that.
    #[must_use]
    pub fn kept_until(&self) -> Option<Timestamp> {
        let told = self.task.as_ref().is_some_and(Task::is_told_to_wait);
        self.paused_until().filter(|_| told || !self.calls.flying.is_empty())
    }

    /// What fills in behind is not asked for so long.
    pub(super) fn hold_back(&mut self, time: SignedDuration) {
        self.behind_until = self.now.checked_add(time).ok();
    }

    /// Until when what fills in behind has to wait, where something does.
    #[must_use]
    pub fn held_back_until(&self) -> Option<Timestamp> {
        self.behind_until.filter(|&until| until > self.now && self.calls.is_filling())
    }

    /// Takes in what time it is at Atlas. Where the two clocks differ, that is told: what
    /// "in 5 days" means is counted by ours.
    pub(super) fn compare_clocks(&mut self, there: Timestamp) {
        let ahead = self.now.duration_since(there);
        let before = std::mem::replace(&mut self.clocks_differ, ahead.abs() >= SKEW);
        if before || !self.clocks_differ {
            return;
        }
        let (by, way) =
            (when::length(ahead.abs()), if ahead.is_positive() { "ahead" } else { "behind" });
        let words = format!(
            "This computer's clock is {by} {way} of Atlas'. Everything works; only times such as \"expires in 5 days\" are wrong by that much. Set the clock."
        );
        self.setting.warnings.push(Clean::from(words));
    }

    /// It is this time now.
    pub(super) fn pass_to(&mut self, now: Timestamp) {
        let next = self.calls.next_refresh.filter(|_| !self.is_at_rest());
        if next.is_some_and(|next| now.duration_since(next.due) >= OVERSLEPT) {
            // The computer has slept meanwhile, and somebody has woken it.
            self.attention.returns(now);
        }
        self.now = now;
    }

    /// Nothing is read again by itself any more, for nobody seemed to look when the next
    /// reading was planned: the next key, or the terminal's focus, makes up for it at once.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        let next = self.calls.next_refresh.filter(|next| next.due <= self.now);
        next.is_some_and(|next| self.attention.is_over(next.at))
    }

    /// Reading takes so long that one may want to stop it.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.slow_reading().is_some() || self.kept_until().is_some()
    }

    /// What the administrator has been waiting for, and since when, once that is slow.
    #[must_use]
    pub fn slow_reading(&self) -> Option<String> {
        let since = self.waiting_since().filter(|&since| self.now >= since + SLOW)?;
        let wanted = self.calls.wanted().join(", ");
        let clock = when::clock(since, &self.setting.zone);
        (!wanted.is_empty()).then(|| format!("Waiting since {clock} for {wanted}."))
    }

    /// The administrator has stopped what was being read.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.calls.stopped
    }

    /// A change is on its way, and its answer is waited for.
    #[must_use]
    pub fn is_sending(&self) -> bool {
        self.calls.is_writing()
    }

    /// Since when the administrator waits for an answer, if it has been long
    /// enough to say so.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Timestamp> {
        self.calls.person_waits_since().filter(|&since| self.now >= since + super::calls::PATIENCE)
    }
}
