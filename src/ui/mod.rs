//! Pictures that screens share. Layout is a pure function of the size; nothing
//! here changes anything.

pub mod dialog;
pub mod fields;
pub mod frame;
pub mod motion;
pub mod put;
pub mod rule;
pub mod scroll;
pub mod style;
pub mod symbols;
pub mod text;
pub mod theme;
pub mod when;
