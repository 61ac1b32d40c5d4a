//! What the vendors do with a request that has arrived.

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use jindiao_codes::{Advice, Code, Vendor};
use jindiao_order::{Flow, Product};
use jindiao_protocol::Timestamp;
use jindiao_signing::yibeidiao::{CompanyKey, Token, Ts};
use serde_json::json;

use crate::request::{Request, What};
use crate::scenario::{Date, Fate, millis};
use crate::world::{Parcel, Spoil, StoredLink, Task, Twist, World};

/// An HTTP reply as a value.
pub(crate) type Reply = Response<Bytes>;

/// The key and the token of the account at Yibeidiao.
pub(crate) const YIBEIDIAO: (&str, &str) = ("COMPANYKEY", "COMPANYTOKEN");
/// PatSnap's static key.
pub(crate) const API_KEY: &str = "sk-rehearsal";

impl World {
    /// Deals with a request that has just arrived.
    pub(crate) fn receive(&mut self, parcel: &Parcel) -> Reply {
        let request = &parcel.request;
        let mut reply = match &parcel.twist {
            Twist::Straight => self.answer(request, parcel.run),
            Twist::Code(code, is_done) => {
                if *is_done {
                    self.answer(request, parcel.run);
                }
                self.note_no(request, code);
                self.refusal(request, code)
            }
            Twist::Http(status, is_done) => {
                if *is_done {
                    self.answer(request, parcel.run);
                }
                self.note_status(request, *status);
                let mut reply = Response::builder().status(*status);
                if *status == 429 || *status == 503 {
                    reply = reply.header("retry-after", "7");
                }
                respond(reply, "<html>gateway</html>".to_owned())
            }
            Twist::Spoiled(spoil, is_done) => {
                let whole = if *is_done {
                    self.answer(request, parcel.run)
                } else {
                    // Nothing is done, but the answer says that something was.
                    respond(Response::builder(), "{\"status\":true}".to_owned())
                };
                spoiled(&whole, *spoil, request)
            }
        };
        self.date(&mut reply);
        self.tell(|world| {
            let about = request
                .key
                .map_or_else(String::new, |key| format!(" for {}", world.label(key)));
            format!(
                "  {} receives {}{about} ({:?}), answers HTTP {} {}",
                request.vendor,
                request.exchange(),
                parcel.twist,
                reply.status().as_u16(),
                String::from_utf8_lossy(reply.body())
            )
        });
        reply
    }

    /// Writes into a reply what time it is.
    fn date(&mut self, reply: &mut Reply) {
        let now = self.now();
        let at = match self.scenario.clocks.date {
            Date::Right | Date::Cached => now,
            Date::Off(by) => now + by,
            Date::Jumping => now + millis(self.dice.below(4_000_000)) - 2_000_000,
            Date::Nonsense => self.dice.pick(&[0, 253_000_000_000_000]),
            Date::Absent => return,
        };
        let text = jiff::Timestamp::from_millisecond(at).ok().and_then(|at| {
            jiff::fmt::rfc2822::DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&at)
                .ok()
        });
        let text = text.and_then(|text| HeaderValue::try_from(text).ok());
        let headers = reply.headers_mut();
        headers.extend(text.map(|text| (header::DATE, text)));
        if self.scenario.clocks.date == Date::Cached {
            headers.insert(header::AGE, HeaderValue::from_static("600"));
        }
    }

    /// What a vendor answers in good weather.
    fn answer(&mut self, request: &Request, run: u32) -> Reply {
        let now = self.now();
        if let Some(code) = self.trouble.get(&request.vendor).cloned() {
            self.note_no(request, &code);
            return self.refusal(request, &code);
        }
        let is_stale = request
            .signed
            .is_some_and(|at| (at - now / 1000).abs() > 300);
        if is_stale {
            let code = match request.vendor {
                Vendor::Yibeidiao => "903",
                _ => self.scenario.clocks.qcc_refusal,
            };
            self.note_no(request, code);
            return self.refusal(request, code);
        }
        if request.what != What::Token
            && let Some(bearer) = &request.bearer
            && bearer != API_KEY
            && self.tokens.get(bearer).is_none_or(|end| *end <= now)
        {
            return self.refusal(request, "67200009");
        }
        if let Some(limit) = self.weather.quota
            && request.what != What::Token
        {
            let day = Timestamp::from_unix_millis(now)
                .china_date()
                .days_since_epoch();
            let used = self.used.entry((request.vendor, day)).or_default();
            *used += 1;
            if *used > limit {
                let code = match request.vendor {
                    Vendor::Qcc => "116",
                    Vendor::Patsnap => "67200007",
                    // It has no code for this: it just does not answer properly.
                    Vendor::Yibeidiao | Vendor::Other(_) => "900",
                };
                return self.refusal(request, code);
            }
        }
        match &request.what {
            What::Token => self.token(),
            What::EciImage => self.snapshot(request, run),
            What::CreateRiskReport | What::CreateTask => self.create(request, run),
            What::RiskReportInfo(reference) | What::TaskStatus(reference) => {
                self.status(request, reference)
            }
            What::TempReport { seq } => self.temp_report(request, seq),
        }
    }

    fn token(&mut self) -> Reply {
        let life = self.dice.pick(&[1799, 1799, 60, 5]);
        let token = format!("token{}", self.next());
        self.tokens.insert(token.clone(), self.now() + life * 1000);
        json_reply(&json!({"status": true, "error_code": 0,
            "data": {"token": token, "expires_in": life, "status": "approved"}}))
    }

    fn snapshot(&mut self, request: &Request, run: u32) -> Reply {
        let Some(key) = request.key else {
            return self.refusal(request, "201");
        };
        if let Fate::Refused(code) = self.want(key).fate {
            self.note_no(request, code);
            return self.refusal(request, code);
        }
        let content = self.charge(key, run);
        let url = self.link(key, content);
        self.books[key].links.push(url.clone());
        json_reply(&json!({"Status": "200", "Message": "ok", "OrderNumber": "E1", "Result": url}))
    }

    fn create(&mut self, request: &Request, run: u32) -> Reply {
        let Some(key) = request.key else {
            return self.refusal(request, "201");
        };
        let fate = self.want(key).fate;
        if let Fate::Refused(code) = fate {
            self.note_no(request, code);
            return self.refusal(request, code);
        }
        let content = self.charge(key, run);
        let n = self.next();
        let reference = match request.vendor {
            Vendor::Qcc => format!("JKDAY-{:015}", 1_000_000 + n),
            // Nineteen digits, which no float keeps.
            _ => format!("{}", 1_579_434_053_399_035_000 + n),
        };
        let ready = match fate {
            Fate::Delivered(after) => self.now() + after,
            _ => self.now() + 60_000,
        };
        let task = Task {
            key,
            content,
            ready,
            fails: fate == Fate::Fails,
        };
        self.tasks.insert(reference.clone(), task);
        match request.vendor {
            Vendor::Qcc => json_reply(&json!({"status": "200", "message": "ok",
                "result": {"orderNo": reference}})),
            _ => respond(
                Response::builder().header("x-correlation-id", "c1"),
                // The digits as a number, as the vendor writes them.
                format!("{{\"status\":true,\"error_code\":0,\"data\":{{\"job_id\":{reference}}}}}"),
            ),
        }
    }

    fn status(&mut self, request: &Request, reference: &str) -> Reply {
        let Some(task) = self.tasks.get(reference) else {
            let code = match request.vendor {
                Vendor::Qcc => "201",
                _ => "68300004",
            };
            self.note_no(request, code);
            return self.refusal(request, code);
        };
        let (key, content, fails) = (task.key, task.content, task.fails);
        let is_ready = task.ready <= self.now();
        if is_ready && fails {
            self.books[key].was_told_no = true;
        }
        let url = (is_ready && !fails).then(|| self.link(key, content));
        match request.vendor {
            Vendor::Qcc => {
                let state = match (is_ready, fails) {
                    (false, _) => "P",
                    (true, true) => "F",
                    (true, false) => "S",
                };
                json_reply(&json!({"status": "200", "message": "ok",
                    "result": {"orderNo": reference, "reportStatus": state, "reportUrl": url}}))
            }
            _ => {
                let state = match (is_ready, fails) {
                    (false, _) => self.dice.pick(&[0, 1]),
                    (true, true) => 3,
                    (true, false) => 2,
                };
                json_reply(&json!({"status": true, "error_code": 0,
                    "data": {"job_id": reference, "job_status": state, "queue_num": 3,
                        "download_url": url, "abnormal_cause": null}}))
            }
        }
    }

    fn temp_report(&mut self, request: &Request, seq: &str) -> Reply {
        if !self.seqs.insert(seq.to_owned()) {
            return self.refusal(request, "902");
        }
        let ready = request.key.and_then(|key| match self.want(key).fate {
            Fate::Delivered(after) => (self.scenario.origin + after <= self.now()).then_some(key),
            _ => None,
        });
        let msg = match ready {
            Some(key) => {
                self.books[key].contents = vec![1];
                json!({"url": self.link(key, 1)})
            }
            None => json!({}),
        };
        self.signed(seq, "000", &msg)
    }

    /// Charges an order: what the judge counts. Gives the report that will come of it.
    fn charge(&mut self, key: usize, run: u32) -> u64 {
        let content = self.next();
        let book = &mut self.books[key];
        book.charges.push(run);
        book.contents.push(content);
        let charges = book.charges.len();
        self.tell(|world| format!("  CHARGED {} (charge {charges})", world.label(key)));
        content
    }

    /// Makes a signed link to a report.
    fn link(&mut self, key: usize, content: u64) -> String {
        let product = self.want(key).wanted.product();
        let usual: i64 = match product.flow() {
            Flow::Free => 60,
            Flow::Direct => 6 * 3600,
            Flow::Task => 7 * 86_400,
        };
        let life = if self.weather.short_links && self.dice.chance(600) {
            self.dice.pick(&[0, 2, 20, 300])
        } else {
            usual
        };
        let expires = self.now() + life * 1000;
        let n = self.next();
        let link = StoredLink {
            key,
            content,
            expires,
        };
        self.links.insert(format!("/{n}"), link);
        // Some stores say in the address when it dies, others do not.
        match self.dice.below(3) {
            0 => format!("https://files.test/{n}"),
            _ => format!("https://files.test/{n}?Expires={}", expires / 1000),
        }
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The reply with `code`, in the vendor's form.
    pub(crate) fn refusal(&mut self, request: &Request, code: &str) -> Reply {
        match (request.vendor, &request.what) {
            (Vendor::Qcc, _) => json_reply(&json!({"Status": code, "Message": "no",
                "OrderNumber": "E2", "Result": null})),
            (Vendor::Patsnap, _) => respond(
                Response::builder(),
                format!("{{\"status\":false,\"error_code\":{code},\"error_msg\":\"no\"}}"),
            ),
            (Vendor::Yibeidiao, What::TempReport { seq }) => self.signed(seq, code, &json!({})),
            (Vendor::Yibeidiao | Vendor::Other(_), _) => json_reply(&json!({"code": code})),
        }
    }

    fn signed(&self, seq: &str, code: &str, msg: &serde_json::Value) -> Reply {
        let is_before_signing = matches!(code, "901" | "902" | "903" | "904" | "905" | "906");
        let ts = Ts::from_unix_seconds(self.now() / 1000);
        let sign = match (CompanyKey::new(YIBEIDIAO.0), Token::new(YIBEIDIAO.1)) {
            (Ok(key), Ok(token)) if !is_before_signing => {
                jindiao_signing::yibeidiao::sign(&key, &ts, seq, &token)
                    .as_str()
                    .to_owned()
            }
            _ => String::new(),
        };
        json_reply(
            &json!({"code": code, "key": YIBEIDIAO.0, "seq": seq, "ts": ts.as_str(),
            "sign": sign, "msg": msg}),
        )
    }

    /// Remembers that the vendor said no, so that an order may end with that.
    fn note_no(&mut self, request: &Request, code: &str) {
        let code = Code::parse(request.vendor, code);
        let advice = code.advice_at(request.exchange());
        if matches!(
            advice,
            Advice::GiveUp | Advice::FixRequest | Advice::Proceed
        ) {
            self.note(request);
        }
    }

    fn note_status(&mut self, request: &Request, status: u16) {
        if matches!(status, 400 | 404 | 405 | 411 | 413..=415 | 431) {
            self.note(request);
        }
    }

    fn note(&mut self, request: &Request) {
        let asked = match &request.what {
            What::RiskReportInfo(reference) | What::TaskStatus(reference) => {
                self.tasks.get(reference).map(|task| task.key)
            }
            _ => request.key,
        };
        match asked {
            Some(key) => self.books[key].was_told_no = true,
            // A token is no order: nothing may end for it.
            None if request.what == What::Token => {}
            None => {
                // A reference that nobody knows: it is one that a person made up.
                for book in self.books.iter_mut().filter(|book| book.is_misled) {
                    book.was_told_no = true;
                }
            }
        }
    }

    /// The order that a request is about, also where it only names the vendor's reference.
    pub(crate) fn key_of(&self, request: &Request) -> Option<usize> {
        match &request.what {
            What::RiskReportInfo(reference) | What::TaskStatus(reference) => {
                self.tasks.get(reference).map(|task| task.key)
            }
            _ => request.key,
        }
    }

    /// What a person finds out about an order at the vendor's: the reference of the newest one, or a
    /// link that lives.
    pub(crate) fn look_up(&self, key: usize) -> Option<String> {
        match self.want(key).wanted.product() {
            Product::QccSnapshot => {
                let now = self.now();
                let lives = |url: &&String| {
                    self.links
                        .iter()
                        .any(|(path, link)| link.expires > now + 60_000 && ends(url, path))
                };
                self.books[key].links.iter().rev().find(lives).cloned()
            }
            _ => self
                .tasks
                .iter()
                .filter(|(_, task)| task.key == key)
                .max_by_key(|(_, task)| task.content)
                .map(|(reference, _)| reference.clone()),
        }
    }
}

/// Whether `url` leads to `path`.
fn ends(url: &str, path: &str) -> bool {
    let url = url.split('?').next().unwrap_or(url);
    url.strip_prefix("https://files.test") == Some(path)
}

fn json_reply(body: &serde_json::Value) -> Reply {
    respond(Response::builder(), body.to_string())
}

fn respond(builder: http::response::Builder, body: String) -> Reply {
    builder
        .body(Bytes::from(body))
        .unwrap_or_else(|_| Response::new(Bytes::new()))
}

fn spoiled(whole: &Reply, spoil: Spoil, request: &Request) -> Reply {
    let text = String::from_utf8_lossy(whole.body()).into_owned();
    let body = match spoil {
        Spoil::Page => "<html><body>please log in</body></html>".to_owned(),
        Spoil::Half => text.chars().take(text.len() / 2).collect(),
        Spoil::Empty => String::new(),
        Spoil::Incomplete => match request.vendor {
            Vendor::Qcc => json!({"Status": "200", "Result": null}).to_string(),
            Vendor::Patsnap => json!({"status": true, "error_code": 0, "data": {}}).to_string(),
            Vendor::Yibeidiao | Vendor::Other(_) => {
                json!({"code": "000", "msg": "soon"}).to_string()
            }
        },
        Spoil::Unsigned => match request.vendor {
            Vendor::Yibeidiao => text.replace("\"sign\"", "\"nothing\""),
            _ => text.replace("job_id", "jobId").replace("orderNo", "number"),
        },
    };
    respond(Response::builder(), body)
}

/// How long, in milliseconds, something takes that takes up to `most`.
pub(crate) fn pause(world: &mut World, most: u64) -> i64 {
    millis(world.dice.below(most))
}
