//! TLS by rustls: whom to trust.

use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};

use super::HttpTransportError;

/// How TLS is spoken, and whether anybody is trusted.
pub(super) struct Tls {
    pub(super) config: ClientConfig,
    /// This machine has no authorities: https goes nowhere.
    pub(super) trusts_nothing: bool,
}

impl Tls {
    /// That trusts the platform's authorities and `others`.
    pub(super) fn of_the_platform(
        others: &[CertificateDer<'static>],
    ) -> Result<Self, HttpTransportError> {
        if CryptoProvider::get_default().is_none() {
            // Fails only if somebody else was faster, and then there is one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let provider = CryptoProvider::get_default().map_or_else(
            || Arc::new(rustls::crypto::ring::default_provider()),
            Arc::clone,
        );
        let builder = || {
            ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(HttpTransportError::of)
        };
        let platform = if others.is_empty() {
            builder()?.with_platform_verifier()
        } else {
            Verifier::new_with_extra_roots(others.iter().cloned(), Arc::clone(&provider)).and_then(
                |verifier| {
                    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                        .with_safe_default_protocol_versions()?;
                    Ok(builder
                        .dangerous()
                        .with_custom_certificate_verifier(Arc::new(verifier)))
                },
            )
        };
        let (mut config, trusts_nothing) = match platform {
            Ok(config) => (config.with_no_client_auth(), false),
            // No roots on this machine: plain http must still work, and https must fail, but to
            // whom the others vouch for.
            Err(_) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add_parsable_certificates(others.iter().cloned());
                let config = builder()?.with_root_certificates(roots);
                (config.with_no_client_auth(), others.is_empty())
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config,
            trusts_nothing,
        })
    }
}
