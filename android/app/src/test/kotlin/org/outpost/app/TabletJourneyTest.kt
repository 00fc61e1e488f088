package org.outpost.app

import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.FakeApplication
import org.outpost.app.testing.Screen
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** A supervisor's tablet: the list and what was chosen from it beside each other. */
@RunWith(RobolectricTestRunner::class)
class TabletJourneyTest {
    @Test
    fun the_list_stays_beside_what_was_chosen() {
        Screen.qualifiers("sw800dp-w1280dp-h800dp-land-mdpi")
        val screen = Screen(MainActivity::class.java)
        screen.picture("6-home-tablet")
        screen.tap("Monthly report")
        screen.picture("12-records-tablet")
        screen.tap("October 2026")
        screen.assertShows("12 forms wait")
        screen.tap("Treated, 5+ y: 22. More treated than positive (9).")
        screen.picture("17-table-tablet")
        screen.tap("1 needs you")
        screen.tap(screen.view("The temperature is too high.\nKireka village, 1 November 2026"))
        screen.picture("26-refused-tablet")
        screen.tap("Correct: Temperature")
        screen.assertShows("Must be 34 to 43. Check it.")
        screen.picture("14-form-tablet")
    }

    @Test
    fun a_small_tablet_upright_has_one_pane_with_a_reading_column() {
        Screen.qualifiers("sw600dp-w600dp-h960dp-port-mdpi")
        val screen = Screen(MainActivity::class.java)
        screen.picture("4-home-small-tablet")
        screen.tap("1 needs you")
        screen.picture("25-outbox-small-tablet")
    }

    @Test
    fun turning_the_tablet_keeps_the_place() {
        Screen.qualifiers("sw600dp-w960dp-h600dp-land-mdpi")
        val screen = Screen(MainActivity::class.java)
        screen.tap("Malaria case registration")
        screen.tap("1 November 2026")
        Screen.qualifiers("sw600dp-w600dp-h960dp-port-mdpi")
        screen.dieAndReturn()
        screen.assertShows("Visit date")
        screen.picture("13-form-small-tablet")
    }

    @Test
    fun signing_in_is_a_column_not_a_wall() {
        Screen.qualifiers("sw800dp-w1280dp-h800dp-land-mdpi")
        (RuntimeEnvironment.getApplication() as FakeApplication).port.session = null
        Screen(SignInActivity::class.java).picture("2-sign-in-tablet")
    }
}
