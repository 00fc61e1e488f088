//! What program indicators have to know beside the rows.

use crate::expression::Date;
use crate::uid::{DataElementUid, ProgramStageUid, Uid};
use crate::value_type::ValueType;

/// Metadata and the day, given by the caller.
pub trait ProgramFacts {
    /// Today, in the server's time zone: `V{current_date}`.
    fn today(&self) -> Option<Date>;

    /// The type of a question's answers; `None` if the element is not on the device.
    fn element_type(&self, element: DataElementUid) -> Option<ValueType>;

    /// The type of an attribute's values; `None` if it is not on the device.
    fn attribute_type(&self, _attribute: Uid) -> Option<ValueType> {
        None
    }

    /// The value of a constant.
    fn constant(&self, _constant: Uid) -> Option<f64> {
        None
    }

    /// Display name of a stage: `V{program_stage_name}`.
    fn stage_name(&self, _stage: ProgramStageUid) -> Option<&str> {
        None
    }

    /// How many relationships the row's person has, of one type or of all; `None` if not known
    /// here.
    fn relationship_count(&self, _relationship_type: Option<Uid>) -> Option<u32> {
        None
    }
}

impl<F: ProgramFacts + ?Sized> ProgramFacts for &F {
    fn today(&self) -> Option<Date> {
        (**self).today()
    }

    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        (**self).element_type(element)
    }

    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        (**self).attribute_type(attribute)
    }

    fn constant(&self, constant: Uid) -> Option<f64> {
        (**self).constant(constant)
    }

    fn stage_name(&self, stage: ProgramStageUid) -> Option<&str> {
        (**self).stage_name(stage)
    }

    fn relationship_count(&self, relationship_type: Option<Uid>) -> Option<u32> {
        (**self).relationship_count(relationship_type)
    }
}
