//! Inner products of multilayer perceptrons.

use crate::mlp::{Mlp, NetworkError};
use faer::Mat;
use relata_kernels::Encoders;
use relata_relations::{Factors, Points};

/// A relation network in f64: an inner product of feature maps that are perceptrons.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationNet {
    /// `<phi(x), phi(y)>`: symmetric and positive semidefinite.
    Symmetric(Mlp),
    /// `<phi(x), psi(y)>`.
    Asymmetric(Mlp, Mlp),
    /// `<phi(x), J phi(y)>` with `J = diag(signs)`: symmetric, of either sign.
    Indefinite(Mlp, Vec<f64>),
}

impl RelationNet {
    /// `<phi(x), phi(y)>`.
    #[must_use]
    pub fn symmetric(phi: Mlp) -> Self {
        Self::Symmetric(phi)
    }

    /// `<phi(x), psi(y)>`.
    ///
    /// # Errors
    /// [`NetworkError::Encoders`] if the encoders have different numbers of outputs.
    pub fn asymmetric(phi: Mlp, psi: Mlp) -> Result<Self, NetworkError> {
        let (first, second) = (phi.outputs(), psi.outputs());
        if first != second {
            return Err(NetworkError::Encoders { what: "outputs of the two encoders", first, second });
        }
        Ok(Self::Asymmetric(phi, psi))
    }

    /// `<phi(x), J phi(y)>` with `J = diag(signs)`.
    ///
    /// # Errors
    /// [`NetworkError`] if there is another number of signs than of outputs, or a sign is not 1 or
    /// -1.
    pub fn indefinite(phi: Mlp, signs: Vec<f64>) -> Result<Self, NetworkError> {
        let (first, second) = (phi.outputs(), signs.len());
        if first != second {
            return Err(NetworkError::Encoders { what: "outputs of the encoder and signs", first, second });
        }
        if let Some(index) = signs.iter().position(|s| s.abs().to_bits() != 1.0f64.to_bits()) {
            return Err(NetworkError::Sign { index, value: signs[index] });
        }
        Ok(Self::Indefinite(phi, signs))
    }

    /// Which class of inner products this is.
    #[must_use]
    pub fn encoders(&self) -> Encoders {
        match self {
            Self::Symmetric(_) => Encoders::Shared,
            Self::Asymmetric(..) => Encoders::Separate,
            Self::Indefinite(..) => Encoders::Indefinite,
        }
    }

    /// The encoder of `x`.
    #[must_use]
    pub fn phi_net(&self) -> &Mlp {
        match self {
            Self::Symmetric(phi) | Self::Asymmetric(phi, _) | Self::Indefinite(phi, _) => phi,
        }
    }

    /// The encoder of `y` (the same one where it is shared).
    #[must_use]
    pub fn psi_net(&self) -> &Mlp {
        match self {
            Self::Asymmetric(_, psi) => psi,
            Self::Symmetric(phi) | Self::Indefinite(phi, _) => phi,
        }
    }

    /// Neurons in all: hidden units of the encoder, or of both.
    #[must_use]
    pub fn neurons(&self) -> usize {
        match self {
            Self::Asymmetric(phi, psi) => phi.neurons() + psi.neurons(),
            Self::Symmetric(phi) | Self::Indefinite(phi, _) => phi.neurons(),
        }
    }

    /// The values `f(x_i, y_j)`. Shape: `n x m`.
    #[must_use]
    pub fn evaluate(&self, x: &Points, y: &Points) -> Mat<f64> {
        self.phi(x) * self.psi(y).transpose()
    }
}

impl Factors for RelationNet {
    fn rank(&self) -> usize {
        self.phi_net().outputs()
    }

    fn phi(&self, x: &Points) -> Mat<f64> {
        self.phi_net().forward(x)
    }

    fn psi(&self, y: &Points) -> Mat<f64> {
        let mut out = self.psi_net().forward(y);
        if let Self::Indefinite(_, signs) = self {
            for (column, s) in out.col_iter_mut().zip(signs) {
                column.iter_mut().for_each(|v| *v *= s);
            }
        }
        out
    }
}
