package org.outpost.sdk

import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.SiteCheck as FfiSiteCheck
import org.outpost.sdk.ffi.SiteContact as FfiSiteContact
import org.outpost.sdk.ffi.SiteInfo as FfiSiteInfo
import org.outpost.sdk.ffi.SiteLink as FfiSiteLink
import org.outpost.sdk.ffi.SiteMode as FfiSiteMode

/** How this device is as a site without network, or with little. Reached by [Session.site]. */
public class Site internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * How the site is, one thing after the other, and everybody with whom files are exchanged.
     *
     * @param running what runs here
     * @param thorough also recompute what may take seconds
     */
    public suspend fun check(running: RunningVersion, thorough: Boolean = false): SiteCheck =
        bridge.call { handle.siteCheck(thorough, running.toFfi()).toCheck() }
}

/** How a site reaches the server. The records and the program are the same in each. */
public enum class SiteMode {
    /** It synchronises; files are for those who have no network. */
    ONLINE,

    /** It has no network: everything goes in files. */
    OFFLINE,

    /** It synchronises where it can and writes files for what waits. */
    HYBRID,
}

/** How a site is. */
public data class SiteCheck(
    /** Whether somebody has to do something. */
    public val needsPerson: Boolean,
    /** One thing after the other. */
    public val checks: List<DeviceCheck>,
    /** Those with whom files are exchanged; the first 200. */
    public val contacts: List<SiteContact>,
    /** The site. */
    public val site: SiteInfo,
)

/** A site as it is shown. */
public data class SiteInfo(
    /** Its card, with the role. */
    public val card: ExchangeCard?,
    /** How it reaches the server. */
    public val mode: SiteMode,
    /** Folder into which files for it are put. */
    public val inbox: String?,
    /** Folder into which it writes files for others. */
    public val outbox: String?,
    /** The site above, to which everything goes that waits here. */
    public val upstream: SiteName?,
    /** What is known of its network. */
    public val link: SiteLink,
    /** When the backup was made that this machine goes on from, by the clock of that time. */
    public val backupOf: String?,
    /** When this machine was restored from it, Unix ms. */
    public val restoredMs: Long?,
)

/** What is known of the network of a site. */
public data class SiteLink(
    /** Attempts to reach the server that are remembered. */
    public val attempts: Long,
    /** Different hours in which it was tried. */
    public val hours: Long,
    /** Of these, hours in which it answered. */
    public val hoursReached: Long,
    /** Different days on which it was tried. */
    public val days: Long,
    /** Share of the hours in which it answered. */
    public val reachedPercent: Long?,
    /** Bytes per second over the larger transfers. */
    public val bytesPerSecond: Long?,
    /**
     * The mode that this suits by the rule of thumb (10 KB/s, reachable 70 % of the time); `null` as
     * long as too little is known.
     */
    public val suits: SiteMode?,
)

/** What is known of another site or device by the files between it and this one. */
public data class SiteContact(
    /** Which. */
    public val site: SiteName,
    /** When the last file of it came, Unix ms. */
    public val cameMs: Long?,
    /** When the last file for it was written, Unix ms. */
    public val wroteMs: Long?,
    /** The program that it runs, as its last file says. */
    public val app: String?,
    /** The version of its forms, as its last file says. */
    public val metadata: String?,
    /** Whether these are the forms of this device. */
    public val sameForms: Boolean?,
    /**
     * How far its clock was ahead when its last file came, in milliseconds; files that were long on
     * their way say nothing.
     */
    public val aheadMs: Long?,
    /** Number of its last data file that was taken in. */
    public val last: Long?,
    /** The first files that are missing. */
    public val missing: List<FileGap>,
)

private fun FfiSiteMode.toMode() = when (this) {
    FfiSiteMode.ONLINE -> SiteMode.ONLINE
    FfiSiteMode.OFFLINE -> SiteMode.OFFLINE
    FfiSiteMode.HYBRID -> SiteMode.HYBRID
}

private fun FfiSiteCheck.toCheck() = SiteCheck(
    needsPerson, checks.map { it.toCheck() }, contacts.map { it.toContact() }, site.toInfo(),
)

private fun FfiSiteInfo.toInfo() = SiteInfo(
    card = card?.toCard(),
    mode = mode.toMode(),
    inbox = inbox,
    outbox = outbox,
    upstream = upstream?.toName(),
    link = link.toLink(),
    backupOf = restored?.backupOf,
    restoredMs = restored?.atMs,
)

private fun FfiSiteLink.toLink() = SiteLink(
    attempts, hours, hoursReached, days, reachedPercent, bytesPerSecond, suits?.toMode(),
)

private fun FfiSiteContact.toContact() = SiteContact(
    site = site.toName(),
    cameMs = cameMs,
    wroteMs = wroteMs,
    app = app,
    metadata = metadata,
    sameForms = sameForms,
    aheadMs = aheadMs,
    last = last,
    missing = missing.map { it.toGap() },
)
