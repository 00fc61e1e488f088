package org.outpost.app.screens

import android.app.DatePickerDialog
import android.content.Context
import java.time.LocalDate
import org.outpost.app.R

/** Asks for a day with the system's calendar. */
class DaySheet(
    private val context: Context,
    private val title: Int,
    private val suggested: String?,
    private val chosen: (String) -> Unit,
) {
    fun show() {
        val day = suggested?.let { runCatching { LocalDate.parse(it) }.getOrNull() } ?: LocalDate.now()
        val dialog = DatePickerDialog(
            context,
            { _, year, month, of -> chosen(LocalDate.of(year, month + 1, of).toString()) },
            day.year, day.monthValue - 1, day.dayOfMonth,
        )
        dialog.setTitle(title)
        dialog.setButton(DatePickerDialog.BUTTON_POSITIVE, context.getString(R.string.take_day), dialog)
        dialog.setButton(DatePickerDialog.BUTTON_NEGATIVE, context.getString(R.string.back), dialog)
        dialog.show()
    }
}
