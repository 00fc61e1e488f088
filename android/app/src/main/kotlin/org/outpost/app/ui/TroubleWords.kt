package org.outpost.app.ui

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety

/** What each trouble is called and what to do about it. Every kind has both. */
enum class TroubleWords(val what: Int, val now: Int) {
    INVALID_INPUT(R.string.what_invalid_input, R.string.now_invalid_input),
    NOT_FOUND(R.string.what_not_found, R.string.now_not_found),
    FORBIDDEN(R.string.what_forbidden, R.string.now_forbidden),
    OFFLINE(R.string.what_offline, R.string.now_offline),
    NETWORK_LOGIN(R.string.what_network_login, R.string.now_network_login),
    SERVER_UNAVAILABLE(R.string.what_server_unavailable, R.string.now_server_unavailable),
    SERVER_REJECTED(R.string.what_server_rejected, R.string.now_server_rejected),
    INCOMPATIBLE(R.string.what_incompatible, R.string.now_incompatible),
    STORAGE_FULL(R.string.what_storage_full, R.string.now_storage_full),
    STORAGE_BUSY(R.string.what_storage_busy, R.string.now_storage_busy),
    STORAGE_DAMAGED(R.string.what_storage_damaged, R.string.now_storage_damaged),
    STORAGE_LOCKED(R.string.what_storage_locked, R.string.now_storage_locked),
    CANCELLED(R.string.what_cancelled, R.string.now_cancelled),
    BUSY(R.string.what_busy, R.string.now_busy),
    FAULT(R.string.what_fault, R.string.now_fault),
    NOT_SIGNED_IN(R.string.what_not_signed_in, R.string.now_not_signed_in),
    WRONG_PASSWORD(R.string.what_wrong_password, R.string.now_wrong_password),
    DISABLED(R.string.what_disabled, R.string.now_disabled),
    LOCKED_BY_SERVER(R.string.what_locked_by_server, R.string.now_locked_by_server),
    ACCOUNT_EXPIRED(R.string.what_account_expired, R.string.now_account_expired),
    PASSWORD_EXPIRED(R.string.what_password_expired, R.string.now_password_expired),
    TWO_FACTOR(R.string.what_two_factor, R.string.now_two_factor),
    SESSION_ENDED(R.string.what_session_ended, R.string.now_session_ended),
    LOCKED_OUT(R.string.what_locked_out, R.string.now_locked_out),
    NEVER_SIGNED_IN_HERE(R.string.what_never_signed_in, R.string.now_never_signed_in),
}

/** How this kind reads. */
val TroubleKind.words: TroubleWords get() = TroubleWords.valueOf(name)

/** Whether the work is safe, in words. */
val WorkSafety.words: Int
    get() = when (this) {
        WorkSafety.SAFE -> R.string.work_safe
        WorkSafety.NOT_SAVED -> R.string.work_not_saved
        WorkSafety.AT_RISK -> R.string.work_at_risk
    }

/** What happened, whether the work is safe, what to do now. */
fun Context.troubleWords(trouble: Trouble): String = listOf(
    getString(trouble.kind.words.what), getString(trouble.safety.words), nowWords(trouble),
).joinToString(" ")

/** What happened and what to do now, where no work is in question: at the sign-in. */
fun Context.signInTroubleWords(trouble: Trouble): String =
    listOf(getString(trouble.kind.words.what), nowWords(trouble)).joinToString(" ")

private fun Context.nowWords(trouble: Trouble): String = when (val retry = trouble.retryMs) {
    null -> getString(trouble.kind.words.now)
    else -> getString(R.string.try_again_at, timeWords(retry))
}

/** Kinds where the person must sign in before anything can be sent. */
val TroubleKind.needsSignIn: Boolean
    get() = this in setOf(
        TroubleKind.NOT_SIGNED_IN, TroubleKind.WRONG_PASSWORD, TroubleKind.SESSION_ENDED,
        TroubleKind.PASSWORD_EXPIRED,
    )
