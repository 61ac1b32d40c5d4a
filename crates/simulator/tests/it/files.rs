//! Links that expire and cannot be forged, and downloads in parts.

use std::time::Duration;

use jindiao_simulator::{LinkLife, Options, PendingPlan};
use reqwest::Response;

use crate::world::{World, json, sent};

async fn world_and_link() -> (World, String) {
    let world = World::with(Options {
        pending: PendingPlan::NONE,
        ..Options::default()
    })
    .await;
    let link = json(world.interim("20190415152645093983751")).await["msg"].clone();
    (world, link.as_str().expect("a link").to_owned())
}

async fn refused(response: Response, status: u16, code: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/xml");
    let body = response.text().await.expect("a body");
    assert!(body.contains(&format!("<Code>{code}</Code>")), "{body}");
}

#[tokio::test]
async fn a_link_cannot_be_forged() {
    let (world, link) = world_and_link().await;
    let get = async |link: &str| sent(world.http.get(link)).await;
    let later = link.replace("Expires=1700000060", "Expires=1800000000");
    refused(get(&later).await, 403, "SignatureDoesNotMatch").await;
    let bare = link.split('?').next().expect("a path");
    refused(get(bare).await, 403, "SignatureDoesNotMatch").await;
    let other = link.replace("983751.pdf", "983752.pdf");
    refused(get(&other).await, 403, "SignatureDoesNotMatch").await;
    refused(
        get(&world.url("/files/radar/none.zip")).await,
        404,
        "NoSuchKey",
    )
    .await;
    assert_eq!(get(&link).await.status(), 200);
    world.hand.advance(Duration::from_secs(60));
    refused(get(&link).await, 403, "AccessDenied").await;
}

#[tokio::test]
async fn credentials_do_not_belong_to_a_store() {
    let (world, link) = world_and_link().await;
    let request = world.http.get(&link).bearer_auth("sk-fake");
    refused(sent(request).await, 400, "InvalidArgument").await;
    let request = world.http.get(&link).header("Token", "FAKE");
    refused(sent(request).await, 400, "InvalidArgument").await;
    refused(
        sent(world.http.get(format!("{link}&apikey=fake"))).await,
        400,
        "InvalidArgument",
    )
    .await;
}

#[tokio::test]
async fn lives_of_your_own() {
    let hour = Some(Duration::from_secs(3600));
    let link_life = LinkLife {
        qcc_snapshot: hour,
        ..LinkLife::default()
    };
    let world = World::with(Options {
        link_life,
        ..Options::default()
    })
    .await;
    let link = world.picture("小米").await["Result"].clone();
    let link = link.as_str().expect("a link");
    assert!(link.contains("?Expires=1700003600&"), "{link}");
    world.hand.advance(Duration::from_secs(3600));
    refused(sent(world.http.get(link)).await, 403, "AccessDenied").await;
}

#[tokio::test]
async fn a_download_can_go_on() {
    let (world, link) = world_and_link().await;
    let whole = sent(world.http.get(&link)).await;
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let etag = whole.headers()["etag"].clone();
    let length = whole.content_length().expect("a length");
    let whole = whole.bytes().await.expect("a file");
    assert_eq!(length, whole.len() as u64);

    let rest = world
        .http
        .get(&link)
        .header("Range", "bytes=100-")
        .header("If-Range", &etag);
    let rest = sent(rest).await;
    assert_eq!(rest.status(), 206);
    assert_eq!(
        rest.headers()["content-range"],
        format!("bytes 100-{}/{length}", length - 1)
    );
    assert_eq!(rest.bytes().await.expect("a part"), whole.slice(100..));

    let other = world
        .http
        .get(&link)
        .header("Range", "bytes=100-")
        .header("If-Range", "\"other\"");
    let other = sent(other).await;
    assert_eq!(other.status(), 200);
    assert_eq!(other.bytes().await.expect("a file"), whole);

    let beyond = sent(
        world
            .http
            .get(&link)
            .header("Range", format!("bytes={length}-")),
    )
    .await;
    assert_eq!(beyond.status(), 416);
    assert_eq!(
        beyond.headers()["content-range"],
        format!("bytes */{length}")
    );

    let head = sent(world.http.head(&link)).await;
    assert_eq!(head.headers()["content-length"], length.to_string());
}
