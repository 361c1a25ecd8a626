//! What commas and points mean in the numbers of a file.

use super::decimal::Decimal;
use super::shape::{Look, Shape, Token, has_unit};
use crate::error::{FileError, FileProblem, NumberProblem, shortened};
use crate::text::{Field, Separator};

/// What commas and points mean in the numbers of a file: one of the two is decimal, the other
/// stands between thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notation {
    decimal_comma: bool,
}

/// The content of a field in a place for numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// A finite number.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A mark of absence.
    Absent,
}

impl Notation {
    /// A decimal point; commas stand between thousands.
    pub const POINT: Self = Self { decimal_comma: false };
    /// A decimal comma; points stand between thousands.
    pub const COMMA: Self = Self { decimal_comma: true };

    /// The notation that the numbers of a file share. `1,5` or `1.234,5` somewhere says that commas
    /// are decimal; `1.5` or `1,234,567` that they are not. Where `2,045` is all there is, the
    /// comma stands between thousands in a file separated by commas, and is refused in another.
    ///
    /// ```
    /// use relata_files::{Notation, Separator, Sheet};
    /// let of = |text: &str| {
    ///     let sheet = Sheet::parse(text)?;
    ///     Notation::of(sheet.records().flat_map(|r| r.fields()), sheet.separator)
    /// };
    /// assert_eq!(of("\"2,045\",998\n")?.number("2,045")?, 2045.0);
    /// assert_eq!(of("2,045;0,5\n")?.number("2,045")?, 2.045);
    /// assert!(of("2,045;1,250\n").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FileError`] naming the number whose comma may mean either, or two that contradict.
    pub fn of<'a>(
        fields: impl IntoIterator<Item = Field<'a>>,
        separator: Separator,
    ) -> Result<Self, FileError> {
        let (mut comma, mut point, mut open): (Option<Field<'a>>, Option<Field<'a>>, Option<Field<'a>>) =
            (None, None, None);
        let mut open_point = false;
        for field in fields {
            let Some(token) = Token::of(field.text) else { continue };
            match token.shape {
                shape if shape.is_comma_decimal() => {
                    comma.get_or_insert(field);
                }
                shape if shape.is_point_decimal() => {
                    point.get_or_insert(field);
                }
                Shape::CommaOrGroup => {
                    open.get_or_insert(field);
                }
                Shape::PointOrGroup => open_point = true,
                _ => {}
            }
        }
        match (comma, point, open) {
            (Some(comma), Some(point), _) => {
                let line = point.line;
                let (c, p) = (shortened(comma.text), shortened(point.text));
                Err(FileError::new(comma.place(), FileProblem::MixedNotation { comma: c, point: p, line }))
            }
            (Some(_), None, _) => Ok(Self::COMMA),
            (None, None, Some(open)) if separator != Separator::Comma || open_point => {
                let problem = NumberProblem::Ambiguous(open.text.to_owned());
                Err(FileError::new(open.place(), problem.into()))
            }
            _ => Ok(Self::POINT),
        }
    }

    /// What a field holds.
    ///
    /// # Errors
    /// [`NumberProblem`] if it is infinite, or text.
    pub fn scalar(self, text: &str) -> Result<Scalar, NumberProblem> {
        // The usual number is read once.
        if !self.decimal_comma
            && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && let Ok(value) = text.parse::<f64>()
            && value.is_finite()
        {
            return Ok(Scalar::Number(value));
        }
        match Look::of(text) {
            Look::Empty | Look::Absent => Ok(Scalar::Absent),
            Look::Truth => Ok(Scalar::Truth(text.eq_ignore_ascii_case("true"))),
            Look::NotFinite => Err(NumberProblem::NotFinite(shortened(text))),
            Look::Text if has_unit(text) => Err(NumberProblem::Unit(shortened(text))),
            Look::Text => Err(NumberProblem::Text(shortened(text))),
            Look::Number => {
                let plain = self.plain(text).ok_or_else(|| NumberProblem::Text(shortened(text)))?;
                let value: f64 = plain.parse().map_err(|_| NumberProblem::Text(shortened(text)))?;
                if value.is_finite() {
                    Ok(Scalar::Number(value))
                } else {
                    Err(NumberProblem::NotFinite(shortened(text)))
                }
            }
        }
    }

    /// The number that a field holds; truth values are 1 and 0.
    ///
    /// # Errors
    /// [`NumberProblem`] if it does not hold one.
    pub fn number(self, text: &str) -> Result<f64, NumberProblem> {
        match self.scalar(text)? {
            Scalar::Number(value) => Ok(value),
            Scalar::Truth(truth) => Ok(f64::from(u8::from(truth))),
            Scalar::Absent => Err(NumberProblem::Absent(absence(text))),
        }
    }

    /// The number that a field holds, exactly.
    ///
    /// # Errors
    /// [`NumberProblem`] if it does not hold one, or one of more than 38 digits.
    pub fn decimal(self, text: &str) -> Result<Decimal, NumberProblem> {
        self.number(text)?;
        let plain = self.plain(text).ok_or_else(|| NumberProblem::Text(shortened(text)))?;
        Decimal::parse(&plain).ok_or_else(|| NumberProblem::Digits(shortened(text)))
    }

    /// The number as Rust writes it; none where it is not one in this notation.
    pub(crate) fn plain(self, text: &str) -> Option<String> {
        let token = Token::of(text)?;
        if self.decimal_comma {
            (!token.shape.is_point_decimal()).then(|| {
                token
                    .plain(|s| s.is_comma_decimal() || matches!(s, Shape::CommaOrGroup | Shape::PointOrGroup))
            })
        } else {
            (!token.shape.is_comma_decimal()).then(|| token.plain(|_| false))
        }
    }
}

/// How a mark of absence is shown.
pub(crate) fn absence(text: &str) -> String {
    if text.is_empty() { "the entry is empty".to_owned() } else { format!("`{}`", shortened(text)) }
}
