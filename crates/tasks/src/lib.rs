//! Tasks of relational learning, drawn from a seed: objects, relations between them, labels and
//! splits.
//!
//! A task names its objects by number; a model sees their features, a row of [`Points`] for each.
//! What is drawn depends on the parameters and the [`Seed`](relata_relations::Seed) alone.
//!
//! * [`PairwiseOrder`]: which of two objects comes first, from some of all pairs; [`UnseenOrder`]
//!   asks it of objects that training never saw.
//! * [`Argsort`]: sequences to be sorted, of objects with two attributes.
//! * [`SetGame`]: whether three cards form a set, with cards as entangled features.
//! * [`ContainsSet`]: whether five cards contain a set, as published and without the leak of that.
//! * [`Rules`]: same or different, match to sample, distribution of `n`, identity rules, with
//!   objects held out.
//! * [`Templates`]: words over wildcards that are filled with symbols training never saw.
//! * [`CorruptedSymbols`]: linear measurements of relations of which a share is corrupted;
//!   [`recover`] undoes it.
//! * [`shortcuts`]: what can be had of a task without its relation: by majority, by the identity of
//!   objects, by their counts, and by the nearest example. A task leaks where one of them is above
//!   chance.
//!
//! ```
//! use relata_relations::Seed;
//! use relata_tasks::{Rule, Rules, RulesParams, shortcuts};
//! let params = RulesParams::new(Rule::SameDifferent, 100, 95).with_trials(400, 400);
//! let task = Rules::draw(&params, Seed(7))?;
//! let leak = shortcuts(&task.train, &task.test, task.answers())?;
//! assert!(leak.worst() < 0.6, "no object of a test trial occurs in training: {leak:?}");
//! # Ok::<(), relata_tasks::TaskError>(())
//! ```
//!
//! [`Points`]: relata_relations::Points

mod argsort;
mod cards;
mod contains_set;
mod corrupted;
mod error;
mod leak;
mod objects;
mod order;
mod recover;
mod rules;
mod templates;
mod unseen;

pub use argsort::{Argsort, ArgsortParams, HeldOutObjects};
pub use cards::{CARDS, SetGame, SetParams, SetSplit, card_attributes, completing_card, is_set};
pub use contains_set::{ContainsSet, ContainsSetParams, HandsWithout, sets_in};
pub use corrupted::{CorruptedParams, CorruptedSymbols};
pub use error::TaskError;
pub use leak::{Labelled, Shortcuts, shortcuts};
pub use objects::{MAX_OBJECTS, entangled_cards, gaussian_objects, product_objects};
pub use order::{OrderParams, OrderedPair, PairwiseOrder};
pub use recover::{Recovered, recover};
pub use rules::{Rule, Rules, RulesParams};
pub use templates::{Templates, TemplatesParams};
pub use unseen::{UnseenOrder, UnseenParams};
