package org.outpost.sdk

import org.outpost.sdk.ffi.ProposalItem
import org.outpost.sdk.ffi.ProposalItemPage
import org.outpost.sdk.ffi.ProposalQuery as FfiProposalQuery

/** Whose doubles to look for. */
public data class DuplicateQuery(
    /** People of a program, or of a type whatever the program. */
    public val of: PeopleOf,
    /** Only those registered at this place. */
    public val organisationUnit: OrganisationUnitId? = null,
)

/** Two records that may be of one person. A person decides; nothing merges by itself. */
public data class DuplicatePair(
    /** One of them. */
    public val a: PersonSummary,
    /** The other. */
    public val b: PersonSummary,
    /** How likely it is, 0 to 100. */
    public val score: Int,
    /** Why, in words, the weightiest first. */
    public val reasons: List<String>,
    /** What speaks against it, in words. */
    public val doubts: List<String>,
    /** Whether both have one value of a unique attribute (E1064): one of them is wrong. */
    public val isCertain: Boolean,
)

/** A page of pairs, and how far it was looked. */
public data class DuplicatePairs(
    /** The pairs of this page, the surest first. */
    public val page: Page<DuplicatePair>,
    /** People who were compared. */
    public val compared: Long,
    /** Whether there are more people than one call compares, 20 000: choose a place. */
    public val notCompared: Boolean,
    /** Likenesses that so many people share that they were not followed up. */
    public val common: Long,
    /** Pairs beyond the longest list that is made; the surest are in it. */
    public val leftOut: Long,
)

internal fun DuplicateQuery.toFfi() = FfiProposalQuery(of.toFfi(), organisationUnit?.uid)

private fun ProposalItem.toPair() =
    DuplicatePair(a.toSummary(), b.toSummary(), score, reasons, doubts, isCertain)

internal fun ProposalItemPage.toPairs() = DuplicatePairs(
    page = Page(items.map { it.toPair() }, next.toToken()),
    compared = compared,
    notCompared = notCompared,
    common = common,
    leftOut = leftOut,
)
