//! `support notify`: notices by e-mail and webhook.
//!
//! Each way is told for itself, so that a mail server that is down keeps nothing from the webhook and
//! nobody gets an e-mail twice because of it; what failed is told with the next run.

use std::collections::BTreeSet;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};
use outpost_engine::model::{NoticeWay, SupportNotice};
use outpost_engine::{OutpostError, Result, Session};
use serde_json::json;

use super::super::exchange::document;
use super::mail_server;
use crate::args::{MailSecurity, SupportNotify};
use crate::exit;
use crate::output::Output;
use crate::strings::support as strings;

/// How long a mail server may take for one answer.
const SMTP_TIMEOUT: Duration = Duration::from_secs(60);

/// `support notify`
pub fn notify(session: &Session, arguments: &SupportNotify, output: Output) -> Result<u8> {
    if arguments.webhook.is_none() && arguments.smtp.is_none() && !arguments.dry_run {
        return Err(OutpostError::invalid("webhook", "missing", strings::NO_WAY));
    }
    if let Some(address) = &arguments.webhook {
        Session::check_notice_address(address, arguments.allow_http)?;
    }
    let ways = Ways::of(session, arguments)?;
    if arguments.dry_run {
        let notices = ways.due()?;
        output.result(&json!({ "notices": document(&notices)? }), || listed(&notices));
        return Ok(exit::OK);
    }
    let mut done = Done::default();
    if ways.post.is_some() {
        ways.write_letters(&mut done)?;
    }
    if let Some(address) = &arguments.webhook {
        ways.post_to(address, &mut done)?;
    }
    let failures: Vec<_> = (done.failed.iter())
        .map(|(key, way, why)| json!({ "key": key, "way": way.code(), "reason": why }))
        .collect();
    output.result(&json!({ "told": done.told, "failed": failures }), || {
        let mut text = format!("Told: {}\n", done.told.len());
        for (key, way, why) in &done.failed {
            text.push_str(&format!("Not told by {} ({key}): {why}\n", strings::way(*way)));
        }
        text
    });
    Ok(if done.failed.is_empty() { exit::OK } else { exit::OFFLINE })
}

/// What a run came to.
#[derive(Default)]
struct Done {
    /// Keys of the notices that went by one way at least.
    told: BTreeSet<String>,
    failed: Vec<(String, NoticeWay, String)>,
}

/// The ways that were named.
struct Ways<'a> {
    session: &'a Session,
    arguments: &'a SupportNotify,
    post: Option<(SmtpTransport, Mailbox)>,
}

impl<'a> Ways<'a> {
    fn of(session: &'a Session, arguments: &'a SupportNotify) -> Result<Self> {
        // Whoever only looks needs no password.
        let host = arguments.smtp.as_deref().filter(|_| !arguments.dry_run);
        let post = match (host, &arguments.from) {
            (Some(host), Some(from)) => Some((transport(host, arguments)?, mailbox(from)?)),
            _ => None,
        };
        Ok(Self { session, arguments, post })
    }

    /// What is to be told by one of the ways; where none is named, what was told by none.
    fn due(&self) -> Result<Vec<SupportNotice>> {
        let email = self.arguments.smtp.as_ref().map(|_| NoticeWay::Email);
        let webhook = self.arguments.webhook.as_ref().map(|_| NoticeWay::Webhook);
        if email.is_none() && webhook.is_none() {
            return self.session.support_notices(None);
        }
        let mut due: Vec<SupportNotice> = Vec::new();
        for way in email.into_iter().chain(webhook) {
            let notices = self.session.support_notices(Some(way))?;
            let new = |notice: &SupportNotice| due.iter().all(|it| it.key != notice.key);
            let new: Vec<_> = notices.into_iter().filter(new).collect();
            due.extend(new);
        }
        Ok(due)
    }

    fn write_letters(&self, done: &mut Done) -> Result<()> {
        let Some((post, from)) = &self.post else { return Ok(()) };
        for notice in self.session.support_notices(Some(NoticeWay::Email))? {
            let Some(letter) = letter(from, &notice)? else {
                // Whoever has no address is told by the webhook, where one is named.
                if self.arguments.webhook.is_none() {
                    done.failed.push((
                        notice.key,
                        NoticeWay::Email,
                        strings::NO_ADDRESS.to_owned(),
                    ));
                }
                continue;
            };
            let sent = post.send(&letter).map(|_| ()).map_err(|error| not_sent(&error));
            self.tell(notice, NoticeWay::Email, sent, done)?;
        }
        Ok(())
    }

    fn post_to(&self, address: &str, done: &mut Done) -> Result<()> {
        for notice in self.session.support_notices(Some(NoticeWay::Webhook))? {
            let body = document(&notice)?.to_string().into_bytes();
            let sent = self.session.post_notice(address, self.arguments.allow_http, body);
            self.tell(notice, NoticeWay::Webhook, sent, done)?;
        }
        Ok(())
    }

    /// Remembers what became of a notice, one after the other, so that a run that is stopped tells
    /// nobody twice.
    fn tell(
        &self,
        notice: SupportNotice,
        way: NoticeWay,
        sent: Result<()>,
        done: &mut Done,
    ) -> Result<()> {
        match sent {
            Ok(()) => {
                self.session.support_told(way, &notice.key)?;
                done.told.insert(notice.key);
            }
            Err(error) => done.failed.push((notice.key, way, error.to_string())),
        }
        Ok(())
    }
}

fn listed(notices: &[SupportNotice]) -> String {
    if notices.is_empty() {
        return strings::NOTHING_TO_TELL.to_owned();
    }
    let line = |it: &SupportNotice| {
        let to = it.contact.as_ref().map(|it| it.name.as_str()).or(it.to_user.as_deref());
        format!("{} to {}: {}\n", it.kind, to.unwrap_or("nobody named"), it.text)
    };
    notices.iter().map(line).collect()
}

/// The e-mail of a notice; `None` if there is no address to send it to.
fn letter(from: &Mailbox, notice: &SupportNotice) -> Result<Option<Message>> {
    let contact = notice.contact.as_ref().and_then(|contact| contact.email.as_deref());
    let Some(to) = notice.to_user.as_deref().or(contact) else { return Ok(None) };
    // An address that somebody typed wrong is no reason to tell nobody anything.
    let Ok(to) = to.parse::<Mailbox>() else { return Ok(None) };
    let request = &notice.request;
    let part: String = notice.key.chars().skip(12).collect();
    let id = Session::support_message_id(request.id, &format!("{}{part}", notice.kind));
    let ages = format!(
        "Made {} ago, received {} ago.",
        strings::age(request.since_made_ms),
        strings::age(request.since_received_ms)
    );
    let text = match notice.to_user.is_some() {
        true => format!("{}\n", notice.text),
        false => format!(
            "{}\n\n{}, {}\n{ages}\noutpost support show {}\n",
            notice.text, request.reporter, request.place_name, request.id
        ),
    };
    let subject = Session::support_subject(request.id, &request.title);
    let letter = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(subject)
        .message_id(Some(format!("<{id}>")))
        .header(AutoSubmitted("auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(text);
    letter.map(Some).map_err(|error| OutpostError::internal(format!("an e-mail: {error}")))
}

/// `Auto-Submitted` (RFC 3834): so that no out-of-office note answers.
#[derive(Clone)]
struct AutoSubmitted(String);

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(
        text: &str,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync + 'static>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), self.0.clone())
    }
}

fn mailbox(text: &str) -> Result<Mailbox> {
    let wrong = |_| OutpostError::invalid("from", "address", "it is no e-mail address");
    text.parse().map_err(wrong)
}

fn not_sent(error: &lettre::transport::smtp::Error) -> OutpostError {
    // What the server says may repeat an address.
    let reason = match error.status() {
        Some(code) => format!("the mail server refused the e-mail (code {code})"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None if mail_server::is_untrusted(error) => mail_server::UNTRUSTED.to_owned(),
        None => "the mail server cannot be reached".to_owned(),
    };
    OutpostError::Offline { reason }
}

fn transport(host: &str, arguments: &SupportNotify) -> Result<SmtpTransport> {
    let security = arguments.smtp_security;
    let usual = match security {
        MailSecurity::Tls => 465,
        MailSecurity::Starttls => 587,
        MailSecurity::None => 25,
    };
    let (name, port) = mail_server::address("smtp", host, security, usual)?;
    let tls = match security {
        MailSecurity::Tls => Tls::Wrapper(parameters(&name, arguments)?),
        MailSecurity::Starttls => Tls::Required(parameters(&name, arguments)?),
        MailSecurity::None => Tls::None,
    };
    let builder =
        SmtpTransport::builder_dangerous(name).port(port).tls(tls).timeout(Some(SMTP_TIMEOUT));
    Ok(match &arguments.smtp_user {
        None => builder.build(),
        Some(user) => {
            let password = crate::secret::read_line("smtp password")?;
            let pair = Credentials::new(user.clone(), password.as_str().to_owned());
            builder.credentials(pair).build()
        }
    })
}

fn parameters(host: &str, arguments: &SupportNotify) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = mail_server::certificates(arguments.smtp_ca.as_deref())? {
        let certificate =
            Certificate::from_pem(&pem).map_err(|_| mail_server::unusable("smtp-ca"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|_| {
        let reason = "a secure connection cannot be set up on this device";
        OutpostError::invalid("smtp-ca", "certificates", reason)
    })
}
