//! Text from outside that would harm whoever shows it: it is shown, and it does nothing.

mod names;
