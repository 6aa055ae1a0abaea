//! Every slot in every phase, as people read it.

mod cards;
mod ends;
mod hostile;
mod laws;
mod rooms;
mod runs;
