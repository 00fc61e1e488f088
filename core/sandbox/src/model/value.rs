//! Value checks of data elements: type, options, zeros. The rules are the domain's, which are
//! DHIS2's.

use outpost_domain::value_type::{self, ServerMinor, ValueProblem, ValueType};

use super::meta::store::{Metadata, Object};

/// The value type of a data element; TEXT when the package names none that is known.
pub fn type_of(element: &Object) -> ValueType {
    let name = element.text("valueType").unwrap_or("TEXT");
    ValueType::parse(name).unwrap_or(ValueType::Text)
}

/// What is wrong with a value for its type.
pub fn problem(element: &Object, value: &str) -> Option<ValueProblem> {
    value_type::validate(type_of(element), value).err()
}

/// A value as an aggregate import of this server reads it (`1` is `true` for yes-or-no).
pub fn aggregate(element: &Object, value: &str, minor: u32) -> String {
    let minor = ServerMinor(u16::try_from(minor).unwrap_or(42));
    value_type::normalise_aggregate(type_of(element), value, minor).into_owned()
}

/// Whether a zero is dropped.
pub fn is_dropped_zero(element: &Object, value: &str) -> bool {
    let aggregation = element.text("aggregationType").unwrap_or("NONE");
    let significant = element.flag("zeroIsSignificant");
    value_type::is_insignificant_zero(type_of(element), aggregation, significant, value)
}

/// The option set that the value is not a code of.
pub fn foreign_option<'a>(meta: &Metadata, element: &'a Object, value: &str) -> Option<&'a str> {
    let set = element.reference("optionSet")?;
    let known = |code: &str| meta.has_code(set, code);
    let fits = if type_of(element) == ValueType::MultiText {
        value_type::split_multi_text(value).into_iter().all(known)
    } else {
        known(value)
    };
    (!fits).then_some(set)
}

/// How conflict texts word a problem: some keys have a text of their own (captures 48 to 55).
pub fn worded(problem: ValueProblem) -> &'static str {
    match problem.key() {
        "value_not_numeric" => "Data value is not numeric",
        "value_not_true_only" => "Data value is not true",
        "value_not_valid_date" => "Data value is not a valid date",
        other => other,
    }
}
