//! What can go wrong between gatehouse and Atlas, in the administrator's words.

use std::fmt;

use super::{Clean, Read, Role};

/// What kind of trouble it was; each kind has one sentence and one next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No connection: name not found, refused, reset.
    Unreachable(Clean),
    /// Whoever answers cannot prove to be the host, for this reason: nothing was sent.
    NotProven(Clean),
    /// No whole answer in time, in seconds.
    TimedOut(u64),
    /// The credential is wrong, expired or revoked.
    CredentialRefused,
    /// The account has too many live access tokens (Atlas allows 100).
    TokenLimit,
    /// The address that we call from is not on the credential's access list.
    AddressNotListed(Option<Clean>),
    /// The organization requires access lists and the credential has none.
    AccessListRequired,
    /// The credential's roles do not allow this.
    RoleMissing,
    /// The organization does not exist or is not visible to the credential.
    NoSuchOrganization,
    /// The thing asked for is not there (any more).
    NotFound,
    /// Too many calls; seconds to wait where Atlas said so.
    RateLimited(Option<u64>),
    /// The organization is suspended (unpaid).
    Suspended,
    /// Atlas refused for another reason.
    Refused,
    /// Atlas has a problem of its own.
    ServerTrouble,
    /// The answer did not come from Atlas' API: HTML, a redirect, another shape.
    NotAtlas(Clean),
    /// The answer was JSON that could not be read, or too large.
    Unreadable(Clean),
    /// What was about to be asked for could not be written down first, for this reason:
    /// so it was not asked for.
    NotNoted(Clean),
}

/// Atlas' error codes that mean something special to gatehouse. Codes are matched
/// in both their present spelling and the documentation's older `WHITELIST` one.
const CODES: &[(&str, Fault)] = &[
    ("IP_ADDRESS_NOT_ON_ACCESS_LIST", Fault::AddressNotListed(None)),
    ("API_KEY_ACCESS_LIST_ACCESS_DENIED", Fault::AddressNotListed(None)),
    ("ORG_REQUIRES_ACCESS_LIST", Fault::AccessListRequired),
    ("RESOURCE_REQUIRES_ACCESS_LIST", Fault::AccessListRequired),
    ("USER_UNAUTHORIZED", Fault::RoleMissing),
    ("NOT_ORG_OWNER", Fault::RoleMissing),
    ("NOT_API_KEY_ADMIN", Fault::RoleMissing),
    ("ACCESS_FORBIDDEN", Fault::RoleMissing),
    ("USER_CANNOT_ACCESS_GROUP", Fault::RoleMissing),
    ("USER_CANNOT_ACCESS_ORG", Fault::NoSuchOrganization),
    ("ORG_NOT_FOUND", Fault::NoSuchOrganization),
    ("INVALID_ORG_ID", Fault::NoSuchOrganization),
    // Atlas sends this one with status 400.
    ("API_KEY_NOT_FOUND", Fault::NotFound),
    ("ACCOUNT_SUSPENDED", Fault::Suspended),
];

impl Fault {
    /// The fault that an answer with this status, Atlas code and first parameter
    /// stands for.
    #[must_use]
    pub fn of(status: u16, code: &str, parameter: Option<&str>) -> Self {
        let code = code.replace("WHITELIST", "ACCESS_LIST");
        let known = CODES.iter().find(|(name, _)| *name == code).map(|(_, fault)| fault.clone());
        match (known, status) {
            (Some(Self::AddressNotListed(_)), _) => {
                Self::AddressNotListed(parameter.map(Clean::new))
            }
            (Some(fault), _) => fault,
            (None, 401) => Self::CredentialRefused,
            (None, 402) => Self::Suspended,
            (None, 403) => Self::RoleMissing,
            (None, 404) => Self::NotFound,
            (None, 429) => Self::RateLimited(None),
            (None, 408 | 500..) => Self::ServerTrouble,
            (None, _) => Self::Refused,
        }
    }

    /// It is about who asks, or from where.
    #[must_use]
    pub fn is_about_access(&self) -> bool {
        matches!(
            self,
            Self::CredentialRefused
                | Self::TokenLimit
                | Self::AddressNotListed(_)
                | Self::AccessListRequired
                | Self::RoleMissing
                | Self::NoSuchOrganization
        )
    }

    /// It may go well if it is asked again at once: the connection broke, or the server
    /// stumbled. What has taken its whole time, and what says that it is another server,
    /// is not asked again by itself.
    #[must_use]
    pub fn is_momentary(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::ServerTrouble | Self::Unreadable(_))
    }

    /// The network or the server may recover by itself, so that asking again
    /// makes sense.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::TimedOut(_)
                | Self::RateLimited(_)
                | Self::ServerTrouble
                | Self::NotAtlas(_)
                | Self::Unreadable(_)
        )
    }
}

/// What a call was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Signing in.
    SigningIn,
    /// Reading this, as [`Read::subject`] says it.
    Read(&'static str),
    /// Changing something, as [`super::Write::deed`] says it.
    Change(&'static str),
}

/// A call that failed: what happened, what it means, what to do, and Atlas' own
/// code and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What kind of trouble.
    pub fault: Fault,
    /// The host that was asked.
    pub host: Clean,
    /// What it was about.
    pub about: About,
    /// The role that asking needs, by its label.
    pub needs: Option<&'static str>,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Atlas' error code.
    pub code: Option<Clean>,
    /// Atlas' own sentence.
    pub detail: Option<Clean>,
}

impl ApiError {
    /// An error without an answer from Atlas.
    #[must_use]
    pub fn new(fault: Fault, host: &str) -> Self {
        Self {
            fault,
            host: Clean::new(host),
            about: About::SigningIn,
            needs: None,
            status: None,
            code: None,
            detail: None,
        }
    }

    /// The same error, saying what was asked for.
    #[must_use]
    pub fn about(mut self, read: &Read) -> Self {
        self.about = About::Read(read.subject());
        self.needs = read.needs().and_then(|role| role.known().map(|known| known.label));
        self
    }

    /// The same error, saying what was to be changed.
    #[must_use]
    pub fn about_change(mut self, deed: &'static str, needs: &Role) -> Self {
        self.about = About::Change(deed);
        self.needs = needs.known().map(|known| known.label);
        self
    }

    /// What happened, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let host = &self.host;
        match &self.fault {
            Fault::Unreachable(why) => format!("Could not reach {host}: {why}."),
            Fault::NotProven(why) => format!("Whoever answers as {host} cannot prove it: {why}."),
            Fault::TimedOut(seconds) => {
                format!("{host} did not answer within {seconds} s.")
            }
            Fault::CredentialRefused => "Atlas does not accept this credential.".into(),
            Fault::TokenLimit => "Atlas gives this service account no further access token.".into(),
            Fault::AddressNotListed(Some(ip)) => {
                format!("Your address {ip} is not on this credential's access list.")
            }
            Fault::AddressNotListed(None) => {
                "Your address is not on this credential's access list.".into()
            }
            Fault::AccessListRequired => {
                "This organization lets no credential in that has an empty access list.".into()
            }
            Fault::RoleMissing => match self.about {
                About::Change(deed) => format!("This credential may not {deed}."),
                About::Read(subject) => format!("This credential may not read {subject}."),
                About::SigningIn => "This credential's roles do not allow this.".into(),
            },
            Fault::NoSuchOrganization if self.status.is_none() => {
                "This is not the id of an organization.".into()
            }
            Fault::NoSuchOrganization => {
                "This organization does not exist, or the credential does not see it.".into()
            }
            Fault::NotFound => match self.about {
                About::Read(subject) => format!("Atlas does not find {subject}."),
                About::Change(_) | About::SigningIn => "Atlas does not find this.".into(),
            },
            Fault::RateLimited(Some(seconds)) => {
                format!("Atlas asks to wait {seconds} s: too many calls in a short time.")
            }
            Fault::RateLimited(None) => {
                "Atlas asks to wait: too many calls in a short time.".into()
            }
            Fault::Suspended => "Atlas has suspended this organization.".into(),
            Fault::Refused => match self.about {
                About::Change(deed) => format!("Atlas refused to {deed}."),
                About::Read(_) | About::SigningIn => "Atlas refused the call.".into(),
            },
            Fault::ServerTrouble => match self.status {
                Some(status) => format!("{host} has a problem of its own (HTTP {status})."),
                None => format!("{host} has a problem of its own."),
            },
            Fault::NotAtlas(what) => format!("{host} answered, but not as Atlas does: {what}."),
            Fault::Unreadable(why) => format!("The answer of {host} cannot be read: {why}."),
            Fault::NotNoted(why) => {
                format!("Nothing was asked for: it could not be written down first. {why}")
            }
        }
    }

    /// What it means and what to do next.
    #[must_use]
    pub fn advice(&self) -> String {
        match &self.fault {
            Fault::Unreachable(_) | Fault::TimedOut(_) => {
                "Check the network, the VPN, the proxy and the base URL. gatehouse tries again by itself."
            }
            Fault::NotProven(_) => {
                "Nothing was sent. A proxy that looks into connections, a login page or an attack can be the reason. Where a proxy of your own is meant to be in between, name the file of its authority's certificate in gatehouse's config.toml: authorities = [\"/path/to/ca.pem\"]. There is no switch to go on without proof."
            }
            Fault::CredentialRefused => {
                "It may be mistyped, expired or revoked. Check the client ID and secret (or the public and private key) where gatehouse found them; an Organization Owner can make a new secret."
            }
            Fault::TokenLimit => {
                "A service account may hold 100 tokens at once, each for an hour. Find what asks for tokens without revoking them, or wait an hour."
            }
            Fault::AddressNotListed(_) => {
                "Ask an Organization Owner to add it to the access list, or call from an address that is on it."
            }
            Fault::AccessListRequired => {
                "Ask an Organization Owner to add your address to this credential's access list."
            }
            Fault::RoleMissing => {
                return match self.needs {
                    Some(role) => format!(
                        "It needs {role} or a stronger role. An Organization Owner can grant it to this credential."
                    ),
                    None => "An Organization Owner can grant the role to this credential.".into(),
                };
            }
            Fault::NoSuchOrganization => {
                "Check the organization's id (--org, MONGODB_ATLAS_ORG_ID, org_id in the profile, organization in gatehouse's config.toml): 24 hexadecimal digits. Leave it out to choose from those that the credential sees."
            }
            Fault::NotFound => "Somebody may have removed it meanwhile: refresh to see what is there.",
            Fault::RateLimited(_) => "gatehouse waits and goes on by itself.",
            Fault::Suspended => "Its billing must be settled on Atlas' web page first.",
            Fault::Refused => "Atlas' reason is below.",
            Fault::ServerTrouble => "gatehouse tries again by itself. MongoDB's status page tells more.",
            Fault::NotAtlas(_) => {
                "A login page or a proxy may sit in between, or the base URL names another server."
            }
            Fault::NotNoted(_) => {
                "A secret whose answer is lost can only be found by its note. Mend what is said above, then try again."
            }
            Fault::Unreadable(_) => "gatehouse tries again by itself. If it stays, the server is not Atlas, or newer than gatehouse.",
        }
        .into()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        match &self.code {
            Some(code) => write!(f, " [{code}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atlas_codes_are_told_apart_in_both_spellings() {
        let ip = Some("203.0.113.7");
        let listed = Fault::AddressNotListed(Some(Clean::new("203.0.113.7")));
        let table = [
            (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", ip, listed.clone()),
            (403, "IP_ADDRESS_NOT_ON_WHITELIST", ip, listed),
            (403, "ORG_REQUIRES_ACCESS_LIST", ip, Fault::AccessListRequired),
            (401, "USER_UNAUTHORIZED", None, Fault::RoleMissing),
            (401, "UNEXPECTED_ERROR", None, Fault::CredentialRefused),
            (404, "ORG_NOT_FOUND", None, Fault::NoSuchOrganization),
            (404, "RESOURCE_NOT_FOUND", None, Fault::NotFound),
            (503, "", None, Fault::ServerTrouble),
            (408, "", None, Fault::ServerTrouble),
            (418, "", None, Fault::Refused),
        ];
        for (status, code, parameter, fault) in table {
            assert_eq!(Fault::of(status, code, parameter), fault, "{status} {code}");
        }
    }
}
