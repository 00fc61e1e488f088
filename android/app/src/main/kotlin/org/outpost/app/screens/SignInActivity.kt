package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.os.Bundle
import android.text.method.PasswordTransformationMethod
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
        if (!again && port.session() != null) return@work enter()
        val last = port.lastSession() ?: return@work
        if (server.text.isEmpty()) server.setText(last.server)
        if (userName.text.isEmpty()) userName.setText(last.userName)
    }

    private fun begin() {
        val missing = missing()
        tell(missing?.let(::getString))
        if (missing != null) return
        val address = httpsAddress(server.text.toString())
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
                enter()
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
        server.text.isBlank() -> R.string.error_server_missing
        server.text.trim().contains(' ') -> R.string.error_server_address
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
        SyncJob.plan(this, app.settings)
        val next = if (app.lock.hasPin || app.lock.person == null) {
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
