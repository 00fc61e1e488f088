package org.outpost.sdk

/** What can be filled in: a data set or a program. */
public sealed interface FormId {
    /** The DHIS2 uid. */
    public val uid: String
}

/** Id of a DHIS2 `DataSet`: 11 letters and digits, the first a letter. */
@JvmInline
public value class DataSetId(override val uid: String) : FormId

/** Whose people are meant: those of a program with registration, or of a type. */
public sealed interface PeopleOf {
    /** The DHIS2 uid. */
    public val uid: String
}

/** Id of a DHIS2 `Program`. */
@JvmInline
public value class ProgramId(override val uid: String) : FormId, PeopleOf

/** Id of a DHIS2 `TrackedEntityType`: "Person", "Household". */
@JvmInline
public value class TrackedEntityTypeId(override val uid: String) : PeopleOf

/** Id of a DHIS2 `ProgramStage`. */
@JvmInline
public value class ProgramStageId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `OrganisationUnit`: a place. */
@JvmInline
public value class OrganisationUnitId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `DataElement`: a row of a report, a question of an event. */
@JvmInline
public value class DataElementId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/**
 * Id of a DHIS2 `CategoryOptionCombo`: a column of a report, or (as attribute option combo) the
 * split of a whole form.
 */
@JvmInline
public value class CategoryOptionComboId(
    /** The DHIS2 uid. */
    public val uid: String,
) {
    /** The one combo that every server has. */
    public companion object {
        /** The combo of whatever is not split; the same uid on every DHIS2 server. */
        public val DEFAULT: CategoryOptionComboId = CategoryOptionComboId("HllvX50cXC0")
    }
}

/** Id of a DHIS2 `TrackedEntityAttribute`: a question about a person. */
@JvmInline
public value class AttributeId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `OptionSet`. */
@JvmInline
public value class OptionSetId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `Event`: an event or a visit; minted on the device. */
@JvmInline
public value class EventId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `TrackedEntity`: a person, a household; minted on the device. */
@JvmInline
public value class PersonId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `Enrollment`; minted on the device. */
@JvmInline
public value class EnrollmentId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `RelationshipType`. */
@JvmInline
public value class RelationshipTypeId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `Relationship`; minted on the device. */
@JvmInline
public value class RelationshipId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `FileResource`: the value of the question that asks for a file. */
@JvmInline
public value class FileId(
    /** The DHIS2 uid. */
    public val uid: String,
)
