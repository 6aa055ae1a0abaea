//! What sets templates apart, by names that people know. What may be secret is compared and never shown.

use std::collections::{BTreeMap, BTreeSet};

use commands::model::Note;
use serde_json::Value;

use super::fields::{Field, flat};
use super::template::Template;

/// What stands where a template has nothing.
const ABSENT: &str = "–";

/// Differences that are shown each. The others are counted.
const SHOWN: usize = 15;

/// The values of one comparison that are not shown whole, by what is shown of them, each as often as it
/// differs. Where that is more than once, they are numbered as they appear: a digest would let people guess.
struct Alike<'a>(BTreeMap<&'a str, Vec<&'a Value>>);

impl<'a> Alike<'a> {
    fn among(fields: impl Iterator<Item = &'a Field>) -> Self {
        let mut alike: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for field in fields.filter(|field| !field.is_whole) {
            let values = alike.entry(&field.shown).or_default();
            if !values.contains(&&field.real) {
                values.push(&field.real);
            }
        }
        Self(alike)
    }

    fn tell(&self, field: Option<&Field>) -> String {
        let Some(field) = field else { return ABSENT.to_owned() };
        let values = self.0.get(field.shown.as_str()).filter(|values| !field.is_whole && values.len() > 1);
        let place = values.and_then(|values| values.iter().position(|real| **real == field.real));
        place.map_or_else(|| field.shown.clone(), |place| format!("{} #{}", field.shown, place + 1))
    }
}

/// Each field in which these templates differ, images first: its name, and what people are shown of it in each.
pub(super) fn apart(templates: &[&Template]) -> Vec<(String, Vec<String>)> {
    let flat: Vec<BTreeMap<String, Field>> = templates.iter().map(|template| flat(template)).collect();
    let names: BTreeSet<&String> = flat.iter().flat_map(BTreeMap::keys).collect();
    let values = |name| -> Vec<Option<&Field>> { flat.iter().map(|fields| fields.get(name)).collect() };
    let mut differing: Vec<_> = names.into_iter().map(|name| (name, values(name))).collect();
    differing.retain(|(_, values)| values.windows(2).any(|pair| pair[0] != pair[1]));
    differing.sort_by_key(|(name, _)| !name.ends_with(" image"));
    let alike = Alike::among(differing.iter().flat_map(|(_, values)| values).flatten().copied());
    let told = |values: Vec<Option<&Field>>| values.into_iter().map(|field| alike.tell(field)).collect();
    differing.into_iter().map(|(name, values)| (name.clone(), told(values))).collect()
}

/// One note for each difference, images first.
pub(super) fn differences(now: &Template, then: &Template) -> Vec<Note> {
    let differing = apart(&[now, then]);
    let note = |(name, told): &(String, Vec<String>)| {
        Note::new("kubernetes-changes").with("field", name).with("from", &told[0]).with("to", &told[1])
    };
    let mut notes: Vec<Note> = differing.iter().take(SHOWN).map(note).collect();
    if differing.len() > SHOWN {
        notes.push(Note::new("kubernetes-more-changes").with("count", differing.len() - SHOWN));
    }
    notes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::mask::masked;
    use super::*;

    fn template(image: &str, env: Value) -> Template {
        let container = json!({"name": "api", "image": image, "env": env, "resources": {"limits": {"memory": "1Gi"}}});
        Template::new(json!({"spec": {"containers": [container], "volumes": [{"name": "data", "emptyDir": {}}]}}))
    }

    #[test]
    fn images_come_first_and_variables_by_name() {
        let notes = differences(
            &template("api:v2", json!([{"name": "LOG_LEVEL", "value": "debug"}])),
            &template("api:v1", json!([{"name": "LOG_LEVEL", "value": "info"}])),
        );
        let told: Vec<_> =
            notes.iter().map(|note| ["field", "from", "to"].map(|name| note.arguments[name].as_str())).collect();
        assert_eq!(told, [["api image", "api:v2", "api:v1"], ["api variable LOG_LEVEL", "debug", "info"]]);
    }

    #[test]
    fn nothing_that_may_be_secret_is_shown() {
        let secrets = json!([
            {"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "STRIPE", "value": "sk-hunter2hunter2hunter2"},
            {"name": "DATABASE_URL", "value": "postgres://app:hunter2@db/app"},
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        ]);
        let notes = differences(&template("api:v1", json!([])), &template("api:v1", secrets));
        assert_eq!(notes.len(), 4);
        assert!(!format!("{notes:?}").contains("hunter2"), "{notes:?}");
        assert!(format!("{notes:?}").contains("secretKeyRef db/password"), "{notes:?}");
    }

    /// A template with a value at each place where a secret may stand; `¤` is where.
    fn full() -> String {
        let exec = json!({"exec": {"command": ["sh", "-c", "curl -u me:¤ db"]}});
        let headers = json!([{"name": "X-Id", "value": "¤"}]);
        let container = json!({
            "name": "api", "image": "api:v1", "command": ["/app", "¤", "--db ¤"],
            "args": ["--password=¤", "-p", "¤", "-p¤", "-token=¤", "--", "¤"],
            "env": [{"name": "API_TOKEN", "value": "¤"}, {"name": "URL", "value": "postgres://app:¤@db/app"},
                {"name": "STORE", "value": "AccountName=shop;AccountKey=¤"}],
            "livenessProbe": {"httpGet": {"path": "/health?who=¤", "httpHeaders": headers}},
            "startupProbe": exec, "lifecycle": {"postStart": exec, "preStop": {"httpGet": {"httpHeaders": headers}}},
        });
        let claim = json!({"metadata": {"annotations": {"auth": "¤"}}, "spec": {}});
        let spec = json!({
            "containers": [container], "ephemeralContainers": [container],
            "dnsConfig": {"options": [{"name": "secret", "value": "¤"}]}, "nodeSelector": {"token": "¤"},
            "securityContext": {"sysctls": [{"name": "kernel.key", "value": "¤"}]},
            "tolerations": [{"key": "token", "value": "¤"}],
            "volumes": [
                {"name": "a", "csi": {"volumeAttributes": {"password": "¤", "mountOptions": "user=me,pass=¤"}}},
                {"name": "b", "flexVolume": {"options": {"authKey": "¤"}}},
                {"name": "c", "gitRepo": {"repository": "https://me:¤@git/shop"}},
                {"name": "d", "ephemeral": {"volumeClaimTemplate": claim}},
                {"name": "e", "azureDisk": {"diskURI": "https://disk/a?sig=¤"}},
            ],
        });
        let annotations = json!({"vault/token": "¤", "config": "{\"db\": {\"pass\": \"¤\"}}"});
        json!({"metadata": {"annotations": annotations, "labels": {"session": "¤"}}, "spec": spec}).to_string()
    }

    #[test]
    fn a_secret_is_shown_from_no_place_of_a_template() {
        let full = full();
        let planted = |place: usize, secret: &str| {
            let (before, after) = full.split_at(full.match_indices('¤').nth(place).unwrap().0);
            let planted = format!("{before}{}", after.replacen('¤', secret, 1)).replace('¤', "swordfish");
            Template::new(serde_json::from_str(&planted).unwrap())
        };
        let digest = regex::Regex::new(r"\b[0-9a-f]{8,}\b").unwrap();
        // The mask by itself: the cut alone would take a secret away, too.
        assert!(!masked("", planted(0, "swordfish").value()).to_string().contains("swordfish"));
        for place in 0..full.matches('¤').count() {
            let nothing = Template::new(json!({}));
            let told = apart(&[&planted(place, "hunter2"), &planted(place, "hunter3"), &nothing]);
            let shown = format!("{told:?}");
            assert!(!["hunter", "swordfish"].iter().any(|secret| shown.contains(secret)), "{place}: {shown}");
            assert!(!digest.is_match(&shown), "{place}: {shown}");
            let differing = told.iter().filter(|(_, told)| told[0] != told[1]).count();
            assert_eq!(differing, 1, "that it differs is told: {place}: {shown}");
        }
    }

    #[test]
    fn what_may_not_be_shown_is_told_apart_all_the_same() {
        let env = |one: &str, other: &str| {
            template("api:v1", json!([{"name": "API_TOKEN", "value": one}, {"name": "DB_PASSWORD", "value": other}]))
        };
        let told = apart(&[&env("1234", "1235"), &env("1235", "1234"), &env("1235", "1236")]);
        let told: Vec<&[String]> = told.iter().map(|(_, told)| told.as_slice()).collect();
        let numbered = |numbers: [u8; 3]| numbers.map(|number| format!("(hidden) #{number}"));
        assert_eq!(told, [numbered([1, 2, 2]), numbered([2, 1, 3])], "one number for one value");
        assert!(apart(&[&env("1234", "1235"), &env("1234", "1235")]).is_empty());
    }

    #[test]
    fn what_differs_behind_the_cut_is_told_apart() {
        let long = |end: &str| json!([{"name": "LIST", "value": format!("{} {end}", "a b ".repeat(40))}]);
        let notes = differences(&template("api:v1", long("x")), &template("api:v1", long("y")));
        let told = ["from", "to"].map(|name| notes[0].arguments[name].as_str());
        assert!(told[0].ends_with("… #1") && told[1].ends_with("… #2"), "{told:?}");
    }

    #[test]
    fn what_is_much_is_counted() {
        let many: Vec<Value> = (0..40).map(|n| json!({"name": format!("V{n}"), "value": "x"})).collect();
        let notes = differences(&template("api:v1", json!([])), &template("api:v1", Value::Array(many)));
        assert_eq!(notes.len(), SHOWN + 1);
        assert_eq!(notes[SHOWN].arguments["count"], "25");
    }

    #[test]
    fn the_same_differs_in_nothing() {
        assert_eq!(differences(&template("api:v1", json!([])), &template("api:v1", json!([]))), []);
    }
}
