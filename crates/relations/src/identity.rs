//! When two spaces, or two relations, are one and the same.
//!
//! A theorem for "one relation" or "one space" may be applied to two objects only if they are known
//! to be equal. Names do not tell: anybody can give one. An [`Identity`] does: it is either the
//! object itself, by its place in memory while it is borrowed, or everything that defines it,
//! number by number. Two identities that compare equal belong to objects that are equal; two that
//! differ may still be equal without anybody knowing.

use crate::relation::Relation;
use crate::space::Space;
use std::any::TypeId;
use std::borrow::Cow;

/// What makes a space or a relation the one that it is, borrowed from it.
///
/// ```
/// use relata_relations::{Cube, Interval, same_space};
/// assert!(same_space(&Interval::unit(), &Cube::new(1, 0.0, 1.0)?));
/// assert!(!same_space(&Interval::unit(), &Interval::new(0.0, 1f64.next_up())?));
/// # Ok::<(), relata_relations::SpaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    kind: TypeId,
    what: What<'a>,
}

#[derive(Clone, Debug)]
enum What<'a> {
    /// This very object.
    Object { address: usize },
    /// Whatever is defined by these numbers and parts.
    Value { numbers: Cow<'a, [f64]>, parts: Vec<Identity<'a>> },
}

impl<'a> Identity<'a> {
    /// The object alone: equal to itself, also through an `Arc` or a reference, and to nothing
    /// else. The type counts as well, because an object shares its address with its first field.
    #[must_use]
    pub fn of_object<T: ?Sized + 'static>(object: &'a T) -> Self {
        let address = std::ptr::from_ref(object).cast::<()>().addr();
        Self { kind: TypeId::of::<T>(), what: What::Object { address } }
    }

    /// Everything of the kind `K` that is defined by these numbers, compared bit by bit, and these
    /// parts. `K` is usually the type itself; no two definitions may share one.
    #[must_use]
    pub fn of_value<K: ?Sized + 'static>(
        numbers: impl Into<Cow<'a, [f64]>>,
        parts: Vec<Identity<'a>>,
    ) -> Self {
        Self { kind: TypeId::of::<K>(), what: What::Value { numbers: numbers.into(), parts } }
    }

    /// The parts of a value of the kind `K`, or the identity itself as its only part.
    pub(crate) fn into_parts_of<K: ?Sized + 'static>(self) -> Vec<Self> {
        match self.what {
            What::Value { parts, .. } if self.kind == TypeId::of::<K>() => parts,
            what => vec![Self { kind: self.kind, what }],
        }
    }
}

impl PartialEq for What<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object { address: a }, Self::Object { address: b }) => a == b,
            (Self::Value { numbers: a, parts: p }, Self::Value { numbers: b, parts: q }) => {
                a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|(a, b)| a.to_bits() == b.to_bits())
                    && p == q
            }
            _ => false,
        }
    }
}

impl Eq for What<'_> {}

/// Whether two spaces are one and the same, with the same measure ([`Space::identity`]): the same
/// object, or defined by the same numbers. Points and weights of finite sets are compared one by
/// one.
///
/// A space of one's own is the same as itself alone, also where an `Arc` shares it, unless it says
/// by what numbers it is defined.
#[must_use]
pub fn same_space(a: &dyn Space, b: &dyn Space) -> bool {
    a.identity() == b.identity()
}

/// Whether two relations are known to be one and the same function on the same spaces
/// ([`Relation::identity`]): the same object, clones of one relation, or relations of the catalogue
/// with the same parameters.
///
/// ```
/// use relata_relations::{Interval, catalogue::gaussian, relation_fn, same_relation};
/// let own = |rate: f64| relation_fn(Interval::unit(), Interval::unit(), move |x, y| (rate * x[0] * y[0]).sin());
/// let (f, g) = (own(1.0), own(2.0));
/// assert!(same_relation(&f, &f.clone().named("another name")));
/// assert!(!same_relation(&f, &g) && !same_relation(&f, &own(1.0)));
/// assert!(same_relation(&gaussian(1, 0.5)?, &gaussian(1, 0.5)?));
/// assert!(!same_relation(&gaussian(1, 0.5)?, &gaussian(1, 0.25)?));
/// # Ok::<(), relata_relations::RelationError>(())
/// ```
#[must_use]
pub fn same_relation(a: &dyn Relation, b: &dyn Relation) -> bool {
    a.identity() == b.identity()
}
