//! The revisions that a swarm still has: what its service is set to, was set to, its tasks ran, and
//! the engine keeps.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use bollard::query_parameters::ListImagesOptionsBuilder;
use commands::model::Version;
use commands::ports::{Candidate, PlatformError, Resolution};
use jiff::Timestamp;

use super::client::{Client, within};
use super::failure;
use super::image::Image;
use super::running;
use super::service::Service;

/// One image, and who knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    image: Image,
    /// In the words of `details`.
    by: &'static str,
    created: Option<Timestamp>,
}

/// All of them, newest first.
#[derive(Debug)]
pub(super) struct History {
    all: Vec<Known>,
}

impl History {
    /// Asks the manager and its engine. Nodes keep images too; a manager does not know of those.
    ///
    /// # Errors
    /// Any but `IntentChanged`.
    pub(super) async fn read(client: &Client, service: &Service) -> Result<Self, PlatformError> {
        let (tasks, images) = tokio::join!(running::tasks(client, &service.id), images(client, service.image()));
        let set = Known { image: service.image().clone(), by: "set now", created: None };
        let before = service.previous_image().map(|image| Known { image, by: "set before", created: None });
        let ran = tasks?
            .into_iter()
            .filter_map(|task| Some(Known { image: task.image?, by: "a task", created: task.created }));
        let known = [set].into_iter().chain(before).chain(ran).chain(images?);
        Ok(Self::of(known.collect(), &service.image().name))
    }

    fn of(known: Vec<Known>, name: &str) -> Self {
        let mut all: BTreeMap<Image, Known> = BTreeMap::new();
        let own = known.into_iter().filter(|known| known.image.is_of(name));
        // As the service spells it, so that one image has one name.
        for next in own.map(|known| Known { image: Image { name: name.to_owned(), ..known.image }, ..known }) {
            match all.get_mut(&next.image) {
                Some(first) => first.created = [first.created, next.created].into_iter().flatten().min(),
                None => drop(all.insert(next.image.clone(), next)),
            }
        }
        let tags_with_digest: Vec<Option<String>> =
            all.keys().filter(|image| image.digest.is_some()).map(|image| image.tag.clone()).collect();
        // The same tag without a digest says less of the same thing.
        let says_more = |known: &Known| {
            known.by == "set now" || known.image.digest.is_some() || !tags_with_digest.contains(&known.image.tag)
        };
        let mut all: Vec<Known> = all.into_values().filter(says_more).collect();
        all.sort_by(Known::newest_first);
        Self { all }
    }

    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.all.iter().map(Known::candidate).collect()
    }

    /// Which of them this version is, whole; the registry is asked where none is.
    ///
    /// # Errors
    /// None of its own: a registry that does not answer has nothing to offer.
    pub(super) async fn resolve(&self, client: &Client, service: &Service, version: &Version) -> Resolution {
        let named = |known: &&Known| known.image.version().is_some_and(|own| own == *version);
        let mut matching: Vec<Candidate> = self.all.iter().filter(named).map(Known::candidate).collect();
        match (matching.pop(), matching.is_empty()) {
            (Some(only), true) => return Resolution::Found(only),
            (Some(last), false) => {
                matching.push(last);
                return Resolution::Ambiguous(matching);
            }
            (None, _) => {}
        }
        for tag in spellings(version) {
            let Some(image) = service.image().tagged(&tag) else { continue };
            if let Ok(digest) = registry_digest(client, &image).await {
                let image = Image { digest: Some(digest), ..image };
                return Resolution::Found(Known { image, by: "the registry", created: None }.candidate());
            }
        }
        Resolution::Missing(self.candidates())
    }
}

impl Known {
    /// Versions that can be compared come first, newest first; then the others by when they came.
    fn newest_first(&self, other: &Self) -> Ordering {
        let (own, theirs) = (self.image.version(), other.image.version());
        let comparable = |version: &Option<Version>| version.as_ref().is_some_and(|it| it.age(it).is_some());
        let age = theirs.as_ref().zip(own.as_ref()).and_then(|(theirs, own)| theirs.age(own));
        comparable(&theirs)
            .cmp(&comparable(&own))
            .then(age.unwrap_or(Ordering::Equal))
            .then_with(|| Reverse(self.created).cmp(&Reverse(other.created)))
            .then_with(|| other.image.cmp(&self.image))
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            revision: self.image.revision(),
            version: self.image.version(),
            created: self.created,
            details: BTreeMap::from([("known by".to_owned(), self.by.to_owned())]),
        }
    }
}

/// A version with and without its `v`: a registry matches letter by letter.
fn spellings(version: &Version) -> [String; 2] {
    let other =
        if version.bare() == version.as_str() { format!("v{}", version.bare()) } else { version.bare().to_owned() };
    [version.as_str().to_owned(), other]
}

/// The digest of what the registry has under this reference now, asked through the engine.
///
/// # Errors
/// Any but `IntentChanged`.
pub(super) async fn registry_digest(client: &Client, image: &Image) -> Result<String, PlatformError> {
    let what = format!("ask the registry for {}", image.pinned());
    let about = within(&what, client.docker.inspect_registry_image(&image.pinned(), None)).await?;
    let why = "it told no digest".to_owned();
    about.descriptor.digest.ok_or(PlatformError::Unavailable { what, why })
}

/// True where this engine has the image itself.
///
/// # Errors
/// Any but `Missing` and `IntentChanged`.
pub(super) async fn is_local(client: &Client, image: &Image) -> Result<bool, PlatformError> {
    match within("look for an image on the manager", client.docker.inspect_image(&image.pinned())).await {
        Ok(_) => Ok(true),
        Err(error) if failure::is_missing(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The tagged images of the same name that the manager's own engine keeps.
async fn images(client: &Client, like: &Image) -> Result<Vec<Known>, PlatformError> {
    let filters = std::collections::HashMap::from([("reference", vec![like.name.as_str()])]);
    let options = ListImagesOptionsBuilder::new().filters(&filters).build();
    let found = within("list the images of the manager", client.docker.list_images(Some(options))).await?;
    let known = found.into_iter().flat_map(|summary| {
        let own = |text: &String| Image::read(text).filter(|image| image.is_of(&like.name));
        let digest = summary.repo_digests.iter().find_map(own).and_then(|image| image.digest);
        let created = Timestamp::from_second(summary.created).ok();
        let tagged = summary.repo_tags.iter().filter_map(own);
        let known = tagged.map(|image| Known {
            image: Image { digest: digest.clone(), ..image },
            by: "the manager's engine",
            created,
        });
        known.collect::<Vec<_>>()
    });
    Ok(known.collect())
}
