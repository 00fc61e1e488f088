package org.outpost.app.ui

import android.view.View
import android.view.ViewGroup
import android.widget.BaseAdapter
import android.widget.ImageView
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.RecordState

/** What stands in a list. */
sealed interface RowItem {
    /** Begins a group. */
    data class Heading(val text: String) : RowItem

    /** A sentence, for a list without rows. */
    data class Note(val text: String) : RowItem

    /** Something to open. */
    data class Entry(
        val id: String,
        val line1: String,
        val line2: String? = null,
        val icon: Int? = null,
        val chips: List<Pair<RecordState, Int?>> = emptyList(),
        val selected: Boolean = false,
        val open: () -> Unit,
    ) : RowItem
}

/** Shows [RowItem]s in a framework list. */
class RowsAdapter : BaseAdapter() {
    private var items: List<RowItem> = emptyList()

    fun show(items: List<RowItem>) {
        this.items = items
        notifyDataSetChanged()
    }

    override fun getCount(): Int = items.size

    override fun getItem(position: Int): RowItem = items[position]

    override fun getItemId(position: Int): Long = when (val item = items[position]) {
        is RowItem.Entry -> item.id.hashCode().toLong()
        is RowItem.Heading -> item.text.hashCode().toLong()
        is RowItem.Note -> item.text.hashCode().toLong()
    }

    override fun hasStableIds(): Boolean = true

    override fun areAllItemsEnabled(): Boolean = false

    // The row itself takes the tap and the focus, so that both are drawn on its own shape.
    override fun isEnabled(position: Int): Boolean = false

    override fun getViewTypeCount(): Int = 3

    override fun getItemViewType(position: Int): Int = when (items[position]) {
        is RowItem.Heading -> 0
        is RowItem.Note -> 1
        is RowItem.Entry -> 2
    }

    override fun getView(position: Int, reuse: View?, parent: ViewGroup): View {
        val item = items[position]
        val view = reuse ?: android.view.LayoutInflater.from(parent.context)
            .inflate(layoutOf(item), parent, false)
        when (item) {
            is RowItem.Heading -> view.heading(item.text)
            is RowItem.Note -> view.part<TextView>(R.id.text).text = item.text
            is RowItem.Entry -> bindEntry(view, item)
        }
        return view
    }

    private fun layoutOf(item: RowItem): Int = when (item) {
        is RowItem.Heading -> R.layout.row_heading
        is RowItem.Note -> R.layout.row_note
        is RowItem.Entry -> R.layout.row_entry
    }
}

private fun View.heading(text: String) {
    part<TextView>(R.id.text).apply {
        this.text = text
        asHeading()
    }
}

/** Calls something newer than Android 8, after asking whether it is there. */
@Retention(AnnotationRetention.BINARY)
@Target(AnnotationTarget.FUNCTION, AnnotationTarget.CLASS)
annotation class AskedForFirst

/** Screen readers jump from heading to heading (the attribute is newer than our resources). */
@AskedForFirst
fun View.asHeading() {
    if (android.os.Build.VERSION.SDK_INT >= android.os.Build.VERSION_CODES.P) {
        isAccessibilityHeading = true
    }
}

/** Fills the views of `row_entry`. */
fun bindEntry(view: View, entry: RowItem.Entry) {
    val row = view.part<View>(R.id.row)
    row.isSelected = entry.selected
    row.onTap(entry.open)
    row.tag = "row:${entry.id}"
    view.part<TextView>(R.id.line1).text = entry.line1
    view.part<TextView>(R.id.line2).textOrGone(entry.line2)
    view.part<ImageView>(R.id.icon).apply {
        visibility = if (entry.icon == null) View.GONE else View.VISIBLE
        entry.icon?.let(::setImageResource)
    }
    val chips = view.part<FlowLayout>(R.id.chips)
    chips.removeAllViews()
    chips.visibility = if (entry.chips.isEmpty()) View.GONE else View.VISIBLE
    for ((state, count) in entry.chips) {
        chips.addView(StateChip(view.context).apply { bind(state, count) })
    }
    val said = listOfNotNull(entry.line1, entry.line2) + entry.chips.map { (state, count) ->
        val look = state.look
        when (count) {
            null -> view.context.getString(look.spoken)
            else -> view.context.getString(R.string.count_state, count, view.context.getString(look.word))
        }
    }
    row.contentDescription = said.joinToString(". ")
}
