//! TLS towards PostgreSQL: `rustls` with aws-lc, and who is trusted under which `sslmode`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::dsn::{Roots, SslMode, TlsOptions};

/// What was configured for TLS cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("{setting} names {}, which {reason}", .file.display())]
    File { setting: &'static str, file: PathBuf, reason: String },
    #[error("the operating system trusts no certificates that can be read; name a file with sslrootcert")]
    NoSystemRoots,
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

/// The connector for `options`, whose mode is not `disable`.
///
/// # Errors
/// A file cannot be read or holds no certificate.
pub fn connector(options: &TlsOptions) -> Result<MakeRustlsConnect, TlsError> {
    connector_that_shows(options, Seen::default())
}

/// The same; what the server presents is left in `seen`.
///
/// # Errors
/// As for [`connector`].
pub fn connector_that_shows(options: &TlsOptions, seen: Seen) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let trust = match options.mode {
        SslMode::Disable | SslMode::Allow | SslMode::Prefer | SslMode::Require => Trust::Anyone,
        SslMode::VerifyCa => Trust::Signed { roots: Box::new(roots(&options.roots)?), name: false },
        SslMode::VerifyFull => Trust::Signed { roots: Box::new(roots(&options.roots)?), name: true },
    };
    let setup = |error: rustls::Error| TlsError::Setup(error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { trust, provider, seen }));
    let mut config = match &options.identity {
        Some((certificate, key)) => {
            let chain = certificates("sslcert", certificate)?;
            let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("sslkey", key, &error))?;
            builder.with_client_auth_cert(chain, key_der).map_err(setup)?
        }
        None => builder.with_no_client_auth(),
    };
    // Asked for by servers that speak TLS from the first byte, and ignored by those that do not.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn unusable(setting: &'static str, file: &Path, error: &rustls::pki_types::pem::Error) -> TlsError {
    use rustls::pki_types::pem::Error;
    let reason = match error {
        Error::Io(error) => format!("cannot be read: {error}"),
        Error::NoItemsFound => "holds nothing of the kind in PEM form".to_owned(),
        other => format!("is no PEM file: {other}"),
    };
    TlsError::File { setting, file: file.to_owned(), reason }
}

fn certificates(setting: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).map_err(|error| unusable(setting, file, &error))?.collect();
    match found {
        Ok(found) if found.is_empty() => Err(unusable(setting, file, &rustls::pki_types::pem::Error::NoItemsFound)),
        Ok(found) => Ok(found),
        Err(error) => Err(unusable(setting, file, &error)),
    }
}

fn roots(named: &Roots) -> Result<TrustedRoots, TlsError> {
    let mut store = RootCertStore::empty();
    let mut exact = Vec::new();
    match named {
        Roots::File(file) => {
            exact = certificates("sslrootcert", file)?;
            for certificate in &exact {
                store.add(certificate.clone()).map_err(|error| TlsError::File {
                    setting: "sslrootcert",
                    file: file.clone(),
                    reason: format!("holds a certificate that cannot be used: {error}"),
                })?;
            }
        }
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(TlsError::NoSystemRoots);
            }
        }
    }
    Ok(TrustedRoots { store, exact })
}

#[derive(Debug)]
struct TrustedRoots {
    store: RootCertStore,
    /// Those that were named one by one. A server that presents one of them itself (a self-signed certificate, which
    /// is how most servers of one's own are set up) is trusted as well: the store only takes them as issuers.
    exact: Vec<CertificateDer<'static>>,
}

impl TrustedRoots {
    fn signed(
        &self,
        provider: &CryptoProvider,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        if self.exact.iter().any(|root| root.as_ref() == end_entity.as_ref()) {
            return Ok(());
        }
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let algorithms = provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&certificate, &self.store, intermediates, now, algorithms)
    }
}

/// Where a handshake leaves what the server presented.
pub type Seen = Arc<Mutex<Option<Certificate>>>;

/// A server's certificate as it was presented in a handshake, in which the server proved that it has the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    end_entity: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
}

impl Certificate {
    fn new(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Self {
        let intermediates = intermediates.iter().map(|certificate| certificate.clone().into_owned()).collect();
        Self { end_entity: end_entity.clone().into_owned(), intermediates }
    }

    /// The DNS names that it is for, in lower case, wildcards as they stand. What cannot be read has none.
    pub fn names(&self) -> Vec<String> {
        webpki::EndEntityCert::try_from(&self.end_entity)
            .map(|certificate| certificate.valid_dns_names().map(str::to_ascii_lowercase).collect())
            .unwrap_or_default()
    }

    /// Whether a chain leads from it to one of `named`, today; `Err` with the reason where none does.
    ///
    /// # Errors
    /// [`TlsError`] where the roots cannot be read.
    pub fn trusted_by(&self, named: &Roots) -> Result<Result<(), String>, TlsError> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let signed = roots(named)?.signed(&provider, &self.end_entity, &self.intermediates, UnixTime::now());
        Ok(signed.map_err(|error| error.to_string()))
    }
}

#[derive(Debug)]
enum Trust {
    Anyone,
    Signed { roots: Box<TrustedRoots>, name: bool },
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
    seen: Seen,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Certificate::new(end_entity, intermediates));
        if let Trust::Signed { roots, name } = &self.trust {
            roots.signed(&self.provider, end_entity, intermediates, now)?;
            if *name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    // The other side proves that the certificate is its own under every mode.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
