package org.outpost.sdk

import java.io.File
import org.outpost.sdk.ffi.RevocationReason as FfiRevocationReason
import org.outpost.sdk.ffi.SessionHandle

/**
 * What happens to keys after they were enrolled. Reached by [Exchange.keyRing].
 *
 * A statement (a new key, a key list) is two files: `NAME` and its signature `NAME.minisig` beside
 * it. Each is named by the path of the first.
 */
public class KeyRing internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Stops believing a key, for good: the device was lost or stolen, or somebody else has the key.
     *
     * @param key its id ([ExchangeCard.key])
     * @param lastGood number of the last file of it that still counts; `null`: none of those that
     *   are still to come
     * @throws OutpostException.NotFound if it is not known here
     * @throws OutpostException.InvalidInput for this device's own key
     */
    public suspend fun revoke(
        key: String,
        reason: RevocationReason,
        lastGood: Long? = null,
    ): ExchangeKey = bridge.call { handle.revokeExchangeKey(key, reason.toFfi(), lastGood).toKey() }

    /**
     * Gives this device a new key, for which the old one vouches in a statement. A lost or stolen
     * key is never replaced so: it is revoked.
     *
     * @param path where the statement goes
     * @throws OutpostException.NotFound before this device has a card
     * @throws OutpostException.InvalidInput if the statement cannot be written
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public suspend fun rotate(path: String): NewExchangeKey = bridge.call {
        val made = handle.rotateExchangeKey(path)
        NewExchangeKey(made.old, made.card.toCard(), File(path))
    }

    /**
     * Takes in the statement with somebody's new key.
     *
     * @throws OutpostException.InvalidInput if it cannot be read, or the old key is not known, was
     *   revoked or replaced by another, or did not sign it
     */
    public suspend fun takeInRotation(path: String): ExchangeKey = bridge.call {
        handle.takeInRotation(path).toKey()
    }

    /**
     * Makes a recovery key, which opens every file when another key is lost, and enrols it here.
     *
     * @param name what it is called, e.g. of the safe
     * @throws OutpostException.InvalidInput for the name
     */
    public suspend fun makeRecoveryKey(name: String): NewRecoveryKey = bridge.call {
        val made = handle.makeRecoveryKey(name)
        NewRecoveryKey(made.card.toCard(), made.secret)
    }

    /**
     * Signs the next key list of this centre. It travels with every file from here on.
     *
     * @param path where the list goes
     * @return its number
     * @throws OutpostException.Forbidden if this device is no centre
     * @throws OutpostException.InvalidInput if it cannot be written
     */
    public suspend fun publish(path: String): Long = bridge.call {
        handle.publishKeyList(path).number
    }

    /**
     * Takes in a key list of the centre.
     *
     * @return how many keys came in or were revoked
     * @throws OutpostException.InvalidInput if it cannot be read, no centre known here signed it, or
     *   it is older than the one here
     */
    public suspend fun takeInList(path: String): Long = bridge.call {
        handle.takeInKeyList(path)
    }
}

/** Why a key is no longer believed. */
public enum class RevocationReason {
    /** The device cannot be found. */
    LOST,

    /** The device was taken. */
    STOLEN,

    /** Somebody else may have the key. */
    COMPROMISED,

    /** The device or site is no longer in use. */
    RETIRED,
}

/** A new key of this device. */
public data class NewExchangeKey(
    /** The key that it replaced. */
    public val old: String,
    /** The new card. */
    public val card: ExchangeCard,
    /** The statement that every partner takes in. */
    public val statement: File,
)

/** A recovery key that was just made. Its secret is kept nowhere. */
public class NewRecoveryKey(
    /** Its card, which every device enrols. */
    public val card: ExchangeCard,
    /** The secret as the `age` tool reads it, for paper in a safe. */
    public val secret: String,
)

/** A file in parts for e-mails. */
public data class MailParts(
    /** How many there are. */
    public val count: Long,
    /** Where they are, in order: a page of them. The others lie in the same folder. */
    public val files: List<File>,
)

private fun RevocationReason.toFfi(): FfiRevocationReason = when (this) {
    RevocationReason.LOST -> FfiRevocationReason.LOST
    RevocationReason.STOLEN -> FfiRevocationReason.STOLEN
    RevocationReason.COMPROMISED -> FfiRevocationReason.COMPROMISED
    RevocationReason.RETIRED -> FfiRevocationReason.RETIRED
}
