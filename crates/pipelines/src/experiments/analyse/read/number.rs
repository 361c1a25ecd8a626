//! What a field says: a number, nothing, or something else.

use super::EntryProblem;

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Content {
    Number(f64),
    Empty,
    /// `1,5`.
    DecimalComma,
    /// `nan`, `inf`, `1e999`, or one of the usual marks for a missing value.
    NotFinite,
    Text,
}

impl Content {
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        if let Ok(value) = text.parse::<f64>() {
            return if value.is_finite() { Self::Number(value) } else { Self::NotFinite };
        }
        if ["na", "n/a", "#n/a", "null", "none", "?"].iter().any(|mark| text.eq_ignore_ascii_case(mark)) {
            return Self::NotFinite;
        }
        if text.matches(',').count() == 1 && text.replace(',', ".").parse::<f64>().is_ok() {
            return Self::DecimalComma;
        }
        Self::Text
    }

    /// Whether it is, or stands in for, a number.
    pub(super) fn is_numeric(self) -> bool {
        matches!(self, Self::Number(_) | Self::NotFinite | Self::DecimalComma)
    }
}

/// The number that a field holds.
pub(super) fn number(text: &str) -> Result<f64, EntryProblem> {
    match Content::of(text) {
        Content::Number(value) => Ok(value),
        Content::Empty => Err(EntryProblem::Empty),
        Content::DecimalComma => Err(EntryProblem::DecimalComma(text.to_owned())),
        Content::NotFinite => Err(EntryProblem::NotFinite(text.to_owned())),
        Content::Text => Err(EntryProblem::Text(shortened(text))),
    }
}

/// At most 40 characters of a text.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
