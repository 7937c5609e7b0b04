//! Pure judgement over Atlas' data. Knows no clock (time is an argument), no
//! network and no screen.

pub mod activity;
pub mod change;
pub mod entries;
pub mod guard;
pub mod hand_over;
pub mod health;
pub mod intent;
#[cfg(test)]
mod lock_out;
pub mod look_alike;
pub mod many;
pub mod nearest;
pub mod neighbour;
pub mod rotation;
pub mod text;
pub mod trace;
pub mod twin;
pub mod web;
pub mod wrong;
