//! Budgets by a state alone: no clock runs.

use super::*;

fn at(seconds: u64) -> Monotonic {
    Monotonic(Duration::from_secs(seconds))
}

/// When it goes, as for one that waits by itself.
fn book(state: &mut State, now: Monotonic, turn: Turn<'_>) -> Option<Monotonic> {
    let when = state.earliest(now, turn);
    (when.since(now) <= turn.urgency.patience()).then(|| {
        state.take(when, turn);
        when
    })
}

fn edit(message: &str, urgency: Urgency) -> Turn<'_> {
    Turn { method: "chat.update", channel: None, message: Some(message), urgency }
}

/// No minute holds more than Slack takes.
fn assert_within(gone: &[Monotonic], most: usize) {
    for first in gone {
        let within = gone.iter().filter(|other| *other >= first && other.since(*first) < MINUTE).count();
        assert!(within <= most, "{within} from {first:?} on");
    }
}

#[test]
fn ten_cards_that_change_all_the_time_stay_within_the_tier_and_each_gets_its_share() {
    let mut state = State::default();
    let cards: Vec<String> = (0..10).map(|number| format!("card-{number}")).collect();
    let (mut gone, mut of_card) = (Vec::new(), vec![0; cards.len()]);
    for second in 0..600 {
        for (number, card) in cards.iter().enumerate() {
            if let Some(when) = book(&mut state, at(second), edit(card, Urgency::Progress)) {
                gone.push(when);
                of_card[number] += 1;
            }
        }
    }
    assert_within(&gone, 50);
    assert!(gone.len() >= 300, "{} in ten minutes: the budget is not used", gone.len());
    let (least, most) = (of_card.iter().min().unwrap(), of_card.iter().max().unwrap());
    assert!(most - least <= 2, "{of_card:?}");
}

#[test]
fn final_states_go_while_progress_has_used_up_its_share() {
    let mut state = State::default();
    let cards: Vec<String> = (0..100).map(|number| format!("card-{number}")).collect();
    let progress =
        cards.iter().filter(|card| book(&mut state, at(100), edit(card, Urgency::Progress)).is_some()).count();
    assert_eq!(progress, budget("chat.update") - RESERVED);
    for card in &cards[..10] {
        assert_eq!(book(&mut state, at(101), edit(card, Urgency::Final)), Some(at(101)));
    }
}

#[test]
fn a_channel_takes_one_message_a_second_and_another_channel_does_not_wait() {
    let mut state = State::default();
    let post =
        |channel| Turn { method: "chat.postMessage", channel: Some(channel), message: None, urgency: Urgency::News };
    assert_eq!(book(&mut state, at(10), post("C1")), Some(at(10)));
    assert_eq!(book(&mut state, at(10), post("C2")), Some(at(10)));
    assert_eq!(book(&mut state, at(10), post("C1")), Some(at(10).after(BETWEEN_MESSAGES)));
    assert_eq!(book(&mut state, at(10), post("C1")), Some(at(10).after(BETWEEN_MESSAGES * 2)));
    assert_eq!(book(&mut state, at(10), post("C1")), None, "it comes again");
}

#[test]
fn a_rest_holds_back_its_method_alone_and_an_answer_does_not_wait_for_an_outage() {
    let mut state = State::default();
    state.rests.insert("chat.update", at(40));
    assert_eq!(book(&mut state, at(10), edit("a", Urgency::Final)), None);
    assert_eq!(book(&mut state, at(36), edit("a", Urgency::Final)), Some(at(40)));
    state.paused = at(70);
    let answer = Turn { method: "chat.postEphemeral", channel: None, message: None, urgency: Urgency::Answer };
    assert_eq!(book(&mut state, at(41), answer), Some(at(41)));
    assert_eq!(book(&mut state, at(41), edit("b", Urgency::Final)), None);
}

#[test]
fn a_card_is_not_edited_more_often_than_people_read() {
    let mut state = State::default();
    assert_eq!(book(&mut state, at(10), edit("a", Urgency::Progress)), Some(at(10)));
    assert_eq!(book(&mut state, at(12), edit("a", Urgency::Progress)), None);
    assert_eq!(book(&mut state, at(13), edit("a", Urgency::Progress)), Some(at(13)));
    assert_eq!(book(&mut state, at(13), edit("a", Urgency::Final)), Some(at(13)));
}
