//! Tokens and what they allow.

use std::collections::BTreeSet;

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `xoxb-…`: the bot in a workspace.
    Bot,
    /// `xapp-…`: the application itself, for sockets.
    App,
}

/// One token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub scopes: BTreeSet<String>,
    pub revoked: bool,
}

impl Token {
    /// With these scopes.
    pub fn new(kind: TokenKind, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { kind, scopes: scopes.into_iter().map(Into::into).collect(), revoked: false }
    }

    /// Its scopes as Slack writes them.
    pub fn provided(&self) -> String {
        self.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
    }
}

/// Every scope of a bot that some method of the fake asks for.
pub(crate) fn all_scopes() -> BTreeSet<String> {
    let methods = super::super::methods::all();
    let scopes = methods.iter().flat_map(|method| method.public.iter().chain(method.private));
    scopes.copied().chain(["commands"]).map(str::to_owned).collect()
}
