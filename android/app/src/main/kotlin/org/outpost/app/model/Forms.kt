package org.outpost.app.model

/** Names one form to open. Small and textual, so that it survives the death of the process. */
sealed interface FormKey {
    /** A report: one data set, period, place and attribute option combination. */
    data class Report(
        val dataSet: String,
        val period: String,
        val organisationUnit: String,
        val attributeOptionCombo: String,
    ) : FormKey

    /** An event of a program, or a visit of somebody, by its uid. */
    data class Event(val program: String, val uid: String) : FormKey

    /** The registration of somebody in a program; [place] is where, when it is new. */
    data class Person(val program: String, val uid: String, val place: String) : FormKey
}

/** A form as one screen shows it. */
data class Form(
    val key: FormKey,
    val title: String,
    /** Place and period, or place and date. */
    val subtitle: String,
    val sections: List<Section>,
    val state: RecordState,
    /** When the last answer was saved, Unix ms UTC; `null` when there is none. */
    val savedMs: Long?,
    val nowMs: Long,
    /** Why nothing can be changed, in words; `null` when it can. */
    val readOnlyReason: String? = null,
    /** Whether the read-only form can be taken up again (a finished one). */
    val canReopen: Boolean = false,
    /** What the rules say about the form as a whole. */
    val notices: List<Notice> = emptyList(),
)

/** A sentence about the form as a whole; [value] beside it when it is a name with a value. */
data class Notice(val text: String, val value: String?, val severity: Severity?)

/** A page of a form: questions, then tables. */
data class Section(
    val id: String,
    val title: String,
    val fields: List<Field> = emptyList(),
    val tables: List<Table> = emptyList(),
) {
    /** Every field of the section, those in tables included. */
    val allFields: List<Field> get() = fields + tables.flatMap { it.rows }.flatMap { it.cells }
}

/** The section with each field, those in tables included, as [change] makes it. */
fun Section.mapFields(change: (Field) -> Field): Section = copy(
    fields = fields.map(change),
    tables = tables.map { table ->
        table.copy(rows = table.rows.map { row -> row.copy(cells = row.cells.map(change)) })
    },
)

/** Fields in rows and columns; each row has as many cells as there are columns. */
data class Table(val corner: String, val columns: List<String>, val rows: List<TableRow>)

/** One row of a table. */
data class TableRow(val label: String, val cells: List<Field>, val hint: String? = null)

/** One question and its answer. */
data class Field(
    val id: String,
    val label: String,
    val kind: FieldKind,
    /** As DHIS2 stores it; `null` when there is no answer. */
    val value: String?,
    val hint: String? = null,
    val unit: String? = null,
    val compulsory: Boolean = false,
    /** Not to be filled in here (a greyed cell, a total). */
    val readOnly: Boolean = false,
    val problem: FieldProblem? = null,
    /** The answers to choose from, when there are few (see [CHOICES_SHOWN_MAX]). */
    val choices: List<Choice> = emptyList(),
    /** What the value reads as, when that differs (the name of a choice). */
    val display: String? = null,
)

/** Up to so many choices are rows; more are searched in a sheet. */
const val CHOICES_SHOWN_MAX: Int = 7

/** How a field is filled in. */
enum class FieldKind {
    TEXT,
    LONG_TEXT,
    PHONE,
    EMAIL,
    LINK,

    /** Decimals and sign. */
    NUMBER,

    /** Whole, with sign. */
    INTEGER,

    /** Whole, no sign. */
    COUNT,
    YES_NO,
    TICK,
    CHOICE,

    /** Several of a list; stored with commas between. */
    CHOICES,
    DATE,

    /** A date of birth: by date, or by age in years and months. */
    AGE,
    TIME,
    DATE_TIME,

    /** Longitude and latitude as `[lon,lat]`. */
    COORDINATE,

    /** An organisation unit by its uid. */
    PLACE,

    /** A picture: by camera, or drawn as a signature. */
    PICTURE,

    /** Text that may stand on a label: typed or read by the camera. */
    CODE,

    /** A sum that the core makes. */
    TOTAL,

    /** Greyed out for this combination. */
    GREYED,

    /** A kind this app shows and keeps, and cannot change yet. */
    SHOWN_ONLY,
}

/** One answer to choose. */
data class Choice(val value: String, val name: String)

/** What is wrong with an answer, in words. */
data class FieldProblem(val text: String, val severity: Severity)

/** An error stops finishing; a warning does not. */
enum class Severity { WARNING, ERROR }

/** What one answer changed. It is on the disk, also when it is wrong: then the form keeps it. */
data class Saved(
    /** After COMMIT, Unix ms UTC. */
    val savedMs: Long,
    val nowMs: Long,
    /** The form as it is to be shown now: rules may have hidden, asked or filled in something. */
    val sections: List<Section>,
    val notices: List<Notice> = emptyList(),
)

/** A form is finished; what may come next. */
data class Finished(
    val state: RecordState,
    /** Whose page comes next; `null` for a form about nobody. */
    val person: String? = null,
    /** The form that the program opens next. */
    val opens: FormKey? = null,
    /** What the family should hear. */
    val notices: List<Notice> = emptyList(),
    /** Visits that may be planned now, the likeliest first. */
    val offers: List<VisitOffer> = emptyList(),
)

/** A visit that may be planned: its stage, and the day to suggest (`yyyy-MM-dd`). */
data class VisitOffer(
    val enrolment: String,
    val stage: String,
    val name: String,
    val day: String,
    val place: String,
)

/** What stands before finishing. */
data class Check(
    val errors: List<Finding>,
    val missing: List<Finding>,
    val warnings: List<Finding>,
    /** Who may be the person that is being registered. */
    val doubles: List<LikelyDouble> = emptyList(),
) {
    /** How many of them must be put right first. */
    val blocking: Int get() = (errors + missing).count { it.blocks }
}

/** One thing to look at, and where. */
data class Finding(
    val sectionId: String,
    val fieldId: String,
    val label: String,
    val text: String,
    /** Whether the form cannot be finished before. */
    val blocks: Boolean,
)

/** Somebody on this phone who may be the one being registered, and why. */
data class LikelyDouble(val person: PersonRow, val reasons: String)
