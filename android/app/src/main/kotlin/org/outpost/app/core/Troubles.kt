package org.outpost.app.core

import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.sdk.OutpostException
import org.outpost.sdk.SignInProblem

/** Runs a call and gives what goes wrong as a trouble that the screens have words for. */
internal inline fun <T> told(work: () -> T): T = try {
    work()
} catch (failed: OutpostException) {
    throw TroubleException(failed.toTrouble(System.currentTimeMillis()), failed)
}

/** What a screen tells of a failure of the core. */
internal fun OutpostException.toTrouble(nowMs: Long) = Trouble(
    kind = kind(),
    safety = WorkSafety.valueOf(safety.name),
    retryMs = waitMs()?.let { nowMs + it },
    detail = message,
    code = (this as? OutpostException.InvalidInput)?.code,
)

private fun OutpostException.kind(): TroubleKind = when (this) {
    is OutpostException.InvalidInput -> TroubleKind.INVALID_INPUT
    is OutpostException.NotFound -> TroubleKind.NOT_FOUND
    is OutpostException.SignInRefused -> problem.kind()
    is OutpostException.Forbidden -> TroubleKind.FORBIDDEN
    is OutpostException.Offline -> TroubleKind.OFFLINE
    is OutpostException.ServerUnavailable -> TroubleKind.SERVER_UNAVAILABLE
    is OutpostException.ServerRejected -> TroubleKind.SERVER_REJECTED
    is OutpostException.Incompatible -> TroubleKind.INCOMPATIBLE
    is OutpostException.StorageFull -> TroubleKind.STORAGE_FULL
    is OutpostException.StorageBusy -> TroubleKind.STORAGE_BUSY
    is OutpostException.StorageDamaged -> TroubleKind.STORAGE_DAMAGED
    is OutpostException.StorageLocked -> TroubleKind.STORAGE_LOCKED
    is OutpostException.Cancelled -> TroubleKind.CANCELLED
    is OutpostException.Busy -> TroubleKind.BUSY
    is OutpostException.Internal -> TroubleKind.FAULT
}

private fun SignInProblem.kind(): TroubleKind = when (this) {
    SignInProblem.NotSignedIn -> TroubleKind.NOT_SIGNED_IN
    SignInProblem.WrongPassword -> TroubleKind.WRONG_PASSWORD
    SignInProblem.Disabled -> TroubleKind.DISABLED
    SignInProblem.LockedByServer -> TroubleKind.LOCKED_BY_SERVER
    SignInProblem.AccountExpired -> TroubleKind.ACCOUNT_EXPIRED
    SignInProblem.PasswordExpired -> TroubleKind.PASSWORD_EXPIRED
    SignInProblem.TwoFactor -> TroubleKind.TWO_FACTOR
    SignInProblem.SessionEnded -> TroubleKind.SESSION_ENDED
    is SignInProblem.LockedOut -> TroubleKind.LOCKED_OUT
    SignInProblem.NeverSignedInHere -> TroubleKind.NEVER_SIGNED_IN_HERE
}

private fun OutpostException.waitMs(): Long? = when (this) {
    is OutpostException.SignInRefused -> (problem as? SignInProblem.LockedOut)?.waitMs
    is OutpostException.ServerUnavailable -> retryAfterMs
    else -> null
}
