//! Sends requests of one account to one server.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use outpost_sync::ports::{Answer, Body, Lost, Method, Request};
use outpost_wire::answer::{AnswerClass, classify};
use outpost_wire::auth::{LoginStatus, encode_login, parse_login};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    LOCATION, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};
use tokio::sync::Mutex;

use crate::address::BaseAddress;
use crate::body;
use crate::credentials::Credentials;
use crate::date::{http_date_ms, retry_after_ms};
use crate::limits::{
    CA_PEM_BYTES_MAX, CONNECT_TIMEOUT_MS, POOL_IDLE_MS, SIGN_IN_ANSWER_BYTES_MAX,
    SIGN_IN_TIMEOUT_MS,
};
use crate::lost::{not_sent, sort, unknown};
use crate::outgoing::Encoded;
use crate::session::{SessionJar, Standing};

const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const X_XSRF_TOKEN: HeaderName = HeaderName::from_static("x-xsrf-token");

/// How a transport is set up.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    /// The server.
    pub base: BaseAddress,
    /// The account.
    pub credentials: Credentials,
    /// Certificates (PEM) of a private authority that is trusted beside those of the device.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// Version for the `User-Agent`: `Outpost/<version>`.
    pub app_version: String,
}

/// Why a transport cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The extra certificates cannot be read.
    #[error("the certificate file of the authority cannot be read: PEM text is expected")]
    Certificates,
    /// The password or token has characters that cannot be sent.
    #[error("the user name, password or token has characters that cannot be sent")]
    Credentials,
    /// TLS is not available on this device.
    #[error("a secure connection cannot be set up on this device")]
    Tls,
}

/// The connection of one account to one server. Requests may be sent from several tasks; a dropped
/// `send` breaks its request off, whose outcome is then unknown.
pub struct Transport {
    client: Client,
    base: BaseAddress,
    credentials: Credentials,
    authorization: HeaderValue,
    jar: Arc<SessionJar>,
    standing: Mutex<Standing>,
}

impl Transport {
    /// Sets a transport up. Nothing is sent.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(options: TransportOptions) -> Result<Self, SetupError> {
        // Another part of the process may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authorization = options.credentials.header().ok_or(SetupError::Credentials)?;
        let jar = Arc::new(SessionJar::default());
        let client = client(&options, Arc::clone(&jar))?;
        let standing = Mutex::new(Standing::Outside);
        let TransportOptions { base, credentials, .. } = options;
        Ok(Self { client, base, credentials, authorization, jar, standing })
    }

    /// Sends a request without a file, see [`Self::send_with`].
    ///
    /// # Errors
    /// [`Lost`] if there is no answer. Any status is an answer, redirects too.
    pub async fn send(&self, request: &Request) -> Result<Answer, Lost> {
        self.send_with(request, None).await
    }

    /// Sends a request, signing in before if that is needed, and again once if the session has
    /// ended. `content` is what [`Body::File`] names.
    ///
    /// # Errors
    /// [`Lost`] if there is no answer. Any status is an answer, redirects too.
    pub async fn send_with(
        &self,
        request: &Request,
        content: Option<&[u8]>,
    ) -> Result<Answer, Lost> {
        let body = body_of(request, content)?;
        let Some(url) = self.base.join(&request.target) else {
            return Err(not_sent("the request does not belong to the server"));
        };
        let mut standing = *self.standing.lock().await;
        if standing == Standing::Outside {
            match self.sign_in().await? {
                SignedIn::Yes(now) => standing = now,
                SignedIn::No(answer) => return Ok(answer),
            }
        }
        let answer = self.exchange(request, body.as_ref(), url.clone(), standing).await?;
        if standing != Standing::Session || !is_signed_out(&answer) {
            self.use_session_if_given(standing, &answer, &url).await;
            return Ok(answer);
        }
        // The session has ended and the server did nothing: sign in anew and ask once more.
        self.sign_out().await;
        let spent = answer.bytes;
        match self.sign_in().await? {
            SignedIn::Yes(now) => {
                let again = self.exchange(request, body.as_ref(), url, now).await?;
                Ok(Answer { bytes: again.bytes + spent, ..again })
            }
            SignedIn::No(answer) => Ok(Answer { bytes: answer.bytes + spent, ..answer }),
        }
    }

    /// Forgets the session; the next request signs in again.
    pub async fn sign_out(&self) {
        *self.standing.lock().await = Standing::Outside;
        self.jar.clear();
    }

    /// A session costs the server a tenth of a password check (observed, section 5), so a cookie
    /// that came with a Basic answer is used from then on.
    async fn use_session_if_given(&self, standing: Standing, answer: &Answer, url: &Url) {
        let is_password = matches!(self.credentials, Credentials::Password { .. });
        let is_inside = answer.status < 400 && !is_signed_out(answer);
        if is_password && standing == Standing::Header && is_inside && self.jar.has_session(url) {
            *self.standing.lock().await = Standing::Session;
        }
    }

    async fn sign_in(&self) -> Result<SignedIn, Lost> {
        let mut standing = self.standing.lock().await;
        if *standing != Standing::Outside {
            return Ok(SignedIn::Yes(*standing));
        }
        let Credentials::Password { username, password, two_factor_code } = &self.credentials
        else {
            *standing = Standing::Header;
            return Ok(SignedIn::Yes(*standing));
        };
        let code = two_factor_code.as_ref().map(|code| code.as_str());
        let request = Request {
            method: Method::Post,
            target: "/api/auth/login".to_owned(),
            body: None,
            answer_bytes_max: SIGN_IN_ANSWER_BYTES_MAX,
            timeout_ms: SIGN_IN_TIMEOUT_MS,
        };
        let Some(url) = self.base.join(&request.target) else {
            return Err(not_sent("the address of the server is not usable"));
        };
        let login = Encoded::json(&encode_login(username, password, code));
        let answer = self.exchange(&request, Some(&login), url.clone(), Standing::Outside).await;
        let answer = answer.map_err(before_the_request)?;
        let has_session = self.jar.has_session(&url);
        let (now, refusal) = self.after_login(answer, has_session);
        *standing = now;
        Ok(refusal.map_or(SignedIn::Yes(now), SignedIn::No))
    }

    fn after_login(&self, answer: Answer, has_session: bool) -> (Standing, Option<Answer>) {
        match (answer.status, parse_login(&answer.body)) {
            (200, Ok(LoginStatus::Success)) if has_session => (Standing::Session, None),
            // A proxy took the cookie away, or it is for https alone and this is not: without it
            // the password must go with every request.
            (200, Ok(LoginStatus::Success)) => (Standing::Header, None),
            (200, Ok(status)) => (Standing::Outside, Some(refusal(&answer, &status))),
            // A page in the place of an answer: the request itself would meet it too.
            (200, Err(_)) => (Standing::Outside, Some(answer)),
            // "Bad credentials" is this endpoint's own word (capture o021b). Other refusals come
            // from servers that do not have it: they want a signed-in user for any unknown path.
            (401, _) if is_bad_credentials(&answer) => (Standing::Outside, Some(answer)),
            (300..=499, _) if answer.status != 429 => (Standing::Header, None),
            _ => (Standing::Outside, Some(answer)),
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        body: Option<&Encoded>,
        url: Url,
        standing: Standing,
    ) -> Result<Answer, Lost> {
        let limit = Duration::from_millis(request.timeout_ms);
        let began = Instant::now();
        let work = self.exchange_untimed(request, body, url, standing, began);
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result,
            Err(_) => Err(unknown("the answer did not come in time")),
        }
    }

    async fn exchange_untimed(
        &self,
        request: &Request,
        body: Option<&Encoded>,
        url: Url,
        standing: Standing,
        began: Instant,
    ) -> Result<Answer, Lost> {
        let prepared = self.prepare(request, body, url, standing)?;
        let sent_bytes = request_bytes(&prepared);
        let response = self.client.execute(prepared).await.map_err(|error| sort(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = body::read(response, request.answer_bytes_max).await?;
        let server_date_ms = text_of(&headers, DATE).and_then(http_date_ms);
        let retry_now_ms = server_date_ms.unwrap_or_else(device_now_ms);
        Ok(Answer {
            status,
            content_type: text_of(&headers, CONTENT_TYPE).map(str::to_owned),
            server_date_ms,
            retry_after_ms: text_of(&headers, RETRY_AFTER)
                .and_then(|text| retry_after_ms(text, retry_now_ms)),
            location: text_of(&headers, LOCATION).map(str::to_owned),
            bytes: sent_bytes + header_bytes(&headers) + body.wire_bytes,
            body: body.bytes,
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn prepare(
        &self,
        request: &Request,
        body: Option<&Encoded>,
        url: Url,
        standing: Standing,
    ) -> Result<reqwest::Request, Lost> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let csrf = self.jar.csrf_token(&url).filter(|_| request.method != Method::Get);
        let mut builder = self.client.request(method, url);
        if standing == Standing::Header {
            builder = builder.header(AUTHORIZATION, self.authorization.clone());
        }
        if let Some(token) = csrf {
            builder = builder.header(X_XSRF_TOKEN, token);
        }
        if let Some(body) = body {
            builder = builder.header(CONTENT_TYPE, &body.content_type).body(body.bytes.clone());
        }
        builder.build().map_err(|error| sort(&error))
    }
}

/// What the body of a request is on the wire.
fn body_of(request: &Request, content: Option<&[u8]>) -> Result<Option<Encoded>, Lost> {
    Ok(match &request.body {
        None => None,
        Some(Body::Json(bytes)) => Some(Encoded::json(bytes)),
        Some(Body::Text(bytes)) => Some(Encoded::text(bytes)),
        Some(Body::File(file)) => Some(Encoded::form(file, content.ok_or(Lost::NoContent)?)),
    })
}

enum SignedIn {
    Yes(Standing),
    No(Answer),
}

fn client(options: &TransportOptions, jar: Arc<SessionJar>) -> Result<Client, SetupError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    // Without it DHIS2 sends whoever is not signed in to a login page (captures 02d, 02t).
    headers.insert(X_REQUESTED_WITH, HeaderValue::from_static("XMLHttpRequest"));
    let mut builder = Client::builder()
        .user_agent(format!("Outpost/{}", options.app_version))
        .default_headers(headers)
        .redirect(Policy::none())
        .referer(false)
        // The body is decompressed here, so that its size on the wire is known and a bomb is
        // stopped.
        .no_gzip()
        .cookie_provider(jar)
        .connect_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
        .pool_idle_timeout(Duration::from_millis(POOL_IDLE_MS))
        .pool_max_idle_per_host(2);
    if options.base.is_loopback() {
        builder = builder.no_proxy();
    }
    if let Some(pem) = &options.extra_ca_pem {
        builder = builder.tls_certs_merge(certificates(pem)?);
    }
    builder.build().map_err(|_| SetupError::Tls)
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, SetupError> {
    if pem.len() > CA_PEM_BYTES_MAX {
        return Err(SetupError::Certificates);
    }
    let list = Certificate::from_pem_bundle(pem).map_err(|_| SetupError::Certificates)?;
    match list.is_empty() {
        true => Err(SetupError::Certificates),
        false => Ok(list),
    }
}

fn is_signed_out(answer: &Answer) -> bool {
    let (content_type, location) = (answer.content_type.as_deref(), answer.location.as_deref());
    let class = classify(answer.status, content_type, location, &answer.body);
    matches!(class, AnswerClass::SignedOut { .. })
}

fn is_bad_credentials(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).contains("Bad credentials")
}

/// Whatever became of the login, the request behind it did not leave the device.
fn before_the_request(lost: Lost) -> Lost {
    match lost {
        Lost::NotSent { .. } | Lost::NoContent => lost,
        Lost::Unknown { reason } => Lost::NotSent { reason, is_tls: false },
        Lost::TooLarge { .. } => not_sent("the answer to the sign-in is too large"),
    }
}

/// A login that is refused with 200 is given back as the 401 that every other refusal is, in the
/// words that DHIS2 uses for Basic (captures o024b, o025h).
fn refusal(answer: &Answer, status: &LoginStatus) -> Answer {
    let message = match status {
        LoginStatus::AccountDisabled => "Account disabled",
        LoginStatus::AccountLocked => "Account locked",
        LoginStatus::AccountExpired => "Account expired",
        LoginStatus::PasswordExpired => "Password expired",
        LoginStatus::SecondFactorNeeded => "Second factor needed",
        LoginStatus::SecondFactorSent => "Second factor sent",
        LoginStatus::SecondFactorSetUpNeeded => "Second factor must be set up",
        LoginStatus::Success | LoginStatus::Other(_) => "Unauthorized",
    };
    let body = format!(r#"{{"httpStatusCode":401,"status":"ERROR","message":"{message}"}}"#);
    Answer {
        status: 401,
        content_type: Some("application/json".to_owned()),
        body: body.into_bytes(),
        ..answer.clone()
    }
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Bytes of request line, headers and body; those that the client adds by itself are estimated.
fn request_bytes(request: &reqwest::Request) -> u64 {
    const ADDED_BY_CLIENT: u64 = 300;
    let line = request.url().path().len() + request.url().query().map_or(0, str::len) + 16;
    let body = request.body().and_then(reqwest::Body::as_bytes).map_or(0, <[u8]>::len);
    ADDED_BY_CLIENT + (line + body) as u64
}

fn header_bytes(headers: &HeaderMap) -> u64 {
    const STATUS_LINE: u64 = 17;
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    STATUS_LINE + lines.sum::<usize>() as u64
}

fn device_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
