//! Which roles allow what. Knows nothing of HTTP or of where roles are kept.

use super::roles::OWNER;

/// What a call needs, in the contract's levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Any credential.
    Credential,
    /// Organization Member.
    Member,
    /// Organization Read Only.
    Reader,
    /// Organization Owner.
    Owner,
    /// Organization Owner, or the API key that the path names. The contract states
    /// no role for a key's access list; every other change needs the owner.
    OwnerOrSelf,
    /// Project Read Only.
    ProjectReader,
    /// Project Access Manager.
    ProjectManager,
    /// Project Owner.
    ProjectOwner,
}

/// Organization roles that include Organization Read Only.
const READERS: &[&str] = &[OWNER, "ORG_STREAM_PROCESSING_ADMIN", "ORG_READ_ONLY"];

fn has_one(roles: &[String], wanted: &[&str]) -> bool {
    roles.iter().any(|role| wanted.contains(&role.as_str()))
}

/// Whether one of `roles` lets its bearer read the whole organization.
pub(super) fn reads_organization(roles: &[String]) -> bool {
    has_one(roles, READERS)
}

/// Whether one of `roles` is the organization's owner.
pub(super) fn owns_organization(roles: &[String]) -> bool {
    has_one(roles, &[OWNER])
}

impl Needs {
    /// Whether these roles in the organization and in the project are enough.
    /// Every organization role includes Organization Member, every project role
    /// includes Project Read Only, and the organization's owner owns its projects.
    pub(super) fn met_by(self, organization: &[String], project: &[String]) -> bool {
        let has = |roles: &[String], level: &str| roles.iter().any(|role| role.starts_with(level));
        let owns = owns_organization(organization);
        match self {
            Self::Credential => true,
            Self::Member => has(organization, "ORG_"),
            Self::Reader => reads_organization(organization),
            Self::Owner | Self::OwnerOrSelf => owns,
            Self::ProjectReader => reads_organization(organization) || has(project, "GROUP_"),
            Self::ProjectManager => {
                owns || has_one(project, &["GROUP_OWNER", "GROUP_ACCESS_MANAGER"])
            }
            Self::ProjectOwner => owns || has_one(project, &["GROUP_OWNER"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Needs] = &[
        Needs::Member,
        Needs::Reader,
        Needs::Owner,
        Needs::OwnerOrSelf,
        Needs::ProjectReader,
        Needs::ProjectManager,
        Needs::ProjectOwner,
    ];

    #[test]
    fn roles_allow_what_they_include() {
        use Needs::{Member, ProjectManager, ProjectOwner, ProjectReader, Reader};
        let table: &[(&str, &[Needs])] = &[
            ("ORG_OWNER", ALL),
            ("ORG_STREAM_PROCESSING_ADMIN", &[Member, Reader, ProjectReader]),
            ("ORG_READ_ONLY", &[Member, Reader, ProjectReader]),
            ("ORG_GROUP_CREATOR", &[Member]),
            ("ORG_BILLING_ADMIN", &[Member]),
            ("ORG_BILLING_READ_ONLY", &[Member]),
            ("ORG_MEMBER", &[Member]),
            ("GROUP_OWNER", &[ProjectReader, ProjectManager, ProjectOwner]),
            ("GROUP_ACCESS_MANAGER", &[ProjectReader, ProjectManager]),
            ("GROUP_BACKUP_MANAGER", &[ProjectReader]),
            ("GROUP_READ_ONLY", &[ProjectReader]),
        ];
        for (role, allowed) in table {
            let roles = [(*role).to_owned()];
            let (org, project): (&[_], &[_]) =
                if role.starts_with("ORG_") { (&roles, &[]) } else { (&[], &roles) };
            for needs in ALL {
                let met = needs.met_by(org, project);
                assert_eq!(met, allowed.contains(needs), "{role} {needs:?}");
            }
        }
        assert!(Needs::Credential.met_by(&[], &[]));
    }
}
