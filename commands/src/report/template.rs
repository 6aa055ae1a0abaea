//! Templates of the report and of the user text: ours, or the operators' in place of them. Every value
//! is escaped for Markdown unless the template says `| code`; a name that does not exist is an error.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use serde::Serialize;

use super::markdown::{escape, fence};
use super::shape::Report;
use super::user_text::UserText;
use crate::notify::words;
use crate::settings::Texts;

const REPORT: &str = include_str!("template.md.j2");
const USER_TEXT: &str = include_str!("user_text.md.j2");
const MARKDOWN: &str = "markdown";
/// The most that a template may give, in bytes: what a chat keeps as a file without complaint.
const LARGEST: usize = 1 << 20;

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is not a template, or it names what does not exist.
    #[error("the template `{name}` cannot be rendered: {why}")]
    Unusable {
        /// Which: `report`, `user-text`.
        name: &'static str,
        /// Line and cause.
        why: String,
    },
    /// What it gives is too large.
    #[error("the template `{name}` gives {size} bytes, more than the {LARGEST} that are kept")]
    TooLarge {
        /// Which.
        name: &'static str,
        /// How much it gave.
        size: usize,
    },
}

/// The report in Markdown, by our template or by this one.
///
/// # Errors
/// See [`TemplateError`]; our own template gives none.
pub fn markdown(report: &Report, template: Option<&str>) -> Result<String, TemplateError> {
    render("report", template.unwrap_or(REPORT), report)
}

/// The user text in Markdown, by our template or by this one.
///
/// # Errors
/// See [`TemplateError`]; our own template gives none.
pub fn user_text_markdown(text: &UserText, template: Option<&str>) -> Result<String, TemplateError> {
    render("user-text", template.unwrap_or(USER_TEXT), text)
}

/// Tries the operators' templates on an example, so that a mistake is found when the configuration is
/// read and not at the end of a rollback.
///
/// # Errors
/// The first [`TemplateError`].
pub fn check_templates(texts: &Texts) -> Result<(), TemplateError> {
    if let Some(template) = &texts.report {
        markdown(&super::example::report(), Some(template))?;
    }
    if let Some(template) = &texts.user_text {
        user_text_markdown(&super::example::user_text(), Some(template))?;
    }
    Ok(())
}

fn render(name: &'static str, template: &str, facts: &impl Serialize) -> Result<String, TemplateError> {
    let unusable = |error: Error| TemplateError::Unusable { name, why: chain(&error) };
    let text = environment()
        .map_err(unusable)?
        .render_named_str(name, template, Value::from(Serde(facts)))
        .map_err(unusable)?;
    if text.len() > LARGEST {
        return Err(TemplateError::TooLarge { name, size: text.len() });
    }
    Ok(text)
}

/// The error with its causes: an unknown name is often the cause of another one.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom(MARKDOWN.into()));
    environment.set_formatter(write_escaped);
    environment.add_filter("code", |text: &str| Value::from_safe_string(fence(text)));
    environment.add_filter("moment", moment);
    environment.add_filter("span", |seconds: i64| words::span(jiff::SignedDuration::from_secs(seconds)));
    Ok(environment)
}

fn write_escaped(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let text = match value.as_str() {
        Some(text) if value.is_safe() => text.to_owned(),
        Some(text) => escape(text),
        None => escape(&value.to_string()),
    };
    out.write_str(&text).map_err(Error::from)
}

/// `2024-01-15 15:42 UTC`
fn moment(text: &str) -> Result<String, Error> {
    let at: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| {
        Error::new(ErrorKind::InvalidOperation, format!("`{text}` is not a moment: {error}"))
    })?;
    Ok(at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string())
}
