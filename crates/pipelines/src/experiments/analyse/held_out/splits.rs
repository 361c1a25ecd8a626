//! Divisions of the entries of a matrix into training, validation and test.

use super::Setting;
use relata_relations::Stream;

/// A set of entries of an `n x m` matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Mask {
    columns: usize,
    bits: Vec<bool>,
}

/// One fold.
#[derive(Clone, Debug)]
pub(super) struct Split {
    /// What may be used: everything that has nothing to do with the test entries.
    pub(super) train: Mask,
    /// What of it choices are made by.
    pub(super) validation: Mask,
    /// The rest of it, which has nothing to do with the validation entries.
    pub(super) fit: Mask,
    /// What is predicted, by kind: entries, or new rows, new columns, and both new.
    pub(super) test: Vec<(&'static str, Mask)>,
}

impl Mask {
    pub(super) fn new(rows: usize, columns: usize, is_in: impl Fn(usize, usize) -> bool) -> Self {
        Self { columns, bits: (0..rows * columns).map(|k| is_in(k / columns, k % columns)).collect() }
    }

    pub(super) fn has(&self, i: usize, j: usize) -> bool {
        self.bits[i * self.columns + j]
    }

    pub(super) fn count(&self) -> usize {
        self.bits.iter().filter(|b| **b).count()
    }

    /// The entries row by row.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let columns = self.columns;
        self.bits.iter().enumerate().filter(|(_, b)| **b).map(move |(k, _)| (k / columns, k % columns))
    }
}

/// The folds of one setting, of the entries that are known. Fold `f` is tested, and in its absence
/// fold `f + 1` validates.
pub(super) fn splits(
    setting: Setting,
    known: &Mask,
    one_space: bool,
    folds: usize,
    stream: &mut Stream,
) -> Vec<Split> {
    let (n, m) = (known.bits.len() / known.columns.max(1), known.columns);
    match setting {
        Setting::Entries => entries(known, (n, m), one_space, folds, stream),
        Setting::Lines => {
            let of_rows = assignment(n, folds, stream);
            let of_columns = if one_space { of_rows.clone() } else { assignment(m, folds, stream) };
            (0..folds).map(|fold| lines(known, &of_rows, &of_columns, fold, (fold + 1) % folds)).collect()
        }
    }
}

fn entries(
    known: &Mask,
    (n, m): (usize, usize),
    one_space: bool,
    folds: usize,
    stream: &mut Stream,
) -> Vec<Split> {
    let is_unit = |i: usize, j: usize| {
        if one_space { i <= j && (known.has(i, j) || known.has(j, i)) } else { known.has(i, j) }
    };
    let units: Vec<(usize, usize)> =
        (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).filter(|(i, j)| is_unit(*i, *j)).collect();
    let of_units = assignment(units.len(), folds, stream);
    let mut of = vec![0; n * m];
    for (&(i, j), fold) in units.iter().zip(of_units) {
        of[i * m + j] = fold;
        if one_space {
            of[j * m + i] = fold;
        }
    }
    let at = |i: usize, j: usize| of[i * m + j];
    let mask = |f: &dyn Fn(usize) -> bool| Mask::new(n, m, |i, j| known.has(i, j) && f(at(i, j)));
    (0..folds)
        .map(|fold| {
            let next = (fold + 1) % folds;
            Split {
                train: mask(&|k| k != fold),
                validation: mask(&|k| k == next),
                fit: mask(&|k| k != fold && k != next),
                test: vec![("entries", mask(&|k| k == fold))],
            }
        })
        .collect()
}

fn lines(known: &Mask, of_rows: &[usize], of_columns: &[usize], fold: usize, next: usize) -> Split {
    let mask = |f: &dyn Fn(usize, usize) -> bool| {
        Mask::new(of_rows.len(), of_columns.len(), |i, j| known.has(i, j) && f(of_rows[i], of_columns[j]))
    };
    Split {
        train: mask(&|r, c| r != fold && c != fold),
        validation: mask(&|r, c| r != fold && c != fold && (r == next || c == next)),
        fit: mask(&|r, c| r != fold && c != fold && r != next && c != next),
        test: vec![
            ("new rows", mask(&|r, c| r == fold && c != fold)),
            ("new columns", mask(&|r, c| r != fold && c == fold)),
            ("both new", mask(&|r, c| r == fold && c == fold)),
        ],
    }
}

/// A fold for each of `count` things, the folds as equally large as can be.
fn assignment(count: usize, folds: usize, stream: &mut Stream) -> Vec<usize> {
    let mut of = vec![0; count];
    for (place, k) in stream.permutation(count).into_iter().enumerate() {
        of[k] = place % folds;
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::Seed;

    #[test]
    fn everything_is_held_out_once_and_never_seen() {
        for (setting, size, one_space, folds) in [
            (Setting::Entries, (7, 5), false, 5),
            (Setting::Entries, (6, 6), true, 4),
            (Setting::Lines, (7, 5), false, 4),
            (Setting::Lines, (6, 6), true, 5),
        ] {
            let whole = Mask::new(size.0, size.1, |_, _| true);
            let all = splits(setting, &whole, one_space, folds, &mut Seed(3).stream("s"));
            let mut times = vec![0; size.0 * size.1];
            for split in &all {
                for (_, test) in &split.test {
                    for (i, j) in test.entries() {
                        times[i * size.1 + j] += usize::from(split.test.len() == 1);
                        assert!(!split.train.has(i, j) && !split.validation.has(i, j));
                        if one_space {
                            assert!(!split.train.has(j, i), "the mirror tells");
                        }
                    }
                }
                for (i, j) in split.train.entries() {
                    assert!(split.fit.has(i, j) != split.validation.has(i, j));
                }
                assert!(split.fit.count() > 0 && split.validation.count() > 0);
            }
            assert!(setting == Setting::Lines || times.iter().all(|t| *t == 1));
        }
    }

    #[test]
    fn holes_are_in_no_set() {
        let known = Mask::new(6, 6, |i, j| (i * j) % 3 != 1);
        for (setting, one_space) in
            [(Setting::Entries, false), (Setting::Entries, true), (Setting::Lines, true)]
        {
            let all = splits(setting, &known, one_space, 3, &mut Seed(2).stream("s"));
            let mut tested = 0;
            for split in &all {
                let sets = split.test.iter().map(|(_, test)| test).chain([&split.train, &split.validation]);
                assert!(sets.flat_map(Mask::entries).all(|(i, j)| known.has(i, j)));
                tested += split.test.iter().map(|(_, test)| test.count()).sum::<usize>();
            }
            assert!(setting == Setting::Lines || tested == known.count());
        }
    }

    #[test]
    fn a_new_line_shares_nothing_with_training() {
        for split in splits(Setting::Lines, &Mask::new(9, 9, |_, _| true), true, 3, &mut Seed(1).stream("s"))
        {
            let seen_rows: Vec<usize> = split.train.entries().map(|(i, _)| i).collect();
            let seen_columns: Vec<usize> = split.train.entries().map(|(_, j)| j).collect();
            let [rows, columns, both] = [0, 1, 2].map(|k| split.test[k].1.clone());
            assert!(rows.entries().all(|(i, j)| !seen_rows.contains(&i) && seen_columns.contains(&j)));
            assert!(columns.entries().all(|(i, j)| seen_rows.contains(&i) && !seen_columns.contains(&j)));
            assert!(both.entries().all(|(i, j)| !seen_rows.contains(&i) && !seen_rows.contains(&j)));
        }
    }
}
