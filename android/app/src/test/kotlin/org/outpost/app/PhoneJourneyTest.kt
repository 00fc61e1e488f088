package org.outpost.app

import android.content.Intent
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.model.RecordState
import org.outpost.app.model.SignInOutcome
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncStep
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.FakeApplication
import org.outpost.app.testing.FakeCore
import org.outpost.app.testing.Screen
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** A health worker's phone, 360 x 640 dp. */
@RunWith(RobolectricTestRunner::class)
class PhoneJourneyTest {
    private val core: FakeCore
        get() = (RuntimeEnvironment.getApplication() as FakeApplication).port

    @Before
    fun phone() = Screen.qualifiers("w360dp-h640dp-port-xhdpi")

    private fun main() = Screen(MainActivity::class.java)

    @Test
    fun a_wrong_password_is_said_and_a_right_one_enters() {
        core.session = null
        core.signInOutcome = SignInOutcome.WrongPassword
        val screen = Screen(SignInActivity::class.java)
        screen.part<EditText>(R.id.server).setText("health.example.org")
        screen.part<EditText>(R.id.user_name).setText("mary")
        screen.tap(screen.part<Button>(R.id.sign_in))
        screen.assertShows("Type your password.")
        screen.part<EditText>(R.id.password).setText("wrong")
        screen.tap(screen.part<Button>(R.id.sign_in))
        screen.assertShows("Name or password is wrong.")
        screen.picture("2-sign-in-wrong-phone")
        core.signInOutcome = null
        screen.tap(screen.part<Button>(R.id.sign_in))
        assertEquals("https://health.example.org", core.session?.server)
        val next: Intent = shadowOf(screen.activity).nextStartedActivity
        assertEquals(MainActivity::class.java.name, next.component?.className)
    }

    @Test
    fun home_says_first_whether_the_work_is_safe() {
        val screen = main()
        screen.assertShows("12 forms wait")
        screen.assertShows("Safe on this phone.")
        screen.assertShows("Last sent: yesterday 16:40")
        screen.assertShows("1 needs you")
        screen.picture("4-home-waiting-phone")
    }

    @Test
    fun all_sent_is_said_only_when_nothing_is_unsent() {
        core.steps = listOf(core.halfway)
        val screen = main()
        screen.tap("Send now")
        screen.assertShows("Sending 7 of 12 forms")
        screen.picture("29-home-sending-phone")
        screen.tap("Stop")
        screen.assertShows("Stopped. 12 forms still wait.")
        core.refused = false
        core.waiting = 0
        core.steps = listOf(SyncStep.Ended(SyncOutcome.Finished(12, 0)))
        val later = main()
        later.tap("Send now")
        later.assertShows("All 248 forms are sent")
        later.picture("5-home-all-sent-phone")
    }

    @Test
    fun a_sync_without_network_says_that_the_work_is_safe() {
        val screen = main()
        screen.tap("Send now")
        screen.assertShows("No network now. Your work is safe here.")
        screen.assertShows("12 forms wait")
    }

    @Test
    fun a_refused_record_leads_to_its_field_and_is_corrected() {
        val screen = main()
        screen.tap("1 needs you")
        screen.assertShows("Refused (1)")
        screen.picture("25-outbox-phone")
        screen.tap(screen.view("The temperature is too high.\nKireka village, 1 November 2026"))
        screen.assertShows("The temperature is too high.")
        screen.picture("26-refused-phone")
        screen.tap("Correct: Temperature")
        val field = screen.focused as EditText
        assertEquals("49.1", field.text.toString())
        screen.assertShows("Must be 34 to 43. Check it.")
        screen.picture("14-form-error-phone")
        field.setText("39.1")
        screen.settle()
        assertEquals("39.1", core.answers["temperature"])
        assertFalse(screen.shows("Must be 34 to 43. Check it."))
        screen.assertShows("Saved 10:42")
    }

    @Test
    fun an_error_blocks_finishing_and_leads_to_its_field() {
        val screen = main()
        screen.tap("Malaria case registration")
        screen.picture("12-records-phone")
        screen.tap("1 November 2026")
        screen.assertShows("1 of 2")
        screen.picture("13-form-dates-phone")
        screen.tap("Next")
        screen.tap("Check")
        screen.assertShows("Finish (1 to correct)")
        assertFalse(screen.view("Finish (1 to correct)").isEnabled)
        screen.picture("15-form-check-phone")
        screen.tap("Temperature")
        (screen.focused as EditText).setText("37.2")
        screen.tap("Check")
        screen.tap("Finish")
        screen.assertShows("Malaria case registration is finished")
        screen.picture("16-form-finished-phone")
    }

    @Test
    fun numbers_are_typed_on_the_pad_and_sums_follow() {
        val screen = main()
        screen.tap("Monthly report")
        screen.tap("October 2026")
        screen.tap("Tested, 5+ y: 63")
        screen.tap("Delete digit")
        screen.tap("7")
        screen.assertShows("Tested, 5+ y: 67")
        screen.assertShows("Tested, Sum: 108")
        assertEquals("67", core.answers["tested.o5"])
        screen.tap("Next cell")
        screen.tap("Next cell")
        screen.tap("Next cell")
        screen.tap("Next cell")
        screen.assertShows("More treated than positive (9).")
        screen.picture("17-table-warning-phone")
    }

    @Test
    fun what_is_typed_is_kept_when_the_process_dies() {
        val screen = main()
        screen.tap("Malaria case registration")
        screen.tap("1 November 2026")
        screen.tap("Next")
        screen.tap("Fever in the last 2 days?. No, not chosen")
        screen.dieAndReturn()
        assertEquals("false", core.answers["fever"])
        screen.assertShows("2 of 2")
        screen.assertShows("Fever in the last 2 days?. No, chosen")
        screen.activity.onBackPressed()
        screen.settle()
        screen.assertShows("31 October 2026")
    }

    @Test
    fun sending_again_as_it_is_says_that_it_waits() {
        val screen = main()
        screen.tap("1 needs you")
        screen.tap(screen.view("The temperature is too high.\nKireka village, 1 November 2026"))
        screen.tap("Send again as it is")
        screen.assertShows("It waits again and goes with the next sending.")
        screen.assertShows("Waiting")
        assertTrue(!core.refused)
    }

    @Test
    fun every_state_has_a_word_and_a_picture() {
        val words = RecordState.entries.map { state ->
            org.outpost.app.ui.StateChip(themed()).apply { bind(state) }
        }
        assertEquals(RecordState.entries.size, words.map { it.text.toString() }.toSet().size)
        assertTrue(words.all { (it as TextView).compoundDrawablesRelative[0] != null })
    }

    private fun themed() = main().activity
}
