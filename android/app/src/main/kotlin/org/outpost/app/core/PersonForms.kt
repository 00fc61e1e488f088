package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Check
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.Finished
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.LikelyDouble
import org.outpost.app.model.RecordState
import org.outpost.app.model.Saved
import org.outpost.app.model.Section
import org.outpost.sdk.AttributeId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.PersonFormSession
import org.outpost.sdk.PersonResult
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session

/** The id of the field that holds the day of enrolment. */
internal const val ENROLLED_AT = "enrolledAt"

/** The id of the field that holds the person's own place on the map. */
internal const val PERSON_GEOMETRY = "personGeometry"

/**
 * Registration, and the profile of whoever is registered. A registration is a draft until it is
 * finished: only then is it known that nobody is registered twice. A known person's answers are
 * saved one by one.
 */
internal class PersonForms(
    private val context: Context,
    private val session: Session,
    private val open: OpenForms,
    private val nowMs: () -> Long,
) {
    private val questions = Questions(context, Options(session))
    private val rows = PersonRows(context, session)

    suspend fun form(key: FormKey.Person): Form {
        open.forget()
        val person = known(key)
        return open.person(session, key) { form ->
            Form(
                key = key,
                title = person?.title ?: context.getString(R.string.new_of, form.form.typeName),
                subtitle = form.form.programName.orEmpty(),
                sections = sections(form),
                state = when {
                    form.isNewPerson -> RecordState.NOT_FINISHED
                    else -> person?.state?.toRecordState(finished = true) ?: RecordState.WAITING
                },
                savedMs = null,
                nowMs = nowMs(),
                notices = notices(form),
            )
        }
    }

    private suspend fun known(key: FormKey.Person) = try {
        session.people.person(org.outpost.sdk.PersonId(key.uid))
    } catch (_: org.outpost.sdk.OutpostException.NotFound) {
        null
    }

    private fun notices(form: PersonFormSession) =
        form.state.value.let { questions.notices(it.announcements, it.indicators) }

    private suspend fun sections(form: PersonFormSession): List<Section> {
        val state = form.state.value
        val shown = form.form.sections.filter { it.uid !in state.hiddenSections }
        val last = shown.size - 1
        return shown.mapIndexed { at, section ->
            val asked = section.fields.filter { state.field(it.attribute)?.hidden != true }
            val twin = twin(form)
            val fields = asked.map { question ->
                val field = questions.field(question, state.field(question.attribute), null)
                if (question.attribute == twin) field.copy(compulsory = true) else field
            }
            Section(
                id = section.uid ?: "section:$at",
                title = section.name ?: form.form.typeName,
                fields = fields + if (at == last) facts(form) else emptyList(),
            )
        }
    }

    /**
     * A question under the same name as the day of the incident, such as the date of birth: it is
     * asked once and kept in both places.
     */
    private fun twin(form: PersonFormSession): AttributeId? {
        val label = form.form.incidentDateLabel?.takeIf { form.form.asksIncidentDate } ?: return null
        return form.form.sections.flatMap { it.fields }
            .firstOrNull { it.name == label && it.valueType in DAYS }?.attribute
    }

    /** The days of the enrolment, and where on the map. */
    private fun facts(form: PersonFormSession): List<Field> {
        val facts = form.state.value.enrollment
        val shape = form.form
        fun day(id: String, label: String, value: String?) =
            Field(id, label, FieldKind.DATE, value?.take(ISO_DAY), compulsory = true)
        val enrolled = shape.enrolledAtLabel ?: context.getString(R.string.enrolment_date)
        val incident = shape.incidentDateLabel ?: context.getString(R.string.incident_date)
        return listOfNotNull(
            facts?.let { day(ENROLLED_AT, enrolled, it.enrolledAt) },
            facts?.takeIf { shape.asksIncidentDate && twin(form) == null }?.let { day(OCCURRED_AT, incident, it.occurredAt) },
            facts?.takeIf { shape.featureType == POINT }?.let { placeOnMap(context, it.geometry) },
            PERSON_GEOMETRY.takeIf { shape.personFeatureType == POINT }
                ?.let { placeOnMap(context, form.state.value.personGeometry, it) },
        )
    }

    suspend fun setValue(key: FormKey.Person, fieldId: String, value: String?): Saved =
        open.person(session, key) { form ->
            val given = value?.ifBlank { null }
            when (fieldId) {
                ENROLLED_AT -> form.setEnrolledAt(given)
                OCCURRED_AT -> form.setOccurredAt(given)
                GEOMETRY -> form.setGeometry(given?.let(::pointOf))
                PERSON_GEOMETRY -> form.setPersonGeometry(given?.let(::pointOf))
                else -> {
                    form.setValue(AttributeId(fieldId), given.orEmpty())
                    if (AttributeId(fieldId) == twin(form)) form.setOccurredAt(given)
                }
            }
            val isNew = form.isNewPerson || form.isNewEnrollment
            if (isNew || form.save() is PersonResult.Refused) form.saveDraft()
            Saved(nowMs(), nowMs(), sections(form), notices(form))
        }

    suspend fun choices(key: FormKey.Person, fieldId: String, query: String): List<Choice> =
        open.person(session, key) { form ->
            val asked = form.form.sections.flatMap { it.fields }
            val set = asked.firstOrNull { it.attribute.uid == fieldId }?.optionSet
            set?.let { Options(session).find(it.id, query) }.orEmpty()
        }

    suspend fun check(key: FormKey.Person): Check = open.person(session, key) { form ->
        val doubles = if (form.isNewPerson) form.duplicates() else emptyList()
        val twin = twin(form)?.uid
        val problems = form.check()
            .map { if (it.field == OCCURRED_AT && twin != null) it.copy(field = twin) else it }
        findings(sections(form), problems).copy(
            doubles = doubles.map {
                LikelyDouble(rows.row(it.person), it.reasons.joinToString(", "))
            },
        )
    }

    suspend fun finish(key: FormKey.Person): Finished? = open.person(session, key) { form ->
        val saved = form.save() as? PersonResult.Saved ?: return@person null
        Finished(
            state = RecordState.WAITING,
            person = saved.person.uid,
            opens = saved.opens?.let { FormKey.Event(key.program, it.uid) },
            notices = notices(form),
        )
    }

    /** Begins a registration with what was typed in the search. */
    suspend fun begin(program: String, place: String, query: String): FormKey.Person {
        open.forget()
        val of = ProgramId(program)
        return session.people.openNew(of, OrganisationUnitId(place)).use { form ->
            val names = form.form.sections.flatMap { it.fields }
                .filter { it.valueType == "TEXT" && it.optionSet == null && !it.generated && !it.unique }
            val words = query.trim().split(' ').filter { word -> word.any(Char::isLetter) }
            // The last name takes what is left: "Mary Ann Akello".
            names.take(2).zip(listOf(words.take(1), words.drop(1))).forEach { (question, of) ->
                if (of.isNotEmpty()) form.setValue(question.attribute, of.joinToString(" "))
            }
            form.saveDraft()
            FormKey.Person(program, form.person.uid, place)
        }
    }

    private companion object {
        const val POINT = "POINT"
        val DAYS = setOf("DATE", "AGE")
        const val ISO_DAY = 10
    }
}
