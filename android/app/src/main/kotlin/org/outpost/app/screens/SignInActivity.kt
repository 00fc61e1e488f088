package org.outpost.app.screens

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.text.method.PasswordTransformationMethod
import android.view.WindowManager
import android.widget.Button
import android.widget.CheckBox
import android.widget.EditText
import android.widget.TextView
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.outpost.app.OutpostApplication
import org.outpost.app.R
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.SignInOutcome
import org.outpost.app.ui.SunMode
import org.outpost.app.ui.asHeading
import org.outpost.app.ui.icon
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.textOrGone
import org.outpost.app.ui.timeWords

/** Where one comes in: server, name, password. Goes on at once when somebody is signed in. */
class SignInActivity : Activity() {
    private val scope = MainScope()
    private val port: OutpostPort get() = (application as OutpostApplication).port

    private val server: EditText by lazy { part(R.id.server) }
    private val userName: EditText by lazy { part(R.id.user_name) }
    private val password: EditText by lazy { part(R.id.password) }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        SunMode.apply(this)
        window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
        setContentView(R.layout.sign_in)
        part<TextView>(R.id.sign_in_title).asHeading()
        part<CheckBox>(R.id.show_password).setOnCheckedChangeListener { _, show ->
            password.transformationMethod =
                if (show) null else PasswordTransformationMethod.getInstance()
        }
        part<Button>(R.id.sign_in).onTap(::signIn)
        password.setOnEditorActionListener { _, _, _ ->
            signIn()
            true
        }
        scope.launch { if (port.session() != null) enter() }
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun signIn() {
        val missing = missing()
        tell(missing?.let(::getString))
        if (missing != null) return
        busy(true)
        scope.launch {
            try {
                answer(
                    port.signIn(
                        httpsAddress(server.text.toString()),
                        userName.text.toString().trim(),
                        password.text.toString(),
                    ),
                )
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (_: Exception) {
                tell(getString(R.string.fault))
            } finally {
                busy(false)
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

    private fun answer(outcome: SignInOutcome) = when (outcome) {
        is SignInOutcome.SignedIn -> enter()
        is SignInOutcome.Locked ->
            tell(getString(R.string.sign_in_locked, timeWords(outcome.untilMs)))
        is SignInOutcome.NotAServer -> tell(outcome.reason)
        SignInOutcome.WrongPassword -> tell(getString(R.string.sign_in_wrong))
        SignInOutcome.NoNetwork -> tell(getString(R.string.sign_in_no_network))
        SignInOutcome.NetworkLogin -> tell(getString(R.string.sign_in_network_login))
        SignInOutcome.WrongClock -> tell(getString(R.string.sign_in_clock))
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

    private fun enter() {
        password.setText("")
        startActivity(Intent(this, MainActivity::class.java))
        finish()
    }
}

/** Completes a typed address: people leave the scheme out, and it is always https. */
internal fun httpsAddress(typed: String): String {
    val address = typed.trim().trimEnd('/')
    return if (address.contains("://")) address else "https://$address"
}
