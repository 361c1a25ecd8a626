//! Formats of network programs: UCINET's DL in its forms, Pajek's networks, and large sparse files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_files::{
    Direction, Duplicates, FileProblem, MissingChoice, ReadParams, Reading, Spaces, read_matrix, read_sparse,
};

fn read(text: &str) -> Reading {
    read_matrix(text.as_bytes(), &ReadParams::default()).unwrap_or_else(|e| panic!("{text}\n{e}"))
}

fn refused(text: &str, parts: &[&str]) {
    let message = match read_matrix(text.as_bytes(), &ReadParams::default()) {
        Err(e) => e.to_string(),
        Ok(r) => panic!("{text}\nread as {}", r.taken_for),
    };
    for part in parts {
        assert!(message.contains(part), "{message}\nlacks {part:?}");
    }
}

const TRIAD: [f64; 9] = [0.0, 1.0, 0.0, 0.0, 0.0, 2.5, 0.0, 0.0, 0.0];

#[test]
fn ucinet_in_its_forms() {
    for (text, expected) in [
        ("dl n=3 format=edgelist1\ndata:\n1 2\n2 3 2.5\n", &TRIAD[..]),
        ("dl n=3 format=edgelist1\nlabels embedded\ndata:\na b\nb c 2.5\n", &TRIAD),
        ("dl n=3 format=edgelist1\nlabels:\na,b,c\ndata:\na b\nb c 2.5\n", &TRIAD),
        ("dl n = 3 format = nodelist1\ndata:\n1 2\n2 3 1\n", &[0., 1., 0., 1., 0., 1., 0., 0., 0.]),
        ("DL NR=2 NC=3 FORMAT=edgelist2\nDATA:\n1 3 4\n2 1\n", &[0., 0., 4., 1., 0., 0.]),
        (
            "dl nr=2, nc=3, format=edgelist2\nlabels embedded\ndata:\nann tea 4\nbob milk\nann jam 2\n",
            &[4., 0., 2., 0., 1., 0.],
        ),
        ("DL N=2\nFORMAT = FULLMATRIX DIAGONAL PRESENT\nDATA:\n0 1\n1 0\n", &[0., 1., 1., 0.]),
    ] {
        assert_eq!(read(text).values, expected, "{text}");
    }
    let r = read("dl nr=2, nc=3, format=edgelist2\nlabels embedded\ndata:\nann tea 4\nbob milk\nann jam 2\n");
    assert_eq!(
        (r.row_labels.unwrap(), r.column_labels.unwrap()),
        (vec!["ann".to_owned(), "bob".into()], vec!["tea".to_owned(), "milk".into(), "jam".into()])
    );
    refused("dl n=3 format=edgelist1\ndata:\n1 2\n1 2 5\n", &["UCINET DL", "line 4", "each pair once"]);
    refused("dl n=3 format=edgelist1\ndata:\n1 4\n", &["line 3", "within the size"]);
    refused("dl n=3 format=rankedlist1\ndata:\n1 2\n", &["rankedlist1", "edgelist2 or nodelist1"]);
}

#[test]
fn pajek_in_its_forms() {
    for text in [
        "*Vertices 3\n1 \"a\"\n2 \"b\"\n3 \"c\"\n*Arcs\n1 2 1\n2 3 2.5\n",
        "% a comment\n*network small\n*vertices 3\n 1 a 0.1 0.2 ellipse\n 2 b\n 3 c\n*arcs :1 \"likes\"\n1 2\n2 3 2.5 c Blue\n",
        "*Vertices 3\n1 \"a\"\n2 \"b\"\n3 \"c\"\n*Matrix\n0 1 0\n0 0 2.5\n0 0 0\n",
    ] {
        let r = read(text);
        assert_eq!(r.values, TRIAD, "{text}");
        assert_eq!(r.row_labels.unwrap(), ["a", "b", "c"]);
        assert!(matches!(r.spaces, Spaces::One(_)) && r.taken_for.contains("Pajek"));
    }
    assert_eq!(read("*Vertices 2\n*Edges\n1 2 3\n").values, [0., 3., 3., 0.]);
    assert_eq!(
        read("*Vertices 3\n*Arcslist\n1 2 3\n*Edgeslist\n2 3\n").values,
        [0., 1., 1., 0., 0., 1., 0., 1., 0.]
    );
    let two = read(
        "*Vertices 5 2\n1 \"ann\"\n2 \"bob\"\n3 \"tea\"\n4 \"milk\"\n5 \"jam\"\n*Edges\n1 3 4\n4 2\n1 5 2\n",
    );
    assert_eq!((two.rows, two.columns, two.values.as_slice()), (2, 3, &[4., 0., 2., 0., 1., 0.][..]));
    assert!(matches!(two.spaces, Spaces::Two(_)));
    for (text, parts) in [
        ("*Vertices 2\n1 a\n3 b\n*Arcs\n", &["line 3", "the number of a vertex"][..]),
        ("*Vertices 2\n*Arcs\n1 2\n1 2\n", &["line 4", "each tie once"]),
        ("*Vertices 2\n*Arcs\n1 3\n", &["line 3", "numbers of vertices"]),
        ("*Vertices 2\n1 a\n2 a\n*Arcs\n1 2\n", &["`a`"]),
        ("*Vertices 2\n1 a\n2 b\n", &["ties after the vertices"]),
        ("*Vertices 2\n*Partition x\n1\n", &["*Partition", "each once"]),
        ("*Vertices 2\n*Matrix\n1 2\n3\n", &["line 4", "2 lines of 2 numbers"]),
        ("*Vertices x\n*Arcs\n", &["*Vertices and their number"]),
        ("*Vertices 99999999\n*Arcs\n1 2\n", &["25000000"]),
    ] {
        refused(text, parts);
    }
    refused("<?xml version=\"1.0\"?>\n<graphml>\n", &["XML or GML", "source,target,weight"]);
    refused("graph [\n node [ id 1 ]\n]\n", &["XML or GML"]);
}

#[test]
fn what_is_too_large_to_hold_is_read_by_its_entries() {
    let mut list = "source,target,value\n".to_owned();
    (0..6_000).for_each(|k| list += &format!("s{k},t{},{}\n", (7 * k) % 6_000, k % 9));
    let options = |missing| ReadParams { missing, ..ReadParams::default() };
    let e = read_matrix(list.as_bytes(), &options(Some(MissingChoice::Zero))).unwrap_err();
    assert!(matches!(*e.problem, FileProblem::TooLarge { rows: 6_000, .. }), "{e}");
    let r = read_sparse(list.as_bytes(), &options(Some(MissingChoice::Zero))).unwrap();
    assert_eq!((r.rows, r.columns, r.entries.len(), r.others_are_zero), (6_000, 6_000, 6_000, true));
    assert!(matches!(r.spaces, Spaces::Two(_)) && r.notes.iter().any(|n| n.contains("taken for 0")));
    let e = read_sparse(list.as_bytes(), &options(None)).unwrap_err().to_string();
    assert!(e.contains("35994000 of 36000000 entries are absent") && e.contains("--missing hole"), "{e}");
    assert!(!read_sparse(list.as_bytes(), &options(Some(MissingChoice::Hole))).unwrap().others_are_zero);
    // MatrixMarket says itself that the others are 0.
    let market = "%%MatrixMarket matrix coordinate real symmetric\n8000 8000 2\n2 1 5\n3 3 -1\n";
    let r = read_sparse(market.as_bytes(), &options(None)).unwrap();
    assert_eq!(r.entries, [(0, 1, 5.0), (1, 0, 5.0), (2, 2, -1.0)]);
    assert!(matches!(r.spaces, Spaces::One(_)) && r.others_are_zero);
    let twice = "%%MatrixMarket matrix coordinate real general\n8000 8000 2\n2 1 5\n2 1 6\n";
    let e = read_sparse(twice.as_bytes(), &options(None)).unwrap_err().to_string();
    assert!(e.contains("line 4") && e.contains("each entry once"), "{e}");
    let most = "%%MatrixMarket matrix coordinate real general\n2000000 2 1\n2 1 5\n";
    let e = read_sparse(most.as_bytes(), &options(None)).unwrap_err().to_string();
    assert!(e.contains("2000000 x 2") && e.contains("at most 1000000"), "{e}");
    let e = read_sparse(b"1,2\n3,4\n", &options(None)).unwrap_err().to_string();
    assert!(e.contains("neither a list of pairs"), "{e}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A list says the same whichever way it is read.
    #[test]
    fn entries_are_those_of_the_matrix(
        pairs in prop::collection::vec((0usize..7, 0usize..7, -5i32..5), 1..30),
        undirected in any::<bool>(),
        last in any::<bool>(),
    ) {
        let mut text = "from,to,weight\n".to_owned();
        pairs.iter().for_each(|(a, b, v)| text += &format!("n{a},n{b},{v}\n"));
        let options = ReadParams {
            missing: Some(MissingChoice::Hole),
            duplicates: Some(if last { Duplicates::Mean } else { Duplicates::Sum }),
            direction: if undirected { Direction::Undirected } else { Direction::Directed },
            ..ReadParams::default()
        };
        match (read_matrix(text.as_bytes(), &options), read_sparse(text.as_bytes(), &options)) {
            (Ok(whole), Ok(sparse)) => {
                prop_assert_eq!((whole.rows, whole.columns), (sparse.rows, sparse.columns));
                prop_assert_eq!(&whole.row_labels, &sparse.row_labels);
                prop_assert_eq!(&whole.taken_for, &sparse.taken_for);
                prop_assert_eq!(&whole.spaces, &sparse.spaces);
                let mut values = vec![None; whole.rows * whole.columns];
                for (i, j, v) in sparse.entries {
                    prop_assert!(values[i * whole.columns + j].replace(v).is_none());
                }
                let holes = whole.holes.unwrap_or_else(|| vec![false; values.len()]);
                for (k, (v, hole)) in whole.values.iter().zip(holes).enumerate() {
                    prop_assert_eq!(values[k], (!hole).then_some(*v));
                }
            }
            (Err(a), Err(b)) => prop_assert_eq!(a.to_string(), b.to_string()),
            (a, b) => prop_assert!(false, "{a:?} and {b:?}"),
        }
    }
}
