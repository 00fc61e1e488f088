package org.outpost.app

import android.content.Intent
import java.io.File
import kotlin.concurrent.thread
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.screens.ReceivePane
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.finishVisit
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.RECOVERY_CARD
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.tool
import org.outpost.app.testing.worker
import org.outpost.app.ui.Pictures
import org.outpost.sdk.SiteRole
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** Without internet: a tablet receives from phones in the room, a phone gives by file. */
@RunWith(RobolectricTestRunner::class)
class ExchangeJourneyTest {
    private val server = Sandbox()
    private val one = Colleague(server)
    private val two = Colleague(server)
    private val folder = TemporaryFolder()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(one).around(two).around(folder)

    @After
    fun rest() {
        ReceivePane.addresses = emptyList()
    }

    /** The app's card, and the app knows the others and the centre's recovery key. */
    private fun introduce(screen: Screen<MainActivity>, name: String, kind: String, vararg others: Colleague) {
        screen.tap(screen.row(Place.EXCHANGE.name))
        screen.typeIn("Name of this device", name)
        screen.tap(kind)
        val port = TestApplication.now.port.exchange
        runBlocking {
            val own = checkNotNull(port.card())
            val safe = port.readCard(RECOVERY_CARD)
            port.enrol(RECOVERY_CARD, safe.digits)
            for ((at, other) in others.withIndex()) {
                val card = other.work { session ->
                    sync(session)
                    session.exchange.enrol(RECOVERY_CARD, safe.digits)
                    session.exchange.enrol(own.text, own.digits)
                    session.exchange.makeCard("Phone ${at + 1}", SiteRole.DEVICE)
                }
                port.enrol(card.text, card.fingerprint)
            }
        }
        screen.back()
    }

    @Test
    fun two_phones_hand_their_work_to_a_tablet_in_the_room() {
        Screen.qualifiers(TABLET)
        ReceivePane.addresses = listOf("127.0.0.1")
        val screen = worker(server, AMINA)
        introduce(screen, "Tablet", "This is a tablet that receives", one, two)
        server.stop()
        listOf(one, two).forEach { phone -> phone.work { visit(it) } }
        screen.tap(screen.row(Place.EXCHANGE.name))
        screen.picture("42-exchange-tablet")
        screen.press("Receive from phones")
        screen.await("Code for the phones")
        val code = screen.said("Code for the phones")
        val invitation = code.tag as String
        assertEquals("the code can be read", invitation, Pictures.codeOn(Pictures.qrOf(invitation, 600)))
        listOf(one, two).forEachIndexed { at, phone ->
            val bringing = thread { phone.work { it.nearby.send(invitation).collect() } }
            screen.await("Phone ${at + 1}: 1 is new.")
            bringing.join()
        }
        screen.picture("42-receive-tablet")
        screen.press("End receiving")
        screen.await("2 phones came")
        screen.settle()
        screen.picture("42-received-tablet")
        server.start()
        screen.tap("Send now")
        assertEquals(2, Regex("\"event\":").findAll(server.events()).count())
    }

    @Test
    fun a_file_for_the_tablet_is_shared_and_its_receipt_settles_the_work() {
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        introduce(screen, "Phone 7", "This is a phone", one)
        server.stop()
        screen.finishVisit()
        screen.tap(screen.row(Place.EXCHANGE.name))
        screen.picture("30-exchange-phone")
        screen.tap("Give to a tablet")
        screen.assertShows("1 form waits")
        screen.picture("30-give-phone")
        screen.tap("File for Phone 1")
        val chooser = checkNotNull(shadowOf(screen.activity).nextStartedActivityForResult).intent
        @Suppress("DEPRECATION")
        val send = checkNotNull(chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT))
        assertEquals(Intent.ACTION_SEND, send.action)
        assertNotNull(send.getParcelableExtra<android.net.Uri>(Intent.EXTRA_STREAM))
        val given = FilesProvider.folder(TestApplication.now).listFiles().orEmpty().single()
        assertTrue("nothing of it can be read", "mary" !in given.readText(Charsets.ISO_8859_1))
        server.start()
        val receipt = one.work { session ->
            session.exchange.takeIn(given.path).collect()
            sync(session)
            File(session.exchange.writeReceipt("Phone 7", given.parent).path)
        }
        runBlocking { TestApplication.now.port.exchange.takeIn(receipt.path) }
        screen.back()
        repeat(2) { if (!screen.shows("Send now")) screen.back() }
        screen.assertShows("Your 1 form is sent")
    }

    @Test
    fun a_wipe_leaves_what_was_not_sent_in_a_locked_file_to_take_along() {
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        introduce(screen, "Phone 7", "This is a phone")
        server.stop()
        screen.finishVisit()
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.tap("Wipe this phone")
        screen.assertShows("1 form is not sent. It goes into a locked file.")
        screen.picture("36-wipe-locked-file-phone")
        screen.tick("The phone goes back")
        screen.typeIn("Type 1 to agree", "1")
        screen.tap(screen.lastView("Wipe this phone"))
        assertEquals(SignInActivity::class.java.name, screen.wentTo())
        val left = TestApplication.now.noBackupFilesDir.walk().filter { it.isFile }.map { it.name }.toList()
        assertEquals(emptyList<String>(), left)
        val door = Screen(SignInActivity::class.java)
        door.assertShows("Work that was not sent is here, locked")
        door.picture("36-wiped-locked-file-phone")
        door.tap("Save as a locked file")
        val chooser = checkNotNull(shadowOf(door.activity).nextStartedActivity)
        @Suppress("DEPRECATION")
        val send = checkNotNull(chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT))
        @Suppress("DEPRECATION")
        val lent = checkNotNull(send.getParcelableExtra<android.net.Uri>(Intent.EXTRA_STREAM))
        val bytes = checkNotNull(door.activity.contentResolver.openInputStream(lent)).use { it.readBytes() }
        assertTrue("the file is not empty", bytes.isNotEmpty())
        assertTrue("nothing of it can be read", "mary" !in bytes.toString(Charsets.ISO_8859_1))
        door.tap("It is saved elsewhere. Remove it here")
        assertEquals("Without another copy this work is lost.", door.dialogSays)
        door.answerDialog()
        assertTrue(!door.shows("Work that was not sent is here, locked"))
    }

    @Test
    fun a_wipe_takes_the_work_of_one_and_leaves_that_of_another() {
        Screen.qualifiers(PHONE)
        val first = worker(server, AMINA)
        first.tap("Sign out")
        first.answerDialog()
        val screen = worker(server)
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.tap("Wipe this phone")
        screen.assertShows("Others work on this phone, too. Their work stays, locked.")
        screen.tick("The phone goes back")
        screen.typeIn("Type 0 to agree", "0")
        screen.tap(screen.lastView("Wipe this phone"))
        val last = runBlocking { TestApplication.now.port.lastSession() }
        assertEquals(AMINA, last?.userName)
    }

    private fun member(name: String, of: String): String =
        checkNotNull(Regex("\"$name\":\\s*\"([^\"]*)\"").find(of)) { of }.groupValues[1]

    /** A release of the app as it travels, and the digits that the centre publishes beside it. */
    private fun release(apk: ByteArray): Pair<File, String> {
        val (safe, office) = listOf("safe", "office").map { name ->
            val home = folder.newFolder(name)
            tool(
                home, "district\n", "login", "--server", server.address, "--user", "admin", "--allow-http",
                "--password-stdin",
            )
            home
        }
        val keys = listOf(safe to "Safe", office to "Desk").map { (home, name) ->
            member("text", tool(home, "", "release", "keys", "--new", name, "--json"))
        }
        fun path(name: String) = File(folder.root, name).path
        val (root, release, file) = listOf("root-000001.json", "release.json", "release.tar").map(::path)
        tool(
            safe, "", "release", "root", "--expires", "2099-01-01", "--out", root,
            "--root-key", keys[0], "--release-key", keys[1],
        )
        val digits = member("fingerprint", tool(safe, "", "release", "sign", root, "--key", "Safe", "--json"))
        File(path("app.apk")).writeBytes(apk)
        tool(
            office, "", "release", "make", "--root", "1", "--fresh-until", "2099-01-01", "--product", "app",
            "--code", "41", "--name", "1.41", "--package", "android=${path("app.apk")}", "--out", release,
        )
        tool(office, "", "release", "sign", release, "--key", "Desk")
        tool(
            office, "", "release", "publish", release, "--root", root, "--package", path("app.apk"), "--out", file,
        )
        return File(file) to digits
    }

    @Test
    fun a_file_with_an_update_is_believed_by_its_digits_and_leads_to_the_installer() {
        val apk = ByteArray(5_000) { 41 }
        val (file, digits) = release(apk)
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        introduce(screen, "Phone 7", "This is a phone")
        server.stop()
        screen.tap(screen.row(Place.EXCHANGE.name))
        fun open(heard: String) {
            screen.tap("Open a file")
            screen.chooseFile(file)
            screen.typeInDialog(heard)
        }
        open("00000 00000 00000 00000 00000 00000")
        screen.picture("42-update-digits-phone")
        screen.answerDialog()
        assertTrue(screen.dialogSays, "Install" !in screen.dialogSays)
        screen.answerDialog()
        open(digits)
        screen.answerDialog()
        assertEquals("Version 1.41 is ready and verified.", screen.dialogSays)
        screen.picture("42-update-ready-phone")
        screen.answerDialog()
        assertInstaller(screen, apk)
        screen.back()
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.tap("Look for an update")
        screen.answerDialog()
        assertInstaller(screen, apk)
    }

    /** The installer of the phone is lent the very bytes that were verified. */
    private fun assertInstaller(screen: Screen<MainActivity>, apk: ByteArray) {
        val intent = checkNotNull(shadowOf(screen.activity).nextStartedActivityForResult).intent
        assertEquals(Intent.ACTION_VIEW to "application/vnd.android.package-archive", intent.action to intent.type)
        assertTrue("it may read it", intent.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        val lent = checkNotNull(screen.activity.contentResolver.openInputStream(checkNotNull(intent.data)))
        assertArrayEquals(apk, lent.use { it.readBytes() })
    }

    @Test
    fun a_phone_without_a_card_is_told_what_an_update_needs() {
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.tap("Look for an update")
        assertTrue(screen.dialogSays, screen.dialogSays.isNotBlank())
    }
}
