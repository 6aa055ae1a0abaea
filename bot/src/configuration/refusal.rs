//! Everything that is wrong with a configuration, each with its place, an excerpt and what to do.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use super::location::Problem;
use super::source::Sources;

/// How wide a report may be, in characters: the usual terminal with a little more for paths.
const WIDTH: usize = 100;

/// A configuration that is not taken: every mistake that was found in it.
#[derive(Debug)]
pub struct Refusal {
    mistakes: Vec<Mistake>,
}

/// One problem with the text around it.
#[derive(Debug)]
struct Mistake {
    what: String,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    label: Option<LabeledSpan>,
    place: String,
}

impl Refusal {
    /// Of problems in files that were read, in the order of the files.
    pub(super) fn new(sources: &Sources, problems: Vec<Problem>) -> Self {
        let hidden = problems.iter().filter(|problem| problem.hides);
        let shown = sources.shown(hidden.map(|problem| (problem.file(), sources.bytes(&problem.whereabouts))));
        let mut located: Vec<_> = problems
            .into_iter()
            .map(|problem| (problem.file(), sources.bytes(&problem.whereabouts), problem))
            .collect();
        located.sort_by_key(|(file, bytes, _)| (*file, bytes.start));
        let mistakes = located.into_iter().map(|(file, bytes, problem)| {
            let path = sources.documents.get(file).map(|source| source.path.display().to_string());
            let text = shown.get(file).cloned().unwrap_or_default();
            let (path, end) = (path.unwrap_or_default(), text.len());
            let bytes = bytes.start.min(end)..bytes.end.min(end);
            Mistake {
                what: problem.what,
                help: problem.help,
                place: place(&path, &text, bytes.start),
                label: Some(LabeledSpan::new_with_span(Some("here".to_owned()), bytes)),
                source: Some(NamedSource::new(path, text)),
            }
        });
        Self { mistakes: mistakes.collect() }
    }

    /// Of a file that could not even be read.
    pub(super) fn unreadable(why: &impl fmt::Display, help: &str) -> Self {
        let mistake = Mistake {
            what: why.to_string(),
            help: Some(help.to_owned()),
            source: None,
            label: None,
            place: String::new(),
        };
        Self { mistakes: vec![mistake] }
    }

    /// How many mistakes there are. Never 0.
    #[must_use]
    pub fn count(&self) -> usize {
        self.mistakes.len()
    }

    /// What is wrong, one line for each mistake: `switchback.toml:12:3: unknown key …`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.mistakes.iter().map(Mistake::line)
    }

    /// For a person at a terminal: each mistake with an excerpt and what to do.
    #[must_use]
    pub fn report(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false);
        let mut text = String::new();
        for mistake in &self.mistakes {
            if handler.render_report(&mut text, mistake).is_err() {
                text.push_str(&mistake.line());
            }
            text.push('\n');
        }
        text
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines().collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Refusal {}

impl Mistake {
    fn line(&self) -> String {
        let help = self.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}{}{help}", self.place, self.what)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Mistake {}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|label| Box::new(std::iter::once(label)) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}

/// `file:line:column: `, both counted from 1, columns in characters.
fn place(path: &str, text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{path}:{line}:{column}: ")
}
