//! The object store that a cluster's workers put reports into.

use jindiao_cluster::{AccessKey, StoreConfig, StoreConfigError, StoreCredentials};
use jindiao_words::{Message, Say as _, say};

use super::Config;
use super::credentials::not_set;

impl Config {
    /// The object store for the reports and what opens it, where there is one.
    pub(crate) fn store(&self) -> Result<Option<(StoreConfig, StoreCredentials)>, Message> {
        let Some(url) = &self.cluster.store else {
            return Ok(None);
        };
        let mut store: StoreConfig = url.parse().map_err(|error: StoreConfigError| {
            say!(
                "{place}: {message}",
                place = "cluster.store.url",
                message = error
            )
        })?;
        if let Some(endpoint) = &self.cluster.store_endpoint {
            store = store.with_endpoint(endpoint.clone());
        }
        if let Some(region) = &self.cluster.store_region {
            store = store.with_region(region);
        }
        if self.cluster.store_virtual_host == Some(true) {
            store = store.with_virtual_host();
        }
        let key = |name: &str| {
            let key = format!("cluster.store.{name}");
            let value = self.secrets.0.get(&key);
            let value = value
                .map(|it| AccessKey::new(&it.text).map_err(|error| it.source.says(&error.say())));
            (value, not_set(&key))
        };
        let needed = |name: &str| {
            let (value, missing) = key(name);
            value.unwrap_or(Err(missing))
        };
        let mut credentials = StoreCredentials::new(needed("key_id")?, needed("key_secret")?);
        if let (Some(token), _) = key("token") {
            credentials = credentials.with_token(token?);
        }
        Ok(Some((store, credentials)))
    }
}
