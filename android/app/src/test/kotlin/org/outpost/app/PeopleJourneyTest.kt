package org.outpost.app

import android.widget.EditText
import java.time.LocalDate
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.figures.LargeForm
import org.outpost.app.screens.MainActivity
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.answerDate
import org.outpost.app.testing.register
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner

/** People on a phone: looked for first, registered, visited at home, sent. */
@RunWith(RobolectricTestRunner::class)
class PeopleJourneyTest {
    @get:Rule
    val server = Sandbox()

    @Before
    fun phone() = Screen.qualifiers(PHONE)

    @Test
    fun somebody_is_looked_for_first_then_registered_and_visited_without_network() {
        val screen = worker(server)
        server.stop()
        screen.tap("Child health")
        screen.assertShows("Nobody on this phone yet.")
        screen.type(R.id.search, "Amina Bello")
        screen.assertShows("Nobody found on this phone.")
        screen.picture("10-nobody-found-phone")
        screen.tap("Register: Person")
        screen.assertShows("Amina")
        screen.assertShows("Bello")
        screen.picture("11-register-phone")
        screen.tap("Sex. Female, not chosen")
        screen.answerDate("Date of birth", LocalDate.now().minusMonths(7))
        screen.tap("Check")
        screen.picture("15-register-check-phone")
        screen.tap("Register")
        screen.assertShows("New: Person is finished")
        screen.tap("Next form")
        screen.assertShows("Birth")
        screen.answer("Birth weight (g)", "3200")
        screen.tap("Check")
        screen.tap("Finish")
        screen.picture("16-visit-finished-phone")
        repeat(2) { if (!screen.shows("Household")) screen.back() }
        screen.assertShows("1 form waits")
        screen.tap("Child health")
        screen.type(R.id.search, "amina")
        screen.assertShows("1 on this phone")
        screen.picture("9-search-phone")
        screen.tap(screen.firstRow())
        screen.picture("12-person-phone")
        growthVisit(screen)
        server.start()
        repeat(4) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        screen.assertSays("sent")
        assertTrue(server.tracker("events", "PrChildHeal"), "\"112\"" in server.tracker("events", "PrChildHeal"))
    }

    /** Rules ask, warn and fill in while one types. */
    private fun growthVisit(screen: Screen<MainActivity>) {
        screen.tap("Other visit or note")
        screen.picture("12-person-acts-phone")
        screen.choose("Begin now: Growth visit")
        screen.answer("Weight (kg)", "6.1")
        screen.answer("Arm circumference (mm)", "20")
        screen.assertShows("Measure again: between 60 and 260 mm")
        screen.picture("14-visit-wrong-phone")
        screen.answer("Arm circumference (mm)", "112")
        screen.assertShows("Refer the child today: severe malnutrition")
        screen.assertSays("Severe")
        screen.picture("14-visit-warned-phone")
        screen.tap("Check")
        screen.tap("Finish")
        screen.assertSays("Plan Growth visit for")
        screen.picture("16-visit-plan-phone")
        screen.tap(screen.saying("Plan Growth visit for"))
        screen.assertShows("Visits")
        screen.picture("12-person-visited-phone")
    }

    @Test
    fun a_likely_double_is_shown_before_registering() {
        val screen = worker(server)
        screen.register("Amina", "Bello", LocalDate.now().minusMonths(5))
        repeat(3) { if (!screen.shows("Household")) screen.back() }
        screen.tap("Child health")
        screen.type(R.id.search, "Aminah Bello")
        screen.tap("Register: Person")
        screen.tap("Sex. Female, not chosen")
        screen.answerDate("Date of birth", LocalDate.now().minusMonths(5))
        screen.tap("Check")
        screen.assertShows("Is it one of these?")
        screen.assertShows("No, register a new one")
        screen.picture("11-same-person-phone")
        screen.tap(screen.firstRow())
        screen.assertShows("Amina Bello")
        screen.assertShows("What is known")
    }

    @Test
    fun a_child_is_added_to_its_household() {
        val screen = worker(server)
        screen.register("Halima", "Riverside", LocalDate.now().minusMonths(9))
        repeat(3) { if (!screen.shows("Household")) screen.back() }
        screen.tap("Household")
        screen.type(R.id.search, "Riverside")
        screen.tap("Register: Household")
        screen.assertShows("Riverside")
        screen.tap("Check")
        screen.tap("Register")
        screen.tap("Open the page")
        screen.tap("Add somebody")
        screen.choose("has member")
        screen.tap("Halima Riverside")
        screen.assertShows("Family and household (1)")
        screen.picture("13-household-phone")
        screen.tap(screen.saying("Halima Riverside"))
        screen.assertShows("Family and household (1)")
    }

    @Test
    fun a_form_of_very_many_questions_comes_in_pages() {
        val form = LargeForm("One", "Long page", questions = 90, sections = 0)
        server.put("/api/metadata", form.toJson())
        val screen = worker(server)
        screen.tap("Long page")
        screen.tap("New form")
        screen.answer(form.label(1), "4")
        screen.assertShows("1 of 3")
        screen.picture("14-long-form-phone")
        screen.tap("Next")
        screen.assertShows("Long page, part 2")
        screen.answer(form.label(41), "7")
        screen.dieAndReturn()
        screen.assertShows("Long page, part 2")
        assertEquals("7", (screen.box(form.label(41)) as EditText).text.toString())
    }

    @Test
    fun questions_come_and_go_with_the_answers_and_stay_after_death() {
        val screen = worker(server)
        screen.tap("Fever visit")
        screen.tap("New form")
        screen.answer("Age in years", "4")
        screen.tap("Sex. Female, not chosen")
        screen.tap("Next")
        assertFalse("asked after a positive test only", screen.shows("Doses of ACT given"))
        screen.tap("Rapid test positive. Yes, not chosen")
        screen.assertShows("Doses of ACT given")
        screen.picture("14-skip-logic-phone")
        screen.answer("Doses of ACT given", "3")
        screen.dieAndReturn()
        assertEquals("3", (screen.box("Doses of ACT given") as EditText).text.toString())
        screen.tap("Rapid test positive. No, not chosen")
        assertFalse(screen.shows("Doses of ACT given"))
    }

    /** A child that clinic B follows; Mary may look for it, and of its records she sees nothing. */
    private fun childElsewhere() {
        val day = LocalDate.now().minusDays(40)
        server.put(
            "/api/tracker?async=false",
            """{"trackedEntities":[{"trackedEntity":"TeElsewhere","trackedEntityType":"TtPerson000",
                "orgUnit":"OuClinicBbb","attributes":[{"attribute":"TaGivenName","value":"Kofi"},
                {"attribute":"TaFamilyNam","value":"Mensah"}],"enrollments":[{"enrollment":"EnElsewhere",
                "program":"PrChildHeal","orgUnit":"OuClinicBbb","enrolledAt":"$day","occurredAt":"$day",
                "attributes":[{"attribute":"TaSex000000","value":"F"}]}]}]}""",
        )
        server.patch(
            "/api/users/${server.idOf(MARY)}",
            """[{"op":"add","path":"/teiSearchOrganisationUnits","value":[{"id":"OuDistrictN"}]}]""",
        )
    }

    @Test
    fun somebody_of_another_place_opens_for_a_reason_and_the_reason_is_kept() {
        childElsewhere()
        val screen = worker(server)
        screen.tap("Child health")
        screen.type(R.id.search, "Kofi")
        screen.assertShows("Nobody found on this phone.")
        screen.tap("Ask the server")
        screen.assertShows("The server has 1 more.")
        screen.assertSays("Another place")
        screen.picture("10-server-has-more-phone")
        screen.tap(screen.saying("Kofi Mensah"))
        screen.picture("12-not-your-area-phone")
        screen.answerDialog()
        assertEquals("Say why, in a word or two.", screen.dialogSays)
        screen.answerDialog()
        screen.tap(screen.saying("Kofi Mensah"))
        screen.typeInDialog("came with a fever")
        screen.answerDialog()
        screen.assertShows("What is known")
        screen.assertShows("Visits")
        screen.picture("12-opened-with-reason-phone")
        screen.tap("Other visit or note")
        screen.choose("Begin now: Growth visit")
        screen.answer("Weight (kg)", "6.1")
        screen.answer("Arm circumference (mm)", "130")
        screen.tap("Check")
        screen.tap("Finish")
        repeat(5) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        assertTrue(server.tracker("events", "PrChildHeal"), "\"130\"" in server.tracker("events", "PrChildHeal"))
    }

    @Test
    fun without_network_somebody_of_another_place_is_not_found_and_says_so() {
        childElsewhere()
        val screen = worker(server)
        server.stop()
        screen.tap("Child health")
        screen.type(R.id.search, "Kofi")
        screen.tap("Ask the server")
        screen.assertShows("Nobody found on this phone.")
    }
}
