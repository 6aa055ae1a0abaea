//! The final text for users [P5]: status, time, duration, what happened, current status, next steps. It
//! names no person and quotes no reason: both are for the people in the room.

use serde::{Deserialize, Serialize};

use super::proof::{self, DataFinding};
use super::shape::{ResultWord, ServiceState};
use super::template::{TemplateError, user_text_markdown};
use crate::model::{Block, DataImpact, Effects, Message, Outcome, Stated, Tone};
use crate::notify::View;
use crate::notify::text::say;
use crate::notify::words::{self, fact};
use crate::saga::{Phase, RollbackState};

/// The final text for users, in parts: what templates are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserText {
    /// `INC-2024-0115-001`
    pub incident: String,
    /// `INC-2024-0115-001/1`
    pub rollback: String,
    /// `api-service (production)`, of each service.
    pub services: Vec<String>,
    /// How it went.
    pub result: ResultWord,
    /// One line.
    pub title: String,
    /// In a few words.
    pub status: String,
    /// When it ended: `2024-01-15 15:42 UTC`.
    pub time: String,
    /// How long the trouble lasted, as far as it is known.
    pub duration: String,
    /// What happened.
    pub what_happened: String,
    /// How things are now: only what was checked.
    pub current_status: Vec<String>,
    /// What comes next.
    pub next_steps: Vec<String>,
}

/// The text of a rollback whose run has ended; `None` for any other.
#[must_use]
pub fn user_text(view: &View<'_>, state: &RollbackState) -> Option<UserText> {
    let outcome = state.outcome.as_ref().filter(|_| state.phase == Phase::Finished)?;
    let effects = state.plan.as_ref()?.effects();
    let ended = state.ended_at?;
    let result = proof::result(state);
    Some(UserText {
        incident: view.incident.id.to_string(),
        rollback: state.id.to_string(),
        services: effects.services.iter().map(|plan| words::service(&plan.service.key)).collect(),
        result,
        title: title(outcome),
        status: status(outcome),
        time: ended.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string(),
        duration: duration(view, state, ended),
        what_happened: what_happened(effects, outcome),
        current_status: current_status(state, effects),
        next_steps: next_steps(view, state),
    })
}

fn title(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => say("user-title-done", &[]),
        Outcome::Partial { .. } => say("user-title-partial", &[]),
        Outcome::AsBefore { .. } => say("user-title-as-before", &[]),
    }
}

fn status(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => say("user-status-done", &[]),
        Outcome::Partial { .. } => say("user-status-partial", &[]),
        Outcome::AsBefore { .. } => say("user-status-as-before", &[]),
    }
}

/// From its detection: when the harm began is not in the log.
fn duration(view: &View<'_>, state: &RollbackState, ended: jiff::Timestamp) -> String {
    let detected = state.assessment.detected_at;
    let from = words::stated(&detected, |at| view.words().moment(at));
    let span = words::span(ended.duration_since(detected.value()));
    say("user-duration", &[("span", &span), ("from", &from)])
}

fn what_happened(effects: &Effects, outcome: &Outcome) -> String {
    let destinations = words::destinations(effects);
    match outcome {
        Outcome::Done { .. } => say("user-happened-done", &[("destinations", &destinations)]),
        Outcome::Partial { .. } => say("user-happened-partial", &[("destinations", &destinations)]),
        Outcome::AsBefore { .. } => say("user-happened-as-before", &[("destinations", &destinations)]),
    }
}

fn current_status(state: &RollbackState, effects: &Effects) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for plan in &effects.services {
        let service = words::service(&plan.service.key);
        match proof::service_state(state, &plan.service.key) {
            ServiceState::Healthy => {
                let probes = crate::notify::steps::probed(&proof::measurements(state, &plan.service.key));
                lines.push(match probes {
                    Some(probes) => say("user-healthy", &[("service", &service), ("probes", &probes)]),
                    None => say("user-verified", &[("service", &service)]),
                });
            }
            ServiceState::Failing => lines.push(say("user-failing", &[("service", &service)])),
            ServiceState::NotChecked => lines.push(say("user-not-checked", &[("service", &service)])),
        }
    }
    lines.push(data_line(state));
    if let Stated::Given(stated @ (DataImpact::Minor | DataImpact::Major)) = state.assessment.data {
        lines.push(say("user-data-stated", &[("data", &words::data(stated))]));
    }
    lines
}

/// "No data was lost" only where a check said so, and only of the rollback: what the broken release did is
/// what people reported.
fn data_line(state: &RollbackState) -> String {
    match proof::data_finding(state) {
        DataFinding::NotChecked => say("user-data-not-checked", &[]),
        DataFinding::NoLoss(_) => say("user-data-no-loss", &[]),
        DataFinding::Loss(_) => say("user-data-loss", &[]),
    }
}

fn next_steps(view: &View<'_>, state: &RollbackState) -> Vec<String> {
    let watched = crate::notify::progress::watched_until(view, state);
    let mut lines = vec![match watched {
        Some(until) => say("user-next-watch", &[("at", &until)]),
        None => say("user-next-team", &[]),
    }];
    if view.incident.tasks.iter().any(|task| task.rollback == state.id) {
        lines.push(say("user-next-tasks", &[]));
    }
    lines
}

/// The text as a message, by our form or by the operators' template.
///
/// # Errors
/// See [`TemplateError`].
pub fn user_text_message(text: &UserText, template: Option<&str>) -> Result<Message, TemplateError> {
    let tone = match text.result {
        ResultWord::Success => Tone::Good,
        _ => Tone::Warning,
    };
    let headline = say("headline-user-text", &[("rollback", &text.rollback)]);
    let mut message = Message { is_final: true, ..Message::line(tone, headline) };
    if let Some(template) = template {
        message.blocks = vec![Block::Text(user_text_markdown(text, Some(template))?)];
        return Ok(message);
    }
    message.facts = vec![
        fact(say("label-status", &[]), &text.status),
        fact(say("label-time", &[]), &text.time),
        fact(say("label-duration", &[]), &text.duration),
    ];
    message.blocks = vec![
        Block::Title(say("title-what-happened", &[])),
        Block::Text(text.what_happened.clone()),
        Block::Title(say("title-current-status", &[])),
        Block::List(text.current_status.clone()),
        Block::Title(say("title-next-steps", &[])),
        Block::List(text.next_steps.clone()),
    ];
    Ok(message)
}
