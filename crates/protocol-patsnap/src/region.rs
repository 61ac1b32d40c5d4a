//! The two gateways.

use jindiao_protocol::Origin;

/// The gateway in China (PatSnap D1, D5).
pub const CN_ORIGIN: &str = "https://connect.zhihuiya.com";

/// The international gateway (PatSnap D3, D6).
pub const INTL_ORIGIN: &str = "https://connect.patsnap.com";

/// Where an account was opened. Paths are the same in both, credentials are not exchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// China: `zhihuiya.com`.
    Cn,
    /// Everywhere else: `patsnap.com`.
    Intl,
}

impl Region {
    /// The gateway of the region.
    pub fn origin(self) -> Origin {
        let text = match self {
            Self::Cn => CN_ORIGIN,
            Self::Intl => INTL_ORIGIN,
        };
        text.parse().expect("both constants are addresses")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_regions() {
        let check = |region: Region, origin: &str| assert_eq!(region.origin().to_string(), origin);
        check(Region::Cn, "https://connect.zhihuiya.com");
        check(Region::Intl, "https://connect.patsnap.com");
    }
}
