//! What people see, as text.

mod block;
mod channel;
mod markup;
mod modal;

use block::block_lines;
pub(crate) use block::{elements, strings};
pub(crate) use channel::{labelled, message_lines, transcript};
pub(crate) use markup::text_object;
pub(crate) use modal::modal_lines;
