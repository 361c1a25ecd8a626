//! Sums whose rounding is that of twice the digits.

/// A sum and what rounding took from it, with the sum of the magnitudes of its terms.
///
/// The gradient of a likelihood sums flows between items. Those of heavy observations cancel, and
/// what is left belongs to light ones: it must not be lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
    size: f64,
}

impl Sum {
    /// Adds a term (D. Knuth's exact sum of two numbers).
    pub(crate) fn add(&mut self, term: f64) {
        let high = self.high + term;
        let rest = high - self.high;
        self.low += (self.high - (high - rest)) + (term - rest);
        self.high = high;
        self.size += term.abs();
    }

    /// Adds a factor times another sum, the product exact too.
    pub(crate) fn add_scaled(&mut self, factor: f64, other: Self) {
        let product = factor * other.high;
        let size = self.size + factor.abs() * other.size;
        self.add(product);
        self.low += factor.mul_add(other.high, -product) + factor * other.low;
        self.size = size;
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }

    /// What may be missing, from the terms and from factors that were rounded themselves.
    pub(crate) fn noise(self) -> f64 {
        const UNIT: f64 = 0.5 * f64::EPSILON;
        4.0 * UNIT * (UNIT * self.size + self.value().abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_terms_survive_heavy_ones() {
        let mut s = Sum::default();
        [1e20, 0.1, -1e20, 1e-13, 3e19, -3e19].into_iter().for_each(|v| s.add(v));
        assert!((s.value() - (0.1 + 1e-13)).abs() < 1e-16 && s.noise() < 1e-10);
        let mut t = Sum::default();
        t.add(-1.0);
        t.add_scaled(1.0 / 3.0, s);
        assert!((t.value() + 1.0 - 1.0 / 3.0 * (0.1 + 1e-13)).abs() < 1e-16);
    }
}
