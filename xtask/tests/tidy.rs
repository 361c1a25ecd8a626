//! The rules of the house, as far as a program can check them: who may depend on whom, and what
//! sources may not contain.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "tidy/names.rs"]
mod names;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Package, and which of our packages its library may use.
const EDGES: &[(&str, &[&str])] = &[
    ("relata-relations", &[]),
    ("relata-kernels", &["relations"]),
    ("relata-networks", &["relations", "kernels"]),
    ("relata-training", &["relations", "kernels", "networks"]),
    ("relata-models", &["relations", "networks", "training"]),
    ("relata-tasks", &["relations"]),
    ("relata-systems", &["relations", "kernels", "networks", "training", "tasks"]),
    ("relata-debreu", &["relations", "kernels", "files"]),
    ("relata-attention", &["relations", "kernels", "debreu", "networks"]),
    ("relata-attack", &["relations", "kernels", "networks", "debreu", "attention"]),
    ("relata-files", &[]),
    ("relata-runs", &[]),
    ("relata-plotting", &["runs"]),
    ("relata-cli", &["runs"]),
    (
        "relata-pipelines",
        &[
            "relations",
            "kernels",
            "networks",
            "training",
            "models",
            "tasks",
            "systems",
            "debreu",
            "attention",
            "attack",
            "files",
            "runs",
            "plotting",
            "cli",
        ],
    ),
    ("xtask", &["runs", "cli"]),
    (
        "relata-benches",
        &[
            "relations",
            "kernels",
            "networks",
            "training",
            "debreu",
            "attention",
            "runs",
            "plotting",
            "pipelines",
        ],
    ),
];

/// Dependencies that only some packages may have.
const RESERVED: &[(&str, &[&str])] = &[
    ("burn", &["relata-training", "relata-models", "relata-systems", "relata-pipelines"]),
    ("plotters", &["relata-plotting"]),
    ("usvg", &["relata-plotting"]),
    ("resvg", &["relata-plotting"]),
    ("krilla", &["relata-plotting"]),
    ("krilla-svg", &["relata-plotting"]),
    ("clap", &["relata-cli", "relata-pipelines", "xtask"]),
    ("anyhow", &["relata-pipelines", "xtask"]),
];

/// Features of burn that bring a backend, or what gave wrong results on one.
const BACKEND_FEATURES: &[&str] = &[
    "default", "flex", "ndarray", "wgpu", "vulkan", "metal", "webgpu", "cuda", "rocm", "cpu", "tch",
    "fusion", "autotune",
];

/// A source file that is longer wants to be two.
const LONGEST: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn parse(path: &Path) -> toml::Table {
    fs::read_to_string(path).unwrap().parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Package name to directory and manifest.
fn packages() -> BTreeMap<String, (PathBuf, toml::Table)> {
    let mut dirs: Vec<PathBuf> =
        fs::read_dir(root().join("crates")).unwrap().map(|e| e.unwrap().path()).collect();
    dirs.extend([root().join("xtask"), root().join("benches")]);
    dirs.into_iter()
        .filter(|dir| dir.join("Cargo.toml").is_file())
        .map(|dir| {
            let manifest = parse(&dir.join("Cargo.toml"));
            (manifest["package"]["name"].as_str().unwrap().to_owned(), (dir, manifest))
        })
        .collect()
}

/// The dependencies of a library or program, by name: those for every target and those for one.
fn dependencies(manifest: &toml::Table) -> BTreeMap<String, toml::Value> {
    let table = |t: Option<&toml::Value>| t.and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let mut all = table(manifest.get("dependencies"));
    for target in table(manifest.get("target")).values() {
        all.extend(table(target.get("dependencies")));
    }
    all.into_iter().collect()
}

fn fail_with(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn packages_depend_only_on_what_the_architecture_allows() {
    let mut found = Vec::new();
    let packages = packages();
    for name in packages.keys().filter(|name| EDGES.iter().all(|(n, _)| n != name)) {
        found.push(format!("{name} has no place in the architecture; give it one in EDGES"));
    }
    for (name, allowed) in EDGES {
        let Some((_, manifest)) = packages.get(*name) else {
            found.push(format!("{name} is missing"));
            continue;
        };
        for dependency in dependencies(manifest).keys() {
            let ours = dependency.strip_prefix("relata-").is_some_and(|d| !allowed.contains(&d))
                || dependency == "xtask";
            let reserved = RESERVED.iter().any(|(d, packages)| d == dependency && !packages.contains(name));
            if ours || reserved {
                found.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    fail_with("forbidden dependencies", &found);
}

#[test]
fn libraries_are_free_of_backends() {
    let mut found = Vec::new();
    let workspace = parse(&root().join("Cargo.toml"));
    let shared = &workspace["workspace"]["dependencies"]["burn"];
    if shared.get("default-features").and_then(toml::Value::as_bool) != Some(false) {
        found.push("the workspace's burn has default features".to_owned());
    }
    let features = |burn: &toml::Value| -> Vec<String> {
        let list = burn.get("features").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        list.iter().map(|f| f.as_str().unwrap().to_owned()).collect()
    };
    let mut bring = |who: &str, burn: &toml::Value| {
        for feature in features(burn).iter().filter(|f| BACKEND_FEATURES.contains(&f.as_str())) {
            found.push(format!("{who} turns on burn's `{feature}`"));
        }
    };
    bring("the workspace", shared);
    for (name, (_, manifest)) in packages().iter().filter(|(name, _)| *name != "relata-pipelines") {
        if let Some(burn) = dependencies(manifest).get("burn") {
            bring(name, burn);
        }
    }
    for (file, text) in sources(Scope::All) {
        let here = file.ends_with("crates/pipelines/src/backend.rs");
        if !here && ["feature = \"wgpu\"", "feature = \"ndarray\""].iter().any(|cfg| text.contains(cfg)) {
            found.push(format!(
                "{}: only backend.rs of pipelines asks which backends there are",
                shown(&file)
            ));
        }
    }
    fail_with("backends where there should be none", &found);
}

/// Dependencies that no source names, and why they are there.
const UNNAMED: &[(&str, &str)] = &[
    // It turns features of burn's tree on that the test dependencies turn on too.
    ("relata-pipelines", "ciborium"),
];

#[test]
fn every_dependency_is_used() {
    let mut found = Vec::new();
    for (name, (dir, manifest)) in packages() {
        let text = |folders: &[&str]| -> String {
            let dirs = folders.iter().map(|f| dir.join(f)).filter(|d| d.is_dir());
            let mut all: Vec<PathBuf> = dirs.flat_map(|d| files(&d, &["rs"])).collect();
            all.extend(Some(dir.join("build.rs")).filter(|f| f.is_file()));
            all.iter().map(|f| fs::read_to_string(f).unwrap()).collect()
        };
        let table = |section: &str| -> Vec<String> {
            let table = manifest.get(section).and_then(toml::Value::as_table);
            table.map(|t| t.keys().cloned().collect()).unwrap_or_default()
        };
        // The package of benchmarks is one for their sake.
        let library: &[&str] = if name == "relata-benches" { &["src", "benches"] } else { &["src"] };
        let sections = [
            ("dependencies", text(library)),
            ("dev-dependencies", text(&["src", "tests", "examples", "benches"])),
            ("build-dependencies", text(&[])),
        ];
        for (section, source) in sections {
            for dependency in table(section) {
                let named = dependency.replace('-', "_");
                let uses = [format!("{named}::"), format!("use {named};"), format!("use {named} as")];
                let exempt = UNNAMED.contains(&(name.as_str(), dependency.as_str()));
                if !exempt && !uses.iter().any(|u| source.contains(u)) {
                    found.push(format!("{name} has {dependency} among its {section}"));
                }
            }
        }
    }
    fail_with("dependencies that nothing uses", &found);
}

#[test]
fn versions_lints_and_licences_are_those_of_the_workspace() {
    let mut found = Vec::new();
    for (name, (_, manifest)) in packages() {
        let inherits = |t: &toml::Value| t.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        if !manifest.get("lints").is_some_and(inherits) {
            found.push(format!("{name} does not inherit the lints"));
        }
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            if !manifest["package"].get(field).is_some_and(inherits) {
                found.push(format!("{name} does not inherit `{field}`"));
            }
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = manifest.get(section).and_then(toml::Value::as_table).cloned().unwrap_or_default();
            for (dependency, _) in table.iter().filter(|(_, spec)| !inherits(spec)) {
                found.push(format!("{name} has its own version of {dependency}"));
            }
        }
    }
    fail_with("not inherited", &found);
}

#[test]
fn no_source_file_is_long() {
    let mut found = Vec::new();
    for (file, text) in sources(Scope::All) {
        let lines = text.lines().count();
        if lines > LONGEST {
            found.push(format!("{} has {lines} lines, more than {LONGEST}", shown(&file)));
        }
    }
    fail_with("long files", &found);
}

#[test]
fn libraries_do_not_panic_on_purpose() {
    let forbidden = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "dbg!("];
    let allowances = ["clippy::unwrap_used", "clippy::expect_used", "clippy::panic"];
    let mut found = Vec::new();
    let tests = |file: &Path| file.iter().any(|part| part == "tests" || part == "tests.rs");
    for (file, text) in sources(Scope::Libraries).into_iter().filter(|(file, _)| !tests(file)) {
        // Other tests stand at the end of a file; comments hold examples.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // What a constant does wrong, the compiler reports.
        let exempt = |line: &str| ["//", "const "].iter().any(|start| line.trim_start().starts_with(start));
        for (k, line) in code.lines().enumerate().filter(|(_, line)| !exempt(line)) {
            for word in forbidden.iter().chain(&allowances).filter(|w| line.contains(**w)) {
                found.push(format!("{}:{}: {word}", shown(&file), k + 1));
            }
        }
    }
    fail_with("a library returns errors", &found);
}

#[test]
fn decompositions_are_checked_ones() {
    let unchecked = [
        ".thin_svd()",
        ".svd()",
        ".singular_values()",
        ".self_adjoint_eigen(",
        ".self_adjoint_eigenvalues(",
        ".eigenvalues()",
    ];
    let mut found = Vec::new();
    let sources = sources(Scope::Libraries);
    for (file, text) in sources.iter().filter(|(file, _)| !file.ends_with("relations/src/spectral.rs")) {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (k, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for word in unchecked.iter().filter(|w| line.contains(**w)) {
                found.push(format!("{}:{}: {word}", shown(file), k + 1));
            }
        }
    }
    fail_with("use relata_relations::spectral, whose decompositions are held against the matrix", &found);
}

#[test]
fn the_repository_names_no_machine() {
    // In pieces, or this file would find itself.
    let paths = ["work", "tmp", "root", "home"].map(|dir| format!("/{dir}/"));
    let hosts = [["index.", "crates.io"], ["static.", "crates.io"]].map(|parts| parts.concat());
    let mut found = Vec::new();
    for file in files(root(), &["rs", "toml", "md", "yml", "yaml", "cff", "py", "sh", "run", "csv", "json"]) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for (k, line) in text.lines().enumerate() {
            let named = paths.iter().chain(&hosts).any(|word| {
                line.match_indices(word.as_str()).any(|(at, _)| {
                    // A folder of the project, or an address, may contain such a name further on.
                    !line[..at].ends_with(|c: char| {
                        c.is_alphanumeric() || c == '.' || c == '/' || c == '_' || c == '-'
                    })
                })
            });
            if named {
                found.push(format!("{}:{}: {}", shown(&file), k + 1, line.trim()));
            }
        }
    }
    fail_with("paths of one machine, or hosts of a registry", &found);
}

#[test]
fn crates_come_from_one_place() {
    let lock = parse(&root().join("Cargo.lock"));
    let sources: std::collections::BTreeSet<&str> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|p| p.get("source"))
        .filter_map(|s| s.as_str())
        .collect();
    assert_eq!(
        sources.into_iter().collect::<Vec<_>>(),
        ["registry+https://github.com/rust-lang/crates.io-index"]
    );
    let config = parse(&root().join(".cargo/config.toml"));
    assert!(!config.contains_key("source") && !config.contains_key("registries"));
}

#[derive(Clone, Copy, PartialEq)]
enum Scope {
    /// Sources of libraries: no tests, no programs.
    Libraries,
    /// Every source file of ours.
    All,
}

fn sources(scope: Scope) -> Vec<(PathBuf, String)> {
    let mut out = Vec::new();
    for (name, (dir, _)) in packages() {
        if scope == Scope::Libraries && (name == "xtask" || name == "relata-benches") {
            continue;
        }
        let dir = if scope == Scope::Libraries { dir.join("src") } else { dir };
        // This file spells out what it forbids.
        let this = Path::new("xtask/tests/tidy.rs");
        for file in files(&dir, &["rs"]).into_iter().filter(|f| !f.ends_with(this)) {
            let text = fs::read_to_string(&file).unwrap();
            out.push((file, text));
        }
    }
    assert!(out.len() > 10, "the sources are where they should be");
    out
}

/// Files with one of the endings, or without any if `run` is among them, except what is built or
/// computed.
fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let generated = ["target", "runs"].iter().any(|d| path == root().join(d));
            if !generated && name != ".git" {
                out.extend(files(&path, endings));
            }
        } else if path.extension().map_or(name == "run", |e| endings.iter().any(|x| *x == e)) {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
