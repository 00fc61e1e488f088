package org.outpost.app

import android.content.Intent
import java.io.File
import kotlin.concurrent.thread
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.screens.ReceivePane
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.beginVisit
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

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(one).around(two)

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
            val safe = port.readCard(SAFE)
            port.enrol(SAFE, safe.digits)
            for ((at, other) in others.withIndex()) {
                val card = other.work { session ->
                    sync(session)
                    session.exchange.enrol(SAFE, safe.digits)
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
        screen.beginVisit()
        screen.tap("Check")
        screen.tap("Finish")
        repeat(3) { if (!screen.shows("Send now")) screen.back() }
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

    private companion object {
        /** The card of the centre's recovery key, made once by `outpost exchange`. */
        const val SAFE =
            "OUTPOST:1:AUCFGYLGMW55JIBHHCMFKBNDMCITT7NUVPV3LMM3VS3UMYF3EJWG4TJJ46O6ZR2IJZRQMB" +
    "TE5CWZDCBDLCU5FFYAP3ABATULDCXLOS5SIW2QF4QAZHQD3KMJE4Z6YL6IC33B2NNIUHM4SGCBAC2627" +
    "YKFHVINQ4GCULBAQBBWYD4AU3QJSC7FZUNX2PFWD3KUVBPOYYN5BZPEW4SM3LECAI"
    }
}
