package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.net.Uri
import android.view.ViewGroup
import java.time.LocalDate
import java.time.temporal.ChronoUnit
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.EnrolmentPart
import org.outpost.app.model.PersonPage
import org.outpost.app.model.RelationChoice
import org.outpost.app.model.StagePart
import org.outpost.app.model.VisitRow
import org.outpost.app.model.VisitStanding
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.StateChip
import org.outpost.app.ui.dateWordsOf

/** One person: what is due first, then what was, who belongs to the household, what is known. */
class PersonPane(host: PaneHost, parent: ViewGroup, private val route: Route.Person) :
    PagePane(host, parent) {

    override fun load(): Unit = host.run { show(port.people.person(route.id)) }

    private fun show(person: PersonPage) {
        bar(person.title)
        page.clear()
        head(person)
        person.closed?.let { shut(person, it) }
        person.enrolments.forEach { enrolment(it, several = person.enrolments.size > 1) }
        family(person)
        known(person)
        acts(null)
    }

    private fun head(person: PersonPage) {
        page.second(listOf(person.typeName, person.place).joinToString(" · "))
        val chip = StateChip(context).apply { bind(person.state) }
        val line = android.widget.LinearLayout(context)
        line.addView(chip)
        page.view(line)
        person.phone?.let { number ->
            page.secondary(text(R.string.call_number, number)) {
                // The dialler opens; the person decides to call.
                host.ask(Intent(Intent.ACTION_DIAL, Uri.fromParts("tel", number, null)), DIAL)
            }
        }
    }

    private fun shut(person: PersonPage, why: String) {
        page.standing(why, R.drawable.lock, R.attr.opText2)
        if (!person.canBreakGlass) return
        page.secondary(text(R.string.break_glass)) {
            askWords(R.string.why_open, R.string.break_glass) { reason ->
                host.run {
                    port.people.breakGlass(person.id, reason)
                    load()
                }
            }
        }
    }

    private fun enrolment(of: EnrolmentPart, several: Boolean) {
        if (several) page.title(of.programName)
        due(of)
        page.heading(text(R.string.visits))
        of.visits.forEach(::visit)
        if (of.visits.isEmpty()) page.second(text(R.string.no_visits))
        if (!of.isActive) {
            page.second(text(R.string.enrolment_ended))
            page.secondary(text(R.string.enrolment_reopen)) { setDone(of, done = false) }
            return
        }
        page.secondary(text(R.string.other_visit)) { chooseStage(of) }
    }

    /** The visit that is due is one tap away. */
    private fun due(of: EnrolmentPart) {
        val next = of.visits.firstOrNull { it.standing == VisitStanding.BEGUN }
            ?: of.visits.firstOrNull { it.standing == VisitStanding.LATE }
            ?: of.visits.firstOrNull { it.standing == VisitStanding.PLANNED }
            ?: return
        page.main(text(R.string.fill_in, next.name)) { host.open(Route.Fill(next.key)) }
        dueWords(next)?.let { page.second(it) }
    }

    private fun dueWords(visit: VisitRow): String? {
        val day = visit.day ?: return null
        val late = ChronoUnit.DAYS.between(LocalDate.parse(day), LocalDate.now()).toInt()
        return when {
            visit.standing == VisitStanding.BEGUN -> null
            late > 0 -> context.resources.getQuantityString(R.plurals.days_late, late, late)
            else -> text(R.string.due_on, context.dateWordsOf(day))
        }
    }

    private fun visit(of: VisitRow) = page.entry(
        RowItem.Entry(
            id = of.key.uid,
            line1 = of.name,
            line2 = listOfNotNull(
                when (of.standing) {
                    VisitStanding.LATE, VisitStanding.PLANNED -> dueWords(of)
                    VisitStanding.SKIPPED -> text(R.string.visit_skipped)
                    else -> of.day?.let { context.dateWordsOf(it) }
                },
                of.facts.ifEmpty { null },
            ).joinToString("\n"),
            icon = iconOf(of.standing),
            // What is only planned has nothing to be sent that a person filled in.
            chips = if (isPlan(of)) emptyList() else listOf(of.state to null),
            open = { if (isPlan(of)) askPlan(of) else host.open(Route.Fill(of.key)) },
        ),
    )

    private fun isPlan(of: VisitRow) =
        of.standing == VisitStanding.LATE || of.standing == VisitStanding.PLANNED

    private fun iconOf(standing: VisitStanding): Int = when (standing) {
        VisitStanding.LATE -> R.drawable.warning
        VisitStanding.PLANNED -> R.drawable.calendar
        VisitStanding.BEGUN -> R.drawable.state_draft
        VisitStanding.DONE -> R.drawable.state_sent
        VisitStanding.SKIPPED -> R.drawable.skip
    }

    private fun askPlan(of: VisitRow) {
        val acts = listOf(
            text(R.string.fill_in, of.name) to { host.open(Route.Fill(of.key)) },
            text(R.string.move_visit) to { move(of) },
            text(R.string.skip_visit) to { skip(of) },
        )
        ask(of.name, acts)
    }

    private fun ask(title: String, acts: List<Pair<String, () -> Unit>>) {
        AlertDialog.Builder(context)
            .setTitle(title)
            .setItems(acts.map { it.first }.toTypedArray()) { _, at -> acts[at].second() }
            .setNegativeButton(R.string.back, null)
            .show()
    }

    private fun move(of: VisitRow) = DaySheet(context, R.string.move_visit, of.day) { day ->
        changed { port.people.move(of.key.uid, day) }
    }.show()

    private fun skip(of: VisitRow) = changed { port.people.skip(of.key.uid) }

    private fun changed(work: suspend () -> Unit) = host.run {
        work()
        host.recordsChanged()
        load()
    }

    private fun chooseStage(of: EnrolmentPart) {
        val acts = of.stages.flatMap { stage ->
            listOf(
                text(R.string.begin_visit, stage.name) to { begin(of, stage) },
                text(R.string.plan_visit, stage.name) to { plan(of, stage) },
            )
        } + (text(R.string.add_note) to { note(of) }) +
            (text(R.string.enrolment_end) to { setDone(of, done = true) })
        ask(of.programName, acts)
    }

    private fun begin(of: EnrolmentPart, stage: StagePart) = atPlace(of) { place ->
        host.run { host.open(Route.Fill(port.people.beginVisit(of.program, of.id, stage.id, place))) }
    }

    private fun plan(of: EnrolmentPart, stage: StagePart) = atPlace(of) { place ->
        DaySheet(context, R.string.plan_day, stage.suggested) { day ->
            changed { port.people.plan(of.id, stage.id, day, place) }
        }.show()
    }

    /** Whom another place follows is visited at a place of one's own; which, is asked where there are several. */
    private fun atPlace(of: EnrolmentPart, then: (String?) -> Unit) {
        if (!of.isElsewhere) return then(null)
        host.run {
            val places: suspend (String) -> List<Choice> = { port.places(of.program, it) }
            val few = places("")
            if (few.size == 1) then(few.single().value)
            else ChoiceSheet(host, text(R.string.choose_place), places, { then(it.value) }).show()
        }
    }

    private fun note(of: EnrolmentPart) = askWords(R.string.add_note, R.string.keep_note) { words ->
        changed { port.people.note(of.id, words) }
    }

    private fun setDone(of: EnrolmentPart, done: Boolean) =
        changed { port.people.setEnrolmentDone(of.id, done) }

    private fun family(person: PersonPage) {
        if (person.family.isEmpty() && person.relations.isEmpty()) return
        page.heading(text(R.string.household, person.family.size))
        person.family.forEach { one ->
            page.entry(
                RowItem.Entry(
                    id = one.relation,
                    line1 = one.title,
                    line2 = listOfNotNull(
                        one.role,
                        one.facts.ifEmpty { null },
                        text(R.string.visit_late).takeIf { one.isLate },
                    ).joinToString(" · "),
                    icon = R.drawable.thing_person,
                    open = { one.person?.let { host.open(Route.Person(it)) } },
                ),
            )
        }
        if (person.relations.isNotEmpty()) page.secondary(text(R.string.add_relation)) { relate(person) }
    }

    private fun relate(person: PersonPage) =
        ask(text(R.string.add_relation), person.relations.map { it.role to { choose(person, it) } })

    private fun choose(person: PersonPage, relation: RelationChoice) {
        val find: suspend (String) -> List<Choice> = { query ->
            port.people.candidates(relation, query).filter { it.id != person.id }
                .map { Choice(it.id, it.title) }
        }
        ChoiceSheet(host, relation.role, find) { other ->
            host.run {
                val refused = port.people.relate(person.id, relation.id, other.value)
                if (refused != null) host.tell(refused) else load()
                host.recordsChanged()
            }
        }.show()
    }

    private fun known(person: PersonPage) {
        page.heading(text(R.string.known))
        person.facts.forEach { page.fact(it.name, it.value) }
        val profile = person.enrolments.firstOrNull()?.profile ?: return
        if (person.closed == null) {
            page.secondary(text(R.string.change_known)) { host.open(Route.Fill(profile)) }
        }
    }

    private companion object {
        const val DIAL = 9
    }
}
