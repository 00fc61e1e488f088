package org.outpost.app

import android.app.Notification
import android.app.NotificationManager
import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.pm.ApplicationInfo
import android.view.WindowManager
import java.time.LocalTime
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.beginVisit
import org.outpost.app.testing.worker
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
        screen.beginVisit()
        screen.tap("Check")
        screen.tap("Finish")
        assertTrue("${server.events()}", "\"event\":" !in server.events())
        var again: Boolean? = null
        TestApplication.now.sync.startInBackground { again = it }
        screen.settle()
        assertEquals(false, again)
        assertTrue(server.events(), "\"event\":" in server.events())
    }
}
