package org.outpost.app

import android.content.Intent
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.model.PhoneOrders
import org.outpost.app.model.WipeOrder
import org.outpost.app.safety.Hold
import org.outpost.app.safety.PhoneAct
import org.outpost.app.safety.actOf
import org.outpost.app.screens.LockActivity
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.SignInActivity
import org.outpost.app.screens.WipedActivity
import org.outpost.app.testing.ARABIC_PHONE
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PASSWORD
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.RECOVERY_CARD
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.centre
import org.outpost.app.testing.finishVisit
import org.outpost.app.testing.rollOut
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner

/** What the app does about what was ordered of the phone. */
class ActTest {
    private fun check(
        expected: PhoneAct,
        wipe: WipeOrder,
        lease: Boolean = false,
        off: Boolean = false,
        export: Boolean = false,
    ) = assertEquals(expected, actOf(PhoneOrders(wipe, lease), off, export))

    @Test
    fun nothing_ordered_opens_unless_the_lease_or_the_account_says_otherwise() {
        check(PhoneAct.Open, WipeOrder.NONE)
        check(PhoneAct.Lock(Hold.LEASE_OVER), WipeOrder.NONE, lease = true)
        check(PhoneAct.Lock(Hold.SWITCHED_OFF), WipeOrder.NONE, off = true)
        check(PhoneAct.Lock(Hold.SWITCHED_OFF), WipeOrder.NONE, lease = true, off = true)
    }

    @Test
    fun a_wipe_goes_before_everything_and_unsent_work_before_a_wipe() {
        for (lease in listOf(true, false)) for (off in listOf(true, false)) for (export in listOf(true, false)) {
            check(PhoneAct.Wipe(isExported = false), WipeOrder.NOW, lease, off, export)
            check(PhoneAct.Lock(Hold.WIPE_WAITS), WipeOrder.WAIT, lease, off, export)
            val saved = if (export) PhoneAct.Wipe(isExported = true) else PhoneAct.Lock(Hold.WIPE_WAITS)
            check(saved, WipeOrder.EXPORT_FIRST, lease, off, export)
        }
    }
}

/** A phone that was lost, one without contact for long, one whose account is switched off. */
@RunWith(RobolectricTestRunner::class)
class GuardJourneyTest {
    @get:Rule
    val server = Sandbox()

    private val app get() = TestApplication.now

    /** Mary with a PIN, the roll-out's forms, and a phone that says which one it is unless told not to. */
    private fun mary(phone: String? = "0001"): Screen<MainActivity> {
        server.rollOut("0001", "0002")
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        app.lock.choose(PIN)
        screen.tap("Send now")
        phone?.let { assertNull(runBlocking { app.port.phones.setCard(it) }) }
        return screen
    }

    private fun stolen(phone: String) =
        server.centre("device", "lost", phone, "--stolen", "--reason", "taken from the bag", "--wipe")

    private fun syncUnseen(screen: Screen<*>) {
        screen.away()
        app.sync.startInBackground { }
        screen.settle()
    }

    private fun password(of: Screen<LockActivity>, typed: String = PASSWORD): Screen<SignInActivity> {
        of.tap("Type the password")
        assertEquals(SignInActivity::class.java.name, of.wentTo())
        val again = Intent(app, SignInActivity::class.java).putExtra(SignInActivity.AGAIN, true)
        val door = Screen(SignInActivity::class.java, again)
        door.type(R.id.password, typed)
        door.tap("Sign in")
        door.answerDialog()
        return door
    }

    private fun assertWiped(isExported: Boolean = false) {
        assertTrue(app.guard.wiped.isThere)
        assertEquals(isExported, app.guard.wiped.isExported)
        val left = app.noBackupFilesDir.walk().filter { it.isFile }.map { it.name }.toList()
        assertEquals(emptyList<String>(), left)
    }

    @Test
    fun a_stolen_phone_with_nothing_unsent_wipes_itself_after_its_next_sync_and_says_whom_to_call() {
        val screen = mary()
        screen.finishVisit()
        stolen("0001")
        syncUnseen(screen)
        assertTrue("sent first", "\"event\":" in server.events())
        assertWiped()
        val door = Screen(SignInActivity::class.java)
        assertEquals(WipedActivity::class.java.name, door.wentTo())
        val end = Screen(WipedActivity::class.java)
        end.assertShows("This phone was wiped")
        end.assertShows("Everything is on the server. Nothing is lost.")
        end.assertShows("Your helper: Amina N.")
        end.assertShows("Call 0772555010")
        end.picture("36-wiped-phone")
        Screen.qualifiers(ARABIC_PHONE)
        Screen(WipedActivity::class.java).picture("36-wiped-phone-ar")
        Screen.qualifiers(PHONE)
        end.tap("Sign in")
        assertEquals(SignInActivity::class.java.name, end.wentTo())
        assertFalse("nobody is known here any more", Screen(SignInActivity::class.java).shows(MARY))
    }

    @Test
    fun somebody_who_looks_at_a_stolen_phone_while_it_syncs_is_led_away() {
        val screen = mary()
        stolen("0001")
        screen.tap("Send now")
        assertEquals(WipedActivity::class.java.name, screen.wentTo())
        assertTrue(screen.activity.isFinishing)
        assertWiped()
    }

    @Test
    fun a_phone_that_is_not_the_one_ordered_to_be_wiped_or_of_no_roll_out_goes_on() {
        val screen = mary(phone = null)
        stolen("0001")
        screen.tap("Send now")
        screen.assertShows("Fever visit")
        runBlocking { app.port.phones.setCard("0002") }
        screen.tap("Send now")
        screen.assertShows("Fever visit")
        assertFalse(app.lock.mustUnlock || app.guard.wiped.isThere)
    }

    @Test
    fun with_unsent_work_and_no_network_it_locks_and_once_there_is_network_it_sends_and_wipes() {
        val screen = mary(phone = null)
        stolen("0001")
        screen.tap("Send now")
        server.stop()
        screen.finishVisit()
        // Only now the phone learns which one it is: it hears of the order and has work that is not sent.
        runBlocking { app.port.phones.setCard("0001") }
        screen.dieAndReturn()
        assertEquals(LockActivity::class.java.name, screen.wentTo())
        val lock = Screen(LockActivity::class.java)
        lock.assertShows("This phone is locked")
        lock.assertShows("Somebody ordered to wipe this phone. It sends your work first. Then it wipes itself.")
        lock.assertShows("1 record is safe here.")
        lock.assertShows("Call 0772555010")
        assertFalse("no PIN", lock.shows("1"))
        assertFalse("signing out would end the sending", lock.shows("Somebody else"))
        lock.picture("34-lock-wipe-phone")
        lock.tap("Send now")
        lock.assertSays("No network now.")
        val door = password(lock)
        assertEquals("the password opens nothing", MainActivity::class.java.name, door.wentTo())
        assertTrue(app.lock.mustUnlock)
        val still = Screen(LockActivity::class.java)
        app.lock.unlock(PIN)
        assertTrue(app.lock.mustUnlock)
        server.start()
        syncUnseen(still)
        assertTrue("sent first", "\"event\":" in server.events())
        assertWiped()
    }

    @Test
    fun with_a_recovery_key_the_password_saves_what_is_not_sent_in_a_locked_file_and_wipes() {
        val screen = mary(phone = null)
        stolen("0001")
        screen.tap("Send now")
        server.stop()
        screen.finishVisit()
        runBlocking {
            app.port.exchange.makeCard("Mary's phone", false)
            app.port.exchange.enrol(RECOVERY_CARD, app.port.exchange.readCard(RECOVERY_CARD).digits)
            app.port.phones.setCard("0001")
        }
        screen.dieAndReturn()
        val door = password(Screen(LockActivity::class.java))
        assertEquals(WipedActivity::class.java.name, door.wentTo())
        assertWiped(isExported = true)
        assertEquals(1, app.rescued.listFiles().orEmpty().size)
        Screen(WipedActivity::class.java).assertShows("What was not sent lies here in a locked file.")
    }

    @Test
    fun a_lease_that_ran_out_refuses_the_pin_and_finger_and_the_password_opens() {
        val screen = mary()
        screen.finishVisit()
        server.stop()
        app.aheadMs = 31 * DAY_MS
        screen.dieAndReturn()
        val lock = Screen(LockActivity::class.java)
        lock.assertSays("Not connected for long, so the PIN does not open it.")
        lock.assertSays("The password or a connection opens it again.")
        assertFalse("no PIN", lock.shows("1"))
        app.lock.unlock(PIN)
        assertTrue(app.lock.mustUnlock)
        lock.picture("34-lock-lease-phone")
        val wrong = password(lock, "guess")
        wrong.assertShows("Name or password is wrong. Type them again.")
        assertTrue(app.lock.mustUnlock)
        val door = password(Screen(LockActivity::class.java))
        assertEquals(MainActivity::class.java.name, door.wentTo())
        assertFalse(app.lock.mustUnlock)
        Screen(MainActivity::class.java).assertShows("1 form waits")
        app.lock.close()
        val next = Screen(LockActivity::class.java)
        PIN.forEach { next.tap("$it") }
        assertTrue("the PIN opens again", next.activity.isFinishing)
    }

    @Test
    fun contact_ends_a_lease_that_ran_out_and_the_pin_opens() {
        val screen = mary()
        app.aheadMs = 31 * DAY_MS
        screen.dieAndReturn()
        val lock = Screen(LockActivity::class.java)
        lock.tap("Send now")
        lock.assertShows("Type your PIN")
        PIN.forEach { lock.tap("$it") }
        assertTrue(lock.activity.isFinishing)
    }

    @Test
    fun an_account_that_is_switched_off_locks_the_phone_and_nothing_is_lost() {
        val screen = mary()
        screen.finishVisit()
        server.put("/api/users/${server.idOf(MARY)}/disabled", "")
        screen.tap("Send now")
        assertEquals(LockActivity::class.java.name, screen.wentTo())
        val lock = Screen(LockActivity::class.java)
        lock.assertShows("This account is switched off.")
        lock.assertShows("Nothing is lost. Call your helper to switch it on.")
        lock.assertShows("1 record is safe here.")
        lock.picture("34-lock-off-phone")
        password(lock).assertShows("This account is switched off. Ask your supervisor to switch it on.")
        assertTrue(app.lock.mustUnlock)
        server.put("/api/users/${server.idOf(MARY)}/enabled", "")
        val door = password(Screen(LockActivity::class.java))
        assertEquals(MainActivity::class.java.name, door.wentTo())
        Screen(MainActivity::class.java).assertShows("1 form waits")
    }

    private companion object {
        const val PIN = "294851"
        const val DAY_MS = 86_400_000L
    }
}
