//! TLS 1.3 between two devices that never met: the certificate is made for the session, and known to
//! the phone by its hash from the QR code. Nothing else is accepted, and no authority can vouch for
//! another. No tickets, no early data, so nothing of a session can be used again.

use std::sync::Arc;

use ring::digest;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring as provider};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::version::TLS13;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::error::NearbyError;
use crate::invitation::CertificateHash;

/// Name of the protocol inside TLS; a server of another kind does not answer to it.
const ALPN: &[u8] = b"outpost-near/1";

/// The server side of a session and the hash of its certificate.
pub(crate) fn server() -> Result<(Arc<ServerConfig>, CertificateHash), NearbyError> {
    let failed = |detail: String| NearbyError::Impossible { detail };
    // The name says nothing: two devices must not be told apart by what they show to listeners.
    let made = rcgen::generate_simple_self_signed(["outpost".to_owned()])
        .map_err(|error| failed(format!("no certificate can be made: {error}")))?;
    let certificate = made.cert.der().clone();
    let hash = hash_of(&certificate);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map(|builder| builder.with_no_client_auth())
        .and_then(|builder| builder.with_single_cert(vec![certificate], key))
        .map_err(|error| failed(format!("TLS cannot be set up: {error}")))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok((Arc::new(config), hash))
}

/// The client side, which accepts one certificate.
pub(crate) fn client(pinned: CertificateHash) -> Result<Arc<ClientConfig>, NearbyError> {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| NearbyError::Impossible {
            detail: format!("TLS cannot be set up: {error}"),
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { pinned, algorithms }))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(Arc::new(config))
}

/// Whether both sides agreed to speak our protocol.
pub(crate) fn speaks_ours(alpn: Option<&[u8]>) -> bool {
    alpn == Some(ALPN)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(provider::default_provider())
}

fn hash_of(certificate: &CertificateDer<'_>) -> CertificateHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
    CertificateHash(hash)
}

/// Accepts one certificate, whatever its names and dates: phones in the field have wrong clocks. That
/// the other side holds its key is proven by the signature over the handshake, checked below.
#[derive(Debug)]
struct Pinned {
    pinned: CertificateHash,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if intermediates.is_empty() && hash_of(end_entity) == self.pinned {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("only TLS 1.3 is spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether a connection failed because another certificate was shown.
pub(crate) fn is_other_certificate(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(inner, Some(Error::InvalidCertificate(_)))
}
