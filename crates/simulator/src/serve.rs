//! From a request to its answer, with the faults that strike on the way.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream;
use serde_json::json;

use crate::call::{Answer, Call, Twist};
use crate::world::World;
use crate::{ChargeBook, DateHeader, Fault, FaultPlan, Operation};
use crate::{files, patsnap, qcc, yibeidiao};

/// Marks a response that must not be sent: the connection ends instead.
#[derive(Clone)]
pub(crate) struct HangUp;

/// All that the one origin answers.
pub(crate) fn router(world: Arc<World>) -> Router {
    let read = |operation| {
        get(move |State(world): State<Arc<World>>, request: Request| {
            serve(world, operation, request)
        })
    };
    let write = |operation| {
        post(move |State(world): State<Arc<World>>, request: Request| {
            serve(world, operation, request)
        })
    };
    Router::new()
        // The vendor's own documents write the folder in two ways.
        .route("/api/yj/EciImage/GetEciImage", read(Operation::QccImage))
        .route("/api/yj/ECIImage/GetEciImage", read(Operation::QccImage))
        .route("/ECIImage/GetEciImage", read(Operation::QccImage))
        .route("/EciImage/GetEciImage", read(Operation::QccImage))
        .route(
            "/api/radar_ext/createReport",
            read(Operation::QccCreateReport),
        )
        .route(
            "/api/radar_ext/getReportInfo",
            read(Operation::QccReportInfo),
        )
        .route("/oauth/token", write(Operation::PatSnapToken))
        .route(
            "/innovation/company-report/task/create",
            write(Operation::PatSnapCompanyCreate),
        )
        .route(
            "/innovation/company-report/task/create-no-logo",
            write(Operation::PatSnapCompanyCreate),
        )
        .route(
            "/innovation/company-report/job_id/status",
            read(Operation::PatSnapCompanyStatus),
        )
        .route(
            "/patent-valuation-data/patent-report/task/create",
            write(Operation::PatSnapPatentCreate),
        )
        .route(
            "/patent-valuation-data/patent-report/task/create-no-logo",
            write(Operation::PatSnapPatentCreate),
        )
        .route(
            "/patent-valuation-data/patent-report/job_id/status",
            read(Operation::PatSnapPatentStatus),
        )
        .route(
            "/open/company/record/generate-temp-report",
            read(Operation::YibeidiaoReport),
        )
        .route("/files/{*path}", read(Operation::Download))
        .route("/simulator/health", get(async || Json(json!({"ok": true}))))
        .route("/simulator/charges", get(charges))
        .route("/simulator/faults", get(faults).post(set_faults))
        .fallback(unknown_path)
        .with_state(world)
}

async fn charges(State(world): State<Arc<World>>) -> Json<ChargeBook> {
    Json(world.ledger.snapshot())
}

async fn faults(State(world): State<Arc<World>>) -> Json<FaultPlan> {
    Json(world.faults().plan().clone())
}

async fn set_faults(State(world): State<Arc<World>>, body: Bytes) -> Response {
    match serde_json::from_slice::<FaultPlan>(&body) {
        Ok(plan) => {
            world.set_faults(plan.clone());
            Json(plan).into_response()
        }
        Err(error) => (
            StatusCode::BAD_REQUEST,
            format!("not a fault plan: {error}\n"),
        )
            .into_response(),
    }
}

async fn unknown_path(State(world): State<Arc<World>>) -> Response {
    // PatSnap is the only vendor that tells.
    let mut response = patsnap::refusal(&world, "67200101").into_response();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// One call, and the time of its answer.
async fn serve(world: Arc<World>, operation: Operation, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 1 << 20).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut call = Call::new(parts, body, world.options.clock.now(), &world.base_url);
    world.ledger.call(operation);
    let mut response = deal(&world, operation, &mut call).await;
    let date = match &world.options.date {
        DateHeader::Own => call.now.http_date(),
        DateHeader::Absent => None,
        DateHeader::Text(text) => Some(text.clone()),
    };
    if let Some(date) = date.and_then(|date| HeaderValue::try_from(date).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// What comes of a call, with the fault that strikes it.
async fn deal(world: &World, operation: Operation, call: &mut Call) -> Response {
    let fault = world
        .faults()
        .strike(operation, || subject(world, operation, call));
    tracing::debug!(%operation, ?fault, "call");
    let Some(fault) = fault else {
        return answer(world, operation, call, Twist::default()).into_response();
    };
    match fault {
        Fault::DropBeforeCharge => hang_up(),
        Fault::ServerErrorBeforeCharge { status } => server_error(status),
        Fault::HtmlPageBeforeCharge => web_page(),
        Fault::Throttled => throttled(world, operation, call).into_response(),
        Fault::Code { code } => refusal(world, operation, call, &code).into_response(),
        Fault::ClockSkew { seconds } => {
            call.now = call.now.plus_seconds(seconds);
            answer(world, operation, call, Twist::default()).into_response()
        }
        Fault::ExpiredLink => {
            let twist = Twist {
                dead_link: true,
                ..Twist::default()
            };
            answer(world, operation, call, twist).into_response()
        }
        Fault::ReportFails => {
            let twist = Twist {
                report_fails: true,
                ..Twist::default()
            };
            answer(world, operation, call, twist).into_response()
        }
        Fault::ForgedSign => answer(world, operation, call, Twist::default())
            .with_forged_sign()
            .into_response(),
        Fault::WrongTypes => answer(world, operation, call, Twist::default())
            .with_wrong_types()
            .into_response(),
        Fault::DropAfterCharge
        | Fault::ServerErrorAfterCharge { .. }
        | Fault::HtmlPageAfterCharge
        | Fault::HalfBody
        | Fault::Slow { .. }
        | Fault::SlowBody { .. } => {
            let answer = answer(world, operation, call, Twist::default()).into_response();
            spoiled(answer, &fault).await
        }
    }
}

fn answer(world: &World, operation: Operation, call: &Call, twist: Twist) -> Answer {
    match operation {
        Operation::QccImage | Operation::QccCreateReport | Operation::QccReportInfo => {
            qcc::answer(world, operation, call, twist)
        }
        Operation::PatSnapToken
        | Operation::PatSnapCompanyCreate
        | Operation::PatSnapCompanyStatus
        | Operation::PatSnapPatentCreate
        | Operation::PatSnapPatentStatus => patsnap::answer(world, operation, call, twist),
        Operation::YibeidiaoReport => yibeidiao::answer(world, call, twist),
        Operation::Download if twist.dead_link => Answer::Other(files::expired()),
        Operation::Download => Answer::Other(files::download(world, call)),
    }
}

fn refusal(world: &World, operation: Operation, call: &Call, code: &str) -> Answer {
    match operation {
        Operation::QccImage | Operation::QccCreateReport | Operation::QccReportInfo => {
            qcc::refusal(world, operation, call, code)
        }
        Operation::PatSnapToken
        | Operation::PatSnapCompanyCreate
        | Operation::PatSnapCompanyStatus
        | Operation::PatSnapPatentCreate
        | Operation::PatSnapPatentStatus => patsnap::refusal(world, code),
        Operation::YibeidiaoReport => yibeidiao::refusal(world, call, code),
        Operation::Download => Answer::Other(files::refusal(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "As planned",
        )),
    }
}

fn throttled(world: &World, operation: Operation, call: &Call) -> Answer {
    let code = match operation {
        Operation::QccImage | Operation::QccCreateReport | Operation::QccReportInfo => "122",
        Operation::YibeidiaoReport => "900",
        Operation::Download => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Answer::Other(files::refusal(status, "SlowDown", "Too many downloads"));
        }
        _ => "67200002",
    };
    refusal(world, operation, call, code)
}

fn subject(world: &World, operation: Operation, call: &Call) -> String {
    match operation {
        Operation::QccImage | Operation::QccCreateReport | Operation::QccReportInfo => {
            qcc::subject(world, operation, call)
        }
        Operation::PatSnapToken
        | Operation::PatSnapCompanyCreate
        | Operation::PatSnapCompanyStatus
        | Operation::PatSnapPatentCreate
        | Operation::PatSnapPatentStatus => patsnap::subject(world, operation, call),
        Operation::YibeidiaoReport => yibeidiao::subject(call),
        Operation::Download => files::subject(world, call),
    }
}

/// What is left of an answer that the vendor gave.
async fn spoiled(answer: Response, fault: &Fault) -> Response {
    match *fault {
        Fault::ServerErrorAfterCharge { status } => server_error(status),
        Fault::HtmlPageAfterCharge => web_page(),
        Fault::HalfBody => {
            let (announced, bytes) = announced(answer).await;
            let half = bytes.slice(..bytes.len() / 2);
            with_pieces(announced, vec![half], Duration::ZERO, true)
        }
        Fault::Slow { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            answer
        }
        Fault::SlowBody { ms } => {
            let (announced, bytes) = announced(answer).await;
            let piece = bytes.len().div_ceil(4).max(1);
            let pieces = bytes.chunks(piece).map(Bytes::copy_from_slice).collect();
            with_pieces(announced, pieces, Duration::from_millis(ms), false)
        }
        _ => hang_up(),
    }
}

/// The head of an answer with the length of its whole body, and the body.
async fn announced(answer: Response) -> (Response, Bytes) {
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    (Response::from_parts(parts, Body::empty()), bytes)
}

/// Sends `pieces` one by one, and breaks the connection after them where `breaks`.
fn with_pieces(head: Response, pieces: Vec<Bytes>, pause: Duration, breaks: bool) -> Response {
    let mut rest = pieces.into_iter();
    let mut first = true;
    let body = stream::unfold(breaks, move |breaks| {
        let next = rest.next();
        let pause = if std::mem::take(&mut first) {
            Duration::ZERO
        } else {
            pause
        };
        async move {
            // Lets go once, so that what was written before is on its way.
            tokio::task::yield_now().await;
            tokio::time::sleep(pause).await;
            match next {
                Some(piece) => Some((Ok(piece), breaks)),
                None if breaks => Some((Err(io::ErrorKind::ConnectionReset.into()), false)),
                None => None,
            }
        }
    });
    let body: stream::BoxStream<'static, io::Result<Bytes>> = Box::pin(body);
    head.map(|_| Body::from_stream(body))
}

fn hang_up() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(HangUp);
    response
}

fn server_error(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        Html("<html><body>the gateway is unwell</body></html>\n"),
    )
        .into_response()
}

fn web_page() -> Response {
    Html("<!DOCTYPE html><html><body>please prove that you are human</body></html>\n")
        .into_response()
}
