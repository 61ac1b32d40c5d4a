//! Which addresses a download may connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses a download may connect to.
///
/// A link comes from outside. Without a rule it could make this machine fetch what only this
/// machine can reach: a neighbour in the office network, or the credentials that a cloud hands
/// out on a fixed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AddressPolicy {
    private: bool,
}

impl AddressPolicy {
    /// Only addresses of the public internet: the default.
    pub const PUBLIC: Self = Self { private: false };

    /// Also this machine and its networks: for simulators, and for vendors behind a gateway.
    ///
    /// The addresses where clouds hand out credentials stay refused, and so do multicast,
    /// broadcast and unspecified addresses.
    pub const PRIVATE_TOO: Self = Self { private: true };

    /// Whether a connection to `address` is allowed.
    pub fn allows(self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => true,
            Reach::Private => self.private,
            Reach::Never => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    Private,
    Never,
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

/// By the IANA registry of special-purpose IPv4 addresses (RFC 6890 and what amends it).
fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // Where clouds hand out credentials and talk to their machines: most of them, AWS for
        // containers, Tencent Cloud, Alibaba Cloud, Azure, Oracle Cloud.
        [169, 254, 169, 254] | [169, 254, 170, 2 | 23] | [169, 254, 0, 23] => Reach::Never,
        [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => Reach::Never,
        // "This" network, multicast, reserved, broadcast.
        [0 | 224..=255, ..] => Reach::Never,
        // Private networks, loopback, carrier-grade NAT, link-local.
        [10 | 127, ..]
        | [100, 64..=127, ..]
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..] => Reach::Private,
        // Protocol assignments, the three documentation blocks, 6to4 relays, benchmarks.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => Reach::Private,
        [198, 51, 100, _] | [203, 0, 113, _] => Reach::Private,
        _ => Reach::Public,
    }
}

/// By the IANA registry of special-purpose IPv6 addresses: only 2000::/3 is public, less its
/// special blocks; an IPv4 address inside counts as itself.
fn reach_v6(address: Ipv6Addr) -> Reach {
    let segments = address.segments();
    let low_v4 = || {
        let [_, _, _, _, _, _, _, _, _, _, _, _, a, b, c, d] = address.octets();
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Never,
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        // IPv4-mapped, and the well-known prefix of NAT64.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => low_v4(),
        // IPv4-compatible: deprecated, and no address of anybody.
        [0, 0, 0, 0, 0, 0, ..] => Reach::Never,
        // Where clouds hand out credentials: AWS and Google.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23 | 0x254] => Reach::Never,
        [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => Reach::Never,
        // Multicast.
        [0xff00..=0xffff, ..] => Reach::Never,
        // Protocol assignments with Teredo and ORCHID, documentation, 6to4.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] => Reach::Private,
        [0x3fff, 0..=0xfff, ..] => Reach::Private,
        [0x2000..=0x3fff, ..] => Reach::Public,
        // Unique local, link-local, site-local, local NAT64, discard-only, and what nobody has
        // assigned yet.
        _ => Reach::Private,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(addresses: &[&str], public: bool, private: bool) {
        for text in addresses {
            let address: IpAddr = text.parse().expect(text);
            assert_eq!(AddressPolicy::PUBLIC.allows(address), public, "{text}");
            assert_eq!(
                AddressPolicy::PRIVATE_TOO.allows(address),
                private,
                "{text}"
            );
        }
    }

    #[test]
    fn the_public_internet_is_allowed() {
        check(
            &[
                "1.1.1.1",
                "47.95.85.1",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "192.1.0.1",
                "223.255.255.255",
                "2408:400a::1",
                "2606:4700::1111",
                "::ffff:1.1.1.1",
                "64:ff9b::101:101",
            ],
            true,
            true,
        );
    }

    #[test]
    fn own_networks_need_permission() {
        check(
            &[
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "169.254.1.1",
                "192.0.2.1",
                "192.0.0.8",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.9",
                "::1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12:3456::1",
                "2001:db8::1",
                "2001::1",
                "2002:a00:1::",
                "3fff::1",
                "64:ff9b:1::1",
                "100::1",
                "::ffff:10.0.0.1",
                "::ffff:127.0.0.1",
                "64:ff9b::a00:1",
                "4000::1",
            ],
            false,
            true,
        );
    }

    #[test]
    fn some_are_never_allowed() {
        check(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "169.254.169.254",
                "169.254.170.2",
                "169.254.170.23",
                "169.254.0.23",
                "168.63.129.16",
                "192.0.0.192",
                "100.100.100.200",
                "224.0.0.1",
                "255.255.255.255",
                "240.0.0.1",
                "::",
                "ff02::1",
                "::7f00:1",
                "fd00:ec2::254",
                "fd00:ec2::23",
                "fd20:ce::254",
                "::ffff:169.254.169.254",
                "64:ff9b::a9fe:a9fe",
            ],
            false,
            false,
        );
    }

    /// An address of the block `base/len`, its other bits from `any`.
    fn within(base: Ipv4Addr, len: u32, any: u32) -> Ipv4Addr {
        let mask = u32::MAX.checked_shl(32 - len).unwrap_or(0);
        Ipv4Addr::from_bits((base.to_bits() & mask) | (any & !mask))
    }

    proptest! {
        #[test]
        fn whole_blocks_are_refused(any in any::<u32>(), block in 0usize..16) {
            let (base, len) = [
                ([0, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([127, 0, 0, 0], 8),
                ([169, 254, 0, 0], 16), ([172, 16, 0, 0], 12), ([192, 0, 0, 0], 24),
                ([192, 0, 2, 0], 24), ([192, 88, 99, 0], 24), ([192, 168, 0, 0], 16),
                ([198, 18, 0, 0], 15), ([198, 51, 100, 0], 24), ([203, 0, 113, 0], 24),
                ([224, 0, 0, 0], 4), ([240, 0, 0, 0], 4), ([255, 255, 255, 255], 32),
            ][block];
            let v4 = within(Ipv4Addr::from(base), len, any);
            prop_assert!(!AddressPolicy::PUBLIC.allows(IpAddr::V4(v4)), "{}", v4);
            let mapped = v4.to_ipv6_mapped();
            prop_assert!(!AddressPolicy::PUBLIC.allows(IpAddr::V6(mapped)), "{}", mapped);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a << 8 | b, c << 8 | d);
            prop_assert!(!AddressPolicy::PUBLIC.allows(IpAddr::V6(nat64)), "{}", nat64);
        }

        #[test]
        fn outside_global_unicast_nothing_is_public(bits in any::<u128>()) {
            let v6 = Ipv6Addr::from_bits(bits);
            let public = AddressPolicy::PUBLIC.allows(IpAddr::V6(v6));
            let [first, ..] = v6.segments();
            if public && v6.to_ipv4_mapped().is_none() && first != 0x64 {
                prop_assert_eq!(first & 0xe000, 0x2000);
            }
        }

        #[test]
        fn private_permission_only_adds(bits in any::<u128>()) {
            for address in [
                IpAddr::V6(Ipv6Addr::from_bits(bits)),
                IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits >> 96).expect("32 bits"))),
            ] {
                if AddressPolicy::PUBLIC.allows(address) {
                    prop_assert!(AddressPolicy::PRIVATE_TOO.allows(address));
                }
            }
        }
    }
}
