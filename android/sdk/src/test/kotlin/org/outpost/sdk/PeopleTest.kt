package org.outpost.sdk

import java.time.LocalDate
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.BORN
import org.outpost.sdk.testing.CHILD_HEALTH
import org.outpost.sdk.testing.CHILD_SEX
import org.outpost.sdk.testing.CLINIC
import org.outpost.sdk.testing.FAMILY_NAME
import org.outpost.sdk.testing.GIVEN_NAME
import org.outpost.sdk.testing.GROWTH
import org.outpost.sdk.testing.HOUSEHOLD
import org.outpost.sdk.testing.MEMBER
import org.outpost.sdk.testing.NURSE
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.VILLAGE
import org.outpost.sdk.testing.VISIT
import org.outpost.sdk.testing.alsoSpeaks
import org.outpost.sdk.testing.child
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.month
import org.outpost.sdk.testing.nurse
import org.outpost.sdk.testing.syncNow
import org.outpost.sdk.testing.thrown

/** People, visits and review on the real core, against the real sandbox. */
class PeopleTest {
    private fun work(test: suspend (Session) -> Unit) = runBlocking {
        Outpost.open(folder("home")).use { outpost -> nurse(sandbox, outpost).use { test(it) } }
    }

    private fun day(ahead: Long): String = LocalDate.now().plusDays(ahead).toString()

    private suspend fun Session.syncAll() {
        val report = syncNow().report
        assertEquals("$report", 0, report.refused)
    }

    @After
    fun heal() {
        // A test that failed without network leaves it so.
        sandbox.stop()
        sandbox.start()
    }

    @Test
    fun `a household is captured offline and seen on a second device`() = work { session ->
        val programs = session.people.programs().items
        assertEquals(listOf("Child health", "Household"), programs.map { it.name })
        assertEquals(ProgramAccess.PROTECTED, programs[0].access)
        assertTrue(programs.all { it.writable })
        assertTrue(session.forms().items.none { form -> programs.any { it.id == form.id } })

        sandbox.stop()
        val house = session.people.openNew(HOUSEHOLD, CLINIC).use { form ->
            assertTrue(form.isNewPerson && form.isNewEnrollment)
            val refused = form.save() as PersonResult.Refused
            assertTrue("$refused", refused.problems.any { it.name == "Village" })
            val state = form.setValue(VILLAGE, "Riverside")
            assertEquals("Riverside", state.field(VILLAGE)?.value)
            assertEquals(CLINIC, state.enrollment?.organisationUnit)
            form.setPersonGeometry("""{"type":"Point","coordinates":[7.5,9.1]}""")
            form.save() as PersonResult.Saved
        }
        assertTrue("$house", house.generated.all { it.value.isNotBlank() })
        val child = session.child("Halima", "Riverside")
        val ends = RelationshipEnd.OfPerson(house.person) to RelationshipEnd.OfPerson(child.person)
        val wrong = session.people.relate(MEMBER, ends.second, ends.first)
        assertEquals("E4014", (wrong as RelationshipResult.Refused).problems.first().code)
        val related = session.people.relate(MEMBER, ends.first, ends.second)
        assertTrue("$related", related is RelationshipResult.Saved)
        val choices = session.people.relationshipChoices(ends.first)
        assertTrue("$choices", choices.any { it.type == MEMBER && it.isFrom })

        val records = session.outbox().items
        assertTrue(records.any { it.record == OutboxRecord.Person(house.person) })
        assertTrue(
            records.any { (it.record as? OutboxRecord.Enrollment)?.id == child.enrollment },
        )
        assertTrue(records.any { it.record is OutboxRecord.Relationship })
        assertTrue(records.any { it.personTitle == "Halima Riverside" })
        // What has a number of this device only waits for the server's.
        val waits = session.people.waiting()
        assertEquals("$waits", records.size.toLong(), waits.waiting + waits.held)
        sandbox.start()
        session.syncAll()
        assertTrue(session.status().allSent)
        val stored = session.people.person(house.person)
        assertEquals(TravelState.SENT, stored.state)
        assertTrue("$stored", stored.attributes.none { it.isTemporary })

        work { other ->
            other.syncAll()
            val family = other.people.family(house.person)
            val member = family.members.single()
            assertEquals("Halima Riverside", member.relation.partner.title)
            assertEquals("has member", member.relation.role)
            assertEquals(listOf("Child health"), member.programs)
            assertNotNull(member.nextVisit)
            val seen = other.people.person(child.person)
            assertEquals(1, seen.relationshipCount)
            assertEquals("Halima", seen.valueOf(GIVEN_NAME))
            assertEquals(1, other.people.relationships(ends.second).items.size)
        }
    }

    @Test
    fun `visits are filled in, planned, moved, skipped, and an enrolment ends`() = work { session ->
        val child = session.child("Vera", "Visits")
        val enrollment = checkNotNull(child.enrollment)
        session.openEvent(CHILD_HEALTH, checkNotNull(child.opens)).use { form ->
            assertEquals(enrollment, form.enrollment)
            form.setValue(form.form.sections.first().fields.first().dataElement, "3200")
            val completed = form.complete()
            assertTrue("$completed", completed is EventResult.Saved && completed.completed)
        }
        val event = session.event(child.opens!!).event
        assertEquals(child.person, event.person)
        assertTrue(session.saveEvent(event.copy(followUp = true)) is EventResult.Saved)
        assertEquals(enrollment, session.event(event.id).event.enrollment)

        val planned = session.visits.schedule(enrollment, GROWTH, day(50)) as EventResult.Saved
        assertTrue(session.visits.reschedule(planned.id, day(60)) is EventResult.Saved)
        assertTrue(session.visits.addNote(planned.id, "the road is bad") is EventResult.Saved)
        val bad = thrown<OutpostException.InvalidInput> {
            session.visits.reschedule(planned.id, "tomorrow")
        }
        bad.alsoSpeaks()
        assertTrue(session.visits.skip(planned.id) is EventResult.Saved)
        val growth = session.people.person(child.person).enrollments.single().stages
            .single { it.stage == GROWTH }
        val skipped = growth.visits.single { it.id == planned.id }
        assertEquals(EventStatus.SKIPPED, skipped.status)
        assertEquals(day(60), skipped.scheduledAt?.take(10))

        session.visits.openNew(enrollment, GROWTH).use { form ->
            assertEquals(CLINIC, form.organisationUnit)
            form.setFollowUp(true)
            assertEquals(true, form.state.value.followUp)
            form.saveDraft()
        }
        assertEquals(1, session.drafts(CHILD_HEALTH).size)
        assertTrue(session.people.completeEnrollment(enrollment) is PersonResult.Saved)
        val forbidden = thrown<OutpostException> { session.visits.openNew(enrollment, GROWTH) }
        forbidden.alsoSpeaks()
        assertTrue(session.people.reopenEnrollment(enrollment) is PersonResult.Saved)
        assertTrue(session.people.addNote(enrollment, "moved back") is PersonResult.Saved)
        session.syncAll()
    }

    @Test
    fun `people are found here and on the server, each once`() = work { session ->
        val child = session.child("Zubaida", "Search")
        session.syncAll()
        work { other ->
            val query = PersonQuery(CHILD_HEALTH, search = "zubai")
            assertEquals(0, other.people.list(query).items.size)
            val found = other.people.search(query)
            assertNull(found.offlineBecause)
            assertEquals(listOf(child.person to false), found.items.map { it.id to it.onDevice })
            val fetched = other.people.fetch(child.person, CHILD_HEALTH)
            assertEquals(1L to 2L, fetched.enrollments to fetched.visits)
            assertEquals(listOf(true), other.people.search(query).items.map { it.onDevice })
            val exact = AttributeCondition(FAMILY_NAME, "search", Comparison.EQUAL)
            val listed = other.people.list(query.copy(search = null, attributes = listOf(exact)))
            assertEquals(listOf("Zubaida Search"), listed.items.map { it.title })
            val layout = other.people.layout(CHILD_HEALTH)
            assertTrue(layout.columns.any { it.attribute == GIVEN_NAME && it.searchable })
            sandbox.stop()
            val offline = other.people.search(query)
            assertNotNull(offline.offlineBecause)
            assertEquals(1, offline.items.size)
            thrown<OutpostException.Offline> { other.people.searchOnline(query) }.alsoSpeaks()
            sandbox.start()
        }
    }

    @Test
    fun `somebody alike is named, and a draft is gone on with`() = work { session ->
        val child = session.child("Amina", "Bello")
        val person = session.people.openNew(CHILD_HEALTH, CLINIC).use { form ->
            form.setValue(GIVEN_NAME, "amina")
            form.setValue(FAMILY_NAME, "BELLO")
            form.setValue(CHILD_SEX, "F")
            assertEquals("a name and a sex are not enough", 0, form.duplicates().size)
            form.setValue(BORN, "${month(1)}-03")
            val doubles = form.duplicates()
            assertEquals("$doubles", listOf(child.person), doubles.map { it.person.id })
            val double = doubles.single()
            assertTrue("$double", double.score in 1..100 && double.reasons.isNotEmpty())
            form.setValue(CHILD_SEX, "nobody")
            assertNotNull(form.state.value.field(CHILD_SEX)?.problem)
            form.saveDraft()
            form.person
        }
        assertEquals(person.uid, session.people.drafts(CHILD_HEALTH).single().key)
        session.people.openDraft(CHILD_HEALTH, person).use { form ->
            assertEquals("amina", form.state.value.field(GIVEN_NAME)?.value)
            assertEquals("nobody", form.state.value.field(CHILD_SEX)?.value)
        }
        session.people.deleteDraft(CHILD_HEALTH, person)
        assertEquals(0, session.people.drafts(CHILD_HEALTH).size)
        session.syncAll()
    }

    @Test
    fun `a likely double is marked on the server, or kept apart`() = work { session ->
        val one = session.child("Safiya", "Danjuma").person
        val other = session.child("Danjuma", "Safiyah").person
        session.child("Grace", "Okoro")
        val query = DuplicateQuery(CHILD_HEALTH)
        suspend fun pairs() = session.people.duplicates(query).page.items
            .filter { setOf(it.a.id, it.b.id) == setOf(one, other) }

        val found = session.people.duplicates(query)
        assertEquals(3L to false, found.compared to found.notCompared)
        assertEquals(0L to 0L, found.common to found.leftOut)
        assertNull(found.page.next)
        assertEquals(pairs(), found.page.items)
        val pair = found.page.items.single()
        assertTrue("$pair", pair.score in 1..100 && !pair.isCertain)
        assertTrue("$pair", "the same date of birth" in pair.reasons)
        val elsewhere = query.copy(organisationUnit = OrganisationUnitId("OuClinicBbb"))
        assertEquals(0L, session.people.duplicates(elsewhere).compared)

        val early = thrown<OutpostException.InvalidInput> {
            session.people.markDuplicates(one, other)
        }
        early.alsoSpeaks()
        assertEquals("not_on_server", early.code)
        session.syncAll()
        session.people.markDuplicates(one, other)
        session.people.markDuplicates(other, one)
        val marked = sandbox.get("/api/potentialDuplicates")
        assertTrue(marked, one.uid in marked && other.uid in marked)

        assertEquals("marking leaves it to a person here", 1, pairs().size)
        thrown<OutpostException.InvalidInput> { session.people.keepApart(one, other, " ") }
        thrown<OutpostException.InvalidInput> { session.people.keepApart(one, one, "sisters") }
        session.people.keepApart(other, one, "sisters")
        assertEquals(0, pairs().size)
        assertEquals("Safiya Danjuma", session.people.person(one).title)
        sandbox.stop()
        thrown<OutpostException.Offline> { session.people.markDuplicates(one, other) }.alsoSpeaks()
    }

    @Test
    fun `a place outside one's own area is looked up once and then known`() {
        nurseWorksAt(CLINIC.uid)
        try {
            work { session -> refersElsewhere(session) }
        } finally {
            sandbox.stop()
            sandbox.start()
            nurseWorksAt("OuDistrictN")
        }
    }

    private fun nurseWorksAt(unit: String) {
        val found = sandbox.get("/api/users?filter=username:eq:$NURSE&fields=id")
        val id = checkNotNull(Regex("\"id\":\\s*\"(\\w{11})\"").find(found)).groupValues[1]
        sandbox.patch(
            "/api/users/$id",
            """[{"op":"add","path":"/organisationUnits","value":[{"id":"$unit"}]}]""",
        )
    }

    private suspend fun refersElsewhere(session: Session) {
        val there = OrganisationUnitId("OuClinicBbb")
        val child = session.child("Ruth", "Referral")
        assertEquals(listOf("Clinic A"), session.organisationUnits().items.map { it.name })
        val places = session.searchPlaces("clinic")
        assertEquals(listOf("Clinic A", "Clinic B", "Clinic C"), places.map { it.name }.sorted())
        assertEquals("LOW-N-2", places.single { it.id == there }.code)
        thrown<OutpostException.NotFound> { session.findPlace("Clinic X") }.alsoSpeaks()
        thrown<OutpostException.InvalidInput> { session.searchPlaces(" ") }.alsoSpeaks()

        sandbox.stop()
        assertEquals(there, session.findPlace("Clinic B"))
        assertEquals(CLINIC, session.findPlace(CLINIC.uid))
        thrown<OutpostException.Offline> { session.findPlace("Clinic X") }.alsoSpeaks()
        thrown<OutpostException.Offline> { session.searchPlaces("clinic") }.alsoSpeaks()
        val enrollment = checkNotNull(child.enrollment)
        val referred = session.visits.refer(enrollment, GROWTH, there, day(9), now = false)
        assertTrue("$referred", referred is EventResult.Saved)
        val problems = session.people.checkTransfer(child.person, CHILD_HEALTH, there)
        assertTrue("$problems", problems.none { it.blocksSending })
        sandbox.start()
        session.syncAll()
        val sent = sandbox.get("/api/tracker/events/${(referred as EventResult.Saved).id.uid}")
        assertTrue(sent, there.uid in sent)
    }

    @Test
    fun `a refused person holds its visits until it is corrected`() = work { session ->
        session.child("Only", "Once")
        session.syncAll()
        sandbox.patch(
            "/api/trackedEntityAttributes/TaFamilyNam",
            """[{"op":"add","path":"/unique","value":true}]""",
        )
        try {
            val child = sendTaken(session)
            val waiting = session.people.waiting()
            assertEquals("$waiting", 1L, waiting.refused)
            assertTrue("$waiting", waiting.held >= 3)
            val held = session.outbox(TravelState.HELD).items
            assertTrue(held.all { it.person == child.person })
            val refused = session.people.person(child.person)
            assertEquals(TravelState.REFUSED, refused.state)
            assertEquals("E1064", refused.refusal?.code)
            assertEquals("Family name", refused.refusedField)
            session.people.open(CHILD_HEALTH, child.person, CLINIC).use { form ->
                assertTrue(!form.isNewPerson && !form.isNewEnrollment)
                form.setValue(FAMILY_NAME, "Twice over")
                assertTrue(form.save() is PersonResult.Saved)
            }
            session.syncAll()
            assertTrue(session.status().allSent)
        } finally {
            sandbox.patch(
                "/api/trackedEntityAttributes/TaFamilyNam",
                """[{"op":"add","path":"/unique","value":false}]""",
            )
        }
    }

    /** A child whose family name somebody has, sent without knowing that names are unique now. */
    private suspend fun sendTaken(session: Session): PersonResult.Saved {
        val child = session.child("Second", "Once")
        val report = session.syncNow(SyncParts(metadata = false, download = false)).report
        assertEquals("$report", 1, report.refused)
        return child
    }

    @Test
    fun `what was sent back is a task until it is corrected and approved`() = work { session ->
        val child = session.child("Rabi", "Review")
        val birth = checkNotNull(child.opens)
        val weight = session.openEvent(CHILD_HEALTH, birth).use { form ->
            val question = form.form.sections.first().fields.first().dataElement
            form.setValue(question, "3200")
            assertTrue(form.complete() is EventResult.Saved)
            question
        }
        session.syncAll()
        val subject = ReviewSubject.OfEvent(birth)
        work { supervisor ->
            supervisor.syncAll()
            val query = ReviewQuery(
                CHILD_HEALTH, stages = setOf(ReviewStage.NEW), completedOnly = true,
            )
            val item = supervisor.review.list(query).items.single { it.subject == subject }
            assertEquals("Rabi Review", item.personTitle)
            thrown<OutpostException.InvalidInput> { supervisor.review.sendBack(subject, " ") }
            val sent = supervisor.review.sendBack(subject, "Weigh again")
            assertEquals(ReviewStage.SENT_BACK, sent.stage)
            supervisor.syncAll()

            session.syncAll()
            val task = session.review.tasks().items.single { it.subject == subject }
            assertEquals("Weigh again", task.review.reason)
            session.openEvent(CHILD_HEALTH, birth).use { form ->
                form.setValue(weight, "3100")
                assertTrue(form.save() is EventResult.Saved)
            }
            val answered = session.review.answerCorrected(subject, "weighed")
            assertEquals(ReviewStage.CORRECTED, answered.stage)
            assertEquals(0, session.review.tasks().items.size)
            session.syncAll()

            supervisor.syncAll()
            assertEquals(ReviewStage.CORRECTED, supervisor.review.of(subject).stage)
            assertEquals(ReviewStage.APPROVED, supervisor.review.approve(subject).stage)
            supervisor.syncAll()
        }
    }

    @Test
    fun `two changes of one name wait for a decision`() = work { session ->
        val child = session.child("Amira", "Conflict")
        session.syncAll()
        val theirs = """{"trackedEntities":[{"trackedEntity":"${child.person.uid}",
            "trackedEntityType":"TtPerson000","orgUnit":"${CLINIC.uid}",
            "attributes":[{"attribute":"TaGivenName","value":"Aminata"},
            {"attribute":"TaFamilyNam","value":"Conflict"}]}]}"""
        sandbox.post("/api/tracker?async=false", theirs)
        session.people.open(CHILD_HEALTH, child.person, CLINIC).use { form ->
            form.setValue(GIVEN_NAME, "Amara")
            assertTrue(form.save() is PersonResult.Saved)
        }
        assertEquals(1, session.syncNow().report.conflicts)
        val conflict = session.conflicts().items.single()
        assertEquals(OutboxRecord.Person(child.person), conflict.item.record)
        val field = conflict.fields.single()
        assertEquals("Given name", field.name)
        assertEquals(listOf("Amara", "Aminata"), listOf(field.mine, field.theirs))
        session.resolve(conflict.item.id, ConflictChoice.Mine, "asked the mother")
        session.syncAll()
        assertEquals("Amara", session.people.person(child.person).valueOf(GIVEN_NAME))
    }

    @Test
    fun `a file is added, read and sent`() = work { session ->
        val picture = byteArrayOf(-119, 80, 78, 71, 1, 2, 3)
        val added = session.files.add("scale.png", "image/png", picture)
        assertEquals(TravelState.WAITING, added.state)
        assertTrue(picture.contentEquals(session.files.content(added.id)))
        val source = folder("files").resolve("a.png").apply { writeBytes(picture + 4) }
        val second = session.files.add(source, "image/png")
        assertEquals("a.png" to picture.size + 1L, second.name to second.bytes)
        assertNotEquals(added.id, second.id)
        val copy = source.resolveSibling("b.png")
        assertTrue(session.files.copy(second.id, copy))
        assertTrue((picture + 4).contentEquals(copy.readBytes()))
        val missing = source.resolveSibling("none.png")
        thrown<OutpostException.InvalidInput> { session.files.add(missing, "image/png") }
        thrown<OutpostException.InvalidInput> {
            session.files.add("a.exe", "application/octet-stream", picture)
        }
        assertTrue(session.outbox().items.any { it.record == OutboxRecord.File(added.id) })
        session.syncAll()
        assertEquals(TravelState.SENT, session.files.info(added.id).state)
    }

    @Test
    fun `there is room, and figures over local data`() = work { session ->
        val child = session.child("Rumi", "Room")
        val plan = session.room.purgePlan()
        assertEquals(0L, plan.leaving)
        assertTrue("$plan", plan.unsent >= 1)
        thrown<OutpostException.InvalidInput> { session.room.purge(PurgeRules(), false) }
        thrown<OutpostException.InvalidInput> { session.room.purgePlan(PurgeRules(-1)) }
        val setting = session.room.downloadSetting(CHILD_HEALTH).copy(onlyActive = true)
        session.room.saveDownloadSetting(setting)
        assertEquals(setting, session.room.downloadSetting(CHILD_HEALTH))
        val list = session.room.saveWorkingList(WorkingList("", CHILD_HEALTH, "Late", "{}"))
        assertEquals(listOf(list), session.room.workingLists(CHILD_HEALTH).items)
        assertTrue(session.room.removeWorkingList(list.id))
        session.syncAll()
        assertTrue(session.room.reservedValues().items.any { it.free > 0 })
        assertEquals(PersonAccess.OPEN, session.people.access(child.person, CHILD_HEALTH))
        thrown<OutpostException.InvalidInput> {
            session.people.breakTheGlass(child.person, CHILD_HEALTH, "help")
        }

        assertEquals(0, session.review.targets().items.size)
        session.review.team()
        val indicators = session.figures.indicators().items
        assertTrue(indicators.isNotEmpty())
        val query = IndicatorQuery(
            IndicatorChoice.These(listOf(indicators.first().uid)),
            listOf("LAST_3_MONTHS"), listOf(CLINIC), byPeriod = true,
        )
        assertEquals(3, session.figures.values(query).items.size)
        val rules = ValidationQuery(DataSetId("DsMonthly00"), listOf("LAST_3_MONTHS"))
        assertEquals(0, session.figures.violations(rules).items.size)
    }

    private inline fun <reified E : OutpostException> check(
        noinline call: suspend (Session) -> Unit,
    ): E = runBlocking {
        lateinit var failed: E
        Outpost.open(folder("home")).use { outpost ->
            nurse(sandbox, outpost).use { session ->
                failed = thrown<E> { call(session) }
                assertEquals(0, session.status().unsent)
            }
        }
        failed.alsoSpeaks()
        assertTrue("a short text", failed.message.length < 1_000)
        failed
    }

    @Test
    fun `whatever is given, the answer is a typed exception`() {
        val bad = "x'; --"
        val giant = "9".repeat(8_000_000)
        val named = listOf(
            check<OutpostException.InvalidInput> { it.people.person(PersonId(bad)) }.field,
            check<OutpostException.InvalidInput> { it.people.layout(ProgramId(giant)) }.field,
            check<OutpostException.InvalidInput> { it.visits.skip(EventId("")) }.field,
            check<OutpostException.InvalidInput> { it.files.content(FileId(bad)) }.field,
            check<OutpostException.InvalidInput> {
                it.people.completeEnrollment(EnrollmentId(bad))
            }.field,
        )
        assertEquals(listOf("person", "program", "event", "file", "enrollment"), named)
        check<OutpostException.InvalidInput> {
            it.people.duplicates(DuplicateQuery(CHILD_HEALTH), PageToken(Place.Offset(3)))
        }
        check<OutpostException> { it.findPlace(giant) }
        val nothing = PersonId("AAAAAAAAAAA")
        check<OutpostException.NotFound> {
            it.people.keepApart(nothing, PersonId("AAAAAAAAAAB"), "sisters")
        }
        check<OutpostException.NotFound> { it.people.person(nothing) }
        check<OutpostException.NotFound> { it.people.openDraft(CHILD_HEALTH, nothing) }
        check<OutpostException.NotFound> {
            it.people.openNew(CHILD_HEALTH, OrganisationUnitId("AAAAAAAAAAA"))
        }
        check<OutpostException> { it.people.openNew(VISIT, CLINIC) }
        check<OutpostException.InvalidInput> {
            it.people.list(PersonQuery(CHILD_HEALTH), PageToken(Place.Offset(3)))
        }
        check<OutpostException.InvalidInput> {
            it.figures.indicators(IndicatorChoice.These(List(201) { "AAAAAAAAAAA" }))
        }
        check<OutpostException> { session ->
            session.people.openNew(CHILD_HEALTH, CLINIC).use { form ->
                form.setValue(GIVEN_NAME, giant)
                assertTrue(form.save() is PersonResult.Refused)
                form.setOccurredAt("${month(1)}-99")
                assertTrue(form.save() is PersonResult.Refused)
                form.setValue(AttributeId("AAAAAAAAAAA"), "1")
            }
        }
    }

    companion object {
        private lateinit var sandbox: Sandbox

        @BeforeClass
        @JvmStatic
        fun start() {
            sandbox = Sandbox()
        }

        @AfterClass
        @JvmStatic
        fun stop() {
            sandbox.close()
        }
    }
}
