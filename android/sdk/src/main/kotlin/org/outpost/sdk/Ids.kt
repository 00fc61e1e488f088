package org.outpost.sdk

/** What can be filled in: a data set or an event program. */
public sealed interface FormId {
    /** The DHIS2 uid. */
    public val uid: String
}

/** Id of a DHIS2 `DataSet`: 11 letters and digits, the first a letter. */
@JvmInline
public value class DataSetId(override val uid: String) : FormId

/** Id of a DHIS2 `Program`. */
@JvmInline
public value class ProgramId(override val uid: String) : FormId

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

/** Id of a DHIS2 `OptionSet`. */
@JvmInline
public value class OptionSetId(
    /** The DHIS2 uid. */
    public val uid: String,
)

/** Id of a DHIS2 `Event`; minted on the device by [Session.newEvent]. */
@JvmInline
public value class EventId(
    /** The DHIS2 uid. */
    public val uid: String,
)
