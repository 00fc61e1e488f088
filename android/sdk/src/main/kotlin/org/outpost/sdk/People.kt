package org.outpost.sdk

import org.outpost.sdk.ffi.AttributeColumn as FfiAttributeColumn
import org.outpost.sdk.ffi.AttributeCondition as FfiAttributeCondition
import org.outpost.sdk.ffi.AttributeValue as FfiAttributeValue
import org.outpost.sdk.ffi.Comparison as FfiComparison
import org.outpost.sdk.ffi.EnrollmentChange
import org.outpost.sdk.ffi.EnrollmentState
import org.outpost.sdk.ffi.PeopleFound as FfiPeopleFound
import org.outpost.sdk.ffi.PeopleLayout as FfiPeopleLayout
import org.outpost.sdk.ffi.PeopleScope
import org.outpost.sdk.ffi.PeopleWaiting as FfiPeopleWaiting
import org.outpost.sdk.ffi.PersonFetched as FfiPersonFetched
import org.outpost.sdk.ffi.PersonItem
import org.outpost.sdk.ffi.PersonQuery as FfiPersonQuery
import org.outpost.sdk.ffi.ProgramAccess as FfiProgramAccess
import org.outpost.sdk.ffi.ProgramItem
import org.outpost.sdk.ffi.SessionHandle
import org.outpost.sdk.ffi.TrackedEntityTypeItem
import org.outpost.sdk.ffi.VisitCondition as FfiVisitCondition

/**
 * The people of a session (DHIS2 tracker): programs with registration, lists, searches, one person,
 * registration and enrolments. Reached by [Session.people].
 *
 * A "person" is whatever is registered: also a household or a device. Everything but
 * [searchOnline], [fetch] and [markDuplicates] works without network. What a rule refuses is a
 * result with the reason, and nothing of it is written. All throw [OutpostException] as [Session]
 * does.
 */
public class People internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /** A page of the programs with registration of the user, by name. */
    public suspend fun programs(next: PageToken? = null): Page<ProgramSummary> = bridge.call {
        val page = handle.programs(next.offset())
        Page(page.items.map { it.toProgram() }, page.next.toToken())
    }

    /** What waits of people, enrolments and visits, all programs together: they travel as one. */
    public suspend fun waiting(): PeopleWaiting = bridge.call { handle.peopleWaiting().toWaiting() }

    /** A page of the types of what can be registered, by name. */
    public suspend fun types(next: PageToken? = null): Page<TrackedEntityType> = bridge.call {
        val page = handle.trackedEntityTypes(next.offset())
        Page(page.items.map { it.toType() }, page.next.toToken())
    }

    /** The columns and search fields of a list of people, and what a search online must give. */
    public suspend fun layout(of: PeopleOf): PeopleLayout = bridge.call {
        handle.peopleLayout(of.toFfi()).toLayout()
    }

    /**
     * A page of the people on this device; it may be short though there are more. With words to
     * search for those whose name begins with them come first; without, those of a program in the
     * order of their names.
     *
     * @throws OutpostException.NotFound if the program or type is not on the device
     */
    public suspend fun list(query: PersonQuery, next: PageToken? = null): Page<PersonSummary> =
        bridge.call {
            val page = handle.people(query.toFfi(), next.cursor())
            Page(page.items.map { it.toSummary() }, page.next.toToken())
        }

    /**
     * Looks for people on the device and, where there is network, on the server: each once, those
     * on the device first. Without network it says so and shows those of the device.
     *
     * @throws OutpostException.InvalidInput if neither program nor type is given, or the server
     *   needs more to search by: see [layout]
     */
    public suspend fun search(query: PersonQuery): PeopleFound = bridge.call {
        handle.searchPeople(query.toFfi()).toFound()
    }

    /**
     * Looks for people on the server alone.
     *
     * @throws OutpostException.Offline if it cannot be reached
     * @throws OutpostException.InvalidInput as [search]
     */
    public suspend fun searchOnline(query: PersonQuery): PeopleFound = bridge.call {
        handle.searchPeopleOnline(query.toFfi()).toFound()
    }

    /**
     * People on the device with exactly this value of a unique attribute: what a bar code or QR
     * code says. At most 200.
     */
    public suspend fun byCode(of: PeopleOf, code: String): List<PersonSummary> = bridge.call {
        handle.peopleByCode(of.toFfi(), code).map { it.toSummary() }
    }

    /**
     * Fetches one person with enrolments, visits and relationships from the server and keeps it on
     * the device. Unsent work on it is merged, never overwritten.
     *
     * @param program where it was found; only enrolments in it come along
     * @throws OutpostException.Offline if the server cannot be reached
     * @throws OutpostException.NotFound if the server does not show the person to this user; in a
     *   protected program the glass may have to be broken first
     */
    public suspend fun fetch(id: PersonId, program: ProgramId? = null): PersonFetched =
        bridge.call { handle.downloadPerson(id.uid, program?.uid).toFetched() }

    /** A person with enrolments, visits and relationships: everything that its screen needs. */
    public suspend fun person(id: PersonId): Person = bridge.call {
        handle.openPerson(id.uid).toPerson()
    }

    /**
     * A page of pairs of people on this device that are likely one person, the surest first, for a
     * supervisor to look at; it may be short though there are more. Nobody is ever merged here: say
     * of a pair that they are two ([keepApart]) or tell the server ([markDuplicates]). Compares
     * everybody anew with each call, which takes a moment where there are thousands.
     *
     * @throws OutpostException.NotFound if the program or type is not on the device
     */
    public suspend fun duplicates(
        query: DuplicateQuery,
        next: PageToken? = null,
    ): DuplicatePairs = bridge.call {
        handle.mergeProposals(query.toFfi(), next.cursor()).toPairs()
    }

    /**
     * Somebody looked at a pair and says that they are two people: [duplicates] names it no more on
     * this device. The journal keeps who said so and why; the server is not told.
     *
     * @param reason a person's own words
     * @throws OutpostException.InvalidInput without a reason, or for one person twice
     * @throws OutpostException.NotFound if one of them is not on the device
     */
    public suspend fun keepApart(a: PersonId, b: PersonId, reason: String): Unit =
        bridge.call { handle.keepApart(a.uid, b.uid, reason) }

    /**
     * Marks a pair on the server, at once, as potential duplicates (DHIS2 `potentialDuplicates`),
     * where whoever may merge them finds it. Doing it twice does no harm.
     *
     * @throws OutpostException.Offline without network
     * @throws OutpostException.InvalidInput for one person twice, or if the server does not hold
     *   both yet: synchronise and try again
     * @throws OutpostException.NotFound if one of them is not on the device
     */
    public suspend fun markDuplicates(a: PersonId, b: PersonId): Unit =
        bridge.call { handle.markDuplicates(a.uid, b.uid) }

    /** A person with everybody who is related and what a visitor at the door wants to know. */
    public suspend fun family(id: PersonId): Family = bridge.call {
        handle.family(id.uid).toFamily()
    }

    /** A page of the relationships of a person, enrolment or visit. */
    public suspend fun relationships(
        of: RelationshipEnd,
        next: PageToken? = null,
    ): Page<Relationship> = bridge.call {
        val page = handle.relationships(of.toFfi(), next.offset())
        Page(page.items.map { it.toRelationship() }, page.next.toToken())
    }

    /**
     * The types of relationships that may begin or end at a person, enrolment or visit. A type
     * whose sides take the same kind is named twice, once from each side.
     */
    public suspend fun relationshipChoices(of: RelationshipEnd): List<RelationshipChoice> =
        bridge.call { handle.relationshipOptions(of.toFfi()).map { it.toChoice() } }

    /** Makes a relationship; what the server would refuse is said here. */
    public suspend fun relate(
        type: RelationshipTypeId,
        from: RelationshipEnd,
        to: RelationshipEnd,
    ): RelationshipResult = bridge.call {
        handle.addRelationship(type.uid, from.toFfi(), to.toFfi()).toResult()
    }

    /** Deletes a relationship, here at once and with the next synchronisation on the server. */
    public suspend fun deleteRelationship(id: RelationshipId): RelationshipResult = bridge.call {
        handle.deleteRelationship(id.uid).toResult()
    }

    /**
     * Opens the form that registers somebody: in a program, with an enrolment, or of a type alone.
     * Close it.
     *
     * @param organisationUnit the place of the registration and the enrolment
     */
    public suspend fun openNew(
        of: PeopleOf,
        organisationUnit: OrganisationUnitId,
    ): PersonFormSession = bridge.call {
        PersonFormSession(handle.openPersonForm(of.toFfi(), organisationUnit.uid, null))
    }

    /**
     * Opens the form of somebody who is registered: in a program together with the enrolment there
     * (the active one, else the latest), or with a new one if there is none. Close it.
     *
     * @param organisationUnit the place of the enrolment, if it is new
     */
    public suspend fun open(
        of: PeopleOf,
        id: PersonId,
        organisationUnit: OrganisationUnitId,
    ): PersonFormSession = bridge.call {
        PersonFormSession(handle.openPersonForm(of.toFfi(), organisationUnit.uid, id.uid))
    }

    /** Opens the form of an enrolment with its person. Close it. */
    public suspend fun openEnrollment(id: EnrollmentId): PersonFormSession = bridge.call {
        PersonFormSession(handle.openEnrollmentForm(id.uid))
    }

    /** Opens the form of a new enrolment, also where the person was enrolled before. Close it. */
    public suspend fun openNewEnrollment(
        program: ProgramId,
        id: PersonId,
        organisationUnit: OrganisationUnitId,
    ): PersonFormSession = bridge.call {
        PersonFormSession(
            handle.openNewEnrollmentForm(program.uid, organisationUnit.uid, id.uid),
        )
    }

    /**
     * Goes on with a form that was left by [PersonFormSession.saveDraft]. Close it.
     *
     * @throws OutpostException.InvalidInput for a draft that cannot be read
     */
    public suspend fun openDraft(of: PeopleOf, id: PersonId): PersonFormSession = bridge.call {
        PersonFormSession(handle.openPersonDraft(of.toFfi(), id.uid))
    }

    /** Forms of people begun and not finished, at most 200; the key is the person's uid. */
    public suspend fun drafts(of: PeopleOf): List<Draft> = bridge.call {
        handle.drafts(of.uid).map { it.toDraft() }
    }

    /** Forgets what was kept of an unfinished form: a person gave it up. */
    public suspend fun deleteDraft(of: PeopleOf, id: PersonId): Unit = bridge.call {
        handle.deleteDraft(of.uid, id.uid)
    }

    /** Completes an enrolment: it ends as planned. Its visits stay as they are. */
    public suspend fun completeEnrollment(id: EnrollmentId): PersonResult = bridge.call {
        handle.changeEnrollment(id.uid, EnrollmentChange.COMPLETE).toResult()
    }

    /** Cancels an enrolment: moved away, enrolled by mistake. Its visits stay as they are. */
    public suspend fun cancelEnrollment(id: EnrollmentId): PersonResult = bridge.call {
        handle.changeEnrollment(id.uid, EnrollmentChange.CANCEL).toResult()
    }

    /** Takes an ended enrolment up again. */
    public suspend fun reopenEnrollment(id: EnrollmentId): PersonResult = bridge.call {
        handle.changeEnrollment(id.uid, EnrollmentChange.REOPEN).toResult()
    }

    /** Marks an enrolment for follow-up, or takes the mark away. */
    public suspend fun setFollowUp(id: EnrollmentId, marked: Boolean): PersonResult =
        bridge.call { handle.setEnrollmentFollowUp(id.uid, marked).toResult() }

    /**
     * Adds a remark to an enrolment.
     *
     * @throws OutpostException.InvalidInput if it is empty
     */
    public suspend fun addNote(id: EnrollmentId, text: String): PersonResult = bridge.call {
        handle.addEnrollmentNote(id.uid, text).toResult()
    }

    /** Deletes an enrolment with its visits, here at once and later on the server. */
    public suspend fun deleteEnrollment(id: EnrollmentId): PersonResult = bridge.call {
        handle.deleteEnrollment(id.uid).toResult()
    }

    /** Deletes a person with enrolments, visits and relationships, here at once and later there. */
    public suspend fun deletePerson(id: PersonId): PersonResult = bridge.call {
        handle.deletePerson(id.uid).toResult()
    }

    /** What the user may do with a person in a program. */
    public suspend fun access(id: PersonId, program: ProgramId): PersonAccess = bridge.call {
        handle.personAccess(id.uid, program.uid).toAccess()
    }

    /**
     * Breaks the glass: opens a person of a protected program for some hours. The server is asked
     * at once; where it cannot be reached it waits and goes before everything else with the next
     * synchronisation. The server keeps the reason.
     *
     * @param reason a person's own words
     * @return whether the server opened the records already
     * @throws OutpostException.InvalidInput without a reason, or where there is no glass to break
     * @throws OutpostException.Forbidden or [OutpostException.ServerRejected] if the server refuses
     */
    public suspend fun breakTheGlass(id: PersonId, program: ProgramId, reason: String): Boolean =
        bridge.call { handle.breakTheGlass(id.uid, program.uid, reason) }

    /**
     * What speaks against handing a person over to a place; warnings are to be confirmed.
     *
     * @param to also one that is not on this device: see [Session.searchPlaces]
     */
    public suspend fun checkTransfer(
        id: PersonId,
        program: ProgramId,
        to: OrganisationUnitId,
    ): List<EventProblem> = bridge.call {
        handle.checkTransfer(id.uid, program.uid, to.uid).map { it.toProblem() }
    }

    /** Hands a person over to another place for good. Enrolments and visits keep their places. */
    public suspend fun transfer(
        id: PersonId,
        program: ProgramId,
        to: OrganisationUnitId,
    ): PersonResult = bridge.call { handle.transferPerson(id.uid, program.uid, to.uid).toResult() }
}

/** DHIS2 `Program.accessLevel`: who may reach its people outside their own units. */
public enum class ProgramAccess {
    /** Everybody whose search scope reaches them. */
    OPEN,

    /** As open, but the server keeps a record of it. */
    AUDITED,

    /** Only the owner, or who breaks the glass. */
    PROTECTED,

    /** Only the owner. */
    CLOSED,
}

/** A program with registration in a list. */
public data class ProgramSummary(
    /** Its id. */
    public val id: ProgramId,
    /** Display name. */
    public val name: String,
    /** Who is enrolled. */
    public val type: TrackedEntityTypeId,
    /** Name of that type: "Person", "Household". */
    public val typeName: String,
    /** Who may reach its people. */
    public val access: ProgramAccess,
    /** Whether the user may enrol at all. */
    public val writable: Boolean,
    /** Why not, in words. */
    public val whyNot: String?,
    /** People with an enrolment in it on this device. */
    public val people: Long,
    /** Forms begun and not finished. */
    public val drafts: Long,
)

/** What waits of people, enrolments and visits. */
public data class PeopleWaiting(
    /** Records that wait to be sent. */
    public val waiting: Long,
    /** Records that wait for another record. */
    public val held: Long,
    /** Records that the server refused. */
    public val refused: Long,
    /** Records with two versions. */
    public val conflicts: Long,
)

/** A type of what can be registered (DHIS2 `TrackedEntityType`). */
public data class TrackedEntityType(
    /** Its id. */
    public val id: TrackedEntityTypeId,
    /** Display name. */
    public val name: String,
    /** Whether the user may register at all. */
    public val writable: Boolean,
    /** DHIS2 `FeatureType` name of the geometry asked for; `null` if none is. */
    public val featureType: String?,
)

/** A column of a list, or a field of a search. */
public data class AttributeColumn(
    /** The attribute. */
    public val attribute: AttributeId,
    /** The name to show. */
    public val name: String,
    /** DHIS2 `ValueType` name. */
    public val valueType: String,
    /** The list that a value is chosen from. */
    public val optionSet: OptionSetId?,
    /** Whether it is a column of lists. */
    public val inList: Boolean,
    /** Whether a search may use it. */
    public val searchable: Boolean,
    /** Whether no two people have the same value. */
    public val unique: Boolean,
    /** Characters that a search online must give at least. */
    public val charactersMin: Int,
)

/** How a list of people is laid out, and what a search must give. */
public data class PeopleLayout(
    /** The attributes, in order. */
    public val columns: List<AttributeColumn>,
    /** Attributes that a search online must give at least, outside one's own units. */
    public val attributesMin: Int,
    /** Most results of a search online; 0 means no limit. */
    public val resultsMax: Int,
)

/** A value of an attribute with its names for people. */
public data class AttributeValue(
    /** The attribute. */
    public val attribute: AttributeId,
    /** Name of the attribute. */
    public val name: String,
    /** The value as it is stored: the code of an option, the uid of a file. */
    public val value: String,
    /** The value for people: the name of an option, `Yes`; else as it is stored. */
    public val shown: String,
    /** Whether it stands for a number that the server has not given yet. */
    public val isTemporary: Boolean,
)

/** DHIS2 `EnrollmentStatus`. */
public enum class EnrollmentStatus {
    /** Followed. */
    ACTIVE,

    /** Ended as planned. */
    COMPLETED,

    /** Ended otherwise. */
    CANCELLED,
}

/** A person in a list. */
public data class PersonSummary(
    /** Its id. */
    public val id: PersonId,
    /** Its type. */
    public val type: TrackedEntityTypeId,
    /** What it is called: the first values of the list's columns. */
    public val title: String,
    /** The place where it was registered, or of its enrolment in the program. */
    public val organisationUnit: OrganisationUnitId,
    /** Name of the place. */
    public val organisationUnitName: String,
    /** Values of the list's columns, in order. */
    public val values: List<AttributeValue>,
    /** Its enrolment in the program of the list. */
    public val enrollment: EnrollmentId?,
    /** Status of that enrolment. */
    public val enrollmentStatus: EnrollmentStatus?,
    /** Whether it is marked for follow-up. */
    public val followUp: Boolean,
    /** Day of the next planned visit in any program, `yyyy-MM-dd`. */
    public val nextDue: String?,
    /** The most pressing state of the person and all that belongs to it. */
    public val state: TravelState,
    /** Whether it is on this device; else it was found online: see [People.fetch]. */
    public val onDevice: Boolean,
)

/** How a value is compared. Case does not count, accents do, as on the server. */
public enum class Comparison {
    /** The same. */
    EQUAL,

    /** Holds it. */
    LIKE,

    /** Begins with it. */
    STARTS_WITH,
}

/** One condition on an attribute. */
public data class AttributeCondition(
    /** The attribute. */
    public val attribute: AttributeId,
    /** What it is compared with. */
    public val value: String,
    /** How the value is compared. */
    public val comparison: Comparison = Comparison.LIKE,
)

/** A visit that a listed person must have. */
public data class VisitCondition(
    /** Of this status; [EventStatus.OVERDUE] means planned before today and not done. */
    public val status: EventStatus? = null,
    /** Planned from this day on, `yyyy-MM-dd`. */
    public val dueFrom: String? = null,
    /** Planned up to this day, `yyyy-MM-dd`. */
    public val dueTo: String? = null,
    /** Assigned to whoever is signed in. */
    public val assignedToMe: Boolean = false,
)

/** Which people to list or search for. */
public data class PersonQuery(
    /** Those enrolled in the program, or those of the type. */
    public val of: PeopleOf,
    /** Only with these words in their attributes. */
    public val search: String? = null,
    /** Only those whose attributes fit all of these. */
    public val attributes: List<AttributeCondition> = emptyList(),
    /** Only at this place: of the enrolment in a program, else of the registration. */
    public val organisationUnit: OrganisationUnitId? = null,
    /** Only with an enrolment of this status. */
    public val status: EnrollmentStatus? = null,
    /** Only those marked for follow-up, or only those not. */
    public val followUp: Boolean? = null,
    /** Only with a visit like this. */
    public val visit: VisitCondition? = null,
    /** Only enrolled from this day on, `yyyy-MM-dd`. */
    public val enrolledFrom: String? = null,
    /** Only enrolled up to this day, `yyyy-MM-dd`. */
    public val enrolledTo: String? = null,
    /** Those enrolled last come first; else by name. */
    public val latestFirst: Boolean = false,
)

/** What a search found. */
public data class PeopleFound(
    /** People of both, each once; those on the device first. */
    public val items: List<PersonSummary>,
    /** Why the server was not asked or did not answer; the items are then those of the device. */
    public val offlineBecause: String?,
    /** Whether there are more than these: the search must be narrowed. */
    public val more: Boolean,
)

/** A person who was fetched from the server. */
public data class PersonFetched(
    /** Who. */
    public val person: PersonId,
    /** Enrolments that came along. */
    public val enrollments: Long,
    /** Visits that came along. */
    public val visits: Long,
    /** Records that are now in two versions. */
    public val conflicts: Long,
)

internal fun PeopleOf.toFfi(): PeopleScope = when (this) {
    is ProgramId -> PeopleScope.Program(uid)
    is TrackedEntityTypeId -> PeopleScope.Type(uid)
}

private fun ProgramItem.toProgram() = ProgramSummary(
    id = ProgramId(uid),
    name = name,
    type = TrackedEntityTypeId(trackedEntityType),
    typeName = typeName,
    access = when (access) {
        FfiProgramAccess.OPEN -> ProgramAccess.OPEN
        FfiProgramAccess.AUDITED -> ProgramAccess.AUDITED
        FfiProgramAccess.PROTECTED -> ProgramAccess.PROTECTED
        FfiProgramAccess.CLOSED -> ProgramAccess.CLOSED
    },
    writable = writable,
    whyNot = whyNot,
    people = people,
    drafts = drafts,
)

private fun FfiPeopleWaiting.toWaiting() = PeopleWaiting(waiting, held, refused, conflicts)

private fun TrackedEntityTypeItem.toType() =
    TrackedEntityType(TrackedEntityTypeId(uid), name, writable, featureType)

private fun FfiPeopleLayout.toLayout() =
    PeopleLayout(columns.map { it.toColumn() }, attributesMin, resultsMax)

private fun FfiAttributeColumn.toColumn() = AttributeColumn(
    attribute = AttributeId(attribute),
    name = name,
    valueType = valueType,
    optionSet = optionSet?.let { OptionSetId(it) },
    inList = inList,
    searchable = searchable,
    unique = unique,
    charactersMin = charactersMin,
)

internal fun FfiAttributeValue.toValue() =
    AttributeValue(AttributeId(attribute), name, value, shown, isTemporary)

internal fun EnrollmentState.toStatus() = when (this) {
    EnrollmentState.ACTIVE -> EnrollmentStatus.ACTIVE
    EnrollmentState.COMPLETED -> EnrollmentStatus.COMPLETED
    EnrollmentState.CANCELLED -> EnrollmentStatus.CANCELLED
}

private fun EnrollmentStatus.toFfi() = when (this) {
    EnrollmentStatus.ACTIVE -> EnrollmentState.ACTIVE
    EnrollmentStatus.COMPLETED -> EnrollmentState.COMPLETED
    EnrollmentStatus.CANCELLED -> EnrollmentState.CANCELLED
}

internal fun PersonItem.toSummary() = PersonSummary(
    id = PersonId(id),
    type = TrackedEntityTypeId(trackedEntityType),
    title = title,
    organisationUnit = OrganisationUnitId(organisationUnit),
    organisationUnitName = organisationUnitName,
    values = values.map { it.toValue() },
    enrollment = enrollment?.let { EnrollmentId(it) },
    enrollmentStatus = enrollmentStatus?.toStatus(),
    followUp = followUp,
    nextDue = nextDue,
    state = state.toState(),
    onDevice = onDevice,
)

private fun AttributeCondition.toFfi() = FfiAttributeCondition(
    attribute = attribute.uid,
    comparison = when (comparison) {
        Comparison.EQUAL -> FfiComparison.EQUAL
        Comparison.LIKE -> FfiComparison.LIKE
        Comparison.STARTS_WITH -> FfiComparison.STARTS_WITH
    },
    value = value,
)

private fun VisitCondition.toFfi() =
    FfiVisitCondition(status?.toFfi(), dueFrom, dueTo, assignedToMe)

private fun PersonQuery.toFfi() = FfiPersonQuery(
    program = (of as? ProgramId)?.uid,
    trackedEntityType = (of as? TrackedEntityTypeId)?.uid,
    organisationUnit = organisationUnit?.uid,
    search = search,
    attributes = attributes.map { it.toFfi() },
    status = status?.toFfi(),
    followUp = followUp,
    visit = visit?.toFfi(),
    enrolledFrom = enrolledFrom,
    enrolledTo = enrolledTo,
    latestFirst = latestFirst,
)

private fun FfiPeopleFound.toFound() =
    PeopleFound(items.map { it.toSummary() }, offlineBecause, more)

private fun FfiPersonFetched.toFetched() =
    PersonFetched(PersonId(person), enrollments, visits, conflicts)
