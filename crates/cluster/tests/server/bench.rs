//! How fast both hosts are, what they use, and what kills cost: figures as text, for people.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use jindiao_order::StateName;
use jindiao_simulator::{Fault, FaultRule, Operation, PendingPlan, Simulator};

use crate::host::{Host, Kind, Options, World, wait};
use crate::lists::{mixture, patents, snapshots};
use crate::many::Many;
use crate::restate::{Setup, Used};

/// Orders of a run.
const ORDERS: usize = 1000;
/// The parts that a server divides everything into by itself.
const PARTITIONS: u32 = 24;

fn setup(nodes: usize) -> Setup {
    Setup {
        nodes,
        partitions: PARTITIONS,
        storage: 512,
        ..Setup::ONE
    }
}

/// Measures all, or what is named: `speed`, `kills`, `pace`; `cost` is the speed of one node alone.
pub(crate) fn measure(program: &Path, what: Option<&str>) {
    let is_wanted = |name| what.is_none_or(|what| what == name);
    if is_wanted("speed") {
        speeds(program);
    }
    if what == Some("cost") {
        nodes(program, "one node", 1);
    }
    if is_wanted("kills") {
        all_kills(program);
    }
    if is_wanted("pace") {
        pace(program);
    }
}

fn options(nodes: usize) -> Options {
    Options {
        terms: |mut terms| {
            terms.concurrency = 64;
            terms.poll_ms = 200;
            terms
        },
        pending: PendingPlan::polls(1),
        setup: setup(nodes),
        ..Options::default()
    }
}

fn speeds(program: &Path) {
    println!(
        "{ORDERS} orders: each ordered, asked for twice, downloaded; a process calls 64 at once"
    );
    speed(
        "SQLite",
        &mut World::new(&Kind::Single, &options(1)),
        |_| Used::default(),
    );
    nodes(program, "one node", 1);
    nodes(program, "three nodes", 3);
}

fn nodes(program: &Path, name: &str, nodes: usize) {
    let mut world = many(program, &options(nodes));
    speed(name, &mut world, |host| host.server.used());
}

fn all_kills(program: &Path) {
    println!("\nkills in the middle of {ORDERS} orders, every answer late by 60 ms");
    let slow = |nodes| Options {
        faults: vec![FaultRule::always(Fault::Slow { ms: 60 })],
        ..options(nodes)
    };
    let single = || World::new(&Kind::Single, &slow(1));
    kills(
        "SQLite, process killed three times",
        &mut single(),
        kill_worker,
    );
    let one = || many(program, &slow(1));
    kills(
        "one node, worker killed three times",
        &mut one(),
        kill_worker,
    );
    kills(
        "one node, server killed three times",
        &mut one(),
        |host, _| host.restart_server(),
    );
    kills(
        "three nodes, each killed once",
        &mut many(program, &slow(3)),
        |host, n| {
            host.server.kill(n);
            host.server.run(n);
            host.talk_to((n + 1) % 3);
        },
    );
}

fn many(program: &Path, options: &Options) -> World<Many> {
    let world = World::many(program, options);
    wait("leaders", 60, || world.host.server.leaders().0);
    world
}

/// One run of a list, undisturbed.
fn speed<H: Host + ?Sized>(name: &str, world: &mut World<H>, server: impl Fn(&H) -> Used) {
    let wanted = patents(ORDERS);
    let (begin, before) = (Instant::now(), server(&world.host));
    world.host.begin(&wanted);
    let submitted = begin.elapsed();
    let workers = world.host.process_ids();
    let mut worker = Used::default();
    wait("the last one", 600, || {
        let used = workers.iter().filter_map(|id| Used::by(*id));
        let used = used.fold(Used::default(), Used::plus);
        // One that has ended uses nothing any more.
        worker.ticks = worker.ticks.max(used.ticks);
        worker.memory = worker.memory.max(used.memory);
        let downloads = world.charges().calls_of(Operation::Download);
        (downloads >= ORDERS as u64).then_some(())
    });
    let done = begin.elapsed();
    let after = server(&world.host);
    let states = world.rest();
    assert_eq!(states.get(&StateName::Stored), Some(&ORDERS), "{states:?}");
    let rate = ORDERS as u128 * 1000 / done.as_millis();
    // Hundredths of a second for a thousand orders.
    let each = |ticks: u64| format!("{}.{:02} ms", ticks / 100, ticks % 100);
    println!(
        "{name}: submitted in {submitted:.1?}, done in {done:.1?}, {rate} orders a second; an order \
         costs {} of the servers' processors and {} of the worker's; servers {} MiB before, {} MiB \
         after, worker {} MiB",
        each((after.ticks - before.ticks) * 1000 / ORDERS as u64),
        each(worker.ticks * 1000 / ORDERS as u64),
        before.memory,
        after.memory,
        worker.memory
    );
}

fn kill_worker<H: Host + ?Sized>(host: &mut H, _: usize) {
    host.kill();
    host.start().expect("another process");
}

/// One run of a list, with three kills.
fn kills<H: Host + ?Sized>(name: &str, world: &mut World<H>, kill: impl Fn(&mut H, usize)) {
    let wanted = mixture(ORDERS);
    world.host.begin(&wanted);
    for n in 0..3 {
        world.wait_for_charges(150 + 200 * n as u64);
        kill(&mut world.host, n);
    }
    let states = world.rest();
    world.judge(&wanted, &[]);
    let of = |state| states.get(&state).copied().unwrap_or(0);
    let (stored, doubts) = (of(StateName::Stored), of(StateName::Uncertain));
    let doubtful = world.in_state(StateName::Uncertain);
    let paid = doubtful
        .iter()
        .filter(|it| !world.references(it).is_empty());
    println!(
        "{name}: {stored} stored, {doubts} in doubt, of which {} are charged; {} lost, {} paid twice",
        paid.count(),
        wanted.len() - stored - doubts,
        world.charges().charged_twice().len()
    );
}

/// Three workers share an account that may be called twenty times a second.
fn pace(program: &Path) {
    const CALLS: u64 = 600;
    let options = Options {
        terms: |mut terms| {
            terms.qps = 20;
            terms
        },
        setup: setup(1),
        ..Options::default()
    };
    let mut world = many(program, &options);
    for _ in 0..2 {
        world.host.start().expect("joined");
    }
    let (host, simulator) = (&mut world.host, &world.simulator);
    let (average, worst) = std::thread::scope(|scope| {
        // Before the first call.
        let watch = scope.spawn(|| watch(simulator, CALLS));
        host.begin(&snapshots(CALLS as usize));
        watch.join().expect("a watch")
    });
    let ids = world.host.process_ids();
    let used = ids.into_iter().filter_map(Used::by);
    let shares: Vec<_> = used.map(|used| used.ticks).collect();
    println!(
        "\none account at 20 calls a second, three workers, {CALLS} calls: {}.{} a second on average, \
         {worst} in the worst second; processor time of the workers {shares:?} (1/100 s)",
        average / 10,
        average % 10
    );
}

/// Watches the calls until there are so many: tenths of calls a second on average, and calls in the
/// worst second.
fn watch(simulator: &Simulator, most: u64) -> (u128, usize) {
    let mut calls = VecDeque::new();
    let (mut worst, mut seen, mut first) = (0, 0, None);
    loop {
        let count = simulator.charges().calls_of(Operation::QccImage);
        let now = Instant::now();
        (seen..count).for_each(|_| calls.push_back(now));
        seen = count;
        first = first.or((count > 0).then_some(now));
        while calls
            .front()
            .is_some_and(|it| now - *it >= Duration::from_secs(1))
        {
            calls.pop_front();
        }
        worst = worst.max(calls.len());
        if let (true, Some(first)) = (count >= most, first) {
            let took = (now - first).as_millis().max(1);
            return (u128::from(most - 1) * 10_000 / took, worst);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
