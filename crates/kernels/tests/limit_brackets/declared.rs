//! Declared spectra, ranks beyond the lists, and spaces that are called alike.

use super::*;

#[test]
fn spectra_that_are_declared_falsely_are_refused() {
    let false_spectrum =
        |values: &[f64], rest: f64| Spectrum::singular_values(values.to_vec(), rest).unwrap();
    let cases = [
        (line(|x, y| (20.0 * x * y).sin()), false_spectrum(&[1.0], 0.0)),
        // The right norm, all of it in one value.
        (circle(|t| (2.0 * PI * t).cos()), false_spectrum(&[0.5f64.sqrt()], 0.0)),
        (line(|x, y| if y < x { 1.0 } else { 0.0 }), false_spectrum(&[0.5, 0.5], 0.0)),
        (circle(|t| (2.0 * PI * t).cos()), false_spectrum(&[5.0, 5.0], 0.0)),
    ];
    for (r, s) in cases {
        let own = Own { inner: r.clone(), spectrum: s.clone() };
        let found = limits(&own, Encoders::Separate, 1, &LimitParams::default());
        assert!(matches!(found, Err(LimitError::Declared { .. })), "{found:?}");
        let found = limits(&r.with_spectrum(s), Encoders::Separate, 1, &LimitParams::default());
        assert!(matches!(found, Err(LimitError::Relation(_))), "{found:?}");
    }
    // True ones are believed, also where nodes do not see them.
    for (r, s) in [
        (line(|x, y| if y < x { 1.0 } else { 0.0 }), spectrum("volterra")),
        (circle(|t| (2.0 * PI * 825.0 * t).cos()), false_spectrum(&[0.5, 0.5], 0.0)),
        (circle(|t| (2.0 * PI * 33.0 * t).cos()), false_spectrum(&[0.5, 0.5], 0.0)),
        (wrapped(0.001).0, wrapped(0.001).1),
    ] {
        let own = Own { inner: r, spectrum: s };
        limits(&own, Encoders::Separate, 1, &LimitParams::default()).unwrap();
    }
}

/// A relation of one's own with a spectrum that nobody has checked.
struct Own {
    inner: FnRelation,
    spectrum: Spectrum,
}

impl Relation for Own {
    fn name(&self) -> String {
        "own".into()
    }
    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        self.inner.spaces()
    }
    fn eval_into(
        &self,
        x: &Points,
        y: &Points,
        out: relata_relations::faer::MatMut<'_, f64>,
    ) -> Result<(), relata_relations::RelationError> {
        self.inner.eval_into(x, y, out)
    }
    fn symmetry(&self) -> relata_relations::Symmetry {
        self.inner.symmetry()
    }
    fn definiteness(&self) -> relata_relations::Definiteness {
        self.inner.definiteness()
    }
    fn spectrum(&self) -> Option<Spectrum> {
        Some(self.spectrum.clone())
    }
}

#[test]
fn lower_bounds_reach_beyond_the_list() {
    // sqrt(psi'(d + 1/2)) / pi falls below 0.009 at rank 1251.
    let volterra = relation("volterra").unwrap();
    let found = lower_bound(volterra.as_ref(), 0.009, Encoders::Separate, ErrorNorm::L2).unwrap();
    let exact = (1..).find(|d| trigamma(f64::from(*d) + 0.5).sqrt() / PI <= 0.009).unwrap();
    assert_eq!(found.rank, Some(exact as usize));
    let brownian = relation("brownian").unwrap();
    let found = lower_bound(brownian.as_ref(), 1e-6, Encoders::Shared, ErrorNorm::L2).unwrap();
    assert!(found.rank.is_some_and(|d| d > 1400 && d < 1600), "{found:?}");
}

/// Two different spaces of one name are two spaces.
#[test]
fn spaces_are_told_apart_by_value() {
    #[derive(Debug)]
    struct Other(Interval);
    impl Space for Other {
        fn name(&self) -> String {
            "[0, 1]".into()
        }
        fn dim(&self) -> usize {
            1
        }
        fn quadrature(
            &self,
            n: std::num::NonZeroUsize,
        ) -> Result<relata_relations::Quadrature, relata_relations::SpaceError> {
            self.0.quadrature(n)
        }
        fn sample(&self, n: std::num::NonZeroUsize, stream: &mut relata_relations::Stream) -> Points {
            self.0.sample(n, stream)
        }
        fn covering(
            &self,
            n: std::num::NonZeroUsize,
        ) -> Result<relata_relations::Covering, relata_relations::SpaceError> {
            self.0.covering(n)
        }
        fn contains(&self, x: &[f64]) -> bool {
            self.0.contains(x)
        }
    }
    let r = relation_fn(unit(), Other(Interval::new(2.0, 3.0).unwrap()), |x, y| x[0] * y[0]);
    assert!(matches!(
        limits(&r, Encoders::Shared, 1, &LimitParams::default()),
        Err(LimitError::DifferentSpaces { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Few nodes: brackets are wide, and hold.
    #[test]
    fn small_budgets_hold_the_truth(nodes in 8usize..200, seed in 0u64..1000, frequency in 1u32..2000) {
        let params = LimitParams {
            nodes: std::num::NonZeroUsize::new(nodes).unwrap(),
            seed: relata_relations::Seed(seed),
            ..LimitParams::default()
        };
        let frequency = f64::from(frequency);
        let wave = Spectrum::eigenvalues(vec![0.5, 0.5], 0.0, 0.0).unwrap();
        let cases: [(FnRelation, Spectrum); 4] = [
            (line(|x, y| if y < x { 1.0 } else { 0.0 }), spectrum("volterra")),
            (line(|x, y| (x - y).abs()), spectrum("abs-difference")),
            (circle(move |t| (2.0 * PI * frequency * t).cos()), wave),
            wrapped(0.02),
        ];
        for (k, (r, exact)) in cases.iter().enumerate() {
            let found = limits(r, Encoders::Separate, 40, &params).unwrap();
            for d in [0, 1, 2, 5, 12, 40] {
                holds(&format!("case {k}, {nodes} nodes, frequency {frequency}"), &found, d, exact.tail(d), exact.norm());
            }
        }
    }

    /// Mixtures of waves of any frequency, with a mean: the eigenvalues are the coefficients.
    #[test]
    fn waves_of_any_frequency(
        frequencies in prop::collection::vec(1u32..5000, 1..4),
        sizes in prop::collection::vec(-1.0f64..1.0, 4),
    ) {
        let mut distinct = frequencies.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let pairs: Vec<(f64, f64)> = distinct.iter().map(|m| f64::from(*m)).zip(sizes[1..].iter().copied()).collect();
        let (mean, waves) = (sizes[0], pairs.clone());
        let r = circle(move |t| mean + waves.iter().map(|(m, c)| c * (2.0 * PI * m * t).cos()).sum::<f64>());
        let values: Vec<f64> = pairs.iter().flat_map(|(_, c)| [0.5 * c; 2]).chain([mean]).collect();
        let exact = Spectrum::eigenvalues(values, 0.0, 0.0).unwrap();
        separate(&format!("{pairs:?}"), &r, &exact, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    /// Orders between shifted and stretched copies: a jump anywhere.
    #[test]
    fn jumps_anywhere(shift in 0.0f64..1.0, teeth in 1u32..6) {
        let teeth = f64::from(teeth);
        let r = line(move |x, y| if y < (teeth * x + shift).fract() { 1.0 } else { 0.0 });
        separate(&format!("{teeth} teeth from {shift}"), &r, &spectrum("volterra"), &[0, 1, 2, 4, 8, 16, 33, 64]);
    }
}

/// A pair of sizes on which the decomposition that is used first says NaN.
#[test]
fn two_teeth_whose_matrix_is_hard_to_decompose() {
    let r = line(|x, y| if y < (2.0 * x + 0.792_236_526_405_259).fract() { 1.0 } else { 0.0 });
    separate("two teeth", &r, &spectrum("volterra"), &[0, 1, 2, 4, 8, 16, 33, 64]);
}

#[test]
fn values_of_the_matrix_of_an_order() {
    // Ones on and below the diagonal: singular values 1 / (2 sin((2k - 1) pi / (2 (2n + 1)))).
    let n = 60;
    let m = Mat::from_fn(n, n, |i, j| f64::from(u8::from(j <= i)));
    let exact: Vec<f64> =
        (1..=n).map(|k| 0.5 / ((2.0 * k as f64 - 1.0) * PI / (2.0 * (2.0 * n as f64 + 1.0))).sin()).collect();
    let found = matrix_limits(m.as_ref(), Encoders::Separate, n).unwrap();
    let norm = exact.iter().map(|v| v * v).sum::<f64>().sqrt();
    for d in [0, 1, 10, 59] {
        let tail = exact[d..].iter().rev().map(|v| v * v).sum::<f64>().sqrt();
        holds("order matrix", &found, d, tail, norm);
    }
}
