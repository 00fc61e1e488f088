package org.outpost.app.screens

import android.content.Intent
import android.os.Bundle
import android.provider.MediaStore
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import android.widget.ImageButton
import android.widget.ListView
import android.widget.TextView
import java.io.File
import kotlinx.coroutines.delay
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.NextPage
import org.outpost.app.model.PeopleFound
import org.outpost.app.model.PeopleProgram
import org.outpost.app.model.PersonRow
import org.outpost.app.model.RecordState
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.ui.Pictures
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.dateWordsOf
import org.outpost.app.ui.onTap
import org.outpost.app.ui.onText
import org.outpost.app.ui.textOrGone

/** People of a program: one looks for somebody first, and registers when nobody is found. */
class PeoplePane(host: PaneHost, parent: ViewGroup, private val route: Route.People) :
    Pane(host, parent, R.layout.pane_people) {

    private val context = host.activity
    private val rows = RowsAdapter()
    private val list: ListView = find(R.id.list)
    private val search: EditText = find(R.id.search)
    private var program: PeopleProgram? = null
    private var found: List<PersonRow> = emptyList()
    private var next: NextPage? = null
    private var note: String? = null

    init {
        list.itemsCanFocus = true
        list.adapter = rows
        search.onText { typed() }
        find<ImageButton>(R.id.search_scan).onTap(::scan)
        find<Button>(R.id.main_action).onTap(::register)
        find<Button>(R.id.second_action).onTap(::askServer)
    }

    override fun load(): Unit = host.run {
        val model = port.people.program(route.program)
        program = model
        bar(model.name)
        find<Button>(R.id.main_action).apply {
            isEnabled = model.readOnlyReason == null
            text = model.readOnlyReason ?: context.getString(R.string.register_new, model.typeName)
        }
        look(search.text.toString(), pause = false)
    }

    override fun save(state: Bundle) = state.putString(QUERY, search.text.toString())

    override fun restore(state: Bundle) = search.setText(state.getString(QUERY))

    private fun typed() = host.run { if (program != null) look(search.text.toString(), pause = true) }

    private suspend fun look(query: String, pause: Boolean) {
        if (pause) delay(REST_MS)
        if (search.text.toString() != query) return
        take(port.people.list(route.program, query), query, asked = false)
    }

    private fun take(page: PeopleFound, query: String, asked: Boolean) {
        if (search.text.toString() != query) return
        found = page.rows
        next = page.next
        note = page.offlineBecause
        val here = found.count { it.onPhone }
        val words = context.resources
        find<TextView>(R.id.search_says).textOrGone(
            when {
                note != null -> context.getString(R.string.only_this_phone)
                asked && found.size > here -> {
                    val more = found.size - here
                    words.getQuantityString(R.plurals.server_has_more, more, more)
                }
                query.isBlank() || found.isEmpty() -> null
                next != null -> context.getString(R.string.many_match)
                else -> words.getQuantityString(R.plurals.found_here, here, here)
            },
        )
        show(query)
    }

    private fun show(query: String) {
        val begun = program?.begun.orEmpty().takeIf { query.isBlank() }.orEmpty().map { one ->
            RowItem.Entry(
                id = "begun:${one.key.uid}",
                line1 = one.title,
                icon = R.drawable.thing_person,
                chips = listOf(RecordState.NOT_FINISHED to null),
                open = { host.open(Route.Fill(one.key)) },
            )
        }
        val people = found.map(::entry)
        val more = next?.let { after ->
            RowItem.Entry("more", context.getString(R.string.more_rows)) { more(after) }
        }
        val none = if (query.isBlank()) R.string.nobody_yet else R.string.nobody_found
        rows.show(
            (begun + people + listOfNotNull(more))
                .ifEmpty { listOf(RowItem.Note(context.getString(none))) },
        )
    }

    private fun more(after: NextPage): Unit = host.run {
        val query = search.text.toString()
        val page = port.people.list(route.program, query, after)
        found = found + page.rows
        next = page.next
        show(query)
    }

    private fun entry(person: PersonRow) = RowItem.Entry(
        id = person.id,
        line1 = person.title,
        line2 = listOfNotNull(
            person.facts,
            person.due?.let { context.getString(R.string.due_on, context.dateWordsOf(it)) },
            context.getString(R.string.on_server_only).takeIf { !person.onPhone },
        ).joinToString("\n"),
        icon = R.drawable.thing_person,
        chips = if (person.onPhone) listOf(person.state to null) else emptyList(),
        open = { open(person) },
    )

    private fun open(person: PersonRow) = host.run {
        try {
            if (!person.onPhone) port.people.fetch(route.program, person.id)
        } catch (shut: TroubleException) {
            val isShut = shut.trouble.kind == TroubleKind.NOT_FOUND && program?.isProtected == true
            if (!isShut) throw shut
            return@run askReason(person)
        }
        host.open(Route.Person(person.id))
    }

    /** Another place keeps the records: they open for a reason, which the server writes down. */
    private fun askReason(person: PersonRow) = askWords(
        context, R.string.not_your_area_why, R.string.break_glass, host::tell,
    ) { reason ->
        host.run {
            port.people.openWithReason(route.program, person.id, reason)
            host.open(Route.Person(person.id))
        }
    }

    private fun askServer(): Unit = host.run {
        val query = search.text.toString()
        take(port.people.ask(route.program, query), query, asked = true)
    }

    private fun register(): Unit = host.run {
        val places: suspend (String) -> List<Choice> = { port.places(route.program, it) }
        val few = places("")
        when (few.size) {
            0 -> host.tell(context.getString(R.string.no_place))
            1 -> begin(few.single())
            else -> ChoiceSheet(host, context.getString(R.string.choose_place), places, ::begin).show()
        }
    }

    private fun begin(place: Choice): Unit = host.run {
        val key = port.people.begin(route.program, place.value, search.text.toString())
        host.open(Route.Fill(key))
    }

    private fun scan() {
        val file = File(FilesProvider.folder(context), PHOTO)
        file.delete()
        file.createNewFile()
        val intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE)
            .putExtra(MediaStore.EXTRA_OUTPUT, FilesProvider.uriOf(PHOTO))
        intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION)
        host.ask(intent, SCAN)
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (code == SCAN && isGood) read()
    }

    /** A card that is known opens its person; any other text is looked for. */
    private fun read() = host.run {
        val file = File(FilesProvider.folder(context), PHOTO)
        val code = Pictures.read(file)?.let(Pictures::codeOn)
        file.delete()
        if (code == null) return@run host.tell(context.getString(R.string.no_code_seen))
        val known = port.people.byCode(route.program, code)
        if (known.size == 1) open(known.single()) else search.setText(code)
    }

    override fun leave() {
        find<View>(R.id.search).clearFocus()
    }

    private companion object {
        const val QUERY = "query"
        const val PHOTO = "code.jpg"
        const val SCAN = 8

        /** Typing rests after this long. */
        const val REST_MS = 150L
    }
}
