use super::linear::decimal;
use super::tick::fits;
use super::*;
use crate::describe::axis::Direction;
use crate::describe::axis::Kind;
use crate::layout::scale::Pad;
use crate::layout::scale::Scale;
use proptest::prelude::*;

fn ticks(kind: Kind, lo: f64, hi: f64, length: f64, along: Along) -> Ticks {
    choose(&Scale::new(kind, lo, hi, Pad::None, Direction::Forward), length, along)
}

fn labels(t: &Ticks) -> Vec<String> {
    t.ticks.iter().filter_map(|t| t.label.clone()).collect()
}

#[test]
fn linear_steps_are_one_two_five() {
    assert_eq!(
        labels(&ticks(Kind::Linear, 0.0, 1.0, 150.0, Along::X)),
        ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    );
    assert_eq!(
        labels(&ticks(Kind::Linear, -1.0, 1.0, 80.0, Along::Y)),
        ["\u{2212}1.0", "\u{2212}0.5", "0.0", "0.5", "1.0"]
    );
    assert_eq!(labels(&ticks(Kind::Linear, 0.0, 400.0, 150.0, Along::X)), ["0", "100", "200", "300", "400"]);
}

#[test]
fn large_and_small_numbers_carry_a_factor() {
    let t = ticks(Kind::Linear, 0.0, 4e-7, 100.0, Along::Y);
    assert_eq!(t.factor.as_deref(), Some("×10^{\u{2212}7}"));
    assert_eq!(labels(&t), ["0", "1", "2", "3", "4"]);
    let t = ticks(Kind::Linear, 0.0, 2e300, 60.0, Along::Y);
    assert_eq!(
        (t.factor.as_deref(), labels(&t)),
        (Some("×10^{300}"), vec!["0".into(), "1".into(), "2".into()])
    );
    let t = ticks(Kind::Linear, 0.0, 2e-300, 60.0, Along::Y);
    assert_eq!(
        (t.factor.as_deref(), labels(&t)),
        (Some("×10^{\u{2212}300}"), vec!["0".into(), "1".into(), "2".into()])
    );
}

#[test]
fn close_limits_still_have_distinct_labels() {
    let t = labels(&ticks(Kind::Linear, 1.0, 1.00001, 100.0, Along::Y));
    assert!(t.len() >= 2);
    let mut distinct = t.clone();
    distinct.dedup();
    assert_eq!(t, distinct);
}

#[test]
fn decades_are_labelled_as_powers() {
    let t = ticks(Kind::Log10, 1e-3, 1.0, 100.0, Along::Y);
    assert_eq!(labels(&t), ["10^{\u{2212}3}", "10^{\u{2212}2}", "10^{\u{2212}1}", "10^{0}"]);
    assert_eq!(t.ticks.iter().filter(|t| t.rank == Rank::Minor).count(), 3 * 8);
}

#[test]
fn many_decades_skip_labels_evenly() {
    let t = labels(&ticks(Kind::Log10, 1e-16, 1.0, 40.0, Along::Y));
    assert_eq!(t, ["10^{\u{2212}16}", "10^{\u{2212}12}", "10^{\u{2212}8}", "10^{\u{2212}4}", "10^{0}"]);
}

#[test]
fn less_than_a_decade_gets_mantissas_and_far_less_a_ladder() {
    assert_eq!(
        labels(&ticks(Kind::Log10, 0.015, 0.09, 60.0, Along::Y)),
        ["0.02", "0.03", "0.04", "0.06", "0.08"]
    );
    assert_eq!(labels(&ticks(Kind::Log10, 1.001, 1.035, 60.0, Along::Y)), ["1.01", "1.02", "1.03"]);
}

#[test]
fn octaves_are_spelled_out() {
    let t = labels(&ticks(Kind::Log2, 1.0, 32.0, 120.0, Along::X));
    assert_eq!(t, ["1", "2", "4", "8", "16", "32"]);
}

#[test]
fn symlog_has_zero_and_both_signs() {
    let t = labels(&ticks(Kind::Symlog { threshold: 1e-2 }, -1.0, 1.0, 120.0, Along::Y));
    assert!(
        t.contains(&"0".to_owned())
            && t.contains(&"10^{0}".to_owned())
            && t.contains(&"\u{2212}10^{0}".to_owned())
    );
}

#[test]
fn decimals_are_exact() {
    assert_eq!(decimal(-15, -1, 1), "\u{2212}1.5");
    assert_eq!(decimal(5, -3, 3), "0.005");
    assert_eq!(decimal(12, 2, 0), "1200");
    assert_eq!(decimal(0, 3, 0), "0");
}

proptest! {
    #[test]
    fn labels_never_touch_and_ticks_stay_inside(
        m in 0.1f64..9.0, e in -300i32..300, w in 1e-5f64..1e9, length in 15.0f64..500.0, which in 0usize..4,
    ) {
        let lo = m * 10f64.powi(e);
        let hi = lo + lo * w;
        prop_assume!(hi.is_finite() && hi > lo);
        let kind = [Kind::Linear, Kind::Log10, Kind::Log2, Kind::Symlog { threshold: lo }][which].clone();
        for along in [Along::X, Along::Y] {
            let t = ticks(kind.clone(), lo, hi, length, along);
            prop_assert!(fits(&t.ticks, length, along), "{t:?}");
            prop_assert!(t.ticks.iter().all(|t| t.unit > -1e-6 && t.unit < 1.0 + 1e-6));
            prop_assert!(t.ticks.len() < 3000);
        }
    }

    #[test]
    fn a_hand_of_labels_on_any_ordinary_axis(m in 1.0f64..10.0, w in 0.05f64..100.0, log in 0usize..2) {
        let kind = [Kind::Linear, Kind::Log10][log].clone();
        let t = ticks(kind, m, m * (1.0 + w), 110.0, Along::Y);
        let n = labels(&t).len();
        prop_assert!((2..=9).contains(&n), "{n} labels {:?}", labels(&t));
    }
}
