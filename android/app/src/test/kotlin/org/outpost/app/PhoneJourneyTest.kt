package org.outpost.app

import android.net.ConnectivityManager
import android.widget.EditText
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.screens.LockActivity
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.finishVisit
import org.outpost.app.testing.LAST_MONTH
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.PASSWORD
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.beginVisit
import org.outpost.app.testing.id
import org.outpost.app.testing.openNewReport
import org.outpost.app.testing.signIn
import org.outpost.app.testing.words
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** A health worker's phone, 360 x 640 dp, with the real core and a real server. */
@RunWith(RobolectricTestRunner::class)
class PhoneJourneyTest {
    @get:Rule
    val server = Sandbox()

    @Before
    fun phone() = Screen.qualifiers(PHONE)

    @Test
    fun the_first_day_begins_with_a_password_and_ends_with_forms() {
        val door = Screen(SignInActivity::class.java)
        door.type(R.id.server, server.address)
        door.type(R.id.user_name, MARY)
        door.tap("Sign in")
        door.assertShows("Type your password.")
        door.type(R.id.password, "wrong")
        door.tap("Sign in")
        assertTrue("not encrypted: asked first", "Others on this network" in door.dialogSays)
        door.picture("2-sign-in-http-phone")
        door.answerDialog()
        door.assertShows("Name or password is wrong. Type them again.")
        door.picture("2-sign-in-wrong-phone")
        door.signIn(server)
        assertEquals(LockActivity::class.java.name, door.wentTo())
        val home = Screen(MainActivity::class.java)
        home.assertShows("Nothing is filled in yet")
        home.assertShows("Fever visit")
        home.assertShows("Monthly report")
        home.picture("4-home-first-phone")
    }

    @Test
    fun getting_the_forms_shows_how_far_it_is_and_can_be_stopped() {
        Screen(SignInActivity::class.java).signIn(server)
        server.faults("{\"latencyMs\":3000}")
        val home = Screen(MainActivity::class.java) { it.await("Stop") }
        home.picture("3-first-pull-phone")
        home.press("Stop")
        home.settle()
        home.assertShows("No forms on this phone yet")
        home.picture("4-home-no-forms-phone")
        server.faults("{}")
        home.tap("Get forms")
        home.assertShows("Fever visit")
    }

    @Test
    fun a_report_is_filled_in_without_network_and_arrives_whole() {
        val screen = worker(server)
        server.stop()
        screen.openNewReport()
        screen.picture("17-table-phone")
        screen.answer("Under 5, Female", "12")
        screen.picture("17-table-filled-phone")
        screen.tap("Next")
        screen.tap("Check")
        screen.assertShows("1 answer is missing")
        screen.picture("15-form-check-phone")
        screen.tap("ACT doses left")
        (screen.focused as EditText).setText("abc")
        screen.settle()
        screen.picture("14-form-wrong-phone")
        screen.answer("ACT doses left", "40")
        screen.answer("Remarks", "All well.")
        screen.tap("Check")
        screen.assertShows("Everything is answered.")
        screen.tap("Finish")
        screen.assertShows("Monthly report is finished")
        screen.picture("16-form-finished-phone")
        screen.back()
        screen.assertShows("${LAST_MONTH.words}. Clinic A. Waiting. Not sent yet.")
        screen.picture("12-reports-phone")
        screen.back()
        screen.assertShows("1 form waits")
        screen.tap("Send now")
        screen.assertShows("No network now. Your work is safe on this phone. Try again where there is one.")
        screen.picture("4-home-offline-phone")
        server.start()
        screen.tap("Send now")
        screen.assertShows("Your 1 form is sent")
        screen.picture("5-home-all-sent-phone")
        val arrived = setOf(
            "DeFeverCase.CcUnder5Fem=12", "DeStockAct0.HllvX50cXC0=40",
            "DeRemarks00.HllvX50cXC0=All well.",
        )
        assertEquals(arrived, server.values(LAST_MONTH.id))
        screen.tap("Monthly report")
        screen.tap(LAST_MONTH.words)
        screen.assertShows("You finished this report.")
        screen.picture("46-read-only-phone")
    }

    @Test
    fun a_visit_that_the_server_refuses_is_corrected_at_its_field() {
        val screen = worker(server)
        screen.beginVisit()
        screen.answer("Temperature in °C", "39.5")
        screen.picture("14-form-visit-phone")
        screen.tap("Check")
        screen.tap("Finish")
        screen.back()
        screen.back()
        server.takeOnlyWholeNumbers("DeEvTemp000")
        screen.tap("Send now")
        screen.assertShows("1 form needs you")
        screen.assertShows("1 form was refused. Look at it below.")
        screen.picture("6-home-refused-phone")
        screen.tap("1 needs you")
        screen.assertShows("Refused (1)")
        screen.picture("25-outbox-phone")
        screen.tap("Fever visit")
        screen.assertShows("Temperature in °C: 39.5")
        screen.picture("26-refused-phone")
        screen.tap("Correct: Temperature in °C")
        val field = screen.focused as EditText
        assertEquals("39.5", field.text.toString())
        screen.picture("14-form-refused-phone")
        field.setText("39")
        screen.settle()
        screen.tap("Check")
        screen.tap("Finish")
        repeat(4) { if (!screen.shows("Send now")) screen.back() }
        screen.assertShows("1 form waits")
        screen.tap("Send now")
        screen.assertShows("Your 1 form is sent")
        assertTrue(server.events(), "\"39\"" in server.events())
    }

    @Test
    fun what_is_typed_is_there_again_when_the_process_dies() {
        val screen = worker(server)
        screen.beginVisit(age = "31")
        screen.tap("Rapid test positive. Yes, not chosen")
        screen.answer("Temperature in °C", "38.7")
        screen.dieAndReturn()
        screen.assertShows("2 of 2")
        screen.assertShows("Rapid test positive. Yes, chosen")
        screen.assertShows("38.7")
        screen.tap("Previous")
        screen.assertShows("31")
        screen.assertShows("Sex. Female, chosen")
        screen.back()
        screen.back()
        screen.openNewReport()
        screen.answer("Under 5, Female", "1x")
        screen.dieAndReturn()
        assertTrue("a wrong answer is kept too", screen.shows("1x"))
    }

    @Test
    fun locked_work_opens_without_network_with_the_password_only() {
        val screen = worker(server)
        screen.finishVisit()
        server.stop()
        screen.tap("Sign out")
        assertTrue("Your 1 form stays here, locked." in screen.dialogSays)
        screen.picture("34-lock-asks-phone")
        screen.answerDialog()
        assertEquals(SignInActivity::class.java.name, screen.wentTo())
        val door = Screen(SignInActivity::class.java)
        door.assertShows(MARY)
        door.type(R.id.password, "guess")
        door.tap("Sign in")
        door.answerDialog()
        door.assertShows("Name or password is wrong. Type them again.")
        door.picture("34-locked-phone")
        door.type(R.id.password, PASSWORD)
        door.tap("Sign in")
        door.answerDialog()
        assertEquals(LockActivity::class.java.name, door.wentTo())
        val home = Screen(MainActivity::class.java)
        home.assertShows("1 form waits")
        assertFalse(home.shows("Nothing is filled in yet"))
    }

    @Test
    fun somebody_new_needs_the_network_once() {
        server.stop()
        val door = Screen(SignInActivity::class.java)
        door.signIn(server)
        door.assertShows("No network, and you are new on this phone. Sign in once where there is network.")
        door.picture("2-sign-in-offline-phone")
    }

    @Test
    fun of_two_versions_a_person_keeps_one_and_says_why() {
        val screen = worker(server)
        screen.openNewReport()
        screen.tap("Next")
        screen.answer("ACT doses left", "40")
        repeat(2) { screen.back() }
        screen.tap("Send now")
        screen.assertShows("Your 1 form is sent")
        screen.tap("Monthly report")
        screen.tap(LAST_MONTH.words)
        screen.tap("Next")
        server.write("DeStockAct0", LAST_MONTH.id, "41")
        screen.answer("ACT doses left", "42")
        repeat(2) { screen.back() }
        screen.tap("Send now")
        screen.tap("1 needs you")
        screen.assertShows("Two versions (1)")
        screen.tap("ACT doses left")
        screen.assertShows("Yours: 42")
        screen.assertShows("The other: 41")
        screen.assertShows("Before: 40")
        screen.picture("27-two-versions-phone")
        screen.tap("Yours: 42")
        screen.tap("Keep what I chose")
        screen.picture("27-two-versions-why-phone")
        screen.typeInDialog("Counted again today.")
        screen.answerDialog()
        screen.back()
        screen.assertShows("1 form waits")
        screen.tap("Send now")
        screen.assertShows("Your 1 form is sent")
        assertEquals(setOf("DeStockAct0.HllvX50cXC0=42"), server.values(LAST_MONTH.id))
    }

    @Test
    fun what_stands_in_the_way_of_sending_is_said() {
        val screen = worker(server)
        server.faults("{\"status\":503,\"retryAfterS\":3600}")
        screen.tap("Send now")
        screen.assertSays("The server is busy. Your work is safe on this phone. Try again at ")
        val phone = shadowOf(TestApplication.now.getSystemService(ConnectivityManager::class.java))
        phone.setDefaultNetworkActive(false)
        server.faults("{}")
        screen.tap("Send now")
        screen.assertSays("No network now. Your work is safe on this phone.")
        phone.setDefaultNetworkActive(true)
        screen.tap("Send now")
        screen.assertShows("Nothing is filled in yet")
    }

    @Test
    fun what_was_only_looked_at_is_not_kept() {
        val screen = worker(server)
        screen.tap("Fever visit")
        screen.tap("New form")
        screen.back()
        screen.assertShows("None yet. Start with a new one.")
    }

    @Test
    fun a_choice_from_a_place_list_is_found_by_a_part_of_its_name() {
        val screen = worker(server, AMINA)
        screen.tap("Fever visit")
        screen.tap("New form")
        screen.assertShows("Clinic A")
        screen.picture("20-places-phone")
        screen.tap("Clinic B")
        screen.assertShows("Clinic B")
        screen.assertShows("Age in years")
    }
}
