package org.outpost.app.screens

import android.app.Activity
import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.widget.ImageButton
import android.widget.TextView
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.outpost.app.R
import org.outpost.app.model.SetupCode
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.troubleOf
import org.outpost.app.ui.Page
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.signInTroubleWords

/**
 * Where a new phone learns from a signed code what it begins with.
 *
 * Nothing of a code is taken before a person said that its thirty digits are the right ones.
 */
class SetupActivity : BaseActivity(), Asker {
    internal val scope = MainScope()
    private val page: Page by lazy { Page(part(R.id.page)) }
    private val scan: ScanBox by lazy { ScanBox(this, page, SCAN) }

    /** The code whose digits are compared now. */
    private var compared: String? = null

    override val activity: Activity get() = this

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.setup)
        part<View>(R.id.bottom).visibility = View.GONE
        part<ImageButton>(R.id.bar_back).onTap(::toSignIn)
        ask()
        state?.getString(COMPARED)?.let(::read)
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(COMPARED, compared)
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun begin(title: Int) {
        page.clear()
        part<TextView>(R.id.bar_title).apply {
            setText(title)
            asHeading()
        }
    }

    private fun ask() {
        compared = null
        begin(R.string.setup_title)
        page.body(getString(R.string.setup_ask))
        scan.show(getString(R.string.setup_text), ::read)
    }

    private fun read(scanned: String) = work {
        val code = app.port.readSetup(scanned)
        compared = code.text
        compare(code)
    }

    private fun compare(code: SetupCode) {
        begin(R.string.setup_compare)
        page.second(getString(R.string.setup_signed_by))
        page.title(code.signer)
        page.body(getString(roleOf(code)))
        if (code.isTraining) {
            page.standing(getString(R.string.setup_practice), R.drawable.warning, R.attr.opWaiting)
        }
        page.heading(getString(R.string.setup_digits))
        page.digits(code.digits)
        page.body(getString(R.string.setup_same))
        page.main(getString(R.string.setup_yes)) { take(code) }
        page.secondary(getString(R.string.setup_no), ::differ)
        page.heading(getString(R.string.server))
        page.address(code.server)
    }

    private fun take(code: SetupCode) = work {
        app.begin(code)
        toSignIn()
    }

    /** The code is forgotten: a wrong one would lead the work to somebody else. */
    private fun differ() {
        compared = null
        begin(R.string.setup_compare)
        page.standing(getString(R.string.setup_forgotten), R.drawable.error, R.attr.opDanger)
        page.body(getString(R.string.setup_ask_another))
        page.main(getString(R.string.setup_other), ::ask)
        page.secondary(getString(R.string.setup_leave), ::toSignIn)
    }

    private fun work(work: suspend () -> Unit) {
        scope.launch {
            try {
                work()
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (failed: Exception) {
                tell(setupRefusal(troubleOf(failed)))
            }
        }
    }

    override fun tell(words: String) {
        if (isFinishing || isDestroyed) return
        AlertDialog.Builder(this).setMessage(words).setPositiveButton(R.string.close, null).show()
    }

    override fun ask(intent: Intent, code: Int) {
        try {
            @Suppress("DEPRECATION") // The newer way is of AndroidX.
            startActivityForResult(intent, code)
        } catch (_: ActivityNotFoundException) {
            tell(getString(R.string.no_app_for_this))
        }
    }

    @Deprecated("The newer way is of AndroidX.")
    override fun onActivityResult(code: Int, result: Int, data: Intent?) {
        if (code == SCAN && result == RESULT_OK) scan.read()
    }

    @Deprecated("The framework's own back dispatch begins with API 33.")
    override fun onBackPressed() = toSignIn()

    /** Made anew: language and practice may be others now. */
    private fun toSignIn() {
        startActivity(Intent(this, SignInActivity::class.java).putExtras(intent))
        finish()
    }

    private companion object {
        const val COMPARED = "compared"
        const val SCAN = 71
    }
}

/** Who signed it, in words. */
internal fun roleOf(code: SetupCode): Int =
    if (code.isOfCentre) R.string.setup_centre else R.string.setup_district

/** Why a code is not taken. The core says it in English: these are the sentences of this release. */
internal fun Activity.setupRefusal(trouble: Trouble): String {
    if (trouble.kind != TroubleKind.INVALID_INPUT) return signInTroubleWords(trouble)
    val said = trouble.detail.orEmpty()
    val why = when {
        "changed after it was signed" in said -> R.string.setup_refused_changed
        "only a centre or a district" in said -> R.string.setup_refused_signer
        "another version" in said -> R.string.setup_refused_version
        // Its letters are not those that were written: a card in it that is none, too.
        "wrong characters" in said || trouble.code == NO_CARD -> R.string.setup_refused_changed
        else -> R.string.setup_refused_none
    }
    return listOf(getString(why), getString(R.string.setup_ask_another)).joinToString(" ")
}

private const val NO_CARD = "no_card"
