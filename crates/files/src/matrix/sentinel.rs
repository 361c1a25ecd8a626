//! Numbers that stand for nothing: the largest of their type, and what measuring programs write.

use super::precision::FilePrecision;
use super::raw::Raw;
use super::sparse::SparseRaw;
use crate::error::FilePlace;

/// Values that programs write where there is none, apart from the largest of a type: of netCDF, of
/// climate models, and large powers of ten. Each counts only where no other entry comes near it.
const FILL: [f64; 8] = [9.969_209_968_386_869e36, 1e20, 1e30, 1e35, 1e36, 1e38, 1e300, 1e308];
/// The largest whole numbers of the usual types.
const WHOLE: [f64; 4] =
    [2_147_483_647.0, 4_294_967_295.0, 9_223_372_036_854_775_807.0, 18_446_744_073_709_551_615.0];
/// How much smaller every other entry is than a mark of absence.
const GAP: f64 = 1e-3;

/// Makes a hole of every entry that is the largest number of a type, and notes it.
pub(super) fn sentinels(raw: &mut Raw) {
    let known = raw.values.iter().zip(&raw.holes).filter(|(_, hole)| !**hole).map(|(v, _)| *v);
    let Some((largest, mark, count)) = marked(known, raw.precision) else { return };
    let mut shown = largest;
    for k in 0..raw.values.len() {
        if !raw.holes[k] && raw.values[k].abs() >= largest {
            shown = raw.values[k];
            let place = FilePlace::Entry { row: k / raw.columns + 1, column: k % raw.columns + 1 };
            raw.first_hole.get_or_insert((place, format!("{shown:e}, {mark}")));
            (raw.values[k], raw.holes[k]) = (0.0, true);
        }
    }
    raw.notes.push(note(shown, mark, count));
}

/// The same for a matrix that is known by its entries.
pub(super) fn sparse_sentinels(raw: &mut SparseRaw) {
    let known = raw.entries.iter().map(|(.., v)| *v);
    let Some((largest, mark, count)) = marked(known, raw.precision) else { return };
    let Some(&(i, j, shown)) = raw.entries.iter().find(|(.., v)| v.abs() >= largest) else { return };
    let place = FilePlace::Entry { row: i + 1, column: j + 1 };
    raw.first_hole.get_or_insert((place, format!("{shown:e}, {mark}")));
    raw.entries.retain(|(.., v)| v.abs() < largest);
    raw.notes.push(note(shown, mark, count));
}

/// The magnitude of the largest values that are known, if it marks absence and is far above the
/// others; what it is; and how many have it.
fn marked(
    known: impl Iterator<Item = f64> + Clone,
    precision: FilePrecision,
) -> Option<(f64, &'static str, usize)> {
    let largest = known.clone().fold(0.0f64, |m, v| m.max(v.abs()));
    let mark = name(largest, precision)?;
    let count = known.clone().filter(|v| v.abs() >= largest).count();
    let others = known.clone().count() - count;
    let rest = known.map(f64::abs).filter(|v| *v < largest).fold(0.0, f64::max);
    // Where every entry is the same there is nothing it could stand out from.
    (others > 0 && rest < GAP * largest).then_some((largest, mark, count))
}

fn note(shown: f64, mark: &str, count: usize) -> String {
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    format!("{shown:e}, {mark}, stands in it {times} and is taken for the absence of a value")
}

/// What a value is, if it marks absence.
fn name(v: f64, precision: FilePrecision) -> Option<&'static str> {
    let is = |list: &[f64]| list.iter().any(|x| (v / x - 1.0).abs() < 1e-12);
    if v >= 1.797_693e308 {
        Some("the largest double")
    } else if (v / f64::from(f32::MAX) - 1.0).abs() < 1e-6 {
        Some("the largest single")
    } else if precision == FilePrecision::Half && v >= 65_504.0 {
        Some("the largest half")
    } else if is(&WHOLE) {
        Some("the largest whole number of a type")
    } else if is(&FILL) || (v / FILL[0] - 1.0).abs() < 1e-6 {
        Some("a number that programs write where there is none")
    } else {
        None
    }
}
