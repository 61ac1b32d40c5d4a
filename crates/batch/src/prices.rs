//! What an order costs.

use std::collections::BTreeMap;

use jindiao_order::{Fen, Product};

/// The prices that the user named; what was not named is assumed.
#[derive(Debug, Clone, Default)]
pub struct Prices(BTreeMap<Product, Fen>);

/// The price of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The amount.
    pub fen: Fen,
    /// Whether it is [assumed](Product::assumed_price), since the user named none.
    pub is_assumed: bool,
}

impl Prices {
    /// The price of one order of `product`.
    pub fn of(&self, product: Product) -> Price {
        match self.0.get(&product) {
            Some(fen) => Price {
                fen: *fen,
                is_assumed: false,
            },
            None => Price {
                fen: product.assumed_price(),
                is_assumed: product.assumed_price() > Fen::ZERO,
            },
        }
    }
}

impl FromIterator<(Product, Fen)> for Prices {
    fn from_iter<I: IntoIterator<Item = (Product, Fen)>>(prices: I) -> Self {
        Self(prices.into_iter().collect())
    }
}
