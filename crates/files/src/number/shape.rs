//! What the characters of a field look like, before it is known what commas mean.

/// What a field looks like, whatever the notation of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A number in some notation: `-1.5e3`, `1,5`, `2 045`, `\u{2212}1`.
    Number,
    /// Nothing.
    Empty,
    /// A mark that stands for nothing: `NA`, `nan`, `-`, `.`, `NULL` and the like.
    Absent,
    /// `true` or `false`, in any case.
    Truth,
    /// `inf`, or too large for a double.
    NotFinite,
    /// Something else.
    Text,
}

/// Marks of absence in lower case.
const ABSENT: [&str; 19] = [
    "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "+nan", "1.#qnan", "nat", "null", "none", "nil",
    "missing", "-", "--", ".", "..", "?",
];

/// What stands between thousands, besides commas and points.
const GROUPS: [char; 7] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2007}', '\'', '\u{2019}'];

impl Look {
    /// What a text looks like.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        if text.len() <= 12 {
            let lower = text.to_ascii_lowercase();
            if ABSENT.contains(&lower.as_str()) || matches!(text, "\u{2013}" | "\u{2014}" | "\u{2212}") {
                return Self::Absent;
            }
            if matches!(lower.as_str(), "true" | "false") {
                return Self::Truth;
            }
            if matches!(lower.trim_start_matches(['+', '-']), "inf" | "infinity") {
                return Self::NotFinite;
            }
        }
        match Token::of(text) {
            Some(token) if !token.plain(Shape::is_comma_decimal).parse::<f64>().is_ok_and(f64::is_finite) => {
                Self::NotFinite
            }
            Some(_) => Self::Number,
            None => Self::Text,
        }
    }

    /// Whether it is, or stands in for, a number; an empty field does neither.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Absent | Self::NotFinite | Self::Truth)
    }
}

/// Whether a number may have separators between its thousands.
pub(crate) fn is_grouped(text: &str) -> bool {
    let marked = |s: Shape| matches!(s, Shape::CommaOrGroup | Shape::CommaGroups | Shape::PointGroups);
    text.len() > 4 && Token::of(text).is_some_and(|t| marked(t.shape) || text.contains(GROUPS))
}

/// Whether it is a number with a unit, `12%` or `$5`, which nobody gives to an object as its name.
pub(crate) fn has_unit(text: &str) -> bool {
    const UNITS: [char; 6] = ['%', '\u{2030}', '$', '\u{20ac}', '\u{a3}', '\u{a5}'];
    let number = |body: &str| Token::of(body.trim()).is_some();
    let unsigned = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
    unsigned.strip_prefix(UNITS).or_else(|| text.strip_suffix(UNITS)).is_some_and(number)
}

/// The separators within a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `123`.
    Integer,
    /// `1.5`.
    Point,
    /// `1.234`, which may be `1234` where commas are decimal.
    PointOrGroup,
    /// `1,5`.
    Comma,
    /// `1,234`, which may be `1.234` or `1234`.
    CommaOrGroup,
    /// `1,234,567` or `1,234.5`.
    CommaGroups,
    /// `1.234.567` or `1.234,5`.
    PointGroups,
}

impl Shape {
    /// Whether a comma is decimal for certain.
    pub(super) fn is_comma_decimal(self) -> bool {
        matches!(self, Self::Comma | Self::PointGroups)
    }

    /// Whether a comma is not decimal for certain.
    pub(super) fn is_point_decimal(self) -> bool {
        matches!(self, Self::Point | Self::CommaGroups)
    }
}

/// A number before it is known what its commas mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) shape: Shape,
    negative: bool,
    /// Digits, points and commas.
    mantissa: String,
    /// Without the letter; empty where there is none.
    exponent: String,
}

impl Token {
    pub(super) fn of(text: &str) -> Option<Self> {
        const MINUS: [char; 2] = ['-', '\u{2212}'];
        // A number of a million digits is text.
        const MOST: usize = 400;
        if text.len() > MOST {
            return None;
        }
        let (negative, body) = match text.strip_prefix(MINUS) {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match body.find(['e', 'E']) {
            Some(at) => (&body[..at], body[at + 1..].replace('\u{2212}', "-")),
            None => (body, String::new()),
        };
        if body.len() > mantissa.len() {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(&exponent);
            if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
        }
        let mantissa = ungrouped(mantissa)?;
        let shape = shape(&mantissa, !exponent.is_empty())?;
        Some(Self { shape, negative, mantissa, exponent })
    }

    /// As Rust writes numbers, where `comma` says of which shapes the comma is decimal.
    pub(super) fn plain(&self, comma: fn(Shape) -> bool) -> String {
        let mantissa = if comma(self.shape) {
            self.mantissa.replace('.', "").replace(',', ".")
        } else {
            self.mantissa.replace(',', "")
        };
        let sign = if self.negative { "-" } else { "" };
        let e = if self.exponent.is_empty() { "" } else { "e" };
        format!("{sign}{mantissa}{e}{}", self.exponent)
    }
}

/// Without blanks and apostrophes between groups of three digits.
fn ungrouped(mantissa: &str) -> Option<String> {
    let Some(mark) = mantissa.chars().find(|c| GROUPS.contains(c)) else { return Some(mantissa.to_owned()) };
    let whole = &mantissa[..mantissa.find(['.', ',']).unwrap_or(mantissa.len())];
    are_groups(whole, mark).then(|| mantissa.replace(mark, ""))
}

/// Whether digits stand in groups of three, the first of one to three and not beginning with 0.
fn are_groups(digits: &str, mark: char) -> bool {
    let mut groups = digits.split(mark);
    let first = groups.next().unwrap_or_default();
    let is_digits = |g: &str| g.bytes().all(|b| b.is_ascii_digit());
    (1..=3).contains(&first.len())
        && is_digits(first)
        && !first.starts_with('0')
        && groups.all(|g| g.len() == 3 && is_digits(g))
}

fn shape(mantissa: &str, with_exponent: bool) -> Option<Shape> {
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || !mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
        return None;
    }
    let (points, commas) = (mantissa.matches('.').count(), mantissa.matches(',').count());
    let groupable = |mark| !with_exponent && are_groups(mantissa, mark);
    Some(match (points, commas) {
        (0, 0) => Shape::Integer,
        (1, 0) if groupable('.') => Shape::PointOrGroup,
        (1, 0) => Shape::Point,
        (0, 1) if groupable(',') => Shape::CommaOrGroup,
        (0, 1) => Shape::Comma,
        (0, _) if groupable(',') => Shape::CommaGroups,
        (_, 0) if groupable('.') => Shape::PointGroups,
        // Of both, the last is decimal.
        (1, 1..) if mantissa.rfind(',') < mantissa.find('.') => {
            are_groups(&mantissa[..mantissa.find('.')?], ',').then_some(Shape::CommaGroups)?
        }
        (1.., 1) => are_groups(&mantissa[..mantissa.find(',')?], '.').then_some(Shape::PointGroups)?,
        _ => return None,
    })
}
