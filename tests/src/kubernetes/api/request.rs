//! What a request asks for.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

use crate::kubernetes::access::Wish;
use crate::kubernetes::journal::Call;
use crate::kubernetes::kinds::Kind;
use crate::kubernetes::refusal::Refusal;
use crate::kubernetes::store::Key;

/// A request, read.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) content_type: String,
    pub(crate) agent: String,
    pub(crate) authorized: bool,
    pub(crate) body: Value,
}

/// The place of objects that a path names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) kind: &'static Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// What stands beside an object: `scale`, `status`, `log`, `eviction`.
    pub(crate) beside: String,
}

/// The secret that every client of the model shows.
pub(crate) const TOKEN: &str = "model-token";

impl Request {
    pub(crate) fn read(method: Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let query = axum::extract::Query::<BTreeMap<String, String>>::try_from_uri(uri);
        let query = query.map_err(|why| Refusal::bad_request(why.to_string()))?.0;
        if header("content-type").contains("protobuf") {
            return Err(Refusal::new(415, "UnsupportedMediaType", "the model reads JSON only"));
        }
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(body)
                .map_err(|why| Refusal::bad_request(format!("the object provided is unrecognized: {why}")))?
        };
        Ok(Self {
            method,
            path: uri.path().to_owned(),
            query,
            content_type: header("content-type"),
            agent: header("user-agent"),
            authorized: header("authorization") == format!("Bearer {TOKEN}"),
            body,
        })
    }

    pub(crate) fn asks(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn says(&self, name: &str) -> bool {
        matches!(self.asks(name), "true" | "1")
    }

    pub(crate) fn is_rehearsal(&self) -> bool {
        self.asks("dryRun") == "All" || self.body["dryRun"][0] == "All"
    }

    /// Who writes: as it says, or the program's name.
    pub(crate) fn manager(&self) -> String {
        match self.asks("fieldManager") {
            "" => self.agent.split('/').next().unwrap_or_default().to_owned(),
            manager => manager.to_owned(),
        }
    }

    /// The place that the path names, if it is one of objects.
    pub(crate) fn place(&self) -> Option<Place> {
        let parts: Vec<&str> = self.path.split('/').filter(|part| !part.is_empty()).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..]
                if !rest.is_empty() && rest[0] != "status" && rest[0] != "finalize" =>
            {
                (*namespace, rest)
            }
            rest => ("", rest),
        };
        let (plural, name, beside) = match rest {
            [plural] => (*plural, "", ""),
            [plural, name] => (*plural, *name, ""),
            [plural, name, beside] => (*plural, *name, *beside),
            _ => return None,
        };
        let kind = Kind::at(group, version, plural)?;
        Some(Place { kind, namespace: namespace.into(), name: name.into(), beside: beside.into() })
    }

    /// What it does, in the words of roles.
    pub(crate) fn verb(&self, named: bool) -> &'static str {
        match self.method.as_str() {
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if named => "delete",
            "DELETE" => "deletecollection",
            _ if self.says("watch") => "watch",
            _ if named => "get",
            _ => "list",
        }
    }

    pub(crate) fn call(&self, verb: &str) -> Call {
        Call {
            verb: verb.into(),
            method: self.method.to_string(),
            path: self.path.clone(),
            query: self.query.clone(),
            content_type: self.content_type.clone(),
            body: self.body.clone(),
            answered: None,
            changed: false,
        }
    }
}

impl Place {
    pub(crate) fn key(&self) -> Key {
        Key::new(self.kind, &self.namespace, &self.name)
    }

    /// As roles write it: `pods/eviction`.
    pub(crate) fn resource(&self) -> String {
        if self.beside.is_empty() { self.kind.plural.into() } else { format!("{}/{}", self.kind.plural, self.beside) }
    }

    pub(crate) fn wish<'a>(&'a self, verb: &'a str, resource: &'a str) -> Wish<'a> {
        Wish { verb, group: self.kind.group, resource, namespace: &self.namespace, name: &self.name }
    }
}
