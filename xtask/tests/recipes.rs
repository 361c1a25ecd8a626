//! ARCHITECTURE.md is true: the files and folders that it names are there, and the places in them to
//! which its recipes send a newcomer.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

const RECIPES: [&str; 12] = [
    "a relation",
    "an activation",
    "a pipeline",
    "a system of relational learning",
    "a mark to figures",
    "a file format",
    "an estimator of utilities",
    "a low-rank method",
    "an attention family",
    "a family of encoders",
    "a family of decoders",
    "a backend",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn page() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// The parts of a line between backticks.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_recipe_names_files_and_places_that_are_there() {
    let page = page();
    let (_, recipes) = page.split_once("\n## Recipes\n").unwrap();
    let recipes = recipes.split("\n## ").next().unwrap();
    let (mut wrong, mut found) = (Vec::new(), Vec::new());
    for section in recipes.split("\n### ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap();
        found.push(title.strip_prefix("To add ").unwrap_or(title));
        let places: Vec<&str> = body.lines().filter(|line| line.starts_with("- ")).collect();
        assert!(!places.is_empty(), "{title} names no file");
        for line in places {
            let [file, anchor, ..] = spans(line)[..] else { panic!("{title}: no file and place in {line}") };
            assert!(line.starts_with(&format!("- `{file}` at `{anchor}`: ")), "{title}: {line}");
            match fs::read_to_string(root().join(file)) {
                Ok(text) if text.contains(anchor) => {}
                Ok(_) => wrong.push(format!("{title}: {file} has no `{anchor}`")),
                Err(e) => wrong.push(format!("{title}: {file}: {e}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(found, RECIPES);
}

#[test]
fn every_path_on_the_page_exists() {
    let page = page();
    let tops = ["crates/", "xtask/", "benches/", "docs/", "examples/"];
    let named = page.lines().flat_map(spans).filter(|s| tops.iter().any(|top| s.starts_with(top)));
    let missing: Vec<&str> = named.filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:?}");
}

/// In "Where things are", a folder such as `lowrank/` in the line of a crate is one of its sources,
/// and every folder and file of the crate's sources is there.
#[test]
fn the_map_has_every_folder() {
    let page = page();
    let (_, map) = page.split_once("\n## Where things are\n").unwrap();
    let map = map.split("\n## ").next().unwrap();
    let mut wrong = Vec::new();
    for item in map.split("\n- ").skip(1) {
        let item = item.replace('\n', " ");
        let spans = spans(&item);
        let source = root().join(spans[0]);
        for folder in spans[1..].iter().filter_map(|s| s.strip_suffix('/')) {
            let nested = source.join("experiments").join(folder);
            if !source.join(folder).is_dir() && !nested.is_dir() {
                wrong.push(format!("{} has no folder {folder}/", spans[0]));
            }
        }
        for entry in fs::read_dir(&source).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
            let name = format!("{}/", entry.file_name().unwrap().to_string_lossy());
            if !spans.contains(&name.as_str()) {
                wrong.push(format!("{} does not mention {name}", spans[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every experiment is a folder with the same few files.
#[test]
fn every_experiment_is_laid_out_alike() {
    let experiments = root().join("crates/pipelines/src/experiments");
    // What pairs of commands share, and the two commands that are one pipeline in two instances.
    let exempt = ["spaces", "symmetric", "asymmetric"];
    let commands: Vec<String> = relata_cli::PIPELINES.iter().map(|p| p.name.replace('-', "_")).collect();
    let mut wrong = Vec::new();
    for name in commands.iter().map(String::as_str).chain(["approximation", "spaces"]) {
        let folder = experiments.join(name);
        if !folder.join("mod.rs").is_file() {
            wrong.push(format!("{name}/mod.rs is missing"));
        }
        if exempt.contains(&name) {
            continue;
        }
        for file in ["plan", "summary", "figures"] {
            if !folder.join(format!("{file}.rs")).is_file() && !folder.join(file).join("mod.rs").is_file() {
                wrong.push(format!("{name} has no {file}"));
            }
        }
    }
    for entry in fs::read_dir(&experiments).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = commands.contains(&name)
            || ["approximation", "spaces", "relational", "mod.rs"].contains(&name.as_str());
        if !known {
            wrong.push(format!("{name} is not a command"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
