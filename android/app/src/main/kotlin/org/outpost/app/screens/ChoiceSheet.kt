package org.outpost.app.screens

import android.app.AlertDialog
import android.text.Editable
import android.text.TextWatcher
import android.view.ViewGroup
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.ListView
import kotlinx.coroutines.delay
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.length

/** A long list of choices: a search box on top, the first that match below. */
class ChoiceSheet(
    private val host: PaneHost,
    private val title: String,
    private val find: suspend (query: String) -> List<Choice>,
    private val chosen: (Choice) -> Unit,
) {
    private val context = host.activity
    private val rows = RowsAdapter()
    private val search = EditText(context)
    private lateinit var dialog: AlertDialog

    /** @param current what is chosen now; @param clear offered when it may be none */
    fun show(current: Set<String> = emptySet(), clear: (() -> Unit)? = null) {
        search.contentDescription = context.getString(R.string.choose_search)
        search.hint = search.contentDescription
        search.isSingleLine = true
        val builder = AlertDialog.Builder(context)
            .setTitle(title)
            .setView(content())
            .setNegativeButton(R.string.close, null)
        clear?.let { builder.setNeutralButton(R.string.clear_answer) { _, _ -> it() } }
        dialog = builder.show()
        search.addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun onTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun afterTextChanged(text: Editable) = look(text.toString(), current)
        })
        look("", current)
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

    private fun look(query: String, current: Set<String>) = host.run {
        if (query.isNotEmpty()) delay(REST_MS)
        if (search.text.toString() != query) return@run
        val found = find(query)
        if (search.text.toString() != query) return@run
        val items = found.map { choice ->
            RowItem.Entry(choice.value, choice.name, selected = choice.value in current) {
                dialog.dismiss()
                chosen(choice)
            }
        }
        rows.show(items.ifEmpty { listOf(RowItem.Note(context.getString(R.string.no_match))) })
    }

    private companion object {
        /** Typing rests after this long. */
        const val REST_MS = 150L
    }
}
