package org.outpost.app

import android.content.Context
import android.view.View
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.screens.MainActivity
import org.outpost.app.testing.Screen
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** The same screens right to left, in the dark, in the sun, with large text, on an old phone. */
@RunWith(RobolectricTestRunner::class)
class LookTest {
    private fun check(name: String, qualifiers: String = "", fontScale: Float = 1f) {
        Screen.qualifiers("${qualifiers}w360dp-h640dp-port${if ("night" in name) "-night" else ""}-xhdpi", fontScale)
        val screen = Screen(MainActivity::class.java)
        screen.picture("4-home-$name")
        screen.tap(screen.row("ProgramUid1"))
        screen.tap("1 November 2026")
        screen.tap(screen.part<View>(R.id.main_action))
        screen.picture("14-form-$name")
    }

    @Test
    fun right_to_left() = check("rtl", "ar-rXB-ldrtl-")

    @Test
    fun longer_words() = check("long-words", "en-rXA-")

    @Test
    fun in_the_dark() = check("night")

    @Test
    fun with_text_twice_as_large() = check("font2", fontScale = 2f)

    @Test
    fun in_the_sun() {
        RuntimeEnvironment.getApplication().getSharedPreferences("look", Context.MODE_PRIVATE)
            .edit().putBoolean("sun", true).commit()
        check("sun")
    }

    @Test
    @Config(sdk = [29])
    fun on_android_10() = check("api29")
}
