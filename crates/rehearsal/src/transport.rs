//! The network between the client and the model: what gets lost on the way.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_client::{
    BoxFuture, Chunks, OpenTerms, SendTerms, Transport, TransportError, TransportErrorKind,
};
use jindiao_codes::Vendor;

use crate::files::Piece;
use crate::request::{Request as Asked, What};
use crate::scenario::{Weather, codes, is_open, millis};
use crate::vendors::pause;
use crate::world::{Parcel, Point, Shared, Spoil, Twist, World};

/// Carries requests into the world.
pub(crate) struct WorldTransport(pub(crate) Arc<Shared>);

impl fmt::Debug for WorldTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorldTransport")
    }
}

/// What the weather makes of one request.
struct Passage {
    /// How long connecting takes, in milliseconds.
    dial: i64,
    is_refused: bool,
    /// How long the request travels; `None` if it never arrives.
    travel: Option<i64>,
    is_answer_lost: bool,
    /// Whether the connection is seen to break, and not only silent.
    is_seen: bool,
    /// How long the answer travels.
    back: i64,
    twist: Twist,
}

impl Transport for WorldTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        terms: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { self.carry(&request, &terms).await })
    }

    fn open(
        &self,
        request: Request<()>,
        _terms: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>> {
        Box::pin(async move { self.fetch(&request).await })
    }
}

impl WorldTransport {
    async fn carry(
        &self,
        request: &Request<Bytes>,
        terms: &SendTerms,
    ) -> Result<Response<Bytes>, TransportError> {
        let shared = &self.0;
        let timeout = millis(u64::try_from(terms.timeout.as_millis()).unwrap_or(u64::MAX));
        let (asked, passage) = {
            let mut world = shared.world();
            let Some(asked) = Asked::read(request, &world.scenario.wants) else {
                world.fail(|| format!("nobody understands {}", request.uri()));
                return Err(TransportError::never_sent(TransportErrorKind::Unusable, ""));
            };
            let key = world.key_of(&asked);
            if let Some(key) = key {
                let calls = &mut world.books[key].calls;
                *calls.entry(asked.exchange()).or_default() += 1;
            }
            let passage = world.passage(&asked, timeout);
            world.tell(|world| {
                let about =
                    key.map_or_else(String::new, |key| format!(" for {}", world.label(key)));
                format!("> {}{about}", asked.exchange())
            });
            (asked, passage)
        };
        shared.pass(Point::Dial).await;
        shared.sleep(passage.dial.min(timeout)).await;
        if passage.is_refused {
            shared
                .world()
                .tell(|_| "  no connection: never sent".to_owned());
            return Err(TransportError::never_sent(TransportErrorKind::Connect, ""));
        }
        if !terms.gate.is_open() {
            shared
                .world()
                .tell(|_| "  the intent has ended: never sent".to_owned());
            return Err(TransportError::too_late());
        }
        let left = timeout - passage.dial;
        if left <= 0 {
            return Err(TransportError::never_sent(TransportErrorKind::Connect, ""));
        }
        let Some(travel) = passage.travel else {
            shared
                .world()
                .tell(|_| "  the request is lost on its way".to_owned());
            shared.pass(Point::Left).await;
            return self.broken(passage.is_seen, left).await;
        };
        let id = {
            let mut world = shared.world();
            world.serial += 1;
            let (id, arrives, run) = (world.serial, world.now() + travel, world.run);
            let parcel = Parcel {
                request: asked,
                arrives,
                twist: passage.twist,
                run,
                reply: None,
                is_awaited: true,
            };
            world.parcels.insert(id, parcel);
            id
        };
        shared.pass(Point::Left).await;
        if travel >= left {
            shared.sleep(left).await;
            let mut world = shared.world();
            if let Some(parcel) = world.parcels.get_mut(&id) {
                parcel.is_awaited = false;
            }
            world.tell(|_| "  no answer in time".to_owned());
            return Err(TransportError::maybe_sent(TransportErrorKind::Timeout, ""));
        }
        shared.sleep(travel).await;
        let reply = {
            let mut world = shared.world();
            world.advance();
            world.parcels.remove(&id).and_then(|parcel| parcel.reply)
        };
        shared.pass(Point::Arrived).await;
        let left = left - travel;
        let reply = match reply {
            Some(reply) if !passage.is_answer_lost && passage.back < left => reply,
            _ => {
                shared
                    .world()
                    .tell(|_| "  the answer is lost on its way".to_owned());
                return self.broken(passage.is_seen, left).await;
            }
        };
        shared.sleep(passage.back).await;
        shared.pass(Point::Answered).await;
        Ok(reply)
    }

    /// No answer: the connection is seen to break at once, or time runs out.
    async fn broken(&self, is_seen: bool, left: i64) -> Result<Response<Bytes>, TransportError> {
        if is_seen {
            self.0.sleep(left.min(50)).await;
            return Err(TransportError::maybe_sent(
                TransportErrorKind::Interrupted,
                "",
            ));
        }
        self.0.sleep(left).await;
        Err(TransportError::maybe_sent(TransportErrorKind::Timeout, ""))
    }

    async fn fetch(
        &self,
        request: &Request<()>,
    ) -> Result<Response<Box<dyn Chunks>>, TransportError> {
        let shared = &self.0;
        let dial = {
            let mut world = shared.world();
            world.tell(|_| format!("> download {}", request.uri().path()));
            pause(&mut world, 200)
        };
        shared.sleep(dial).await;
        let (is_refused, reply) = {
            let mut world = shared.world();
            let chance = world.weather.refused;
            (world.dice.chance(chance), world.serve(request))
        };
        shared.pass(Point::Opened).await;
        if is_refused {
            return Err(TransportError::never_sent(TransportErrorKind::Connect, ""));
        }
        let (parts, pieces) = reply.into_parts();
        let body: Box<dyn Chunks> = Box::new(Body {
            shared: Arc::clone(shared),
            pieces,
        });
        Ok(Response::from_parts(parts, body))
    }
}

/// A body in pieces; an error ends it.
struct Body {
    shared: Arc<Shared>,
    pieces: VecDeque<Piece>,
}

impl Chunks for Body {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async move {
            loop {
                match self.pieces.pop_front() {
                    Some(Piece::Bytes(bytes)) => {
                        self.shared.sleep(1).await;
                        self.shared.pass(Point::Chunk).await;
                        return Ok(Some(bytes));
                    }
                    Some(Piece::Pause(ms)) => self.shared.sleep(ms).await,
                    Some(Piece::Break) => {
                        return Err(TransportError::maybe_sent(
                            TransportErrorKind::Interrupted,
                            "",
                        ));
                    }
                    None => {
                        self.shared.pass(Point::LastChunk).await;
                        return Ok(None);
                    }
                }
            }
        })
    }
}

impl World {
    fn passage(&mut self, asked: &Asked, timeout: i64) -> Passage {
        let weather = self.weather.clone();
        let dice = &mut self.dice;
        let slow = dice.chance(weather.slow_dial);
        let dial = millis(if slow {
            dice.between(3_000, 20_000)
        } else {
            dice.below(300)
        });
        let is_refused = dice.chance(weather.refused);
        let is_lost = dice.chance(weather.lost_request);
        let is_late = dice.chance(weather.late);
        let travel = match (is_lost, is_late) {
            (true, _) => None,
            (_, true) => Some(timeout + millis(dice.below(60_000))),
            _ => Some(millis(dice.below(400))),
        };
        let is_answer_lost = dice.chance(weather.lost_answer);
        let is_seen = dice.coin();
        let back = millis(dice.below(400));
        let twist = self.twist(asked, &weather);
        Passage {
            dial,
            is_refused,
            travel,
            is_answer_lost,
            is_seen,
            back,
            twist,
        }
    }

    fn twist(&mut self, asked: &Asked, weather: &Weather) -> Twist {
        let dice = &mut self.dice;
        if dice.chance(weather.trouble) {
            let code = match asked.vendor {
                Vendor::Qcc => dice.pick(&["101", "102", "103", "107", "111", "112", "121"]),
                Vendor::Patsnap => dice.pick(&["67200003", "67200006", "67200008", "67200202"]),
                Vendor::Yibeidiao | Vendor::Other(_) => {
                    dice.pick(&["901", "903", "904", "905", "906"])
                }
            };
            self.trouble.insert(asked.vendor, code.to_owned());
            self.tell(|_| {
                format!(
                    "  the account at {} gets into trouble: {code}",
                    asked.vendor
                )
            });
            return Twist::Straight;
        }
        if dice.chance(weather.code) {
            let all = codes(asked.vendor);
            let n = usize::try_from(dice.below(all.len() as u64)).unwrap_or(0);
            let code = &all[n];
            let is_done = is_open(code, exchange(asked)) && dice.coin();
            return Twist::Code(code.as_str().to_owned(), is_done);
        }
        if dice.chance(weather.unknown_code) {
            let code = dice.pick(&["777", "9", "68309999", "1000000"]);
            let is_done = dice.coin();
            return Twist::Code(code.to_owned(), is_done);
        }
        if dice.chance(weather.http) {
            // A gateway that turns a request away does not pass it on: the first twelve.
            let status = dice.pick(&[
                400, 401, 403, 404, 405, 407, 411, 413, 414, 415, 429, 431, 204, 301, 302, 402,
                406, 408, 409, 410, 418, 421, 425, 500, 500, 501, 502, 502, 503, 503, 504, 504,
                520, 522, 524, 529,
            ]);
            let is_gateway =
                [400, 401, 403, 404, 405, 407, 411, 413, 414, 415, 429, 431].contains(&status);
            let is_done = !is_gateway && dice.coin();
            return Twist::Http(status, is_done);
        }
        if dice.chance(weather.garbage) {
            let spoil = dice.pick(&[
                Spoil::Page,
                Spoil::Half,
                Spoil::Empty,
                Spoil::Incomplete,
                Spoil::Unsigned,
            ]);
            let is_done = dice.coin();
            return Twist::Spoiled(spoil, is_done);
        }
        Twist::Straight
    }
}

/// The name under which the tables of codes know the exchange.
fn exchange(asked: &Asked) -> &'static str {
    match asked.what {
        What::CreateTask => "company-report/task/create",
        _ => asked.exchange(),
    }
}
