package org.outpost.app

import android.content.Context
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.beginVisit
import org.outpost.app.testing.worker
import org.outpost.app.screens.MainActivity
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** The same work as phones of many kinds show it. */
abstract class Looks {
    @get:Rule
    val server = Sandbox()

    /** Works in plain English, then looks at the same work as another phone shows it. */
    protected fun check(name: String, qualifiers: String, fontScale: Float = 1f) {
        // Another language comes later; the colours of icons are kept for the whole process.
        Screen.qualifiers(if ("night" in qualifiers) qualifiers else PHONE)
        val before = worker(server)
        before.beginVisit()
        before.answer("Temperature in °C", "39.5")
        before.tap("Check")
        before.tap("Finish")
        repeat(2) { before.back() }
        server.takeOnlyWholeNumbers("DeEvTemp000")
        before.tap("Send now")
        Screen.qualifiers(qualifiers, fontScale)
        val screen = Screen(MainActivity::class.java)
        screen.picture("4-home-$name")
        screen.tap(screen.row("outbox"))
        screen.picture("25-outbox-$name")
        screen.tap(screen.firstRow())
        screen.picture("26-refused-$name")
        screen.tap(screen.part<android.view.View>(R.id.problem_correct))
        screen.picture("14-form-$name")
        repeat(3) { screen.back() }
        screen.tap(screen.row("DsMonthly00"))
        screen.picture("12-records-$name")
        screen.tap(screen.part<android.view.View>(R.id.main_action))
        screen.tap(screen.firstRow())
        screen.picture("17-table-$name")
    }
}

/** The screens right to left, in the dark, in the sun, with large text. */
@RunWith(RobolectricTestRunner::class)
class LookTest : Looks() {
    @Test
    fun right_to_left() = check("rtl", "ar-rXB-ldrtl-w360dp-h640dp-port-xhdpi")

    @Test
    fun longer_words() = check("long-words", "en-rXA-w360dp-h640dp-port-xhdpi")

    @Test
    fun in_the_dark() = check("night", "w360dp-h640dp-port-night-xhdpi")

    @Test
    fun with_larger_text() = check("font13", PHONE, fontScale = 1.3f)

    @Test
    fun with_text_twice_as_large() = check("font2", PHONE, fontScale = 2f)

    @Test
    fun right_to_left_on_a_tablet() =
        check("rtl-tablet", "ar-rXB-ldrtl-sw800dp-w1280dp-h800dp-land-mdpi")

    @Test
    fun in_the_sun() {
        RuntimeEnvironment.getApplication().getSharedPreferences("look", Context.MODE_PRIVATE)
            .edit().putBoolean("sun", true).commit()
        check("sun", PHONE)
    }
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
