//! Trouble on demand: the next calls of an operation fail in a chosen way. Knows
//! nothing of what the calls are.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::errors::{RATE_LIMITED, RATE_LIMITED_BUCKET, atlas_error, oauth_error};
use super::http::Answer;
use super::routes;

/// A way in which a call can fail. What is applied is applied before the failure
/// is seen: the client cannot know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// Applied and answered, but late.
    Delay {
        /// So many milliseconds.
        ms: u64,
    },
    /// Not applied; Atlas' error body instead.
    Status {
        /// The status, 200 to 599.
        status: u16,
        /// Atlas' code.
        #[serde(default = "unexpected")]
        code: String,
    },
    /// Applied, but answered with Atlas' error body.
    StatusAfter {
        /// The status, 200 to 599.
        status: u16,
        /// Atlas' code.
        #[serde(default = "unexpected")]
        code: String,
    },
    /// Not applied; too many calls.
    RateLimited {
        /// The seconds to wait in `Retry-After`; absent: without that header.
        #[serde(default)]
        seconds: Option<u32>,
    },
    /// Not applied; a page for people with status 503, as a proxy sends it.
    Html,
    /// Not applied; this body with status 200.
    Body {
        /// The body.
        text: String,
        /// Its content type.
        kind: String,
    },
    /// Not applied; the connection ends without an answer.
    Drop,
    /// Applied; the connection ends without an answer.
    DropAnswer,
    /// Applied; the connection ends after so many bytes of the answer, its head
    /// included.
    Cut {
        /// So many bytes.
        bytes: u64,
    },
    /// Applied and answered, but the body comes in drips.
    Drip {
        /// Bytes of a drip, at least 1.
        bytes: usize,
        /// Milliseconds before each.
        ms: u64,
    },
    /// Applied and answered, with hostile text in every field of text.
    Hostile,
}

fn unexpected() -> String {
    "UNEXPECTED_ERROR".to_owned()
}

/// Which calls fail, how often, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Atlas' name of the operation; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What the path and query begin with; absent: anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// For so many calls.
    #[serde(default = "once")]
    pub times: usize,
    /// How they fail.
    pub does: Fault,
}

fn once() -> usize {
    1
}

/// A file of faults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    fault: Vec<Plan>,
}

impl Plan {
    /// Reads a file of faults (TOML, a table `[[fault]]` for each); the error says
    /// what is wrong and where.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let Written { fault } = toml::from_str(text).map_err(|error| error.to_string())?;
        for (index, plan) in fault.iter().enumerate() {
            plan.check().map_err(|what| format!("fault {}: {what}", index + 1))?;
        }
        Ok(fault)
    }

    /// Whether it can be carried out; the error says why not.
    pub fn check(&self) -> Result<(), String> {
        let known = routes::operations();
        if let Some(operation) = &self.operation
            && !known.iter().any(|(id, ..)| id == operation)
        {
            return Err(format!("there is no operation {operation}"));
        }
        match self.does {
            Fault::Status { status, .. } | Fault::StatusAfter { status, .. }
                if !(200..=599).contains(&status) =>
            {
                Err(format!("{status} is no status from 200 to 599"))
            }
            Fault::Drip { bytes: 0, .. } => Err("a drip has at least one byte".to_owned()),
            _ => Ok(()),
        }
    }

    fn strikes(&self, operation: Option<&str>, target: &str) -> bool {
        let operation_suits = self.operation.is_none() || self.operation.as_deref() == operation;
        operation_suits && self.path.as_ref().is_none_or(|path| target.starts_with(path))
    }
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    plans: VecDeque<Plan>,
    /// How many answers were spoilt so far, by operation.
    spoilt: HashMap<String, usize>,
}

impl Faults {
    pub(super) fn plan(&mut self, plan: Plan) {
        self.plans.push_back(plan);
    }

    /// How many calls are still to fail.
    pub(super) fn left(&self) -> usize {
        self.plans.iter().map(|plan| plan.times).sum()
    }

    /// What is still to come, in its order.
    pub(super) fn plans(&self) -> Vec<&Plan> {
        self.plans.iter().filter(|plan| plan.times > 0).collect()
    }

    pub(super) fn clear(&mut self) {
        self.plans.clear();
    }

    /// The fault for a call, if one is planned: the earliest plan first.
    pub(super) fn take(&mut self, operation: Option<&str>, target: &str) -> Option<Fault> {
        self.plans.retain(|plan| plan.times > 0);
        let plan = self.plans.iter_mut().find(|plan| plan.strikes(operation, target))?;
        plan.times -= 1;
        Some(plan.does.clone())
    }

    /// Which answer of this operation the next one is to be spoilt, from 0.
    pub(super) fn turn(&mut self, operation: Option<&str>) -> usize {
        let spoilt = self.spoilt.entry(operation.unwrap_or_default().to_owned()).or_default();
        *spoilt += 1;
        *spoilt - 1
    }
}

const WHY: &str = "A fault that was asked for.";

fn is_oauth(target: &str) -> bool {
    target.starts_with("/api/oauth/")
}

/// An error in the form of those that this path answers.
fn refused(status: u16, code: &str, target: &str) -> Answer {
    if !is_oauth(target) {
        return atlas_error(status, code, WHY);
    }
    let error = if status >= 500 { "server_error".to_owned() } else { code.to_lowercase() };
    oauth_error(status, &error, WHY)
}

impl Fault {
    /// The answer that comes instead of the call being applied, where one does.
    pub(super) fn instead(&self, target: &str) -> Option<Answer> {
        match self {
            Self::Status { status, code } => Some(refused(*status, code, target)),
            Self::Html => {
                let page = "<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>";
                Some(Answer::new(503, "text/html", page.to_owned()))
            }
            Self::Body { text, kind } => Some(Answer::new(200, kind, text.clone())),
            Self::RateLimited { seconds } => {
                let told = seconds.unwrap_or(60);
                let path = target.split('?').next().unwrap_or_default();
                let answer = if is_oauth(target) {
                    RATE_LIMITED.about([path.into(), 50.into(), 1.into()]).answer()
                } else {
                    let path = path.trim_start_matches('/');
                    let figures = [path.into(), told.into(), 10.into(), 5.into(), 60.into()];
                    RATE_LIMITED_BUCKET.about(figures).answer()
                };
                Some(match seconds {
                    Some(seconds) => answer.with("Retry-After", seconds.to_string()),
                    None => answer,
                })
            }
            _ => None,
        }
    }

    /// What becomes of the answer of a call that was applied.
    /// `turn`: see [`Faults::turn`].
    pub(super) fn spoil(&self, answer: Answer, target: &str, turn: usize) -> Answer {
        match self {
            Self::StatusAfter { status, code } => refused(*status, code, target),
            Self::Hostile => super::hostile::spoil(answer, turn),
            _ => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(operation: Option<&str>, path: Option<&str>, times: usize, does: Fault) -> Plan {
        let [operation, path] = [operation, path].map(|text| text.map(str::to_owned));
        Plan { operation, path, times, does }
    }

    #[test]
    fn a_fault_strikes_as_often_as_planned_and_where() {
        let mut faults = Faults::default();
        faults.plan(plan(None, Some("/a"), 2, Fault::Drop));
        faults.plan(plan(None, None, 1, Fault::Html));
        let struck: Vec<_> =
            ["/a/1", "/a/2", "/a/3", "/a/4", "/b"].map(|target| faults.take(None, target)).into();
        let (drop, html) = (Some(Fault::Drop), Some(Fault::Html));
        assert_eq!(struck, [drop.clone(), drop, html, None, None]);
        faults.plan(plan(Some("listOrgs"), None, 1, Fault::Drop));
        assert_eq!((faults.left(), faults.plans().len()), (1, 1));
        assert_eq!(faults.take(Some("getOrg"), "/"), None);
        assert_eq!(faults.take(Some("listOrgs"), "/"), Some(Fault::Drop));
    }

    #[test]
    fn every_kind_of_fault_is_read_from_a_file() {
        let kinds = [
            ("{ delay = { ms = 500 } }", Fault::Delay { ms: 500 }),
            ("{ status = { status = 503 } }", Fault::Status { status: 503, code: unexpected() }),
            (
                "{ status-after = { status = 500, code = 'X' } }",
                Fault::StatusAfter { status: 500, code: "X".to_owned() },
            ),
            ("{ rate-limited = { seconds = 7 } }", Fault::RateLimited { seconds: Some(7) }),
            ("{ rate-limited = {} }", Fault::RateLimited { seconds: None }),
            ("'html'", Fault::Html),
            (
                "{ body = { text = '[', kind = 'application/json' } }",
                Fault::Body { text: "[".to_owned(), kind: "application/json".to_owned() },
            ),
            ("'drop'", Fault::Drop),
            ("'drop-answer'", Fault::DropAnswer),
            ("{ cut = { bytes = 100 } }", Fault::Cut { bytes: 100 }),
            ("{ drip = { bytes = 1, ms = 20 } }", Fault::Drip { bytes: 1, ms: 20 }),
            ("'hostile'", Fault::Hostile),
        ];
        for (text, fault) in kinds {
            let file = format!("[[fault]]\noperation = 'listOrgs'\ntimes = 3\ndoes = {text}\n");
            let read = Plan::read(&file).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read, [plan(Some("listOrgs"), None, 3, fault)], "{text}");
        }
        let read = Plan::read("[[fault]]\ndoes = 'drop'\npath = '/api'").expect("a fault");
        assert_eq!(read, [plan(None, Some("/api"), 1, Fault::Drop)]);
        for none in ["", "\n", "# None yet.\n"] {
            assert_eq!(Plan::read(none), Ok(Vec::new()), "{none:?}");
        }
    }

    #[test]
    fn what_a_file_has_wrong_is_said() {
        for (file, what) in [
            ("[[fault]]\ntimes = 1", "missing field `does`"),
            ("[[fault]]\ndoes = 'explode'", "unknown variant `explode`"),
            ("[[fault]]\ndoes = 'drop'\ntime = 1", "unknown field `time`"),
            ("[[fault]]\ndoes = 'drop'\ntimes = -1", "invalid value"),
            ("[[fault]]\ndoes = { delay = { s = 1 } }", "ms"),
            ("[[fault]]\noperation = 'x'\ndoes = 'drop'", "fault 1: there is no operation x"),
            ("[[fault]]\ndoes = { status = { status = 99 } }", "99 is no status"),
            ("[[fault]]\ndoes = { drip = { bytes = 0, ms = 1 } }", "at least one byte"),
            ("[[fault", "TOML parse error at line 1"),
        ] {
            let error = Plan::read(file).expect_err(file);
            assert!(error.contains(what), "{file:?}: {error}");
        }
    }
}
