//! The road between a device and its server: passes every message on, counts each byte, keeps what
//! was asked, and breaks where a test says so.

use std::io::{BufReader, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::wire::Message;

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Pass,
    /// The connection ends before the server sees it.
    CutBefore,
    /// The server acts, the connection ends without an answer.
    LoseAnswer,
    /// The server acts, the connection ends after so many bytes of the answer's body.
    CutInside(usize),
    /// Somebody in between answers 503.
    Unavailable,
    /// Somebody in between shows the page of a Wi-Fi portal.
    Portal,
    /// Somebody in between sends the client elsewhere, as a server does that knows no session.
    Redirect,
    /// The server acts, no answer ever comes.
    Hang,
    /// The server refuses the whole request as malformed, without saying which record
    /// (observed: one bad uid, enum or date in a tracker payload).
    Malformed,
}

/// One request as it passed.
#[derive(Debug, Clone)]
pub struct Passage {
    /// `GET`
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// Status of the answer; 0 if none went back.
    pub status: u16,
    /// Bytes of the request and of the answer, heads and bodies.
    pub bytes: usize,
    /// What became of it.
    pub fate: Fate,
}

impl Passage {
    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// Decides about a request: its number from 0 since the last change of the rule, and the request.
pub type Rule = Box<dyn FnMut(usize, &Message) -> Fate + Send>;

struct State {
    server: String,
    rule: Rule,
    asked: usize,
    log: Vec<Passage>,
    /// Entries that were taken out of the log before.
    taken: usize,
}

impl State {
    /// Decides about a request and notes it as it arrives; gives back its fate and its place.
    fn arrives(&mut self, request: &Message) -> (Fate, usize) {
        let fate = (self.rule)(self.asked, request);
        self.asked += 1;
        let start = request.start();
        let word = |at: usize| start.get(at).cloned().unwrap_or_default();
        let bytes = request.len();
        self.log.push(Passage { method: word(0), target: word(1), status: 0, bytes, fate });
        (fate, self.taken + self.log.len() - 1)
    }

    /// Notes what goes back.
    fn returns(&mut self, place: usize, answer: &Message) {
        let Some(passage) = place.checked_sub(self.taken).and_then(|at| self.log.get_mut(at))
        else {
            return;
        };
        passage.status = answer.start().get(1).and_then(|it| it.parse().ok()).unwrap_or(0);
        passage.bytes += answer.len();
    }
}

/// A port of its own in front of a server.
pub struct Road {
    port: u16,
    state: Arc<Mutex<State>>,
}

/// How long a request without an answer keeps its connection; the client gives up before.
const HANG: Duration = Duration::from_secs(240);

impl Road {
    /// Opens a road to a server, `http://127.0.0.1:port`.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let server = server.trim_start_matches("http://").to_owned();
        let rule: Rule = Box::new(|_, _| Fate::Pass);
        let state =
            Arc::new(Mutex::new(State { server, rule, asked: 0, log: Vec::new(), taken: 0 }));
        let shared = Arc::clone(&state);
        // Ends with the process: a test's road has no life after it.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A broken connection is what a road is for; the client sees it.
                std::thread::spawn(move || carry(&client, &state).ok());
            }
        });
        Self { port, state }
    }

    /// Its address for a client.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on this happens to requests; they are numbered from 0 again.
    pub fn rule(&self, rule: impl FnMut(usize, &Message) -> Fate + Send + 'static) {
        let mut state = held(&self.state);
        state.rule = Box::new(rule);
        state.asked = 0;
    }

    /// Everything passes again.
    pub fn heal(&self) {
        self.rule(|_, _| Fate::Pass);
    }

    /// What passed since the last call.
    #[must_use]
    pub fn take_log(&self) -> Vec<Passage> {
        let mut state = held(&self.state);
        state.taken += state.log.len();
        std::mem::take(&mut state.log)
    }

    /// Requests since the rule was set.
    #[must_use]
    pub fn asked(&self) -> usize {
        held(&self.state).asked
    }
}

fn held(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries the messages of one connection.
fn carry(client: &TcpStream, state: &Mutex<State>) -> Result<()> {
    client.set_nodelay(true)?;
    let mut requests = BufReader::new(client);
    let mut back = client;
    let mut server: Option<BufReader<TcpStream>> = None;
    while let Some(request) = Message::read(&mut requests)? {
        let (fate, place) = held(state).arrives(&request);
        let answer = match made_up(fate) {
            Some(answer) => Some(answer),
            None if fate == Fate::CutBefore => None,
            None => Some(ask(&mut server, state, &request)?),
        };
        let answer = match fate {
            Fate::CutBefore | Fate::LoseAnswer => None,
            Fate::Hang => {
                std::thread::sleep(HANG);
                None
            }
            _ => answer,
        };
        let Some(answer) = answer else { return client.shutdown(Shutdown::Both) };
        held(state).returns(place, &answer);
        if let Fate::CutInside(bytes) = fate {
            answer.write(&mut back, bytes)?;
            return client.shutdown(Shutdown::Both);
        }
        answer.write(&mut back, usize::MAX)?;
    }
    Ok(())
}

/// Asks the real server, over a connection that is kept.
fn ask(
    server: &mut Option<BufReader<TcpStream>>,
    state: &Mutex<State>,
    request: &Message,
) -> Result<Message> {
    let connection = match server {
        Some(connection) => connection,
        None => {
            let address = held(state).server.clone();
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            server.insert(BufReader::new(stream))
        }
    };
    let mut whole = request.head.clone();
    whole.extend_from_slice(&request.body);
    connection.get_mut().write_all(&whole)?;
    let gone = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    Message::read(connection)?.ok_or_else(gone)
}

/// The answer that does not come from the server.
fn made_up(fate: Fate) -> Option<Message> {
    const JSON: &str = "Content-Type: application/json;charset=UTF-8\r\n";
    match fate {
        Fate::Unavailable => {
            Some(Message::answer("503 Service Unavailable", JSON, "{\"status\":\"ERROR\"}"))
        }
        Fate::Portal => {
            let page = "<!doctype html><html><body>Welcome to free Wi-Fi</body></html>";
            Some(Message::answer("200 OK", "Content-Type: text/html;charset=utf-8\r\n", page))
        }
        Fate::Redirect => Some(Message::answer("302 Found", "Location: /dhis-web-login/\r\n", "")),
        Fate::Malformed => {
            let body = "{\"httpStatus\":\"Bad Request\",\"httpStatusCode\":400,\
                        \"status\":\"ERROR\",\"message\":\"JSON parse error: Cannot construct \
                        instance, problem: the value is not valid\"}";
            Some(Message::answer("400 Bad Request", JSON, body))
        }
        _ => None,
    }
}
