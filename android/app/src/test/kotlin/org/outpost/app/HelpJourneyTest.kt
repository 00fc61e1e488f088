package org.outpost.app

import android.content.Intent
import android.widget.EditText
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.outpost.app.model.NewRecord
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.ARABIC_PHONE
import org.outpost.app.testing.ARABIC_TABLET
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.rollOut
import org.outpost.app.testing.worker
import org.outpost.sdk.NewSupportRequest
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.SupportState
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** Somebody in the field who needs help, with the phone and without network. */
@RunWith(RobolectricTestRunner::class)
class HelpJourneyTest {
    private val server = Sandbox()
    private val amina = Colleague(server, AMINA)
    private val mary = Colleague(server)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(amina).around(mary)

    /** Mary with a phone that was told whom to call: that comes with the second synchronisation. */
    private fun helped(): Screen<MainActivity> {
        Screen.qualifiers(PHONE)
        return worker(server).apply { tap("Send now") }
    }

    @Test
    fun a_request_is_filed_offline_synced_acknowledged_by_the_supervisor_and_seen_on_the_phone() {
        server.rollOut()
        val screen = helped()
        server.stop()
        screen.tap(screen.row(Place.HELP.name))
        screen.assertShows("Your helper: Amina N.")
        screen.picture("33-help-phone")
        screen.tap("Report a problem")
        screen.tap("My records are not sent, not chosen")
        screen.assertShows("Maybe this helps")
        screen.picture("33-report-1-phone")
        screen.tap("Next")
        screen.typeIn("More, if you like", "Since Monday")
        screen.dieAndReturn()
        val typed = (screen.box("More, if you like") as EditText).text.toString()
        assertEquals("what was typed survives", "Since Monday", typed)
        screen.picture("33-report-2-phone")
        screen.tap("Next")
        screen.picture("33-report-3-phone")
        screen.tap("Save the request")
        screen.assertShows("Saved. Amina N. gets it when you connect.")
        screen.picture("33-report-saved-phone")
        screen.tap("My requests")
        screen.assertShows("The team does not have it yet.")
        server.start()
        repeat(3) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        amina.work { session ->
            sync(session)
            val request = session.support.queue().items.single()
            assertEquals("My records are not sent", request.title)
            session.support.acknowledge(request.id)
            session.support.waitForUser(request.id, "Which form?")
            sync(session)
        }
        screen.tap("Send now")
        screen.assertShows("1 request waits for your answer")
        screen.tap(screen.row(Place.HELP.name))
        screen.tap(screen.saying("My records are not sent. Waits for your answer"))
        screen.assertSays("The team has it since today")
        screen.assertSays("Made ")
        screen.assertShows("Which form?")
        screen.picture("33-request-phone")
        screen.dieAndReturn(ARABIC_PHONE)
        screen.assertShows("Which form?")
        screen.picture("33-request-phone-ar")
        screen.dieAndReturn(PHONE)
        screen.tap("Reply")
        screen.typeInDialog("The monthly one")
        screen.answerDialog()
        screen.assertShows("The monthly one")
        repeat(3) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        val state = amina.work { session ->
            sync(session)
            session.support.queue().items.single().state
        }
        assertEquals(SupportState.ACKNOWLEDGED, state)
    }

    @Test
    fun the_supervisor_takes_asks_and_hands_on_a_request_and_its_user_hears_of_it() {
        server.rollOut()
        val id = mary.work { session ->
            sync(session)
            val new = NewSupportRequest(OrganisationUnitId("OuClinicAaa"), "Nothing is sent", problem = "NOT_SENDING")
            checkNotNull(session.support.file(new).request).summary.id.also { sync(session) }
        }
        Screen.qualifiers(TABLET)
        val screen = worker(server, AMINA)
        screen.tap(screen.row(Place.SUPPORT.name))
        screen.assertSays("Time to answer: until ")
        screen.picture("47-queue-tablet")
        screen.tap(screen.saying("Nothing is sent"))
        screen.tap("I take care of it")
        screen.assertShows("Answered in time.")
        screen.tap("Reply")
        screen.typeInDialog("I come at noon")
        screen.answerDialog()
        screen.picture("47-request-tablet")
        screen.dieAndReturn(ARABIC_TABLET)
        screen.assertShows("I come at noon")
        screen.picture("47-request-tablet-ar")
        screen.dieAndReturn(TABLET)
        screen.tap("Hand to a higher tier")
        screen.choose("To tier 2")
        screen.answerDialog()
        assertEquals("no reason, no step", "Say why, in a word or two.", screen.dialogSays)
        screen.answerDialog()
        screen.tap("Hand to a higher tier")
        screen.choose("To tier 2")
        screen.typeInDialog("needs a new account")
        screen.answerDialog()
        screen.assertShows("Now with: District officer")
        screen.assertShows("No open requests. Well done.")
        screen.tap("It is solved")
        screen.typeInDialog("new account")
        screen.answerDialog()
        screen.tap("Send now")
        val heard = mary.work { session ->
            sync(session)
            session.support.request(id)
        }
        assertEquals(SupportState.RESOLVED, heard.summary.state)
        assertEquals(listOf("ACKNOWLEDGE", "REPLY", "ESCALATE", "RESOLVE"), heard.steps.map { it.kind })
    }

    @Test
    fun a_tier_that_is_not_there_is_said_in_words_and_on_a_phone_the_queue_is_a_list() {
        server.rollOut()
        mary.work { session ->
            sync(session)
            val clinic = OrganisationUnitId("OuClinicAaa")
            session.support.file(NewSupportRequest(clinic, "Nothing is sent", isUrgent = true))
            sync(session)
        }
        Screen.qualifiers(PHONE)
        val screen = worker(server, AMINA)
        screen.tap(screen.row(Place.SUPPORT.name))
        screen.assertSays("Work stands still")
        screen.picture("47-queue-phone")
        screen.tap(screen.firstRow())
        screen.tap("Ask the user")
        screen.typeInDialog("Which form?")
        screen.answerDialog()
        screen.assertShows("The clock stands still until the answer.")
        repeat(2) { to ->
            screen.tap("Hand to a higher tier")
            screen.choose(if (to == 0) "To tier 3, past tier 2" else "To tier 4")
            screen.typeInDialog("a server matter")
            screen.answerDialog()
        }
        assertEquals("There is no higher tier.", screen.dialogSays)
    }

    @Test
    fun the_phone_tells_which_one_it_is_and_a_call_and_a_letter_go_to_the_helper() {
        server.rollOut("0001")
        val screen = helped()
        screen.tap(screen.row(Place.HELP.name))
        screen.tap(screen.row(Place.PHONE.name))
        screen.assertShows("Which phone is this?")
        screen.typeIn("Number or label", "9999")
        screen.tap("Go on")
        assertEquals("No such phone in the list. Check the number.", screen.dialogSays)
        screen.answerDialog()
        screen.typeIn("Number or label", "R58N0001")
        screen.tap("Go on")
        screen.assertShows("Phone 0001")
        screen.picture("32-my-phone")
        screen.tap("Call 0772555010")
        val call = shadowOf(screen.activity).nextStartedActivityForResult.intent
        assertEquals(Intent.ACTION_DIAL, call.action)
        screen.back()
        screen.tap("Write an e-mail")
        val letter = shadowOf(screen.activity).nextStartedActivityForResult.intent
        assertEquals(Intent.ACTION_SENDTO, letter.action)
        assertTrue(letter.dataString.orEmpty().startsWith("mailto:amina%40example.org"))
        val told = runBlocking { TestApplication.now.port.help.aboutPhone() }
        assertFalse("nothing about people", "mary" in told.lowercase())
    }

    @Test
    fun a_refused_record_leads_to_a_request_that_carries_its_code_and_no_value() {
        server.rollOut()
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        server.takeOnlyWholeNumbers("DeEvTemp000")
        runBlocking {
            val port = TestApplication.now.port
            val split = port.splits("PrFeverVisi").first().value
            val key = port.newRecord("PrFeverVisi", NewRecord("OuClinicAaa", null, split))
            for ((question, value) in listOf("DeEvAge0000" to "4", "DeEvSex0000" to "F", "DeEvTemp000" to "39.5")) {
                port.setValue(key, question, value)
            }
            port.finish(key)
        }
        screen.tap("Send now")
        screen.tap(screen.row("outbox"))
        screen.tap(screen.firstRow())
        screen.tap("Report a problem")
        screen.tap("Next")
        screen.tap("Save the request")
        screen.assertSays("Saved. ")
        screen.tap("Close")
        repeat(3) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        val request = server.tracker("trackedEntities", "RoSupProgrm")
        assertTrue("RECORD_REFUSED" in request)
        assertFalse("no value of a person", "39.5" in request)
    }

    @Test
    fun without_the_roll_out_there_are_answers_and_no_requests() {
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        screen.tap(screen.row(Place.HELP.name))
        screen.assertShows("This server takes no requests. Call your helper.")
        assertFalse(screen.shows("Report a problem"))
        screen.tap(screen.saying("There is no network"))
        screen.assertSays("Work on as usual.")
    }
}
