//! What becomes of a file that is damaged.

use relata_relations::Stream;

/// How a file is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    Flip,
    Digit,
    Truncate,
    Empty,
    Garbage,
    Delete,
    Double,
}

impl Damage {
    pub(super) const ALL: [Self; 7] =
        [Self::Flip, Self::Digit, Self::Truncate, Self::Empty, Self::Garbage, Self::Delete, Self::Double];

    /// The damaged bytes; none if the file is gone.
    pub(super) fn of(self, bytes: &[u8], stream: &mut Stream) -> Option<Vec<u8>> {
        let mut damaged = bytes.to_vec();
        match self {
            Self::Flip if !bytes.is_empty() => {
                damaged[stream.below(bytes.len())] ^= 1 << stream.below(8);
            }
            Self::Digit => {
                let digits: Vec<usize> = (0..bytes.len()).filter(|k| bytes[*k].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    let digit = &mut damaged[digits[stream.below(digits.len())]];
                    *digit = b'0' + (*digit - b'0' + 1 + stream.below(9) as u8) % 10;
                }
            }
            Self::Truncate => damaged.truncate(stream.below(bytes.len().max(1))),
            Self::Flip | Self::Empty => damaged.clear(),
            Self::Garbage => damaged.iter_mut().for_each(|b| *b = stream.below(256) as u8),
            Self::Delete => return None,
            Self::Double => damaged.extend_from_slice(bytes),
        }
        Some(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::Seed;

    #[test]
    fn damage_shows() {
        let bytes = b"rank,error\n1,0.25\n".to_vec();
        let mut stream = Seed(0).stream("damage");
        for damage in Damage::ALL {
            for _ in 0..50 {
                assert_ne!(damage.of(&bytes, &mut stream), Some(bytes.clone()), "{damage:?}");
            }
        }
        assert_eq!(Damage::Flip.of(b"", &mut stream), Some(Vec::new()));
    }
}
