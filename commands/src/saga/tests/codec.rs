//! Events to bytes and back.

use proptest::prelude::*;

use super::random::event;
use super::{begin, stored};
use crate::model::*;
use crate::notify::story;
use crate::saga::{CodecError, VERSION, decode, encode};

proptest! {
    /// What is written is what is read.
    #[test]
    fn every_event_reads_back(event in event()) {
        let whole = Event::from(event.clone());
        prop_assert_eq!(decode(&stored(2, 0, &event)).unwrap(), whole);
    }

    /// A body that somebody spoilt is an error and never a panic.
    #[test]
    fn a_spoilt_body_is_told(event in event(), cut in 0..200_usize) {
        let mut spoilt = stored(2, 0, &event);
        let end = spoilt.body.floor_char_boundary(cut.min(spoilt.body.len().saturating_sub(1)));
        spoilt.body.truncate(end);
        let decoded = decode(&spoilt);
        prop_assert!(matches!(decoded, Err(CodecError::Unreadable { .. })), "{decoded:?}");
        let mut state = begin();
        state.apply(&spoilt, decoded.as_ref().map_err(ToString::to_string));
        prop_assert!(state.unreadable.is_some());
        prop_assert_eq!(state.approved(), None);
    }
}

#[test]
fn a_newer_shape_is_left_alone() {
    let mut newer = stored(2, 0, &RollbackEvent::Expired);
    newer.version = VERSION + 1;
    assert_eq!(decode(&newer), Err(CodecError::Newer { kind: "expired".to_owned(), version: VERSION + 1 }));
}

#[test]
fn an_event_of_another_stream_is_not_taken_for_one_of_this() {
    let mut state = begin();
    let stray = stored(2, 0, &RollbackEvent::Expired);
    let event = Event::Incident(IncidentEvent::Closed);
    state.apply(&stray, Ok(&event));
    assert!(state.unreadable.is_some());
}

#[test]
fn the_type_of_an_event_stands_beside_its_body() {
    let (kind, body) = encode(&RollbackEvent::Replaced { by: story::rollback_id(2) }.into()).unwrap();
    assert_eq!(kind, "replaced");
    assert_eq!(body, r#"{"data":{"by":"INC-2024-0115-001/2"},"type":"replaced"}"#);
}
