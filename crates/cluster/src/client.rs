//! Talks to a server from outside: submits orders, looks at them, decides about them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jindiao_client::{SendTerms, Transport, TransportErrorKind};
use jindiao_order::{Fingerprint, OrderId, Product, StateName};
use jindiao_protocol::{Effect, Origin, Vendor};
use jindiao_words::{Message, again, say};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{ClusterError, ClusterErrorKind as Kind};
use crate::record::MOVED;
use crate::tick::{Adopt, Decision, OrderView, Submit, Submitted};
use crate::{Account, AccountConfig, AccountView, Books, Identity, Record};

/// The first version of the server that is known to do, and the first that is not.
const VERSIONS: (&str, [u64; 2], [u64; 2]) = ("1.7 up to 2.0", [1, 7], [2, 0]);
/// How long the server may take: it waits for a worker.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read: a page of orders.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// How many objects are asked for in one query, which reads through all of them whatever it asks
/// for: all that is kept of so many, or a line on so many.
const KEYS_AT_ONCE: usize = 2000;
const LINES_AT_ONCE: usize = 10_000;

/// How often a server that is settling is asked again, and after which pause.
const SETTLES: u32 = 100;
const SETTLE: Duration = Duration::from_millis(200);

/// How often one who waits to join looks for what is in the way, and how often it has to be seen.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 4;

/// A server, and the cluster that it holds.
#[derive(Clone)]
pub struct Cluster {
    transport: Arc<dyn Transport>,
    admin: String,
    ingress: String,
    version: String,
}

/// How many orders of one product are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Of which product.
    pub product: Product,
    /// In which state.
    pub state: StateName,
    /// How many.
    pub orders: u64,
}

/// An order that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The request that it is for.
    pub fingerprint: Fingerprint,
    /// Its id.
    pub order: OrderId,
    /// Of which product.
    pub product: Product,
    /// In which state.
    pub state: StateName,
}

/// Work that began with workers whom the server does not reach any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// Where they were reached.
    pub address: String,
    /// How many invocations wait for them.
    pub tasks: u64,
    /// Whether others wait for that work, such as those of an account.
    pub is_in_the_way: bool,
    /// What went wrong last.
    pub failure: Option<String>,
}

/// Work that the server has given up on until a person resumes it, or fails at again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// The server's id of it.
    pub invocation: String,
    /// The object and the handler.
    pub target: String,
    /// Whether the server has given up on it.
    pub is_paused: bool,
    /// How often it was tried.
    pub tries: u64,
    /// What went wrong last.
    pub failure: Option<String>,
}

impl Cluster {
    /// The server whose administration listens at `admin`. Its ingress is where the server says
    /// that it is, or at `ingress`.
    ///
    /// # Errors
    /// If it is not there, or of a version that is not known to do.
    pub async fn connect(
        transport: Arc<dyn Transport>,
        admin: &Origin,
        ingress: Option<&Origin>,
    ) -> Result<Self, ClusterError> {
        let mut cluster = Self {
            transport,
            admin: trimmed(&admin.to_string()),
            ingress: ingress.map_or_else(String::new, |it| trimmed(&it.to_string())),
            version: String::new(),
        };
        #[derive(Deserialize)]
        struct Version {
            version: String,
            ingress_endpoint: Option<String>,
        }
        let url = format!("{}/version", cluster.admin);
        let (_, found): (_, Version) = cluster.send(Method::GET, url, None).await?;
        let (words, first, end) = VERSIONS;
        let mut parts = found.version.split('.').map_while(|it| it.parse().ok());
        let number = [parts.next().unwrap_or(0), parts.next().unwrap_or(0)];
        if number < first || number >= end {
            return Err(ClusterError::new(
                Kind::Version,
                say!(
                    "the Restate server at {admin} is version {version}; this program works with {versions}",
                    admin = cluster.admin,
                    version = found.version,
                    versions = words
                ),
            ));
        }
        cluster.version = found.version;
        if cluster.ingress.is_empty() {
            cluster.ingress = trimmed(&found.ingress_endpoint.unwrap_or_default());
        }
        Ok(cluster)
    }

    /// The server's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Which cluster it holds; none before the first worker came.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn identity(&self) -> Result<Option<Identity>, ClusterError> {
        self.state_of("Cluster", IDENTITY_KEY, "identity").await
    }

    /// Which cluster it holds, which must be the one with the id `known`, if one is known.
    ///
    /// # Errors
    /// If the server is empty, or holds another cluster.
    pub async fn expect(&self, known: Option<&str>) -> Result<Identity, ClusterError> {
        let admin = &self.admin;
        match (self.identity().await?, known) {
            (Some(identity), None) => Ok(identity),
            (Some(identity), Some(known)) if identity.id == known => Ok(identity),
            (Some(identity), Some(known)) => Err(ClusterError::new(
                Kind::Other,
                say!(
                    "the Restate server at {admin} holds another cluster ({id} and not {known}); its orders are not known there, so nothing is ordered",
                    admin,
                    id = identity.id,
                    known
                ),
            )),
            (None, Some(known)) => Err(ClusterError::new(
                Kind::Empty,
                say!(
                    "the Restate server at {admin} is empty, though it held cluster {known}: bring back its data; nothing is ordered, since whatever it held would be ordered again",
                    admin,
                    known
                ),
            )),
            (None, None) => Err(ClusterError::new(
                Kind::Empty,
                say!(
                    "no worker has joined the Restate server at {admin} yet: start one first",
                    admin
                ),
            )),
        }
    }

    /// Submits a request: finds its order, or plans it.
    ///
    /// # Errors
    /// If the server or its workers cannot be reached, or the request does not fit the cluster.
    pub async fn submit(&self, request: &Submit) -> Result<Submitted, ClusterError> {
        let key = request.wanted.fingerprint();
        self.call("Order", &key.to_string(), "submit", request)
            .await
    }

    /// Moves an order here that another host kept.
    ///
    /// # Errors
    /// As [`Cluster::submit`].
    pub async fn adopt(&self, request: &Adopt) -> Result<Submitted, ClusterError> {
        let key = request.record.order.wanted().fingerprint();
        self.call("Order", &key.to_string(), "adopt", request).await
    }

    /// Has the ledger with this name go on with an order, which is given with all that happened to
    /// it; nothing is ordered for the request here any more. It can be asked for again.
    ///
    /// # Errors
    /// As [`Cluster::submit`], and if there is no such order, or another ledger has it.
    pub async fn release(
        &self,
        key: &Fingerprint,
        ledger: &str,
    ) -> Result<OrderView, ClusterError> {
        self.call("Order", &key.to_string(), "release", &ledger)
            .await
    }

    /// The requests whose orders were moved to a ledger, by fingerprint: the first `most` after the
    /// one given.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn moved(
        &self,
        after: Option<&Fingerprint>,
        most: u32,
    ) -> Result<Vec<Fingerprint>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            service_key: String,
        }
        let after = after.map_or(String::new(), |key| format!(" and service_key > '{key}'"));
        let rows: Vec<Row> = self
            .query(&format!(
                "select service_key from state where service_name = 'Order' and key = 'status' and \
                 split_part(value_utf8, ' ', 2) = '{MOVED}'{after} order by service_key limit {most}"
            ))
            .await?;
        let keys = rows
            .into_iter()
            .filter_map(|row| row.service_key.parse().ok());
        Ok(keys.collect())
    }

    /// Everything about an order.
    ///
    /// # Errors
    /// If the server cannot be asked, or there is no such order.
    pub async fn show(&self, key: &Fingerprint) -> Result<OrderView, ClusterError> {
        let key = key.to_string();
        let record = self.state_of("Order", &key, "record").await?;
        let books = self.state_of("Order", &key, "books").await?;
        let record = record.ok_or_else(no_order)?;
        Ok(OrderView {
            record,
            books: books.unwrap_or_default(),
        })
    }

    /// Decides about an order.
    ///
    /// # Errors
    /// As [`Cluster::submit`], and if the decision does not fit where the order stands.
    pub async fn resolve(
        &self,
        key: &Fingerprint,
        decision: &Decision,
    ) -> Result<StateName, ClusterError> {
        self.call("Order", &key.to_string(), "resolve", decision)
            .await
    }

    /// Has an order looked at now.
    ///
    /// # Errors
    /// As [`Cluster::submit`].
    pub async fn wake(&self, key: &Fingerprint) -> Result<(), ClusterError> {
        self.call("Order", &key.to_string(), "wake", &Value::Null)
            .await
    }

    /// How the account with `vendor` stands; none before a worker joined with one.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn account(&self, vendor: Vendor) -> Result<Option<AccountView>, ClusterError> {
        let known: Option<Account> = self.state_of("Account", vendor.id(), "account").await?;
        match known {
            Some(_) => self
                .call("Account", vendor.id(), "show", &Value::Null)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// The account with `vendor` as it is kept; none before a worker joined with one. Unlike
    /// [`Cluster::account`], this needs no worker.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn kept_account(&self, vendor: Vendor) -> Result<Option<Account>, ClusterError> {
        self.state_of("Account", vendor.id(), "account").await
    }

    /// Opens the account with `vendor`, or one product of it, after a person has seen to it.
    ///
    /// # Errors
    /// As [`Cluster::submit`].
    pub async fn open(&self, vendor: Vendor, product: Option<Product>) -> Result<(), ClusterError> {
        self.call("Account", vendor.id(), "open", &product).await
    }

    /// Lets the next worker settle anew how the account with `vendor` is configured. No worker is
    /// needed, and none should be running: it would settle the account as it was.
    ///
    /// # Errors
    /// If the server cannot be asked, or the account is in a form that this program cannot read.
    pub async fn reconfigure(&self, vendor: Vendor) -> Result<(), ClusterError> {
        let Some(mut account) = self.kept_account(vendor).await? else {
            return Ok(());
        };
        account.forget_config();
        let account = serde_json::to_vec(&account).map_err(|error| {
            ClusterError::new(Kind::Unexpected, Message::verbatim(error.to_string()))
        })?;
        let url = format!("{}/services/Account/state", self.admin);
        let body = json!({ "object_key": vendor.id(), "new_state": { "account": account } });
        self.send::<Value>(Method::POST, url, Some(body))
            .await
            .map(drop)
    }

    /// How many orders there are of each product in each state.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn counts(&self) -> Result<Vec<Counted>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            what: String,
            n: u64,
        }
        let rows: Vec<Row> = self
            .query(
                "select split_part(value_utf8, ' ', 1) || ' ' || split_part(value_utf8, ' ', 2) as what, \
                 count(*) as n from state where service_name = 'Order' and key = 'status' \
                 group by 1 order by 1",
            )
            .await?;
        let counted = rows.into_iter().filter_map(|row| {
            let (product, state) = row.what.trim_start_matches('"').split_once(' ')?;
            Some(Counted {
                product: product.parse().ok()?,
                state: state.parse().ok()?,
                orders: row.n,
            })
        });
        Ok(counted.collect())
    }

    /// The orders in `state`, or all, by fingerprint: the first `most` after the one given.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn orders(
        &self,
        state: Option<StateName>,
        after: Option<&Fingerprint>,
        most: u32,
    ) -> Result<Vec<Found>, ClusterError> {
        let state = state.map_or(String::new(), |state| {
            format!(" and split_part(value_utf8, ' ', 2) = '{state}'")
        });
        let after = after.map_or(String::new(), |key| format!(" and service_key > '{key}'"));
        self.found(&format!("{state}{after} order by service_key limit {most}"))
            .await
    }

    /// The orders that stand for these requests, where there are any. No worker is needed.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn known(
        &self,
        keys: &[Fingerprint],
    ) -> Result<BTreeMap<Fingerprint, Found>, ClusterError> {
        let mut known = BTreeMap::new();
        for keys in keys.chunks(LINES_AT_ONCE) {
            let found = self.found(&format!(" and {}", among(keys))).await?;
            known.extend(found.into_iter().map(|it| (it.fingerprint, it)));
        }
        Ok(known)
    }

    /// The same with all that is kept of each order.
    ///
    /// # Errors
    /// If the server cannot be asked, or an order is in a form that this program cannot read.
    pub async fn records(
        &self,
        keys: &[Fingerprint],
    ) -> Result<BTreeMap<Fingerprint, Record>, ClusterError> {
        self.states_of(keys, "record").await
    }

    /// What happened to the orders that stand for these requests.
    ///
    /// # Errors
    /// As [`Cluster::records`].
    pub async fn books(
        &self,
        keys: &[Fingerprint],
    ) -> Result<BTreeMap<Fingerprint, Books>, ClusterError> {
        self.states_of(keys, "books").await
    }

    /// The orders whose id begins with `text`, as people type it: at most two.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn find(&self, text: &str) -> Result<Vec<Found>, ClusterError> {
        let prefix = text.trim().to_ascii_lowercase();
        let is_plausible = (1..=12).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plausible {
            return Ok(Vec::new());
        }
        self.found(&format!(
            " and split_part(value_utf8, ' ', 3) like '{prefix}%' limit 2"
        ))
        .await
    }

    /// What the server has given up on, or fails at again and again: nothing tells of it by itself.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn paused(&self) -> Result<Vec<Paused>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            id: String,
            target: String,
            status: String,
            retry_count: Option<u64>,
            last_failure: Option<String>,
        }
        let rows: Vec<Row> = self
            .query(
                "select id, target, status, retry_count, last_failure from sys_invocation where \
                 status = 'paused' or (status = 'backing-off' and retry_count > 5) limit 1000",
            )
            .await?;
        let paused = rows.into_iter().map(|row| Paused {
            invocation: row.id,
            target: row.target,
            is_paused: row.status == "paused",
            tries: row.retry_count.unwrap_or(0),
            failure: row.last_failure,
        });
        Ok(paused.collect())
    }

    /// Has the server go on with work that it has given up on.
    ///
    /// # Errors
    /// If the server cannot be asked, or there is no such work.
    pub async fn resume(&self, invocation: &str) -> Result<(), ClusterError> {
        let is_plausible = invocation
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_plausible || invocation.is_empty() {
            let text = say!("{id} is no id of paused work", id = invocation);
            return Err(ClusterError::new(Kind::Refused, text));
        }
        let url = format!("{}/invocations/{invocation}/resume", self.admin);
        self.send::<Value>(Method::PATCH, url, None).await.map(drop)
    }

    /// Asks the server with SQL; the rows as they come.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn query<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, ClusterError> {
        #[derive(Deserialize)]
        struct Rows<T> {
            rows: Vec<T>,
        }
        let url = format!("{}/query", self.admin);
        let body = json!({ "query": sql });
        let mut tries = 0;
        loop {
            let sent = self.send(Method::POST, url.clone(), Some(body.clone()));
            match sent.await {
                Ok((_, Rows { rows })) => return Ok(rows),
                // It has just started, or its nodes are passing partitions around.
                Err(error) if error.is_settling() && tries < SETTLES => {
                    tries += 1;
                    tokio::time::sleep(SETTLE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The work that began with workers whom the server does not reach any more, by their address;
    /// what is reached at `own` is nobody else's.
    ///
    /// Work goes on where it began, so this waits until somebody is reached there again, or takes
    /// it over.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn stranded(&self, own: &str) -> Result<Vec<Stranded>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            endpoint: String,
            n: u64,
            others: u64,
            failure: Option<String>,
        }
        // RT0010: the server cannot talk to where the work began.
        let rows: Vec<Row> = self
            .query(
                "select d.endpoint, count(*) as n, max(i.last_failure) as failure, \
                 count(*) filter (where i.target_service_name <> 'Order') as others \
                 from sys_invocation i join sys_deployment d on i.pinned_deployment_id = d.id \
                 where i.status = 'backing-off' and i.retry_count >= 4 and \
                 i.last_failure_error_code = 'RT0010' group by d.endpoint order by d.endpoint",
            )
            .await?;
        let stranded = rows.into_iter().map(|row| Stranded {
            address: trimmed(&row.endpoint),
            tasks: row.n,
            is_in_the_way: row.others > 0,
            failure: row.failure,
        });
        let is_others = |it: &Stranded| it.address != trimmed(own);
        Ok(stranded.filter(is_others).collect())
    }

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
        kind: jindiao_batch::LedgerKind,
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

    /// Calls a handler of an object and waits for its answer.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        object: &str,
        key: &str,
        handler: &str,
        request: &impl Serialize,
    ) -> Result<T, ClusterError> {
        let url = format!("{}/restate/call/{object}/{key}/{handler}", self.ingress);
        let body = serde_json::to_value(request).map_err(|error| {
            ClusterError::new(Kind::Unexpected, Message::verbatim(error.to_string()))
        })?;
        let (_, answer) = self.send(Method::POST, url, Some(body)).await?;
        Ok(answer)
    }

    async fn found(&self, condition: &str) -> Result<Vec<Found>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            service_key: String,
            value_utf8: String,
        }
        let sql = format!(
            "select service_key, value_utf8 from state where service_name = 'Order' and \
             key = 'status'{condition}"
        );
        let rows: Vec<Row> = self.query(&sql).await?;
        let found = rows.into_iter().filter_map(|row| {
            let mut words = row.value_utf8.trim_matches('"').split(' ');
            Some(Found {
                fingerprint: row.service_key.parse().ok()?,
                product: words.next()?.parse().ok()?,
                state: words.next()?.parse().ok()?,
                order: words.next()?.parse().ok()?,
            })
        });
        Ok(found.collect())
    }

    async fn states_of<T: DeserializeOwned>(
        &self,
        keys: &[Fingerprint],
        name: &str,
    ) -> Result<BTreeMap<Fingerprint, T>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            service_key: String,
            value_utf8: String,
        }
        let mut states = BTreeMap::new();
        for keys in keys.chunks(KEYS_AT_ONCE) {
            let rows: Vec<Row> = self
                .query(&format!(
                    "select service_key, value_utf8 from state where service_name = 'Order' and \
                     key = '{name}' and {}",
                    among(keys)
                ))
                .await?;
            for row in rows {
                let state = serde_json::from_str(&row.value_utf8).ok();
                match row.service_key.parse().ok().zip(state) {
                    Some((key, state)) => drop(states.insert(key, state)),
                    None => return Err(unreadable("Order", &row.service_key)),
                }
            }
        }
        Ok(states)
    }

    /// One key of an object's state, read from outside: no worker is needed.
    async fn state_of<T: DeserializeOwned>(
        &self,
        object: &str,
        key: &str,
        name: &str,
    ) -> Result<Option<T>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            value_utf8: String,
        }
        let rows: Vec<Row> = self
            .query(&format!(
                "select value_utf8 from state where service_name = '{object}' and \
                 service_key = '{key}' and key = '{name}'"
            ))
            .await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        serde_json::from_str(&row.value_utf8)
            .map(Some)
            .map_err(|_| unreadable(object, key))
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: String,
        body: Option<Value>,
    ) -> Result<(StatusCode, T), ClusterError> {
        let unexpected = |text| ClusterError::new(Kind::Unexpected, text);
        let body = body.map_or(Bytes::new(), |body| body.to_string().into());
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(body)
            .map_err(|error| unexpected(say!("{url} is no address: {error}", url, error)))?;
        let mut terms = SendTerms::new(Effect::Read);
        terms.timeout = TIMEOUT;
        terms.max_body = LONGEST_ANSWER;
        let response = self.transport.send(request, terms).await.map_err(|error| {
            let kind = match error.kind() {
                TransportErrorKind::Unusable | TransportErrorKind::TooLarge => Kind::Unexpected,
                _ => Kind::NotThere,
            };
            let text = say!(
                "the Restate server does not answer at {url}: {error}",
                url,
                error
            );
            // Also an answer that broke off, as one does whose parts came from a node that died.
            let is_settling = error.kind() == TransportErrorKind::Interrupted;
            ClusterError::new(kind, text).while_settling(is_settling)
        })?;
        let status = response.status();
        if !status.is_success() {
            return Err(failed(&url, status, response.body()));
        }
        let body = match response.body() {
            empty if empty.is_empty() => b"null",
            body => &body[..],
        };
        let value = serde_json::from_slice(body).map_err(|error| {
            unexpected(say!(
                "what answers at {url} is no Restate server that this program knows: {error}",
                url,
                error
            ))
        })?;
        Ok((status, value))
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("admin", &self.admin)
            .field("ingress", &self.ingress)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// The key of the object that knows which cluster this is.
pub(crate) const IDENTITY_KEY: &str = "jindiao";

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// Whether a query failed only since not every part of the server is where it belongs yet. What is
/// missing is never taken to be empty.
fn is_settling(status: StatusCode, text: &str) -> bool {
    // All but the first are what a server of several nodes says for seconds after one of them died
    // or came back. A query only looks, so it may be asked again. For all that goes wrong with a query
    // the server has one status and no code, so there is nothing but the words.
    let words = ["partition", "throttl", "No such scanner", "External error"];
    status.is_server_error() && words.iter().any(|word| text.contains(word))
}

/// A condition of SQL: one of these objects.
fn among(keys: &[Fingerprint]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| format!("'{key}'")).collect();
    format!("service_key in ({})", keys.join(", "))
}

fn unreadable(object: &str, key: &str) -> ClusterError {
    let text = say!(
        "{object} is in a form that this program cannot read",
        object = format!("{object}/{key}")
    );
    ClusterError::new(Kind::Version, text)
}

fn no_order() -> ClusterError {
    ClusterError::new(
        Kind::NoSuchOrder,
        say!("there is no such order in the cluster"),
    )
}

/// What the server or a handler said instead of doing what it was asked for.
fn failed(url: &str, status: StatusCode, body: &[u8]) -> ClusterError {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    let said = serde_json::from_slice::<Failure>(body).map(|failure| failure.message);
    match (status, said) {
        (StatusCode::NOT_FOUND, Ok(text)) if text.contains("no such order") => no_order(),
        (StatusCode::NOT_FOUND, Ok(text)) if text.contains("register") => ClusterError::new(
            Kind::Empty,
            say!("no worker has joined the Restate server yet: start one first"),
        ),
        // A worker said it, in English.
        (StatusCode::CONFLICT, Ok(text)) => ClusterError::new(Kind::Refused, again(&text)),
        (_, Ok(text)) => {
            let is_settling = is_settling(status, &text);
            ClusterError::new(Kind::Unexpected, again(&text)).while_settling(is_settling)
        }
        (status, Err(_)) => ClusterError::new(
            Kind::Unexpected,
            say!("{url} answered with HTTP {status}", url, status),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_said_is_said_again() {
        let said = crate::tick::no_order().0;
        let body = json!({ "message": said }).to_string();
        let error = failed("http://h", StatusCode::CONFLICT, body.as_bytes());
        assert_eq!(error.to_string(), "there is no such order");
        let zh = jindiao_words::Say::say(&error).in_lang(jindiao_words::Lang::Zh);
        assert_eq!(zh, "没有此订单");
    }

    #[test]
    fn a_server_that_lost_a_node_is_asked_again() {
        let check = |status: u16, text: &str, expect: bool| {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "message": text }).to_string();
            let error = failed("http://server/query", status, body.as_bytes());
            assert_eq!(error.is_settling(), expect, "{text}");
        };
        let throttled = "Datafusion error: External error: connect throttled; 151.68171ms left in throttling window";
        check(500, throttled, true);
        let expired = "Datafusion error: Internal error: No such scanner. It could have expired";
        check(500, expired, true);
        check(500, "partition 3 has no leader", true);
        check(500, "Schema error: no such column", false);
        check(400, "no partition", false);
    }
}
