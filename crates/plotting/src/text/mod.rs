//! Labels: their markup, their fonts, and how wide they are.

pub(crate) mod fonts;
pub(crate) mod machine;
pub(crate) mod markup;
pub(crate) mod outside;
