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
import org.outpost.app.model.Field
import org.outpost.app.model.FormKey
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.length

/** A long list of choices: a search box on top, the first that match below. */
class ChoiceSheet(
    private val host: PaneHost,
    private val key: FormKey,
    private val field: Field,
    private val chosen: (Choice?) -> Unit,
) {
    private val context = host.activity
    private val rows = RowsAdapter()
    private val search = EditText(context)
    private lateinit var dialog: AlertDialog

    fun show() {
        search.contentDescription = context.getString(R.string.choose_search)
        search.isSingleLine = true
        val list = ListView(context)
        list.divider = null
        list.itemsCanFocus = true
        list.adapter = rows
        val content = LinearLayout(context)
        content.orientation = LinearLayout.VERTICAL
        val side = context.length(R.dimen.gap)
        content.setPaddingRelative(side, side, side, 0)
        content.addView(search)
        content.addView(list, ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.MATCH_PARENT)
        dialog = AlertDialog.Builder(context)
            .setTitle(field.label)
            .setView(content)
            .setNegativeButton(R.string.close, null)
            .setNeutralButton(R.string.clear_answer) { _, _ -> chosen(null) }
            .show()
        search.addTextChangedListener(object : TextWatcher {
            override fun beforeTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun onTextChanged(s: CharSequence?, a: Int, b: Int, c: Int) = Unit
            override fun afterTextChanged(text: Editable) = find(text.toString())
        })
        find("")
    }

    private fun find(query: String) = host.run {
        if (query.isNotEmpty()) delay(REST_MS)
        if (search.text.toString() != query) return@run
        val found = host.port.choices(key, field.id, query)
        if (search.text.toString() != query) return@run
        val items = found.map { choice ->
            RowItem.Entry(choice.value, choice.name, selected = choice.value == field.value) {
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
