//! What `print …` says where it prints nothing.

/// No device has a label.
pub const NO_LABELS: &str =
    "none is known here that a label could be printed for; name another place, or update first";
/// Nobody gets a device and nobody has one.
pub const NOT_HANDED_OVER: &str =
    "none of this place is ready to be handed over or was handed over; name another place";

/// The names under which a document may be written.
pub fn endings(endings: &[&str]) -> String {
    let endings: Vec<String> = endings.iter().map(|it| format!(".{it}")).collect();
    format!("its name ends in {}", endings.join(" or "))
}
