//! The DHIS2 Web API as it is on the wire, and its conversion to the domain.
//!
//! Differences between server versions (2.38 to 2.43) live only here. Pure: bytes in, values or
//! typed errors out. Unknown members are ignored; hostile JSON is refused within limits; nothing
//! panics.

pub mod answer;
pub mod approval;
pub mod auth;
pub mod change_log;
pub mod completion;
pub mod data_store;
pub mod data_value_set;
pub mod duplicate;
pub mod entry_lock;
pub mod error;
pub mod error_code;
pub mod file;
pub mod file_resource;
pub mod import_report;
pub mod job;
pub mod json;
pub mod limits;
pub mod me;
pub mod metadata;
pub mod ownership;
pub mod percent;
pub mod reserved_value;
pub mod search;
pub mod system_info;
pub mod time;
pub mod tracker;
pub mod tracker_report;
pub mod version;
pub mod working_list;

mod error_table;
mod loose;
mod scan;
mod web_message;

pub use error::WireError;
