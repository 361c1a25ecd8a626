//! The program's answers to what it cannot do: one clear line and the right exit status.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use relata_pipelines::backend::{self, BackendKind};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

fn program(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relata")).args(arguments).current_dir(dir).output().unwrap()
}

fn refused(dir: &Path, arguments: &[&str], status: i32, part: &str) {
    let output = program(dir, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {stderr}");
    assert!(stderr.contains(part), "{arguments:?} should mention `{part}`: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn wrong_names_are_usage_errors() {
    let dir = tempfile::tempdir().unwrap();
    refused(dir.path(), &["run", "nothing"], 2, "unknown pipeline `nothing`");
    refused(dir.path(), &["run", "all", "--profile", "smal"], 2, "unknown profile `smal`");
    refused(dir.path(), &["run", "all", "--backend", "flx"], 2, "did you mean `flex`?");
}

#[test]
fn options_of_other_pipelines_are_usage_errors() {
    let dir = tempfile::tempdir().unwrap();
    let message = "belongs to the pipeline `analyse`, not to `width-two`";
    refused(dir.path(), &["run", "width-two", "--eps", "0.1"], 2, message);
    refused(
        dir.path(),
        &["cell", "rkhs", "--model", "m"],
        2,
        "belongs to the pipeline `heads`, not to `rkhs`",
    );
}

#[test]
fn the_list_is_that_of_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let output = program(dir.path(), &["list"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), relata_cli::list());
}

/// A finished run, made to be one of another pipeline or backend.
fn rewritten(dir: &Path, edit: &[(&str, &str)]) {
    let run = dir.join("runs/width-two/smoke-flex-0");
    if !run.exists() {
        assert!(program(dir, &["run", "width-two", "--profile", "smoke"]).status.success());
    }
    let path = run.join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let edited = edit.iter().fold(text.clone(), |text, (from, to)| text.replacen(from, to, 1));
    assert_ne!(text, edited);
    std::fs::write(path, edited).unwrap();
}

#[test]
fn a_run_of_a_pipeline_that_is_gone_is_an_input_error_and_stays_in_the_report() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    rewritten(dir, &[("\"pipeline\": \"width-two\"", "\"pipeline\": \"sign-rank\"")]);
    for command in [&["figures"][..], &["verify", "runs"]] {
        refused(
            dir,
            command,
            4,
            "a run of the pipeline `sign-rank`, which this program does not have (it has symmetric,",
        );
    }
    refused(dir, &["run", "sign-rank"], 2, "unknown pipeline `sign-rank`");
    assert!(program(dir, &["report"]).status.success());
    assert!(std::fs::read_to_string(dir.join("runs/report.html")).unwrap().contains("<h2>sign-rank</h2>"));
}

#[test]
fn a_run_on_a_backend_that_was_not_built_cannot_be_verified_and_can_be_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for kind in BackendKind::ALL.into_iter().filter(|k| !backend::compiled().contains(k)) {
        let wanted = format!("\"backend\": \"{kind}\"");
        let present = ["flex", "ndarray", "wgpu"].map(|b| format!("\"backend\": \"{b}\""));
        rewritten(dir, &present.each_ref().map(|p| (p.as_str(), wanted.as_str())));
        refused(dir, &["verify", "runs"], 3, &format!("backend `{kind}` is not compiled in"));
        assert!(program(dir, &["figures"]).status.success());
        refused(dir, &["doctor", "--backend", kind.name()], 3, "not compiled in");
    }
}

#[test]
fn a_cell_is_listed_computed_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("r.csv"), relation(|i, j| (i, j))).unwrap();
    let asked = |key: &[&str]| {
        let output =
            program(dir.path(), &[&["cell", "analyse", "r.csv", "--profile", "smoke"], key].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    assert!(asked(&[]).contains("  structure\n"));
    assert!(asked(&["structure"]).contains("structure: done in "));
    assert!(asked(&["structure"]).contains("was finished already"));
    refused(dir.path(), &["cell", "analyse", "r.csv", "structur"], 2, "did you mean `structure`?");
    // `analyse FILE` and `run analyse FILE` are one run, which finds the cell.
    let run = program(dir.path(), &["run", "analyse", "r.csv", "--profile", "smoke"]);
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success() && text.contains(", 1 reused, ") && text.contains("\nRelation: R is 6 x 6"));
    let again = program(dir.path(), &["analyse", "r.csv", "--profile", "smoke"]);
    assert!(String::from_utf8(again.stdout).unwrap().contains("done, 0 cells computed, "));
}

#[test]
fn a_backend_that_is_not_there_is_one_line_and_status_3() {
    let dir = tempfile::tempdir().unwrap();
    for kind in BackendKind::ALL.into_iter().filter(|k| !backend::compiled().contains(k)) {
        let arguments = ["run", "all", "--profile", "smoke", "--backend", kind.name()];
        refused(
            dir.path(),
            &arguments,
            3,
            &format!("error: backend `{kind}` is not compiled in; build with `--features {kind}`"),
        );
        let output = program(dir.path(), &arguments);
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
        assert!(!dir.path().join("runs").exists());
    }
}

#[test]
fn runs_that_are_not_there_are_input_errors() {
    let dir = tempfile::tempdir().unwrap();
    refused(dir.path(), &["verify", "runs"], 4, "cannot read runs");
    refused(dir.path(), &["figures", "."], 4, "there is no run in .");
    refused(dir.path(), &["report", "."], 4, "there is no run in .");
    std::fs::write(dir.path().join("manifest.json"), "{\"schema_version\": 99}").unwrap();
    refused(dir.path(), &["verify", "."], 4, "schema version 99");
}

#[test]
fn the_doctor_names_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let output = program(dir.path(), &["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for part in ["rustc 1.", "flex  ready:", "f32 and f64", "runs can be written"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    std::fs::write(dir.path().join("file"), "").unwrap();
    refused(dir.path(), &["doctor", "--out", "file"], 1, "file cannot be written");
}

#[test]
fn backends_that_are_compiled_in_say_so_when_they_do_not_open() {
    for kind in backend::compiled() {
        match backend::open(kind) {
            Ok(opened) => assert_eq!(opened.kind, kind),
            Err(error) => {
                let start = format!("backend `{kind}` has no usable device: ");
                assert!(error.to_string().starts_with(&start), "{error}");
            }
        }
    }
}

/// Every file of a run that must not depend on circumstances.
fn bytes(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["tables", "figures"] {
        for entry in std::fs::read_dir(run.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.insert(
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            );
        }
    }
    files.insert("summary.json".to_owned(), std::fs::read(run.join("summary.json")).unwrap());
    files
}

#[test]
fn a_run_from_beginning_to_end() {
    let dirs = [(); 2].map(|()| tempfile::tempdir().unwrap());
    for (dir, threads) in dirs.iter().zip(["1", "3"]) {
        let output = Command::new(env!("CARGO_BIN_EXE_relata"))
            .args(["run", "width-two", "--profile", "smoke", "--seed", "7", "--jobs", threads])
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        for part in [
            "runs/width-two/smoke-flex-7: done",
            "sign_accuracy_rank2",
            "figure runs/width-two/smoke-flex-7/figures/",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let [one, three] = dirs.each_ref().map(|d| d.path().join("runs/width-two/smoke-flex-7"));
    assert!(bytes(&one).len() > 4);
    assert_eq!(bytes(&one), bytes(&three));

    let dir = dirs[0].path();
    let output = program(dir, &["verify", "runs"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("smoke-flex-7: verified"), "{text}");
    assert!(program(dir, &["report"]).status.success());
    assert!(
        std::fs::read_to_string(dir.join("runs/report.html"))
            .unwrap()
            .contains("src=\"width-two/smoke-flex-7/figures/")
    );
    assert!(program(dir, &["figures"]).status.success());
    assert_eq!(bytes(&one), bytes(&three), "figures drawn again are the same");

    let table = std::fs::read_dir(one.join("tables")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&table, "a,b\n1\n").unwrap();
    refused(dir, &["figures"], 4, "line 2: 1 fields where the header has 2");
    refused(dir, &["verify", "runs"], 1, "1 of the runs did not verify");
}

/// A relation on six objects, seen from either side.
fn relation(from: impl Fn(usize, usize) -> (usize, usize)) -> String {
    let value = |i: usize, j: usize| {
        let (i, j) = from(i, j);
        ((1.3 * i as f64 + 0.7 * j as f64).sin() - 0.1 * j as f64).to_string()
    };
    (0..6).map(|i| (0..6).map(|j| value(i, j)).collect::<Vec<_>>().join(",") + "\n").collect()
}

#[test]
fn an_analysis_from_the_command_line_to_its_verification() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("r.csv"), relation(|i, j| (i, j))).unwrap();
    let ran = program(dir.path(), &["analyse", "r.csv", "--profile", "smoke", "--eps", "0.2"]);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(
        text.contains("relative_antisymmetric_part") && text.contains("\nRelation: R is 6 x 6"),
        "{text}"
    );
    let verified = program(dir.path(), &["verify", "runs"]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    assert_eq!(program(dir.path(), &["figures", "runs"]).status.code(), Some(0));
    // With another file of that name the old run can be drawn, and its cells are not computed again
    // from the wrong data.
    std::fs::write(dir.path().join("r.csv"), relation(|i, j| (j, i))).unwrap();
    assert_eq!(program(dir.path(), &["figures", "runs"]).status.code(), Some(0));
    let verified = program(dir.path(), &["verify", "runs"]);
    assert_eq!(verified.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&verified.stdout).contains("changed since the run"));
    std::fs::write(dir.path().join("bad.csv"), "1,2\n3\n").unwrap();
    let refused = program(dir.path(), &["analyse", "bad.csv"]);
    assert_eq!(refused.status.code(), Some(4));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    let taken_for = "error: bad.csv: read as a matrix, separated by commas: line 2: 1 field";
    assert!(message.starts_with(taken_for), "{message}");
    assert_eq!(program(dir.path(), &["analyse", "r.csv", "--eps", "2"]).status.code(), Some(2));
    assert_eq!(program(dir.path(), &["analyse", "r.csv", "--missing", "one"]).status.code(), Some(2));
}

/// Where no font of the machine is found.
fn without_fonts(dir: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_relata"))
        .args(arguments)
        .current_dir(dir)
        .env("HOME", dir)
        .env("XDG_DATA_DIRS", dir)
        .env_remove("XDG_DATA_HOME")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (said, output.status.code())
}

#[test]
fn labels_of_any_script_cost_no_analysis() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let strokes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plotting/tests/data/strokes.ttf");
    let strokes = std::fs::canonicalize(strokes).unwrap();
    for (k, name) in ["日本", "한국", "กัน", "कमल", "ＡＢ"].into_iter().enumerate() {
        let file = format!("{k}.csv");
        std::fs::write(dir.join(&file), format!(",\"{name}\",b\n\"{name}\",2,1\nb,1,2\n")).unwrap();
        let run = ["analyse", &file, "--profile", "smoke", "--out", "plain"];
        let (said, status) = without_fonts(dir, &run);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("drawn as boxes") && said.contains("--font"), "{said}");
        assert_eq!(without_fonts(dir, &["verify", "plain"]).1, Some(0));
    }
    // A font that is given is named, remembered and needed.
    let given =
        ["analyse", "0.csv", "--profile", "smoke", "--out", "given", "--font", strokes.to_str().unwrap()];
    let (said, status) = without_fonts(dir, &given);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("Strokes") && !said.contains("boxes"), "{said}");
    let (said, status) = without_fonts(dir, &["verify", "given"]);
    assert!(status == Some(0) && !said.contains("not compared"), "{said}");
    // So is one of the machine; where it is gone, figures cannot be compared, which is said.
    let own = dir.join(".local/share/fonts/deep");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::copy(&strokes, own.join("strokes.ttf")).unwrap();
    let (said, _) = without_fonts(dir, &["analyse", "0.csv", "--profile", "smoke", "--out", "own"]);
    assert!(said.contains("Strokes") && said.contains("depend on it"), "{said}");
    std::fs::remove_file(own.join("strokes.ttf")).unwrap();
    let (said, status) = without_fonts(dir, &["verify", "own"]);
    assert!(status == Some(0) && said.contains("not compared"), "{said}");
    refused(dir, &["analyse", "0.csv", "--font", "0.csv"], 4, "is not a TrueType or OpenType font");
    // Text in SVG stays text on request, and redrawing keeps to it.
    let (said, _) = without_fonts(dir, &["figures", "own", "--svg-text"]);
    let drawing = said.lines().find_map(|l| l.trim().strip_prefix("figure ")).unwrap();
    let svg = dir.join(drawing.split(' ').next().unwrap()).with_extension("svg");
    assert!(std::fs::read_to_string(&svg).unwrap().contains("<text"));
    without_fonts(dir, &["figures", "own"]);
    assert!(std::fs::read_to_string(&svg).unwrap().contains("<text"));
}
