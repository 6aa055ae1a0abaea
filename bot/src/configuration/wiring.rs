//! What the body needs of the configuration and the mind does not.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use adapters::oncall::rota::RotaSettings;
use secrecy::SecretString;

use super::file::{Chats, Console, Log, Main};
use super::kubernetes::Kubernetes;
use super::load::Rota;
use super::slack::SlackWiring;

/// What the body needs of the configuration and the mind does not.
#[derive(Debug)]
pub struct Wiring {
    /// The database file of the log, absolute or against the process's folder as the main file's path
    /// was. Its folder must be there.
    pub store: PathBuf,
    /// Where `/healthz`, `/readyz` and `/metrics` answer.
    pub listen: SocketAddr,
    /// What a reader of `/metrics` must send as bearer token, where it must send one.
    pub metrics_token: Option<SecretString>,
    /// What the bot says of itself.
    pub log: Log,
    /// The chats that are used.
    pub chats: Chats,
    /// Which clusters of Kubernetes there are.
    pub kubernetes: Kubernetes,
    /// The Slack workspace, with its secrets.
    pub slack: Option<SlackWiring>,
    /// Who is on call, nobody where there is none.
    pub rota: Option<RotaSettings>,
}

impl Wiring {
    /// Of the main file that lies in this folder.
    pub(super) fn new(
        main: &Main,
        rota: &Rota,
        folder: &Path,
        metrics_token: Option<SecretString>,
        slack: Option<SlackWiring>,
    ) -> Self {
        Self {
            store: folder.join(&main.store.path),
            listen: main.http.listen,
            metrics_token,
            log: main.log.clone(),
            chats: chats(main, folder),
            kubernetes: kubernetes(main, folder),
            slack,
            rota: match rota {
                Rota::Read(settings) => Some(settings.clone()),
                Rota::Nobody | Rota::Broken => None,
            },
        }
    }
}

fn chats(main: &Main, folder: &Path) -> Chats {
    let absolute = |console: &Console| Console { documents: folder.join(&console.documents), ..console.clone() };
    Chats { console: main.chat.console.as_ref().map(absolute), slack: main.chat.slack.clone() }
}

fn kubernetes(main: &Main, folder: &Path) -> Kubernetes {
    let kubeconfig = main.kubernetes.kubeconfig.as_ref().map(|path| folder.join(path));
    Kubernetes { kubeconfig, ..main.kubernetes.clone() }
}
