//! Laplacians of weighted graphs, solved without a subtraction.
//!
//! The Hessian of a likelihood that sees differences of utilities is the Laplacian of a graph with
//! positive conductances. Eliminating an item joins its neighbours: conductances are only added,
//! multiplied and divided (W. Grassmann, M. Taksar and D. Heyman, Oper. Res. 33, 1985), so each of
//! them keeps its relative accuracy whatever the range of the weights, where a Cholesky
//! factorisation loses everything below `1e-16` of the largest.

use crate::estimation::sum::Sum;

/// A graph with conductances between items, and from items to the ground.
pub(crate) struct Laplacian {
    n: usize,
    joined: Vec<f64>,
    ground: Vec<f64>,
}

impl Laplacian {
    pub(crate) fn new(n: usize) -> Self {
        Self { n, joined: vec![0.0; n * n], ground: vec![0.0; n] }
    }

    /// Adds a conductance between two items.
    pub(crate) fn join(&mut self, i: usize, j: usize, conductance: f64) {
        self.joined[i * self.n + j] += conductance;
        self.joined[j * self.n + i] += conductance;
    }

    /// Adds a conductance from an item to the ground.
    pub(crate) fn ground(&mut self, i: usize, conductance: f64) {
        self.ground[i] += conductance;
    }

    /// Solves for each right-hand side; if nothing is grounded, by the solution that is 0 at the last
    /// item. `None` if an item is joined to none of those after it, or some number is not finite.
    /// `O(n^3)`.
    pub(crate) fn solve(mut self, mut sides: Vec<Vec<Sum>>) -> Option<Vec<Solution>> {
        let n = self.n;
        let grounded = self.ground.iter().any(|g| *g > 0.0);
        let mut leaving = vec![0.0; n];
        for k in 0..n {
            let row: Vec<f64> = self.joined[k * n..(k + 1) * n].to_vec();
            let all = row[k + 1..].iter().sum::<f64>() + self.ground[k];
            if k + 1 == n && !grounded {
                break;
            }
            if !(all > 0.0 && all.is_finite()) {
                return None;
            }
            leaving[k] = all;
            for i in k + 1..n {
                let share = row[i] / all;
                if share <= 0.0 {
                    continue;
                }
                self.ground[i] += share * self.ground[k];
                sides.iter_mut().for_each(|b| {
                    let eliminated = b[k];
                    b[i].add_scaled(share, eliminated);
                });
                let into = &mut self.joined[i * n..(i + 1) * n];
                into[k + 1..].iter_mut().zip(&row[k + 1..]).for_each(|(a, r)| *a += share * r);
            }
        }
        let solutions: Option<Vec<Solution>> = sides.iter().map(|b| self.back(b, &leaving)).collect();
        solutions
    }

    /// From the last item to the first. Noise is that of the right-hand sides, and enters with
    /// positive factors only.
    fn back(&self, b: &[Sum], leaving: &[f64]) -> Option<Solution> {
        let n = self.n;
        let (mut value, mut noise) = (vec![0.0; n], vec![0.0; n]);
        for k in (0..n).rev().filter(|&k| leaving[k] > 0.0) {
            let row = &self.joined[k * n..(k + 1) * n];
            let inflow = |x: &[f64]| (k + 1..n).map(|j| row[j] * x[j]).sum::<f64>();
            (value[k], noise[k]) =
                ((b[k].value() + inflow(&value)) / leaving[k], (b[k].noise() + inflow(&noise)) / leaving[k]);
        }
        value.iter().chain(&noise).all(|v| v.is_finite()).then_some(Solution { value, noise })
    }
}

/// A solution, and how far each entry may be off because its right-hand side was rounded.
pub(crate) struct Solution {
    pub(crate) value: Vec<f64>,
    pub(crate) noise: Vec<f64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn side(values: &[f64]) -> Vec<Sum> {
        let sum = |v: &f64| {
            let mut s = Sum::default();
            s.add(*v);
            s
        };
        values.iter().map(sum).collect()
    }

    #[test]
    fn a_chain_of_conductances_of_any_size() {
        // A unit of current from item 0 to item 3 falls by 1 / conductance over each link.
        let links = [1e150, 1e-150, 3.0];
        let mut graph = Laplacian::new(4);
        links.iter().enumerate().for_each(|(k, w)| graph.join(k, k + 1, *w));
        let x = &graph.solve(vec![side(&[1.0, 0.0, 0.0, -1.0])]).unwrap()[0].value;
        for (k, exact) in [1e-150 + 1e150 + 1.0 / 3.0, 1e150 + 1.0 / 3.0, 1.0 / 3.0, 0.0].iter().enumerate() {
            assert!((x[k] - exact).abs() <= 1e-15 * exact, "{k}: {}", x[k]);
        }
    }

    #[test]
    fn the_ground_takes_what_is_left_and_lone_items_are_refused() {
        let mut graph = Laplacian::new(2);
        graph.join(0, 1, 2.0);
        graph.ground(1, 4.0);
        // 2 (x0 - x1) = 3, 2 (x1 - x0) + 4 x1 = 5: x1 = 2, x0 = 3.5.
        assert_eq!(graph.solve(vec![side(&[3.0, 5.0])]).unwrap()[0].value, [3.5, 2.0]);
        let mut graph = Laplacian::new(3);
        graph.join(1, 2, 1.0);
        assert!(graph.solve(vec![side(&[0.0; 3])]).is_none());
    }
}
