//! One origin for one credential: who is asked before it goes anywhere else, whose
//! certificate counts, and that nobody else is ever spoken to.

mod addresses;
mod certificates;
mod egress;
mod question;
mod redirects;
mod relay;
