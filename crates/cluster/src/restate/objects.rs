//! The virtual objects: orders, accounts, and the cluster's identity.

use std::sync::Arc;
use std::time::Duration;

use jindiao_order::{Product, StateName};
use jindiao_protocol::Timestamp;
use restate_sdk::endpoint::{Endpoint, ServiceOptions};
use restate_sdk::errors::{HandlerError, TerminalError};
use restate_sdk::prelude::{
    ContextReadState, ContextSideEffects, ContextWriteState, IntoServiceDefinition, Json,
    ObjectContext, RunFuture, SharedObjectContext,
};

use super::journal::Invocation;
use crate::account::{Account, AccountConfig, AccountView, Draw, Permit, PermitRequest, Report};
use crate::host::Host;
use crate::journal::Tick;
use crate::tick::{self, Adopt, Decision, OrderView, Rejected, Submit, Submitted};
use crate::{Identity, STATE_VERSION, Shard};

/// How long a step may take: a download of a large report from a slow store.
const LONGEST_STEP: Duration = Duration::from_secs(1800);
/// The longest pause between attempts at an invocation that fails, as when no worker is there.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often an invocation is tried before it waits for a person: for about a week.
const ATTEMPTS: u64 = 10_000;

/// All objects of a worker.
pub(super) fn endpoint(host: &Arc<Host>) -> Endpoint {
    let options = || {
        ServiceOptions::new()
            .inactivity_timeout(LONGEST_STEP)
            .abort_timeout(Duration::from_secs(60))
            // Everything worth keeping is in the objects' state.
            .journal_retention(Duration::ZERO)
            .idempotency_retention(Duration::ZERO)
            .retry_policy_initial_interval(Duration::from_millis(50))
            .retry_policy_exponentiation_factor(2.0)
            .retry_policy_max_interval(LONGEST_PAUSE)
            .retry_policy_max_attempts(ATTEMPTS)
            .retry_policy_pause_on_max_attempts()
    };
    let order = OrderObject {
        host: Arc::clone(host),
    };
    let account = AccountObject {
        host: Arc::clone(host),
    };
    let cluster = ClusterObject {
        host: Arc::clone(host),
    };
    Endpoint::builder()
        .bind(order.into_service_definition().options(options()))
        .bind(account.into_service_definition().options(options()))
        .bind(cluster.into_service_definition().options(options()))
        .build()
}

/// One order; its key is the fingerprint of its request.
struct OrderObject {
    host: Arc<Host>,
}

#[restate_sdk::object(name = "Order", client_visibility = "pub(self)")]
impl OrderObject {
    #[handler]
    async fn submit(
        &self,
        context: ObjectContext<'_>,
        Json(request): Json<Submit>,
    ) -> Result<Json<Submitted>, HandlerError> {
        let journal = Invocation(&context);
        answer(tick::submit(&journal, &self.host, context.key(), request).await)
    }

    #[handler]
    async fn tick(
        &self,
        context: ObjectContext<'_>,
        Json(tick): Json<Tick>,
    ) -> Result<(), HandlerError> {
        Ok(tick::tick(&Invocation(&context), &self.host, tick).await?)
    }

    #[handler]
    async fn wake(
        &self,
        context: ObjectContext<'_>,
        _: Json<()>,
    ) -> Result<Json<()>, HandlerError> {
        answer(tick::wake(&Invocation(&context), &self.host).await)
    }

    #[handler]
    async fn resolve(
        &self,
        context: ObjectContext<'_>,
        Json(decision): Json<Decision>,
    ) -> Result<Json<StateName>, HandlerError> {
        answer(tick::resolve(&Invocation(&context), &self.host, decision).await)
    }

    #[handler]
    async fn adopt(
        &self,
        context: ObjectContext<'_>,
        Json(request): Json<Adopt>,
    ) -> Result<Json<Submitted>, HandlerError> {
        let journal = Invocation(&context);
        answer(tick::adopt(&journal, &self.host, context.key(), request).await)
    }

    #[handler]
    async fn release(
        &self,
        context: ObjectContext<'_>,
        Json(ledger): Json<String>,
    ) -> Result<Json<OrderView>, HandlerError> {
        answer(tick::release(&Invocation(&context), &self.host, ledger).await)
    }

    #[handler]
    async fn show(
        &self,
        context: SharedObjectContext<'_>,
    ) -> Result<Json<Option<OrderView>>, HandlerError> {
        let record = context
            .get::<Json<_>>("record")
            .await?
            .map(Json::into_inner);
        let books = context.get::<Json<_>>("books").await?.map(Json::into_inner);
        Ok(Json(record.map(|record| OrderView {
            record,
            books: books.unwrap_or_default(),
        })))
    }
}

/// One account; its key is the vendor's id.
struct AccountObject {
    host: Arc<Host>,
}

#[restate_sdk::object(name = "Account", client_visibility = "pub(self)")]
impl AccountObject {
    #[handler]
    async fn join(
        &self,
        context: ObjectContext<'_>,
        Json(config): Json<AccountConfig>,
    ) -> Result<Json<()>, HandlerError> {
        let mut account = account(&context).await?;
        let joined = account.join(&config);
        context.set("account", Json(account));
        answer(Ok(joined.map_err(Rejected)))
    }

    #[handler]
    async fn permit(
        &self,
        context: ObjectContext<'_>,
        Json(request): Json<PermitRequest>,
    ) -> Result<Json<Permit>, HandlerError> {
        let permit = |account: &mut Account, now| account.permit(now, &request);
        Ok(Json(change(&self.host, &context, permit).await?))
    }

    #[handler]
    async fn draw(
        &self,
        context: ObjectContext<'_>,
        Json(request): Json<PermitRequest>,
    ) -> Result<Json<Draw>, HandlerError> {
        let most = Shard::batch(&request.config);
        let draw = |account: &mut Account, now| account.draw(now, &request, most);
        Ok(Json(change(&self.host, &context, draw).await?))
    }

    #[handler]
    async fn heed(
        &self,
        context: ObjectContext<'_>,
        Json(report): Json<Report>,
    ) -> Result<(), HandlerError> {
        let heed = |account: &mut Account, now| account.heed(now, report);
        Ok(change(&self.host, &context, heed).await?)
    }

    #[handler]
    async fn open(
        &self,
        context: ObjectContext<'_>,
        Json(product): Json<Option<Product>>,
    ) -> Result<Json<()>, HandlerError> {
        let mut account = account(&context).await?;
        account.open(product);
        context.set("account", Json(account));
        Ok(Json(()))
    }

    #[handler]
    async fn show(
        &self,
        context: ObjectContext<'_>,
        _: Json<()>,
    ) -> Result<Json<AccountView>, HandlerError> {
        let account = account(&context).await?;
        let now = now(&self.host, &context).await?;
        Ok(Json(account.view(now)))
    }
}

/// The time, once and for all replays.
async fn now(host: &Arc<Host>, context: &ObjectContext<'_>) -> Result<Timestamp, TerminalError> {
    let host = Arc::clone(host);
    let run = context.run(move || async move { Ok(Json(host.now())) });
    let Json(now) = run.name("now").await?;
    Ok(now)
}

/// Has an account take something in, at the time that it is.
async fn change<T>(
    host: &Arc<Host>,
    context: &ObjectContext<'_>,
    change: impl FnOnce(&mut Account, Timestamp) -> T,
) -> Result<T, TerminalError> {
    let mut account = account(context).await?;
    let changed = change(&mut account, now(host, context).await?);
    context.set("account", Json(account));
    Ok(changed)
}

async fn account(context: &ObjectContext<'_>) -> Result<Account, TerminalError> {
    let account = context.get::<Json<Account>>("account").await?;
    Ok(account.map(Json::into_inner).unwrap_or_default())
}

/// Which cluster this is; there is one, under one key.
struct ClusterObject {
    host: Arc<Host>,
}

#[restate_sdk::object(name = "Cluster", client_visibility = "pub(self)")]
impl ClusterObject {
    #[handler]
    async fn join(
        &self,
        context: ObjectContext<'_>,
        Json(simulated): Json<bool>,
    ) -> Result<Json<Identity>, HandlerError> {
        let known = context.get::<Json<Identity>>("identity").await?;
        if let Some(Json(identity)) = known {
            let kind = match simulated {
                true => jindiao_batch::LedgerKind::Simulated,
                false => jindiao_batch::LedgerKind::Real,
            };
            let objection = identity.objection(kind).map(Rejected);
            return answer(Ok(objection.map_or(Ok(identity), Err)));
        }
        // The name of the first process that came is as random as any.
        let id = self.host.incarnation().to_owned();
        let run = context.run(move || async move { Ok(id) });
        let identity = Identity {
            id: run.name("id").await?,
            simulated,
            form: STATE_VERSION,
        };
        context.set("identity", Json(identity.clone()));
        Ok(Json(identity))
    }
}

/// What a handler gives back: what it has to say, or why it will not.
fn answer<T>(result: Result<Result<T, Rejected>, TerminalError>) -> Result<Json<T>, HandlerError> {
    match result? {
        Ok(answer) => Ok(Json(answer)),
        Err(rejected) if rejected == tick::no_order() => {
            Err(TerminalError::new_with_code(404, rejected.to_string()).into())
        }
        Err(rejected) => Err(TerminalError::new_with_code(409, rejected.to_string()).into()),
    }
}
