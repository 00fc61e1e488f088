package org.outpost.sdk

import org.outpost.sdk.ffi.FormsPackage as FfiFormsPackage
import org.outpost.sdk.ffi.MetadataName as FfiMetadataName
import org.outpost.sdk.ffi.PackageApplied as FfiPackageApplied
import org.outpost.sdk.ffi.PackageStep as FfiPackageStep
import org.outpost.sdk.ffi.ReleaseOffer as FfiReleaseOffer
import org.outpost.sdk.ffi.ReleaseStatus as FfiReleaseStatus
import org.outpost.sdk.ffi.ReleaseTaken as FfiReleaseTaken
import org.outpost.sdk.ffi.ReleaseVersion as FfiReleaseVersion
import org.outpost.sdk.ffi.ReleasedProduct as FfiReleasedProduct
import org.outpost.sdk.ffi.RunningVersion as FfiRunningVersion
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.StagedPackage as FfiStagedPackage

/**
 * Forms of the centre and updates of the program that come in files, where there is no network.
 * Reached by [Session.updates].
 *
 * Only what was signed by those who may, and verified to its last byte, is taken in. The core never
 * installs anything: [offer] gives the verified file to whoever does.
 */
public class Updates internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Verifies a package of forms with its content and says what it is to this device.
     *
     * @throws OutpostException.InvalidInput if it cannot be read, is damaged or signed by no centre
     *   known here
     */
    public suspend fun inspectPackage(path: String): FormsPackage = bridge.call {
        handle.inspectPackage(path).toPackage()
    }

    /**
     * Applies a package of forms if it is its turn ([FormsPackage.plan]): all of it is in use at
     * once, or nothing. What unsent work needs is kept.
     *
     * @param dryRun keep nothing, and tell what would have been done
     * @throws OutpostException.InvalidInput as [inspectPackage]; nothing was written
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public suspend fun applyPackage(path: String, dryRun: Boolean = false): PackageApplied =
        bridge.call { handle.applyPackage(path, dryRun).toApplied() }

    /**
     * Takes in a release file and keeps the installable files that travel with it.
     *
     * @param running what runs here
     * @param heard the thirty digits of the release's root, as a person got them on another way;
     *   needed until one is trusted. Without them nothing is taken in, and
     *   [ReleaseTaken.fingerprint] has those of the file, to be compared
     * @throws OutpostException.InvalidInput if it cannot be read, is damaged, not signed by those
     *   who may, or the digits differ
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public suspend fun takeInRelease(
        path: String,
        running: RunningVersion,
        heard: String? = null,
    ): ReleaseTaken = bridge.call { handle.takeInRelease(path, heard, running.toFfi()).toTaken() }

    /** What is known of releases here. */
    public suspend fun releaseStatus(running: RunningVersion): ReleaseStatus = bridge.call {
        handle.releaseStatus(running.toFfi()).toStatus()
    }

    /**
     * What this device may install: the file at [ReleaseOffer.path], whose bytes were verified just
     * now, or which version is to come. Ask right before the file goes to the installer.
     *
     * @throws OutpostException.NotFound if this device has no card, by which its turn is told
     * @throws OutpostException.Busy while a synchronisation runs
     */
    public suspend fun offer(running: RunningVersion): ReleaseOffer = bridge.call {
        handle.releaseOffer(running.toFfi()).toOffer()
    }
}

/** What a package of forms is to this device. */
public enum class PackageStep {
    /** It can be applied. */
    APPLY,

    /** It is in use. */
    KNOWN,

    /** Versions before it have not come. */
    WAITS,

    /** It leads from an older version than the one in use. */
    OTHER_BASE,

    /** It is older than the version in use. */
    OLDER,

    /** It tells another history than the version in use. */
    FORK,

    /** It is of another set than the one in use. */
    OTHER_SET,

    /** The key of its centre is revoked. */
    REVOKED,

    /** Nobody here knows its centre. */
    UNKNOWN_ISSUER,
}

/** A verified package of forms. */
public data class FormsPackage(
    /** Name of the set. */
    public val set: String,
    /** Number of the version. */
    public val number: Long,
    /** What people call it. */
    public val label: String,
    /** Who signed it. */
    public val from: SiteName,
    /** When, by the centre's clock. */
    public val issuedAt: String,
    /** Its hash. */
    public val hash: String,
    /** Whether the whole set is in it. */
    public val isFull: Boolean,
    /** The version that it leads on from; `null` if the whole set is in it. */
    public val base: Long?,
    /** Objects in it. */
    public val objects: Long,
    /** Objects that it says are gone. */
    public val gone: Long,
    /** Objects of the set that comes out. */
    public val setObjects: Long,
    /** Hash of that set: the name of its content. */
    public val setHash: String,
    /** Objects in it by class; empty if its content was not read. */
    public val classes: Map<String, Long>,
    /** What it is to this device. */
    public val plan: PackageStep,
    /** The same in words, with what to do. */
    public val advice: String,
)

/** An object of the metadata. */
public data class MetadataName(
    /** Name of its collection in the Web API. */
    public val collection: String,
    /** Its id. */
    public val id: String,
    /** Its name; empty if it is not known here. */
    public val name: String,
)

/** What applying a package of forms did, or would do. */
public data class PackageApplied(
    /** The package. */
    public val forms: FormsPackage,
    /** Whether it was only tried. */
    public val dryRun: Boolean,
    /** Whether it is in use now (or would be). */
    public val applied: Boolean,
    /** Objects that are new or changed. */
    public val changed: Long,
    /** Objects that are gone. */
    public val removed: Long,
    /** Objects that are gone and kept, because unsent work needs them; the first 200. */
    public val kept: List<MetadataName>,
    /** Objects that this release cannot read; they are not in use. The first 200. */
    public val unreadable: List<MetadataName>,
    /** Records of others that had waited for an object and are in the outbox now. */
    public val freed: Long,
    /** Keys that came in or were revoked by the key list in the package. */
    public val keysChanged: Long,
)

/** What runs on a device. */
public data class RunningVersion(
    /** Its version code. */
    public val code: Long,
    /** Name of the product. */
    public val product: String = "app",
    /** Name of the platform. */
    public val platform: String = "android",
)

/** A version of a program. */
public data class ReleaseVersion(
    /** What versions are compared by. */
    public val code: Long,
    /** What people call it. */
    public val name: String,
)

/** An installable file that lies here and was verified. */
public data class StagedPackage(
    /** Name of the product. */
    public val product: String,
    /** Name of the platform. */
    public val platform: String,
    /** Its version. */
    public val version: ReleaseVersion,
    /** Its size in bytes. */
    public val bytes: Long,
    /** Its SHA-256. */
    public val sha256: String,
)

/** A product of the newest release. */
public data class ReleasedProduct(
    /** Its name. */
    public val product: String,
    /** Its current version. */
    public val version: ReleaseVersion,
    /** Lowest version code that may still run. */
    public val floor: Long,
    /** Per cent of sites whose turn it is. */
    public val percent: Int,
    /** Keys of sites whose turn it is in any case; the first 200. */
    public val sites: List<String>,
    /** Platforms that it has a package for. */
    public val platforms: List<String>,
)

/** What is known of releases here. */
public data class ReleaseStatus(
    /** Number of the root that is followed; `null` before one was trusted. */
    public val root: Long?,
    /** When a new root is due. */
    public val rootExpires: String?,
    /** Number of the newest release. */
    public val number: Long?,
    /** Until when it counts as fresh. */
    public val freshUntil: String?,
    /** Its products. */
    public val products: List<ReleasedProduct>,
    /** Verified files. */
    public val packages: List<StagedPackage>,
    /** The last file that was refused, and why; `null` once a newer one was taken in. */
    public val refused: String?,
    /** What people should know. Nothing of it stops anything. */
    public val alarms: List<String>,
)

/** What taking in a release file did. */
public data class ReleaseTaken(
    /** Whether it is known from now on, or was before. */
    public val isTaken: Boolean,
    /** Why not, or what it is, in words. */
    public val words: String,
    /** Files that came with it and are verified. */
    public val staged: List<StagedPackage>,
    /** Thirty digits of its root, for a person to compare; only where none is trusted yet. */
    public val fingerprint: String?,
    /** What is known now. */
    public val status: ReleaseStatus,
)

/** What a device may do about the version that it runs. */
public data class ReleaseOffer(
    /** What runs. */
    public val running: RunningVersion,
    /** A verified file that may be installed. */
    public val install: StagedPackage?,
    /** Where its bytes lie; verified when this was asked. */
    public val path: String?,
    /** A newer version whose file has not come. */
    public val bring: ReleaseVersion?,
    /** A newer version whose turn it is not yet at this site. */
    public val later: ReleaseVersion?,
    /** A file that was verified before and is not what it was; it was thrown away. */
    public val spoilt: ReleaseVersion?,
    /** The last file that was refused, and why. */
    public val refused: String?,
    /** What people should know. Nothing of it stops anything. */
    public val alarms: List<String>,
)

private fun FfiPackageStep.toStep() = when (this) {
    FfiPackageStep.APPLY -> PackageStep.APPLY
    FfiPackageStep.KNOWN -> PackageStep.KNOWN
    FfiPackageStep.WAITS -> PackageStep.WAITS
    FfiPackageStep.OTHER_BASE -> PackageStep.OTHER_BASE
    FfiPackageStep.OLDER -> PackageStep.OLDER
    FfiPackageStep.FORK -> PackageStep.FORK
    FfiPackageStep.OTHER_SET -> PackageStep.OTHER_SET
    FfiPackageStep.REVOKED -> PackageStep.REVOKED
    FfiPackageStep.UNKNOWN_ISSUER -> PackageStep.UNKNOWN_ISSUER
}

private fun FfiFormsPackage.toPackage() = FormsPackage(
    set = set,
    number = number,
    label = label,
    from = from.toName(),
    issuedAt = issuedAt,
    hash = hash,
    isFull = isFull,
    base = base,
    objects = objects,
    gone = gone,
    setObjects = setObjects,
    setHash = setHash,
    classes = classes.toCounts(),
    plan = plan.toStep(),
    advice = advice,
)

private fun FfiMetadataName.toName() = MetadataName(collection, id, name)

private fun FfiPackageApplied.toApplied() = PackageApplied(
    forms = `package`.toPackage(),
    dryRun = dryRun,
    applied = applied,
    changed = changed,
    removed = removed,
    kept = kept.map { it.toName() },
    unreadable = unreadable.map { it.toName() },
    freed = freed,
    keysChanged = keysChanged,
)

internal fun RunningVersion.toFfi() = FfiRunningVersion(product, platform, code)

private fun FfiReleaseVersion.toVersion() = ReleaseVersion(code, name)

private fun FfiStagedPackage.toStaged() =
    StagedPackage(product, platform, version.toVersion(), bytes, sha256)

private fun FfiReleasedProduct.toProduct() =
    ReleasedProduct(product, version.toVersion(), floor, percent, sites, platforms)

private fun FfiReleaseStatus.toStatus() = ReleaseStatus(
    root = root,
    rootExpires = rootExpires,
    number = number,
    freshUntil = freshUntil,
    products = products.map { it.toProduct() },
    packages = packages.map { it.toStaged() },
    refused = refused,
    alarms = alarms,
)

private fun FfiReleaseTaken.toTaken() = ReleaseTaken(
    isTaken, words, staged.map { it.toStaged() }, fingerprint, status.toStatus(),
)

private fun FfiReleaseOffer.toOffer() = ReleaseOffer(
    running = RunningVersion(running, product, platform),
    install = install?.toStaged(),
    path = path,
    bring = bring?.toVersion(),
    later = later?.toVersion(),
    spoilt = spoilt?.toVersion(),
    refused = refused,
    alarms = alarms,
)
