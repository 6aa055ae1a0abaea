//! A person in front of a modal.

use serde_json::Value;

use super::deliver::{
    Clicked, Delivery, Kind, Submission, block_actions, block_suggestion, deliver, submission_acknowledged,
    view_closed, view_submission,
};
use super::form_value::{chosen, complete, refused_by_client};
use super::person::Person;
use super::screen;
use super::world::{View, World};

/// What became of a modal that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is closed, or shows something else.
    Taken,
    /// It stays, with these messages at the inputs of these labels.
    Errors(Vec<(String, String)>),
    /// Slack itself did not send it, for what is wrong at these labels.
    Refused(Vec<(String, String)>),
    /// The bot gave no answer that means anything.
    Failed(String),
}

impl Person {
    /// The modal that is open, as text.
    #[must_use]
    pub fn modal(&self) -> Option<String> {
        let world = self.slack.shared.world();
        world.views.get(&self.id)?.last().map(|view| screen::modal_lines(&world, view).join("\n"))
    }

    /// Waits until a modal is open that holds this text.
    ///
    /// # Panics
    /// After ten seconds of real time.
    pub async fn until_modal(&self, text: &str) -> String {
        let shown = |_: &super::FakeSlack| self.modal().filter(|modal| modal.contains(text));
        self.slack.until(&format!("a modal with {text:?}"), shown).await
    }

    /// Their home tab, as text.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        let world = self.slack.shared.world();
        world.homes.get(&self.id).map(|view| screen::modal_lines(&world, view).join("\n"))
    }

    /// What a select offers for what was typed so far; none if Slack would not ask yet.
    ///
    /// # Panics
    /// If no modal with such an input is open.
    pub async fn suggestions(&self, label: &str, typed: &str) -> Vec<String> {
        let (_, block) = self.input(label);
        let options = self.offered(&block, typed).await;
        let world = self.slack.shared.world();
        options.iter().map(|option| screen::text_object(&world, &option["text"])).collect()
    }

    /// Puts something into the input with this label: text, the words of an option, several with `, `
    /// between them, the name of a person or channel. If the bot wants to know at once, it is told.
    ///
    /// # Panics
    /// If no modal with such an input is open, or it cannot take this.
    pub async fn fills(&self, label: &str, value: &str) -> Option<Delivery> {
        let (id, block) = self.input(label);
        let external = block["element"]["type"].as_str().is_some_and(|kind| kind.contains("external"));
        let offered = if external { self.offered(&block, value).await } else { Vec::new() };
        let shared = &self.slack.shared;
        let payload = {
            let mut world = shared.world();
            let state = chosen(&world, &block["element"], &offered, value);
            let view = self.view_mut(&mut world, &id);
            view.state.insert(key(&block), state.clone());
            let view = view.clone();
            let clicked = Clicked { block: &block, element: &block["element"], chosen: Some(state) };
            let told = block["dispatch_action"] == true;
            told.then(|| block_actions(&mut world, &self.id, Err(&view), &clicked))
        };
        shared.changed();
        Some(deliver(shared, Kind::Interactive, &payload?, None).await)
    }

    /// Fills these inputs and sends the modal.
    ///
    /// # Panics
    /// If no modal is open, or an input cannot take its value.
    pub async fn submits(&self, values: &[(&str, &str)]) -> Submitted {
        for (label, value) in values {
            self.fills(label, value).await;
        }
        let shared = &self.slack.shared;
        let (view, payload) = {
            let mut world = shared.world();
            let id = self.view(&world).id.clone();
            let view = self.view_mut(&mut world, &id);
            complete(view);
            let view = view.clone();
            let refused = refused_by_client(&world, &view);
            if !refused.is_empty() {
                return Submitted::Refused(refused);
            }
            let payload = view_submission(&mut world, &self.id, &view);
            (view, payload)
        };
        let delivery = deliver(shared, Kind::Interactive, &payload, None).await;
        match submission_acknowledged(shared, &self.id, &view.id, &delivery) {
            Submission::Taken => Submitted::Taken,
            Submission::Failed(why) => Submitted::Failed(why),
            Submission::Errors(errors) => {
                let world = shared.world();
                let label = |block: &String| label_of(&world, &view, block);
                Submitted::Errors(errors.iter().map(|(block, text)| (label(block), text.clone())).collect())
            }
        }
    }

    /// Closes the modal without sending it; the bot is told if it wished so.
    ///
    /// # Panics
    /// If no modal is open.
    pub async fn closes_modal(&self) -> Option<Delivery> {
        let shared = &self.slack.shared;
        let payload = {
            let mut world = shared.world();
            let view = self.view(&world).clone();
            world.views.entry(self.id.clone()).or_default().pop();
            let told = view.content["notify_on_close"] == true;
            told.then(|| view_closed(&world, &self.id, &view, false))
        };
        Some(deliver(shared, Kind::Interactive, &payload?, None).await)
    }

    /// Clicks a button in the modal.
    ///
    /// # Panics
    /// If there is no such button.
    pub async fn clicks_in_modal(&self, label: &str) -> Delivery {
        let shared = &self.slack.shared;
        let payload = {
            let mut world = shared.world();
            let view = self.view(&world).clone();
            let blocks = view.content["blocks"].as_array().into_iter().flatten();
            let found = screen::labelled(&world, blocks, label);
            let (block, element) = found.unwrap_or_else(|| panic!("there is no {label:?} in the modal"));
            block_actions(&mut world, &self.id, Err(&view), &Clicked { block, element, chosen: None })
        };
        deliver(shared, Kind::Interactive, &payload, None).await
    }

    fn view<'a>(&self, world: &'a World) -> &'a View {
        let open = world.views.get(&self.id).and_then(|views| views.last());
        open.unwrap_or_else(|| panic!("the {} has no modal open", self.name))
    }

    fn view_mut<'a>(&self, world: &'a mut World, id: &str) -> &'a mut View {
        let views = world.views.entry(self.id.clone()).or_default();
        views.iter_mut().find(|view| view.id == id).expect("the modal is open")
    }

    /// The modal's id and the block of the input with this label.
    fn input(&self, label: &str) -> (String, Value) {
        let world = self.slack.shared.world();
        let view = self.view(&world);
        let blocks = view.content["blocks"].as_array().cloned().unwrap_or_default();
        let labelled = |block: &&Value| screen::text_object(&world, &block["label"]) == label;
        let found = blocks.iter().find(|block| block["type"] == "input" && labelled(block)).cloned();
        let shown = || screen::modal_lines(&world, view).join("\n");
        let block = found.unwrap_or_else(|| panic!("there is no input {label:?} in:\n{}", shown()));
        (view.id.clone(), block)
    }

    /// The options that the bot offers for what was typed.
    async fn offered(&self, block: &Value, typed: &str) -> Vec<Value> {
        let least = block["element"]["min_query_length"].as_u64().unwrap_or(3);
        if (typed.chars().count() as u64) < least {
            return Vec::new();
        }
        let shared = &self.slack.shared;
        let payload = {
            let world = shared.world();
            block_suggestion(&world, &self.id, self.view(&world), block, typed)
        };
        let delivery = deliver(shared, Kind::Interactive, &payload, None).await;
        let groups = delivery.body["option_groups"].as_array().into_iter().flatten().map(|group| &group["options"]);
        let lists = groups.chain([&delivery.body["options"]]);
        let options: Vec<Value> = lists.filter_map(Value::as_array).flatten().cloned().collect();
        let problems = super::blocks::check_options(&options);
        if !problems.is_empty() {
            shared.world().complaints.push(format!("the options cannot be shown: {problems:?}"));
            return Vec::new();
        }
        options
    }
}

fn key(block: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&block["block_id"]), text(&block["element"]["action_id"]))
}

/// The label of the input in this block.
fn label_of(world: &World, view: &View, id: &str) -> String {
    let mut blocks = view.content["blocks"].as_array().into_iter().flatten();
    let block = blocks.find(|block| block["block_id"] == id);
    block.map(|block| screen::text_object(world, &block["label"])).unwrap_or_default()
}
