//! What comes from outside is bounded, and what is odd in it spoils only itself.

mod answers;
mod memory;
mod tolerance;
mod typed;
mod world;
