//! What both hosts promise, each promise as one scenario. The simulator's charges are the judge.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jindiao_client::{SystemClock, Time};
use jindiao_cluster::tick::Decision;
use jindiao_order::StateName;
use jindiao_protocol::Vendor;
use jindiao_simulator::{Fault, FaultPlan, FaultRule, Operation};

use crate::host::{Kind, Options, World, wait};
use crate::lists::{innovation_reports, is_charged, mixture, records, snapshots};
use crate::restate::Setup;

/// A promise by its name.
pub(crate) type Scenario = (&'static str, fn(&Kind));

pub(crate) const ALL: &[Scenario] = named![
    everything_is_ordered_once,
    a_killed_worker_costs_nothing,
    three_kills_cost_nothing,
    a_process_that_stops_leaves_no_doubt,
    who_slept_past_its_intents_does_not_pay,
    what_comes_twice_is_one_order,
    a_doubtful_charge_is_a_persons_question,
    who_can_be_asked_is_asked,
    a_dead_link_is_asked_for_again,
    a_dead_account_is_left_alone_until_it_is_opened,
    a_day_has_so_many_calls,
    after_midnight_there_are_more,
    a_faulty_world_pays_for_nothing_twice,
];

/// How many calls are under way at most when a process is killed: to two vendors that charge.
pub(crate) const IN_FLIGHT: usize = 16;

pub(crate) fn slow() -> FaultRule {
    FaultRule::always(Fault::Slow { ms: 60 })
}

fn of(states: &BTreeMap<StateName, usize>, state: StateName) -> usize {
    states.get(&state).copied().unwrap_or(0)
}

fn all(states: &BTreeMap<StateName, usize>, state: StateName, n: usize) {
    assert_eq!(states, &BTreeMap::from([(state, n)]));
}

/// Everything is stored, but for `most` doubts at most.
pub(crate) fn stored_or_uncertain(states: &BTreeMap<StateName, usize>, n: usize, most: usize) {
    let uncertain = of(states, StateName::Uncertain);
    assert!(uncertain <= most, "{states:?}");
    assert_eq!(of(states, StateName::Stored) + uncertain, n, "{states:?}");
}

fn everything_is_ordered_once(kind: &Kind) {
    let mut world = World::new(kind, &Options::default());
    let wanted = mixture(43);
    assert_eq!(world.host.begin(&wanted), wanted.len());
    all(&world.rest(), StateName::Stored, wanted.len());
    world.judge(&wanted, &[]);
    let charged = wanted.iter().filter(|it| is_charged(it)).count();
    assert_eq!(world.charges().total, charged as u64);
}

/// Kills the process that works this often, in the middle.
fn kills(kind: &Kind, kills: u64) {
    let options = Options {
        faults: vec![slow()],
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(64);
    world.host.begin(&wanted);
    for kill in 1..=kills {
        world.wait_for_charges(kill * 36 / kills.max(2));
        assert!(!world.host.is_at_rest(), "killed in the middle");
        world.host.kill();
        world.host.start().expect("another process");
    }
    let states = world.rest();
    stored_or_uncertain(&states, wanted.len(), IN_FLIGHT * kills as usize);
    world.judge(&wanted, &[]);
    // What was in doubt stays so, whoever works on, and costs nothing more.
    let charges = world.charges().total;
    world.host.relieve();
    assert_eq!(world.rest(), states);
    assert_eq!(world.charges().total, charges);
}

fn a_killed_worker_costs_nothing(kind: &Kind) {
    kills(kind, 1);
}

fn three_kills_cost_nothing(kind: &Kind) {
    kills(kind, 3);
}

fn a_process_that_stops_leaves_no_doubt(kind: &Kind) {
    let options = Options {
        faults: vec![slow()],
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(48);
    world.host.begin(&wanted);
    world.wait_for_charges(10);
    let asked = Instant::now();
    world.host.stop();
    // What a busy machine does not bring to its end in a second is cut off.
    let most = match asked.elapsed() {
        quick if quick < Duration::from_secs(1) => 0,
        _ => IN_FLIGHT,
    };
    world.host.start().expect("another process");
    stored_or_uncertain(&world.rest(), wanted.len(), most);
    world.judge(&wanted, &[]);
}

fn who_slept_past_its_intents_does_not_pay(kind: &Kind) {
    const LIFE: Duration = Duration::from_millis(300);
    let options = Options {
        faults: vec![slow()],
        terms: |mut terms| {
            terms.intent_ms = 300;
            terms
        },
        setup: Setup {
            // The server does not wait long for a worker that is silent.
            patience: Duration::from_secs(1),
            ..Setup::ONE
        },
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(64);
    world.host.begin(&wanted);
    world.wait_for_charges(18);
    world.host.pause();
    let paused = Instant::now();
    match world.host.start() {
        // Another one orders all that is left. The files that the sleeper was writing stay locked.
        Ok(()) => wait("the others' orders", 300, || {
            let states = world.states();
            let left = of(&states, StateName::Planned) + of(&states, StateName::Ordering);
            (left == 0).then_some(())
        }),
        // There is one at a time.
        Err(why) => assert!(why.contains("in use"), "{why}"),
    }
    let charges = world.charges();
    // No intent of the one that sleeps lives so long, with all that clocks may be off by.
    wait("the end of the intents", 60, || {
        (paused.elapsed() > 10 * LIFE).then_some(())
    });
    world.host.resume();
    world.rest();
    // Whatever it held, such as files that it was writing, is free. On a busy machine an order's
    // intents may run out so often that it is left for the next run.
    let states = wait("the last orders", 300, || {
        world.host.go_on();
        let states = world.rest();
        (of(&states, StateName::Planned) == 0).then_some(states)
    });
    stored_or_uncertain(&states, wanted.len(), IN_FLIGHT);
    world.judge(&wanted, &[]);
    if matches!(kind, Kind::Many(_)) {
        // Whoever woke up had nothing to do any more.
        assert_eq!(world.charges().by_subject, charges.by_subject);
    }
}

fn what_comes_twice_is_one_order(kind: &Kind) {
    let options = Options {
        faults: vec![slow()],
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(40);
    let (first, rest) = wanted.split_at(1);
    // A process must be there before some hosts take anything.
    assert_eq!(world.host.begin(first), 1);
    if matches!(kind, Kind::Single) {
        world.rest();
    }
    assert_eq!(world.host.submit_from_two_sides(rest), rest.len());
    world.host.go_on();
    // In the middle it is known, or is not looked at now.
    match world.host.submit(&wanted) {
        Ok(new) => assert_eq!(new, 0),
        Err(why) => assert!(why.contains("in use"), "{why}"),
    }
    all(&world.rest(), StateName::Stored, wanted.len());
    let charges = world.charges();
    for _ in 0..2 {
        assert_eq!(world.host.submit(&wanted), Ok(0));
        world.host.go_on();
        all(&world.rest(), StateName::Stored, wanted.len());
    }
    assert_eq!(world.charges(), charges, "nothing more is called");
    world.judge(&wanted, &[]);
}

fn a_doubtful_charge_is_a_persons_question(kind: &Kind) {
    let lost = |operation, nth| FaultRule::nth(operation, nth, Fault::DropAfterCharge);
    let options = Options {
        faults: vec![
            lost(Operation::QccImage, 2),
            lost(Operation::PatSnapCompanyCreate, 1),
            lost(Operation::PatSnapCompanyCreate, 3),
        ],
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(43);
    world.host.begin(&wanted);
    let states = world.rest();
    assert_eq!(of(&states, StateName::Uncertain), 3, "{states:?}");
    stored_or_uncertain(&states, wanted.len(), 3);
    world.judge(&wanted, &[]);

    let doubts = world.in_state(StateName::Uncertain);
    let (pictures, reports): (Vec<_>, Vec<_>) = doubts
        .into_iter()
        .partition(|it| it.product().vendor() == Vendor::Qcc);
    let [again] = &pictures[..] else {
        panic!("{pictures:?}");
    };
    let [placed, abandoned] = &reports[..] else {
        panic!("{reports:?}");
    };
    let charges = world.charges().total;
    let reference = world.references(placed).remove(0);
    let decisions = [
        (again, Decision::NotPlaced),
        (placed, Decision::Placed { reference }),
        (abandoned, Decision::Abandon),
    ];
    for (wanted, decision) in &decisions {
        assert_eq!(world.host.decide(wanted, decision), Ok(()));
    }
    world.host.go_on();
    let states = world.rest();
    assert_eq!(
        of(&states, StateName::Stored),
        wanted.len() - 1,
        "{states:?}"
    );
    let failed = world.in_state(StateName::Failed);
    assert_eq!(failed, std::slice::from_ref(abandoned));
    world.judge(&wanted, std::slice::from_ref(again));
    assert_eq!(world.charges().total, charges + 1);
    // What is settled is not decided about again.
    for (wanted, decision) in &decisions[..2] {
        assert!(world.host.decide(wanted, decision).is_err());
    }
}

fn who_can_be_asked_is_asked(kind: &Kind) {
    // The answer is lost, the same serial is repeated, the vendor says 902, and a new one follows.
    let lost = FaultRule {
        operation: Some(Operation::YibeidiaoReport),
        nth: vec![1, 4],
        ..FaultRule::always(Fault::DropAfterCharge)
    };
    let options = Options {
        faults: vec![lost],
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = records(8);
    world.host.begin(&wanted);
    all(&world.rest(), StateName::Stored, wanted.len());
    world.judge(&wanted, &[]);
    let asked_again = wanted
        .iter()
        .map(|it| world.host.codes(it))
        .filter(|codes| {
            let known = |code: &str| codes.iter().flatten().any(|known| known == code);
            assert!(known("000"), "{codes:?}");
            known("902")
        });
    assert!((1..=2).contains(&asked_again.count()));
}

fn a_dead_link_is_asked_for_again(kind: &Kind) {
    let dead = |operation, nth: &[u64]| FaultRule {
        operation: Some(operation),
        nth: nth.to_vec(),
        ..FaultRule::always(Fault::ExpiredLink)
    };
    let options = Options {
        faults: vec![
            dead(Operation::QccReportInfo, &[3]),
            dead(Operation::PatSnapCompanyStatus, &[5, 6, 7]),
            dead(Operation::PatSnapPatentStatus, &[5, 6, 7]),
            dead(Operation::YibeidiaoReport, &[1, 2]),
        ],
        pending: jindiao_simulator::PendingPlan::NONE,
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(43);
    world.host.begin(&wanted);
    all(&world.rest(), StateName::Stored, wanted.len());
    world.judge(&wanted, &[]);
}

fn a_dead_account_is_left_alone_until_it_is_opened(kind: &Kind) {
    let dead = FaultRule {
        operation: Some(Operation::QccImage),
        ..FaultRule::always(Fault::Code {
            code: "102".to_owned(),
        })
    };
    let options = Options {
        faults: vec![dead],
        terms: |mut terms| {
            terms.concurrency = 4;
            terms
        },
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let mut wanted = snapshots(32);
    wanted.extend(innovation_reports(4));
    world.host.begin(&wanted);
    let states = world.rest();
    assert_eq!(
        of(&states, StateName::Stored),
        4,
        "others go on: {states:?}"
    );
    let calls = world.charges().calls_of(Operation::QccImage);
    let held = of(&states, StateName::Held);
    assert_eq!(of(&states, StateName::Planned) + held, 32, "{states:?}");
    assert!((1..=4).contains(&calls), "{calls} calls");
    world.judge(&wanted, &[]);

    world.simulator.set_faults(FaultPlan::default());
    world.host.open(Vendor::Qcc);
    all(&world.rest(), StateName::Stored, wanted.len());
    world.judge(&wanted, &[]);
}

fn a_day_has_so_many_calls(kind: &Kind) {
    let today = || SystemClock::new().now().china_date();
    let options = Options {
        terms: |mut terms| {
            terms.daily = Some(5);
            terms
        },
        ..Options::default()
    };
    // Where the day ends in the middle there are more.
    wait("a day", 120, || {
        let begun = today();
        let mut world = World::new(kind, &options);
        let wanted = snapshots(12);
        world.host.begin(&wanted);
        let states = world.rest();
        let calls = world.charges().calls_of(Operation::QccImage);
        world.host.relieve();
        let later = world.rest();
        let later_calls = world.charges().calls_of(Operation::QccImage);
        (today() == begun).then(|| {
            assert_eq!(
                (of(&states, StateName::Stored), calls),
                (5, 5),
                "{states:?}"
            );
            assert_eq!((of(&states, StateName::Planned), &later), (7, &states));
            assert_eq!(later_calls, 5, "another process knows of them");
            world.judge(&wanted, &[]);
        })
    });
}

fn after_midnight_there_are_more(kind: &Kind) {
    // Where the machine is so slow that the day ends too early, another one begins further from its end.
    let mut left = [25, 50, 100].map(Duration::from_secs).into_iter();
    wait("a day", 300, || {
        let left = left.next().expect("a day that is long enough");
        let clock = SystemClock::new();
        // So that the day ends that much later.
        let end = clock.now().plus(left);
        let ahead = end.next_china_midnight().since(end).as_secs();
        let now = || clock.now().plus(Duration::from_secs(ahead));
        let options = Options {
            terms: |mut terms| {
                terms.daily = Some(5);
                terms
            },
            ahead,
            ..Options::default()
        };
        let mut world = World::new(kind, &options);
        let midnight = now().next_china_midnight();
        let wanted = snapshots(12);
        world.host.begin(&wanted);
        let states = world.rest();
        let calls = world.charges().calls_of(Operation::QccImage);
        (now() < midnight).then(|| {
            let stored = of(&states, StateName::Stored);
            assert_eq!(
                (stored, calls, world.charges().total),
                (5, 5, 5),
                "{states:?}"
            );
            assert_eq!(of(&states, StateName::Planned), 7, "{states:?}");
            wait("midnight", 200, || (now() > midnight).then_some(()));
            assert_eq!(
                world.charges().total,
                5,
                "nobody was there to go on so soon"
            );
            world.host.go_on();
            let states = world.rest();
            assert_eq!(of(&states, StateName::Stored), 10, "{states:?}");
            assert_eq!(of(&states, StateName::Planned), 2, "{states:?}");
            assert_eq!(world.charges().total, 10, "the new day has as many");
            assert!(world.charges().charged_twice().is_empty());
            world.judge(&wanted, &[]);
        })
    });
}

fn a_faulty_world_pays_for_nothing_twice(kind: &Kind) {
    let some = |operation, per_mille, fault| FaultRule {
        operation: Some(operation),
        per_mille: Some(per_mille),
        ..FaultRule::always(fault)
    };
    let mut rules = Vec::new();
    for operation in [
        Operation::QccImage,
        Operation::QccCreateReport,
        Operation::PatSnapCompanyCreate,
        Operation::PatSnapPatentCreate,
    ] {
        rules.push(some(operation, 80, Fault::DropBeforeCharge));
        rules.push(some(operation, 80, Fault::DropAfterCharge));
        rules.push(some(
            operation,
            80,
            Fault::ServerErrorAfterCharge { status: 502 },
        ));
        rules.push(some(operation, 80, Fault::HalfBody));
        rules.push(some(operation, 80, Fault::HtmlPageAfterCharge));
    }
    for operation in [
        Operation::QccReportInfo,
        Operation::PatSnapCompanyStatus,
        Operation::YibeidiaoReport,
    ] {
        rules.push(some(operation, 200, Fault::DropAfterCharge));
        rules.push(some(operation, 200, Fault::ExpiredLink));
    }
    let options = Options {
        faults: rules,
        ..Options::default()
    };
    let mut world = World::new(kind, &options);
    let wanted = mixture(64);
    world.host.begin(&wanted);
    let states = world.rest();
    stored_or_uncertain(&states, wanted.len(), wanted.len() / 2);
    assert!(of(&states, StateName::Uncertain) > 0, "{states:?}");
    world.judge(&wanted, &[]);
}
