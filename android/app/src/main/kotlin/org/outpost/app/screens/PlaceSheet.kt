package org.outpost.app.screens

import android.app.AlertDialog
import android.view.ViewGroup
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.ListView
import kotlinx.coroutines.delay
import org.outpost.app.R
import org.outpost.app.model.PlaceRow
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.length
import org.outpost.app.ui.onText

/** The tree of places: search on top, one level at a time below, the way back as the first row. */
class PlaceSheet(
    private val host: PaneHost,
    private val title: String,
    private val chosen: (String) -> Unit,
) {
    private val context = host.activity
    private val rows = RowsAdapter()
    private val search = EditText(context)
    private val path = ArrayDeque<PlaceRow>()
    private lateinit var dialog: AlertDialog

    fun show() {
        search.contentDescription = context.getString(R.string.choose_search)
        search.hint = search.contentDescription
        search.isSingleLine = true
        dialog = AlertDialog.Builder(context).setTitle(title).setView(content())
            .setNegativeButton(R.string.close, null).show()
        search.onText { look(search.text.toString()) }
        look("")
    }

    private fun content() = LinearLayout(context).apply {
        val list = ListView(context)
        list.divider = null
        list.itemsCanFocus = true
        list.adapter = rows
        orientation = LinearLayout.VERTICAL
        val side = context.length(R.dimen.gap)
        setPaddingRelative(side, side, side, 0)
        addView(search)
        addView(list, ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.MATCH_PARENT)
    }

    private fun look(query: String) = host.run {
        if (query.isNotEmpty()) delay(REST_MS)
        if (search.text.toString() != query) return@run
        val here = path.lastOrNull()
        val found = host.port.device.places(query, here?.id.takeIf { query.isEmpty() })
        // Without words only the highest of what one sees; the rest is below it.
        val top = found.minOfOrNull { it.level }
        val shown = if (query.isEmpty() && here == null) found.filter { it.level == top } else found
        rows.show(items(here, shown.filter { it.id != here?.id }, query))
    }

    private fun items(here: PlaceRow?, found: List<PlaceRow>, query: String): List<RowItem> = buildList {
        if (here != null && query.isEmpty()) {
            add(entry("up", context.getString(R.string.place_up), here.above, R.drawable.back) {
                path.removeLast()
                look("")
            })
            add(entry("here", here.name, context.getString(R.string.place_choose_this), R.drawable.place) {
                choose(here)
            })
        }
        for (place in found) {
            add(entry(place.id, place.name, place.above, R.drawable.place) { open(place) })
        }
        if (isEmpty()) add(RowItem.Note(context.getString(R.string.no_match)))
    }

    private fun entry(id: String, line1: String, line2: String, icon: Int, open: () -> Unit) =
        RowItem.Entry(id, line1, line2.ifEmpty { null }, icon, open = open)

    /** Goes down where there is something below; what has nothing below is chosen. */
    private fun open(place: PlaceRow) = host.run {
        val below = host.port.device.places("", place.id).filter { it.id != place.id }
        if (below.isEmpty()) return@run choose(place)
        path.addLast(place)
        if (search.text.isNotEmpty()) search.setText("") else look("")
    }

    private fun choose(place: PlaceRow) {
        dialog.dismiss()
        chosen(place.id)
    }

    private companion object {
        /** Typing rests after this long. */
        const val REST_MS = 150L
    }
}
