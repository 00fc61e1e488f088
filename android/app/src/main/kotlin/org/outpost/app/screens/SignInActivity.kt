package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.os.Bundle
import android.text.method.PasswordTransformationMethod
import android.view.View
import android.widget.Button
import android.widget.CheckBox
import android.widget.EditText
import android.widget.TextView
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.outpost.app.R
import org.outpost.app.SyncJob
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.Session
import org.outpost.app.model.SetupCode
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.troubleOf
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.icon
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.signInTroubleWords
import org.outpost.app.ui.textOrGone

/** Where one comes in: server, name, password. Goes on at once when somebody is signed in. */
class SignInActivity : BaseActivity() {
    internal val scope = MainScope()
    private val port: OutpostPort get() = app.port

    private val server: EditText by lazy { part(R.id.server) }

    /** What a signed code said; `null` where the address is typed. */
    private var code: SetupCode? = null

    private val userName: EditText by lazy { part(R.id.user_name) }
    private val password: EditText by lazy { part(R.id.password) }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.sign_in)
        part<TextView>(R.id.sign_in_title).asHeading()
        part<CheckBox>(R.id.show_password).setOnCheckedChangeListener { _, show ->
            password.transformationMethod =
                if (show) null else PasswordTransformationMethod.getInstance()
        }
        part<Button>(R.id.sign_in).onTap(::begin)
        part<Button>(R.id.setup_scan).onTap(::toCode)
        part<Button>(R.id.setup_leave).onTap(::leaveCode)
        showServer()
        Rescued(this, app.rescued).show()
        password.setOnEditorActionListener { _, _, _ ->
            begin()
            true
        }
        arrive(again = intent.getBooleanExtra(AGAIN, false))
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    /** Whoever is signed in goes on; whoever was here last types only the password. */
    private fun arrive(again: Boolean) = work {
        // Who came over from practice, or back, types the password: the PIN is of the other side.
        if (!again && port.session()?.let(app.lock::isOf) == true) {
            app.guard.look()
            return@work enter()
        }
        app.settings.setupCode?.let { takeUp(it) }
        val last = port.lastSession() ?: return@work
        if (server.text.isEmpty()) server.setText(last.server)
        val isThere = code?.let { httpsAddress(it.server) == last.server } ?: true
        if (isThere && userName.text.isEmpty()) userName.setText(last.userName)
    }

    /** A code that this version does not read any more is let go of, and that is told. */
    private suspend fun takeUp(kept: String) = try {
        code = port.readSetup(kept)
    } catch (refused: TroubleException) {
        app.settings.setupCode = null
        tell(setupRefusal(refused.trouble))
    } finally {
        showServer()
    }

    /** The address of a code is shown, not typed: it goes only with the code. */
    private fun showServer() {
        val of = code
        val isTyped = app.settings.setupCode == null
        part<View>(R.id.server_typed).visibility = if (isTyped) View.VISIBLE else View.GONE
        // Who locked a screen must not come round it by another server.
        part<View>(R.id.setup_scan).visibility =
            if (intent.getBooleanExtra(AGAIN, false)) View.GONE else View.VISIBLE
        part<View>(R.id.server_of_code).visibility = if (of == null) View.GONE else View.VISIBLE
        if (of == null) return
        part<TextView>(R.id.code_server).text = of.server
        part<TextView>(R.id.code_signer).text = getString(R.string.setup_signer, of.signer, getString(roleOf(of)))
    }

    private fun toCode() {
        startActivity(Intent(this, SetupActivity::class.java).putExtras(intent))
        finish()
    }

    private fun leaveCode() {
        app.settings.setupCode = null
        code = null
        showServer()
    }

    private fun begin() {
        val missing = missing()
        tell(missing?.let(::getString))
        if (missing != null) return
        val address = httpsAddress(code?.server ?: server.text.toString())
        if (address.startsWith(HTTP)) askForHttp(address) else signIn(address, allowHttp = false)
    }

    /** Without encryption is a person's choice, made for this one server. */
    private fun askForHttp(address: String) {
        AlertDialog.Builder(this)
            .setTitle(R.string.http_title)
            .setMessage(R.string.http_body)
            .setPositiveButton(R.string.http_allow) { _, _ -> signIn(address, allowHttp = true) }
            .setNegativeButton(R.string.back, null)
            .show()
    }

    private fun signIn(address: String, allowHttp: Boolean) {
        busy(true)
        work {
            try {
                val name = userName.text.toString().trim()
                val session = port.signIn(address, name, password.text.toString(), allowHttp)
                app.sync.forget()
                app.lock.enter(session)
                app.guard.afterPassword()
                enter()
            } catch (refused: TroubleException) {
                val isOff = refused.trouble.kind == TroubleKind.DISABLED
                if (isOff) app.guard.switchedOff(Session(userName.text.toString().trim(), address))
                throw refused
            } finally {
                busy(false)
            }
        }
    }

    private fun work(work: suspend () -> Unit) {
        scope.launch {
            try {
                work()
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (failed: Exception) {
                tell(signInTroubleWords(troubleOf(failed)))
            }
        }
    }

    private fun missing(): Int? = when {
        code != null -> missingWho()
        server.text.isBlank() -> R.string.error_server_missing
        server.text.trim().contains(' ') -> R.string.error_server_address
        else -> missingWho()
    }

    private fun missingWho(): Int? = when {
        userName.text.isBlank() -> R.string.error_user_missing
        password.text.isEmpty() -> R.string.error_password_missing
        else -> null
    }

    private fun tell(problem: String?) {
        part<TextView>(R.id.sign_in_problem).apply {
            setCompoundDrawablesRelative(icon(R.drawable.error), null, null, null)
            textOrGone(problem)
        }
    }

    private fun busy(working: Boolean) {
        part<Button>(R.id.sign_in).apply {
            isEnabled = !working
            setText(if (working) R.string.signing_in else R.string.sign_in)
        }
    }

    /** Goes on to the work; a PIN comes first where there is none, for it opens the screen. */
    private fun enter() {
        password.setText("")
        // Wiped: [standingChanged] has led there.
        if (isFinishing) return
        SyncJob.plan(this, app.settings)
        val next = if (app.lock.hasPin || app.lock.person == null || app.lock.hold != null) {
            Intent(this, MainActivity::class.java)
        } else {
            Intent(this, LockActivity::class.java).putExtra(LockActivity.CHOOSE, true)
        }
        intent.getBundleExtra(ROUTE)?.let { next.putExtra(ROUTE, it) }
        startActivity(next.addFlags(Intent.FLAG_ACTIVITY_CLEAR_TOP))
        finish()
    }

    companion object {
        /** Extra of the intent: where to go once the work is open. */
        const val ROUTE: String = "route"

        /** Extra of the intent: ask for the password although somebody is signed in. */
        const val AGAIN: String = "again"

        private const val HTTP = "http://"
    }
}

/** Completes a typed address: people leave the scheme out, and it is https unless they say so. */
internal fun httpsAddress(typed: String): String {
    val address = typed.trim().trimEnd('/')
    return if (address.contains("://")) address else "https://$address"
}
