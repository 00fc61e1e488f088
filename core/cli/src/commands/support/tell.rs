//! `support notify`: notices by e-mail and webhook.
//!
//! A notice counts as told only when every way that was named took it, so nothing is told by halves
//! for good; what failed is told with the next run.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};
use outpost_engine::model::SupportNotice;
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
    let notices = session.support_notices()?;
    if arguments.dry_run {
        output.result(&json!({ "notices": document(&notices)? }), || listed(&notices));
        return Ok(exit::OK);
    }
    let post = arguments.smtp.as_deref().map(|host| transport(host, arguments)).transpose()?;
    let from = arguments.from.as_deref().map(mailbox).transpose()?;
    let (mut told, mut failed) = (Vec::new(), Vec::new());
    for notice in &notices {
        match tell(session, arguments, post.as_ref(), from.as_ref(), notice) {
            // One after the other, so that a run that is stopped tells nobody twice.
            Ok(()) => {
                session.support_told(std::slice::from_ref(&notice.key))?;
                told.push(notice.key.clone());
            }
            Err(error) => failed.push((notice.key.clone(), error.to_string())),
        }
    }
    let failures: Vec<_> =
        failed.iter().map(|(key, why)| json!({ "key": key, "reason": why })).collect();
    output.result(&json!({ "told": told, "failed": failures }), || {
        let mut text = format!("Told: {}\n", told.len());
        for (key, why) in &failed {
            text.push_str(&format!("Not told ({key}): {why}\n"));
        }
        text
    });
    Ok(if failed.is_empty() { exit::OK } else { exit::OFFLINE })
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

fn tell(
    session: &Session,
    arguments: &SupportNotify,
    post: Option<&SmtpTransport>,
    from: Option<&Mailbox>,
    notice: &SupportNotice,
) -> Result<()> {
    let mut is_told = false;
    if let (Some(post), Some(from)) = (post, from)
        && let Some(letter) = letter(from, notice)?
    {
        post.send(&letter).map_err(|error| not_sent(&error))?;
        is_told = true;
    }
    match &arguments.webhook {
        Some(address) => {
            let body = document(notice)?.to_string().into_bytes();
            session.post_notice(address, arguments.allow_http, body)
        }
        None if is_told => Ok(()),
        None => Err(OutpostError::invalid("contact", "no_address", strings::NO_ADDRESS)),
    }
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
