package org.outpost.app

import android.app.Notification
import android.app.NotificationManager
import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.pm.ApplicationInfo
import android.view.WindowManager
import java.time.LocalTime
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.outpost.app.model.HelpFiled
import org.outpost.app.model.NewHelp
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.ARABIC_PHONE
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.finishVisit
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.rollOut
import org.outpost.app.testing.worker
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ReviewQuery
import org.outpost.sdk.SupportRequestId
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** What happens when nobody looks: jobs, notifications, and what the system may see. */
@RunWith(RobolectricTestRunner::class)
class BackgroundTest {
    private val app get() = TestApplication.now
    private val jobs get() = checkNotNull(app.getSystemService(JobScheduler::class.java)).allPendingJobs
    private val notices get() = checkNotNull(app.getSystemService(NotificationManager::class.java))

    @Test
    fun the_background_keeps_to_the_constraints_that_the_person_chose() {
        SyncJob.plan(app, app.settings)
        val regular = jobs.single()
        assertTrue(regular.isPeriodic && regular.isPersisted && regular.isRequireBatteryNotLow)
        assertEquals(JobInfo.NETWORK_TYPE_ANY, regular.networkType)
        app.settings.mobileData = false
        SyncJob.plan(app, app.settings)
        assertEquals(JobInfo.NETWORK_TYPE_UNMETERED, jobs.single().networkType)
        SyncJob.soon(app, app.settings)
        assertEquals(2, jobs.size)
        SyncJob.stop(app)
        assertEquals(emptyList<JobInfo>(), jobs)
    }

    private fun told(): List<String> = shadowOf(notices).allNotifications
        .map { it.extras.getCharSequence(Notification.EXTRA_TEXT).toString() }

    @Test
    fun a_notification_counts_and_never_names() {
        Notices.afterSync(app, SyncOutcome.Finished(sent = 3, refused = 2))
        val isDay = LocalTime.now().hour in 7..19
        val expected = listOf("2 forms were refused. Look at them below.").filter { isDay }
        assertEquals(expected, told())
        Notices.afterSync(app, SyncOutcome.Failed(Trouble(TroubleKind.OFFLINE, WorkSafety.SAFE)))
        assertEquals("no network is a normal day", expected, told())
        Notices.afterSync(app, SyncOutcome.Failed(Trouble(TroubleKind.STORAGE_FULL, WorkSafety.NOT_SAVED)))
        assertTrue("${told()}", "No space is left on this phone." in told())
    }

    @Test
    fun nothing_of_it_is_backed_up_or_seen_in_pictures() {
        val flags = app.applicationInfo.flags
        assertEquals(0, flags and ApplicationInfo.FLAG_ALLOW_BACKUP)
        val door = Robolectric.buildActivity(SignInActivity::class.java).setup().get()
        val secure = WindowManager.LayoutParams.FLAG_SECURE
        assertEquals(secure, door.window.attributes.flags and secure)
        app.settings.training = true
        val practice = Robolectric.buildActivity(SignInActivity::class.java).setup().get()
        assertEquals("practice may be shown", 0, practice.window.attributes.flags and secure)
    }

    @Test
    fun nothing_is_lent_but_files_of_one_folder() {
        val lent = FilesProvider.folder(app).resolve("a.txt").apply { writeText("lent") }
        val stream = checkNotNull(app.contentResolver.openInputStream(FilesProvider.uriOf(lent.name)))
        assertEquals("lent", stream.use { it.reader().readText() })
        for (name in listOf("../secret", "..", "/etc/passwd")) {
            val uri = FilesProvider.uriOf(name)
            assertFalse(name, runCatching { app.contentResolver.openInputStream(uri)?.close() }.isSuccess)
        }
    }
}

/** The regular run with a real server. */
@RunWith(RobolectricTestRunner::class)
class BackgroundJourneyTest {
    @get:Rule
    val server = Sandbox()

    @Test
    fun what_waits_is_sent_when_the_system_says_so() {
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        screen.finishVisit()
        assertTrue("${server.events()}", "\"event\":" !in server.events())
        var again: Boolean? = null
        TestApplication.now.sync.startInBackground { again = it }
        screen.settle()
        assertEquals(false, again)
        assertTrue(server.events(), "\"event\":" in server.events())
    }

    /** As the system does when there is network. */
    private fun syncUnseen(screen: Screen<MainActivity>) {
        screen.away()
        TestApplication.now.sync.startInBackground { }
        screen.settle()
    }

    @Test
    fun data_of_runs_that_nobody_saw_counts_in_the_month_and_survives_the_process() {
        Screen.qualifiers(PHONE)
        val screen = worker(server)
        val first = TestApplication.now.dataUse.thisMonth
        assertTrue("the first fetch is counted: $first", first > 1_000)
        syncUnseen(screen)
        screen.dieAndReturn()
        val now = TestApplication.now.dataUse.thisMonth
        assertTrue("$first, $now", now > first)
        screen.tap(screen.row(Place.SYNC.name))
        screen.assertSays("Data used this month: ")
        screen.picture("29-data-phone")
        screen.back()
        screen.tap(screen.row(Place.SETTINGS.name))
        screen.assertShows("Data used")
        screen.assertShows("What sending and fetching took, also in the background.")
        for ((size, name) in listOf(PHONE to "phone", ARABIC_PHONE to "phone-ar")) {
            screen.dieAndReturn(size)
            screen.picture("35-settings-$name")
        }
    }
}

/** What somebody waited for has come while nobody looked. */
@RunWith(RobolectricTestRunner::class)
class ArrivalJourneyTest {
    private val server = Sandbox()
    private val amina = Colleague(server, AMINA)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(amina)

    @After
    fun clock() {
        Notices.isDay = Notices::isDayNow
    }

    private val app get() = TestApplication.now
    private val notices get() = shadowOf(checkNotNull(app.getSystemService(NotificationManager::class.java)))

    private fun told(): List<String> = notices.allNotifications
        .map { it.extras.getCharSequence(Notification.EXTRA_TEXT).toString() }

    private fun syncUnseen(screen: Screen<MainActivity>) {
        screen.away()
        app.sync.startInBackground { }
        screen.settle()
    }

    /** A tap on the one notification. */
    private fun tapped(text: String): Screen<MainActivity> {
        val notice = notices.allNotifications.single { it.extras.getCharSequence(Notification.EXTRA_TEXT) == text }
        val intent = shadowOf(notice.contentIntent).savedIntent
        val door = Screen(SignInActivity::class.java, intent)
        val next = checkNotNull(shadowOf(door.activity).nextStartedActivity)
        return Screen(MainActivity::class.java, next)
    }

    @Test
    fun an_answer_and_a_form_that_was_sent_back_are_told_once_without_a_name_and_lead_there() {
        Notices.isDay = { true }
        server.rollOut()
        Screen.qualifiers(PHONE)
        val screen = worker(server).apply { tap("Send now") }
        val request = runBlocking {
            val filed = app.port.help.file(
                NewHelp(
                    "OuClinicAaa", "Nothing is sent", "", "NOT_SENDING",
                    isUrgent = false, error = null, tellsOfPhone = false,
                ),
            )
            (filed as HelpFiled.New).id
        }
        screen.finishVisit()
        syncUnseen(screen)
        assertEquals("nobody answered", emptyList<String>(), told())
        amina.work { session ->
            sync(session)
            session.support.waitForUser(SupportRequestId(request), "Which form, Mary?")
            val visit = session.review.list(ReviewQuery(ProgramId("PrFeverVisi"))).items.single()
            session.review.sendBack(visit.subject, "Which child of Rose?")
            sync(session)
        }
        Notices.isDay = { false }
        syncUnseen(screen)
        assertEquals("nothing rings at night", emptyList<String>(), told())
        Notices.isDay = { true }
        syncUnseen(screen)
        val expected = setOf("1 of your requests has an answer.", "1 form was sent back to you.")
        assertEquals(expected, told().toSet())
        val answer = tapped("1 of your requests has an answer.")
        answer.assertShows("Which form, Mary?")
        tapped("1 form was sent back to you.").assertSays("Which child of Rose?")
        checkNotNull(app.getSystemService(NotificationManager::class.java)).cancelAll()
        syncUnseen(screen)
        assertEquals("once is enough", emptyList<String>(), told())
    }
}
