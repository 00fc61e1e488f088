package org.outpost.app

import java.time.LocalDate
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.outpost.app.screens.Place
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.ARABIC_TABLET
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.LAST_MONTH
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.id
import org.outpost.app.testing.worker
import org.outpost.sdk.CellEdit
import org.outpost.sdk.DataElementId
import org.outpost.sdk.DataSetId
import org.outpost.sdk.EventId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.ReportKey
import org.outpost.sdk.ReviewSubject
import org.robolectric.RobolectricTestRunner

/** A supervisor on a tablet, and what comes of it on the worker's phone. */
@RunWith(RobolectricTestRunner::class)
class TeamJourneyTest {
    private val server = Sandbox()
    private val mary = Colleague(server)
    private val amina = Colleague(server, AMINA)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(mary).around(amina)

    private val born = LocalDate.now().minusMonths(2).toString()

    @Test
    fun a_record_is_looked_at_sent_back_and_the_team_is_seen() {
        server.put(
            "/api/dataStore/outpost/targets",
            """{"targets":[{"id":"growth","name":"Growth visits","programIndicator":"PiGrowthVis",
                "periodType":"Yearly","value":12,"users":["mary","amina"]}]}""",
        )
        val birth = mary.work { session ->
            sync(session)
            birth(session, "Rabi", born).also { sync(session) }
        }
        Screen.qualifiers(TABLET)
        val screen = worker(server, AMINA)
        screen.assertShows("Team")
        screen.tap(screen.row(Place.REVIEW.name))
        screen.picture("39-review-tablet")
        screen.tap(screen.saying("Rabi Okello"))
        screen.assertShows("Birth weight (g)")
        screen.assertShows("900")
        screen.picture("39-review-one-tablet")
        screen.tap("Send back")
        screen.typeInDialog("Weigh again")
        screen.picture("39-review-why-tablet")
        screen.answerDialog()
        screen.tap("Send now")
        val reason = mary.work { session ->
            sync(session)
            session.review.tasks().items.single { it.subject == ReviewSubject.OfEvent(EventId(birth)) }.review.reason
        }
        assertEquals("Weigh again", reason)
        screen.tap(screen.rowBeside(Place.TEAM.name))
        screen.picture("38-team-tablet")
        screen.tap(screen.rowBeside(Place.GOALS.name))
        screen.assertShows("Growth visits")
        screen.assertSays("0 of 12")
        screen.picture("41-targets-tablet")
        screen.tap(screen.rowBeside(Place.APPROVAL.name))
        screen.assertShows("No finished report here.")
    }

    @Test
    fun what_was_sent_back_is_corrected_and_answered_on_the_phone() {
        Screen.qualifiers(PHONE)
        val birth = mary.work { session ->
            sync(session)
            birth(session, "Rabi", born).also { sync(session) }
        }
        amina.work { session ->
            sync(session)
            session.review.sendBack(ReviewSubject.OfEvent(EventId(birth)), "Weigh again")
            sync(session)
        }
        val screen = worker(server)
        screen.tap("1 form was sent back")
        screen.assertSays("Weigh again")
        screen.picture("25-sent-back-phone")
        screen.tap(screen.firstRow())
        screen.picture("25-sent-back-one-phone")
        screen.tap("Open the form")
        screen.answer("Birth weight (g)", "2900")
        screen.back()
        screen.tap("It is corrected")
        screen.typeInDialog("weighed")
        screen.answerDialog()
        repeat(2) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        val events = server.tracker("events", "PrChildHeal")
        assertTrue(events, "\"2900\"" in events)
        val stage = amina.work { session ->
            sync(session)
            session.review.of(ReviewSubject.OfEvent(EventId(birth))).stage.name
        }
        assertEquals("CORRECTED", stage)
    }

    /** Reports of clinics are approved from now on, and Amina may. */
    private fun beginApprovals() {
        server.put(
            "/api/metadata",
            """{"dataApprovalLevels":[{"id":"LvClinic000","name":"Clinic","level":1,"orgUnitLevel":3}],
                "dataApprovalWorkflows":[{"id":"WfMonthly00","name":"Monthly","periodType":"Monthly",
                "dataApprovalLevels":[{"id":"LvClinic000"}]}]}""",
        )
        server.patch(
            "/api/dataSets/DsMonthly00", """[{"op":"add","path":"/workflow","value":{"id":"WfMonthly00"}}]""",
        )
        val found = server.get("/api/users/${server.idOf(AMINA)}?fields=userRoles[id]")
        val role = checkNotNull(Regex("\"(\\w{11})\"").find(found)) { found }.groupValues[1]
        server.patch(
            "/api/userRoles/$role",
            """[{"op":"add","path":"/authorities",
                "value":["F_DATAVALUE_ADD","F_DATAVALUE_DELETE","F_APPROVE_DATA_LOWER_LEVELS"]}]""",
        )
    }

    @Test
    fun a_finished_report_is_looked_at_and_approved_and_its_clinic_can_change_it_no_more() {
        beginApprovals()
        val report = ReportKey(DataSetId("DsMonthly00"), LAST_MONTH.id, OrganisationUnitId("OuClinicAaa"))
        mary.work { session ->
            sync(session)
            session.saveCells(report, listOf(CellEdit.Value(DataElementId("DeStockAct0"), "40")))
            session.completeReport(report)
            sync(session)
        }
        Screen.qualifiers(TABLET)
        val screen = worker(server, AMINA)
        screen.tap(screen.row(Place.APPROVAL.name))
        screen.assertSays("Clinic A")
        screen.picture("40-approval-tablet")
        screen.tap(screen.saying("Clinic A"))
        screen.assertShows("Waits for approval.")
        screen.assertShows("After approval nobody can edit.")
        screen.picture("40-approval-one-tablet")
        screen.tap("Look at the report")
        screen.assertSays("1 of 3 answered")
        screen.back()
        screen.tap("Approve")
        screen.assertSays("Approved by amina")
        screen.dieAndReturn(ARABIC_TABLET)
        screen.picture("40-approved-tablet-ar")
        screen.dieAndReturn(TABLET)
        val refused = mary.work { session ->
            sync(session)
            session.saveCells(report, listOf(CellEdit.Value(DataElementId("DeStockAct0"), "41"))).refused.size
        }
        assertEquals(1, refused)
        screen.tap("Take approval back")
        screen.assertShows("Waits for approval.")
        server.stop()
        screen.tap("Approve")
        assertTrue(screen.dialogSays, screen.dialogSays.isNotBlank())
    }
}
