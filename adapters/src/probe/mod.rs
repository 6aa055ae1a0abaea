//! Asking services as their users would.

pub mod http;
