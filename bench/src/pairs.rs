//! Each small piece of work twice: as Jindiao does it, and by hand.

use std::hint::black_box;

use bytes::Bytes;
use http::{Method, Request, Response};
use jindiao_codes::qcc::Code;
use jindiao_protocol::Exchange as _;
use jindiao_protocol_patsnap::{CompanyReportStatus, CreateCompanyReport};
use jindiao_protocol_qcc::{GetEciImage, GetReportInfo};
use jindiao_protocol_yibeidiao::GenerateTempReport;
use jindiao_signing::{qcc, yibeidiao};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{plain, samples};

/// How often a piece of work is done while its instructions are counted: now and then the allocator
/// tidies up, and that must not all fall to one of them.
pub const TIMES: u32 = 20;

/// One piece of work, both ways.
#[derive(Clone, Copy)]
pub struct Pair {
    /// Its name.
    pub name: &'static str,
    /// As Jindiao does it.
    pub ours: fn(&Desk),
    /// By hand.
    pub other: fn(&Desk),
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! pairs {
    ($($name:literal: $ours:ident, $other:ident;)*) => {
        /// All of them. The first does nothing: what it takes is the cost of measuring.
        pub const PAIRS: &[Pair] = &[$(Pair { name: $name, ours: $ours, other: $other },)*];
    };
}

pairs! {
    "nothing": nothing, nothing;
    "qcc-token": qcc_token, qcc_token_bare;
    "yibeidiao-sign": yibeidiao_sign, yibeidiao_sign_bare;
    "info-known": info_known, match_known;
    "info-unknown": info_unknown, match_unknown;
    "parse-known": parse_known, match_known;
    "parse-unknown": parse_unknown, match_unknown;
    "request-qcc": request_qcc, request_qcc_values;
    "request-patsnap": request_patsnap, request_patsnap_values;
    "request-yibeidiao": request_yibeidiao, request_yibeidiao_values;
    "request-qcc-whole": request_qcc, request_qcc_whole;
    "request-patsnap-whole": request_patsnap, request_patsnap_whole;
    "request-yibeidiao-whole": request_yibeidiao, request_yibeidiao_whole;
    "reply-qcc": reply_qcc, reply_qcc_plain;
    "reply-patsnap": reply_patsnap, reply_patsnap_plain;
    "reply-yibeidiao": reply_yibeidiao, reply_yibeidiao_plain;
}

/// All that is ready before the work begins.
#[derive(Debug)]
pub struct Desk {
    qcc: jindiao_protocol_qcc::Auth,
    patsnap: jindiao_protocol_patsnap::Auth,
    yibeidiao: jindiao_protocol_yibeidiao::Auth,
    ts: yibeidiao::Ts,
    qcc_blocks: [[u8; 64]; 2],
    yibeidiao_blocks: [[u8; 64]; 2],
    known: Code,
    unknown: Code,
    image: GetEciImage,
    info: GetReportInfo,
    create: CreateCompanyReport,
    status: CompanyReportStatus,
    temp: GenerateTempReport,
    qcc_values: Values,
    patsnap_values: Values,
    yibeidiao_values: Values,
    qcc_reply: Response<Bytes>,
    patsnap_reply: Response<Bytes>,
    yibeidiao_reply: Response<Bytes>,
}

/// A finished request, as values.
#[derive(Debug)]
struct Values {
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Values {
    fn of(request: Request<Bytes>) -> Result<Self, Box<dyn std::error::Error>> {
        let (parts, body) = request.into_parts();
        let mut headers = Vec::new();
        for (name, value) in &parts.headers {
            headers.push((name.as_str().to_owned(), value.to_str()?.to_owned()));
        }
        Ok(Self {
            method: parts.method,
            url: parts.uri.to_string(),
            headers,
            body,
        })
    }

    fn build(&self) -> Result<Request<Bytes>, http::Error> {
        let mut builder = Request::builder()
            .method(&self.method)
            .uri(self.url.as_str());
        for (name, value) in &self.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        builder.body(self.body.clone())
    }
}

impl Desk {
    /// A desk with everything on it.
    ///
    /// # Errors
    /// Never, for the samples.
    pub fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let now = samples::now();
        let qcc = samples::qcc_auth(jindiao_protocol_qcc::ORIGIN)?;
        let patsnap = samples::patsnap_auth(jindiao_protocol_patsnap::CN_ORIGIN)?;
        let yibeidiao = samples::yibeidiao_auth(jindiao_protocol_yibeidiao::ORIGIN)?;
        let (image, create) = (samples::eci_image(), samples::create_company_report()?);
        let temp = samples::temp_report()?;
        let ts = yibeidiao::Ts::from_unix_seconds(samples::NOW);
        Ok(Self {
            qcc_blocks: padded(&[
                samples::QCC_KEY,
                &samples::NOW.to_string(),
                samples::QCC_SECRET,
            ]),
            yibeidiao_blocks: padded(&[
                samples::YIBEIDIAO_KEY,
                ts.as_str(),
                samples::SEQ,
                samples::YIBEIDIAO_TOKEN,
            ]),
            ts,
            known: Code::parse("110"),
            unknown: Code::parse("777"),
            info: samples::report_info(),
            status: samples::company_report_status(),
            qcc_values: Values::of(image.request(&qcc, now)?)?,
            patsnap_values: Values::of(create.request(&patsnap, now)?)?,
            yibeidiao_values: Values::of(temp.request(&yibeidiao, now)?)?,
            qcc_reply: Response::new(samples::report_info_body(samples::URL).into()),
            patsnap_reply: Response::new(
                samples::status_body(samples::JOB_ID, 2, samples::URL).into(),
            ),
            yibeidiao_reply: Response::new(samples::temp_report_body(samples::URL)?.into()),
            qcc,
            patsnap,
            yibeidiao,
            image,
            create,
            temp,
        })
    }
}

/// What MD5 compresses of these texts: two blocks, with the padding.
fn padded(texts: &[&str]) -> [[u8; 64]; 2] {
    let text = texts.concat();
    let mut bytes = [0; 128];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    bytes[text.len()] = 0x80;
    bytes[120..].copy_from_slice(&(text.len() as u64 * 8).to_le_bytes());
    let mut blocks = [[0; 64]; 2];
    for (block, bytes) in blocks.iter_mut().zip(bytes.chunks(64)) {
        block.copy_from_slice(bytes);
    }
    blocks
}

fn nothing(desk: &Desk) {
    black_box(desk);
}

fn qcc_token(desk: &Desk) {
    let Desk { qcc, .. } = black_box(desk);
    black_box(qcc::token(&qcc.key, black_box(samples::NOW), &qcc.secret));
}

fn qcc_token_bare(desk: &Desk) {
    black_box(bare(&black_box(desk).qcc_blocks));
}

fn yibeidiao_sign(desk: &Desk) {
    let Desk { yibeidiao, ts, .. } = black_box(desk);
    let (key, token) = (&yibeidiao.key, &yibeidiao.token);
    black_box(yibeidiao::sign(key, ts, black_box(samples::SEQ), token));
}

fn yibeidiao_sign_bare(desk: &Desk) {
    black_box(bare(&black_box(desk).yibeidiao_blocks));
}

/// Two compressions, and hex.
fn bare(blocks: &[[u8; 64]; 2]) -> [u8; 32] {
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    md5::block_api::compress(&mut state, blocks);
    let mut digest = [0; 16];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let mut text = [0; 32];
    // Fails only where the room is not twice the digest.
    let _ = hex::encode_to_slice(digest, &mut text);
    text
}

fn info_known(desk: &Desk) {
    black_box(black_box(&desk.known).info());
}

fn info_unknown(desk: &Desk) {
    black_box(black_box(&desk.unknown).info());
}

fn parse_known(_: &Desk) {
    black_box(Code::parse(black_box("110")).info());
}

fn parse_unknown(_: &Desk) {
    black_box(Code::parse(black_box("777")).info());
}

fn match_known(_: &Desk) {
    black_box(by_hand(black_box("110")));
}

fn match_unknown(_: &Desk) {
    black_box(by_hand(black_box("777")));
}

/// What is known of a code, by hand.
#[derive(Debug)]
pub struct Row {
    /// The code.
    pub code: &'static str,
    /// Whether to try again.
    pub again: bool,
}

macro_rules! by_hand {
    ($($code:literal)*) => {
        /// The codes of QCC in a `match`, as people write it.
        fn by_hand(code: &str) -> Option<&'static Row> {
            match code {
                $($code => Some(&Row { code: $code, again: false }),)*
                _ => None,
            }
        }
    };
}

by_hand! {
    "101" "102" "103" "104" "105" "106" "107" "108" "109" "110" "111" "112" "113" "114" "115"
    "116" "117" "118" "119" "120" "121" "122" "123" "124" "125" "126" "199" "200" "201" "202"
    "203" "204" "205" "206" "207" "208" "209" "213" "214" "215" "216" "218" "219" "221" "222"
    "223" "224" "299" "500"
}

fn request_qcc(desk: &Desk) {
    let desk = black_box(desk);
    let _ = black_box(desk.image.request(&desk.qcc, samples::now()));
}

fn request_patsnap(desk: &Desk) {
    let desk = black_box(desk);
    let _ = black_box(desk.create.request(&desk.patsnap, samples::now()));
}

fn request_yibeidiao(desk: &Desk) {
    let desk = black_box(desk);
    let _ = black_box(desk.temp.request(&desk.yibeidiao, samples::now()));
}

fn request_qcc_values(desk: &Desk) {
    let _ = black_box(black_box(&desk.qcc_values).build());
}

fn request_patsnap_values(desk: &Desk) {
    let _ = black_box(black_box(&desk.patsnap_values).build());
}

fn request_yibeidiao_values(desk: &Desk) {
    let _ = black_box(black_box(&desk.yibeidiao_values).build());
}

fn request_qcc_whole(desk: &Desk) {
    let desk = black_box(desk);
    let signature = qcc::sign(&desk.qcc.key, &desk.qcc.secret, samples::NOW);
    let url = format!(
        "{}/api/yj/EciImage/GetEciImage?key={}&keyWord={}",
        jindiao_protocol_qcc::ORIGIN,
        desk.qcc.key.expose(),
        utf8_percent_encode(&desk.image.key_word, NON_ALPHANUMERIC),
    );
    let request = Request::get(url)
        .header("Token", signature.token.as_str())
        .header("Timespan", signature.timespan.as_str());
    let _ = black_box(request.body(Bytes::new()));
}

fn request_patsnap_whole(desk: &Desk) {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        report_type: &'a str,
        company_name: &'a str,
    }
    let desk = black_box(desk);
    let body = Body {
        report_type: "pdf",
        company_name: black_box(samples::COMPANY),
    };
    let Ok(body) = serde_json::to_vec(&body) else {
        return;
    };
    let url = format!(
        "{}/innovation/company-report/task/create?apikey={}",
        jindiao_protocol_patsnap::CN_ORIGIN,
        utf8_percent_encode(black_box(samples::CLIENT_ID), NON_ALPHANUMERIC),
    );
    let bearer = format!("Bearer {}", black_box(samples::ACCESS_TOKEN));
    let request = Request::post(url)
        .header("Authorization", bearer)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json");
    black_box(&desk.patsnap);
    let _ = black_box(request.body(Bytes::from(body)));
}

fn request_yibeidiao_whole(desk: &Desk) {
    let desk = black_box(desk);
    let ts = yibeidiao::Ts::from_unix_seconds(samples::NOW);
    let auth = &desk.yibeidiao;
    let sign = yibeidiao::sign(&auth.key, &ts, desk.temp.seq.as_str(), &auth.token);
    let url = format!(
        "{}/open/company/record/generate-temp-report?recordNo={}",
        jindiao_protocol_yibeidiao::ORIGIN,
        utf8_percent_encode(desk.temp.record_no.as_str(), NON_ALPHANUMERIC),
    );
    let request = Request::get(url)
        .header("key", auth.key.expose())
        .header("ts", ts.as_str())
        .header("seq", desk.temp.seq.as_str())
        .header("sign", sign.as_str());
    let _ = black_box(request.body(Bytes::new()));
}

fn reply_qcc(desk: &Desk) {
    let desk = black_box(desk);
    let _ = black_box(desk.info.reply(&desk.qcc, &desk.qcc_reply));
}

fn reply_patsnap(desk: &Desk) {
    let desk = black_box(desk);
    let _ = black_box(desk.status.reply(&desk.patsnap, &desk.patsnap_reply));
}

fn reply_yibeidiao(desk: &Desk) {
    let desk = black_box(desk);
    let _ = black_box(desk.temp.reply(&desk.yibeidiao, &desk.yibeidiao_reply));
}

fn reply_qcc_plain(desk: &Desk) {
    let body = black_box(desk).qcc_reply.body();
    let _ = black_box(serde_json::from_slice::<plain::QccInfo>(body));
}

fn reply_patsnap_plain(desk: &Desk) {
    let body = black_box(desk).patsnap_reply.body();
    let _ = black_box(serde_json::from_slice::<plain::Patsnap<plain::PatsnapStatus>>(body));
}

fn reply_yibeidiao_plain(desk: &Desk) {
    let body = black_box(desk).yibeidiao_reply.body();
    let _ = black_box(serde_json::from_slice::<plain::Yibeidiao>(body));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_come_to_the_same() {
        let desk = Desk::new().expect("a desk");
        let same = |ours: &str, other: [u8; 32]| {
            assert_eq!(ours.to_lowercase().as_bytes(), other);
        };
        let token = qcc::token(&desk.qcc.key, samples::NOW, &desk.qcc.secret);
        same(token.as_str(), bare(&desk.qcc_blocks));
        let auth = &desk.yibeidiao;
        let sign = yibeidiao::sign(&auth.key, &desk.ts, samples::SEQ, &auth.token);
        same(sign.as_str(), bare(&desk.yibeidiao_blocks));
    }

    #[test]
    fn what_is_measured_succeeds() {
        let desk = Desk::new().expect("a desk");
        assert!(desk.info.reply(&desk.qcc, &desk.qcc_reply).is_ok());
        assert!(
            desk.status
                .reply(&desk.patsnap, &desk.patsnap_reply)
                .is_ok()
        );
        assert!(
            desk.temp
                .reply(&desk.yibeidiao, &desk.yibeidiao_reply)
                .is_ok()
        );
        let plain = serde_json::from_slice::<plain::QccInfo>(desk.qcc_reply.body());
        assert_eq!(plain.expect("a reply").result.report_status, "S");
        type Status = plain::Patsnap<plain::PatsnapStatus>;
        let plain = serde_json::from_slice::<Status>(desk.patsnap_reply.body());
        assert_eq!(plain.expect("a reply").data.job_status, 2);
        let plain = serde_json::from_slice::<plain::Yibeidiao>(desk.yibeidiao_reply.body());
        assert_eq!(plain.expect("a reply").msg, samples::URL);
        assert!(desk.known.info().is_some() && desk.unknown.info().is_none());
        assert!(by_hand("110").is_some_and(|row| row.code == "110" && !row.again));
        assert!(by_hand("777").is_none());
        for values in [
            &desk.qcc_values,
            &desk.patsnap_values,
            &desk.yibeidiao_values,
        ] {
            assert!(values.build().is_ok());
        }
    }
}
