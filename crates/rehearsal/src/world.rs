//! The world: what the vendors know, what is on its way, and where the process dies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jindiao_batch::Stop;
use jindiao_codes::Vendor;
use jindiao_order::{OrderId, Product};
use tokio::sync::Notify;

use crate::clock::WorldClock;
use crate::dice::Dice;
use crate::request::Request;
use crate::scenario::{Date, Scenario, Want, Weather, millis};
use crate::vendors::Reply;

/// Where the world can end a process, set its clock or interrupt it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The process has opened the ledger and ordered nothing.
    Start,
    /// A change is not durable yet.
    BeforeCommit,
    /// A change is durable, and nothing was done after it.
    AfterCommit,
    /// A request is about to leave.
    Dial,
    /// A request has left and not arrived.
    Left,
    /// A request has arrived and been dealt with; there is no answer yet.
    Arrived,
    /// The answer is here and not written down.
    Answered,
    /// A download was opened.
    Opened,
    /// A part of a report has come.
    Chunk,
    /// All of a report has come; it is in the `.part` and has not its name yet.
    LastChunk,
}

impl Point {
    /// All points.
    pub const ALL: [Self; 10] = [
        Self::Start,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::Dial,
        Self::Left,
        Self::Arrived,
        Self::Answered,
        Self::Opened,
        Self::Chunk,
        Self::LastChunk,
    ];

    /// What happened before it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "after opening the ledger",
            Self::BeforeCommit => "before a commit",
            Self::AfterCommit => "after a commit",
            Self::Dial => "before a request left",
            Self::Left => "after a request left",
            Self::Arrived => "after a request arrived, before its answer",
            Self::Answered => "after an answer, before it was written",
            Self::Opened => "after a download was opened",
            Self::Chunk => "in the middle of a download",
            Self::LastChunk => "between a whole `.part` and its renaming",
        }
    }
}

/// The world and whoever waits for the end of a process.
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) died: Notify,
}

/// What happened to a download link, as its store sees it.
pub(crate) struct StoredLink {
    pub(crate) key: usize,
    pub(crate) content: u64,
    /// When it dies, in true time.
    pub(crate) expires: i64,
}

/// A task that a vendor took.
pub(crate) struct Task {
    pub(crate) key: usize,
    pub(crate) content: u64,
    /// When it is done, in true time; `None` if it fails then.
    pub(crate) ready: i64,
    pub(crate) fails: bool,
}

/// What the model knows about one order: the judge.
#[derive(Default)]
pub(crate) struct Book {
    /// The charges: in which incarnation the request of each was sent.
    pub(crate) charges: Vec<u32>,
    /// The contents of the reports that were made for it.
    pub(crate) contents: Vec<u64>,
    /// The newest link of a product that is answered with its link.
    pub(crate) links: Vec<String>,
    /// How often a person, or the owner's policy, allowed another charge.
    pub(crate) forgiven: u64,
    /// How often a policy did so, as the ledger counts it.
    pub(crate) again: u64,
    /// A person said something about it that was not so.
    pub(crate) is_misled: bool,
    /// How often a person answered a doubt about a call with the reference of an earlier charge.
    pub(crate) repeated: u64,
    /// A person gave it up.
    pub(crate) is_abandoned: bool,
    /// Its file was taken away after it was stored.
    pub(crate) is_file_lost: bool,
    /// The vendor said that there will be no report.
    pub(crate) was_told_no: bool,
    /// Calls in this incarnation, by exchange.
    pub(crate) calls: BTreeMap<&'static str, u64>,
}

/// A request on its way.
pub(crate) struct Parcel {
    pub(crate) request: Request,
    /// When it arrives, in true time.
    pub(crate) arrives: i64,
    pub(crate) twist: Twist,
    /// In which incarnation it was sent.
    pub(crate) run: u32,
    pub(crate) reply: Option<Reply>,
    /// Whether somebody waits for the reply.
    pub(crate) is_awaited: bool,
}

/// What is strange about how a vendor deals with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Twist {
    /// Nothing.
    Straight,
    /// It answers this code, and does what was asked or does not.
    Code(String, bool),
    /// It answers this HTTP status, and does what was asked or does not.
    Http(u16, bool),
    /// It does what was asked or does not, and the answer is spoiled like this.
    Spoiled(Spoil, bool),
}

/// How an answer is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    Page,
    Half,
    Empty,
    Incomplete,
    Unsigned,
}

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) scenario: Scenario,
    /// The weather now: none in the last act.
    pub(crate) weather: Weather,
    pub(crate) clock: Option<Arc<WorldClock>>,
    /// True time and the wall clock's skew when no process runs.
    pub(crate) truth: i64,
    pub(crate) skew: i64,
    pub(crate) run: u32,
    pub(crate) is_dead: bool,
    aim: Option<(Point, u64)>,
    pub(crate) stop: Stop,
    /// When the program was interrupted, on the monotonic clock.
    pub(crate) interrupted: Option<std::time::Duration>,
    jumps: u32,

    /// The orders' ids in the ledger.
    pub(crate) ids: Vec<OrderId>,
    pub(crate) books: Vec<Book>,
    pub(crate) parcels: BTreeMap<u64, Parcel>,
    pub(crate) tasks: BTreeMap<String, Task>,
    pub(crate) links: BTreeMap<String, StoredLink>,
    /// PatSnap's tokens and when they end.
    pub(crate) tokens: BTreeMap<String, i64>,
    /// Yibeidiao's serials.
    pub(crate) seqs: std::collections::BTreeSet<String>,
    /// The code with which a vendor answers everything until a person sees to it.
    pub(crate) trouble: BTreeMap<Vendor, String>,
    /// Calls by vendor and day of China.
    pub(crate) used: BTreeMap<(Vendor, i64), u32>,
    pub(crate) serial: u64,

    pub(crate) steps: u64,
    pub(crate) crashes: [u64; Point::ALL.len()],
    pub(crate) failure: Option<String>,
    story: Option<Vec<String>>,
}

impl Shared {
    pub(crate) fn new(scenario: Scenario, dice: Dice, with_story: bool) -> Self {
        let books = scenario.wants.iter().map(|_| Book::default()).collect();
        let world = World {
            dice,
            weather: scenario.weather.clone(),
            clock: None,
            truth: scenario.origin,
            skew: scenario.clocks.skew,
            scenario,
            run: 0,
            is_dead: false,
            aim: None,
            stop: Stop::new(),
            interrupted: None,
            jumps: 0,
            ids: Vec::new(),
            books,
            parcels: BTreeMap::new(),
            tasks: BTreeMap::new(),
            links: BTreeMap::new(),
            tokens: BTreeMap::new(),
            seqs: std::collections::BTreeSet::new(),
            trouble: BTreeMap::new(),
            used: BTreeMap::new(),
            serial: 0,
            steps: 0,
            crashes: [0; Point::ALL.len()],
            failure: None,
            story: with_story.then(Vec::new),
        };
        Self {
            world: Mutex::new(world),
            died: Notify::new(),
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes to `point`: from a process that dies here nobody comes back.
    pub(crate) async fn pass(&self, point: Point) {
        let is_dead = self.world().pass(point);
        if is_dead {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Waits, unless the process is dead.
    pub(crate) async fn sleep(&self, ms: i64) {
        let ms = u64::try_from(ms).unwrap_or(0);
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
        if self.world().is_dead {
            std::future::pending::<()>().await;
        }
    }
}

impl World {
    /// True time in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock
            .as_ref()
            .map_or(self.truth, |clock| clock.truth())
    }

    /// Adds a line to the story, if there is one.
    pub(crate) fn tell(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.story.is_some() {
            let line = line(self);
            let at = self.now() - self.scenario.origin;
            let at = format!("{:>9}.{:03}s", at / 1000, at.rem_euclid(1000));
            if let Some(story) = &mut self.story {
                story.push(format!("{at}  {line}"));
            }
        }
    }

    pub(crate) fn take_story(&mut self) -> Vec<String> {
        self.story.take().unwrap_or_default()
    }

    /// Notes what must never be; the first one counts.
    pub(crate) fn fail(&mut self, what: impl FnOnce() -> String) {
        if self.failure.is_none() {
            let what = what();
            self.tell(|_| format!("FAILURE: {what}"));
            self.failure = Some(what);
        }
    }

    pub(crate) fn want(&self, key: usize) -> &Want {
        &self.scenario.wants[key]
    }

    /// What an order is called in the story.
    pub(crate) fn label(&self, key: usize) -> String {
        let product: Product = self.want(key).wanted.product();
        format!("#{key} {product}")
    }

    /// Settles where the incarnation that begins may die.
    pub(crate) fn aim(&mut self, died_before: bool) {
        self.is_dead = false;
        self.stop = Stop::new();
        self.interrupted = None;
        for book in &mut self.books {
            book.calls.clear();
        }
        let soon = died_before && self.dice.chance(300);
        self.aim = (soon || (self.weather.has_aim && self.dice.chance(600))).then(|| {
            let point = self.dice.pick(&Point::ALL);
            let nth = if soon { 1 } else { self.dice.between(1, 6) };
            (point, nth)
        });
    }

    /// In the last act nothing goes wrong any more, and a person has seen to everything.
    pub(crate) fn clear_up(&mut self) {
        self.weather = Weather::default();
        self.trouble.clear();
        self.skew = self.scenario.clocks.last_skew;
        self.scenario.clocks.date = Date::Right;
        // Whatever was still on its way has arrived by now.
        self.truth += 300_000;
        self.advance();
    }

    fn pass(&mut self, point: Point) -> bool {
        if self.is_dead {
            return true;
        }
        self.steps += 1;
        let is_aimed = match &mut self.aim {
            Some((at, nth)) if *at == point => {
                *nth -= 1;
                *nth == 0
            }
            _ => false,
        };
        if is_aimed || self.dice.chance(self.weather.crash) {
            self.is_dead = true;
            self.aim = None;
            self.crashes[point as usize] += 1;
            self.tell(|_| format!("the process dies {}", point.as_str()));
            return true;
        }
        if self.dice.chance(self.weather.jump) && self.jumps < 6 {
            self.jumps += 1;
            self.jump();
        }
        if self.dice.chance(self.weather.interrupt)
            && self.interrupted.is_none()
            && let Some(clock) = self.clock.clone()
        {
            self.tell(|_| "the program is interrupted".to_owned());
            self.interrupted = Some(jindiao_client::Time::monotonic(&*clock));
            self.stop.request();
        }
        false
    }

    fn jump(&mut self) {
        let Some(clock) = self.clock.clone() else {
            return;
        };
        let by = millis(self.dice.pick(&[61_000, 600_000, 3_600_000, 6 * 3_600_000]));
        match self.dice.below(3) {
            0 => {
                clock.suspend(by);
                self.tell(|_| format!("the machine slept for {} s", by / 1000));
            }
            n => {
                let by = if n == 1 { by } else { -by };
                clock.set(by);
                self.tell(|_| format!("the wall clock jumps by {} s", by / 1000));
            }
        }
    }

    /// Delivers everything that has arrived by now, in the order of arrival.
    pub(crate) fn advance(&mut self) {
        let now = self.now();
        loop {
            let next = self
                .parcels
                .iter()
                .filter(|(_, parcel)| parcel.reply.is_none() && parcel.arrives <= now)
                .min_by_key(|(id, parcel)| (parcel.arrives, **id))
                .map(|(id, _)| *id);
            let Some(id) = next else { break };
            let Some(mut parcel) = self.parcels.remove(&id) else {
                break;
            };
            let reply = self.receive(&parcel);
            if parcel.is_awaited {
                parcel.reply = Some(reply);
                self.parcels.insert(id, parcel);
            }
        }
    }

    /// Nobody waits for anything any more: the process is gone.
    pub(crate) fn forget_waiting(&mut self) {
        self.parcels.retain(|_, parcel| parcel.reply.is_none());
        for parcel in self.parcels.values_mut() {
            parcel.is_awaited = false;
        }
    }

    /// How many requests are on their way that will be charged to `key`.
    pub(crate) fn coming(&self, key: usize) -> u64 {
        let coming = self.parcels.values().filter(|parcel| {
            parcel.reply.is_none()
                && parcel.request.key == Some(key)
                && parcel.request.is_charge()
                && !matches!(
                    parcel.twist,
                    Twist::Code(_, false) | Twist::Http(_, false) | Twist::Spoiled(_, false)
                )
        });
        coming.count() as u64
    }
}
