package org.outpost.app.core

import org.outpost.app.model.FieldKind

private val KINDS = mapOf(
    "TEXT" to FieldKind.TEXT,
    "LETTER" to FieldKind.TEXT,
    "USERNAME" to FieldKind.TEXT,
    "LONG_TEXT" to FieldKind.LONG_TEXT,
    "PHONE_NUMBER" to FieldKind.PHONE,
    "EMAIL" to FieldKind.EMAIL,
    "URL" to FieldKind.LINK,
    "NUMBER" to FieldKind.NUMBER,
    "UNIT_INTERVAL" to FieldKind.NUMBER,
    "PERCENTAGE" to FieldKind.NUMBER,
    "INTEGER" to FieldKind.INTEGER,
    "INTEGER_NEGATIVE" to FieldKind.INTEGER,
    "INTEGER_POSITIVE" to FieldKind.COUNT,
    "INTEGER_ZERO_OR_POSITIVE" to FieldKind.COUNT,
    "BOOLEAN" to FieldKind.YES_NO,
    "TRUE_ONLY" to FieldKind.TICK,
    "DATE" to FieldKind.DATE,
    "AGE" to FieldKind.AGE,
    "TIME" to FieldKind.TIME,
    "DATETIME" to FieldKind.DATE_TIME,
    "COORDINATE" to FieldKind.COORDINATE,
    "ORGANISATION_UNIT" to FieldKind.PLACE,
    "IMAGE" to FieldKind.PICTURE,
)

/** How a value type of DHIS2 is filled in here; what cannot be yet is shown and kept. */
internal fun kindOf(valueType: String, hasOptions: Boolean): FieldKind = when {
    hasOptions && valueType == "MULTI_TEXT" -> FieldKind.CHOICES
    hasOptions -> FieldKind.CHOICE
    else -> KINDS[valueType] ?: FieldKind.SHOWN_ONLY
}
