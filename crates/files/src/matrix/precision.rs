//! How precisely a file gives its numbers.

use std::collections::BTreeMap;

/// How precisely a file gives its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FilePrecision {
    /// Whole numbers and truth values: exactly.
    Exact,
    /// In double precision.
    Double,
    /// In single precision.
    Single,
    /// In half precision (11 bits).
    Half,
    /// As brain floats (8 bits).
    Brain,
    /// Printed to so many places after the decimal point; negative where tens are the last.
    Decimals(i32),
    /// Printed to so many digits.
    Digits(u32),
}

/// What the printed numbers of a file have in common, apart from whole ones: these may be exact or
/// rounded, and say nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Printed {
    count: usize,
    /// How often each number of decimals occurs.
    decimals: BTreeMap<i32, usize>,
    /// The most digits.
    digits: u32,
    /// Numbers without an exponent.
    fixed: usize,
    /// How often each number of digits, with zeros at the end, occurs where there is an exponent;
    /// whole numbers are among them.
    with_exponent: BTreeMap<u32, usize>,
    /// Numbers that are not the shortest text of a single.
    not_single: usize,
    /// Numbers whose last digit is not 5.
    not_halves: usize,
}

impl Printed {
    /// Notes a number as Rust writes it, and its value.
    pub(super) fn note(&mut self, plain: &str, value: f64) {
        let at = plain.find(['e', 'E']);
        let mantissa = &plain[..at.unwrap_or(plain.len())];
        let exponent = at.map_or(0, |at| plain[at + 1..].parse::<i32>().unwrap_or(0));
        let fraction = mantissa.find('.').map_or(0, |at| mantissa.len() - at - 1);
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|b| *b == b'0').count();
        let digits = u32::try_from(digits).unwrap_or(u32::MAX);
        if at.is_some() && value != 0.0 {
            *self.with_exponent.entry(digits).or_default() += 1;
        }
        if value == 0.0 || exponent == 0 && (fraction == 0 || mantissa.ends_with(".0")) {
            return;
        }
        self.count += 1;
        self.fixed += usize::from(at.is_none());
        self.digits = self.digits.max(digits);
        let decimals = i32::try_from(fraction).unwrap_or(i32::MAX).saturating_sub(exponent);
        *self.decimals.entry(decimals).or_default() += 1;
        self.not_single += usize::from((value as f32).to_string().parse::<f64>().ok() != Some(value));
        self.not_halves += usize::from(!mantissa.trim_end_matches('0').ends_with('5'));
    }

    /// The precision: that of doubles where numbers have 15 digits and more, of singles where seven
    /// digits and more are the shortest text of one. Of numbers with exponents it is a number of
    /// digits, if all have as many. Otherwise it is a number of decimals, if most have the most of
    /// them: rounding to decimals leaves a zero at the end of one number in ten. Numbers of one
    /// digit, halves and quarters are exact: somebody wrote them down.
    pub(super) fn precision(&self) -> FilePrecision {
        const OF_A_DOUBLE: u32 = 15;
        const OF_A_SINGLE: u32 = 7;
        if self.digits >= OF_A_DOUBLE {
            return FilePrecision::Double;
        }
        if self.digits >= OF_A_SINGLE && self.not_single == 0 && self.decimals.len() > 1 {
            return FilePrecision::Single;
        }
        if self.digits < 2 || self.not_halves == 0 {
            return FilePrecision::Exact;
        }
        if !self.with_exponent.is_empty() {
            let alike = self.with_exponent.len() == 1 && self.fixed == 0;
            return if alike { FilePrecision::Digits(self.digits) } else { FilePrecision::Exact };
        }
        match self.decimals.last_key_value() {
            Some((decimals, count)) if 2 * count >= self.count => FilePrecision::Decimals(*decimals),
            _ => FilePrecision::Digits(self.digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_what_the_digits_tell() {
        use FilePrecision::{Decimals, Digits, Double, Exact, Single};
        for (numbers, expected) in [
            (&["1", "2", "30", "4.0"][..], Exact),
            (&["0.62", "1.0", "0.31", "0.1"], Decimals(2)),
            (&["0.500", "0.123"], Decimals(3)),
            (&["4.5", "3.5", "5"], Exact),
            (&["0.25", "0.75", "0.5"], Exact),
            (&["1e-200", "2e-200"], Exact),
            (&["6.2e-1", "1e0", "2.7e-1", "3e-1"], Exact),
            (&["6.2e-1", "1e0", "2.7e-1"], Exact),
            (&["6.200e-01", "1.000e+00", "2.703e-05"], Digits(4)),
            (&["1.000000000000000000e+00", "6.199999999999999956e-01"], Double),
            (&["0.1234567890123456", "0.5"], Double),
            (&["10.871582", "-0.09209271", "6.057503"], Single),
            (&["1234.5", "0.012345", "1.2346"], Digits(5)),
        ] {
            let mut printed = Printed::default();
            numbers.iter().for_each(|n| printed.note(n, n.parse().unwrap()));
            assert_eq!(printed.precision(), expected, "{numbers:?}");
        }
    }
}
