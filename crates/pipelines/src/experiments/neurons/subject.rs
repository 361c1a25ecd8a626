//! The relations that are counted for, and in which norm.

use crate::fitting::count;
use relata_kernels::Encoders;
use relata_kernels::cost::ErrorNorm;
use relata_relations::catalogue::{exp_bilinear_cube, gaussian, relation};
use relata_relations::{Definiteness, HeldOut, Quadrature, Regularity, Relation, Seed, Space, Symmetry};
use relata_runs::Row;
use std::sync::Arc;

/// A relation with the norm of its errors.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) relation: Arc<dyn Relation>,
    pub(super) norm: ErrorNorm,
    pub(super) encoders: Encoders,
    pub(super) dimension: usize,
}

impl Subject {
    /// A relation of the catalogue, or the Gaussian or exponential kernel on a cube of another
    /// dimension.
    pub(super) fn of(name: &str) -> anyhow::Result<Self> {
        let relation: Arc<dyn Relation> = match name {
            "gaussian-2d" => Arc::new(gaussian(2, 1.0)?.named(name)),
            "gaussian-4d" => Arc::new(gaussian(4, 1.0)?.named(name)),
            "exp-bilinear-4d" => Arc::new(exp_bilinear_cube(4, 0.5)?.named(name)),
            _ => relation(name)?,
        };
        let dimension = relation.spaces().0.axes();
        let encoders = match (relation.symmetry(), relation.definiteness()) {
            (_, Definiteness::PositiveSemidefinite) => Encoders::Shared,
            (Symmetry::Symmetric, _) if dimension == 1 => Encoders::Indefinite,
            (Symmetry::Symmetric | Symmetry::Antisymmetric | Symmetry::Asymmetric, _) => Encoders::Separate,
        };
        let jumps = matches!(relation.regularity(), Regularity::Jump { .. });
        Ok(Self {
            name: name.into(),
            norm: if dimension <= 2 && !jumps { ErrorNorm::Sup } else { ErrorNorm::L2 },
            encoders,
            dimension,
            relation,
        })
    }

    /// A row with what all rows about the relation have.
    pub(super) fn row(&self, table: &str) -> Row {
        Row::new(table)
            .with("relation", self.name.as_str())
            .with("dimension", self.dimension)
            .with("norm", self.norm.to_string())
    }

    /// The rules on which a readout is solved.
    pub(super) fn fit(&self, seed: Seed) -> anyhow::Result<[Quadrature; 2]> {
        let (x, y) = self.relation.spaces();
        let side = |space: &dyn Space, name: &str, more: usize| -> anyhow::Result<Quadrature> {
            Ok(match self.dimension {
                1 => space.quadrature(count(240 + more)?)?,
                2 => space.quadrature(count(20 + more)?)?,
                _ => {
                    let word = seed.stream(&format!("neurons/fit/{name}")).word();
                    Quadrature::equal_weights(space.sobol(count(1500)?, word)?, space.mass())?
                }
            })
        };
        let qx = side(x, "x", 0)?;
        Ok(if self.encoders == Encoders::Separate { [qx, side(y, "y", 1)?] } else { [qx.clone(), qx] })
    }

    /// Other points than those of a fit: an even grid with the ends for largest errors, fresh
    /// points for mean squares.
    pub(super) fn held_out(&self, seed: Seed) -> anyhow::Result<HeldOut> {
        let (x, y) = self.relation.spaces();
        if self.norm == ErrorNorm::Sup {
            let per_axis = if self.dimension == 1 { 601 } else { 31 };
            let (x, y) = (x.covering(count(per_axis)?)?.points, y.covering(count(per_axis + 2)?)?.points);
            return Ok(HeldOut::Sample { x, y });
        }
        let draw = |space: &dyn Space, side: &str| -> anyhow::Result<_> {
            Ok(space.sobol(count(2000)?, seed.stream(&format!("neurons/test/{side}")).word())?)
        };
        Ok(HeldOut::Sample { x: draw(x, "x")?, y: draw(y, "y")? })
    }
}
