//! What a worker asks of the server when it joins a cluster.

use std::time::Duration;

use http::{Method, StatusCode};
use jindiao_batch::LedgerKind;
use jindiao_words::{Message, again, say};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Cluster, trimmed};
use crate::error::{ClusterError, ClusterErrorKind as Kind};
use crate::{Account, AccountConfig};

/// How often one who waits to join looks for what is in the way, and how often it has to be seen.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 4;

impl Cluster {
    /// Has the server go on at `own` with the work that began with the workers at `gone`.
    ///
    /// # Errors
    /// If the server cannot be asked, or no worker was ever reached at `gone`.
    pub(crate) async fn take_over(&self, gone: &str, own: &str) -> Result<(), ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            id: String,
        }
        if trimmed(gone) == trimmed(own) {
            return Ok(());
        }
        #[derive(Deserialize)]
        struct Deployment {
            id: String,
            endpoint: String,
        }
        let known: Vec<Deployment> = self
            .query("select id, endpoint from sys_deployment where endpoint is not null")
            .await?;
        let is_gone = |it: &&Deployment| trimmed(&it.endpoint) == trimmed(gone);
        let found: Vec<_> = known.iter().filter(is_gone).collect();
        if found.is_empty() {
            let mut others: Vec<_> = known.iter().map(|it| trimmed(&it.endpoint)).collect();
            others.retain(|it| *it != trimmed(own));
            others.dedup();
            let others = match others.is_empty() {
                true => say!("none but this one"),
                false => Message::list(others.into_iter().map(Message::verbatim)),
            };
            return Err(ClusterError::new(
                Kind::Refused,
                say!(
                    "the Restate server at {admin} never sent work to {gone}; the addresses that it knows: {others}",
                    admin = self.admin,
                    gone,
                    others
                ),
            ));
        }
        for Deployment { id, .. } in found {
            let url = format!("{}/deployments/{id}", self.admin);
            let body = json!({ "uri": own });
            self.send::<Value>(Method::PATCH, url, Some(body)).await?;
            // What others wait for is tried again now. Orders are within a minute, by themselves.
            let waiting: Vec<Row> = self
                .query(&format!(
                    "select id from sys_invocation where pinned_deployment_id = '{id}' and \
                     status = 'backing-off' and target_service_name <> 'Order' limit 100"
                ))
                .await?;
            for Row { id } in waiting {
                match self.resume(&id).await {
                    // It went on meanwhile.
                    Err(error) if error.kind() != Kind::NotThere => {}
                    resumed => resumed?,
                }
            }
        }
        Ok(())
    }

    /// Waits until it is clear that nobody can join, since what joining needs waits for workers
    /// that are not reached any more.
    pub(crate) async fn cannot_join(&self, own: &str) -> ClusterError {
        let mut seen = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            let Ok(stranded) = self.stranded(own).await else {
                continue;
            };
            let in_the_way = stranded.iter().find(|it| it.is_in_the_way);
            // Somebody may just be starting there.
            seen = in_the_way.map_or(0, |_| seen + 1);
            if let (Some(gone), true) = (in_the_way, seen >= LOOKS) {
                return ClusterError::new(
                    Kind::Unreachable,
                    say!(
                        "work of this cluster waits for the workers at {address}, which the server does not reach any more: start a worker behind that address; if there is none any more, this one takes their work over with --take-over {address}",
                        address = gone.address
                    ),
                );
            }
        }
    }

    /// Has the server send work to a worker that is reached at `address`.
    pub(crate) async fn register(&self, address: &str) -> Result<(), ClusterError> {
        let url = format!("{}/deployments", self.admin);
        // The address stays the same from version to version of this program: what it offers is asked
        // for anew.
        let body = json!({ "uri": address, "force": true });
        let sent: Result<(StatusCode, Value), _> = self.send(Method::POST, url, Some(body)).await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == Kind::NotThere => Err(error),
            Err(error) => Err(ClusterError::new(
                Kind::Unreachable,
                say!(
                    "the Restate server at {admin} cannot use this worker at {address}: {error}; give an address with --advertise that the server can reach",
                    admin = self.admin,
                    address,
                    error
                ),
            )),
        }
    }

    /// Refuses a worker that does not fit, before the server sends it anything.
    pub(crate) async fn check(
        &self,
        kind: LedgerKind,
        accounts: impl Iterator<Item = &AccountConfig>,
    ) -> Result<(), ClusterError> {
        let refused = |why: String| ClusterError::new(Kind::Refused, again(&why));
        if let Some(why) = self.identity().await?.and_then(|it| it.objection(kind)) {
            return Err(refused(why));
        }
        for config in accounts {
            let known: Option<Account> = self
                .state_of("Account", config.vendor.id(), "account")
                .await?;
            known
                .map_or(Ok(()), |mut account| account.join(config))
                .map_err(refused)?;
        }
        Ok(())
    }
}
