//! Names that nobody has yet, and hashes of templates.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The letters of generated names: no vowels, so that no words come out (`util/rand`).
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A source of names that is the same in each run.
#[derive(Debug, Default)]
pub(crate) struct Names {
    given: u64,
}

impl Names {
    fn next(&mut self) -> u64 {
        self.given += 1;
        mixed(&self.given.to_le_bytes())
    }

    /// Five letters for the end of a generated name.
    pub(crate) fn suffix(&mut self) -> String {
        let mut rest = self.next();
        let letters = (0..5).map(|_| {
            let letter = LETTERS[usize::try_from(rest % 27).unwrap_or_default()];
            rest /= 27;
            char::from(letter)
        });
        letters.collect()
    }

    /// An identity, in the form of a UUID.
    pub(crate) fn uid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let (first, second, third) = (high >> 32, (high >> 16) & 0xffff, high & 0x0fff);
        let (fourth, fifth) = ((low >> 48) & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
        format!("{first:08x}-{second:04x}-4{third:03x}-{fourth:04x}-{fifth:012x}")
    }
}

fn mixed(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The hash of a template, as in `pod-template-hash`. Not the same number as a real cluster's, which is
/// taken over Go's memory (`pkg/controller/controller_utils.go`), but as good for telling templates apart.
pub(crate) fn template_hash(template: &Value, collisions: i64) -> String {
    let mut bytes = serde_json::to_vec(template).unwrap_or_default();
    if collisions > 0 {
        bytes.extend(collisions.to_le_bytes());
    }
    let number = u32::try_from(mixed(&bytes) & 0xffff_ffff).unwrap_or_default();
    number.to_string().bytes().map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()])).collect()
}
