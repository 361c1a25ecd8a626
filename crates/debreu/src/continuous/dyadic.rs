//! Dyadic rationals of any precision, because `sum 2^-k` in f64 gives nearly all elements the same
//! value.

use std::cmp::Ordering;
use std::fmt;

/// A dyadic rational `m / 2^b >= 0`, exact. Ordered by value.
///
/// ```
/// use relata_debreu::continuous::Dyadic;
/// let tiny = Dyadic::power(-2_000); // far below the smallest f64
/// let one = Dyadic::power(0);
/// assert!(one < one.plus(&tiny));
/// assert!(one.midpoint(&one.plus(&tiny)) > one);
/// assert_eq!(one.plus(&tiny).to_f64(), 1.0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dyadic {
    whole: u64,
    // Words after the binary point, most significant first, without zeros at the end: equal numbers
    // have equal words.
    fraction: Vec<u64>,
}

impl Dyadic {
    /// Zero.
    #[must_use]
    pub fn zero() -> Self {
        Self::default()
    }

    /// `2^exponent` for an exponent at most 0; 1 for a positive one.
    #[must_use]
    pub fn power(exponent: i64) -> Self {
        let mut d = Self::zero();
        d.add_power(exponent.min(0).unsigned_abs() as usize);
        d
    }

    /// The sum of two numbers; saturates at a whole part of `u64::MAX`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let len = self.fraction.len().max(other.fraction.len());
        let word = |d: &Self, k: usize| d.fraction.get(k).copied().unwrap_or(0);
        let mut fraction = vec![0u64; len];
        let mut carry = false;
        for k in (0..len).rev() {
            let (a, c1) = word(self, k).overflowing_add(word(other, k));
            let (b, c2) = a.overflowing_add(u64::from(carry));
            fraction[k] = b;
            carry = c1 || c2;
        }
        let whole = self.whole.saturating_add(other.whole).saturating_add(u64::from(carry));
        Self { whole, fraction }.trimmed()
    }

    /// Half of the number.
    #[must_use]
    pub fn half(&self) -> Self {
        let mut fraction = Vec::with_capacity(self.fraction.len() + 1);
        let mut carry = self.whole & 1;
        for &w in &self.fraction {
            fraction.push(w >> 1 | carry << 63);
            carry = w & 1;
        }
        fraction.push(carry << 63);
        Self { whole: self.whole >> 1, fraction }.trimmed()
    }

    /// Half the sum of two numbers: strictly between them where they differ.
    #[must_use]
    pub fn midpoint(&self, other: &Self) -> Self {
        self.plus(other).half()
    }

    /// The absolute difference of two numbers.
    #[must_use]
    pub fn distance(&self, other: &Self) -> Self {
        let (high, low) = if self >= other { (self, other) } else { (other, self) };
        let len = high.fraction.len().max(low.fraction.len());
        let word = |d: &Self, k: usize| d.fraction.get(k).copied().unwrap_or(0);
        let mut fraction = vec![0u64; len];
        let mut borrow = false;
        for k in (0..len).rev() {
            let (a, b1) = word(high, k).overflowing_sub(word(low, k));
            let (b, b2) = a.overflowing_sub(u64::from(borrow));
            fraction[k] = b;
            borrow = b1 || b2;
        }
        Self { whole: high.whole - low.whole - u64::from(borrow), fraction }.trimmed()
    }

    /// Number of binary digits after the point.
    #[must_use]
    pub fn digits(&self) -> usize {
        self.fraction.last().map_or(0, |w| 64 * self.fraction.len() - w.trailing_zeros() as usize)
    }

    /// The nearest f64 up to two units in the last place; different numbers may become equal.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        let mut value = 0.0;
        for &w in self.fraction.iter().take(20).rev() {
            value = (value + w as f64) * 2f64.powi(-64);
        }
        self.whole as f64 + value
    }

    pub(crate) fn add_power(&mut self, places: usize) {
        if places == 0 {
            self.whole = self.whole.saturating_add(1);
            return;
        }
        let (word, bit) = ((places - 1) / 64, 63 - (places - 1) % 64);
        if self.fraction.len() <= word {
            self.fraction.resize(word + 1, 0);
        }
        let (sum, mut carry) = self.fraction[word].overflowing_add(1 << bit);
        self.fraction[word] = sum;
        let mut k = word;
        while carry && k > 0 {
            k -= 1;
            (self.fraction[k], carry) = self.fraction[k].overflowing_add(1);
        }
        self.whole = self.whole.saturating_add(u64::from(carry));
        while self.fraction.last() == Some(&0) {
            self.fraction.pop();
        }
    }

    fn trimmed(mut self) -> Self {
        while self.fraction.last() == Some(&0) {
            self.fraction.pop();
        }
        self
    }
}

impl Ord for Dyadic {
    fn cmp(&self, other: &Self) -> Ordering {
        // Words are trimmed, so lexicographic order (a prefix first) is the order of values.
        self.whole.cmp(&other.whole).then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl PartialOrd for Dyadic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Dyadic {
    /// Hexadecimal, exact: `0x0.8` is one half.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:x}", self.whole)?;
        let digits: String = self.fraction.iter().map(|w| format!("{w:016x}")).collect();
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() { Ok(()) } else { write!(f, ".{digits}") }
    }
}
