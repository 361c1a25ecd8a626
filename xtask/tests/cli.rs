//! The command line, as far as it goes without compiling anything.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output};

fn xtask(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(dir)
        // A command that should have been refused must not build anything either.
        .env("CARGO", "no-such-cargo")
        .output()
        .unwrap()
}

fn refused(dir: &Path, arguments: &[&str], status: i32, parts: &[&str]) {
    let output = xtask(dir, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{arguments:?} should mention `{part}`: {stderr}");
    }
}

#[test]
fn a_model_belongs_to_the_pipeline_that_reads_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    refused(dir, &["run", "symmetric", "--model", "m"], 2, &["`heads`", "`symmetric`"]);
    refused(dir, &["run", "heads", "--text", "page.txt"], 2, &["--model"]);
    refused(dir, &["run", "heads", "--model", "nowhere"], 4, &["nowhere", "config.json"]);
    std::fs::create_dir(dir.join("m")).unwrap();
    std::fs::write(dir.join("m/config.json"), "{}").unwrap();
    refused(dir, &["cell", "heads", "--model", "m", "--text", "page.txt"], 4, &["page.txt"]);
}

#[test]
fn misspelt_names_are_usage_errors_with_a_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    refused(dir, &["run", "symetric"], 2, &["unknown pipeline `symetric`", "did you mean `symmetric`?"]);
    refused(dir, &["run", "al"], 2, &["did you mean `all`?"]);
    refused(dir, &["cell", "all"], 2, &["unknown pipeline `all`"]);
    refused(dir, &["run", "symmetric", "--profile", "smoek"], 2, &["did you mean `smoke`?"]);
    refused(dir, &["run", "symmetric", "--backend", "wgup"], 2, &["did you mean `wgpu`?"]);
    refused(
        dir,
        &["run", "symmetric", "--backend", "cuda"],
        2,
        &["unknown backend `cuda` (known: flex, ndarray, wgpu)"],
    );
    refused(dir, &["reprot"], 2, &["'report'"]);
    refused(dir, &["run", "symmetric", "--sed", "1"], 2, &["--seed"]);
}

#[test]
fn values_out_of_range_are_usage_errors() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    refused(dir, &["run", "symmetric", "--jobs", "0"], 2, &["--jobs"]);
    refused(dir, &["run", "symmetric", "--seed", "-1"], 2, &["-1"]);
    refused(dir, &["analyse", "m.csv", "--eps", "0"], 2, &["above 0 and below 1"]);
    refused(dir, &["analyse", "m.csv", "--eps", "nan"], 2, &["above 0 and below 1"]);
    refused(dir, &["analyse", "m.csv", "--missing", "one"], 2, &["zero"]);
    refused(dir, &["run", "analyse", "m.csv", "--eps", "1"], 2, &["above 0 and below 1"]);
}

#[test]
fn files_that_cannot_be_used_are_input_errors() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("relation.csv"), "1,2\n3,4\n").unwrap();
    refused(
        dir,
        &["analyse", "relations.csv"],
        4,
        &["cannot read relations.csv", "did you mean relation.csv?"],
    );
    refused(dir, &["analyse", "relation.csv", "--x-features", "a.csv"], 4, &["cannot read a.csv"]);
    refused(dir, &["analyse", "."], 4, &["it is a directory"]);
    refused(dir, &["run", "symmetric", "--out", "relation.csv"], 4, &["relation.csv is a file"]);
    refused(dir, &["run", "symmetric", "--out", "relation.csv/below"], 4, &["relation.csv is a file"]);
    refused(dir, &["figures"], 4, &["cannot read runs"]);
    refused(dir, &["verify", "."], 4, &["there is no run in ."]);
    refused(dir, &["report", "nowhere"], 4, &["cannot read nowhere"]);
}

#[test]
fn a_run_of_another_version_is_an_input_error() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("runs/symmetric/smoke-flex-0");
    std::fs::create_dir_all(&run).unwrap();
    std::fs::write(run.join("manifest.json"), "{\"schema_version\": 99}").unwrap();
    for command in [&["figures"][..], &["verify", "runs"], &["report"]] {
        refused(dir.path(), command, 4, &["schema version 99"]);
    }
    std::fs::write(run.join("manifest.json"), "{").unwrap();
    refused(dir.path(), &["verify", "runs"], 4, &["is not a manifest"]);
}

#[test]
fn what_passes_the_checks_goes_to_cargo() {
    let dir = tempfile::tempdir().unwrap();
    refused(dir.path(), &["run", "symmetric", "--profile", "smoke"], 1, &["cannot start no-such-cargo"]);
}

#[test]
fn the_list_names_everything() {
    let dir = tempfile::tempdir().unwrap();
    let output = xtask(dir.path(), &["list"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for pipeline in relata_cli::PIPELINES {
        assert!(
            text.contains(pipeline.name) && text.contains(pipeline.about) && text.contains(pipeline.produces)
        );
    }
    for name in ["smoke", "standard", "paper", "flex", "ndarray", "wgpu"] {
        assert!(text.contains(name));
    }
}

#[test]
fn help_teaches_by_example() {
    let dir = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str]| {
        let output = xtask(dir.path(), arguments);
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let whole = help(&["--help"]);
    assert!(whole.contains("Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device"));
    assert!(!whole.contains("  relata "), "examples are for this door: {whole}");
    for command in commands(&whole) {
        let text = help(&[&command, "--help"]);
        assert!(text.contains(&format!("Usage: cargo xtask {command}")), "{text}");
        // `list`, `lint` and `doc` have nothing to teach.
        let plain = ["list", "lint", "doc"].contains(&command.as_str());
        assert!(plain || text.contains("Examples:\n  cargo xtask "), "{command} has no examples: {text}");
    }
}

/// The commands that `--help` lists.
fn commands(help: &str) -> Vec<String> {
    let (_, rest) = help.split_once("\nCommands:\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn every_command_runs_in_continuous_integration() {
    let dir = tempfile::tempdir().unwrap();
    let help = String::from_utf8(xtask(dir.path(), &["--help"]).stdout).unwrap();
    let commands = commands(&help);
    assert!(commands.len() >= 13, "{commands:?}");
    let script = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/run")).unwrap();
    let runs = |command: &String| script.lines().any(|l| l.contains(&format!("cargo xtask {command} ")));
    // `ci` is made of these three.
    let of_ci = ["lint", "doc", "test"];
    let forgotten: Vec<_> =
        commands.iter().filter(|c| !runs(c) && !of_ci.contains(&c.as_str()) && *c != "list").collect();
    assert!(forgotten.is_empty(), "run these in .ci/run: {forgotten:?}");
    assert!(script.contains("cargo xtask list\n"));
}

/// What cargo, or a script of ours, is told: a program in cargo's place writes its arguments down.
#[cfg(unix)]
fn told(arguments: &[&str]) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let stub = dir.path().join("cargo");
    std::fs::write(&stub, "#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/told\"\n").unwrap();
    std::fs::set_permissions(&stub, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(dir.path().join("r.csv"), "1,2\n3,4\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(dir.path())
        .env("CARGO", &stub)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let told = std::fs::read_to_string(dir.path().join("told")).unwrap();
    // Where the workspace is does not matter here.
    let manifest = |line: &str| match line.split_once(" --manifest-path ") {
        Some((first, rest)) => format!("{first} {}", rest.split_once(' ').unwrap().1),
        None => line.to_owned(),
    };
    told.lines().map(manifest).collect()
}

#[cfg(unix)]
#[test]
fn arguments_are_passed_on_as_they_are() {
    let pipelines = "run --release --locked --package relata-pipelines";
    for line in [
        "run symmetric --seed 7 --jobs 3",
        "run --profile smoke heads --out o",
        "cell width-two 3f2a --profile smoke",
        "analyse r.csv --eps 0.1 --missing zero",
        "run analyse r.csv",
        "doctor",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(told(&words), [format!("{pipelines} -- {line}")]);
    }
    assert_eq!(
        told(&["run", "all", "--backend", "wgpu"]),
        [format!("{pipelines} --features wgpu -- run all --backend wgpu")]
    );
}

#[cfg(unix)]
#[test]
fn cargo_is_told_what_the_commands_of_the_house_mean() {
    assert_eq!(
        told(&["lint"]),
        ["fmt --all --check", "clippy --release --locked --workspace --all-targets -- -D warnings"]
    );
    assert_eq!(told(&["doc"]), ["doc --release --locked --workspace --no-deps"]);
    assert_eq!(told(&["test"]), ["test --release --locked --workspace"]);
    assert_eq!(told(&["test", "-p", "relata-runs"]), ["test --release --locked -p relata-runs"]);
    let bench = "bench --locked --workspace --bench core --";
    assert_eq!(told(&["bench"]), [bench]);
    assert_eq!(told(&["bench", "readout", "--quick"]), [format!("{bench} --quick readout")]);
    assert_eq!(
        told(&["bench", "readout", "--save", "before"]),
        [format!("{bench} --save-baseline before readout")]
    );
    assert_eq!(
        told(&["bench", "readout", "--against", "before"]),
        [format!("{bench} --baseline before readout")]
    );
}

#[test]
fn comparisons_and_benchmarks_of_our_own_are_not_mixed() {
    let dir = tempfile::tempdir().unwrap();
    refused(dir.path(), &["bench", "--only", "kernels"], 2, &["--against-peers"]);
    refused(dir.path(), &["bench", "readout", "--against-peers"], 2, &["--against-peers"]);
    refused(dir.path(), &["bench", "--save", "a", "--against", "b"], 2, &["--save"]);
    refused(
        dir.path(),
        &["bench", "--against-peers", "--only", "kernels"],
        1,
        &["cannot start no-such-cargo"],
    );
}

/// A checkout that was moved or copied with what had been built in it works on itself: the program
/// asks where it is when it runs.
#[cfg(unix)]
#[test]
fn a_copied_checkout_works_on_itself() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().canonicalize().unwrap().join("copy");
    for part in ["crates", "xtask", "target/release", "elsewhere"] {
        std::fs::create_dir_all(copy.join(part)).unwrap();
    }
    std::fs::write(copy.join("xtask/Cargo.toml"), "").unwrap();
    let stub = copy.join("cargo");
    std::fs::write(&stub, "#!/bin/sh\necho \"$@\" > \"$(dirname \"$0\")/told\"\n").unwrap();
    std::fs::set_permissions(&stub, PermissionsExt::from_mode(0o755)).unwrap();
    let copied = copy.join("target/release/xtask");
    std::fs::copy(env!("CARGO_BIN_EXE_xtask"), &copied).unwrap();
    // As `cargo xtask` starts it, and by itself.
    for by_cargo in [Some(copy.join("xtask")), None] {
        let mut command = Command::new(&copied);
        command.arg("doctor").current_dir(copy.join("elsewhere")).env("CARGO", &stub);
        command.env_remove("CARGO_MANIFEST_DIR");
        if let Some(package) = by_cargo {
            command.env("CARGO_MANIFEST_DIR", package);
        }
        assert!(command.output().unwrap().status.success());
        let told = std::fs::read_to_string(copy.join("told")).unwrap();
        let manifest = copy.join("Cargo.toml");
        assert!(told.contains(&format!("--manifest-path {} ", manifest.display())), "{told}");
    }
}

/// Every script takes what `bench --against-peers` gives it; without the peer it says what to
/// install. `-S` hides what may be installed here.
#[test]
fn the_comparisons_with_peers_start() {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches");
    let mut scripts = 0;
    for entry in std::fs::read_dir(benches).unwrap() {
        let script = entry.unwrap().path();
        let name = script.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("peers_") || !name.ends_with(".py") {
            continue;
        }
        scripts += 1;
        for arguments in [&[][..], &["--quick"]] {
            let mut python = Command::new("python3");
            let output = python.args(["-S", "-B"]).arg(&script).args(arguments).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(stderr.starts_with("this comparison needs: pip install "), "{name}: {stderr}");
        }
    }
    assert!(scripts >= 2);
}
