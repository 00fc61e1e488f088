package org.outpost.app

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.ARABIC_PHONE
import org.outpost.app.testing.ARABIC_TABLET
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.LAST_MONTH
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.id
import org.outpost.app.testing.rollOut
import org.outpost.app.testing.words
import org.outpost.app.testing.worker
import org.outpost.sdk.GoLiveVerdict
import org.outpost.sdk.HandOverFacts
import org.outpost.sdk.OrganisationUnitId
import org.robolectric.RobolectricTestRunner

/** A supervisor who looks whether a site is ready, and whether the register agrees with the app. */
@RunWith(RobolectricTestRunner::class)
class GoLiveJourneyTest {
    private val server = Sandbox()
    private val mary = Colleague(server)
    private val amina = Colleague(server, AMINA)
    private val folder = TemporaryFolder()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(mary).around(amina).around(folder)

    private val clinic = OrganisationUnitId("OuClinicAaa")

    private fun supervisor(size: String): Screen<MainActivity> {
        Screen.qualifiers(size)
        val screen = worker(server, AMINA)
        assertFalse("no form like others", screen.shows("Roll-out: site go-live"))
        screen.tap(screen.row(Place.GO_LIVE.name))
        return screen
    }

    @Test
    fun a_site_that_is_not_ready_says_what_is_missing_and_whoever_goes_on_says_why() {
        server.rollOut("0001")
        val screen = supervisor(TABLET)
        server.stop()
        screen.assertShows("No site is planned yet.")
        screen.tap("Plan a site")
        screen.tap(screen.firstRow())
        screen.tap(screen.saying("Clinic A"))
        screen.assertShows("Not ready")
        screen.assertShows("No day is chosen yet.")
        screen.tap(screen.row("TRAINING"))
        screen.tap("Write it down")
        assertEquals("Say how many are done, and of how many.", screen.dialogSays)
        screen.answerDialog()
        screen.typeIn("How many are done?", "6")
        screen.typeIn("Of how many?", "5")
        screen.tap("Write it down")
        assertEquals("More are done than there are. Check the numbers.", screen.dialogSays)
        screen.answerDialog()
        screen.typeIn("How many are done?", "3")
        screen.typeIn("Who or what is missing? (optional)", "two were ill")
        screen.dieAndReturn()
        screen.picture("48-check-tablet")
        screen.tap("Write it down")
        screen.assertSays("3 of 5 done\nMissing: two were ill")
        screen.assertSays("0 of 1 done\nMissing: 0001")
        screen.tap("Choose the day")
        screen.answerDialog()
        screen.assertShows("Without extra help on 14 of 14 days")
        screen.picture("48-site-tablet")
        screen.tap("Let it go live")
        screen.typeInDialog("the district waits")
        screen.answerDialog()
        assertTrue(screen.dialogSays, "Training done" in screen.dialogSays)
        screen.picture("48-site-not-ready-tablet")
        screen.answerDialog()
        screen.assertShows("Decided: it goes live")
        for ((size, name) in listOf(ARABIC_TABLET to "tablet-ar", PHONE to "phone", ARABIC_PHONE to "phone-ar")) {
            screen.dieAndReturn(size)
            screen.picture("48-site-$name")
            screen.scrollDown()
            screen.picture("48-site-end-$name")
        }
        screen.back()
        screen.picture("48-sites-phone-ar")
        screen.dieAndReturn(TABLET)
        screen.picture("48-sites-tablet")
        screen.tap("The first weeks")
        screen.assertShows("No phone is given out here yet.")
        server.start()
        screen.tap("Send now")
        val site = amina.work { session ->
            sync(session)
            session.goLive.sites().single()
        }
        assertEquals(GoLiveVerdict.GO, site.decided)
        assertTrue("$site", site.checks.any { "two were ill" in it.missing })
    }

    /** Two phones are out; one of them has sent. */
    private fun twoPhones() {
        amina.work { session ->
            sync(session)
            session.goLive.plan(clinic, "${LAST_MONTH.atDay(1)}")
            for ((number, who) in listOf("0001" to MARY, "0002" to "john")) {
                session.devices.scanBox(number, number)
                session.devices.scanPhone(number, "R58N$number")
                session.devices.keep(number, HandOverFacts(receiver = who, receiverUser = who, condition = "NEW"))
                session.devices.finishHandOver(number)
            }
            sync(session)
        }
        mary.work { sync(it) }
    }

    @Test
    fun the_first_weeks_name_the_phones_that_are_silent() {
        server.rollOut("0001", "0002")
        twoPhones()
        val screen = supervisor(TABLET)
        // What the phones of a team tell comes with the second synchronisation.
        screen.tap("Send now")
        screen.tap(screen.rowBeside(Place.GO_LIVE.name))
        screen.tap("The first weeks")
        screen.assertShows("1 of 2 phones have sent")
        screen.assertShows("Silent: 0002")
        screen.picture("50-first-weeks-tablet")
        screen.dieAndReturn(ARABIC_PHONE)
        screen.picture("50-first-weeks-phone-ar")
    }

    /** Four cases of last month in the app; of the register two never came, and one is in the app alone. */
    private fun twoWays(): File {
        amina.work { session ->
            sync(session)
            session.goLive.plan(clinic, "${LAST_MONTH.atDay(1)}")
            sync(session)
        }
        mary.work { session ->
            sync(session)
            for (number in listOf("r-001", "r-003", "r-004", "r-009")) visit(session, "${LAST_MONTH.atDay(9)}", number)
            sync(session)
        }
        val lines = (1..5).map { "${LAST_MONTH.atDay(9)},Fever,R-00$it\n" }
        return folder.newFile("register.csv").apply { writeText("date,what,key\n" + lines.joinToString("")) }
    }

    @Test
    fun a_parallel_run_that_differs_finds_the_cases_behind_it() {
        server.rollOut()
        val register = twoWays()
        val screen = supervisor(TABLET)
        screen.tap(screen.saying("Clinic A"))
        screen.tap("Compare with the register")
        screen.typeIn("What is counted, as the register calls it?", "Fever")
        screen.tap("Take it from a file, case by case")
        screen.chooseFile(register)
        screen.tap(screen.row("key"))
        screen.tap("Referred to")
        screen.picture("49-compare-tablet")
        screen.tap("Compare")
        screen.assertShows("Keep the old way until three in a row agree.")
        screen.assertSays("Register 5, app 4\nThey differ.\n3 cases are behind it")
        screen.picture("49-compared-tablet")
        screen.tap(screen.saying("${LAST_MONTH.words}: Fever"))
        screen.assertShows("R-002")
        screen.assertShows("R-005")
        screen.assertSays("Not in the app\nLine 3 of the register")
        screen.picture("49-cases-tablet")
        for ((size, name) in listOf(ARABIC_PHONE to "phone-ar", PHONE to "phone")) {
            screen.dieAndReturn(size)
            screen.assertShows("R-002")
            screen.picture("49-cases-$name")
        }
        screen.tap(screen.saying("r-009"))
        screen.assertShows("Fever visit")
        screen.back()
        screen.assertShows("R-005")
        screen.tap("Back to the list")
        screen.picture("49-compared-phone")
        screen.tap("Write it down")
        screen.assertSays("Register 5, app 4\nThey differ.\n3 cases are behind it")
        screen.tap(screen.row("${LAST_MONTH.words}: Fever"))
        assertTrue(screen.dialogSays, "R-002, Line 3 of the register: Not in the app" in screen.dialogSays)
        screen.answerDialog()
        repeat(3) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        val kept = amina.work { session ->
            sync(session)
            session.goLive.site("Clinic A").comparisons.single()
        }
        assertEquals(listOf(LAST_MONTH.id, "5", "4"), listOf(kept.period, "${kept.before}", "${kept.app}"))
        assertEquals("nothing of the register stays", emptyList<File>(), registers())
    }

    private fun registers(): List<File> = TestApplication.now.noBackupFilesDir
        .walk().filter { it.name == "register.csv" }.toList()

    @Test
    fun totals_are_typed_and_a_file_that_is_no_register_says_what_is_wrong() {
        server.rollOut()
        twoWays()
        val screen = supervisor(PHONE)
        screen.tap(screen.saying("Clinic A"))
        screen.tap("Compare with the register")
        screen.tap("Compare")
        assertEquals("Type at least one total.", screen.dialogSays)
        screen.answerDialog()
        screen.typeIn(LAST_MONTH.words, "4")
        screen.picture("49-totals-phone")
        screen.tap("Compare")
        screen.assertSays("Register 4, app 4\nBoth agree.")
        screen.tap("Change")
        screen.tap("Take it from a file, case by case")
        screen.chooseFile(folder.newFile("other.csv").apply { writeText("name,age\nx,4\n") })
        screen.tap("Compare")
        assertTrue(screen.dialogSays, screen.dialogSays.startsWith("The register cannot be read like this."))
        screen.answerDialog()
        screen.tap("Type totals instead")
        screen.tap("By week, not chosen")
        screen.assertSays("Week ")
    }
}
