//! Numbers with all their digits.

use std::fmt;

/// A decimal number with all its digits: `mantissa` times ten to the power of `exponent`. What was
/// printed as `0.1` is a tenth here, and no double is.
///
/// ```
/// use relata_files::{Decimal, Notation};
/// let d = Notation::POINT.decimal("12.50")?;
/// assert_eq!(d, Decimal { mantissa: 125, exponent: -1 });
/// assert_eq!(d.to_f64(), 12.5);
/// # Ok::<(), relata_files::NumberProblem>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits, without zeros at the end.
    pub mantissa: i128,
    /// The power of ten; 0 for the number 0.
    pub exponent: i32,
}

impl Decimal {
    /// From a number as Rust writes it; none where it is not one, or has too many digits.
    pub(crate) fn parse(plain: &str) -> Option<Self> {
        let (mantissa, exponent) = match plain.find(['e', 'E']) {
            Some(at) => (&plain[..at], plain[at + 1..].parse::<i32>().ok()?),
            None => (plain, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut value: i128 = 0;
        for b in whole.bytes().chain(fraction.bytes()) {
            let digit = i128::from(b.checked_sub(b'0').filter(|d| *d <= 9)?);
            value = value.checked_mul(10)?.checked_add(digit)?;
        }
        let mut exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        if value == 0 {
            return Some(Self { mantissa: 0, exponent: 0 });
        }
        while value % 10 == 0 {
            value /= 10;
            exponent = exponent.checked_add(1)?;
        }
        Some(Self { mantissa: if negative { -value } else { value }, exponent })
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        // A number in this form always parses.
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}e{}", self.mantissa, self.exponent)
    }
}
