//! The proof: one binary, so that it is linked once.

mod configuration;
mod host;
mod host_systemd;
