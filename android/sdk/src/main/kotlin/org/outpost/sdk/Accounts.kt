package org.outpost.sdk

import org.outpost.sdk.ffi.Account as FfiAccount
import org.outpost.sdk.ffi.DeviceCheck as FfiDeviceCheck
import org.outpost.sdk.ffi.DeviceHealth as FfiDeviceHealth
import org.outpost.sdk.ffi.WorkStatus as FfiWorkStatus

/** An account that has signed in on this device. */
public data class Account(
    /** Address of the server. */
    public val server: String,
    /** User name. */
    public val userName: String,
    /** Whether it is the one signed in now. */
    public val isCurrent: Boolean,
    /** Last sign-in, Unix ms of the device. */
    public val lastSignInMs: Long?,
)

/** What a sign-in came to. */
public class SignedIn internal constructor(
    /** The session of this account; close it when done. */
    public val session: Session,
    /** The account. */
    public val account: Account,
    /** Whether the server was asked; else the password was compared with the last sign-in here. */
    public val online: Boolean,
    /** Version of the server as last known, such as `2.42.4`. */
    public val serverVersion: String?,
    /** Remarks, such as a server newer than this release. */
    public val notes: List<String>,
)

/** The state of the work at a glance. */
public data class WorkStatus(
    /** Address of the server. */
    public val server: String,
    /** User name. */
    public val userName: String,
    /** Records that the server does not hold yet, for whatever reason. */
    public val unsent: Long,
    /** Of these, records that wait to be sent or are on their way. */
    public val waiting: Long,
    /** Of the unsent, records that the server refused. */
    public val refused: Long,
    /** Of the unsent, records changed here and on the server that wait for a decision. */
    public val conflicts: Long,
    /** When the oldest of the unsent was entered, Unix ms of the device. */
    public val oldestUnsentMs: Long?,
    /** Forms begun and not finished. */
    public val drafts: Long,
    /** Whether the server has everything. */
    public val allSent: Boolean,
    /** End of the last complete synchronisation, Unix ms of the device. */
    public val lastSyncMs: Long?,
    /** End of the last finished pull of metadata, Unix ms of the device. */
    public val lastPullMs: Long?,
    /** Server clock minus device clock in milliseconds; `null` before the first contact. */
    public val skewMs: Long?,
    /** Version of the server as last seen. */
    public val serverVersion: String?,
    /** Fingerprint of the metadata on the device. */
    public val metadataVersion: String?,
    /** Size of the database in bytes. */
    public val databaseBytes: Long,
    /** Free space beside it in bytes, if the system tells. */
    public val freeBytes: Long?,
    /** Whether a password or token is kept for the next synchronisation. */
    public val canSync: Boolean,
)

/** How a check of the doctor came out. */
public enum class DeviceHealth {
    /** Nothing to do. */
    GOOD,

    /** Works, but look at it. */
    WARN,

    /** Must be mended. */
    BAD,
}

/** One check of the doctor. */
public data class DeviceCheck(
    /** Short stable name, such as `integrity`. */
    public val name: String,
    /** How it came out. */
    public val health: DeviceHealth,
    /** What was found. */
    public val found: String,
    /** What to do; empty if nothing. */
    public val whatToDo: String,
)

internal fun FfiAccount.toAccount() = Account(server, username, isCurrent, lastSignInMs)

internal fun FfiWorkStatus.toStatus() = WorkStatus(
    server = server,
    userName = username,
    unsent = unsent,
    waiting = waiting,
    refused = parked,
    conflicts = conflicts,
    oldestUnsentMs = oldestUnsentMs,
    drafts = drafts,
    allSent = allSent,
    lastSyncMs = lastSyncMs,
    lastPullMs = lastPullMs,
    skewMs = skewMs,
    serverVersion = serverVersion,
    metadataVersion = metadataVersion,
    databaseBytes = databaseBytes,
    freeBytes = freeBytes,
    canSync = canSync,
)

internal fun FfiDeviceCheck.toCheck() = DeviceCheck(name, health.toHealth(), found, whatToDo)

private fun FfiDeviceHealth.toHealth() = when (this) {
    FfiDeviceHealth.GOOD -> DeviceHealth.GOOD
    FfiDeviceHealth.WARN -> DeviceHealth.WARN
    FfiDeviceHealth.BAD -> DeviceHealth.BAD
}

/** An account that was removed from this device. */
public data class Wiped(
    /** Records that the server did not hold; they are in the export. */
    public val unsent: Long,
    /** Whether they were exported. */
    public val exported: Boolean,
)
