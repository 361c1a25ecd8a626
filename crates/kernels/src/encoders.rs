//! The three classes of inner products.

use std::fmt;

/// Which inner products are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoders {
    /// `<phi(x), phi(y)>`: one encoder; the class is the kernels of reproducing kernel Hilbert
    /// spaces.
    Shared,
    /// `<phi(x), psi(y)>`: two encoders; the class is the kernels of reproducing kernel Banach
    /// spaces.
    Separate,
    /// `<phi(x), J phi(y)>` with `J = diag(+-1)`: one encoder and a fixed indefinite form (Krein
    /// spaces).
    Indefinite,
}

impl Encoders {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Shared, Self::Separate, Self::Indefinite];
}

impl fmt::Display for Encoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "shared",
            Self::Separate => "separate",
            Self::Indefinite => "indefinite",
        })
    }
}
