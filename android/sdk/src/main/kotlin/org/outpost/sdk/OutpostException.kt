package org.outpost.sdk

import org.outpost.sdk.ffi.OutpostFault
import org.outpost.sdk.ffi.SignInTrouble as FfiSignInTrouble

/** What a failure means for the work of the person who met it. */
public enum class WorkSafety {
    /** Everything entered so far is safe on this device. */
    SAFE,

    /** What was saved before is safe; what this call was to save is not saved. */
    NOT_SAVED,

    /** A file is damaged. It was kept; nobody should delete anything before support has looked. */
    AT_RISK,
}

/** Why a sign-in was refused. */
public sealed interface SignInProblem {
    /** Nobody is signed in on this device. */
    public data object NotSignedIn : SignInProblem

    /** Name or password is wrong, or the token is unknown. */
    public data object WrongPassword : SignInProblem

    /** An administrator disabled the account. */
    public data object Disabled : SignInProblem

    /** The server locked the account after too many wrong passwords. */
    public data object LockedByServer : SignInProblem

    /** The account reached its last day. */
    public data object AccountExpired : SignInProblem

    /** The password is too old and must be changed on the web first. */
    public data object PasswordExpired : SignInProblem

    /** The account asks for a second factor, which only a token replaces here. */
    public data object TwoFactor : SignInProblem

    /** The session or token ended. */
    public data object SessionEnded : SignInProblem

    /** Too many wrong passwords on this device; the next try is allowed after the wait. */
    public data class LockedOut(
        /** Milliseconds to wait. */
        public val waitMs: Long,
    ) : SignInProblem

    /** No network, and this account never signed in on this device before. */
    public data object NeverSignedInHere : SignInProblem
}

/**
 * What went wrong, chosen by what can be done about it.
 *
 * Each tells a person three things: what happened ([message]), whether the work is safe ([safety]),
 * and what to do now ([whatToDo]). No text holds a value that somebody entered, a password or key.
 *
 * Faults of the calling program, such as the use of a closed [Session], are
 * [IllegalStateException]s.
 */
public sealed class OutpostException(
    /** What happened, in words. */
    override val message: String,
    /** What to do about it, for a person. */
    public val whatToDo: String,
    /** What it means for the work. */
    public val safety: WorkSafety,
) : Exception(message) {
    /** Something given is not acceptable: show it at the field. */
    public class InvalidInput internal constructor(
        /** What it is about: an argument, a data element id, a property. */
        public val field: String,
        /** DHIS2 code of the rule, or a short stable name where DHIS2 has none. */
        public val code: String,
        message: String,
        whatToDo: String,
    ) : OutpostException(message, whatToDo, WorkSafety.NOT_SAVED)

    /** The thing does not exist on this device. */
    public class NotFound internal constructor(
        /** What kind of thing, in words. */
        public val kind: String,
        /** Its id as given, cut to 80 characters. */
        public val id: String,
        message: String,
        whatToDo: String,
    ) : OutpostException(message, whatToDo, WorkSafety.NOT_SAVED)

    /** Sign in (again). */
    public class SignInRefused internal constructor(
        /** Why. */
        public val problem: SignInProblem,
        message: String,
        whatToDo: String,
    ) : OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** Signed in, but not allowed. */
    public class Forbidden internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** The server cannot be reached; wait for network. */
    public class Offline internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** The server is reached but not well; try again later. */
    public class ServerUnavailable internal constructor(
        /** HTTP status. */
        public val status: Int,
        /** Milliseconds after which it asked to be tried again. */
        public val retryAfterMs: Long?,
        message: String,
        whatToDo: String,
    ) : OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** The server refused the request. */
    public class ServerRejected internal constructor(
        /** HTTP status. */
        public val status: Int,
        /** DHIS2 error code. */
        public val code: String?,
        message: String,
        whatToDo: String,
    ) : OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** Server and this release do not understand each other, or a newer release wrote the files. */
    public class Incompatible internal constructor(
        /** What was found. */
        public val found: String,
        /** What is supported. */
        public val supported: String,
        message: String,
        whatToDo: String,
    ) : OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** No room left on the device. Nothing was written. */
    public class StorageFull internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.NOT_SAVED)

    /** Another process uses the files. Nothing was written. */
    public class StorageBusy internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.NOT_SAVED)

    /** A file is damaged. It was kept. */
    public class StorageDamaged internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.AT_RISK)

    /** The key does not open the files, or cannot be had now: locked, not damaged. */
    public class StorageLocked internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** A person stopped it. What was done by then stays done. */
    public class Cancelled internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** The same work is under way already. */
    public class Busy internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.SAFE)

    /** A fault of Outpost itself; nothing half-done was kept. */
    public class Internal internal constructor(message: String, whatToDo: String) :
        OutpostException(message, whatToDo, WorkSafety.NOT_SAVED)
}

internal fun OutpostFault.toException(): OutpostException = when (this) {
    is OutpostFault.InvalidInput -> OutpostException.InvalidInput(field, code, reason, whatToDo)
    is OutpostFault.NotFound -> OutpostException.NotFound(kind, id, reason, whatToDo)
    is OutpostFault.Unauthenticated ->
        OutpostException.SignInRefused(trouble.toProblem(), reason, whatToDo)
    is OutpostFault.Forbidden -> OutpostException.Forbidden(reason, whatToDo)
    is OutpostFault.Offline -> OutpostException.Offline(reason, whatToDo)
    is OutpostFault.ServerUnavailable ->
        OutpostException.ServerUnavailable(status, retryAfterMs, reason, whatToDo)
    is OutpostFault.ServerRejected ->
        OutpostException.ServerRejected(status, code, reason, whatToDo)
    is OutpostFault.Incompatible ->
        OutpostException.Incompatible(found, supported, reason, whatToDo)
    is OutpostFault.StorageFull -> OutpostException.StorageFull(reason, whatToDo)
    is OutpostFault.StorageBusy -> OutpostException.StorageBusy(reason, whatToDo)
    is OutpostFault.StorageCorrupt -> OutpostException.StorageDamaged(reason, whatToDo)
    is OutpostFault.StorageLocked -> OutpostException.StorageLocked(reason, whatToDo)
    is OutpostFault.Cancelled -> OutpostException.Cancelled(reason, whatToDo)
    is OutpostFault.Busy -> OutpostException.Busy(reason, whatToDo)
    is OutpostFault.Internal -> OutpostException.Internal(reason, whatToDo)
}

private fun FfiSignInTrouble.toProblem(): SignInProblem = when (this) {
    FfiSignInTrouble.NotSignedIn -> SignInProblem.NotSignedIn
    FfiSignInTrouble.WrongSecret -> SignInProblem.WrongPassword
    FfiSignInTrouble.Disabled -> SignInProblem.Disabled
    FfiSignInTrouble.Locked -> SignInProblem.LockedByServer
    FfiSignInTrouble.AccountExpired -> SignInProblem.AccountExpired
    FfiSignInTrouble.PasswordExpired -> SignInProblem.PasswordExpired
    FfiSignInTrouble.TwoFactor -> SignInProblem.TwoFactor
    FfiSignInTrouble.SessionEnded -> SignInProblem.SessionEnded
    is FfiSignInTrouble.LockedOut -> SignInProblem.LockedOut(waitMs)
    FfiSignInTrouble.NeverSignedInHere -> SignInProblem.NeverSignedInHere
}
