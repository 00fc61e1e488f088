//! Asynchronous jobs: carried out at once, told later. Kept in memory, so a restart loses them
//! (capture o030c).

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::limits::JOBS_MAX;
use crate::model::http::Response;

/// The jobs of a server since its start.
#[derive(Debug, Default)]
pub struct Jobs {
    jobs: VecDeque<Job>,
}

#[derive(Debug)]
struct Job {
    kind: &'static str,
    id: String,
    notes: Vec<Value>,
    result: Value,
}

impl Jobs {
    /// Keeps a finished job; the oldest goes when there are too many.
    pub fn add(&mut self, kind: &'static str, id: &str, notes: Vec<Value>, result: Value) {
        if self.jobs.len() >= JOBS_MAX {
            self.jobs.pop_front();
        }
        self.jobs.push_back(Job { kind, id: id.to_owned(), notes, result });
    }

    fn find(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// Notifications of a job, newest first; none if it is not known.
    pub fn notifications(&self, kind: &str, id: &str) -> Response {
        let job = self.find(id).filter(|job| job.kind == kind);
        Response::json(job.map_or_else(|| json!([]), |job| json!(job.notes)))
    }

    /// The import summary of a job.
    pub fn summary(&self, kind: &str, id: &str) -> Response {
        let job = self.find(id).filter(|job| job.kind == kind);
        Response::json(job.map_or(Value::Null, |job| job.result.clone()))
    }

    /// The tracker report of a job (captures 163, 166).
    pub fn report(&self, id: &str) -> Response {
        match self.find(id).filter(|job| job.kind == "TRACKER_IMPORT_JOB") {
            Some(job) => Response::json(job.result.clone()),
            None => {
                let message = format!("Summary for job {id} does not exist");
                Response::coded(404, "E1005", &message)
            }
        }
    }
}
