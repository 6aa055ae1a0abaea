//! What holds for every text.

use jiff::SignedDuration;
use jiff::civil::Time;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{catalogue, read};
use crate::model::{Ask, Command, DataImpact, Detected, Environment, Severity, Subject, Version, Wanted};
use crate::parse::{ParseError, Position};

const SERVICES: [&str; 4] = ["api-service", "Web_Front", "shop.example", "billing2"];

fn wanted() -> impl Strategy<Value = Wanted> {
    let tag = "v?[0-9][a-zA-Z0-9._+-]{0,20}[a-zA-Z0-9]";
    // `45m` alone is a length of time without its key; `service@45m` is a version (see `commands`).
    let is_length = |text: &String| {
        let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
        text.len() - unit.len() <= 4
            && ["s", "m", "h", "d", "sec", "min", "hr"].iter().any(|known| unit.eq_ignore_ascii_case(known))
    };
    prop_oneof![
        tag.prop_filter("a length of time", move |text| !is_length(text))
            .prop_map(|text| Wanted::Version(Version::new(text))),
        (0..u64::MAX).prop_map(|number| Wanted::Version(Version::new(format!("rev:{number}")))),
        "[0-9a-f]{12,64}".prop_map(|digits| Wanted::Version(Version::new(format!("sha256:{digits}")))),
        Just(Wanted::Previous),
        Just(Wanted::LastGood),
    ]
}

fn detected() -> impl Strategy<Value = Detected> {
    prop_oneof![
        (0..24i8, 0..60i8, 0..60i8)
            .prop_map(|(hour, minute, second)| Detected::TimeOfDay(Time::new(hour, minute, second, 0).unwrap())),
        (0..4_000_000_000i64).prop_map(|second| Detected::At(jiff::Timestamp::from_second(second).unwrap())),
        (1..43_200i64).prop_map(|minutes| Detected::Ago(SignedDuration::from_mins(minutes))),
    ]
}

prop_compose! {
    fn ask()(
        names in subsequence(SERVICES.to_vec(), 1..=SERVICES.len()).prop_shuffle(),
        own in vec(option::of(wanted()), SERVICES.len()),
        wanted in option::of(wanted()),
        environment in option::of(Just(Environment::from("production"))),
        severity in option::of(select(Severity::ALL.to_vec())),
        data in option::of(select(DataImpact::ALL.to_vec())),
        minutes in option::of(1..43_200i64),
        detected in option::of(detected()),
        because in option::of("[a-zA-Z][a-zA-Z0-9 ,=@/é漢-]{0,40}[a-z]"),
    ) -> Ask {
        let subject = |(name, wanted): (&str, Option<Wanted>)| Subject { service: name.into(), wanted };
        Ask {
            subjects: names.into_iter().zip(own).map(subject).collect(),
            wanted,
            environment,
            severity,
            data,
            time_to_fix: minutes.map(SignedDuration::from_mins),
            detected,
            because,
        }
    }
}

/// The words of an ask without its reason, as one would type them.
fn words(ask: &Ask) -> Vec<String> {
    let subject = |subject: &Subject| match &subject.wanted {
        Some(wanted) => format!("{}@{wanted}", subject.service),
        None => subject.service.to_string(),
    };
    let mut words = vec![ask.subjects.iter().map(subject).collect::<Vec<_>>().join(",")];
    words.extend(ask.wanted.as_ref().map(ToString::to_string));
    words.extend(ask.environment.as_ref().map(|environment| format!("env={environment}")));
    words.extend(ask.severity.map(|severity| format!("severity={}", severity.word())));
    words.extend(ask.data.map(|data| format!("data={}", data.word())));
    words.extend(ask.time_to_fix.map(|length| format!("fix={}m", length.as_mins())));
    words.extend(ask.detected.map(|detected| match detected {
        Detected::TimeOfDay(time) => format!("detected={time}"),
        Detected::At(at) => format!("detected={at}"),
        Detected::Ago(length) => format!("detected={}m", length.as_mins()),
    }));
    words
}

/// Whole equality: `Version` itself takes `v1` for `1`.
fn same(read: Result<Command, ParseError>, ask: &Ask) -> Result<(), TestCaseError> {
    prop_assert_eq!(format!("{:?}", read), format!("{:?}", Ok::<_, ParseError>(Command::Rollback(ask.clone()))));
    Ok(())
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(character) + 0xfee0).unwrap(),
            other => other,
        })
        .collect()
}

/// Text that is near to a command, which random letters never are.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(vec![
            "/rollback",
            "plan",
            "mark",
            "approve",
            "because",
            "api-service",
            "v1.2.9",
            "env",
            "=",
            ":",
            ",",
            "@",
            "<",
            ">",
            "<@U123>",
            "<@U123|sam>",
            "<@&1>",
            "<#C1|api-service>",
            "<!channel>",
            "<http://x|x>",
            "<https://x.test|v1.2.9>",
            "[v1](https://x.test)",
            "&amp;",
            "&lt;",
            "`",
            "```",
            "\"",
            "“",
            "'",
            "\n",
            "\u{3000}",
            "\u{200b}",
            "fix=45m",
            "ago",
            "detected=15:25",
            "good",
            "INC-2024-0115-001",
            "１ａ",
            "\u{202e}",
            "\0",
            "…",
            "ﷺ",
            "[",
            "](",
            "|",
            "2024-01-15",
            "rev:",
        ])
        .prop_map(str::to_owned),
        Just(" ".to_owned()),
        "\\PC{0,3}",
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    match read(text) {
        Ok(Command::Rollback(ask) | Command::Plan(ask)) => {
            prop_assert!(!ask.subjects.is_empty());
            let known = catalogue();
            for subject in &ask.subjects {
                prop_assert!(known.iter().any(|key| key.name == subject.service), "{:?}", subject);
            }
            for wanted in ask.subjects.iter().map(|subject| &subject.wanted).chain([&ask.wanted]).flatten() {
                let wanted = wanted.to_string();
                let is_plain = wanted.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-:".contains(&byte));
                prop_assert!(is_plain && wanted.len() <= 128, "{:?}", wanted);
                prop_assert!(!wanted.contains("U123") || text.replace("<@U123", "").contains("U123"), "{:?}", wanted);
            }
        }
        Ok(_) => {}
        Err(error) => {
            if let Some(Position { offset, length }) = error.at {
                prop_assert!(text.get(offset..offset + length).is_some(), "{:?}", error);
            }
            let shows_all = error.note().arguments.values().all(|value| !value.contains('\u{202e}'));
            prop_assert!(shows_all);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn any_text_near_to_a_command_is_read_or_refused(text in nearly()) {
        holds(&text)?;
    }

    #[test]
    fn what_is_written_is_read_back(ask in ask()) {
        let mut text = words(&ask).join(" ");
        if let Some(because) = &ask.because {
            text = format!("{text} because {because}");
        }
        same(read(&text), &ask)?;
        same(read(&format!("/rollback {text}")), &ask)?;
    }

    #[test]
    fn decoration_changes_nothing(
        ask in ask(),
        spaces in vec(select(vec![" ", "   ", "\t", "\n", "\u{3000}", " \u{200b} ", "\u{a0}", "\u{2003}"]), 10),
        quotes in vec(select(vec![("", ""), ("\"", "\""), ("“", "”"), ("'", "'"), ("`", "`"), ("「", "」"), ("*", "*"), ("", ".")]), 10),
        wide in any::<bool>(),
    ) {
        let ask = Ask { because: None, ..ask };
        let mut text = String::new();
        for (index, word) in words(&ask).iter().enumerate() {
            let (open, close) = quotes[index % quotes.len()];
            text = format!("{text}{open}{word}{close}{}", spaces[index % spaces.len()]);
        }
        same(read(&if wide { full_width(&text) } else { text }), &ask)?;
    }

    #[test]
    fn the_order_of_keys_is_free(ask in ask(), seed in any::<prop::sample::Index>()) {
        let ask = Ask { because: None, ..ask };
        let mut words = words(&ask);
        let keys = words.split_off(1 + usize::from(ask.wanted.is_some()));
        let (before, after) = keys.split_at(seed.index(keys.len() + 1));
        let text = [before, &words, after].concat().join(" ");
        same(read(&text), &ask)?;
    }

    #[test]
    fn a_version_is_never_cut(version in "v?[0-9]{1,3}(\\.[0-9]{1,3}){0,3}") {
        let Command::Rollback(ask) = read(&format!("api-service {version}")).unwrap() else { panic!("no rollback") };
        prop_assert_eq!(ask.wanted.unwrap().to_string(), version);
    }

    #[test]
    fn a_mention_is_never_a_name(id in "[A-Z0-9]{1,12}", sign in select(vec!["@", "@!", "@&", "#", "!", "!subteam^"]), at in 0..3usize) {
        let mut words = ["api-service".to_owned(), "v1.2.9".to_owned(), "env=production".to_owned()];
        words[at] = format!("<{sign}{id}|{}>", words[at]);
        prop_assert!(read(&words.join(" ")).is_err());
        words[at] = format!("<{sign}{id}>");
        prop_assert!(read(&words.join(" ")).is_err());
    }
}
