//! What a seed picks before anything happens: orders, weather, accounts, settings.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use jindiao_client::PaceLimits;
use jindiao_codes::{Code, Outcome, Vendor, patsnap, qcc, yibeidiao};
use jindiao_order::{Fen, Product, Wanted};
use jindiao_protocol::{Company, Period, Subject};

use crate::dice::Dice;

/// One run of the world, as far as it is settled beforehand.
pub(crate) struct Scenario {
    /// True time at the beginning, in milliseconds.
    pub(crate) origin: i64,
    pub(crate) wants: Vec<Want>,
    /// The list that is run, by index; a line may be there twice.
    pub(crate) list: Vec<usize>,
    pub(crate) weather: Weather,
    pub(crate) clocks: Clocks,
    /// How many incarnations live in bad weather.
    pub(crate) runs: u32,
    pub(crate) max_cost: Option<Fen>,
    pub(crate) wait: bool,
    pub(crate) order_again: bool,
    pub(crate) pace: PaceLimits,
    pub(crate) request_timeout: Duration,
    /// Whether PatSnap's account has a static key and not a client that needs tokens.
    pub(crate) has_api_key: bool,
    /// Whether the ledger is a file that is opened anew after each incarnation.
    pub(crate) is_on_disk: bool,
    /// Whether stored files are lost between two incarnations.
    pub(crate) loses_files: bool,
    pub(crate) person: Person,
}

/// How the person between two incarnations is, per mille of the occasions.
pub(crate) struct Person {
    /// Acts at all.
    pub(crate) acts: u64,
    /// Says something that is not so.
    pub(crate) errs: u64,
    /// Gives the order up.
    pub(crate) gives_up: u64,
}

/// A wanted report, and what the vendor will make of it.
pub(crate) struct Want {
    pub(crate) wanted: Wanted,
    /// What its subject is called in requests.
    pub(crate) word: String,
    pub(crate) fate: Fate,
}

/// What a vendor makes of an order, unless the weather comes between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The report is there so many milliseconds after it was ordered.
    Delivered(i64),
    /// It is charged, and the report cannot be made.
    Fails,
    /// It is refused with this code, and nothing is charged.
    Refused(&'static str),
}

/// How far off the machine's clock is, and what vendors make of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    /// By how many milliseconds the machine's clock is ahead when everything begins.
    pub(crate) skew: i64,
    /// And in the last act, in which answers have the right date.
    pub(crate) last_skew: i64,
    /// What answers say of the time.
    pub(crate) date: Date,
    /// With which code QCC refuses a time.
    pub(crate) qcc_refusal: &'static str,
}

/// The `Date` of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Date {
    /// The true time.
    Right,
    /// None.
    Absent,
    /// A time that no clock shows.
    Nonsense,
    /// Always so many milliseconds off.
    Off(i64),
    /// Another time in every answer.
    Jumping,
    /// The true time, and `Age` says that it is old.
    Cached,
}

/// How often things go wrong, per mille of the occasions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weather {
    /// No connection comes to be.
    pub(crate) refused: u64,
    /// Connecting takes longer than an intent may live.
    pub(crate) slow_dial: u64,
    /// The request is lost after it left.
    pub(crate) lost_request: u64,
    /// The request arrives and its answer is lost.
    pub(crate) lost_answer: u64,
    /// The request arrives long after the client has given up.
    pub(crate) late: u64,
    /// An HTTP status that is no success.
    pub(crate) http: u64,
    /// A page, half a body, an empty body or an incomplete one.
    pub(crate) garbage: u64,
    /// A code of the vendor's table.
    pub(crate) code: u64,
    /// A code that is in no table.
    pub(crate) unknown_code: u64,
    /// The account gets into trouble, until a person sees to it.
    pub(crate) trouble: u64,
    /// How many calls a vendor takes a day.
    pub(crate) quota: Option<u32>,
    /// Something is wrong with a download.
    pub(crate) download: u64,
    /// Links that live for seconds, or are given dead.
    pub(crate) short_links: bool,
    /// The clock jumps or the machine sleeps.
    pub(crate) jump: u64,
    /// The process dies, at any point.
    pub(crate) crash: u64,
    /// The process dies at a chosen point.
    pub(crate) has_aim: bool,
    /// Somebody interrupts the program.
    pub(crate) interrupt: u64,
}

const SECOND: i64 = 1000;
/// 2026-03-02T00:00:00Z, eight in the morning in China.
const ORIGIN: i64 = 1_772_409_600 * SECOND;

impl Scenario {
    pub(crate) fn roll(seed: u64, dice: &mut Dice) -> Self {
        let count = dice.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let mut wants: Vec<Want> = Vec::new();
        // A few rolls make no want that is new.
        for n in 0.. {
            if wants.len() >= count {
                break;
            }
            if let Some(want) = Want::roll(n, dice)
                && wants.iter().all(|other| other.wanted != want.wanted)
            {
                wants.push(want);
            }
        }
        let mut list: Vec<usize> = (0..wants.len()).collect();
        if dice.chance(100) {
            list.push(0);
        }
        // Minutes before midnight in China, or any time of the day.
        let origin = if dice.coin() {
            ORIGIN + 16 * 3600 * SECOND - millis(dice.below(600 * 1000))
        } else {
            ORIGIN + millis(dice.below(86_400 * 1000))
        };
        let mut pace = PaceLimits::default();
        if dice.coin() {
            pace = pace.with_qps(NonZeroU32::MIN.saturating_add(3));
        }
        if dice.coin() {
            pace = pace.with_concurrency(NonZeroUsize::MIN);
        }
        if dice.chance(150) {
            pace = pace.with_daily_limit(dice.between(2, 12));
        }
        Self {
            origin,
            list,
            wants,
            weather: Weather::roll(dice),
            clocks: Clocks::roll(seed),
            runs: dice.pick(&[1, 1, 2, 2, 3, 5]),
            max_cost: dice
                .chance(150)
                .then(|| Fen::new(dice.pick(&[0, 100, 1_000, 3_000, 4_000, 7_000]))),
            wait: dice.chance(300),
            order_again: dice.chance(200),
            pace,
            request_timeout: Duration::from_secs(dice.pick(&[3, 15, 15, 60])),
            has_api_key: dice.chance(300),
            is_on_disk: dice.chance(15),
            loses_files: seed % 16 == 3,
            person: Person {
                acts: dice.pick(&[0, 500, 900]),
                errs: dice.pick(&[0, 0, 100]),
                gives_up: 50,
            },
        }
    }
}

impl Clocks {
    /// With dice of its own, so that the rest of a seed's story does not depend on it.
    fn roll(seed: u64) -> Self {
        let dice = &mut Dice::new(seed ^ 0x000c_10c5);
        let skew = |dice: &mut Dice| {
            let most = dice.pick(&[0, 0, 4, 200, 420, 3600, 8 * 3600, 86_400, 90 * 86_400]);
            let far = millis(most) * SECOND;
            if dice.coin() { far } else { -far }
        };
        let begins = skew(dice);
        let ends = skew(dice);
        let date = match dice.below(10) {
            0 => Date::Absent,
            1 => Date::Nonsense,
            2 => Date::Off(skew(dice)),
            3 => Date::Jumping,
            4 => Date::Cached,
            _ => Date::Right,
        };
        Self {
            skew: begins,
            // Months are a person's work.
            last_skew: if ends.abs() > 86_400 * SECOND {
                0
            } else {
                ends
            },
            date,
            qcc_refusal: dice.pick(&["115", "115", "107"]),
        }
    }
}

impl Want {
    fn roll(n: usize, dice: &mut Dice) -> Option<Self> {
        let product = dice.pick(Product::ALL);
        let (subject, word) = match product {
            Product::QccRiskReport => {
                let period = dice.pick(&[Period::Day, Period::Week, Period::Month]);
                (Subject::Period(period), period.as_str().to_owned())
            }
            Product::PatsnapPatentValueReport => {
                let word = format!("CN10{n}A");
                (Subject::Patent(word.parse().ok()?), word)
            }
            Product::YibeidiaoInterimReport => {
                let word = format!("2026030200000000000000{n}");
                (Subject::Record(word.parse().ok()?), word)
            }
            _ => {
                let word = format!("Company{n}");
                (Subject::Company(Company::named(word.parse().ok()?)), word)
            }
        };
        let format = dice.pick(product.formats());
        let fate = match dice.below(20) {
            0 => Fate::Refused(refusal(product, dice)?),
            1 if matches!(product.vendor(), Vendor::Qcc | Vendor::Patsnap)
                && product != Product::QccSnapshot =>
            {
                Fate::Fails
            }
            2 => Fate::Delivered(millis(dice.between(1800, 7200)) * SECOND),
            3..=6 => Fate::Delivered(millis(dice.between(30, 600)) * SECOND),
            _ => Fate::Delivered(millis(dice.below(40)) * SECOND),
        };
        Some(Self {
            wanted: Wanted::new(product, subject, Some(format)).ok()?,
            word,
            fate,
        })
    }
}

/// A code with which the vendor of `product` turns this subject away for good.
fn refusal(product: Product, dice: &mut Dice) -> Option<&'static str> {
    Some(match product {
        Product::QccSnapshot => dice.pick(&["201", "202", "208"]),
        Product::QccRiskReport => "201",
        Product::PatsnapInnovationReport | Product::PatsnapPatentValueReport => "68300013",
        // A record that is paid for has its report one day.
        _ => return None,
    })
}

impl Weather {
    fn roll(dice: &mut Dice) -> Self {
        if dice.chance(50) {
            return Self::default();
        }
        // Every kind of trouble is there or not by itself: what is rare alone is found together.
        let some = |dice: &mut Dice| {
            if dice.chance(400) {
                dice.pick(&[20, 60, 150, 400])
            } else {
                0
            }
        };
        let mut weather = Self {
            refused: some(dice),
            slow_dial: some(dice) / 2,
            lost_request: some(dice),
            lost_answer: some(dice),
            late: some(dice),
            http: some(dice),
            garbage: some(dice),
            code: some(dice),
            unknown_code: some(dice) / 2,
            trouble: some(dice) / 4,
            download: some(dice) * 2,
            ..Self::default()
        };
        weather.quota = dice
            .chance(100)
            .then(|| u32::try_from(dice.between(2, 10)).unwrap_or(2));
        weather.short_links = dice.chance(250);
        weather.jump = if dice.chance(300) {
            dice.pick(&[5, 30])
        } else {
            0
        };
        weather.crash = if dice.chance(400) {
            dice.pick(&[3, 15, 50])
        } else {
            0
        };
        weather.has_aim = dice.chance(600);
        weather.interrupt = if dice.chance(150) { 15 } else { 0 };
        weather
    }
}

/// All codes of `vendor` but success.
pub(crate) fn codes(vendor: Vendor) -> Vec<Code> {
    let all: Vec<Code> = match vendor {
        Vendor::Qcc => qcc::Known::ALL
            .into_iter()
            .map(|known| qcc::Code::from(known).into())
            .collect(),
        Vendor::Patsnap => patsnap::Known::ALL
            .into_iter()
            .map(|known| patsnap::Code::from(known).into())
            .collect(),
        Vendor::Yibeidiao => yibeidiao::Known::ALL
            .into_iter()
            .map(|known| yibeidiao::Code::from(known).into())
            .collect(),
        Vendor::Other(_) => Vec::new(),
    };
    all.into_iter().filter(|code| !code.is_success()).collect()
}

/// Whether `code` leaves it open whether a charging call was charged.
pub(crate) fn is_open(code: &Code, exchange: &str) -> bool {
    code.outcome_at(exchange) != Outcome::NothingDone
}

pub(crate) fn millis(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
