package org.outpost.app.screens

import android.text.InputType
import android.view.KeyEvent
import android.view.inputmethod.EditorInfo
import org.outpost.app.R
import org.outpost.app.ui.Page

/**
 * Where a label is read: by the camera, typed, or by a scanner that types and ends with Enter.
 *
 * The pane that owns the camera gives its picture to [read].
 */
internal class ScanBox(host: Asker, private val page: Page, code: Int) {
    private val context = host.activity
    private val camera = CodeCamera(host, code)
    private var scanned: ((String) -> Unit)? = null

    /** Seen before the page was there: we died while the camera was on. */
    private var early: String? = null

    /** Puts box and buttons on the page; [scanned] hears of every label, typed or seen. */
    fun show(label: String, scanned: (String) -> Unit) {
        this.scanned = scanned
        val box = page.box(label, kind = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS)
        fun take() {
            val words = box.text.toString().trim()
            box.setText("")
            if (words.isNotEmpty()) scanned(words)
        }
        box.isSingleLine = true
        box.imeOptions = EditorInfo.IME_ACTION_DONE
        box.setOnEditorActionListener { _, _, event ->
            // A key tells when it goes down and when it goes up again.
            if (event == null || event.action == KeyEvent.ACTION_DOWN) take()
            true
        }
        page.main(context.getString(R.string.scan_label), camera::start)
        page.secondary(context.getString(R.string.go_on), ::take)
        early?.let { label ->
            early = null
            scanned(label)
        }
    }

    /** The camera came back with a picture. */
    fun read() {
        val label = camera.read() ?: return
        scanned?.invoke(label) ?: run { early = label }
    }
}
