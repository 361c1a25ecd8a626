//! How precisely a file gives its numbers.

/// How precisely a file gives its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
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

/// What the printed numbers of a file have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Printed {
    /// For numbers that are not whole: how often each number of decimals occurs, the most digits,
    /// whether all are the shortest text of a single.
    decimals: std::collections::BTreeMap<i32, usize>,
    count: usize,
    digits: u32,
    not_single: bool,
    exponents: bool,
}

impl Printed {
    /// Notes a number as Rust writes it, and its value.
    pub(super) fn note(&mut self, plain: &str, value: f64) {
        let (mantissa, exponent) = match plain.find(['e', 'E']) {
            Some(at) => (&plain[..at], plain[at + 1..].parse::<i32>().unwrap_or(0)),
            None => (plain, 0),
        };
        let fraction = mantissa.find('.').map_or(0, |at| mantissa.len() - at - 1);
        // A whole number may be exact, or rounded: it says nothing.
        if value == 0.0 || fraction == 0 && exponent == 0 || mantissa.ends_with(".0") && exponent == 0 {
            return;
        }
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|b| *b == b'0').count();
        self.count += 1;
        self.digits = self.digits.max(u32::try_from(digits).unwrap_or(u32::MAX));
        self.exponents |= mantissa.len() < plain.len();
        let decimals = i32::try_from(fraction).unwrap_or(i32::MAX).saturating_sub(exponent);
        *self.decimals.entry(decimals).or_default() += 1;
        if !self.not_single {
            let single = value as f32;
            self.not_single = single.to_string().parse::<f64>().ok() != Some(value);
        }
    }

    /// The precision: that of doubles where numbers have 15 digits and more, of singles where seven
    /// digits and more are the shortest text of one. Otherwise decimals, if most numbers have the
    /// most of them (rounding to decimals leaves a zero at the end of one number in ten); else
    /// digits.
    pub(super) fn precision(&self) -> Precision {
        const OF_A_DOUBLE: u32 = 15;
        const OF_A_SINGLE: u32 = 7;
        if self.count == 0 {
            return Precision::Exact;
        }
        if self.digits >= OF_A_DOUBLE {
            return Precision::Double;
        }
        if self.digits >= OF_A_SINGLE && !self.not_single && self.decimals.len() > 1 {
            return Precision::Single;
        }
        match self.decimals.last_key_value() {
            Some((decimals, count)) if 2 * count >= self.count => Precision::Decimals(*decimals),
            _ => Precision::Digits(self.digits),
        }
    }
}
