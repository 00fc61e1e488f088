package org.outpost.app.screens

import android.content.Intent
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.EditText
import android.widget.ImageButton
import android.widget.ListView
import java.util.UUID
import kotlinx.coroutines.delay
import org.outpost.app.R
import org.outpost.app.model.BegunHandOver
import org.outpost.app.model.PhoneRow
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.onTap
import org.outpost.app.ui.onText

/** Phones of the project: what one does with them, those that were begun, then all, with search. */
class DevicesPane(host: PaneHost, parent: ViewGroup) : Pane(host, parent, R.layout.pane_people) {
    private val context = host.activity
    private val rows = RowsAdapter()
    private val search: EditText = find(R.id.search)
    private val camera = CodeCamera(host, SCAN)

    init {
        find<ListView>(R.id.list).apply {
            itemsCanFocus = true
            adapter = rows
        }
        find<View>(R.id.bottom).visibility = View.GONE
        search.hint = context.getString(R.string.search_device)
        search.contentDescription = search.hint
        search.onText { host.run { look(search.text.toString(), pause = true) } }
        find<ImageButton>(R.id.search_scan).onTap(camera::start)
    }

    override fun load(): Unit = host.run {
        bar(context.getString(R.string.devices))
        look(search.text.toString(), pause = false)
    }

    override fun save(state: Bundle) = state.putString(QUERY, search.text.toString())

    override fun restore(state: Bundle) = search.setText(state.getString(QUERY))

    private suspend fun look(query: String, pause: Boolean) {
        if (pause) delay(REST_MS)
        if (search.text.toString() != query) return
        val acts = if (query.isEmpty()) acts(port.handOver.begun()) else emptyList()
        val found = port.phones.list(query).map(::row)
        if (search.text.toString() != query) return
        rows.show(acts + found.ifEmpty { listOf(RowItem.Note(context.getString(R.string.no_device_found))) })
    }

    private fun acts(begun: List<BegunHandOver>): List<RowItem> = listOf(
        // A name of its own for each: several may be begun on one morning.
        act(Place.HAND_OVER, R.string.give_out, R.drawable.box) { UUID.randomUUID().toString() },
        act(Place.TAKE_BACK, R.string.take_phone_back, R.drawable.state_returned) { "" },
        act(Place.CHECK, R.string.device_check, R.drawable.check_list) { "" },
    ) + begun.map { it ->
        RowItem.Entry(
            it.name,
            listOfNotNull(it.box, it.receiver.ifEmpty { null }).joinToString(", ")
                .ifEmpty { context.getString(R.string.give_out) },
            context.getString(R.string.begun_hand_over), R.drawable.state_draft,
            open = { host.open(Route.To(Place.HAND_OVER, it.name)) },
        )
    } + RowItem.Heading(context.getString(R.string.devices))

    private fun act(screen: Place, words: Int, icon: Int, id: () -> String) = RowItem.Entry(
        screen.name, context.getString(words), icon = icon, open = { host.open(Route.To(screen, id())) },
    )

    private fun row(of: PhoneRow) = RowItem.Entry(
        id = of.number,
        line1 = listOf(of.number, of.holder).filter { it.isNotEmpty() }.joinToString(", "),
        line2 = listOfNotNull(
            of.state, of.model.ifEmpty { null },
            of.open.takeIf { it.isNotEmpty() && of.isOut }
                ?.let { context.getString(R.string.is_open, it.joinToString(", ")) },
        ).joinToString("\n"),
        icon = if (of.isOut && of.open.isNotEmpty()) R.drawable.warning else R.drawable.thing_phone,
        open = { host.open(Route.To(Place.DEVICE, of.number)) },
    )

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (code != SCAN || !isGood) return
        val label = camera.read() ?: return
        host.run {
            when (val found = port.phones.find(label)) {
                null -> host.tell(context.getString(R.string.phone_not_listed))
                else -> host.open(Route.To(Place.DEVICE, found.number))
            }
        }
    }

    private companion object {
        const val SCAN = 65
        const val QUERY = "query"
        const val REST_MS = 150L
    }
}

/** One phone of the project: what is known of it and what is open. */
class DevicePane(host: PaneHost, parent: ViewGroup, private val number: String) : PagePane(host, parent) {
    override fun load(): Unit = host.run {
        val device = port.phones.find(number) ?: return@run host.back()
        bar(text(R.string.phone_number_is, device.number))
        page.clear()
        page.title(device.state)
        page.fact(text(R.string.given_to_whom), device.holder.ifEmpty { text(R.string.nobody) })
        fact(R.string.model_of, device.model)
        fact(R.string.serial_number, device.serial)
        fact(R.string.sim_card, listOf(device.sim, device.iccid).filter { it.isNotEmpty() }.joinToString(", "))
        fact(R.string.district, device.district)
        if (device.isOut) page.openEnds(context, device.open)
        page.secondary(text(R.string.sim_put)) { host.open(Route.To(Place.SIM, device.number)) }
        acts(null)
    }

    private fun fact(name: Int, value: String) {
        if (value.isNotEmpty()) page.fact(text(name), value)
    }
}
