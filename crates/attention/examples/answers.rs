//! Answers that are wrong without a word.
use relata_attention::design::{Target, design, family};
use relata_attention::{Alpha, InverseTemperature, Scores, entmax};
use relata_debreu::estimation::{LuceParams, Rankings, fit_luce};
use relata_debreu::revealed::Panel;
use relata_relations::Seed;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Exact weights (60 digits): 0.489980, 0.498716, 0.011304, 0.
    let scores = [1.3408781738822296e-6, 2.436143445232784e-6, -1.1095259757192322e-6, -1.8484185291889372e-6];
    let (b, alpha) = (InverseTemperature::new(0.006503395222494623)?, Alpha::new(21.906646667092414)?);
    println!("{:?}", entmax(&Scores::new(&scores)?, b, alpha));

    // Two items, weights w and 1: the difference of the strengths is ln w. Over 1e9 it did not converge and says Ok.
    for w in [1e6, 1e9, 1e12, 1e20] {
        let mut r = Rankings::new(2);
        r.weighted(&[0, 1], 1, w)?;
        r.weighted(&[1, 0], 1, 1.0)?;
        match fit_luce(&r, &LuceParams::default()) {
            Ok(f) => println!("{w:e}: {} (exact {}), gradient {:e}", f.strengths[0] - f.strengths[1], w.ln(), f.gradient_norm),
            Err(e) => println!("{w:e}: {e}"),
        }
    }

    // The money pump of three observations is 1.22 / 4.38 on the cycle 1, 2. Beside one that spends 1e15 on another good
    // it becomes 0.121 on the cycle 0, 1.
    let prices = [[1.8, 0.7], [0.1, 0.3], [1.8, 0.5]];
    let bundles = [[1.5, 1.0], [1.1, 1.5], [1.9, 0.8]];
    let wide = |row: &[f64; 2], last: f64| [row[0], row[1], last];
    let alone = Panel::from_rows(&prices, &bundles)?;
    let rich = Panel::from_rows(
        &[wide(&prices[0], 1.0), wide(&prices[1], 1.0), wide(&prices[2], 1.0), [1.0; 3]],
        &[wide(&bundles[0], 0.0), wide(&bundles[1], 0.0), wide(&bundles[2], 0.0), [0.0, 0.0, 1e15]],
    )?;
    println!("{:?}\n{:?}", alone.money_pump(), rich.money_pump());

    // A head over one key has nothing to get wrong.
    for name in ["largest", "popular", "nearest", "phase"] {
        let target = Target { keys: 1, calibration: 500, ..Target::default() };
        println!("{name}: {:?}", design(&family(name)?, &target, Seed(3)).map(|h| h.certificate().rank));
    }
    Ok(())
}
