package org.outpost.app.screens

import android.view.ViewGroup
import android.widget.RadioGroup
import org.outpost.app.R
import org.outpost.app.model.canRescue
import org.outpost.app.ui.onText

/** Removes everything from here; ways to save come first, then why, then the count is typed. */
class WipePane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    private val app = (host.activity as BaseActivity).app

    /** Whether what is not sent goes into a locked file. */
    private var isExported = false

    override fun load(): Unit = host.run {
        bar(text(R.string.wipe))
        page.clear()
        val unsent = port.device.unsent()
        val others = port.others()
        isExported = unsent > 0 && port.exchange.canRescue()
        if (unsent > 0) save(unsent) else page.body(text(R.string.wipe_nothing_lost))
        if (others > 0) page.second(text(R.string.wipe_others))
        acts(null)
        // Without a locked file all would go, that of others, too.
        val mayWipe = unsent == 0 || isExported || others == 0
        if (mayWipe) ask(unsent) else page.second(text(R.string.wipe_others_first))
    }

    private fun ask(unsent: Int) {
        page.heading(text(R.string.wipe_why))
        val reasons = listOf(R.string.wipe_goes_back, R.string.wipe_broken, R.string.wipe_other_person)
        val chosen = RadioGroup(context)
        reasons.forEach { reason ->
            val one = android.widget.RadioButton(context)
            one.id = android.view.View.generateViewId()
            one.setText(reason)
            one.setTextAppearance(R.style.Op_Body)
            one.setTextColor(android.content.res.ColorStateList.valueOf(colour()))
            one.minHeight = context.resources.getDimensionPixelSize(R.dimen.row)
            chosen.addView(one, ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT)
        }
        page.view(chosen)
        confirm(unsent, chosen)
    }

    private fun colour(): Int = android.util.TypedValue()
        .also { context.theme.resolveAttribute(R.attr.opText, it, true) }.data

    private fun save(unsent: Int) {
        val what = if (isExported) R.plurals.wipe_unsent_kept else R.plurals.wipe_unsent
        val words = context.resources.getQuantityString(what, unsent, unsent)
        if (isExported) page.standing(words, R.drawable.warning, R.attr.opWaiting)
        else page.standing(words, R.drawable.error, R.attr.opDanger)
        if (isExported) page.second(text(R.string.wipe_who_opens))
        page.main(text(R.string.wipe_send_first)) { host.open(Route.To(Place.SYNC)) }
        page.secondary(text(R.string.wipe_save_file)) { host.open(Route.To(Place.GIVE)) }
    }

    private fun confirm(unsent: Int, chosen: RadioGroup) {
        val box = page.box(text(R.string.wipe_type, unsent), kind = android.text.InputType.TYPE_CLASS_NUMBER)
        val button = page.danger(text(R.string.wipe)) { wipe(unsent) }
        fun look() {
            button.isEnabled = chosen.checkedRadioButtonId != -1 && box.text.toString().trim() == "$unsent"
        }
        box.onText(::look)
        chosen.setOnCheckedChangeListener { _, _ -> look() }
        look()
    }

    private fun wipe(unsent: Int): Unit = host.run {
        // Counted again: something may have come since.
        if (port.device.unsent() != unsent) return@run load()
        if (unsent > 0 && !isExported) app.wipeUnsent() else app.wipe(isExported)
        (host.activity as HomeActs).leave()
    }
}
