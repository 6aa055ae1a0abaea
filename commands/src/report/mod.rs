//! The incident report [P6 P7] and the final text for users [P5]: functions of the log. A report holds
//! only what an event proves; what nobody said or checked stands there as not recorded or not checked.

mod build;
mod example;
mod markdown;
mod minutes;
mod proof;
mod shape;
mod template;
mod timeline;
mod user_text;

pub use build::report;
pub use minutes::minutes;
pub(crate) use proof::weightiest;
pub use proof::{DataFinding, data_finding, service_state};
pub use shape::*;
pub use template::{TemplateError, check_templates, markdown, user_text_markdown};
pub(crate) use timeline::timeline;
pub use user_text::{UserText, user_text, user_text_message};

#[cfg(test)]
mod tests;
