//! The comparisons without a network: a shell script in the place of Python, and of our programs.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use relata_benches::{Asked, Compared, RowPlan, chosen, compare};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Makes environments, installs everything but PyTorch, and prints a row for the comparison that it is
/// asked for: of the ridge regression one whose answers differ, of the growth none.
const PYTHON: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip")
    echo "$@" >> "$here/pip.txt"
    case "$*" in
    *torch.txt) echo "ERROR: No matching distribution found for torch" >&2; exit 1 ;;
    esac ;;
*)
    echo "a line for people"
    difference=1e-9
    case "$3" in
    kernels/ridge) difference=0.5 ;;
    kernels/growth) exit 3 ;;
    kernels/low-rank) exit 0 ;;
    esac
    echo "{\"name\": \"$3\", \"work\": \"w $4\", \"peer\": \"numpy 2\", \"unit\": \"s\", \"ours\": [1, 2, 3], \"theirs\": [6, 8, 7], \"difference\": [$difference, 1e-6], \"goal\": 3}" ;;
esac
"#;

const TRAINING: &str = "#!/bin/sh\n[ \"$1\" = many ] && echo \"many 2 5\"\n";
const CELLS: &str = "#!/bin/sh\necho \"first $1\"\necho \"again 0.25\"\n";
const PIPELINES: &str = "#!/bin/sh\nexit 0\n";

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for (name, text) in [
            ("python", PYTHON),
            ("programs/examples/training_steps", TRAINING),
            ("programs/examples/cells", CELLS),
            ("programs/relata", PIPELINES),
        ] {
            let path = place.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn compare(&self, rows: Vec<&'static RowPlan>, python: &Path) -> Compared {
        let asked = Asked {
            rows,
            quick: true,
            out: self.path("out"),
            python: python.into(),
            environment: self.path("out/venv"),
            scripts: Path::new(env!("CARGO_MANIFEST_DIR")).into(),
            programs: self.path("programs"),
            page: None,
        };
        compare(&asked).unwrap()
    }
}

fn names(rows: &[(&'static str, String)]) -> Vec<&'static str> {
    rows.iter().map(|r| r.0).collect()
}

#[test]
fn what_cannot_be_installed_is_named_and_the_other_rows_run() {
    let place = Place::new();
    let compared = place.compare(chosen(None).unwrap(), &place.path("python"));
    assert!(!compared.left_out.is_empty());
    for (name, why) in &compared.left_out {
        assert!(["training", "fitting", "heads"].contains(&name.split('/').next().unwrap()), "{name}");
        assert!(why.contains("torch.txt") && why.contains("No matching distribution"), "{why}");
    }
    assert_eq!(names(&compared.failed), ["kernels/low-rank", "kernels/ridge", "kernels/growth"]);
    let of = |name: &str| compared.failed.iter().find(|f| f.0 == name).unwrap().1.clone();
    assert!(of("kernels/low-rank").contains("no row"), "{compared:?}");
    assert!(of("kernels/ridge").contains("differ by 5.0e-1"), "{compared:?}");
    assert!(of("kernels/growth").contains('3'), "{compared:?}");
    for name in ["kernels/product", "heads/numpy", "preferences/garp", "cells/second-start"] {
        assert!(compared.measured.contains(&name), "{name}: {compared:?}");
    }
    // Seven over two; thousand less ten seconds for as many cells.
    assert!(
        compared
            .table
            .contains("| `kernels/product` | w --quick, `--quick` | 2.00 (1.00 to 3.00) s | numpy 2 |")
    );
    assert!(compared.table.contains("| 3.50 | >= 3.00 |"), "{}", compared.table);
    assert!(
        compared.table.contains("| 2.50 (2.50 to 2.50) times | none |  |  | <= 3.00 |"),
        "{}",
        compared.table
    );
    assert!(compared.table.contains("1000 (1000 to 1000) ms"), "{}", compared.table);
    assert!(compared.table.contains("<= 5.00: **missed**"), "{}", compared.table);
    for file in ["peers.csv", "peers.json", "peers.md", "peers.svg", "peers.png", "peers.pdf"] {
        assert!(place.path("out").join(file).is_file(), "{file}");
    }
    // Every file of packages was tried once.
    let tried = fs::read_to_string(place.path("out/venv/bin/pip.txt")).unwrap();
    assert_eq!(tried.lines().count(), 4, "{tried}");

    // What is installed is not installed again, and rows of other comparisons stay.
    let again = place.compare(chosen(Some("kernels/product")).unwrap(), &place.path("python"));
    assert_eq!(again.measured, ["kernels/product"]);
    assert!(again.table.contains("preferences/garp"));
    assert_eq!(fs::read_to_string(place.path("out/venv/bin/pip.txt")).unwrap(), tried);
}

#[test]
fn without_python_what_needs_no_peer_is_measured() {
    let place = Place::new();
    for python in [place.path("no-such-python"), PathBuf::from("/bin/false")] {
        let compared = place.compare(chosen(None).unwrap(), &python);
        assert!(compared.failed.is_empty(), "{compared:?}");
        assert!(compared.measured.iter().all(|n| n.starts_with("seeds/") || n.starts_with("cells/")));
        assert_eq!(compared.measured.len() + compared.left_out.len(), chosen(None).unwrap().len());
        let name = python.display().to_string();
        assert!(compared.left_out.iter().all(|(_, why)| why.contains(&name)), "{compared:?}");
    }
}

#[test]
fn a_program_of_ours_that_is_missing_or_breaks_is_a_failure() {
    let place = Place::new();
    fs::remove_file(place.path("programs/examples/cells")).unwrap();
    fs::write(place.path("programs/examples/training_steps"), "#!/bin/sh\necho many 1\n").unwrap();
    fs::write(place.path("programs/relata"), "#!/bin/sh\necho it broke >&2\nexit 1\n").unwrap();
    let rows = chosen(Some("cells")).unwrap().into_iter().chain(chosen(Some("seeds/16-64")).unwrap());
    let compared = place.compare(rows.collect(), &place.path("python"));
    assert_eq!(names(&compared.failed), ["cells/overhead", "cells/second-start", "seeds/16-64"]);
    assert!(compared.failed[0].1.contains("cannot start"), "{compared:?}");
    assert!(compared.failed[1].1.contains("it broke"), "{compared:?}");
    assert!(compared.failed[2].1.contains("many 1"), "{compared:?}");
}
