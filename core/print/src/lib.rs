//! Paper: labels, agreements, lists, reports and charts as PDF, SVG and PNG.
//!
//! Takes what is to be printed as plain texts and numbers and gives bytes back. Never looks anything
//! up, never decides what a roll-out allows, and never writes a file: the caller does.
