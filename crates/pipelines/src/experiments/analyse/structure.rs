//! What the relation is: its parts, its definiteness with a witness, its spectrum, and the smallest
//! error of every kind of inner product at every rank.

use super::decomposed::{Decomposed, eigenvalues};
use super::measured::{About, Measured};
use faer::{Mat, MatRef};
use relata_files::{FileForm, Spaces};
use relata_kernels::{
    Encoders, Psd, SYMMETRY_TOLERANCE, matrix_limits, numerical_rank, parts, psd_test_within,
};
use relata_relations::PowerOfTwo;
use relata_runs::{Row, Value};

/// The most rows and columns that a heat map shows; larger relations are averaged over blocks.
pub(super) const MAX_CELLS: usize = 96;
/// Singular vectors that are written down.
pub(super) const COMPONENTS: usize = 4;
/// Ranks at which the summary states errors, at least.
pub(super) const RANKS: [usize; 4] = [1, 2, 4, 8];

/// All rows of this part of the analysis.
pub(super) fn structure(measured: &Measured, svd: &Decomposed) -> anyhow::Result<Vec<Row>> {
    let (a, scale) = scaled(measured.matrix.as_ref());
    let mut rows = vec![relation(measured, svd, a.as_ref(), scale)?];
    let mut spectrum: Vec<Row> = (svd.values.iter().enumerate())
        .map(|(k, s)| {
            let row = Row::new("spectrum").with("index", k + 1).with("singular_value", s * scale);
            row.with("relative", s / a.norm_l2())
        })
        .collect();
    if measured.two_spaces().is_none() {
        let split = parts(a.as_ref())?;
        let values = eigenvalues(split.symmetric.as_ref())?;
        let antisymmetric = split.relative_antisymmetric;
        for (part, size) in [
            ("positive", split.relative_positive),
            ("negative", split.relative_negative),
            ("antisymmetric", antisymmetric),
        ] {
            rows.push(
                Row::new("parts").with("part", part).with("relative_norm", size).with("share", size * size),
            );
        }
        rows.extend(definiteness(measured, a.as_ref(), &split.symmetric, antisymmetric, &values, scale)?);
        for (row, value) in spectrum.iter_mut().zip(&values) {
            *row = row.clone().with("eigenvalue", value * scale);
        }
    } else {
        // The column is there in every run, so that its absence is never taken for an oversight.
        spectrum = spectrum.into_iter().map(|r| r.with("eigenvalue", Value::Missing)).collect();
    }
    rows.extend(spectrum);
    rows.extend(limits(measured, a.as_ref())?);
    rows.extend(objects(measured, svd));
    rows.extend(views(measured, svd));
    Ok(rows)
}

/// The matrix divided by a power of two near its largest entry, which is exact, so that no square
/// overflows or underflows; and that power.
pub(super) fn scaled(a: MatRef<'_, f64>) -> (Mat<f64>, f64) {
    let unit = PowerOfTwo::of([a.norm_max()]);
    (Mat::from_fn(a.nrows(), a.ncols(), |i, j| unit.divide(a[(i, j)])), unit.multiply(1.0))
}

/// What there is to know of the relation as a whole.
fn relation(
    measured: &Measured,
    svd: &Decomposed,
    scaled: MatRef<'_, f64>,
    scale: f64,
) -> anyhow::Result<Row> {
    let (a, norm) = (&measured.matrix, scaled.norm_l2());
    let (n, m) = (a.nrows(), a.ncols());
    let known =
        || (0..n).flat_map(move |i| (0..m).map(move |j| (i, j))).filter(|(i, j)| measured.is_known(*i, *j));
    let count = |f: &dyn Fn(f64) -> bool| known().filter(|(i, j)| f(a[(*i, *j)])).count();
    let all = known().count();
    #[allow(clippy::float_cmp)] // exactly 0 or 1 is what binary means
    let binary = count(&|v| v == 0.0 || v == 1.0) == all;
    let rank = numerical_rank(scaled, measured.carried.rounding(scaled, scale))?;
    let counts = Counts {
        known: all,
        zeros: count(&|v| v == 0.0),
        negative: count(&|v| v < 0.0),
        binary,
        triangular: triangular(measured),
        largest: a.norm_max(),
        norm: norm * scale,
        rank: Some(rank),
        stable_rank: Some((norm / svd.values[0]).powi(2)),
        relative_rounding: measured.carried.relative_norm(scaled, scale),
    };
    Ok(counts.row(&measured.about()))
}

/// What is counted of the entries of a relation.
pub(super) struct Counts {
    pub(super) known: usize,
    pub(super) zeros: usize,
    pub(super) negative: usize,
    /// Whether every entry is 0 or 1.
    pub(super) binary: bool,
    /// Whether every pair has a value in one direction only.
    pub(super) triangular: bool,
    /// The magnitude of the largest entry.
    pub(super) largest: f64,
    /// The Frobenius norm.
    pub(super) norm: f64,
    pub(super) rank: Option<usize>,
    pub(super) stable_rank: Option<f64>,
    /// What rounding of the entries may have added to the norm, relative to it.
    pub(super) relative_rounding: f64,
}

impl Counts {
    /// The row of the table on the relation as a whole.
    pub(super) fn row(&self, about: &About<'_>) -> Row {
        let form = match about.read.form {
            FileForm::Matrix => "matrix",
            FileForm::List => "list",
            FileForm::Array => "array",
        };
        let (because, two_spaces) = match about.spaces {
            Spaces::One(why) => (why.as_str(), None),
            Spaces::Two(why) => (why.as_str(), Some(why.as_str())),
        };
        let joined = |list: &[String]| match list {
            [] => Value::Missing,
            list => Value::from(list.join("; ")),
        };
        Row::new("relation")
            .with("rows", about.rows.len())
            .with("columns", about.columns.len())
            .with("known", self.known)
            .with("weighted", about.weighted)
            .with("form", form)
            .with("read_as", about.read.taken_for.as_str())
            .with("otherwise", joined(&about.read.otherwise))
            .with("notes", joined(&about.read.notes))
            .with("row_labels", about.rows.given)
            .with("column_labels", about.columns.given)
            .with("one_space", two_spaces.is_none())
            .with("two_spaces_because", two_spaces.map_or(Value::Missing, Value::from))
            .with("spaces_because", because)
            .with("columns_reordered", about.read.reordered)
            .with("triangular", self.triangular)
            .with("frobenius_norm", self.norm)
            .with("largest_entry", self.largest)
            .with("zeros", self.zeros)
            .with("negative_entries", self.negative)
            .with("binary", self.binary)
            .with("rank", self.rank.map_or(Value::Missing, Value::from))
            .with("stable_rank", self.stable_rank)
            .with("features", about.features)
            .with("rounding", about.carried.words().map_or(Value::Missing, Value::from))
            .with("relative_rounding", self.relative_rounding)
    }
}

/// Whether every pair is given in one direction only, as in an undirected list that names each pair
/// once.
fn triangular(measured: &Measured) -> bool {
    let a = &measured.matrix;
    let n = a.nrows();
    let both = |i: usize, j: usize| a[(i, j)] != 0.0 && a[(j, i)] != 0.0;
    measured.two_spaces().is_none()
        && !measured.is_partial()
        && n > 1
        && (0..n).any(|i| (0..n).any(|j| i != j && a[(i, j)] != 0.0))
        && (0..n).all(|i| (0..i).all(|j| !both(i, j)))
}

fn definiteness(
    measured: &Measured,
    a: MatRef<'_, f64>,
    symmetric: &Mat<f64>,
    antisymmetric: f64,
    eigenvalues: &[f64],
    scale: f64,
) -> anyhow::Result<Vec<Row>> {
    let verdict = psd_test_within(symmetric.as_ref(), measured.carried.rounding(a, scale))?;
    let is_symmetric = antisymmetric <= SYMMETRY_TOLERANCE || measured.carried.explains_asymmetry(a, scale);
    let evidence = match &verdict {
        _ if !is_symmetric => "not symmetric",
        Psd::Definite { .. } => "positive definite, by a Cholesky factorisation that covers its rounding",
        Psd::Semidefinite { .. } => "positive semidefinite up to rounding of the entries",
        Psd::Indefinite(_) => "a vector c with c'Rc < 0",
    };
    // What the verdict takes for 0: of a definite matrix nothing.
    let tolerance = match &verdict {
        Psd::Semidefinite { tolerance, .. } => *tolerance,
        Psd::Indefinite(w) => w.error,
        Psd::Definite { .. } => a.nrows() as f64 * f64::EPSILON * a.norm_l2(),
    };
    let smallest = eigenvalues.last().copied().unwrap_or(0.0);
    let mut row = Row::new("definiteness")
        .with("psd", is_symmetric && verdict.holds())
        .with("evidence", evidence)
        .with("relative_antisymmetric", antisymmetric)
        .with("smallest_eigenvalue", smallest * scale)
        .with("tolerance", tolerance * scale);
    let witness = verdict.witness();
    row = row
        .with("witness_value", witness.map(|w| w.value * scale))
        .with("witness_error", witness.map(|w| w.error * scale));
    let names = &measured.rows.list;
    row = match most_asymmetric(a).filter(|_| !is_symmetric) {
        Some((i, j)) => row
            .with("asymmetric_row", names[i].as_str())
            .with("asymmetric_column", names[j].as_str())
            .with("value", a[(i, j)] * scale)
            .with("mirrored", a[(j, i)] * scale),
        None => ["asymmetric_row", "asymmetric_column", "value", "mirrored"]
            .into_iter()
            .fold(row, |row, column| row.with(column, Value::Missing)),
    };
    let mut rows = vec![row];
    for (name, c) in names.iter().zip(witness.map_or(&[][..], |w| &w.vector)) {
        rows.push(Row::new("witness").with("object", name.as_str()).with("coefficient", *c));
    }
    Ok(rows)
}

/// The pair with the largest `|r(x, y) - r(y, x)|`; the first of several.
fn most_asymmetric(a: MatRef<'_, f64>) -> Option<(usize, usize)> {
    let (mut best, mut at) = (0.0, None);
    for i in 0..a.nrows() {
        for j in i + 1..a.nrows() {
            let d = (a[(i, j)] - a[(j, i)]).abs();
            if d > best {
                (best, at) = (d, Some((i, j)));
            }
        }
    }
    at
}

fn limits(measured: &Measured, a: MatRef<'_, f64>) -> anyhow::Result<Vec<Row>> {
    let most = a.nrows().min(a.ncols());
    let separate = matrix_limits(a, Encoders::Separate, most.max(RANKS[RANKS.len() - 1]))?;
    let classes: &[Encoders] =
        if measured.two_spaces().is_none() { &Encoders::ALL } else { &[Encoders::Separate] };
    let mut rows = Vec::new();
    for encoders in classes {
        // Beyond the smaller side nothing changes; the summary asks for rank 8 all the same.
        let limits = matrix_limits(a, *encoders, most.max(RANKS[RANKS.len() - 1]))?;
        for rank in (0..=most).chain(RANKS.into_iter().filter(|r| *r > most)) {
            let row = Row::new("limits").with("encoders", encoders.to_string()).with("rank", rank);
            // Separate encoders contain the others, which never leave less; computed from other
            // eigenvalues, they may by rounding.
            let error = limits.at(rank)?.relative.max(separate.at(rank)?.relative);
            rows.push(row.with("relative_error", error));
        }
    }
    Ok(rows)
}

/// Names, orders and singular vectors of rows and columns.
fn objects(measured: &Measured, svd: &Decomposed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (side, names, vectors) in
        [("row", &measured.rows, &svd.left), ("column", &measured.columns, &svd.right)]
    {
        let orders = orders(measured, svd, side);
        let mut places = vec![[0; 2]; names.len()];
        for (view, order) in orders.iter().enumerate() {
            order.iter().enumerate().for_each(|(place, &i)| places[i][view] = place + 1);
        }
        for (i, name) in names.list.iter().enumerate() {
            let mut row = Row::new("objects")
                .with("side", side)
                .with("index", i + 1)
                .with("label", name.as_str())
                .with("place_by_first_vector", places[i][0])
                .with("place_by_second_vector", places[i][1]);
            for k in 0..COMPONENTS.min(vectors.ncols()) {
                row = row.with(format!("vector_{}", k + 1), vectors[(i, k)]);
            }
            rows.push(row);
        }
    }
    rows
}

/// The orders of one side by the first and the second singular vector. On one space both sides keep
/// one order.
fn orders(measured: &Measured, svd: &Decomposed, side: &str) -> [Vec<usize>; 2] {
    let vectors = if side == "row" || measured.two_spaces().is_none() { &svd.left } else { &svd.right };
    [0, 1].map(|k| Decomposed::order(vectors, k))
}

/// The matrix as it was given and in the two orders, averaged over blocks where it is large.
fn views(measured: &Measured, svd: &Decomposed) -> Vec<Row> {
    let a = &measured.matrix;
    let (n, m) = (a.nrows(), a.ncols());
    let (of_rows, of_columns) = (orders(measured, svd, "row"), orders(measured, svd, "column"));
    let given = |n: usize| (0..n).collect::<Vec<_>>();
    let views = [
        ("given", given(n), given(m)),
        ("first vector", of_rows[0].clone(), of_columns[0].clone()),
        ("second vector", of_rows[1].clone(), of_columns[1].clone()),
    ];
    let (rows_shown, columns_shown) = (n.min(MAX_CELLS), m.min(MAX_CELLS));
    let block = |k: usize, shown: usize, all: usize| k * all / shown..(k + 1) * all / shown;
    let mut rows = Vec::new();
    for (view, row_order, column_order) in views {
        if view == "second vector" && svd.rank() < 2 {
            continue;
        }
        let (row_order, column_order) = (&row_order, &column_order);
        for p in 0..rows_shown {
            for q in 0..columns_shown {
                let (is, js) = (block(p, rows_shown, n), block(q, columns_shown, m));
                let places = is.flat_map(|i| js.clone().map(move |j| (row_order[i], column_order[j])));
                let known: Vec<(usize, usize)> = places.filter(|(i, j)| measured.is_known(*i, *j)).collect();
                let count = known.len() as f64;
                let total: f64 = known.iter().map(|&(i, j)| a[(i, j)] / count).sum();
                let value = if known.is_empty() { Value::Missing } else { Value::from(total) };
                rows.push(
                    Row::new("matrix")
                        .with("view", view)
                        .with("row", p + 1)
                        .with("column", q + 1)
                        .with("value", value),
                );
            }
        }
    }
    rows
}
