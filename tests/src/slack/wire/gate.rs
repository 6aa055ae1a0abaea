//! Who may call a method: the token, its scopes, the count.

use crate::slack::arguments::Arguments;
use crate::slack::methods::Method;
use crate::slack::refusal::Refusal;
use crate::slack::world::{Token, TokenKind, Visibility, World};

use serde_json::json;

/// The one method for the application's own token.
const FOR_APP: &str = "apps.connections.open";

/// Whose token this is, for the record.
pub(super) fn kind(world: &World, token: Option<&str>) -> &'static str {
    match token.map(|token| world.tokens.get(token).map(|token| token.kind)) {
        None => "none",
        Some(None) => "unknown",
        Some(Some(TokenKind::Bot)) => "bot",
        Some(Some(TokenKind::App)) => "app",
    }
}

/// Refuses a caller who may not.
pub(super) fn admit(
    world: &mut World,
    method: &Method,
    token: Option<&str>,
    post: bool,
    arguments: &Arguments,
) -> Result<(), Refusal> {
    let token = token.ok_or_else(|| Refusal::new("not_authed"))?;
    let token = world.tokens.get(token).ok_or_else(|| Refusal::new("invalid_auth"))?.clone();
    if token.revoked {
        return Err(Refusal::new("token_revoked"));
    }
    let for_app = method.name == FOR_APP;
    if (token.kind == TokenKind::App) != for_app {
        return Err(Refusal::new("not_allowed_token_type"));
    }
    if for_app && !post {
        return Err(Refusal::new("insecure_request"));
    }
    let needed = if for_app { &["connections:write"][..] } else { needed(world, method, arguments) };
    scope(&token, needed)?;
    let now = world.clock.monotonic();
    world.rates.call(&world.rules, now, method.name, method.tier).map_err(Refusal::rate)
}

fn scope(token: &Token, needed: &[&str]) -> Result<(), Refusal> {
    if needed.is_empty() || needed.iter().any(|scope| token.scopes.contains(*scope)) {
        return Ok(());
    }
    let refusal = Refusal::new("missing_scope").with("needed", json!(needed.join(",")));
    Err(refusal.with("provided", json!(token.provided())))
}

/// The scopes for the kind of channel that the call is about.
fn needed(world: &World, method: &Method, arguments: &Arguments) -> &'static [&'static str] {
    let id = arguments.text("channel").or_else(|| arguments.text("channel_id"));
    let channel = id.and_then(|id| world.channels.get(&id));
    let private = channel.is_some_and(|channel| channel.visibility != Visibility::Public)
        || arguments.flag("is_private")
        || arguments.list("types").iter().any(|kind| kind == "private_channel");
    if private { method.private } else { method.public }
}
