//! Servers that are killed in mid-run: one alone, and one after the other of three nodes that keep
//! everything twice.

use std::path::Path;
use std::time::{Duration, Instant};

use jindiao_order::{StateName, Wanted};
use jindiao_simulator::{Fault, FaultRule};

use crate::host::{Host as _, Options, World, wait};
use crate::lists::mixture;
use crate::many::Many;
use crate::restate::Setup;
use crate::scenarios::{IN_FLIGHT, slow, stored_or_uncertain};

const THREE: Setup = Setup {
    nodes: 3,
    partitions: 6,
    ..Setup::ONE
};

pub(crate) fn a_killed_server_costs_nothing(program: &Path) {
    let options = Options {
        faults: vec![slow()],
        ..Options::default()
    };
    let mut world = World::many(program, &options);
    let wanted = mixture(64);
    world.host.begin(&wanted);
    world.wait_for_charges(18);
    world.host.restart_server();
    stored_or_uncertain(&world.rest(), wanted.len(), IN_FLIGHT);
    world.judge(&wanted, &[]);
}

/// First a node is killed that nobody talks to: workers and people notice nothing. Then the one that
/// the workers joined at and that people talk to: workers work on, since the others call them;
/// people talk to another one.
pub(crate) fn a_killed_node_costs_nothing(program: &Path) {
    let options = Options {
        // Slow enough that finding a leader takes less time than the orders.
        faults: vec![FaultRule::always(Fault::Slow { ms: 1000 })],
        setup: THREE,
        ..Options::default()
    };
    let mut world = world_of_leaders(program, &options);
    let wanted = mixture(96);
    let (first, second) = wanted.split_at(48);

    assert_eq!(world.host.begin(first), first.len());
    world.wait_for_charges(12);
    kill(&mut world, 1);
    let states = world.rest();
    let doubts = states.get(&StateName::Uncertain).copied().unwrap_or(0);
    assert!(doubts <= IN_FLIGHT, "{states:?}");
    world.judge(first, &[]);
    // With one node less workers join, and what is known is known.
    world.host.join(0).expect("joined");
    assert_eq!(submit(&mut world, first), 0);
    world.host.server.run(1);
    world.host.talk_to(1);

    // What a node that is still settling did not take is new once, whenever it is taken.
    submit(&mut world, second);
    assert_eq!(world.host.orders().len(), wanted.len());
    world.wait_for_charges(50);
    kill(&mut world, 0);
    let states = world.rest();
    let doubts = states.get(&StateName::Uncertain).copied().unwrap_or(0);
    assert!(doubts <= 2 * IN_FLIGHT, "{states:?}");
    let stored = states.get(&StateName::Stored).copied().unwrap_or(0);
    assert_eq!(stored + doubts, wanted.len(), "{states:?}");
    world.judge(&wanted, &[]);
    world.host.server.run(0);
    world.host.talk_to(0);
    assert_eq!(submit(&mut world, &wanted), 0);
    assert_eq!(world.rest(), states);
    world.judge(&wanted, &[]);
}

/// A world in which each node leads some of the orders. What is kept where is settled as soon as two
/// nodes are there: one that comes later has no part in it, and there it begins again.
fn world_of_leaders(program: &Path, options: &Options) -> World<Many> {
    wait("three nodes that lead", 600, || {
        let world = World::many(program, options);
        // Who leads is evened out within a few seconds.
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(60) {
            let (leaders, _) = world.host.server.leaders();
            if leaders.is_some_and(|leaders| !leaders.contains(&0)) {
                return Some(world);
            }
        }
        None
    })
}

/// Submits a list, again and again while a node that has just begun does not take it: how much was
/// new at last.
fn submit(world: &mut World<Many>, wanted: &[Wanted]) -> usize {
    wait("the node", 60, || world.host.submit(wanted).ok())
}

/// `kill -9` of a node that leads some of the orders; another one takes each of them over.
fn kill(world: &mut World<Many>, node: usize) {
    wait_for_leaders(world, |leaders| leaders[node] > 0);
    if world.host.is_at_rest() {
        eprintln!("all was done before node {node} was killed");
    }
    world.host.server.kill(node);
    wait_for_leaders(world, |leaders| leaders[node] == 0);
}

fn wait_for_leaders(world: &World<Many>, is_it: impl Fn(&[usize]) -> bool) {
    let begin = Instant::now();
    loop {
        let (leaders, text) = world.host.server.leaders();
        if leaders.is_some_and(|leaders| is_it(&leaders)) {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(180),
            "leaders: {text}"
        );
    }
}
