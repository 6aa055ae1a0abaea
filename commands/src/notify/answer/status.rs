//! What goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Block, Message, StepMark, Tone};
use crate::notify::subject::subject;
use crate::notify::summary;
use crate::notify::text::say;
use crate::notify::words::{Words, day_of, severity, stated};
use crate::notify::{approval, steps};
use crate::saga::{IncidentState, Phase, RollbackState};
use crate::settings::Settings;

/// Incidents with their rollbacks, in the order given.
#[must_use]
pub fn status(incidents: &[(Arc<IncidentState>, Vec<Arc<RollbackState>>)], settings: &Settings) -> Message {
    let mut message = Message::line(Tone::Plain, say("status-title", &[("count", &incidents.len())]));
    for (incident, rollbacks) in incidents {
        let words = Words { settings, day: day_of(incident.opened_at) };
        message.blocks.push(Block::Title(heading(&words, incident)));
        let lines: Vec<String> = rollbacks.iter().map(|state| line(&words, state)).collect();
        message.blocks.push(Block::List(lines));
    }
    message
}

fn heading(words: &Words<'_>, incident: &IncidentState) -> String {
    let day = words.day;
    let room = incident.room.as_ref().map_or(incident.room_name.as_str(), |room| room.shown_as.as_str());
    let arguments: [(&'static str, &dyn std::fmt::Display); 5] = [
        ("id", &incident.id),
        ("severity", &stated(&incident.severity, severity)),
        ("opened", &words.moment(incident.opened_at)),
        ("day", &day),
        ("room", &room),
    ];
    if incident.is_open() { say("status-incident", &arguments) } else { say("status-incident-closed", &arguments) }
}

fn line(words: &Words<'_>, state: &RollbackState) -> String {
    let who = words.person(state.requester());
    let (subject, summary) = (subject(state), summary(state));
    let at = at(words, state).unwrap_or_default();
    let arguments: [(&'static str, &dyn std::fmt::Display); 5] =
        [("id", &state.id), ("subject", &subject), ("state", &summary), ("who", &who), ("at", &at)];
    if at.is_empty() { say("status-rollback", &arguments) } else { say("status-rollback-at", &arguments) }
}

/// Who is awaited, or the step that is at work.
fn at(words: &Words<'_>, state: &RollbackState) -> Option<String> {
    let effects = state.plan.as_ref()?.effects();
    if state.question.is_some() || state.phase == Phase::Proposed {
        let who = approval::roles_awaited(words, effects, &BTreeSet::new());
        return Some(say("status-waits-for", &[("who", &who)]));
    }
    let lines = steps::running(words, state).into_iter();
    let mut at_work = lines.filter(|line| state.phase == Phase::Running && line.mark == StepMark::Working);
    at_work.next().map(|line| line.text)
}
