//! A file of each kind that people have, read or refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_files::{
    Direction, Duplicates, FilePrecision, FormChoice, HeaderChoice, ListColumns, MissingChoice, ReadParams,
    Reading, Spaces, SpacesChoice, Triangle, read_matrix,
};
use std::path::Path;

/// Rows of numbers, `NAN` where there is a hole.
type Rows<'a> = &'a [&'a [f64]];
const NAN: f64 = f64::NAN;
/// Four trees and how alike they are.
const SIMILARITY: Rows<'_> =
    &[&[1.0, 0.62, 0.31, 0.12], &[0.62, 1.0, 0.54, 0.27], &[0.31, 0.54, 1.0, 0.73], &[0.12, 0.27, 0.73, 1.0]];
const TREES: &[&str] = &["oak", "elm", "ash", "yew"];

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)).unwrap()
}

fn read(name: &str, options: &ReadParams) -> Reading {
    read_matrix(&bytes(name), options).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn refused(name: &str, options: &ReadParams) -> String {
    match read_matrix(&bytes(name), options) {
        Err(e) => e.to_string(),
        Ok(r) => panic!("{name} was read as {}", r.taken_for),
    }
}

fn default() -> ReadParams {
    ReadParams::default()
}

fn missing(choice: MissingChoice) -> ReadParams {
    ReadParams { missing: Some(choice), ..default() }
}

fn has(r: &Reading, values: Rows<'_>) {
    assert_eq!((r.rows, r.columns), (values.len(), values[0].len()), "{}", r.taken_for);
    for (k, expected) in values.iter().flat_map(|row| row.iter()).enumerate() {
        let hole = r.holes.as_ref().is_some_and(|h| h[k]);
        assert_eq!(hole, expected.is_nan(), "entry {k} of {}", r.taken_for);
        assert!(hole || r.values[k] == *expected, "entry {k} is {}, not {expected}", r.values[k]);
    }
}

fn labels(r: &Reading, rows: &[&str], columns: &[&str]) {
    let of = |l: &Option<Vec<String>>| l.clone().unwrap_or_default();
    assert_eq!((of(&r.row_labels), of(&r.column_labels)), (strings(rows), strings(columns)));
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

fn is_one(r: &Reading) -> bool {
    matches!(r.spaces, Spaces::One(_))
}

fn parts(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{message}\nlacks {part:?}");
    }
}

#[test]
fn one_matrix_in_many_clothes() {
    for (name, rows, columns, taken_for) in [
        ("savetxt.txt", &[][..], &[][..], "a matrix without names, separated by blanks"),
        ("write-table.txt", TREES, TREES, "a matrix with a header and row names, separated by blanks"),
        (
            "all-quoted.csv",
            &["101", "102", "103", "104"],
            &["101", "102", "103", "104"],
            "a matrix with a header and row names, separated by commas",
        ),
        (
            "decimal-comma.csv",
            TREES,
            TREES,
            "a matrix with a header and row names, separated by semicolons, with decimal commas",
        ),
        (
            "comment-lines.csv",
            &[],
            TREES,
            "a matrix with its header in the comment on line 2, separated by commas",
        ),
        ("numeric-header.csv", &[], &["0", "1", "2", "3"], "a matrix with a header, separated by commas"),
        ("sep-line.csv", TREES, TREES, "a matrix with a header and row names, separated by semicolons"),
        ("similarity.csv.gz", TREES, TREES, "a matrix with a header and row names, separated by commas"),
    ] {
        let r = read(&format!("matrix/{name}"), &default());
        has(&r, SIMILARITY);
        labels(&r, rows, columns);
        assert_eq!((r.taken_for.as_str(), is_one(&r)), (taken_for, true));
    }
    let of = |name: &str| read(&format!("matrix/{name}"), &default()).precision;
    assert_eq!(of("savetxt.txt"), FilePrecision::Double);
    assert_eq!(of("decimal-comma.csv"), FilePrecision::Decimals(2));
}

#[test]
fn a_header_of_numbers_can_be_overruled() {
    let r = read("matrix/numeric-header.csv", &default());
    assert!(r.otherwise.iter().any(|o| o == "--header no if line 1 holds data"), "{:?}", r.otherwise);
    let data = read("matrix/numeric-header.csv", &ReadParams { header: Some(HeaderChoice::No), ..default() });
    assert_eq!((data.rows, data.columns), (5, 4));
}

#[test]
fn triangles_and_blank_diagonals() {
    let message = refused("matrix/lower-triangle.csv", &default());
    parts(
        &message,
        &[
            "read as a matrix with a header and row names, separated by commas: line 2, column 3 (oak, elm)",
            "--triangle mirror",
        ],
    );
    let mirror = ReadParams { triangle: Triangle::Mirror, ..default() };
    has(&read("matrix/lower-triangle.csv", &mirror), SIMILARITY);
    let message = refused("matrix/no-diagonal.csv", &default());
    parts(&message, &["line 2, column 2 (oak, oak)", "the diagonal is blank", "--missing hole"]);
    assert!(!message.contains("write a number"), "{message}");
    let holes = read("matrix/no-diagonal.csv", &missing(MissingChoice::Hole));
    has(
        &holes,
        &[
            &[NAN, 0.62, 0.31, 0.12],
            &[0.62, NAN, 0.54, 0.27],
            &[0.31, 0.54, NAN, 0.73],
            &[0.12, 0.27, 0.73, NAN],
        ],
    );
    // Lines that grow, with and without names, a header, a diagonal.
    for text in [
        "1\n0.62 1\n0.31 0.54 1\n0.12 0.27 0.73 1\n",
        "oak,1\nelm,0.62,1\nash,0.31,0.54,1\nyew,0.12,0.27,0.73,1\n",
        ",oak,elm,ash,yew\noak,1\nelm,0.62,1\nash,0.31,0.54,1\nyew,0.12,0.27,0.73,1\n",
        "oak\telm\tash\tyew\n1\n0.62\t1\n0.31\t0.54\t1\n0.12\t0.27\t0.73\t1\n",
        "1,0.62,0.31,0.12\n,1,0.54,0.27\n,,1,0.73\n,,,1\n",
    ] {
        let r = read_matrix(text.as_bytes(), &mirror).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        has(&r, SIMILARITY);
        assert!(
            read_matrix(text.as_bytes(), &default()).unwrap_err().to_string().contains("--triangle mirror")
        );
    }
    let both = read_matrix(b"1,2\n3,1\n", &mirror).unwrap_err().to_string();
    parts(&both, &["2, 1 and its mirror are both there", "3 and 2"]);
    assert!(read_matrix(b"1,2,3\n3,1,4\n", &mirror).unwrap_err().to_string().contains("2 x 3"));
}

#[test]
fn truth_values_thousands_and_names_in_any_script() {
    has(&read("matrix/booleans.csv", &default()), &[&[0.0, 1.0, 1.0], &[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0]]);
    let r = read("matrix/thousands.csv", &default());
    has(&r, &[&[2045.0, 1250.0], &[1250.0, 998.0]]);
    parts(&r.taken_for, &["with thousands separators (2,045 is 2045)"]);
    let r = read("matrix/chinese-labels.csv", &default());
    labels(&r, &["日本", "b"], &["日本", "b"]);
    let ambiguous = read_matrix(";x;y\nx;2,045;1,250\ny;1,250;998\n".as_bytes(), &default()).unwrap_err();
    parts(&ambiguous.to_string(), &["line 2, column 2", "`2,045`", "decimal comma or a thousands separator"]);
}

#[test]
fn arrays() {
    let two = read("matrix/users-items.npy", &ReadParams { spaces: Some(SpacesChoice::Two), ..default() });
    has(&two, &[&[1., 0., 1., 0.], &[1., 1., 0., 0.], &[0., 1., 1., 1.], &[0., 0., 1., 1.]]);
    assert!(!is_one(&two));
    let one = read("matrix/users-items.npy", &default());
    assert_eq!(one.spaces, Spaces::One("it is square and no names say otherwise".to_owned()));
    assert_eq!(one.taken_for, "an array of NumPy (<i8, 4 x 4)");
    assert_eq!(one.precision, FilePrecision::Exact);
    assert_eq!(read("matrix/gram-f4.npy", &default()).precision, FilePrecision::Single);
    let message = refused("matrix/sentinel.npy", &default());
    parts(&message, &["row 1, column 3", "1.7976931348623157e308, the largest double", "2 of the 9 entries"]);
    let r = read("matrix/sentinel.npy", &missing(MissingChoice::Hole));
    has(&r, &[&[0., 1., NAN], &[1., 0., 2.], &[NAN, 2., 0.]]);
    parts(&r.notes.join("; "), &["the largest double, stands in it 2 times", "absence of a value"]);
}

#[test]
fn matrix_market_and_dl() {
    let r = read("matrix/net.mtx", &default());
    has(&r, &[&[1.0, 0.5, 0.0], &[0.0, 2.0, 0.0], &[0.0, 0.0, 1.5]]);
    assert_eq!(r.taken_for, "a MatrixMarket file (coordinate real general)");
    assert!(r.notes.iter().any(|n| n.contains("does not name are 0")), "{:?}", r.notes);
    has(
        &read("matrix/net.mtx", &missing(MissingChoice::Hole)),
        &[&[1.0, 0.5, NAN], &[NAN, 2.0, NAN], &[NAN, NAN, 1.5]],
    );
    let symmetric = b"%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 3\n";
    has(&read_matrix(symmetric, &default()).unwrap(), &[&[0., 1., 0.], &[1., 0., 0.], &[0., 0., 1.]]);
    let array = b"%%MatrixMarket matrix array real general\n% note\n2 2\n1\n2\n3\n4\n";
    has(&read_matrix(array, &default()).unwrap(), &[&[1., 3.], &[2., 4.]]);
    let skew = b"%%MatrixMarket matrix array integer skew-symmetric\n3 3\n1\n2\n3\n";
    has(&read_matrix(skew, &default()).unwrap(), &[&[0., -1., -2.], &[1., 0., -3.], &[2., 3., 0.]]);
    for (wrong, part) in [
        ("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n", "complex"),
        ("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n", "1 entries"),
        ("%%MatrixMarket matrix coordinate real general\n2 2 1\n1 3 1\n", "line 3: found `1 3 1`"),
        ("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n1 1 2\n", "each entry once"),
        ("%%MatrixMarket matrix coordinate real general\n99999999 99999999 1\n1 1 1\n", "at most"),
    ] {
        let message = read_matrix(wrong.as_bytes(), &default()).unwrap_err().to_string();
        parts(&message, &["MatrixMarket", part]);
    }
    let r = read("matrix/net.dl", &default());
    has(&r, &[&[0., 1., 1., 0.], &[1., 0., 0., 1.], &[1., 0., 0., 0.], &[0., 1., 0., 0.]]);
    labels(&r, &["ann", "bob", "cid", "dan"], &["ann", "bob", "cid", "dan"]);
    for text in [
        "dl n=3 format=edgelist1\nlabels:\na b c\ndata:\n1 2 5\n3 1\n",
        "DL N = 3, FORMAT = EDGELIST1\nLABELS EMBEDDED\nDATA:\na b 5\nc a 1\n",
        "dl nr=3, nc=3\nrow labels:\na,b,c\ncolumn labels:\na,b,c\ndata:\n0 5 0\n0 0 0\n1 0 0\n",
        "dl n=3 format=fullmatrix\nlabels embedded\ndata:\n  a b c\na 0 5 0\nb 0 0 0\nc 1 0 0\n",
    ] {
        let r = read_matrix(text.as_bytes(), &default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        has(&r, &[&[0., 5., 0.], &[0., 0., 0.], &[1., 0., 0.]]);
        labels(&r, &["a", "b", "c"], &["a", "b", "c"]);
    }
    let half = b"dl n=3 format=lowerhalf diagonal=absent\ndata:\n1\n2 3\n";
    has(
        &read_matrix(half, &missing(MissingChoice::Hole)).unwrap(),
        &[&[NAN, 1., 2.], &[1., NAN, 3.], &[2., 3., NAN]],
    );
    for (wrong, part) in [
        ("dl n=2\ndata:\n1 2 3\n", "3 entries"),
        ("dl n=2\ndata:\n1 2 3 4 5\n", "found `5`"),
        ("dl n=2 nm=3\ndata:\n1 2 3 4\n", "one matrix"),
        ("dl n=2 format=nodelist2\ndata:\n1 2\n", "nodelist2"),
        ("dl n=2\nlabels:\na b\n", "data:"),
    ] {
        parts(&read_matrix(wrong.as_bytes(), &default()).unwrap_err().to_string(), &["UCINET DL", part]);
    }
}

#[test]
fn holes() {
    let expected: Rows<'_> = &[
        &[5., 3., NAN, 1.],
        &[4., NAN, NAN, 1.],
        &[1., 1., NAN, 5.],
        &[1., NAN, NAN, 4.],
        &[NAN, 1., 5., 4.],
    ];
    let message = refused("matrix/holes-na.csv", &default());
    parts(
        &message,
        &["line 2, column 4 (u1, i3)", "`NA`", "7 of the 20 entries are absent", "--missing hole"],
    );
    has(&read("matrix/holes-na.csv", &missing(MissingChoice::Hole)), expected);
    let zero = read("matrix/holes-na.csv", &missing(MissingChoice::Zero));
    assert_eq!((zero.holes, zero.values[2]), (None, 0.0));
    assert_eq!(zero.notes, ["7 absent entries are taken for 0"]);
    // The list names the items in another order.
    let list = read("list/holes.csv", &missing(MissingChoice::Hole));
    labels(&list, &["u1", "u2", "u3", "u4", "u5"], &["i1", "i2", "i4", "i3"]);
    let reordered: Vec<Vec<f64>> = expected.iter().map(|r| vec![r[0], r[1], r[3], r[2]]).collect();
    has(&list, &reordered.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let message = refused("list/holes.csv", &default());
    parts(
        &message,
        &[
            "a list of pairs (user to item, value in rating)",
            "7 of the 20 pairs are absent",
            "--missing hole",
        ],
    );
    for mark in ["", "NA", "NaN", "nan", "-", ".", "NULL", "n/a", "None"] {
        let text = format!("a,b,c\n1,{mark},3\n4,5,6\n");
        has(
            &read_matrix(text.as_bytes(), &missing(MissingChoice::Hole)).unwrap(),
            &[&[1., NAN, 3.], &[4., 5., 6.]],
        );
    }
    // In a place for names a mark is a name.
    let names = read_matrix(b",NA,b\nNA,1,2\nb,3,4\n", &default()).unwrap();
    labels(&names, &["NA", "b"], &["NA", "b"]);
    assert!(refused_text("NA,NA\nNA,NA\n", &missing(MissingChoice::Hole)).contains("every entry is absent"));
}

#[test]
fn an_empty_corner_is_a_corner_or_an_absent_entry() {
    for (text, shape, header) in [
        (",1,2\n1,0,1\n2,1,0\n", (2, 2), true),
        (",0.5,1.5\n0.5,0,1\n1.5,1,0\n", (2, 2), true),
        (",0.5,1.5\n0.3,0,1\n1.2,1,0\n", (3, 3), false),
        (",0.62,0.31\n0.62,,0.54\n0.31,0.54,\n", (3, 3), false),
        (",0.62,\n0.62,,0.54\n0.31,0.54,1\n", (3, 3), false),
    ] {
        let r = read_matrix(text.as_bytes(), &missing(MissingChoice::Hole)).unwrap();
        assert_eq!(((r.rows, r.columns), r.column_labels.is_some()), (shape, header), "{text:?}");
    }
}

fn refused_text(text: &str, options: &ReadParams) -> String {
    match read_matrix(text.as_bytes(), options) {
        Err(e) => e.to_string(),
        Ok(r) => panic!("{text:?} was read as {}", r.taken_for),
    }
}

#[test]
fn lists() {
    let r = read("list/comment-lines.csv", &missing(MissingChoice::Zero));
    labels(&r, &["ann", "bob", "cid"], &["ann", "bob", "cid"]);
    has(&r, &[&[0., 2., 0.], &[0., 0., 1.], &[3., 0., 0.]]);
    parts(&r.taken_for, &["a list of pairs (source to target, value in weight)"]);
    let r = read("list/pairs.csv", &default());
    has(&r, &[&[0., 1., 0.], &[0., 0., 1.], &[1., 0., 0.]]);
    parts(&r.taken_for, &["a list of pairs without values", "a pair that is there is 1"]);
    parts(&r.otherwise.join("; "), &["--missing hole"]);
    let r = read("list/ratings-timestamp.csv", &missing(MissingChoice::Hole));
    has(&r, &[&[5., 4.], &[3., NAN]]);
    parts(&r.taken_for, &["user to item, value in rating", "leaving out another column"]);
    let r = read("list/numeric-ids.csv", &default());
    has(&r, &[&[4., 0.5, 2.], &[0.25, 5., 1.5], &[1., 0.75, 6.]]);
    parts(&r.otherwise.join("; "), &["--as matrix"]);
    let matrix = read("list/numeric-ids.csv", &ReadParams { form: Some(FormChoice::Matrix), ..default() });
    assert_eq!((matrix.rows, matrix.columns), (9, 3));
    let named = |s: &str, t: &str, v: Option<&str>| ReadParams {
        columns: Some(ListColumns {
            source: s.to_owned(),
            target: t.to_owned(),
            value: v.map(str::to_owned),
        }),
        missing: Some(MissingChoice::Hole),
        ..default()
    };
    has(
        &read("list/ratings-timestamp.csv", &named("item", "user", Some("timestamp"))),
        &[&[100., 200.], &[300., NAN]],
    );
    has(
        &read("list/numeric-ids.csv", &named("2", "1", Some("3"))),
        &[&[5., 0.5, 0.75], &[0.25, 4., 1.], &[1.5, 2., 6.]],
    );
    let message = refused("list/ratings-timestamp.csv", &named("user", "item", Some("stars")));
    parts(&message, &["no column `stars`", "user, item, rating, timestamp"]);
}

#[test]
fn spaces_do_not_depend_on_what_is_absent() {
    for choice in [MissingChoice::Zero, MissingChoice::Hole] {
        let r = read("list/users-and-items.csv", &missing(choice));
        assert_eq!((r.rows, r.columns, is_one(&r)), (3, 4, false), "{choice:?}");
        let one = read(
            "list/users-and-items.csv",
            &ReadParams { spaces: Some(SpacesChoice::One), ..missing(choice) },
        );
        assert_eq!((one.rows, one.columns, is_one(&one)), (4, 4, true), "{choice:?}");
    }
    parts(&refused("list/users-and-items.csv", &default()), &["6 of the 12 pairs"]);
    // A matrix with names on both sides is united, one without cannot be.
    let one = ReadParams { spaces: Some(SpacesChoice::One), ..missing(MissingChoice::Hole) };
    let r = read_matrix(b",a,b\na,1,2\nc,3,4\n", &one).unwrap();
    labels(&r, &["a", "c", "b"], &["a", "c", "b"]);
    has(&r, &[&[1., NAN, 2.], &[3., NAN, 4.], &[NAN, NAN, NAN]]);
    assert!(refused_text("1,2,3\n4,5,6\n", &one).contains("--spaces one does not fit"));
}

#[test]
fn duplicates_and_directions() {
    let message = refused("list/duplicates.csv", &missing(MissingChoice::Zero));
    parts(&message, &["line 4", "the pair ann, bob is on line 2 already", "--duplicates"]);
    for (duplicates, ann_bob, bob_cid) in
        [(Duplicates::Sum, 5., 5.), (Duplicates::Mean, 2.5, 2.5), (Duplicates::Last, 3., 1.)]
    {
        let options = ReadParams { duplicates: Some(duplicates), ..missing(MissingChoice::Zero) };
        let r = read("list/duplicates.csv", &options);
        labels(&r, &["ann", "bob", "cid"], &["ann", "bob", "cid"]);
        has(&r, &[&[0., ann_bob, 0.], &[1., 0., bob_cid], &[1., 0., 0.]]);
        parts(&r.notes.join("; "), &["2 lines repeat a pair"]);
    }
    let undirected = ReadParams { direction: Direction::Undirected, ..missing(MissingChoice::Zero) };
    let r = read("list/undirected.csv", &undirected);
    has(
        &r,
        &[
            &[0., 2., 1., 0., 0.],
            &[2., 0., 3., 0., 0.],
            &[1., 3., 0., 1., 0.],
            &[0., 0., 1., 0., 2.],
            &[0., 0., 0., 2., 0.],
        ],
    );
    assert!(is_one(&r));
    let two = ReadParams { spaces: Some(SpacesChoice::Two), ..undirected.clone() };
    parts(&refused("list/undirected.csv", &two), &["--undirected does not fit", "--spaces two"]);
    // The names tell that it is one space; each pair is in one direction all the same.
    let directed = read("list/undirected.csv", &missing(MissingChoice::Zero));
    assert_eq!((directed.rows, directed.columns, directed.values[5]), (5, 5, 0.0));
    let message = refused_text("source,target,value\na,b,1\nb,a,2\n", &undirected);
    parts(&message, &["a, b and its mirror have the values 1 and 2"]);
    for (text, options, part) in [
        ("1,2\n3,4\n", &undirected, "--triangle mirror"),
        ("a,b,1\nb,a,2\n", &ReadParams { triangle: Triangle::Mirror, ..default() }, "--undirected"),
        ("1,2\n3,4\n", &ReadParams { duplicates: Some(Duplicates::Sum), ..default() }, "--as list"),
    ] {
        parts(&refused_text(text, options), &["does not fit", part]);
    }
}

#[test]
fn lists_of_other_shapes() {
    let of = |text: &str, options: &ReadParams| {
        read_matrix(text.as_bytes(), options).unwrap_or_else(|e| panic!("{text:?}: {e}"))
    };
    let hole = missing(MissingChoice::Hole);
    for text in [
        "rating,item,user\n5,i1,u1\n3,i1,u2\n4,i2,u1\n",
        "timestamp;user_id;item_id;score\n1;u1;i1;5\n2;u2;i1;3\n3;u1;i2;4\n",
        "userId,movieId,rating,timestamp\nu1,i1,5.0,1\nu2,i1,3.0,2\nu1,i2,4.0,3\n",
        "u1\ti1\t5\nu2\ti1\t3\nu1\ti2\t4\n",
        "who,whom,how\nu1,i1,5\nu2,i1,3\nu1,i2,4\n",
    ] {
        let r = of(text, &hole);
        has(&r, &[&[5., 4.], &[3., NAN]]);
        labels(&r, &["u1", "u2"], &["i1", "i2"]);
    }
    // Numbered objects, with the seconds of MovieLens.
    let r = of(
        "196\t242\t3\t881250949\n186\t302\t3\t891717742\n196\t302\t1\t878887116\n22\t242\t2\t880606923\n",
        &hole,
    );
    assert_eq!((r.rows, r.columns, is_one(&r)), (3, 2, false));
    // Matrices of whole numbers are not lists.
    for (text, shape) in [
        ("1,2,3\n4,5,6\n7,8,9\n10,11,12\n", (4, 3)),
        ("5,3,1\n4,3,1\n1,1,5\n5,3,4\n", (4, 3)),
        ("0,1,2\n1,0,3\n2,3,0\n", (3, 3)),
        ("1,2\n3,4\n", (2, 2)),
        ("a,1,2\nb,3,4\n", (2, 2)),
    ] {
        let r = of(text, &default());
        assert_eq!((r.rows, r.columns), shape, "{text:?}: {}", r.taken_for);
    }
    let message = refused_text("from,to,length,cost\na,b,1,2\nb,a,3,4\n", &hole);
    parts(&message, &["length, cost", "--columns from,to,length"]);
    assert_eq!(of("a,b,1\nb,a,\n", &ReadParams { form: Some(FormChoice::List), ..hole.clone() }).rows, 2);
}

#[test]
fn a_list_too_large_to_hold_is_refused_before_it_is_made() {
    let text: String = (0..20_000).map(|k| format!("u{k},i{},1\n", (7 * k) % 20_000)).collect();
    let message = refused_text(&text, &missing(MissingChoice::Hole));
    parts(&message, &["20000 x 20000", "at most 25000000 entries", "take a sample"]);
}

#[test]
fn numbers_with_units_are_no_names() {
    for text in [
        "12%,8%\n1%,2%\n4%,5%\n",
        "12%;8%;3%\n1%;2%;3%\n4%;5%;6%\n",
        "$5,$6\n$1,$2\n$3,$4\n",
        ",x,y\na,-\u{20ac}5,\u{20ac}6\nb,\u{20ac}1,\u{20ac}2\n",
        "from,to,share\na,b,12 %\nb,a,8 %\n",
    ] {
        parts(&refused_text(text, &missing(MissingChoice::Hole)), &["has a unit; write the number alone"]);
    }
    let of = |text: &str, options: &ReadParams| read_matrix(text.as_bytes(), options).unwrap();
    // Quantiles name columns, and a name may end in a percent sign.
    assert_eq!(of("q,25%,50%\na,1,2\nb,3,4\n", &default()).columns, 2);
    assert_eq!(of("top 1%,rest,2\nrest,top 1%,3\n", &missing(MissingChoice::Hole)).rows, 2);
}
