//! Numbers for buttons. A number stands for one meaning for as long as the process lives, and can be
//! pressed for as long as a message shows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commands::model::{Button, ButtonAction};

/// A button with the number that presses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedButton {
    /// What is typed to press it.
    pub number: u32,
    /// The button as the message shows it now.
    pub button: Button,
}

/// Which number stands for what.
#[derive(Debug, Default)]
pub(super) struct ButtonBook {
    numbers: HashMap<ButtonAction, u32>,
    standing: BTreeMap<u32, Standing>,
}

#[derive(Debug)]
struct Standing {
    button: Button,
    shown_by: BTreeSet<String>,
}

/// What a number means now.
pub(super) enum Meaning {
    /// This button.
    Stands(NumberedButton),
    /// A button that no message shows any more.
    Gone,
    /// Nothing, and it never did.
    Never,
}

impl ButtonBook {
    /// The message shows these buttons now, and no others. Gives their numbers, in order.
    pub(super) fn show(&mut self, message: &str, buttons: &[Button]) -> Vec<u32> {
        let numbers: Vec<u32> = buttons.iter().map(|button| self.number(&button.action)).collect();
        self.standing.retain(|number, standing| {
            if !numbers.contains(number) {
                standing.shown_by.remove(message);
            }
            !standing.shown_by.is_empty()
        });
        for (number, button) in numbers.iter().zip(buttons) {
            let standing = self
                .standing
                .entry(*number)
                .or_insert_with(|| Standing { button: button.clone(), shown_by: BTreeSet::new() });
            standing.button = button.clone();
            standing.shown_by.insert(message.to_owned());
        }
        numbers
    }

    /// What this number means now.
    pub(super) fn press(&self, number: u32) -> Meaning {
        match self.standing.get(&number) {
            Some(standing) => Meaning::Stands(NumberedButton { number, button: standing.button.clone() }),
            None if number != 0 && number as usize <= self.numbers.len() => Meaning::Gone,
            None => Meaning::Never,
        }
    }

    pub(super) fn standing(&self) -> Vec<NumberedButton> {
        let numbered =
            |(number, standing): (&u32, &Standing)| NumberedButton { number: *number, button: standing.button.clone() };
        self.standing.iter().map(numbered).collect()
    }

    fn number(&mut self, action: &ButtonAction) -> u32 {
        let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        *self.numbers.entry(action.clone()).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use commands::model::{ButtonStyle, RollbackId};

    use super::*;

    fn deny(rollback: &str) -> Button {
        let rollback: RollbackId = rollback.parse().unwrap();
        Button {
            label: "Deny".to_owned(),
            action: ButtonAction::Deny { rollback },
            style: ButtonStyle::Plain,
            confirm: None,
        }
    }

    #[test]
    fn a_number_keeps_its_meaning_and_is_never_given_twice() {
        let (one, two) = (deny("INC-2024-0115-001/1"), deny("INC-2024-0115-001/2"));
        let mut book = ButtonBook::default();
        assert_eq!(book.show("a", std::slice::from_ref(&one)), [1]);
        assert_eq!(book.show("b", &[one.clone(), two.clone()]), [1, 2]);
        assert_eq!(book.show("b", std::slice::from_ref(&two)), [2]);
        assert!(matches!(book.press(1), Meaning::Stands(pressed) if pressed.button == one));
        assert!(book.show("a", &[]).is_empty());
        assert!(matches!(book.press(1), Meaning::Gone));
        assert!(matches!(book.press(3), Meaning::Never));
        assert_eq!(book.show("c", &[deny("INC-2024-0115-001/3")]), [3]);
        assert_eq!(book.show("c", &[one]), [1]);
    }
}
