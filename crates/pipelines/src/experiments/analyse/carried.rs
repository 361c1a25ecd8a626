//! How precisely the entries of a relation are known.

use faer::MatRef;
use relata_files::FilePrecision;
use relata_kernels::EntryRounding;

/// How precisely entries are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Carried {
    /// As the file gives them.
    File(FilePrecision),
    /// To this fraction of the largest, which the user said.
    Said(f64),
}

/// How far an entry may be off: a fraction of itself, and an absolute amount.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Off {
    relative: f64,
    absolute: f64,
}

impl Carried {
    /// How far each entry may be off, of a relation divided by `scale`, whose largest entry then is
    /// `largest`.
    fn off(self, largest: f64, scale: f64) -> Off {
        let relative = |relative: f64| Off { relative, absolute: 0.0 };
        let absolute = |absolute: f64| Off { relative: f64::EPSILON, absolute };
        match self {
            Self::File(FilePrecision::Exact | FilePrecision::Double) => relative(f64::EPSILON),
            Self::File(FilePrecision::Single) => relative(f64::from(f32::EPSILON)),
            // Bits of the fraction: 10 of half floats, 7 of brain floats.
            Self::File(FilePrecision::Half) => relative(2f64.powi(-10)),
            Self::File(FilePrecision::Brain) => relative(2f64.powi(-7)),
            Self::File(FilePrecision::Decimals(places)) => absolute(0.5 * (last_place(places) / scale)),
            Self::File(FilePrecision::Digits(digits)) => {
                relative((0.5 * last_place(i32::try_from(digits).unwrap_or(i32::MAX) - 1)).max(f64::EPSILON))
            }
            Self::Said(fraction) => absolute(fraction * largest),
        }
    }

    /// The same for the functions of the kernels.
    pub(super) fn rounding(self, a: MatRef<'_, f64>, scale: f64) -> EntryRounding {
        let off = self.off(a.norm_max(), scale);
        // Both are finite and nonnegative.
        let rounding = if off.absolute > 0.0 {
            EntryRounding::absolute(off.absolute)
        } else {
            EntryRounding::relative(off.relative)
        };
        rounding.unwrap_or(EntryRounding::DOUBLE)
    }

    /// Whether rounding explains every difference between `a` and its transpose.
    pub(super) fn explains_asymmetry(self, a: MatRef<'_, f64>, scale: f64) -> bool {
        let off = self.off(a.norm_max(), scale);
        let n = a.nrows();
        let within =
            |x: f64, y: f64| (x - y).abs() <= off.relative * (x.abs() + y.abs()) + 2.0 * off.absolute;
        (0..n).all(|i| (0..i).all(|j| within(a[(i, j)], a[(j, i)])))
    }

    /// A bound of what rounding may have added to the norm of `a`, relative to it: that of one entry
    /// times the longer side, as for computations in that precision.
    pub(super) fn relative_norm(self, a: MatRef<'_, f64>, scale: f64) -> f64 {
        self.relative_of([a.nrows(), a.ncols()], a.norm_max(), a.norm_l2(), scale)
    }

    /// The same of a matrix of that size, with that largest entry and that norm.
    pub(super) fn relative_of(self, size: [usize; 2], largest: f64, norm: f64, scale: f64) -> f64 {
        let off = self.off(largest, scale);
        size[0].max(size[1]) as f64 * (off.relative + off.absolute / norm)
    }

    /// In words; none where entries are as exact as doubles are.
    pub(super) fn words(self) -> Option<String> {
        Some(match self {
            Self::File(FilePrecision::Exact | FilePrecision::Double) | Self::Said(0.0) => return None,
            Self::File(FilePrecision::Single) => "its entries are single precision".to_owned(),
            Self::File(FilePrecision::Half) => "its entries are half precision".to_owned(),
            Self::File(FilePrecision::Brain) => "its entries are brain floats".to_owned(),
            Self::File(FilePrecision::Decimals(places)) => {
                format!("its entries are printed to the nearest {}", shown(last_place(places)))
            }
            Self::File(FilePrecision::Digits(digits)) => {
                format!("its entries are printed to {digits} digits")
            }
            Self::Said(fraction) => {
                format!("its entries were said to be known to {fraction} of the largest")
            }
        })
    }
}

/// Ten to the power of minus `places`, as near as doubles come.
fn last_place(places: i32) -> f64 {
    format!("1e{}", -i64::from(places)).parse().unwrap_or(0.0)
}

fn shown(v: f64) -> String {
    if (1e-6..1e6).contains(&v) { v.to_string() } else { format!("{v:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::mat;

    #[test]
    fn rounding_is_that_of_the_last_place() {
        let a = mat![[1.0, 0.335], [0.34, 1.0]];
        let of = |p| Carried::File(p).explains_asymmetry(a.as_ref(), 1.0);
        assert!(of(FilePrecision::Decimals(2)) && !of(FilePrecision::Decimals(3)));
        assert!(of(FilePrecision::Digits(2)) && !of(FilePrecision::Digits(4)) && !of(FilePrecision::Double));
        assert!(of(FilePrecision::Brain) == ((0.34f64 - 0.335) <= 0.675 / 128.0));
        assert!(Carried::Said(0.0025).explains_asymmetry(a.as_ref(), 1.0));
        assert!(!Carried::Said(0.002).explains_asymmetry(a.as_ref(), 1.0));
        // In another unit the same digits are as many.
        let scale = 2f64.powi(-600);
        let small = Carried::File(FilePrecision::Decimals(2 + 180));
        assert!(small.relative_norm(a.as_ref(), scale) > 0.0);
    }
}
