package org.outpost.app

import android.content.Intent
import android.graphics.Rect
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.model.Session
import org.outpost.app.safety.Finger
import org.outpost.app.safety.Hold
import org.outpost.app.safety.Lock
import org.outpost.app.safety.PhoneFingerKey
import org.outpost.app.safety.Pin
import org.outpost.app.safety.PinAnswer
import org.outpost.app.safety.PinProblem
import org.outpost.app.screens.LockActivity
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.finishVisit
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.SoftFingerKey
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.beginVisit
import org.outpost.app.testing.signIn
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowBiometricManager
import org.robolectric.shadows.ShadowBiometricPrompt

/** The PIN: what may be one, what a wrong one costs, when the screen locks. */
@RunWith(RobolectricTestRunner::class)
class PinTest {
    private var uptimeMs = 10_000L
    private val context = RuntimeEnvironment.getApplication()
    private val pin = Pin(context) { uptimeMs }

    @Test
    fun easy_digits_are_no_pin() {
        for (easy in listOf("000000", "123456", "654321", "789012", "999999")) {
            assertEquals(easy, PinProblem.EASY, pin.problem(easy))
        }
        assertEquals(PinProblem.LENGTH, pin.problem("12345"))
        assertEquals(null, pin.problem("294851"))
    }

    @Test
    fun wrong_ones_cost_time_and_ten_need_the_password() {
        pin.set(WHO, "294851")
        assertEquals(PinAnswer.Wrong(4), pin.check(WHO, "111111"))
        repeat(3) { pin.check(WHO, "111111") }
        assertEquals(PinAnswer.Wait(60_000), pin.check(WHO, "111111"))
        assertEquals("not even the right one", PinAnswer.Wait(60_000), pin.check(WHO, "294851"))
        uptimeMs += 59_000
        assertEquals(PinAnswer.Wait(1_000), pin.check(WHO, "294851"))
        uptimeMs += 1_000
        assertEquals(PinAnswer.Wrong(1), pin.check(WHO, "111111"))
        assertEquals(PinAnswer.Wait(300_000), pin.check(WHO, "111111"))
        uptimeMs += 300_000
        pin.check(WHO, "111111")
        assertEquals(PinAnswer.Wait(1_800_000), pin.check(WHO, "111111"))
        uptimeMs += 1_800_000
        assertEquals(PinAnswer.PasswordNeeded, pin.check(WHO, "111111"))
        assertEquals(PinAnswer.PasswordNeeded, pin.check(WHO, "294851"))
        pin.forgive(WHO)
        assertEquals(PinAnswer.Right, pin.check(WHO, "294851"))
    }

    @Test
    fun a_restart_of_the_phone_is_no_way_around_the_wait() {
        pin.set(WHO, "294851")
        repeat(5) { pin.check(WHO, "111111") }
        uptimeMs = 500
        val boots = android.provider.Settings.Global.BOOT_COUNT
        android.provider.Settings.Global.putInt(context.contentResolver, boots, 2)
        assertEquals(60_000, pin.waitMs(WHO))
        uptimeMs += 60_000
        assertEquals(PinAnswer.Right, pin.check(WHO, "294851"))
    }

    @Test
    fun no_digit_and_no_name_is_kept_as_it_is() {
        val lock = Lock(context, Settings(context)) { uptimeMs }
        lock.enter(Session("mary", "https://health.example.org"))
        lock.choose("294851")
        for (file in listOf("pin", "lock")) {
            val kept = context.getSharedPreferences(file, 0).all.toString()
            assertFalse(kept, "294851" in kept || "mary" in kept || "example" in kept)
        }
    }

    @Test
    fun the_screen_locks_after_some_minutes_and_when_it_goes_dark() {
        val lock = Lock(context, Settings(context)) { uptimeMs }
        lock.enter(Session("mary", "https://health.example.org"))
        assertFalse("no PIN yet", lock.mustUnlock)
        lock.choose("294851")
        lock.left()
        uptimeMs += 4 * 60_000
        assertFalse(lock.mustUnlock)
        uptimeMs += 60_000
        assertTrue(lock.mustUnlock)
        lock.back()
        assertEquals(PinAnswer.Right, lock.unlock("294851"))
        assertFalse(lock.mustUnlock)
        lock.close()
        assertTrue(lock.mustUnlock)
    }

    @Test
    fun finger_or_face_is_off_by_default_everyones_own_and_no_way_around_wrong_pins() {
        val lock = Lock(context, Settings(context)) { uptimeMs }
        lock.enter(Session("mary", "https://health.example.org"))
        lock.byFinger = true
        assertFalse("there is no PIN beside it", lock.byFinger)
        lock.choose("294851")
        lock.byFinger = true
        lock.close()
        lock.openByFinger()
        assertFalse(lock.mustUnlock)
        lock.enter(Session("rose", "https://health.example.org"))
        lock.choose("294852")
        lock.close()
        lock.openByFinger()
        assertTrue("Rose did not choose it", lock.mustUnlock)
        lock.enter(Session("mary", "https://health.example.org"))
        lock.close()
        repeat(Pin.FAILS_MAX) {
            lock.unlock("111111")
            uptimeMs += 1_800_000
        }
        assertFalse("only the password is left", lock.asksFinger)
        lock.openByFinger()
        assertTrue(lock.mustUnlock)
    }

    @Test
    fun a_held_phone_opens_by_neither_pin_nor_finger_and_the_password_ends_all_but_an_ordered_wipe() {
        val mary = Session("mary", "https://health.example.org")
        val lock = Lock(context, Settings(context)) { uptimeMs }
        lock.enter(mary)
        lock.choose("294851")
        lock.byFinger = true
        for (why in Hold.entries) {
            lock.hold = why
            assertEquals(PinAnswer.PasswordNeeded, lock.unlock("294851"))
            assertFalse("$why", lock.asksFinger)
            lock.openByFinger()
            assertTrue("$why", lock.mustUnlock)
            assertEquals("in another process, too", why, Lock(context, Settings(context)).hold)
            lock.enter(mary)
            assertEquals("$why", why == Hold.WIPE_WAITS, lock.mustUnlock)
        }
    }

    @Test
    fun a_phone_without_a_key_store_offers_no_finger() {
        assertFalse(Finger(context, PhoneFingerKey()).begin())
        PhoneFingerKey().forget()
    }

    private companion object {
        const val WHO = "somebody"
    }
}

/** The lock, practice and the wipe on a phone with real work. */
@RunWith(RobolectricTestRunner::class)
class LockJourneyTest {
    @get:Rule
    val server = Sandbox()

    @Before
    fun phone() = Screen.qualifiers(PHONE)

    private fun pin(screen: Screen<LockActivity>, digits: String) = digits.forEach { screen.tap("$it") }

    @Test
    fun a_pin_is_chosen_once_and_opens_the_work_after_the_process_died() {
        Screen(SignInActivity::class.java).signIn(server)
        val choose = Intent(TestApplication.now, LockActivity::class.java).putExtra(LockActivity.CHOOSE, true)
        val first = Screen(LockActivity::class.java, choose)
        first.picture("1-pin-choose-phone")
        pin(first, "123456")
        first.assertShows("This PIN is too easy. Choose another.")
        pin(first, "294851")
        first.assertShows("Type it once more")
        pin(first, "294852")
        first.assertShows("The two PINs differ. Choose again.")
        repeat(2) { pin(first, "294851") }
        assertEquals(MainActivity::class.java.name, first.wentTo())
        val screen = Screen(MainActivity::class.java)
        screen.beginVisit()
        screen.dieAndReturn()
        assertEquals("locked first", LockActivity::class.java.name, screen.wentTo())
        assertFalse("nothing is seen before", screen.shows("Age in years"))
        val lock = Screen(LockActivity::class.java)
        pin(lock, "111112")
        lock.assertShows("Wrong PIN. 4 tries left.")
        lock.assertShows("1 record is safe here.")
        lock.picture("34-lock-wrong-pin-phone")
        pin(lock, "294851")
        assertTrue(lock.activity.isFinishing)
        assertFalse(TestApplication.now.lock.mustUnlock)
    }

    /** Mary with a PIN, on a phone that knows her finger. */
    private fun withFinger(): Screen<MainActivity> {
        Screen(SignInActivity::class.java).signIn(server)
        TestApplication.now.lock.choose("294851")
        val phone = checkNotNull(TestApplication.now.getSystemService(BiometricManager::class.java))
        Shadow.extract<ShadowBiometricManager>(phone).setCanAuthenticate(true)
        val screen = Screen(MainActivity::class.java)
        screen.tap(screen.row(Place.SETTINGS.name))
        return screen
    }

    @Test
    fun a_finger_opens_beside_the_pin_once_it_was_chosen_and_shown() {
        val screen = withFinger()
        screen.assertShows("The PIN always works, too.")
        screen.tick("Unlock with finger or face")
        ShadowBiometricPrompt.authenticateCurrentSessionWithError(BIOMETRIC_ERROR_USER_CANCELED, "")
        screen.settle()
        assertFalse("it was not shown", TestApplication.now.lock.byFinger)
        screen.tick("Unlock with finger or face")
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        screen.settle()
        assertTrue(TestApplication.now.lock.byFinger)
        screen.view("The PIN always works, too.").requestRectangleOnScreen(Rect(0, 0, 9, 9), true)
        screen.picture("35-settings-finger-phone")
        screen.dieAndReturn()
        assertEquals("locked first", LockActivity::class.java.name, screen.wentTo())
        val lock = Screen(LockActivity::class.java)
        lock.assertShows("Use finger or face")
        ShadowBiometricPrompt.failCurrentSessionOnce()
        lock.settle()
        assertTrue("a strange finger", TestApplication.now.lock.mustUnlock)
        lock.picture("34-lock-finger-phone")
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        lock.settle()
        assertTrue(lock.activity.isFinishing)
        assertFalse(TestApplication.now.lock.mustUnlock)
    }

    @Test
    fun another_finger_on_the_phone_ends_it_and_the_pin_opens() {
        val screen = withFinger()
        screen.tick("Unlock with finger or face")
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        screen.settle()
        SoftFingerKey.now.forget()
        TestApplication.now.lock.close()
        val lock = Screen(LockActivity::class.java)
        lock.assertShows("The phone knows other fingers or faces now. Type the PIN.")
        assertFalse(lock.shows("Use finger or face"))
        pin(lock, "294851")
        assertTrue(lock.activity.isFinishing)
    }

    @Test
    fun practice_is_apart_from_real_work_and_looks_different() {
        val screen = worker(server)
        screen.finishVisit()
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.picture("35-settings-phone")
        screen.tap("Practice")
        screen.picture("37-training-asks-phone")
        screen.answerDialog()
        assertEquals(SignInActivity::class.java.name, screen.wentTo())
        val door = Screen(SignInActivity::class.java)
        door.assertShows("PRACTICE, not real")
        door.signIn(server)
        val practice = Screen(MainActivity::class.java)
        practice.assertShows("PRACTICE, not real")
        practice.assertShows("Nothing is filled in yet")
        practice.picture("37-training-home-phone")
    }

    @Test
    fun a_wipe_names_what_would_be_lost_and_wants_the_count_typed() {
        val screen = worker(server)
        screen.finishVisit()
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.tap("Wipe this phone")
        screen.assertShows("1 form is not sent. It will be lost.")
        screen.picture("36-wipe-phone")
        assertFalse("off until the count is typed", screen.lastView("Wipe this phone").isEnabled)
        screen.tap("Send first")
        screen.tap("Send now")
        screen.assertShows("Everything is sent.")
        screen.picture("29-sync-phone")
        screen.back()
        screen.assertShows("Everything is on the server. Nothing is lost.")
        screen.tick("The phone goes back")
        screen.typeIn("Type 0 to agree", "0")
        screen.tap(screen.lastView("Wipe this phone"))
        assertEquals(SignInActivity::class.java.name, screen.wentTo())
        val home = TestApplication.now.noBackupFilesDir
        assertEquals(emptyList<String>(), home.walk().filter { it.isFile }.map { it.name }.toList())
        val door = Screen(SignInActivity::class.java)
        assertFalse("nobody is known here any more", door.shows("mary"))
    }
}
