//! Which names a channel may have.

use crate::slack::refusal::Refusal;
use crate::slack::world::World;

/// Published: lower case letters, digits, `-` and `_`, at most 80.
const LONGEST: usize = 80;

/// Refuses a name by its form, or because another channel (not `own`) has it.
pub(super) fn check(world: &World, name: &str, own: Option<&str>) -> Result<(), Refusal> {
    let allowed = |letter: char| letter.is_alphanumeric() && !letter.is_uppercase() || "-_".contains(letter);
    let code = if name.is_empty() {
        "invalid_name_required"
    } else if name.chars().count() > LONGEST {
        "invalid_name_maxlength"
    } else if !name.chars().all(|letter| letter.is_ascii() && allowed(letter)) {
        "invalid_name_specials"
    } else if !name.chars().any(char::is_alphanumeric) {
        "invalid_name_punctuation"
    } else if taken(world, name, own) {
        "name_taken"
    } else {
        return Ok(());
    };
    Err(Refusal::new(code))
}

fn taken(world: &World, name: &str, own: Option<&str>) -> bool {
    let counts = |archived: bool| !archived || world.rules.archived_names_taken;
    world.channels.values().any(|other| other.name == name && Some(other.id.as_str()) != own && counts(other.archived))
}
