//! A look before the move: what forbids it, what people should know, what changes, what stays [B3 B6].

use bollard::models::{Config, Secret};
use bollard::query_parameters::{ListConfigsOptions, ListSecretsOptions};
use commands::model::{Note, Trouble};
use commands::ports::{Examination, PlatformError};
use serde_json::Value;

use super::client::{Client, within};
use super::compare;
use super::failure;
use super::history::{is_local, registry_digest};
use super::image::Image;
use super::node::Node;
use super::places::Places;
use super::service::{Mode, Service};

/// One service, and the image that it may go back to.
#[derive(Debug)]
pub(super) struct Look<'a> {
    pub(super) client: &'a Client,
    pub(super) service: &'a Service,
    pub(super) to: &'a Image,
}

impl Look<'_> {
    /// Looks at the service, the image, and what the image would need. Nothing is written.
    ///
    /// # Errors
    /// What asking the engine meets.
    pub(super) async fn examine(&self) -> Result<Examination, PlatformError> {
        let mut found = Examination::default();
        self.look_at_mode(&mut found);
        self.look_at_update(self.places().await?, &mut found);
        let (secrets, configs, image) = tokio::join!(self.secrets(), self.configs(), self.look_at_image(&mut found));
        image?;
        self.look_for("secret", &secrets?, &mut found);
        self.look_for("config", &configs?, &mut found);
        self.look_at_health(&mut found).await;
        self.look_at_previous(&mut found);
        self.name_service(&mut found);
        Ok(found)
    }

    /// A plan may be of several services: each note says of which it is.
    fn name_service(&self, found: &mut Examination) {
        let own = found.warnings.iter_mut().chain(&mut found.changes).chain(&mut found.losses);
        for note in own.chain(found.blockers.iter_mut().map(|trouble| &mut trouble.why)) {
            note.arguments.insert("service".to_owned(), self.service.name().to_owned());
        }
    }

    fn look_at_mode(&self, found: &mut Examination) {
        match self.service.mode() {
            Mode::Job => found.blockers.push(Trouble::new(Note::new("swarm-job"))),
            Mode::Replicated(0) => found.warnings.push(Note::new("swarm-no-replicas")),
            Mode::Replicated(_) | Mode::Global => {}
        }
        let (from, to) = (self.service.image(), self.to);
        found.changes.push(Note::new("swarm-image-changes").with("from", from.brief()).with("to", to.brief()));
        if let Some(stack) = self.service.stack() {
            found.warnings.push(Note::new("swarm-stack").with("stack", stack).with("image", to));
        }
    }

    /// In how many places there should be a task.
    async fn places(&self) -> Result<usize, PlatformError> {
        let nodes = Node::all(self.client).await?;
        Ok(Places::of(self.service, &nodes).map_or(0, |places| places.wanted()))
    }

    fn look_at_update(&self, places: usize, found: &mut Examination) {
        // The engine's own rollback goes by settings of its own.
        let by_engine = self.service.engine_goes_back_to(self.to);
        let settings = &self.service.spec[if by_engine { "RollbackConfig" } else { "UpdateConfig" }];
        // The engine's own defaults: one at a time, the old one stopped first.
        let parallelism = settings["Parallelism"].as_u64().and_then(|all| usize::try_from(all).ok()).unwrap_or(1);
        let order = settings["Order"].as_str().filter(|order| !order.is_empty()).unwrap_or("stop-first");
        if by_engine {
            found.changes.push(Note::new("swarm-by-engine"));
        }
        found.changes.push(Note::new("swarm-order").with("parallelism", parallelism).with("order", order));
        if (parallelism == 0 || parallelism >= places) && places > 0 && order == "stop-first" {
            let option = if by_engine { "--rollback-order" } else { "--update-order" };
            found.warnings.push(Note::new("swarm-outage").with("tasks", places).with("option", option));
        }
        if settings["FailureAction"].as_str() == Some("rollback") {
            found.warnings.push(Note::new("swarm-engine-may-roll-back").with("image", self.service.image().brief()));
        }
        if ["updating", "rollback_started"].contains(&self.service.update_state()) {
            found.warnings.push(Note::new("swarm-update-runs").with("state", self.service.update_state()));
        }
    }

    async fn look_at_image(&self, found: &mut Examination) -> Result<(), PlatformError> {
        let about = |note: Note| note.with("image", self.to.brief());
        let (local, registry) = tokio::join!(is_local(self.client, self.to), registry_digest(self.client, self.to));
        let local = local?;
        if self.to.digest.is_none() {
            found.warnings.push(about(Note::new("swarm-no-digest")));
        }
        match (registry, local) {
            (Ok(_), _) => {}
            (Err(error), false) if is_gone(&error) => {
                found.blockers.push(Trouble::new(about(Note::new("swarm-image-missing"))).saying(error));
            }
            (Err(_), true) => found.warnings.push(about(Note::new("swarm-registry-away-local"))),
            (Err(_), false) => found.warnings.push(about(Note::new("swarm-registry-away"))),
        }
        Ok(())
    }

    async fn secrets(&self) -> Result<Vec<String>, PlatformError> {
        let list = self.client.docker.list_secrets(None::<ListSecretsOptions>);
        let all = within("list the secrets of the swarm", list).await?;
        Ok(all.into_iter().filter_map(|secret: Secret| secret.id).collect())
    }

    async fn configs(&self) -> Result<Vec<String>, PlatformError> {
        let list = self.client.docker.list_configs(None::<ListConfigsOptions>);
        let all = within("list the configurations of the swarm", list).await?;
        Ok(all.into_iter().filter_map(|config: Config| config.id).collect())
    }

    /// What is set now must be there; so must what the release used when it ran, where that is known:
    /// the manager lets people remove what only the specification before names.
    fn look_for(&self, kind: &str, there: &[String], found: &mut Examination) {
        let of_target = self.service.previous.as_ref().filter(|_| self.was_previous());
        let mut missing: Vec<String> = [Some(&self.service.spec), of_target]
            .into_iter()
            .flatten()
            .flat_map(|spec| used(spec, kind))
            .filter(|(id, _)| !there.contains(id))
            .map(|(_, name)| name)
            .collect();
        missing.sort();
        missing.dedup();
        let note = |name: String| Note::new("swarm-removed").with("kind", kind).with("name", name);
        found.blockers.extend(missing.into_iter().map(note).map(Trouble::new));
    }

    fn was_previous(&self) -> bool {
        self.service.previous_image().is_some_and(|image| image.is(self.to))
    }

    async fn look_at_health(&self, found: &mut Examination) {
        let tells = |test: Option<&str>| test.is_some_and(|first| first != "NONE");
        let own = &self.service.spec["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Test"][0];
        if own.is_string() {
            if !tells(own.as_str()) {
                found.warnings.push(Note::new("swarm-no-health-check"));
            }
            return;
        }
        let name = self.to.pinned();
        let look = self.client.docker.inspect_image(&name);
        // What is not on the manager cannot be looked into; then nothing is claimed of it.
        let Ok(image) = within("look into an image", look).await else { return };
        let test = image.config.and_then(|config| config.healthcheck).and_then(|check| check.test);
        if !tells(test.as_ref().and_then(|test| test.first()).map(String::as_str)) {
            found.warnings.push(Note::new("swarm-no-health-check"));
        }
    }

    fn look_at_previous(&self, found: &mut Examination) {
        if let Some(previous) = self.service.previous.as_ref().filter(|_| self.was_previous()) {
            found.losses.extend(compare::differences(previous, &self.service.spec));
        }
    }
}

/// True where the registry answered that it has no such image.
fn is_gone(error: &PlatformError) -> bool {
    failure::is_missing(error) || error.to_string().contains("manifest unknown")
}

/// Id and name of what a specification uses of this kind.
fn used<'a>(spec: &'a Value, kind: &str) -> impl Iterator<Item = (String, String)> + 'a {
    let (list, id, name) =
        if kind == "secret" { ("Secrets", "SecretID", "SecretName") } else { ("Configs", "ConfigID", "ConfigName") };
    let container = &spec["TaskTemplate"]["ContainerSpec"];
    let list = container[list].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    list.iter().map(move |entry| (text(entry, id), text(entry, name)))
}
