//! Which roles allow what. Knows nothing of HTTP or of where roles are kept.

/// What a call needs, in the contract's levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Any credential.
    Credential,
    /// Organization Member.
    Member,
    /// Organization Read Only.
    Reader,
    /// Project Read Only.
    ProjectReader,
}

/// Organization roles that include Organization Read Only.
const READERS: &[&str] = &["ORG_OWNER", "ORG_STREAM_PROCESSING_ADMIN", "ORG_READ_ONLY"];

/// Whether one of `roles` lets its bearer read the whole organization.
pub(super) fn reads_organization(roles: &[String]) -> bool {
    roles.iter().any(|role| READERS.contains(&role.as_str()))
}

impl Needs {
    /// Whether these roles in the organization and in the project are enough.
    /// Every organization role includes Organization Member, and every project
    /// role includes Project Read Only.
    pub(super) fn met_by(self, organization: &[String], project: &[String]) -> bool {
        let has = |roles: &[String], level: &str| roles.iter().any(|role| role.starts_with(level));
        match self {
            Self::Credential => true,
            Self::Member => has(organization, "ORG_"),
            Self::Reader => reads_organization(organization),
            Self::ProjectReader => reads_organization(organization) || has(project, "GROUP_"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_allow_what_they_include() {
        let table: &[(&str, &[Needs])] = &[
            ("ORG_OWNER", &[Needs::Member, Needs::Reader, Needs::ProjectReader]),
            ("ORG_STREAM_PROCESSING_ADMIN", &[Needs::Member, Needs::Reader, Needs::ProjectReader]),
            ("ORG_READ_ONLY", &[Needs::Member, Needs::Reader, Needs::ProjectReader]),
            ("ORG_GROUP_CREATOR", &[Needs::Member]),
            ("ORG_BILLING_ADMIN", &[Needs::Member]),
            ("ORG_MEMBER", &[Needs::Member]),
            ("GROUP_OWNER", &[]),
        ];
        for (role, allowed) in table {
            for needs in [Needs::Member, Needs::Reader, Needs::ProjectReader] {
                let met = needs.met_by(&[(*role).to_owned()], &[]);
                assert_eq!(met, allowed.contains(&needs), "{role} {needs:?}");
            }
        }
        assert!(Needs::Credential.met_by(&[], &[]));
        assert!(Needs::ProjectReader.met_by(&[], &["GROUP_BACKUP_MANAGER".into()]));
    }
}
