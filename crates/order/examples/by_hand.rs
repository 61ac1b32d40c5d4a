//! Leads an order through its life by hand, playing host, vendor and time.
//!
//! `cargo run -p jindiao-order --example by_hand`

use std::error::Error;
use std::time::Duration;

use jindiao_order::{
    Action, Fence, Input, News, Order, Policy, Product, StateName, StoredReport, Wanted,
};
use jindiao_protocol::{Company, RawLink, Subject, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    let company = Company::named("小米科技有限责任公司".parse()?);
    let wanted = Wanted::new(
        Product::PatsnapInnovationReport,
        Subject::Company(company),
        None,
    )?;
    let mut life = Life {
        policy: Policy::of(wanted.product()),
        now: Timestamp::from_unix_seconds(1_665_400_000),
        order: Order::plan(wanted, 0, Timestamp::from_unix_seconds(1_665_400_000)),
    };
    let fence = Fence {
        incarnation: "by hand".to_owned(),
        nonce: 1,
    };

    println!("planned as {}", life.order.id());
    life.tell("a look", Input::Look);
    life.tell("a permit", Input::Permitted(fence.clone()));
    life.tell("the intent is durable", Input::Recorded(fence));
    let placed = News::Placed("1579434053399035904".to_owned());
    let action = life.tell("the vendor took it", Input::Told(placed));
    life.wait_for(&action);
    life.tell("a look", Input::Look);
    let pending = News::Pending { queue: Some(2) };
    let action = life.tell("not ready", Input::Told(pending));
    life.wait_for(&action);
    life.tell("a look", Input::Look);
    let week = Duration::from_secs(7 * 24 * 3600);
    let link = RawLink::new("https://h.example/a.pdf?Signature=s", Some(week));
    life.tell("a link", Input::Told(News::Link(link)));
    let report = StoredReport {
        file: "patsnap/innovation-report/小米.pdf".to_owned(),
        size: 81_234,
        sha256: "5e".repeat(32),
    };
    life.tell("the report is in its place", Input::Stored(report));

    println!("what is kept: {}", life.order.to_json());
    match life.order.state().name() {
        StateName::Stored => Ok(()),
        other => Err(format!("it ended as {other}").into()),
    }
}

struct Life {
    order: Order,
    policy: Policy,
    now: Timestamp,
}

impl Life {
    /// Tells the order what happened, and shows what it answers.
    fn tell(&mut self, what: &str, input: Input) -> Action {
        let (order, action) = self.order.clone().step(self.now, input, &self.policy);
        self.order = order;
        println!("{what} -> {}: {action:?}", self.order.state().name());
        action
    }

    /// Lets the time pass that the order wants to wait.
    fn wait_for(&mut self, action: &Action) {
        if let Action::Wait { until, .. } = action {
            self.now = *until;
        }
    }
}
