//! Smooth asymmetric relations in several dimensions that do not factor over the coordinates.
//!
//! Both are a scalar function of `x' A y + a'x - b'y` with fixed coefficients that have no
//! structure: the forms stand for what a trained attention head or a preference model might
//! compute. No closed form of their spectra is known.

use super::{Formula, asymmetric};
use crate::combine::bilinear_form;
use crate::enclosure::Enclosure;
use crate::function::{FnRelation, relation_blocks};
use crate::points::Points;
use crate::relation::{Regularity, RelationError};
use crate::spaces::Cube;
use faer::{Mat, MatMut, mat};

/// `sin(x' A y + a'x - b'y + 1/2)` on `[-1, 1]^8`, with `A_ij = 0.3 cos(1.7 i - 0.9 j + 0.4 i j)`,
/// `a_i = 0.3 cos i`, `b_j = 0.3 sin(2 j + 1)`, `i, j` from 0 to 7.
///
/// # Errors
/// Never with these coefficients; the signature is that of the other constructors.
pub fn smooth_asymmetric_8d() -> Result<FnRelation, RelationError> {
    let form = Form {
        matrix: Mat::from_fn(8, 8, |i, j| {
            let (i, j) = (i as f64, j as f64);
            0.3 * (1.7 * i - 0.9 * j + 0.4 * i * j).cos()
        }),
        left: (0..8).map(|i| 0.3 * f64::from(i).cos()).collect(),
        right: (0..8).map(|j| 0.3 * (2.0 * f64::from(j) + 1.0).sin()).collect(),
    };
    form.relation(
        ("smooth-asymmetric-8d", Formula::SmoothAsymmetric8d),
        1.0,
        |t| (t + 0.5).sin(),
        |t| (t + 0.5).sin(),
    )
}

/// `1 / (1 + exp(-t))` of `t = 3 x' A y + a'x - b'y` on `[-1, 1]^2`, with
/// `A = [[0.9, -0.5], [0.3, 0.8]]`, `a = (1, -0.5)`, `b = (0.4, 1.2)`.
///
/// # Errors
/// Never with these coefficients; the signature is that of the other constructors.
pub fn smooth_asymmetric_2d() -> Result<FnRelation, RelationError> {
    let form = Form { matrix: mat![[2.7, -1.5], [0.9, 2.4]], left: vec![1.0, -0.5], right: vec![0.4, 1.2] };
    form.relation(
        ("smooth-asymmetric-2d", Formula::SmoothAsymmetric2d),
        0.25,
        |t| 1.0 / (1.0 + (-t).exp()),
        |t| t.logistic(),
    )
}

/// `x' A y + a'x - b'y` on a cube.
#[derive(Clone)]
struct Form {
    matrix: Mat<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
}

impl Form {
    fn relation(
        self,
        (name, formula): (&'static str, Formula),
        slope: f64,
        f: impl Fn(f64) -> f64 + Send + Sync + 'static,
        enclosed: impl Fn(Enclosure) -> Enclosure + Send + Sync + 'static,
    ) -> Result<FnRelation, RelationError> {
        let space = Cube::new(self.left.len(), -1.0, 1.0)?;
        let lipschitz = slope * self.steepest();
        let same = self.clone();
        let r = relation_blocks(space.clone(), space, move |x, y, mut out: MatMut<'_, f64>| {
            bilinear_form(x, &self.matrix, y, out.as_mut());
            let (u, v) = (dots(x, &self.left), dots(y, &self.right));
            for j in 0..y.len() {
                for i in 0..x.len() {
                    out[(i, j)] = f(out[(i, j)] + u[i] - v[j]);
                }
            }
            Ok(())
        });
        let r = r.enclosed_by(move |x, y| Some(enclosed(same.enclose(x, y))));
        Ok(r.named(name).of_formula(formula, &[]).with_facts(asymmetric(Regularity::Smooth, lipschitz)))
    }

    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Enclosure {
        let combine = |c: &[f64], z: &[Enclosure]| {
            z.iter().zip(c).fold(Enclosure::constant(0.0), |s, (z, c)| s + *z * *c)
        };
        let mut t = combine(&self.left, x) - combine(&self.right, y);
        for (i, x) in x.iter().enumerate() {
            let row: Vec<f64> = (0..y.len()).map(|j| self.matrix[(i, j)]).collect();
            t = t + *x * combine(&row, y);
        }
        t
    }

    /// The gradient is `(A y + a, A'x - b)`, and `|A y| <= |A|_F sqrt(p)` on the cube.
    fn steepest(&self) -> f64 {
        let norm = |v: &[f64]| v.iter().map(|c| c * c).sum::<f64>().sqrt();
        let reach = self.matrix.norm_l2() * (self.left.len() as f64).sqrt();
        (reach + norm(&self.left)).hypot(reach + norm(&self.right))
    }
}

fn dots(points: &Points, coefficients: &[f64]) -> Vec<f64> {
    points.rows().map(|p| p.iter().zip(coefficients).map(|(a, b)| a * b).sum()).collect()
}
