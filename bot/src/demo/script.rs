//! What is said where a script ends before its story does: what was waited for, and what to type.

use std::time::Duration;

use commands::model::ButtonAction;
use tokio::time::Instant;

use super::story::{REQUEST, Teller};

/// For what the story waits when nobody types any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Waiting {
    /// For somebody's request.
    Request,
    /// For a yes; the button's number.
    Approval(u32),
    /// For people's answer to a question; the numbers and labels of its buttons.
    Answer(Vec<(u32, String)>),
    /// For a rollback that goes on by itself.
    End,
}

impl Waiting {
    /// How long it may last before it counts as lasting for ever. What the last line asked for is still
    /// being worked at for a moment: a plan is drawn, a vote counted.
    fn patience(&self) -> Duration {
        match self {
            Self::Request => Duration::from_secs(5),
            Self::Approval(_) | Self::Answer(_) => Duration::from_secs(3),
            Self::End => super::story::PATIENCE,
        }
    }

    /// What was waited for, and what a script must have more.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Request => format!("for somebody to ask for a rollback. Type:\n  {REQUEST}"),
            Self::Approval(number) => format!(
                "for the on-call engineer's approval. Type it twice, the second time confirms:\n  as on-call: {number}\n  \
                 as on-call: {number}"
            ),
            Self::Answer(buttons) => {
                let lines = buttons.iter().map(|(number, label)| format!("\n  as on-call: {number}    ({label})"));
                format!("for an answer. Type one of:{}", lines.collect::<String>())
            }
            Self::End => {
                format!("for the end of the rollback, {} s without any change.", self.patience().as_secs())
            }
        }
    }
}

/// For what the story waits, once it has waited for that alone for longer than it can take.
pub(super) async fn stuck(teller: &Teller<'_>) -> anyhow::Result<Waiting> {
    let mut waiting = waiting(teller).await?;
    let mut since = Instant::now();
    while since.elapsed() < waiting.patience() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = self::waiting(teller).await?;
        if now != waiting {
            (waiting, since) = (now, Instant::now());
        }
    }
    Ok(waiting)
}

async fn waiting(teller: &Teller<'_>) -> anyhow::Result<Waiting> {
    let buttons = teller.chat.buttons();
    let approve = buttons.iter().find(|standing| matches!(standing.button.action, ButtonAction::Approve { .. }));
    if let Some(button) = approve {
        return Ok(Waiting::Approval(button.number));
    }
    let asks = |action: &ButtonAction| matches!(action, ButtonAction::Retry { .. } | ButtonAction::Skip { .. });
    let answers = buttons.iter().filter(|standing| asks(&standing.button.action));
    let answers: Vec<_> = answers.map(|standing| (standing.number, standing.button.label.clone())).collect();
    if !answers.is_empty() {
        return Ok(Waiting::Answer(answers));
    }
    let begun = !teller.store.open_incidents().await?.is_empty();
    Ok(if begun { Waiting::End } else { Waiting::Request })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_says_what_to_type_and_ends_soon() {
        let answer = Waiting::Answer(vec![(3, "Try again".to_owned())]);
        for (waiting, typed) in
            [(Waiting::Request, REQUEST), (Waiting::Approval(4), "as on-call: 4"), (answer, "as on-call: 3")]
        {
            assert!(waiting.words().contains(typed), "{}", waiting.words());
            assert!(waiting.patience() < Duration::from_secs(10));
        }
    }
}
