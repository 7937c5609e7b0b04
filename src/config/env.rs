//! The environment variables that the Atlas CLI reads. Knows no file.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::ConfigError;

/// Today's prefix.
const ATLAS: &str = "MONGODB_ATLAS_";
/// The prefix of the Atlas CLI's ancestor. As in the CLI, one variable that
/// begins with it is enough for only those to be read.
const ANCESTOR: &str = "MCLI";

/// Whether a variable of this name can matter to the Atlas CLI.
pub(super) fn is_atlas(name: &str) -> bool {
    name.starts_with(ATLAS) || name.starts_with(ANCESTOR)
}

/// The environment, under the prefix that counts.
pub(super) struct Env<'a> {
    variables: &'a BTreeMap<String, OsString>,
    prefix: &'static str,
}

impl<'a> Env<'a> {
    pub(super) fn new(variables: &'a BTreeMap<String, OsString>) -> Self {
        let old = variables.keys().any(|name| name.starts_with(ANCESTOR));
        Self { variables, prefix: if old { "MCLI_" } else { ATLAS } }
    }

    /// The variable of a property.
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}{}", self.prefix, key.to_ascii_uppercase())
    }

    /// A property's variable and value. An empty variable counts as unset.
    pub(super) fn get(&self, key: &str) -> Result<Option<(String, &'a str)>, ConfigError> {
        let name = self.name(key);
        let Some(value) = self.variables.get(&name) else { return Ok(None) };
        match value.to_str().map(str::trim) {
            Some("") => Ok(None),
            Some(text) => Ok(Some((name, text))),
            None => Err(ConfigError::VariableNotText { name }),
        }
    }

    /// Says that variables of today's prefix are passed over, if some are.
    pub(super) fn warning(&self) -> Option<String> {
        if self.prefix == ATLAS {
            return None;
        }
        let old = self.variables.keys().find(|name| name.starts_with(ANCESTOR))?;
        let new = self.variables.keys().find(|name| name.starts_with(ATLAS))?;
        Some(format!(
            "{old} is set, so {new} and every other {ATLAS}* variable is passed over, \
             as the Atlas CLI does. Unset every {ANCESTOR}* variable to use them."
        ))
    }
}
