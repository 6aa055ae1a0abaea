//! The outside world as tests need it: it keeps state, and fails by script.

mod faulty_store;

pub use faulty_store::*;
