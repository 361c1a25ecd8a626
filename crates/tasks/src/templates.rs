//! Words over wildcards: the label of a word depends on which of its places hold the same symbol.

use crate::error::{TaskError, check_count};
use crate::leak::Labelled;
use relata_relations::{Seed, Stream};

/// The most places of a word.
const MAX_LENGTH: usize = 12;

/// Which words, and over how many symbols.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TemplatesParams {
    /// Places of a word.
    pub length: usize,
    /// Different symbols in a word.
    pub wildcards: usize,
    /// Templates, an even number: half of them have label 1.
    pub templates: usize,
    /// Symbols of training words.
    pub seen_symbols: usize,
    /// Symbols of test words, none of which is a training symbol.
    pub unseen_symbols: usize,
    /// Training words.
    pub train: usize,
    /// Words of each test.
    pub test: usize,
}

impl TemplatesParams {
    /// Words of 5 places with 3 different symbols, 8 templates, as many unseen symbols as seen ones,
    /// and 2000 words in each test.
    #[must_use]
    pub fn new(seen_symbols: usize, train: usize) -> Self {
        Self {
            length: 5,
            wildcards: 3,
            templates: 8,
            seen_symbols,
            unseen_symbols: seen_symbols,
            train,
            test: 2000,
        }
    }
}

/// Template tasks of Boix-Adsera, Saremi, Abbe, Bengio, Littwin and Susskind (arXiv:2310.09753)
/// without fixed letters: a template is a word of wildcards like `ABAC`, a word replaces each
/// wildcard by a symbol of its own, and the label belongs to the template. All templates have as
/// many different wildcards, so the label does not show in how many symbols a word has.
#[derive(Clone, Debug)]
pub struct Templates {
    /// The wildcard at each place, numbered in the order in which they first occur, and the label.
    pub templates: Vec<(Vec<usize>, usize)>,
    /// All symbols: those of training first.
    pub symbols: usize,
    /// Training words.
    pub train: Vec<Labelled>,
    /// Other draws of words over the training symbols.
    pub test_seen: Vec<Labelled>,
    /// Words over symbols that training never saw.
    pub test: Vec<Labelled>,
}

impl Templates {
    /// Draws templates and words; each template has its turn, so labels are balanced.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{Templates, TemplatesParams};
    /// let task = Templates::draw(&TemplatesParams::new(32, 800), Seed(2))?;
    /// assert!(task.test.iter().all(|w| w.objects.iter().all(|s| (32..64).contains(s))));
    /// # Ok::<(), relata_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::Count`] for numbers that do not fit: more wildcards than places, more templates
    /// than there are, fewer symbols than wildcards, no words.
    pub fn draw(params: &TemplatesParams, seed: Seed) -> Result<Self, TaskError> {
        let p = params;
        check_count("places of a word", p.length, 2, MAX_LENGTH)?;
        check_count("wildcards", p.wildcards, 1, p.length)?;
        check_count("templates", p.templates, 2, partitions(p.length, p.wildcards))?;
        check_count("templates left over from pairs", p.templates % 2, 0, 0)?;
        check_count("seen symbols", p.seen_symbols, p.wildcards, crate::MAX_OBJECTS)?;
        check_count("unseen symbols", p.unseen_symbols, p.wildcards, crate::MAX_OBJECTS)?;
        check_count("training words", p.train, 1, crate::MAX_OBJECTS)?;
        check_count("test words", p.test, 1, crate::MAX_OBJECTS)?;
        let mut stream = seed.stream("tasks/templates/templates");
        let mut templates: Vec<(Vec<usize>, usize)> = Vec::new();
        while templates.len() < p.templates {
            let found = template(p.length, p.wildcards, &mut stream);
            if templates.iter().all(|(t, _)| *t != found) {
                templates.push((found, templates.len() % 2));
            }
        }
        let words = |name: &str, start: usize, symbols: usize, count: usize| -> Vec<Labelled> {
            let mut stream = seed.stream(&format!("tasks/templates/{name}"));
            let word = |k: usize| {
                let (template, answer) = &templates[k % templates.len()];
                let filled = stream.permutation(symbols);
                let objects = template.iter().map(|w| start + filled[*w]).collect();
                Labelled { objects, answer: *answer }
            };
            (0..count).map(word).collect()
        };
        let train = words("train", 0, p.seen_symbols, p.train);
        let test_seen = words("test-seen", 0, p.seen_symbols, p.test);
        let test = words("test", p.seen_symbols, p.unseen_symbols, p.test);
        Ok(Self { templates, symbols: p.seen_symbols + p.unseen_symbols, train, test_seen, test })
    }
}

/// A word of exactly that many wildcards, numbered in the order in which they first occur.
fn template(length: usize, wildcards: usize, stream: &mut Stream) -> Vec<usize> {
    loop {
        let mut names: Vec<usize> = Vec::new();
        let word = (0..length)
            .map(|_| {
                let drawn = stream.below(wildcards);
                names.iter().position(|n| *n == drawn).unwrap_or_else(|| {
                    names.push(drawn);
                    names.len() - 1
                })
            })
            .collect();
        if names.len() == wildcards {
            return word;
        }
    }
}

/// Partitions of `n` places into `k` parts: Stirling's number of the second kind.
fn partitions(n: usize, k: usize) -> usize {
    match (n, k) {
        (0, 0) => 1,
        (0, _) | (_, 0) => 0,
        _ => k * partitions(n - 1, k) + partitions(n - 1, k - 1),
    }
}
