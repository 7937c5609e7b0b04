//! What comes from outside is bounded, and what is odd in it spoils only itself.

mod tolerance;
mod world;
