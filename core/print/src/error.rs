//! What can be wrong with what is to be printed.

/// Why nothing was printed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// A code would be too small to be read, or holds more than any code of ours does.
    #[error(
        "the code of {number} has {bytes} bytes, too many to be read on {stock}: take larger \
         labels or level Q"
    )]
    CodeTooLong {
        /// Number of the label.
        number: String,
        /// Bytes in the code.
        bytes: usize,
        /// Name of the labels.
        stock: &'static str,
    },
    /// A label has no number, so nobody could tell whose it is.
    #[error("label {place} has no number: give each device its number first")]
    NoNumber {
        /// Place in the list, from 1.
        place: usize,
    },
    /// More than one document takes.
    #[error("{what}: more than {most}; print them in parts")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many one document takes.
        most: usize,
    },
    /// The first label lies beyond the first sheet.
    #[error("the sheet has labels 1 to {most}: begin at one of them")]
    NoSuchPlace {
        /// Labels on a sheet.
        most: usize,
    },
    /// The text of an agreement cannot be used.
    #[error("line {line} of the agreement: {reason}")]
    Template {
        /// Line, from 1.
        line: usize,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A font file cannot be read as one.
    #[error("this is no TrueType or OpenType font that can be read")]
    NotAFont,
    /// A chart has no series, too many, or series of different lengths.
    #[error("a chart takes 1 to {most} series with as many values as there are names")]
    ChartShape {
        /// Most series.
        most: usize,
    },
    /// A picture has no size, or is larger than [`crate::limits::PIXELS_MAX`].
    #[error("a picture has 1 to {most} pixels a side")]
    Pixels {
        /// Most pixels.
        most: u32,
    },
    /// The writer of PDF or PNG refused; nothing that a person typed leads here.
    #[error("the document could not be written: {0}")]
    Writer(String),
}

/// What printing returns.
pub type Result<T> = std::result::Result<T, PrintError>;
