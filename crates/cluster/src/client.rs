//! Talks to a server from outside: submits orders, looks at them, decides about them.

mod joining;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::Method;
use jindiao_batch::StateCount;
use jindiao_client::Transport;
use jindiao_order::{Fingerprint, OrderId, Product, StateName};
use jindiao_protocol::{Origin, Vendor};
use jindiao_words::{Message, say};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{ClusterError, ClusterErrorKind as Kind};
use crate::record::MOVED;
use crate::tick::{Adopt, Decision, OrderView, Submit, Submitted};
use crate::{Account, AccountView, Books, Identity, Record};
use wire::{LINES_AT_ONCE, among, no_order};

/// The first version of the server that is known to do, and the first that is not.
const VERSIONS: (&str, [u64; 2], [u64; 2]) = ("1.7 up to 2.0", [1, 7], [2, 0]);

/// A server, and the cluster that it holds.
#[derive(Clone)]
pub struct Cluster {
    transport: Arc<dyn Transport>,
    admin: String,
    ingress: String,
    version: String,
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
    pub async fn counts(&self) -> Result<Vec<StateCount>, ClusterError> {
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
            Some(StateCount {
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
