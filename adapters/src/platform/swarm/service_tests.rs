use serde_json::json;

use super::*;

fn service(change: impl FnOnce(&mut Value)) -> Service {
    let container = json!({"Image": "api:v1.3.0", "Env": ["TOKEN=hush"], "Unknown": {"kept": true}});
    let spec = json!({
        "Name": "api", "Labels": {}, "Mode": {"Replicated": {"Replicas": 10}},
        "TaskTemplate": {"ContainerSpec": container, "ForceUpdate": 0},
    });
    let mut raw = json!({"ID": "s1", "Version": {"Index": u64::MAX}, "Spec": spec});
    change(&mut raw);
    Service::understand(raw).unwrap()
}

fn set(at: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |raw| *raw.pointer_mut(at).unwrap() = value
}

#[test]
fn only_the_image_and_the_key_change() {
    let now = service(|_| {});
    let spec = now.with_image(&Image::read("api:v1.2.9").unwrap(), "INC/1/roll");
    let mut expected = now.spec.clone();
    expected["TaskTemplate"]["ContainerSpec"]["Image"] = json!("api:v1.2.9");
    expected["Labels"] = json!({KEY_LABEL: "INC/1/roll"});
    assert_eq!(spec, expected);
    assert_eq!(now.index, u64::MAX, "the counter has all its 64 bits");
}

#[test]
fn counters_replicas_and_labels_are_no_intent() {
    let before = service(|_| {}).running().intent;
    for (at, value) in [
        ("/Version/Index", json!(7)),
        ("/Spec/Mode/Replicated/Replicas", json!(4)),
        ("/Spec/Labels", json!({"team": "shop"})),
        ("/Spec/TaskTemplate/ForceUpdate", json!(3)),
    ] {
        assert_eq!(before.differences(&service(set(at, value)).running().intent), [], "{at}");
    }
}

#[test]
fn what_tasks_run_is_intent_and_no_value_is_shown() {
    let before = service(|_| {}).running().intent;
    for (at, value, field) in [
        ("/ID", json!("s2"), "identity"),
        ("/Spec/TaskTemplate/ContainerSpec/Image", json!("api:v1.2.9"), "image"),
        ("/Spec/TaskTemplate/ContainerSpec/Env", json!(["TOKEN=other"]), "environment"),
        ("/Spec/TaskTemplate/ContainerSpec/Unknown", json!({}), "rest"),
        ("/Spec/Mode", json!({"Global": {}}), "mode"),
    ] {
        let differences = before.differences(&service(set(at, value)).running().intent);
        assert_eq!(differences.len(), 1, "{at}: {differences:?}");
        assert_eq!(differences[0].0, field);
    }
    assert!(!format!("{before:?}").contains("hush"));
}

#[test]
fn previous_is_taken_only_where_it_is_exactly_the_target() {
    let to = Image::read("api:v1.2.9").unwrap();
    let with = |replicas: u64, image: &str| {
        service(|raw| {
            let mut previous = raw["Spec"].clone();
            previous["TaskTemplate"]["ContainerSpec"]["Image"] = json!(image);
            previous["Mode"]["Replicated"]["Replicas"] = json!(replicas);
            raw["PreviousSpec"] = previous;
        })
    };
    assert!(with(10, "api:v1.2.9").previous_is_exactly(&to));
    assert!(!with(4, "api:v1.2.9").previous_is_exactly(&to));
    assert!(!with(10, "api:v1.2.8").previous_is_exactly(&to));
    assert!(!service(|_| {}).previous_is_exactly(&to));
}

#[test]
fn a_service_that_says_nothing_of_itself_is_refused() {
    for raw in
        [json!(null), json!({}), json!({"Spec": {}}), json!({"Spec": {"TaskTemplate": 1}, "Version": {"Index": 1}})]
    {
        Service::understand(raw).unwrap_err();
    }
}
