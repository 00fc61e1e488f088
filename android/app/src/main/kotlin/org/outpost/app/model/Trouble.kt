package org.outpost.app.model

/** What can go wrong, by what a person can do about it. The words are in `strings.xml`. */
enum class TroubleKind {
    INVALID_INPUT,
    NOT_FOUND,
    FORBIDDEN,
    OFFLINE,

    /** This network answers with a sign-in page of its own. */
    NETWORK_LOGIN,
    SERVER_UNAVAILABLE,
    SERVER_REJECTED,
    INCOMPATIBLE,
    STORAGE_FULL,
    STORAGE_BUSY,
    STORAGE_DAMAGED,
    STORAGE_LOCKED,
    CANCELLED,
    BUSY,

    /** The app or the phone failed. */
    FAULT,
    NOT_SIGNED_IN,
    WRONG_PASSWORD,
    DISABLED,
    LOCKED_BY_SERVER,
    ACCOUNT_EXPIRED,
    PASSWORD_EXPIRED,
    TWO_FACTOR,
    SESSION_ENDED,

    /** Too many wrong passwords on this phone. */
    LOCKED_OUT,
    NEVER_SIGNED_IN_HERE,
}

/** What a trouble means for the person's work. */
enum class WorkSafety {
    /** All that was entered is on this phone. */
    SAFE,

    /** What was saved before is safe; what was to be saved now is not. */
    NOT_SAVED,

    /** A file is damaged and was kept. */
    AT_RISK,
}

/** One trouble as a screen tells it. */
data class Trouble(
    val kind: TroubleKind,
    val safety: WorkSafety,
    /** When to try again, Unix ms of the phone; `null` when not known. */
    val retryMs: Long? = null,
    /** The core's or the server's own words, for whoever helps. No value of a person. */
    val detail: String? = null,
    /** A short stable name of what was refused; `null` where there is none. */
    val code: String? = null,
)

/** What a port throws; screens show the trouble and go on. */
class TroubleException(val trouble: Trouble, cause: Throwable? = null) :
    Exception(trouble.kind.name, cause)

/** The trouble that a failure is; what nobody foresaw is a fault of the app. */
fun troubleOf(failure: Throwable): Trouble = when (failure) {
    is TroubleException -> failure.trouble
    else -> Trouble(TroubleKind.FAULT, WorkSafety.NOT_SAVED, detail = failure.javaClass.simpleName)
}
