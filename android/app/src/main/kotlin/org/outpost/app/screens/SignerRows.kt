package org.outpost.app.screens

import android.content.Context
import android.os.Bundle
import org.outpost.app.R
import org.outpost.app.model.Signature
import org.outpost.app.model.Signer
import org.outpost.app.ui.Page
import org.outpost.app.ui.actButton
import org.outpost.app.ui.onText

/** What a signer is called. */
internal fun Context.signerWords(of: Signer): String = getString(
    when (of) {
        Signer.WORKER -> R.string.signer_worker
        Signer.SUPERVISOR -> R.string.signer_supervisor
        Signer.COUNCIL -> R.string.signer_council
    },
)

/**
 * Who has to sign: a name each, then on glass, as a photo of the paper, or it was seen on paper.
 *
 * @param code under which the camera answers, to [read]
 * @param signed hears of a signature
 */
internal class SignerRows(
    private val host: PaneHost,
    private val page: Page,
    code: Int,
    private val signed: (Signer, Signature) -> Unit,
) {
    private val context = host.activity
    private val camera = PhotoCamera(host, code)
    private val names = mutableMapOf<Signer, String>()

    /** Whose paper is photographed; kept before the camera is asked, for we may die meanwhile. */
    private var waiting: Pair<Signer, String>? = null

    fun save(state: Bundle) {
        state.putStringArray(WAITING, waiting?.let { (of, name) -> arrayOf(of.name, name) })
    }

    fun restore(state: Bundle) {
        waiting = state.getStringArray(WAITING)?.let { (of, name) -> Signer.valueOf(of) to name }
    }

    /** The camera came back with a picture. */
    fun read() {
        val (of, name) = waiting ?: return
        waiting = null
        camera.keep(PAPER) { signed(of, Signature(name, it)) }
    }

    /** @param guess whose name probably stands there */
    fun show(
        signers: List<Signer>,
        now: Map<Signer, Signature>,
        guess: Map<Signer, String>,
    ) = signers.forEach { of ->
        val words = context.signerWords(of)
        page.heading(words)
        val name = page.box(context.getString(R.string.name_of, words), nameOf(of, now, guess))
        names[of] = name.text.toString()
        name.onText { names[of] = name.text.toString() }
        val given = now[of]
        if (given == null) page.second(context.getString(R.string.is_not_signed))
        else page.standing(context.getString(R.string.is_signed, given.name), R.drawable.state_sent, R.attr.opSent)
        fun sign(file: String) = named(of)?.let { signed(of, Signature(it, file)) }
        page.view(
            actButton(context, R.string.sign_here, R.drawable.sign, words) {
                if (named(of) != null) SignatureSheet(host, words) { sign(it) }.show()
            },
        )
        page.view(
            actButton(context, R.string.take_photo, R.drawable.camera, words) {
                named(of)?.let { photograph(of, it) }
            },
        )
        page.view(actButton(context, R.string.on_paper, R.drawable.agreement, words) { sign("") })
    }

    private fun photograph(of: Signer, name: String) {
        waiting = of to name
        camera.start()
    }

    private fun nameOf(of: Signer, now: Map<Signer, Signature>, guess: Map<Signer, String>) =
        names[of]?.ifEmpty { null } ?: now[of]?.name ?: guess[of].orEmpty()

    private fun named(of: Signer): String? {
        val name = names[of].orEmpty().trim()
        if (name.isEmpty()) host.tell(context.getString(R.string.name_first))
        return name.ifEmpty { null }
    }

    private companion object {
        const val WAITING = "waitingSigner"
        const val PAPER = "signature.jpg"
    }
}
