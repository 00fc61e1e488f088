//! Metadata: what is kept, who sees it, how it is listed, loaded, imported and deleted.

pub mod access;
pub mod defaults;
pub mod edit;
pub mod fields;
pub mod filter;
pub mod import;
pub mod list;
pub mod load;
pub mod render;
pub mod store;
pub mod types;
