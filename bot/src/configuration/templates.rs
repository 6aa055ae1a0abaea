//! Text templates of operators: read, and refused where they are no templates, since the time to find
//! out is not the end of an incident.

use std::path::PathBuf;

use commands::settings::Texts;

use super::file;
use super::location::{Location, Problem};
use super::source::{Source, Sources};

/// Reads the templates that are named.
pub(super) fn read(named: &file::Texts, sources: &mut Sources, problems: &mut Vec<Problem>) -> Texts {
    let mut one = |key: &str, path: &Option<PathBuf>| {
        let location = Location::of_file(0).key("texts").key(key);
        path.as_ref().and_then(|path| match template(&sources.documents[0].folder().join(path)) {
            Ok(source) => {
                sources.templates.push(source.clone());
                Some(source.text)
            }
            Err((what, help)) => {
                problems.push(Problem::at(&location, what).help(help));
                None
            }
        })
    };
    Texts { user_text: one("user_text", &named.user_text), report: one("report", &named.report) }
}

fn template(path: &std::path::Path) -> Result<Source, (String, &'static str)> {
    let source = Source::read(path).map_err(|why| {
        (why.to_string(), "name a file that is there; a relative path is read against this file's folder")
    })?;
    let wrong = minijinja::Environment::new().template_from_str(&source.text).err().map(|why| why.to_string());
    match wrong {
        Some(why) => Err((format!("{} is no template: {why}", path.display()), "mend the template")),
        None => Ok(source),
    }
}
