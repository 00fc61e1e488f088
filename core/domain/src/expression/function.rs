//! The named functions of expressions: spelling, arguments, types, and the family that decides where
//! each may stand (expressions reference 2 and 3).
//!
//! One row a function; what it computes lives with its family of functions.

use super::mode::Mode;
use super::value::ValueType::{self, Boolean, Date, Mixed, Number, Same, Text};

/// What a function takes at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    /// Any expression.
    Expression,
    /// A data item, a rule variable, or the name of one as text.
    Item,
    /// A text literal whose text is an expression of its own.
    ParsedText,
    /// A text literal.
    Text,
    /// A whole number literal.
    Integer,
    /// A bare uid.
    Uid,
    /// A uid that may stand in quotes.
    QuotedUid,
}

/// How an argument list may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Every argument is needed.
    Fixed,
    /// From this index on arguments may be left out.
    Optional(usize),
    /// The last argument may come any number of times, also never.
    Repeated,
}

/// Functions that are allowed in the same places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Common,
    OrgUnit,
    Aggregate,
    PredictorAggregate,
    ProgramCommon,
    ProgramRule,
    ProgramIndicator,
    SubExpression,
    /// Only the ANTLR dialect has them.
    Server,
}

struct Row {
    function: Function,
    name: &'static str,
    family: Family,
    result: ValueType,
    parameters: &'static [ValueType],
    arguments: &'static [Argument],
    ending: Ending,
}

macro_rules! functions {
    ($($name:literal $variant:ident $family:ident $result:ident
        $parameters:tt $arguments:tt $ending:expr;)+) => {
        /// A function by its DHIS2 name; see expressions reference 3 for what each does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names are DHIS2's own")]
        pub enum Function {
            $($variant,)+
        }

        const ROWS: &[Row] = &[
            $(Row {
                function: Function::$variant,
                name: $name,
                family: Family::$family,
                result: $result,
                parameters: &$parameters,
                arguments: &functions!(@arguments $arguments),
                ending: $ending,
            },)+
        ];
    };
    (@arguments [$($argument:ident),+]) => { [$(Argument::$argument),+] };
}

functions! {
    "contains" Contains Common Boolean
        [Text, Text, Text] [Expression, Expression] Ending::Repeated;
    "containsItems" ContainsItems Common Boolean
        [Text, Text, Text] [Expression, Expression] Ending::Repeated;
    "firstNonNull" FirstNonNull Common Same
        [Same] [Expression] Ending::Repeated;
    "greatest" Greatest Common Number
        [Number] [Expression] Ending::Repeated;
    "if" If Common Same
        [Boolean, Same, Same] [Expression, Expression, Expression] Ending::Fixed;
    "isNotNull" IsNotNull Common Boolean
        [Same] [Expression] Ending::Fixed;
    "isNull" IsNull Common Boolean
        [Same] [Expression] Ending::Fixed;
    "least" Least Common Number
        [Number] [Expression] Ending::Repeated;
    "log" Log Common Number
        [Number, Number] [Expression, Expression] Ending::Optional(1);
    "log10" Log10 Common Number
        [Number] [Expression] Ending::Fixed;
    "orgUnit.ancestor" OrgUnitAncestor OrgUnit Boolean
        [Text] [Uid] Ending::Repeated;
    "orgUnit.dataSet" OrgUnitDataSet OrgUnit Boolean
        [Text] [Uid] Ending::Repeated;
    "orgUnit.group" OrgUnitGroup OrgUnit Boolean
        [Text] [Uid] Ending::Repeated;
    "orgUnit.program" OrgUnitProgram OrgUnit Boolean
        [Text] [Uid] Ending::Repeated;
    "removeZeros" RemoveZeros Common Same
        [Same] [Expression] Ending::Fixed;
    "subExpression" SubExpression SubExpression Same
        [Same] [Expression] Ending::Fixed;
    "avg" Avg Aggregate Number
        [Number] [Expression] Ending::Fixed;
    "count" Count Aggregate Number
        [Number] [Expression] Ending::Fixed;
    "max" Max Aggregate Number
        [Number] [Expression] Ending::Fixed;
    "median" Median PredictorAggregate Number
        [Number] [Expression] Ending::Fixed;
    "min" Min Aggregate Number
        [Number] [Expression] Ending::Fixed;
    "percentileCont" PercentileCont PredictorAggregate Number
        [Number, Number] [Expression, Expression] Ending::Fixed;
    "stddev" Stddev Aggregate Number
        [Number] [Expression] Ending::Fixed;
    "stddevPop" StddevPop PredictorAggregate Number
        [Number] [Expression] Ending::Fixed;
    "stddevSamp" StddevSamp PredictorAggregate Number
        [Number] [Expression] Ending::Fixed;
    "sum" Sum Aggregate Number
        [Number] [Expression] Ending::Fixed;
    "variance" Variance PredictorAggregate Number
        [Number] [Expression] Ending::Fixed;
    "normDistCum" NormDistCum Common Number
        [Number, Number, Number] [Expression, Expression, Expression] Ending::Optional(1);
    "d2:addDays" AddDays ProgramRule Date
        [Date, Number] [Expression, Expression] Ending::Fixed;
    "d2:ceil" Ceil ProgramRule Number
        [Number] [Expression] Ending::Fixed;
    "d2:concatenate" Concatenate ProgramRule Text
        [Text] [Expression] Ending::Repeated;
    "d2:condition" Condition ProgramCommon Same
        [Boolean, Same, Same] [ParsedText, Expression, Expression] Ending::Fixed;
    "d2:contains" D2Contains ProgramCommon Boolean
        [Text, Text, Text] [Expression, Expression] Ending::Repeated;
    "d2:containsItems" D2ContainsItems ProgramCommon Boolean
        [Text, Text, Text] [Expression, Expression] Ending::Repeated;
    "d2:count" D2Count ProgramCommon Number
        [Mixed] [Item] Ending::Fixed;
    "d2:countIfCondition" CountIfCondition ProgramIndicator Number
        [Boolean, Mixed] [Expression, Text] Ending::Fixed;
    "d2:countIfValue" CountIfValue ProgramCommon Number
        [Mixed, Mixed] [Item, Expression] Ending::Fixed;
    "d2:countIfZeroPos" CountIfZeroPos ProgramRule Number
        [Number] [Item] Ending::Fixed;
    "d2:daysBetween" DaysBetween ProgramCommon Number
        [Date, Date] [Expression, Expression] Ending::Fixed;
    "d2:extractDataMatrixValue" ExtractDataMatrixValue ProgramRule Text
        [Text, Text] [Expression, Expression] Ending::Fixed;
    "d2:floor" Floor ProgramRule Number
        [Number] [Expression] Ending::Fixed;
    "d2:hasUserRole" HasUserRole ProgramRule Boolean
        [Text] [Expression] Ending::Fixed;
    "d2:inUserGroup" InUserGroup ProgramRule Boolean
        [Text] [Expression] Ending::Fixed;
    "d2:hasValue" HasValue ProgramCommon Boolean
        [Mixed] [Item] Ending::Fixed;
    "d2:inOrgUnitGroup" InOrgUnitGroup ProgramRule Boolean
        [Text] [Expression] Ending::Fixed;
    "d2:lastEventDate" LastEventDate ProgramRule Date
        [Text] [Expression] Ending::Fixed;
    "d2:left" Left ProgramRule Text
        [Text, Number] [Expression, Expression] Ending::Fixed;
    "d2:length" Length ProgramRule Number
        [Text] [Expression] Ending::Fixed;
    "d2:maxValue" MaxValue ProgramCommon Number
        [Mixed] [Item] Ending::Fixed;
    "d2:minutesBetween" MinutesBetween ProgramIndicator Number
        [Date, Date] [Expression, Expression] Ending::Fixed;
    "d2:minValue" MinValue ProgramCommon Number
        [Mixed] [Item] Ending::Fixed;
    "d2:modulus" Modulus ProgramRule Number
        [Number, Number] [Expression, Expression] Ending::Fixed;
    "d2:monthsBetween" MonthsBetween ProgramCommon Number
        [Date, Date] [Expression, Expression] Ending::Fixed;
    "d2:oizp" Oizp ProgramCommon Number
        [Number] [Expression] Ending::Fixed;
    "d2:relationshipCount" RelationshipCount ProgramIndicator Number
        [Text] [QuotedUid] Ending::Optional(0);
    "d2:right" Right ProgramRule Text
        [Text, Number] [Expression, Expression] Ending::Fixed;
    "d2:round" Round ProgramRule Number
        [Number, Number] [Expression, Integer] Ending::Optional(1);
    "d2:split" Split ProgramRule Text
        [Text, Text, Number] [Expression, Expression, Expression] Ending::Fixed;
    "d2:substring" Substring ProgramRule Text
        [Text, Number, Number] [Expression, Expression, Expression] Ending::Fixed;
    "d2:validatePattern" ValidatePattern ProgramRule Boolean
        [Text, Text] [Expression, Expression] Ending::Fixed;
    "d2:weeksBetween" WeeksBetween ProgramCommon Number
        [Date, Date] [Expression, Expression] Ending::Fixed;
    "d2:yearsBetween" YearsBetween ProgramCommon Number
        [Date, Date] [Expression, Expression] Ending::Fixed;
    "d2:zing" Zing ProgramCommon Number
        [Number] [Expression] Ending::Fixed;
    "d2:zpvc" Zpvc ProgramCommon Number
        [Number] [Expression] Ending::Repeated;
    "d2:zScoreHFA" ZScoreHfa ProgramRule Number
        [Number, Number, Text] [Expression, Expression, Expression] Ending::Fixed;
    "d2:zScoreWFA" ZScoreWfa ProgramRule Number
        [Number, Number, Text] [Expression, Expression, Expression] Ending::Fixed;
    "d2:zScoreWFH" ZScoreWfh ProgramRule Number
        [Number, Number, Text] [Expression, Expression, Expression] Ending::Fixed;
    "is" Is Server Boolean
        [Mixed, Mixed] [Expression, Expression] Ending::Repeated;
    "normDistDen" NormDistDen Server Number
        [Number, Number, Number] [Expression, Expression, Expression] Ending::Optional(1);
}

impl Function {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.function)
    }

    fn row(self) -> &'static Row {
        // Rows stand in the order of the variants; the test below holds them there.
        &ROWS[self as usize]
    }

    /// The name as it is written in expressions, such as `d2:round`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Every function.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.function)
    }

    /// Whether the function may stand in expressions of that mode.
    #[must_use]
    pub fn is_allowed_in(self, mode: Mode) -> bool {
        mode.allows_function(self)
    }

    /// How many arguments it takes, if that is fixed.
    #[must_use]
    pub fn argument_count(self) -> Option<usize> {
        (self.ending() == Ending::Fixed).then(|| self.arguments().len())
    }

    pub(super) fn family(self) -> Family {
        self.row().family
    }

    pub(super) fn result(self) -> ValueType {
        self.row().result
    }

    pub(super) fn parameters(self) -> &'static [ValueType] {
        self.row().parameters
    }

    pub(super) fn arguments(self) -> &'static [Argument] {
        self.row().arguments
    }

    pub(super) fn ending(self) -> Ending {
        self.row().ending
    }

    /// Evaluated once for each element of a vector.
    pub(super) fn is_aggregating(self) -> bool {
        matches!(self.family(), Family::Aggregate | Family::PredictorAggregate)
    }

    /// Items below need their values of several periods.
    pub(super) fn needs_vectors(self) -> bool {
        self.is_aggregating() || matches!(self, Self::NormDistCum | Self::NormDistDen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_variants() {
        for (index, function) in Function::all().enumerate() {
            assert_eq!(function as usize, index, "{}", function.name());
            assert_eq!(Function::from_name(function.name()), Some(function));
        }
    }
}
