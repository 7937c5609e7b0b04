//! What a key can mean.

use strum::{IntoStaticStr, VariantArray};

/// What a key can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// Half a page up.
    HalfPageUp,
    /// Half a page down.
    HalfPageDown,
    /// The tab to the right, around.
    NextTab,
    /// The tab to the left, around.
    PreviousTab,
    /// The tab of service accounts.
    ServiceAccounts,
    /// The tab of API keys.
    ApiKeys,
    /// Open or choose what is under the cursor.
    Open,
    /// One step back.
    Back,
    /// One step back where something is open, else out of the program.
    Quit,
    /// Ctrl-c: back, and out when it is pressed twice.
    Interrupt,
    /// Narrow the list.
    Filter,
    /// Order by the next column.
    Order,
    /// Turn the order round.
    Reverse,
    /// Ask Atlas again.
    Refresh,
    /// Copy the id or value under the cursor.
    Copy,
    /// Show what Atlas sent, as it came.
    Raw,
    /// See what happened to it, and what it did.
    Activity,
    /// See everything that happened.
    AllActivity,
    /// Show the same as it is done by hand.
    Twin,
    /// Open its page in the browser.
    Browse,
    /// Copy the address of its page.
    CopyLink,
    /// Show the last error whole.
    Problem,
    /// Choose another organization.
    Organizations,
    /// Choose another credential of this machine.
    Credentials,
    /// Show the keys.
    Help,
    /// Find what can be done by its name.
    Palette,
    /// Start the demo.
    Demo,
    /// Agree to what was told.
    Agree,
    /// Send what was typed or chosen.
    Save,
    /// Tick or untick what is under the cursor.
    Toggle,
    /// Take back the last step that was not sent yet.
    Undo,
    /// To the next field.
    NextField,
    /// To the field before.
    PreviousField,
    /// Choose other organization roles.
    Permissions,
    /// Mark the row, to do one thing to many.
    Mark,
    /// Change name or description.
    Rename,
    /// Change from where it may call.
    AccessList,
    /// Change its projects and its roles there.
    Projects,
    /// Delete it, or revoke the secret under the cursor.
    Delete,
    /// Make a new one.
    Create,
    /// Make a new one like this.
    Clone,
    /// Change the organization's settings.
    Settings,
    /// Add an entry.
    Add,
    /// Add the address that one calls from.
    AddCurrentAddress,
    /// Remove the entry under the cursor.
    Remove,
    /// Generate a further client secret.
    GenerateSecret,
    /// Put a new credential in the place of the old one, or see how that stands.
    Rotate,
    /// See what was left open.
    Unfinished,
    /// Take it as settled.
    Forget,
    /// Put a secret somewhere else.
    HandOver,
    /// Try a credential out.
    TryOut,
    /// Show a secret, or hide it again.
    Reveal,
    /// To the shell, until it says `fg`.
    Suspend,
    /// Draw everything anew.
    Redraw,
}

impl Action {
    /// Its name in `config.toml`: `half-page-down`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it begins a change at Atlas: it is not offered in read-only mode.
    #[must_use]
    pub fn begins_change(self) -> bool {
        matches!(
            self,
            Self::Permissions
                | Self::Mark
                | Self::Rename
                | Self::AccessList
                | Self::Projects
                | Self::Delete
                | Self::Create
                | Self::Clone
                | Self::Settings
                | Self::GenerateSecret
                | Self::Rotate
        )
    }

    /// Whether it can lead to a question that [`Action::Agree`] answers. One key must
    /// not do both: pressed twice, or held down, it would agree to what nobody read.
    #[must_use]
    pub fn may_ask(self) -> bool {
        let sends = matches!(
            self,
            Self::Open
                | Self::Save
                | Self::Add
                | Self::AddCurrentAddress
                | Self::Remove
                | Self::Toggle
                | Self::Forget
                | Self::HandOver
        );
        sends || self.begins_change()
    }
}
