//! The settings of an organization: which there are, what they may be, and which
//! event tells of their change. Knows nothing of HTTP.

use serde::{Deserialize, Serialize};

use super::body::Form;
use super::errors::Refusal;
use super::store::Organization;

/// Longest life of a client secret in hours that Atlas allows, and the shortest
/// (contract: 8 to 8760).
pub(super) const SECRET_HOURS: std::ops::RangeInclusive<u32> = 8..=8760;

/// Settings that do not bear on programmatic access; kept so that what was
/// written is read again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are Atlas' own switches")]
pub struct Settings {
    multi_factor_required: bool,
    employee_access_restricted: bool,
    generative_ai: bool,
    streams_cross_projects: bool,
    security_contact: Option<String>,
    operations_contact: Option<String>,
    /// After how many seconds a session ends at the latest, and when it is idle.
    session_seconds: (Option<u32>, Option<u32>),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            multi_factor_required: false,
            employee_access_restricted: false,
            generative_ai: true,
            streams_cross_projects: false,
            security_contact: None,
            operations_contact: None,
            session_seconds: (None, None),
        }
    }
}

/// A setting that is on or off, and the events that tell of each.
struct Switch {
    field: &'static str,
    events: Option<[&'static str; 2]>,
    place: fn(&mut Organization) -> &mut bool,
}

const SWITCHES: &[Switch] = &[
    Switch {
        field: "apiAccessListRequired",
        events: Some([
            "ORG_PUBLIC_API_ACCESS_LIST_REQUIRED",
            "ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED",
        ]),
        place: |org| &mut org.access_list_required,
    },
    Switch {
        field: "multiFactorAuthRequired",
        events: Some(["ORG_TWO_FACTOR_AUTH_REQUIRED", "ORG_TWO_FACTOR_AUTH_OPTIONAL"]),
        place: |org| &mut org.settings.multi_factor_required,
    },
    Switch {
        field: "restrictEmployeeAccess",
        events: Some(["ORG_EMPLOYEE_ACCESS_RESTRICTED", "ORG_EMPLOYEE_ACCESS_UNRESTRICTED"]),
        place: |org| &mut org.settings.employee_access_restricted,
    },
    // Atlas' list of events has none for these two.
    Switch {
        field: "genAIFeaturesEnabled",
        events: None,
        place: |org| &mut org.settings.generative_ai,
    },
    Switch {
        field: "streamsCrossGroupEnabled",
        events: None,
        place: |org| &mut org.settings.streams_cross_projects,
    },
];

/// The change of a setting, once everything that was sent has been read; the event
/// that tells of it.
type Change = Box<dyn FnOnce(&mut Organization) -> Option<&'static str>>;

/// A change that puts a new value into its place and tells of it if it differs.
fn put<T: PartialEq + 'static>(
    value: T,
    event: impl Into<Option<&'static str>>,
    place: fn(&mut Organization) -> &mut T,
) -> Change {
    let event = event.into();
    Box::new(move |org| {
        let place = place(org);
        let changed = *place != value;
        *place = value;
        event.filter(|_| changed)
    })
}

/// Changes what was sent and leaves the rest; the events that tell of it. Nothing
/// is changed where anything is wrong.
pub(super) fn change(org: &mut Organization, mut form: Form) -> Result<Vec<&'static str>, Refusal> {
    let mut changes: Vec<Change> = Vec::new();
    for switch in SWITCHES {
        if let Some(value) = form.flag(switch.field)? {
            let event = switch.events.map(|[on, off]| if value { on } else { off });
            changes.push(put(value, event, switch.place));
        }
    }
    if let Some(hours) = form.number("maxServiceAccountSecretValidityInHours", SECRET_HOURS)? {
        let event = "ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED";
        changes.push(put(Some(hours), event, |org| &mut org.longest_secret_hours));
    }
    // An empty security contact clears it; an operations contact is cleared by
    // null, and may not be empty (contract).
    if let Some(contact) = form.any_text("securityContact")? {
        let contact = Some(contact).filter(|contact| !contact.is_empty());
        let event = "SECURITY_CONTACT_MODIFIED";
        changes.push(put(contact, event, |org| &mut org.settings.security_contact));
    }
    let event = "OPERATIONS_CONTACT_MODIFIED";
    match form.any_text("operationsContact")? {
        Some(contact) if contact.is_empty() => {
            form.complain("operationsContact", "must not be empty; null clears it");
        }
        Some(contact) => {
            changes.push(put(Some(contact), event, |org| &mut org.settings.operations_contact));
        }
        None if form.is_null("operationsContact") => {
            changes.push(put(None, event, |org| &mut org.settings.operations_contact));
        }
        None => {}
    }
    timeouts(org, &mut form, &mut changes)?;
    form.finish()?;
    Ok(changes.into_iter().filter_map(|change| change(org)).collect())
}

/// Reads the session's time-outs: null unsets both, or one of them; the idle one
/// is not longer than the absolute one (contract).
fn timeouts(org: &Organization, form: &mut Form, changes: &mut Vec<Change>) -> Result<(), Refusal> {
    const FIELD: &str = "customSessionTimeouts";
    const ABSOLUTE: &str = "absoluteSessionTimeoutInSeconds";
    const IDLE: &str = "idleSessionTimeoutInSeconds";
    let mut given = match form.object(FIELD)? {
        Some(given) => given,
        None if form.is_null(FIELD) => Form::nulls([ABSOLUTE, IDLE]),
        None => return Ok(()),
    };
    let mut after = <[_; 2]>::from(org.settings.session_seconds);
    for (place, field, bounds) in [(0, ABSOLUTE, 3_600..=43_200), (1, IDLE, 300..=43_200)] {
        if let Some(seconds) = given.number(field, bounds)? {
            after[place] = Some(seconds);
        } else if given.is_null(field) {
            after[place] = None;
        }
    }
    let [absolute, idle] = after;
    if let (Some(absolute), Some(idle)) = (absolute, idle)
        && idle > absolute
    {
        given.complain(IDLE, format!("must not be longer than {absolute}"));
    }
    given.finish()?;
    let event = "CUSTOM_SESSION_TIMEOUT_MODIFIED";
    changes.push(put((absolute, idle), event, |org| &mut org.settings.session_seconds));
    Ok(())
}

/// The settings as Atlas answers them.
pub(super) fn written(org: &Organization) -> serde_json::Value {
    let kept = &org.settings;
    let mut settings = serde_json::json!({
        "apiAccessListRequired": org.access_list_required,
        "genAIFeaturesEnabled": kept.generative_ai,
        "multiFactorAuthRequired": kept.multi_factor_required,
        "restrictEmployeeAccess": kept.employee_access_restricted,
        "streamsCrossGroupEnabled": kept.streams_cross_projects,
    });
    let mut timeouts = serde_json::Map::new();
    for (name, seconds) in [
        ("absoluteSessionTimeoutInSeconds", kept.session_seconds.0),
        ("idleSessionTimeoutInSeconds", kept.session_seconds.1),
    ] {
        timeouts.extend(seconds.map(|seconds| (name.to_owned(), seconds.into())));
    }
    let optional = [
        (
            "maxServiceAccountSecretValidityInHours",
            org.longest_secret_hours.map(serde_json::Value::from),
        ),
        ("securityContact", kept.security_contact.clone().map(Into::into)),
        ("operationsContact", kept.operations_contact.clone().map(Into::into)),
        ("customSessionTimeouts", (!timeouts.is_empty()).then(|| timeouts.into())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            settings[name] = value;
        }
    }
    settings
}
