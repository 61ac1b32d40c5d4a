//! Which server, which cluster, and its errors as errors of the program.

use std::sync::Arc;
use std::time::Duration;

use jindiao_client::HttpTransport;
use jindiao_cluster::{Cluster, ClusterError, ClusterErrorKind, Identity};
use jindiao_order::Fingerprint;
use jindiao_protocol::Origin;
use jindiao_words::{Message, Say, say};
use tokio::time::timeout;

use super::identity::Memory;
use crate::cli::cluster::ServerArgs;
use crate::config::Config;
use crate::doubt::Resolver;
use crate::error::{CliError, Kind};
use crate::ledger::quoted;

/// Where Restate's administration listens where nothing is said.
const ADMIN: &str = "http://127.0.0.1:9070";
/// How long a worker may take to answer a question that costs it nothing.
const WORKER: Duration = Duration::from_secs(10);

/// A server that answers, and what is known of its cluster.
pub(super) struct Contact {
    pub(super) cluster: Cluster,
    pub(super) memory: Memory,
    /// Where the server's administration is.
    pub(super) admin: Origin,
    /// The flags that name this cluster in commands for the user to type.
    flag: String,
}

impl Contact {
    pub(super) async fn make(args: &ServerArgs, config: &Config) -> Result<Self, CliError> {
        let memory = Memory::of(args, config)?;
        let transport = HttpTransport::new()
            .map_err(|error| CliError::usage(say!("TLS cannot be set up")).because(error))?;
        let named = args.restate_admin.as_ref();
        let admin = named.or(config.cluster.restate_admin.as_ref()).cloned();
        let admin = match admin {
            Some(admin) => admin,
            None => ADMIN.parse().map_err(|error| {
                CliError::usage(say!("{what}: {cause}", what = ADMIN, cause = error))
            })?,
        };
        let ingress = args.restate_ingress.as_ref();
        let ingress = ingress.or(config.cluster.restate_ingress.as_ref());
        let flags = [
            ("restate-admin", named.map(ToString::to_string)),
            (
                "restate-ingress",
                args.restate_ingress.as_ref().map(ToString::to_string),
            ),
            (
                "identity",
                args.identity.as_ref().map(|it| it.display().to_string()),
            ),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(name, value)| Some(format!(" --{name} {}", quoted(&value?))));
        let contact = Self {
            cluster: Cluster::connect(Arc::new(transport), &admin, ingress)
                .await
                .map_err(no_server)?,
            memory,
            admin,
            flag: flags.collect(),
        };
        Ok(contact)
    }

    /// The server, and the cluster that it must hold.
    pub(super) async fn known(
        args: &ServerArgs,
        config: &Config,
    ) -> Result<(Self, Identity), CliError> {
        let contact = Self::make(args, config).await?;
        let identity = contact.expect().await?;
        Ok((contact, identity))
    }

    /// The same for what may order something: the cluster is remembered first.
    pub(super) async fn for_orders(
        args: &ServerArgs,
        config: &Config,
    ) -> Result<(Self, Identity), CliError> {
        let (contact, identity) = Self::known(args, config).await?;
        contact.memory.remember(&identity)?;
        Ok((contact, identity))
    }

    /// The cluster that the server must hold.
    pub(super) async fn expect(&self) -> Result<Identity, CliError> {
        let known = self.memory.id();
        let expected = self.cluster.expect(known).await;
        expected.map_err(|error| self.told(error))
    }

    /// That a worker is there to do what is asked for: the server alone waits for one, for ever.
    pub(super) async fn needs_worker(&self) -> Result<(), CliError> {
        let nobody = || {
            CliError::usage(say!("no worker answers")).hint(say!(
                "start one with `jindiao cluster worker`; nothing was done"
            ))
        };
        // A digest that no request has, so there is no such order, as only a worker can tell. Another
        // one each time: a question that nobody answered would have the next one wait.
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| {
            CliError::usage(say!("the system gives no random numbers")).because(error)
        })?;
        let none = hex::encode(bytes).parse::<Fingerprint>();
        let none = none.map_err(|error| CliError::usage(Message::verbatim(error.to_string())))?;
        match timeout(WORKER, self.cluster.wake(&none)).await {
            Ok(Err(error)) if error.kind() == ClusterErrorKind::NoSuchOrder => Ok(()),
            Ok(Err(error)) => Err(self.told(error)),
            Ok(Ok(())) => Ok(()),
            Err(_) => Err(nobody()),
        }
    }

    /// An error of this cluster.
    pub(super) fn told(&self, error: ClusterError) -> CliError {
        let kind = error.kind();
        let told = CliError::from(error);
        let is_other = matches!(kind, ClusterErrorKind::Empty | ClusterErrorKind::Other);
        if is_other && self.memory.id().is_some() {
            let path = self.memory.path.display();
            told.hint(say!(
                "{path} remembers the cluster; if this is to be another one, name another file with --identity",
                path
            ))
        } else {
            told
        }
    }

    /// The command that answers doubts here.
    pub(super) fn resolver(&self) -> Resolver {
        Resolver {
            command: "jindiao cluster resolve",
            flag: self.flag.clone(),
            who: crate::doubt::Who::Worker,
        }
    }

    /// The flags that name this cluster.
    pub(super) fn flag(&self) -> &str {
        &self.flag
    }
}

/// What answers may be anything.
fn no_server(error: ClusterError) -> CliError {
    match error.kind() {
        ClusterErrorKind::Unexpected => CliError::usage(say!("that is no Restate server"))
            .because(error)
            .hint(say!(
                "--restate-admin names the server's administration (port 9070 by default), not its ingress"
            )),
        _ => error.into(),
    }
}

impl From<ClusterError> for CliError {
    fn from(error: ClusterError) -> Self {
        use ClusterErrorKind::{
            Empty, Listen, NoSuchOrder, NotThere, Other, Refused, Unreachable, Version,
        };
        let (kind, hint) = match error.kind() {
            NotThere => (
                Kind::Usage,
                Some(say!(
                    "is it running, and a worker, too? --restate-admin URL names the server's administration, --restate-ingress its ingress"
                )),
            ),
            Version | Empty | Other | Unreachable | Refused | Listen => (Kind::Usage, None),
            NoSuchOrder => (
                Kind::Usage,
                Some(say!("`jindiao cluster orders` lists the ids")),
            ),
            _ => (Kind::NotStored, None),
        };
        let told = Self::new(kind, error.say());
        match hint {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}
