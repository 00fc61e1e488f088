package org.outpost.app.core

import android.content.Context
import org.outpost.app.model.Choice
import org.outpost.app.model.FormKey
import org.outpost.app.model.NewRecord
import org.outpost.sdk.CategoryOptionComboId
import org.outpost.sdk.DataSetId
import org.outpost.sdk.FormId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ReportKey
import org.outpost.sdk.Session

/** Where and when a record may be begun. */
internal class NewRecords(
    private val context: Context,
    private val session: Session,
    private val events: EventForms,
) {
    suspend fun places(formId: String, query: String): List<Choice> {
        val page = session.organisationUnits(search = query.ifBlank { null }, form = id(formId))
        return page.items.map { Choice(it.id.uid, it.name) }
    }

    suspend fun periods(formId: String): List<Choice> {
        val dataSet = id(formId) as? DataSetId ?: return emptyList()
        return session.periods(dataSet).filter { it.closed == null }
            .map { Choice(it.id, context.periodWords(it.id)) }
    }

    suspend fun splits(formId: String): List<Choice> =
        session.attributeOptionCombos(id(formId)).items.filter { it.writable }
            .map { Choice(it.id.uid, it.name) }

    suspend fun begin(formId: String, at: NewRecord): FormKey {
        val place = OrganisationUnitId(at.place)
        return when (val form = id(formId)) {
            is ProgramId -> events.begin(form, place, at.split.takeIf { it != DEFAULT.uid })
            is DataSetId -> {
                val period = requireNotNull(at.period) { "a report has a period" }
                ReportKey(form, period, place, CategoryOptionComboId(at.split)).toFormKey()
            }
        }
    }

    private suspend fun id(formId: String): FormId =
        session.allPrograms().firstOrNull { it.id.uid == formId }?.id ?: session.formOf(formId).id

    private companion object {
        val DEFAULT = CategoryOptionComboId.DEFAULT
    }
}
