package org.outpost.app

import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.LAST_MONTH
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.pad
import org.outpost.app.testing.signIn
import org.outpost.app.testing.words
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner

/** A supervisor's tablet: the list and what was chosen from it beside each other. */
@RunWith(RobolectricTestRunner::class)
class TabletJourneyTest {
    @get:Rule
    val server = Sandbox()

    @Test
    fun the_list_stays_beside_what_was_chosen() {
        Screen.qualifiers(TABLET)
        val screen = worker(server, AMINA)
        screen.picture("4-home-tablet")
        screen.tap("Monthly report")
        screen.picture("12-records-tablet")
        screen.tap("New form")
        screen.tap("Clinic A")
        screen.picture("21-periods-tablet")
        screen.tap(LAST_MONTH.words)
        screen.tap("Fever cases, Under 5, Female: empty")
        screen.pad("12.5")
        screen.assertShows("Fever cases, Under 5, Female: 12.5")
        screen.assertShows("Fever cases, Sum: 12.5")
        screen.picture("17-table-tablet")
        server.takeOnlyWholeNumbers("DeFeverCase")
        screen.tap("Send now")
        screen.tap("1 needs you")
        screen.picture("25-outbox-tablet")
        screen.tap("Fever cases")
        screen.picture("26-refused-tablet")
        screen.tap("Correct: Fever cases, Under 5, Female")
        screen.picture("17-table-refused-tablet")
        repeat(2) { screen.tap("Delete digit") }
        screen.assertShows("Fever cases, Under 5, Female: 12")
        screen.tap("Send now")
        screen.assertShows("Your 1 form is sent")
    }

    @Test
    fun turning_a_small_tablet_keeps_the_place() {
        Screen.qualifiers("sw600dp-w960dp-h600dp-land-mdpi")
        val screen = worker(server)
        screen.tap("Fever visit")
        screen.tap("New form")
        screen.answer("Age in years", "7")
        screen.picture("14-form-small-tablet-land")
        screen.dieAndReturn("sw600dp-w600dp-h960dp-port-mdpi")
        screen.assertShows("7")
        screen.picture("14-form-small-tablet")
    }

    @Test
    fun signing_in_is_a_column_not_a_wall() {
        Screen.qualifiers(TABLET)
        val door = Screen(SignInActivity::class.java)
        door.picture("2-sign-in-tablet")
        door.signIn(server)
    }
}
