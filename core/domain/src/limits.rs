//! Limits of the domain parsers, one name and one reason each.
