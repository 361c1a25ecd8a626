//! What `deny.toml` says of licences and versions, held against the crates that are used. It is what
//! `cargo deny check licenses bans` looks at, without a program that takes minutes to compile;
//! advisories need a database of their own and are not looked at here.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// What cargo says of the workspace.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).arg("--locked").arg("--manifest-path").arg(root().join("Cargo.toml"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn allowed() -> Vec<String> {
    let policy: toml::Table = std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let list = policy["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|l| l.as_str().unwrap().to_owned()).collect()
}

/// Whether one may choose licences by this expression that are all allowed: `OR` is a choice, `AND`
/// binds closer, `WITH` belongs to the name before it, and a slash is an old `OR`.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let answer = !words.is_empty() && any(&words, &mut at, allowed);
    assert_eq!(at, words.len(), "not understood: {expression}");
    answer
}

fn any(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut answer = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        answer |= all(words, at, allowed);
    }
    answer
}

fn all(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut answer = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        answer &= one(words, at, allowed);
    }
    answer
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let answer = any(words, at, allowed);
        assert_eq!(words.get(*at), Some(&")"));
        *at += 1;
        return answer;
    }
    let mut name = word.to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{word} WITH {}", words[*at + 1]);
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception", "Zlib"].map(str::to_owned);
    for (expression, answer) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("MIT OR GPL-3.0 AND Zlib", true),
        ("(MIT OR GPL-3.0) AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Zlib", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ] {
        assert_eq!(satisfied(expression, &allowed), answer, "{expression}");
    }
}

#[test]
fn every_crate_has_a_licence_that_is_allowed() {
    let allowed = allowed();
    // With every feature, for every target: what may end up in a program of somebody's.
    let mut tree = vec!["tree", "--workspace", "--all-features", "--target", "all"];
    tree.extend(["--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}|{l}|"]);
    let listed = cargo(&tree);
    let crates: BTreeSet<&str> = listed.lines().filter_map(|l| l.rsplit_once('|').map(|(c, _)| c)).collect();
    assert!(crates.len() > 100, "the crates are all there");
    let refused = |line: &&str| line.split_once('|').is_none_or(|(_, l)| !satisfied(l, &allowed));
    let refused: Vec<&str> = crates.into_iter().filter(refused).collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow:\n{}", refused.join("\n"));
}

#[test]
fn no_version_of_others_is_a_wildcard() {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["req"] == "*" && !dependency["source"].is_null() {
                found.push(format!("{} asks for any {}", package["name"], dependency["name"]));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
