package org.outpost.sdk

import org.outpost.sdk.ffi.Family as FfiFamily
import org.outpost.sdk.ffi.FamilyMember as FfiFamilyMember
import org.outpost.sdk.ffi.RelationshipDetail
import org.outpost.sdk.ffi.RelationshipEnd as FfiRelationshipEnd
import org.outpost.sdk.ffi.RelationshipOption
import org.outpost.sdk.ffi.RelationshipPartner as FfiRelationshipPartner
import org.outpost.sdk.ffi.RelationshipSaved

/** What stands on one side of a relationship. */
public sealed interface RelationshipEnd {
    /** A person, a household. */
    public data class OfPerson(
        /** Its id. */
        public val id: PersonId,
    ) : RelationshipEnd

    /** An enrolment. */
    public data class OfEnrollment(
        /** Its id. */
        public val id: EnrollmentId,
    ) : RelationshipEnd

    /** A visit or event. */
    public data class OfEvent(
        /** Its id. */
        public val id: EventId,
    ) : RelationshipEnd
}

/** Who or what is on the other side. */
public data class RelationshipPartner(
    /** Its class and id. */
    public val end: RelationshipEnd,
    /** The person that it is or belongs to, if known. */
    public val person: PersonId?,
    /** What it is called; says so if it was not downloaded. */
    public val title: String,
    /** The values that the type shows of it. */
    public val values: List<AttributeValue>,
    /** Name of its place. */
    public val organisationUnitName: String,
    /** Whether it is on this device. */
    public val onDevice: Boolean,
)

/** DHIS2 `Relationship`, seen from one of its ends. It cannot be changed, only made and deleted. */
public data class Relationship(
    /** Its id. */
    public val id: RelationshipId,
    /** Its type. */
    public val type: RelationshipTypeId,
    /** Name of the type. */
    public val typeName: String,
    /** The side that the type's from-constraint is about. */
    public val from: RelationshipEnd,
    /** The other side. */
    public val to: RelationshipEnd,
    /** What the other side is, seen from here: "mother of". */
    public val role: String,
    /** Who is there. */
    public val partner: RelationshipPartner,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** Number of its row in the outbox, if it waits. */
    public val outboxId: Long?,
    /** The server's reason, if it refused. */
    public val refusal: Reason?,
)

/** A type of relationships that may begin or end at a person, an enrolment or a visit. */
public data class RelationshipChoice(
    /** The type. */
    public val type: RelationshipTypeId,
    /** Its name. */
    public val name: String,
    /** What the other side is, seen from here. */
    public val role: String,
    /** Whether this end stands on the from-side. */
    public val isFrom: Boolean,
    /** Type that the other side must have. */
    public val partnerType: TrackedEntityTypeId?,
    /** Program that the other side must be in. */
    public val partnerProgram: ProgramId?,
)

/** What became of making or deleting a relationship. */
public sealed interface RelationshipResult {
    /** The relationship. */
    public val id: RelationshipId

    /** Durably on this device; waits to be sent. */
    public data class Saved(override val id: RelationshipId) : RelationshipResult

    /** Nothing was written. */
    public data class Refused(
        override val id: RelationshipId,
        /** Why. */
        public val problems: List<Reason>,
    ) : RelationshipResult
}

/** A person with everybody who is related, on one screen. */
public data class Family(
    /** Whose family. */
    public val person: PersonId,
    /** What the person is called. */
    public val title: String,
    /** The place. */
    public val organisationUnit: OrganisationUnitId,
    /** The first 200 members. */
    public val members: List<FamilyMember>,
    /** How many there are. */
    public val count: Int,
)

/** One member with what a visitor of the family wants to see at the door. */
public data class FamilyMember(
    /** How it is related, with its card. */
    public val relation: Relationship,
    /** Names of the programs in which it is followed. */
    public val programs: List<String>,
    /** Day of the next planned visit, `yyyy-MM-dd`. */
    public val nextVisit: String?,
    /** Whether that day has passed. */
    public val isOverdue: Boolean,
    /** How its own members are related to it, one step further. */
    public val others: List<Relationship>,
)

internal fun RelationshipEnd.toFfi(): FfiRelationshipEnd = when (this) {
    is RelationshipEnd.OfPerson -> FfiRelationshipEnd.TrackedEntity(id.uid)
    is RelationshipEnd.OfEnrollment -> FfiRelationshipEnd.Enrollment(id.uid)
    is RelationshipEnd.OfEvent -> FfiRelationshipEnd.Event(id.uid)
}

private fun FfiRelationshipEnd.toEnd(): RelationshipEnd = when (this) {
    is FfiRelationshipEnd.TrackedEntity -> RelationshipEnd.OfPerson(PersonId(id))
    is FfiRelationshipEnd.Enrollment -> RelationshipEnd.OfEnrollment(EnrollmentId(id))
    is FfiRelationshipEnd.Event -> RelationshipEnd.OfEvent(EventId(id))
}

private fun FfiRelationshipPartner.toPartner() = RelationshipPartner(
    end = end.toEnd(),
    person = person?.let { PersonId(it) },
    title = title,
    values = values.map { it.toValue() },
    organisationUnitName = organisationUnitName,
    onDevice = onDevice,
)

internal fun RelationshipDetail.toRelationship() = Relationship(
    id = RelationshipId(id),
    type = RelationshipTypeId(relationshipType),
    typeName = typeName,
    from = from.toEnd(),
    to = to.toEnd(),
    role = role,
    partner = partner.toPartner(),
    state = state.toState(),
    outboxId = row,
    refusal = refusal?.toReason(),
)

internal fun RelationshipOption.toChoice() = RelationshipChoice(
    type = RelationshipTypeId(relationshipType),
    name = name,
    role = role,
    isFrom = isFrom,
    partnerType = partnerType?.let { TrackedEntityTypeId(it) },
    partnerProgram = partnerProgram?.let { ProgramId(it) },
)

internal fun RelationshipSaved.toResult(): RelationshipResult = when (saved) {
    true -> RelationshipResult.Saved(RelationshipId(id))
    false -> RelationshipResult.Refused(RelationshipId(id), problems.map { it.toReason() })
}

internal fun FfiFamily.toFamily() = Family(
    person = PersonId(person),
    title = title,
    organisationUnit = OrganisationUnitId(organisationUnit),
    members = members.map { it.toMember() },
    count = count,
)

private fun FfiFamilyMember.toMember() = FamilyMember(
    relation = relation.toRelationship(),
    programs = programs,
    nextVisit = nextVisit,
    isOverdue = isOverdue,
    others = others.map { it.toRelationship() },
)
