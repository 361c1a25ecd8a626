#![no_main]
//! Any bytes as a matrix, the last two of them as options; what comes out must fit together.
use libfuzzer_sys::fuzz_target;
use relata_files::{
    Direction, Duplicates, FormChoice, HeaderChoice, MAX_ARRAY_ENTRIES, MissingChoice, ReadParams,
    SpacesChoice, Triangle, read_matrix, read_sparse,
};

fuzz_target!(|data: &[u8]| {
    let [bytes @ .., a, b] = data else { return };
    let pick = |byte: u8, shift: u8| (byte >> shift) & 3;
    let options = ReadParams {
        form: [None, Some(FormChoice::Matrix), Some(FormChoice::List), None][usize::from(pick(*a, 0))],
        header: [None, Some(HeaderChoice::Yes), Some(HeaderChoice::No), None][usize::from(pick(*a, 2))],
        columns: None,
        duplicates: [None, Some(Duplicates::Sum), Some(Duplicates::Mean), Some(Duplicates::Last)]
            [usize::from(pick(*a, 4))],
        direction: if pick(*a, 6) == 3 { Direction::Undirected } else { Direction::Directed },
        triangle: if pick(*b, 0) == 3 { Triangle::Mirror } else { Triangle::Given },
        spaces: [None, Some(SpacesChoice::One), Some(SpacesChoice::Two), None][usize::from(pick(*b, 2))],
        missing: [None, Some(MissingChoice::Hole), Some(MissingChoice::Zero), Some(MissingChoice::Hole)]
            [usize::from(pick(*b, 4))],
        array: None,
    };
    match read_matrix(bytes, &options) {
        Ok(r) => {
            assert_eq!(r.values.len(), r.rows * r.columns);
            assert!(r.values.len() <= MAX_ARRAY_ENTRIES && r.values.iter().all(|v| v.is_finite()));
            assert!(r.holes.as_ref().is_none_or(|h| h.len() == r.values.len() && h.contains(&true)));
            assert!(r.row_labels.as_ref().is_none_or(|l| l.len() == r.rows));
            assert!(r.column_labels.as_ref().is_none_or(|l| l.len() == r.columns));
        }
        Err(e) => assert!(!e.to_string().is_empty()),
    }
    if let Ok(r) = read_sparse(bytes, &options) {
        assert!(r.entries.iter().all(|(i, j, v)| *i < r.rows && *j < r.columns && v.is_finite()));
    }
});
