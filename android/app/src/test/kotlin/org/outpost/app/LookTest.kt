package org.outpost.app

import android.content.Context
import android.content.Intent
import java.time.LocalDate
import kotlinx.coroutines.runBlocking
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.model.FormKey
import org.outpost.app.model.HandOverFacts
import org.outpost.app.model.HelpFiled
import org.outpost.app.model.Helper
import org.outpost.app.model.NewHelp
import org.outpost.app.model.NewRecord
import org.outpost.app.model.ParallelQuery
import org.outpost.app.model.RecordState
import org.outpost.app.screens.LockActivity
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.screens.Route
import org.outpost.app.screens.SetupActivity
import org.outpost.app.screens.SignInActivity
import org.outpost.app.screens.WipedActivity
import org.outpost.app.testing.LAST_MONTH
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.id
import org.outpost.app.testing.rollOut
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** Every screen of the app with the same work on it, as phones of many kinds show it. */
abstract class Looks {
    @get:Rule
    val server = Sandbox()

    private val port get() = TestApplication.now.port

    /** A refused visit, a child with a visit that is due, a report that was begun. */
    private class Work(
        val visit: FormKey,
        val report: FormKey.Report,
        val child: String,
        val stopped: String,
        val request: String,
        val site: String,
    )

    private fun work(screen: Screen<MainActivity>): Work {
        val request = runBlocking {
            val new = NewHelp(CLINIC, "Nothing is sent", "Since Monday", "NOT_SENDING", true, null, true)
            port.phones.setCard("0001")
            phones()
            (port.help.file(new) as HelpFiled.New).id
        }
        server.takeOnlyWholeNumbers("DeEvTemp000")
        val keys = runBlocking {
            val split = port.splits("PrFeverVisi").first().value
            val visit = port.newRecord("PrFeverVisi", NewRecord(CLINIC, null, split))
            for ((question, value) in listOf("DeEvAge0000" to "4", "DeEvSex0000" to "F", "DeEvTemp000" to "39.5")) {
                port.setValue(visit, question, value)
            }
            port.finish(visit)
            val report = FormKey.Report("DsMonthly00", LAST_MONTH.id, CLINIC, "HllvX50cXC0")
            port.setValue(report, "DeFeverCase.CcUnder5Fem", "12")
            visit to report
        }
        screen.tap("Send now")
        val child = runBlocking { child() }
        val stopped = runBlocking { port.outbox().rows.first { it.state == RecordState.REFUSED }.id }
        return Work(keys.first, keys.second, child, stopped, request, runBlocking { site() })
    }

    /** A site with a day, a check that was written down and a register that differs. */
    private suspend fun site(): String {
        val site = port.goLive.plan(CLINIC, LocalDate.now().toString()).id
        port.goLive.note(site, "TRAINING", 3, 5, "two were ill")
        val (month, other) = port.goLive.periods(byMonth = true).map { it.value }
        val register = port.goLive.table("Fever", mapOf(month to 2L, other to 0L))
        port.goLive.keep(site, ParallelQuery(register, "PrFeverVisi", "Fever", byMonth = true, key = null))
        return site
    }

    /** Hand-overs that stand at a mix-up, at the check and at the signatures; a check that was begun. */
    private suspend fun phones() {
        for ((name, phone) in listOf("mixed" to "0001", "check" to "0002", "sign" to "0003")) {
            port.handOver.scanBox(name, phone)
            port.handOver.scanPhone(name, if (name == "mixed") "0002" else phone)
        }
        port.handOver.keep("sign", HandOverFacts(receiver = "Mary O.", condition = "NEW"))
        port.handOver.beginCheck(CLINIC)
        port.handOver.checkScan("0001", "Sam O.")
    }

    private suspend fun child(): String {
        val key = port.people.begin("PrChildHeal", CLINIC, "Amina Bello")
        val born = LocalDate.now().minusMonths(7).toString()
        val answers = listOf("TaSex000000" to "F", "TaBirthDate" to born, "TaPhone0000" to "0772311441")
        for ((question, value) in answers) port.setValue(key, question, value)
        return checkNotNull(port.finish(key)?.person) { "not registered: ${port.check(key)}" }
    }

    private fun screens(work: Work): List<Pair<String, Route>> = listOf(
        "25-outbox" to Route.Outbox,
        "26-refused" to Route.Stopped(work.stopped),
        "14-form" to Route.Fill(work.visit, "DeEvTemp000"),
        "17-table" to Route.Fill(work.report),
        "12-records" to Route.Records("DsMonthly00"),
        "9-search" to Route.People("PrChildHeal"),
        "12-person" to Route.Person(work.child),
        "11-profile" to Route.Fill(FormKey.Person("PrChildHeal", work.child, CLINIC)),
    ) + listOf(
        "31-todo" to Place.TO_DO, "25-sent-back" to Place.SENT_BACK, "29-sync" to Place.SYNC,
        "39-review" to Place.REVIEW, "38-team" to Place.TEAM, "41-targets" to Place.GOALS,
        "40-approval" to Place.APPROVAL, "30-exchange" to Place.EXCHANGE, "30-give" to Place.GIVE,
        "35-settings" to Place.SETTINGS, "32-my-phone" to Place.PHONE, "35-history" to Place.HISTORY,
        "36-wipe" to Place.WIPE, "33-help" to Place.HELP, "33-report" to Place.REPORT,
        "47-queue" to Place.SUPPORT, "43-devices" to Place.DEVICES, "44-return" to Place.TAKE_BACK,
        "45-check" to Place.CHECK, "48-sites" to Place.GO_LIVE, "50-first-weeks" to Place.FIRST_WEEKS,
    ).map { (name, place) -> name to Route.To(place) } + listOf(
        "33-answer" to Route.To(Place.ANSWER, "NOT_SENDING"),
        "33-report-words" to Route.To(Place.REPORT, "NOT_SENDING"),
        "33-request" to Route.To(Place.REQUEST, work.request),
        "43-device" to Route.To(Place.DEVICE, "0001"),
        "43-sim" to Route.To(Place.SIM, "0001"),
        "43-mix-up" to Route.To(Place.HAND_OVER, "mixed"),
        "43-check" to Route.To(Place.HAND_OVER, "check"),
        "43-sign" to Route.To(Place.HAND_OVER, "sign"),
        "48-site" to Route.To(Place.SITE, work.site),
        "48-check" to Route.To(Place.SITE_CHECK, "${work.site}/TRAINING"),
        "49-compare" to Route.To(Place.COMPARE, work.site),
    )

    /** Works in plain English, then looks at every screen as another phone shows it. */
    protected fun check(name: String, qualifiers: String, fontScale: Float = 1f) {
        // Another language comes later; the colours of icons are kept for the whole process.
        Screen.qualifiers(if ("night" in qualifiers) PHONE.replace("port", "port-night") else PHONE)
        server.rollOut("0001", "0002", "0003", supervisors = listOf(MARY))
        val work = work(worker(server))
        Screen.qualifiers(qualifiers, fontScale)
        val screen = Screen(MainActivity::class.java)
        val wrong = mutableListOf<String>()
        fun look(at: String, of: Screen<*>) {
            of.draw("$at-$name")
            wrong += of.audit().map { "$at: $it" }
            if (of.scrollDown()) wrong += of.audit().map { "$at below: $it" }
        }
        look("4-home", screen)
        for ((at, route) in screens(work)) {
            screen.activity.openFresh(route)
            screen.settle()
            look(at, screen)
        }
        look("1-setup", Screen(SetupActivity::class.java))
        look("2-sign-in", Screen(SignInActivity::class.java))
        look("2-sign-in-again", Screen(SignInActivity::class.java, again()))
        look("34-lock", Screen(LockActivity::class.java))
        TestApplication.now.lock.isSwitchedOff = true
        look("34-lock-off", Screen(LockActivity::class.java))
        TestApplication.now.guard.wiped.note(Helper("Amina N.", "0772555010", null), isExported = true)
        look("36-wiped", Screen(WipedActivity::class.java))
        check(wrong.isEmpty()) { "$name:\n${wrong.joinToString("\n")}" }
    }

    private fun again() = Intent(RuntimeEnvironment.getApplication(), SignInActivity::class.java)
        .putExtra(SignInActivity.AGAIN, true)

    private companion object {
        const val CLINIC = "OuClinicAaa"
    }
}

/** Languages, sizes, light: paired, so that each meets each other at least once. */
@RunWith(RobolectricTestRunner::class)
class LookTest : Looks() {
    @Test
    fun in_arabic_on_a_phone() = check("ar", "ar-ldrtl-w360dp-h640dp-port-xhdpi")

    @Test
    fun with_text_twice_as_large() = check("font2", PHONE, fontScale = 2f)

    @Test
    fun in_arabic_twice_as_large_on_a_tablet() =
        check("ar-font2-tablet", "ar-ldrtl-sw800dp-w1280dp-h800dp-land-mdpi", fontScale = 2f)

    @Test
    fun in_french_at_night_with_larger_text() =
        check("fr-night", "fr-w360dp-h640dp-port-night-xhdpi", fontScale = 1.3f)

    @Test
    fun in_hindi_in_the_sun() {
        RuntimeEnvironment.getApplication().getSharedPreferences("look", Context.MODE_PRIVATE)
            .edit().putBoolean("sun", true).commit()
        check("hi-sun", "hi-w360dp-h640dp-port-xhdpi")
    }

    @Test
    fun on_a_small_tablet() = check("tablet", "sw600dp-w960dp-h600dp-land-mdpi")
}

/**
 * The screens on an old phone. In a process of its own: Robolectric loads the app once more for
 * another Android, and the core calls back into the one that was loaded last.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [29])
class OldPhoneTest : Looks() {
    @Test
    fun on_android_10() = check("api29", PHONE)
}
