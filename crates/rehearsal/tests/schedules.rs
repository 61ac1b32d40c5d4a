//! Seeds that found something, many others, and the promise that a seed tells one story.

use jindiao_rehearsal::{Campaign, CampaignReport, Story, Tally, replay};

/// The seeds that once found something, each with what it was.
const REGRESSIONS: &str = include_str!("../regressions.txt");

/// How many seeds the test plays.
const SCHEDULES: u64 = 10_000;

#[test]
fn what_once_went_wrong_goes_well() {
    let mut seeds = 0;
    for line in REGRESSIONS.lines().filter(|line| !line.starts_with('#')) {
        let seed = line.split_whitespace().next().expect("a seed");
        let rehearsal = replay(seed.parse().expect("a number"), Story::Untold).expect("a place");
        assert_eq!(rehearsal.failure, None, "regression {line}");
        seeds += 1;
    }
    assert!(seeds > 0, "regressions.txt is empty");
}

#[test]
fn nothing_is_paid_twice_and_nothing_is_lost() {
    let tally = all_well(Campaign {
        seed: 0,
        schedules: SCHEDULES,
        limit: None,
        threads: 0,
    });
    // A rehearsal in which nothing happens proves nothing.
    assert!(tally.stored * 2 > tally.orders, "{tally}");
    assert!(tally.crashes.iter().all(|n| *n > 0), "{tally}");
    assert!(tally.charges > 0 && tally.allowed > 0, "{tally}");
}

#[track_caller]
fn all_well(campaign: Campaign) -> Tally {
    let CampaignReport {
        tally, failures, ..
    } = campaign.run().expect("a place for files");
    let story = failures.first().map(|(seed, why)| {
        let story = replay(*seed, Story::Told).expect("a place").story;
        format!(
            "{}\n\nseed {seed}: {why}\n  cargo xtask simulate --seed {seed} --schedules 1 --story",
            story.join("\n")
        )
    });
    assert!(story.is_none(), "{}", story.unwrap_or_default());
    tally
}

#[test]
fn a_seed_tells_one_story() {
    for seed in 0..60 {
        let tell = || {
            let rehearsal = replay(seed, Story::Told).expect("a place");
            (rehearsal.story, rehearsal.tally)
        };
        let (first, second) = (tell(), tell());
        assert!(!first.0.is_empty());
        for (n, (a, b)) in first.0.iter().zip(&second.0).enumerate() {
            assert_eq!(a, b, "seed {seed}, line {n}");
        }
        assert_eq!(first, second, "seed {seed}");
        // Nor does it matter whether it is told.
        let untold = replay(seed, Story::Untold).expect("a place");
        assert_eq!(untold.tally, first.1, "seed {seed}");
    }
}
