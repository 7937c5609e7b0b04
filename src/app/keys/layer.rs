//! The places that can have the keyboard.

/// What has the keyboard; each screen names its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The two lists.
    List,
    /// The filter's text field.
    Filter,
    /// The details of one identity.
    Details,
    /// The choice of an organization.
    Organizations,
    /// The choice of a credential.
    Credentials,
    /// The help.
    Help,
    /// An error, whole.
    Problem,
    /// The first screen, where no credential was found.
    Welcome,
    /// A change, told before it is made.
    Confirm,
    /// The text that agrees to one that nothing brings back.
    Sentence,
    /// A form of text fields.
    Form,
    /// A list of roles to tick.
    Roles,
    /// The editor of an access list.
    AccessList,
    /// The projects of an identity.
    Projects,
    /// The organization's settings.
    Settings,
    /// How long a new secret lives, or which one makes room for it.
    Secret,
    /// Where a new secret goes.
    Sink,
    /// A secret that is shown once.
    Made,
    /// What was left open.
    Unfinished,
    /// A rotation.
    Rotation,
    /// What Atlas sent, as it came.
    Raw,
    /// Everything that can be done, by name.
    Palette,
    /// What happened in the organization.
    Activity,
    /// The same as it is done by hand.
    Twin,
}

impl Layer {
    /// Every layer.
    pub const ALL: [Self; 24] = [
        Self::List,
        Self::Filter,
        Self::Details,
        Self::Organizations,
        Self::Credentials,
        Self::Help,
        Self::Problem,
        Self::Welcome,
        Self::Confirm,
        Self::Sentence,
        Self::Form,
        Self::Roles,
        Self::AccessList,
        Self::Projects,
        Self::Settings,
        Self::Secret,
        Self::Sink,
        Self::Made,
        Self::Unfinished,
        Self::Rotation,
        Self::Raw,
        Self::Palette,
        Self::Activity,
        Self::Twin,
    ];

    /// Every printable key is text here.
    #[must_use]
    pub fn types_text(self) -> bool {
        matches!(self, Self::Filter | Self::Sentence | Self::Form | Self::Palette)
    }
}

impl Layer {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "the lists",
            Self::Filter => "the filter",
            Self::Details => "the details",
            Self::Organizations => "the organizations",
            Self::Credentials => "the credentials",
            Self::Help => "the help",
            Self::Problem => "a problem",
            Self::Welcome => "the first screen",
            Self::Confirm => "a change before it is made",
            Self::Sentence => "the text that confirms",
            Self::Form => "text fields",
            Self::Roles => "the roles",
            Self::AccessList => "the access list",
            Self::Projects => "the projects",
            Self::Settings => "the settings",
            Self::Secret => "the life of a new secret",
            Self::Sink => "the place for a new secret",
            Self::Made => "a secret that is shown once",
            Self::Unfinished => "what was left open",
            Self::Rotation => "a rotation",
            Self::Raw => "what Atlas sent",
            Self::Palette => "the commands",
            Self::Activity => "the activity",
            Self::Twin => "the same by hand",
        }
    }

    /// A change is put together or agreed to here before it is sent.
    #[must_use]
    pub fn edits(self) -> bool {
        use Layer::{AccessList, Confirm, Form, Roles, Secret, Sentence, Settings, Sink};
        matches!(self, Confirm | Sentence | Roles | AccessList | Settings | Form | Secret | Sink)
    }

    /// Pasted text means something here.
    #[must_use]
    pub fn takes_paste(self) -> bool {
        self.types_text() || self == Self::AccessList
    }
}
