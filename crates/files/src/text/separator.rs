//! Which separator a text has: what it says, or a guess.

use super::split::{Row, split};
use crate::number::Look;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `\t`.
    Tab,
    /// `;`.
    Semicolon,
    /// `,`.
    Comma,
    /// `|`.
    Pipe,
    /// One or more blanks or tabs.
    Blanks,
}

impl Separator {
    /// Candidates, the less likely inside a number or a name first.
    pub(crate) const ALL: [Self; 5] = [Self::Tab, Self::Semicolon, Self::Comma, Self::Pipe, Self::Blanks];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tab => "tabs",
            Self::Semicolon => "semicolons",
            Self::Comma => "commas",
            Self::Pipe => "vertical bars",
            Self::Blanks => "blanks",
        }
    }

    /// The byte at which fields are split; tabs count as blanks where blanks separate.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Tab => b'\t',
            Self::Semicolon => b';',
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Blanks => b' ',
        }
    }
}

/// Lines that the guess looks at.
const SAMPLE: usize = 50;

/// The separator that makes most fields of the first lines numbers, among those that give every
/// line equally many, or else among those that give only the first line fewer; none where no
/// candidate occurs.
pub(crate) fn guess(text: &str) -> Option<Separator> {
    let text = beginning(text);
    let mut best: Option<(Separator, (u8, f64))> = None;
    for separator in Separator::ALL {
        if let Some(s) = score(text, separator)
            && best.is_none_or(|(_, b)| s.0 > b.0 || s.0 == b.0 && s.1 > b.1)
        {
            best = Some((separator, s));
        }
    }
    best.map(|(separator, _)| separator)
}

/// Enough of a text for the sample, ending with a line.
fn beginning(text: &str) -> &str {
    const ENOUGH: usize = 1 << 22;
    let end = text.as_bytes().iter().take(ENOUGH).rposition(|b| *b == b'\n');
    match end {
        Some(end) if text.len() > ENOUGH => &text[..end],
        _ => text,
    }
}

/// How evenly it splits, and the share of numbers.
fn score(text: &str, separator: Separator) -> Option<(u8, f64)> {
    let mut sample: Vec<(usize, usize)> = Vec::new();
    // A quote that does not end is found again when the text is split for good.
    let _ = split(text, separator, |row: &Row<'_>| {
        if row.comment.is_none() {
            let numbers = row.fields.iter().filter(|f| Look::of(row.text(f)).is_numeric()).count();
            sample.push((row.fields.len(), numbers));
        }
        sample.len() < SAMPLE
    });
    let most = sample.iter().map(|(n, _)| *n).filter(|n| *n > 1).max()?;
    let even = sample.iter().all(|(n, _)| *n == most);
    // A header may lack the field above the labels, and a title may stand alone.
    let below = sample.iter().skip(1).filter(|(n, _)| *n > 1).all(|(n, _)| *n == most);
    let evenness = u8::from(even) + u8::from(below);
    let (all, numbers) = sample.iter().fold((0, 0), |(a, b), (n, k)| (a + n, b + k));
    Some((evenness, numbers as f64 / all as f64))
}
