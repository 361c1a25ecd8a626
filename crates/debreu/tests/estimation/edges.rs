//! Weights, values and units of all sizes, and choices that nothing fits.

use super::*;

#[test]
fn weights_out_of_reach_and_sums_that_overflow_are_named() {
    let mut r = Rankings::new(2);
    r.weighted(&[0, 1], 1, 1e300).unwrap();
    r.weighted(&[1, 0], 1, 1e-300).unwrap();
    assert!(matches!(fit_luce(&r, &newton()), Err(EstimationError::WeightRange { .. })));
    let mut r = Rankings::new(2);
    for _ in 0..4 {
        r.weighted(&[0, 1], 1, 1.5e308).unwrap();
        r.weighted(&[1, 0], 1, 1.5e308).unwrap();
    }
    assert!(matches!(fit_luce(&r, &newton()), Err(EstimationError::Parameter { .. })));
    // Two heavy pairs on a light link: the link is below the rounding of the pairs.
    let mut r = Rankings::new(4);
    for (a, b, w) in [(0, 1, 1e30), (1, 0, 2e30), (2, 3, 1e30), (3, 2, 3e30), (1, 2, 5.0), (2, 1, 1.0)] {
        r.weighted(&[a, b], 1, w).unwrap();
    }
    match fit_luce(&r, &newton()) {
        Ok(fit) => assert!((fit.strengths[1] - fit.strengths[2] - 5f64.ln()).abs() < 1e-8),
        Err(e) => assert!(matches!(e, EstimationError::NotConverged { .. }), "{e}"),
    }
}

#[test]
fn isotonic_values_and_weights_of_all_sizes() {
    let plain = isotonic(&[3.0, 1.0, 2.0, 7.0, 5.0], &[1.0, 3.0, 1.0, 2.0, 2.0]).unwrap();
    for v in [1e-300, 1e-160, 1e160, 1e300, 1.6e307] {
        for w in [1e-300, 1e-160, 1e160, 1e300, 5e307] {
            let found = isotonic(
                &[3.0, 1.0, 2.0, 7.0, 5.0].map(|x| x * v),
                &[1.0, 3.0, 1.0, 2.0, 2.0].map(|x| x * w),
            );
            for (a, b) in found.unwrap().iter().zip(&plain) {
                assert!((a / v - b).abs() < 1e-14, "{v:e} {w:e}");
            }
        }
    }
    let ends = isotonic(&[f64::MAX, -f64::MAX], &[1.0, 1.0]).unwrap();
    assert!(ends[0].abs() < 1e294 && ends == isotonic(&[f64::MAX, -f64::MAX], &[1e300; 2]).unwrap());
    let far = isotonic(&[2.0, 1.0, 5.0], &[1e300, 1e-300, 1.0]).unwrap();
    assert_eq!(far, [2.0, 2.0, 5.0]);
    assert!(matches!(isotonic(&[1.0, 1.0], &[f64::MAX, 1e-320]), Err(EstimationError::WeightRange { .. })));
}

#[test]
fn logit_coefficients_are_one_over_the_units_of_features() {
    let (x, chosen) = simulated_choices(200, 3, &[1.0, -0.5, 0.3], 9);
    let fit = |units: [f64; 3], l2: f64| {
        let rows: Vec<f64> =
            x.rows().flat_map(|r| [r[0] * units[0], r[1] * units[1], r[2] * units[2]]).collect();
        fit_logit(&ChoiceData::new(Points::new(3, rows).unwrap(), &[3; 200], &chosen).unwrap(), l2, 1e-9)
            .unwrap()
    };
    let plain = fit([1.0; 3], 0.0);
    for units in [[1e300, 1.0, 1e-300], [1e-160, 1e160, 3.0], [1e-300; 3], [1e300; 3]] {
        let found = fit(units, 0.0);
        for k in 0..3 {
            assert!((found.coefficients[k] * units[k] - plain.coefficients[k]).abs() < 1e-12);
            assert!((found.standard_errors[k] * units[k] / plain.standard_errors[k] - 1.0).abs() < 1e-12);
        }
        assert!((found.log_likelihood - plain.log_likelihood).abs() < 1e-10);
    }
    // Almost separated: one choice in 1e4 goes the other way, on a feature of any size.
    for unit in [1e-200, 1.0, 1e200] {
        let n = 10_000;
        let rows = Points::line([0.0, unit].repeat(n)).unwrap();
        let chosen: Vec<usize> = (0..n).map(|k| usize::from(k > 0)).collect();
        let fit = fit_logit(&ChoiceData::new(rows, &vec![2; n], &chosen).unwrap(), 0.0, 1e-9).unwrap();
        assert!((fit.coefficients[0] * unit - ((n - 1) as f64).ln()).abs() < 1e-9);
    }
}

/// Separated along one direction, well behaved along the other: no fit, whatever the tolerance.
#[test]
fn partly_separated_choices_are_never_fitted() {
    for unit in [1e-150, 1.0, 1e150] {
        let mut rows = Vec::new();
        let mut chosen = Vec::new();
        for k in 0..30usize {
            // The second feature decides always; the first is noise.
            rows.extend([0.3 * (k % 7) as f64, 0.0, 0.5 * (k % 3) as f64, unit]);
            chosen.push(1);
            rows.extend([0.2 * (k % 5) as f64, 0.0, 0.9 * (k % 4) as f64, 0.0]);
            chosen.push(k % 2);
        }
        let data = ChoiceData::new(Points::new(2, rows).unwrap(), &[2; 60], &chosen).unwrap();
        for tolerance in [1e-2, 1e-6, 1e-10] {
            match fit_logit(&data, 0.0, tolerance) {
                Err(EstimationError::Separated { direction }) => {
                    assert!(direction[1] > 0.0 && (direction[0] / unit).abs() < 1e-3 * direction[1].max(1.0));
                }
                other => panic!("{unit:e} {tolerance:e}: {other:?}"),
            }
        }
    }
}
