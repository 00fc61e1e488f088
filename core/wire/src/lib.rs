//! The DHIS2 Web API as it is on the wire, and its conversion to the domain.
//!
//! Differences between server versions (2.38 to 2.43) live only here. Pure: bytes in, values or typed
//! errors out. Unknown members are ignored; hostile JSON is refused within limits; nothing panics.

pub mod metadata;
