//! New orders, drawn page by page when there is room for them: those that nobody came to stay in the
//! ledger, however many they are.

use std::collections::{BTreeMap, VecDeque};

use jindiao_order::Product;
use jindiao_protocol::{Timestamp, Vendor};

use crate::shared::{Shared, Turn};
use crate::store::{Found, New, Row};
use crate::writer::Failed;

/// How many new orders of one product are read at once.
const PAGE: usize = 256;

/// The new orders of a run.
pub(crate) struct Fresh(BTreeMap<Product, Page>);

#[derive(Default)]
struct Page {
    /// The place of the last order that was read.
    after: Row,
    read: VecDeque<New>,
    is_last: bool,
}

/// Something that keeps new orders from being made for a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pause {
    pub(crate) product: Product,
    pub(crate) until: Timestamp,
}

impl Fresh {
    pub(crate) fn new() -> Self {
        let pages = Product::ALL.iter().map(|it| (*it, Page::default()));
        Self(pages.collect())
    }

    /// The next new order of a vendor that `has_room`, in the order of the list. It is drawn once.
    pub(crate) async fn next(
        &mut self,
        shared: &Shared,
        has_room: impl Fn(Vendor) -> bool,
    ) -> Result<Option<Found>, Failed> {
        let mut next: Option<(Row, Product)> = None;
        for (product, page) in &mut self.0 {
            let vendor = product.vendor();
            // As in the queue, the first vendor that has room comes first.
            let is_later = next.is_some_and(|(_, known)| known.vendor() != vendor);
            if is_later || !has_room(vendor) || !page.fill(shared, *product).await? {
                continue;
            }
            let first = page.read.front().map(|new| (new.place, *product));
            if matches!(shared.turn(*product), Turn::Now) {
                next = next
                    .into_iter()
                    .chain(first)
                    .min_by_key(|(place, _)| *place);
            }
        }
        let page = next.and_then(|(_, product)| self.0.get_mut(&product));
        Ok(page
            .and_then(|page| page.read.pop_front())
            .map(|new| new.found))
    }

    /// The products of which new orders are left.
    pub(crate) async fn products(&mut self, shared: &Shared) -> Result<Vec<Product>, Failed> {
        let mut left = Vec::new();
        for (product, page) in &mut self.0 {
            if page.fill(shared, *product).await? {
                left.push(*product);
            }
        }
        Ok(left)
    }

    /// What keeps new orders from being made for a while.
    pub(crate) async fn pauses(&mut self, shared: &Shared) -> Result<Vec<Pause>, Failed> {
        let products = self.products(shared).await?;
        let pause = |product| match shared.turn(product) {
            Turn::Later(until, _) => Some(Pause { product, until }),
            Turn::Now | Turn::Spent(_) | Turn::Busy(_) | Turn::Never(_) => None,
        };
        Ok(products.into_iter().filter_map(pause).collect())
    }

    /// How many new orders of `product` nobody came to.
    pub(crate) async fn count(&self, shared: &Shared, product: Product) -> Result<usize, Failed> {
        let Some(page) = self.0.get(&product) else {
            return Ok(0);
        };
        let after = page.after;
        let unread = shared
            .writer
            .ask(move |store| store.count_new(product, after));
        Ok(page.read.len() + unread.await?)
    }
}

impl Page {
    /// Reads on where nothing is left of what was read. Says whether there is something.
    async fn fill(&mut self, shared: &Shared, product: Product) -> Result<bool, Failed> {
        if self.read.is_empty() && !self.is_last {
            let after = self.after;
            let draw = move |store: &crate::Store| store.draw_new(product, after, PAGE);
            self.read = shared.writer.ask(draw).await?.into();
            self.is_last = self.read.len() < PAGE;
            self.after = self.read.back().map_or(after, |new| new.place);
        }
        Ok(!self.read.is_empty())
    }
}
