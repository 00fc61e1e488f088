//! `support intake --imap`: the e-mails of a mailbox on a server (RFC 3501, RFC 9051).
//!
//! What was taken in is marked there by a keyword, so that people may go on reading the mailbox with
//! their own program; where the server keeps no keywords, by being read. Never deletes or moves an
//! e-mail, and marks none before it is stored here.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_imap::Client;
use async_imap::error::Error;
use async_imap::types::Flag;
use futures_util::TryStreamExt;
use outpost_engine::{OutpostError, Result};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::letters::LETTER_BYTES_MAX;
use super::mail_server;
use crate::args::{ImapMailbox, MailSecurity};

/// How long the server may take for one answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// E-mails that one run takes in; the next run goes on.
const LETTERS_MAX: usize = 1_000;
/// The keyword of what was taken in.
const TAKEN: &str = "OutpostTaken";

/// What a run over a mailbox did besides taking in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// E-mails that are too large, by their number there.
    pub large: Vec<u32>,
    /// How many are left for the next run.
    pub later: usize,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Stream for T {}

type Session = async_imap::Session<Box<dyn Stream>>;

/// Gives every e-mail that was not taken in before to `take`, with its number there; `take` says
/// whether it is done with it.
pub fn each_letter(
    mailbox: &ImapMailbox,
    password: &str,
    take: impl FnMut(u32, &[u8]) -> Result<bool>,
) -> Result<Left> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(OutpostError::internal)?;
    runtime.block_on(run(mailbox, password, take))
}

async fn run(
    mailbox: &ImapMailbox,
    password: &str,
    mut take: impl FnMut(u32, &[u8]) -> Result<bool>,
) -> Result<Left> {
    let mut session = sign_in(mailbox, password).await?;
    let folder = &mailbox.imap_folder;
    let selected = match answer(session.select(folder)).await? {
        Ok(selected) => selected,
        Err(Error::No(_) | Error::Bad(_)) => {
            let reason = format!("the mailbox has no folder {folder}");
            return Err(OutpostError::invalid("imap-folder", "unknown", reason));
        }
        Err(error) => return Err(failed(&error)),
    };
    let keeps_keywords = selected.permanent_flags.contains(&Flag::MayCreate)
        || selected.permanent_flags.iter().any(|it| matches!(it, Flag::Custom(it) if it == TAKEN));
    let (new, mark) = match keeps_keywords {
        true => (format!("UNKEYWORD {TAKEN}"), TAKEN),
        false => ("UNSEEN".to_owned(), "\\Seen"),
    };
    let found = reached(answer(session.uid_search(&new)).await?)?;
    let mut numbers: Vec<u32> = found.into_iter().collect();
    numbers.sort_unstable();
    let (mut left, mut taken) = (Left::default(), 0);
    for (at, number) in numbers.iter().copied().enumerate() {
        // Those that cannot be taken stay, and hold nothing back that came after them.
        if taken == LETTERS_MAX {
            left.later = numbers.len() - at;
            break;
        }
        match fetch(&mut session, number).await? {
            Fetched::Gone => {}
            Fetched::Large => left.large.push(number),
            Fetched::Letter(bytes) => {
                if take(number, &bytes)? {
                    taken += 1;
                    let flags = format!("+FLAGS.SILENT ({mark})");
                    let stored = async {
                        let stream = session.uid_store(number.to_string(), flags).await?;
                        stream.try_collect::<Vec<_>>().await
                    };
                    reached(answer(stored).await?)?;
                }
            }
        }
    }
    // Everything is marked: a server that does not say goodbye changes nothing.
    let _ = answer(session.logout()).await;
    Ok(left)
}

enum Fetched {
    Letter(Vec<u8>),
    Large,
    /// Somebody took it away meanwhile.
    Gone,
}

async fn fetch(session: &mut Session, number: u32) -> Result<Fetched> {
    let asked = async |session: &mut Session, what: &str| {
        let got = async {
            let stream = session.uid_fetch(number.to_string(), what).await?;
            stream.try_collect::<Vec<_>>().await
        };
        let got = reached(answer(got).await?)?;
        Ok::<_, OutpostError>(got.into_iter().find(|it| it.uid == Some(number)))
    };
    let size = asked(session, "(UID RFC822.SIZE)").await?.and_then(|it| it.size);
    if size.is_some_and(|size| u64::from(size) > LETTER_BYTES_MAX) {
        return Ok(Fetched::Large);
    }
    // PEEK leaves it unread for people.
    let got = asked(session, "(UID BODY.PEEK[])").await?;
    Ok(match got.as_ref().and_then(|it| it.body()) {
        None => Fetched::Gone,
        Some(body) if body.len() as u64 > LETTER_BYTES_MAX => Fetched::Large,
        Some(body) => Fetched::Letter(body.to_vec()),
    })
}

async fn sign_in(mailbox: &ImapMailbox, password: &str) -> Result<Session> {
    let security = mailbox.imap_security;
    let usual = if security == MailSecurity::Tls { 993 } else { 143 };
    let host = mailbox.imap.as_deref().unwrap_or_default();
    let (name, port) = mail_server::address("imap", host, security, usual)?;
    let connected = answer(TcpStream::connect((name.as_str(), port))).await?;
    let plain = connected.map_err(|_| unreachable())?;
    let stream: Box<dyn Stream> = match security {
        MailSecurity::None => Box::new(plain),
        MailSecurity::Tls => secured(plain, &name, mailbox).await?,
        MailSecurity::Starttls => {
            let mut client = greeted(plain).await?;
            let asked = client.run_command_and_check_ok("STARTTLS", None);
            let refused = |_| {
                let reason = "the mail server offers no encryption here: try tls";
                OutpostError::invalid("imap-security", "refused", reason)
            };
            answer(asked).await?.map_err(refused)?;
            // What came before the encryption is dropped with the client: nobody vouches for it.
            let stream = secured(client.into_inner(), &name, mailbox).await?;
            return log_in(Client::new(stream), mailbox, password).await;
        }
    };
    log_in(greeted(stream).await?, mailbox, password).await
}

async fn greeted<T: Stream>(stream: T) -> Result<Client<T>> {
    let mut client = Client::new(stream);
    match answer(client.read_response()).await? {
        Ok(Some(_)) => Ok(client),
        _ => Err(unreachable()),
    }
}

async fn log_in(
    client: Client<Box<dyn Stream>>,
    mailbox: &ImapMailbox,
    password: &str,
) -> Result<Session> {
    let user = mailbox.imap_user.as_deref().unwrap_or_default();
    match answer(client.login(user, password)).await? {
        Ok(session) => Ok(session),
        Err((Error::No(_) | Error::Bad(_), _)) => {
            let reason = "the mail server refuses this user name or password";
            Err(OutpostError::invalid("imap-user", "refused", reason))
        }
        Err((error, _)) => Err(failed(&error)),
    }
}

async fn secured(plain: TcpStream, host: &str, mailbox: &ImapMailbox) -> Result<Box<dyn Stream>> {
    let unusable = |_| mail_server::unusable("imap-ca");
    let pem = mail_server::certificates(mailbox.imap_ca.as_deref())?.unwrap_or_default();
    let extra: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let extra = extra.map_err(unusable)?;
    if mailbox.imap_ca.is_some() && extra.is_empty() {
        return Err(mail_server::unusable("imap-ca"));
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
    let verifier = verifier.map_err(|_| mail_server::unusable("imap-ca"))?;
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config
        .map_err(OutpostError::internal)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let wrong = |_| OutpostError::invalid("imap", "host", "it is no name of a server");
    let name = ServerName::try_from(host.to_owned()).map_err(wrong)?;
    let connected = answer(TlsConnector::from(Arc::new(config)).connect(name, plain)).await?;
    match connected {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) if mail_server::is_untrusted(&error) => {
            Err(OutpostError::Offline { reason: mail_server::UNTRUSTED.to_owned() })
        }
        Err(_) => Err(unreachable()),
    }
}

/// An answer in time.
async fn answer<T>(work: impl Future<Output = T>) -> Result<T> {
    let late = |_| OutpostError::Offline {
        reason: "the mail server did not answer in time; what was taken in stays".to_owned(),
    };
    tokio::time::timeout(ANSWER_MAX, work).await.map_err(late)
}

fn reached<T>(result: async_imap::error::Result<T>) -> Result<T> {
    result.map_err(|error| failed(&error))
}

/// What the server says may repeat an address: it is not repeated.
fn failed(error: &Error) -> OutpostError {
    let reason = match error {
        Error::No(_) | Error::Bad(_) => "the mail server refused to go on; what was taken in stays",
        _ => "the connection to the mail server broke off; what was taken in stays",
    };
    OutpostError::Offline { reason: reason.to_owned() }
}

fn unreachable() -> OutpostError {
    OutpostError::Offline { reason: "the mail server cannot be reached".to_owned() }
}
