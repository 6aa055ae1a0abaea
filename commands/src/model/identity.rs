//! Who somebody is in a chat. Which person that is, the configuration says.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A short name that people type or that the configuration gives; never empty.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Keeps the text as it is.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}
pub(crate) use name;

name!(
    /// Which chat: `console`, `slack`, `discord`. One adapter answers to one name.
    ChatName
);
name!(
    /// A person of the configuration, whatever chat they speak in.
    PersonId
);

/// Somebody as one chat knows them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The chat.
    pub chat: ChatName,
    /// The workspace or guild there; a guest of another workspace is somebody else.
    pub workspace: String,
    /// The chat's own id of the user, not a display name.
    pub user: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.chat, self.workspace, self.user)
    }
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A mapped person, and the identity in which they spoke.
    Person {
        /// Who.
        person: PersonId,
        /// Where they spoke.
        identity: Identity,
    },
    /// An automatic trigger, by its name.
    Trigger(String),
    /// A delivery pipeline, by its name.
    Pipeline(String),
    /// The bot itself.
    System,
}

impl Actor {
    /// The person, where it is one.
    #[must_use]
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person { person, .. } => Some(person),
            Self::Trigger(_) | Self::Pipeline(_) | Self::System => None,
        }
    }
}
