//! Values computed beforehand with 900 digits.

use crate::{Draw, Ledger};
use relata_attention::{Alpha, InverseTemperature, Scores, entmax, miss_bound};
use relata_relations::special::{bessel_i, hurwitz_zeta, normal_quantile, trigamma};

/// `function,a,b,c,value`, with lists in one field separated by blanks.
const TABLE: &str = include_str!("exact.csv");

/// One line of the table per round.
pub(crate) fn table(draw: &mut Draw, ledger: &mut Ledger) {
    let lines = TABLE.lines().count() - 1;
    let line = TABLE.lines().nth(1 + draw.whole(0, lines - 1)).unwrap_or_default();
    let fields: Vec<&str> = line.split(',').collect();
    let [function, a, b, c, value] = fields[..] else { return };
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    let exact = number(value);
    let mut near = |name: &'static str, found: f64, tolerance: f64| {
        ledger.check(name, (found - exact).abs() <= tolerance * exact.abs(), || {
            format!("{line}: found {found:e}")
        });
    };
    match function {
        "trigamma" => near("relata_relations::special::trigamma", trigamma(number(a)), 1e-13),
        "hurwitz_zeta" => {
            near("relata_relations::special::hurwitz_zeta", hurwitz_zeta(number(a), number(b)), 1e-12);
        }
        "bessel_i" => near("relata_relations::special::bessel_i", bessel_i(number(a), number(b)), 1e-12),
        "normal_quantile" => {
            near("relata_relations::special::normal_quantile", normal_quantile(number(a)), 1e-8);
        }
        "miss_bound" => {
            let Ok(t) = InverseTemperature::new(number(c)) else { return };
            let n = a.parse().unwrap_or(0);
            // The exponent has up to 4000, whose last digit is the value's thirteenth.
            near("relata_attention::miss_bound", miss_bound(n, number(b), t), 4e-12);
        }
        _ => {
            const NAME: &str = "relata_attention::entmax";
            let scores: Vec<f64> = c.split(' ').map(number).collect();
            let (Ok(t), Ok(alpha)) = (InverseTemperature::new(number(a)), Alpha::new(number(b))) else {
                return;
            };
            let Some(checked) = ledger.accept(NAME, Scores::new(&scores)) else { return };
            let found = entmax(&checked, t, alpha);
            for (w, exact) in found.iter().zip(value.split(' ').map(number)) {
                ledger.check(NAME, (w - exact).abs() <= 1e-12, || format!("{line}: found {found:?}"));
            }
        }
    }
}
