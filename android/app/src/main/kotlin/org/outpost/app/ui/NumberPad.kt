package org.outpost.app.ui

import android.content.Context
import android.view.Gravity
import android.view.View
import android.view.ViewGroup
import android.view.ViewGroup.LayoutParams
import android.widget.FrameLayout
import android.widget.ImageButton
import android.widget.LinearLayout
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.model.FieldKind

/** Our own keys for tables: they leave the table in sight, which a keyboard does not. */
class NumberPad(context: Context, private val press: (Key) -> Unit) : FrameLayout(context) {
    /** What was pressed. */
    sealed interface Key {
        data class Digit(val digit: Char) : Key

        /** The decimal point, as it is stored. */
        object Point : Key

        /** Below zero, or not. */
        object Sign : Key

        object Delete : Key

        object Next : Key
    }

    private val says: TextView
    private val point = symbol(".", R.string.key_point, Key.Point)
    private val sign = symbol("±", R.string.key_sign, Key.Sign)
    private val extra: ViewGroup

    init {
        val root = add(R.layout.number_pad)
        says = root.part(R.id.pad_says)
        val row1 = root.part<ViewGroup>(R.id.pad_row1)
        val row2 = root.part<ViewGroup>(R.id.pad_row2)
        "12345".forEach { row1.addView(digit(it), size()) }
        row1.addView(act(R.drawable.backspace, R.string.key_delete, Key.Delete), size())
        "67890".forEach { row2.addView(digit(it), size()) }
        row2.addView(act(R.drawable.next_cell, R.string.key_next, Key.Next), size())
        extra = root.part(R.id.pad_row3)
        extra.addView(point, size())
        extra.addView(sign, size())
    }

    /** The line above the keys: which cell, and what is wrong with it. */
    fun say(text: String, warning: Boolean) {
        says.text = text
        says.setTextColor(context.colour(if (warning) R.attr.opWaiting else R.attr.opText2))
        says.setCompoundDrawablesRelative(
            if (warning) context.icon(R.drawable.warning) else null, null, null, null,
        )
    }

    /** Offers the keys that this kind of number may need. */
    fun offer(kind: FieldKind) {
        point.visibility = if (kind == FieldKind.NUMBER) VISIBLE else GONE
        sign.visibility = if (kind == FieldKind.NUMBER || kind == FieldKind.INTEGER) VISIBLE else GONE
        extra.visibility = sign.visibility
    }

    private fun symbol(text: String, description: Int, key: Key) = TextView(context).apply {
        setTextAppearance(R.style.Op_Title)
        this.text = text
        contentDescription = context.getString(description)
        gravity = Gravity.CENTER
        textAlignment = View.TEXT_ALIGNMENT_CENTER
        asKey(key)
    }

    private fun digit(digit: Char) = TextView(context).apply {
        setTextAppearance(R.style.Op_Title)
        text = digit.toString()
        gravity = Gravity.CENTER
        textAlignment = View.TEXT_ALIGNMENT_CENTER
        asKey(Key.Digit(digit))
    }

    private fun act(icon: Int, description: Int, key: Key) = ImageButton(context).apply {
        setImageResource(icon)
        contentDescription = context.getString(description)
        asKey(key)
    }

    // Keys act on every tap: "11" is two quick taps.
    private fun View.asKey(key: Key) {
        setBackgroundResource(R.drawable.key)
        minimumHeight = context.length(R.dimen.touch)
        isClickable = true
        setOnClickListener { press(key) }
    }

    private fun size() = LinearLayout.LayoutParams(0, LayoutParams.MATCH_PARENT, 1f).apply {
        val gap = context.length(R.dimen.gap_icon)
        setMargins(gap, gap, gap, gap)
    }
}
