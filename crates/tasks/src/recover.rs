//! Recovery of relations from corrupted measurements, by the smallest sum of absolute errors.
//!
//! `argmin_u sum_j |a_j - <s_j, u>|` over `u` in `R^m` is attained at a point that fits `m` of the
//! measurements exactly. From such a point the simplex method of Barrodale and Roberts (1973) moves
//! along the edge on which one of the `m` is given up: the multipliers `y` of the fitted measurements,
//! `sum_j y_j s_j = 0` with `y_j` the sign of the error of the others, tell which, and a weighted
//! median how far. Where all are at most 1 in size the point is optimal, and `y` proves it.

use crate::error::{TaskError, check_count};
use relata_relations::Points;
use relata_relations::faer::Mat;
use relata_relations::faer::linalg::solvers::Solve;

/// A solution and how good it certainly is.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// The relations.
    pub relations: Vec<f64>,
    /// The sum of absolute errors.
    pub objective: f64,
    /// The value of the dual problem at the multipliers, cut to `[-1, 1]` and corrected: no
    /// relations have a smaller sum of absolute errors, up to rounding.
    pub bound: f64,
    /// Moves from one vertex to the next.
    pub moves: usize,
}

/// The most moves per measurement; a few per symbol are usual.
const MAX_MOVES: usize = 50;

/// How far measurements are moved apart, relative to the largest, while vertices are walked: where
/// most are exact, many vertices are one point, and the walk would go round in it. Neighbouring shifts
/// of thousands of measurements still differ by more than rounding; only an error smaller than the
/// shifts can make the result other than optimal, and then by that much, which the bound shows.
const APART: f64 = 1e-8;

/// The relations `u` with the smallest sum of absolute errors `|a - S u|_1`.
///
/// ```
/// use relata_relations::Points;
/// use relata_tasks::recover;
/// // The median of 1, 2, 3, 4 and 100.
/// let s = Points::line(vec![1.0; 5])?;
/// assert!((recover(&s, &[1.0, 2.0, 3.0, 4.0, 100.0])?.relations[0] - 3.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`TaskError::Count`] if there are not as many measurements as rows of `S`, or fewer than columns;
/// [`TaskError::Value`] if a measurement is not finite or rows of `S` do not span the space.
pub fn recover(s: &Points, a: &[f64]) -> Result<Recovered, TaskError> {
    let (d, m) = (s.len(), s.dim());
    check_count("measurements", a.len(), d, d)?;
    check_count("symbols", m, 1, d)?;
    if let Some(value) = a.iter().find(|v| !v.is_finite()) {
        return Err(TaskError::Value { what: "a measurement", value: *value, expected: "finite" });
    }
    let size = a.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    // Multiples of the golden ratio modulo 1 are apart from each other.
    let shift = |j: usize| APART * size * ((j as f64 * 0.618_033_988_749_895).fract() - 0.5);
    let apart: Vec<f64> = a.iter().enumerate().map(|(j, a)| a + shift(j)).collect();
    let mut fitted = first_vertex(s, &apart)?;
    let limit = MAX_MOVES * d;
    let mut moves = 0;
    loop {
        let at = Vertex::new(s, &apart, &fitted)?;
        let (k, size) = at.worst();
        if size <= 1.0 + 1e-9 || moves >= limit {
            // The multipliers are a proof for any measurements; the point is that of those given.
            let here = Vertex::new(s, a, &fitted)?;
            return Ok(Vertex { y: at.y, ..here }.finish(a, moves));
        }
        let entering = at.line_search(s, k, &fitted);
        fitted[k] = entering;
        moves += 1;
    }
}

/// The measurements that elimination with row exchanges picks from those nearest to the least squares.
fn first_vertex(s: &Points, a: &[f64]) -> Result<Vec<usize>, TaskError> {
    let (d, m) = (s.len(), s.dim());
    let normal = s.as_mat().transpose() * s.as_mat();
    let rhs = Mat::from_fn(m, 1, |i, _| (0..d).map(|j| s.row(j)[i] * a[j]).sum());
    let u = normal.partial_piv_lu().solve(&rhs);
    let error = |j: usize| (a[j] - (0..m).map(|i| s.row(j)[i] * u[(i, 0)]).sum::<f64>()).abs();
    let mut order: Vec<usize> = (0..d).collect();
    order.sort_by(|i, j| error(*i).total_cmp(&error(*j)));
    // Rows that are independent of those before, by orthogonalisation.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut fitted = Vec::new();
    for j in order {
        let mut row = s.row(j).to_vec();
        let length = norm(&row);
        for b in &basis {
            let along: f64 = b.iter().zip(&row).map(|(b, r)| b * r).sum();
            row.iter_mut().zip(b).for_each(|(r, b)| *r -= along * b);
        }
        let rest = norm(&row);
        if rest > 1e-9 * length {
            basis.push(row.iter().map(|r| r / rest).collect());
            fitted.push(j);
        }
        if fitted.len() == m {
            return Ok(fitted);
        }
    }
    let (what, expected) = ("the rank of the symbols", "the number of symbols");
    Err(TaskError::Value { what, value: fitted.len() as f64, expected })
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// A point that fits `m` measurements exactly.
struct Vertex {
    u: Vec<f64>,
    errors: Vec<f64>,
    /// The inverse of the rows that are fitted.
    inverse: Mat<f64>,
    /// The multiplier of every measurement.
    y: Vec<f64>,
    fitted: Vec<usize>,
}

impl Vertex {
    fn new(s: &Points, a: &[f64], fitted: &[usize]) -> Result<Self, TaskError> {
        let (d, m) = (s.len(), s.dim());
        let rows = Mat::from_fn(m, m, |i, j| s.row(fitted[i])[j]);
        let inverse = rows.partial_piv_lu().solve(&Mat::<f64>::identity(m, m));
        let u: Vec<f64> = (0..m).map(|i| (0..m).map(|k| inverse[(i, k)] * a[fitted[k]]).sum()).collect();
        if let Some(value) = u.iter().find(|v| !v.is_finite()) {
            return Err(TaskError::Value { what: "a relation", value: *value, expected: "finite" });
        }
        let dot = |j: usize| s.row(j).iter().zip(&u).map(|(s, u)| s * u).sum::<f64>();
        let mut errors: Vec<f64> = (0..d).map(|j| a[j] - dot(j)).collect();
        fitted.iter().for_each(|j| errors[*j] = 0.0);
        let mut y: Vec<f64> = errors.iter().map(|e| e.signum()).collect();
        fitted.iter().for_each(|j| y[*j] = 0.0);
        // sum of y_j s_j over the others, which the fitted ones cancel.
        let rest: Vec<f64> = (0..m).map(|i| (0..d).map(|j| y[j] * s.row(j)[i]).sum()).collect();
        for (k, j) in fitted.iter().enumerate() {
            y[*j] = -(0..m).map(|i| rest[i] * inverse[(i, k)]).sum::<f64>();
        }
        Ok(Self { u, errors, inverse, y, fitted: fitted.to_vec() })
    }

    /// The fitted measurement with the largest multiplier.
    fn worst(&self) -> (usize, f64) {
        let sizes = self.fitted.iter().map(|j| self.y[*j].abs()).enumerate();
        sizes.fold((0, 0.0), |best, here| if here.1 > best.1 { here } else { best })
    }

    /// Gives up the `k`-th fitted measurement and follows the edge to its lowest point: the measurement
    /// that is fitted there.
    fn line_search(&self, s: &Points, k: usize, fitted: &[usize]) -> usize {
        let m = self.u.len();
        // Its error takes the sign of its multiplier.
        let sign = self.y[fitted[k]].signum();
        let direction: Vec<f64> = (0..m).map(|i| -sign * self.inverse[(i, k)]).collect();
        let slope = |j: usize| s.row(j).iter().zip(&direction).map(|(s, d)| s * d).sum::<f64>();
        // The objective falls at the rate |y| - 1 at first; each error that changes its sign raises
        // the slope by twice its own.
        let mut crossings: Vec<(f64, f64, usize)> = (0..self.errors.len())
            .filter(|j| !fitted.contains(j))
            .map(|j| (self.errors[j], slope(j), j))
            .filter(|(error, rate, _)| rate.abs() > 1e-14 && error / rate >= 0.0)
            .map(|(error, rate, j)| (error / rate, rate.abs(), j))
            .collect();
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let mut rate = 1.0 - self.y[fitted[k]].abs();
        for (_, own, j) in &crossings {
            rate += 2.0 * own;
            if rate >= 0.0 {
                return *j;
            }
        }
        crossings.last().map_or(fitted[k], |(_, _, j)| *j)
    }

    fn finish(self, a: &[f64], moves: usize) -> Recovered {
        let objective = self.errors.iter().map(|e| e.abs()).sum();
        // Multipliers scaled into [-1, 1] still cancel: their value bounds every objective from below.
        let largest = self.y.iter().fold(1.0f64, |l, y| l.max(y.abs()));
        let bound = self.y.iter().zip(a).map(|(y, a)| y * a).sum::<f64>() / largest;
        Recovered { relations: self.u, objective, bound, moves }
    }
}
