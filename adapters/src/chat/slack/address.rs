//! Rooms and threads by one text: `C0123` is a channel, `C0123:1705332600.000100` a thread in it.

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// The channel's id.
    pub(super) channel: &'a str,
    /// The message that the thread hangs on.
    pub(super) thread: Option<&'a str>,
}

/// The thread of a message.
pub(super) fn thread(room: &str, message: &str) -> String {
    let Address { channel, .. } = read(room);
    format!("{channel}:{message}")
}

/// Reads what [`thread`] wrote, or the id of a channel.
pub(super) fn read(room: &str) -> Address<'_> {
    match room.split_once(':') {
        Some((channel, thread)) => Address { channel, thread: Some(thread) },
        None => Address { channel: room, thread: None },
    }
}

/// Whether this can be a message's id: seconds, a dot, six digits.
pub(super) fn is_message(id: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    id.split_once('.').is_some_and(|(seconds, rest)| digits(seconds) && digits(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_reads_back_as_written() {
        assert_eq!(read("C1"), Address { channel: "C1", thread: None });
        assert_eq!(read(&thread("C1", "1.2")), Address { channel: "C1", thread: Some("1.2") });
        assert_eq!(thread("C1:1.2", "3.4"), "C1:3.4", "there is no thread in a thread");
    }

    #[test]
    fn what_is_no_message_is_known() {
        assert!(is_message("1705332600.000100"));
        for id in ["", "m0", "1705332600", ".1", "1.", "another-start-1", "1.2.3"] {
            assert!(!is_message(id), "{id}");
        }
    }
}
