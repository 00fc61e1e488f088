package org.outpost.app

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.testing.AMINA
import org.outpost.app.testing.ARABIC_PHONE
import org.outpost.app.testing.ARABIC_TABLET
import org.outpost.app.testing.Colleague
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TABLET
import org.outpost.app.testing.rollOut
import org.outpost.app.testing.worker
import org.robolectric.RobolectricTestRunner

/** A supervisor gives phones out, takes them back and looks whether they are there; without network. */
@RunWith(RobolectricTestRunner::class)
class HandOverJourneyTest {
    private val server = Sandbox()
    private val mary = Colleague(server)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(mary)

    /** Amina with three phones that are ready, and no network. */
    private fun ready(size: String): Screen<MainActivity> {
        server.rollOut("0001", "0002", "0003")
        Screen.qualifiers(size)
        val screen = worker(server, AMINA)
        server.stop()
        screen.tap(screen.row(Place.DEVICES.name))
        return screen
    }

    private fun Screen<MainActivity>.scan(label: String, text: String) {
        typeIn(label, text)
        tap("Go on")
    }

    private fun Screen<MainActivity>.give(phone: String, to: String) {
        tap(row(Place.HAND_OVER.name))
        scan("Label of the box", phone)
        scan("Label of the phone", "R58N$phone")
        typeIn("Who gets it?", to)
        tap("New, not chosen")
        tap("Next")
        tap("Next")
        tap("Give it out")
        assertShows("Phone $phone is with $to")
        tap("Close")
    }

    @Test
    fun a_hand_over_with_a_mix_up_stops_until_the_right_phone_is_scanned_and_survives_the_death_of_the_app() {
        val screen = ready(TABLET)
        screen.picture("43-devices-tablet")
        screen.tap(screen.row(Place.HAND_OVER.name))
        screen.picture("43-hand-over-box-tablet")
        screen.scan("Label of the box", "7777")
        screen.assertShows("No such phone in the list. Check the number.")
        screen.scan("Label of the box", "0001")
        screen.scan("Label of the phone", "R58N0002")
        screen.assertShows("Box and phone are mixed up")
        screen.assertShows("0001")
        screen.assertShows("0002")
        assertFalse("there is no way on", screen.shows("Next"))
        screen.picture("43-hand-over-mix-up-tablet")
        for ((size, name) in listOf(ARABIC_TABLET to "tablet-ar", PHONE to "phone", ARABIC_PHONE to "phone-ar")) {
            screen.dieAndReturn(size)
            screen.assertShows("0002")
            screen.picture("43-hand-over-mix-up-$name")
        }
        screen.dieAndReturn(TABLET)
        screen.scan("Label of the phone", "R58N0001")
        screen.tap("Next")
        screen.assertShows("Say who gets it and in what condition it is.")
        screen.typeIn("Who gets it?", "Mary O.")
        screen.dieAndReturn()
        screen.assertShows("Where it was")
        screen.tap("Choose the place")
        screen.tap(screen.firstRow())
        screen.tap(screen.saying("Clinic A"))
        screen.dieAndReturn()
        screen.assertShows("Clinic A")
        assertFalse("the place is kept", screen.shows("Where it was"))
        screen.tap("New, not chosen")
        screen.picture("43-hand-over-check-tablet")
        screen.tap("Next")
        screen.tap(screen.said("Health worker. Signed on paper"))
        screen.assertShows("Mary O. has signed.")
        screen.tap(screen.said("Council. Take a photo"))
        assertEquals("Type the name first.", screen.dialogSays)
        screen.answerDialog()
        screen.picture("43-hand-over-sign-tablet")
        screen.tap("Next")
        screen.tick("Copy 1 is stamped")
        screen.tap(screen.saying("Where is copy 1?"))
        screen.choose("At the district")
        screen.assertShows("4 things are open")
        screen.picture("44-hand-over-open-ends-tablet")
        screen.dieAndReturn()
        screen.assertShows("4 things are open")
        screen.tap("Give it out")
        screen.assertShows("Phone 0001 is with Mary O.")
        screen.picture("44-hand-over-end-tablet")
        screen.tap("Close")
        screen.tap(screen.saying("0001, Mary O."))
        screen.assertShows("signature of the council")
        screen.picture("43-device-tablet")
        server.start()
        screen.tap("Send now")
        val holder = mary.work { session ->
            sync(session)
            session.devices.find("0001").holder
        }
        assertEquals("Mary O.", holder)
    }

    @Test
    fun who_stops_says_why_and_a_phone_that_is_given_out_is_not_given_again() {
        val screen = ready(PHONE)
        screen.tap(screen.row(Place.HAND_OVER.name))
        screen.scan("Label of the box", "0002")
        screen.back()
        screen.back()
        screen.tap(screen.saying("0002"))
        screen.tap("Stop here")
        screen.typeInDialog("the label is torn")
        screen.answerDialog()
        screen.assertShows("Give out a phone")
        screen.give("0002", "John W.")
        screen.tap(screen.row(Place.HAND_OVER.name))
        screen.scan("Label of the box", "0002")
        screen.assertShows("This phone is already with John W.")
        screen.picture("43-hand-over-already-given-phone")
    }

    @Test
    fun a_phone_comes_back_with_its_condition_first_and_the_wipe_last() {
        val screen = ready(PHONE)
        screen.give("0003", "Rose A.")
        screen.tap(screen.row(Place.TAKE_BACK.name))
        screen.scan("Label of the phone", "0001")
        screen.assertShows("This phone is not in a state for this.")
        screen.scan("Label of the phone", "0003")
        screen.assertShows("Given to: Rose A.")
        screen.tap("Next")
        screen.assertShows("Say in what condition it is.")
        screen.tap("Worn, not chosen")
        screen.picture("44-return-condition-phone")
        screen.tap("Next")
        screen.tap(screen.said("Health worker. Signed on paper"))
        screen.typeIn("Name, Supervisor", "Amina N.")
        screen.tap(screen.said("Supervisor. Signed on paper"))
        screen.dieAndReturn()
        screen.assertShows("Amina N. has signed.")
        screen.tap("Next")
        screen.assertSays("Step 4 of 4")
        screen.tap("Yes, not chosen")
        screen.assertShows("Nothing is open.")
        screen.picture("44-return-wipe-phone")
        screen.tap("Take it back")
        screen.assertShows("Say why, in a word or two.")
        screen.typeIn("Why does it come back?", "leaves the work")
        screen.tap("Next")
        screen.tap("Next")
        screen.tap("Take it back")
        screen.assertShows("Phone 0003 is back.")
        screen.tap("Close")
        screen.typeSearch("0003")
        screen.assertSays("Given back")
    }

    @Test
    fun another_sim_card_is_put_in_and_one_of_another_phone_only_when_a_person_says_that_it_was_moved() {
        val screen = ready(PHONE)
        fun open(phone: String) {
            screen.tap(screen.saying(phone))
            screen.tap("Put in another SIM card")
        }
        open("0001")
        screen.assertShows("None is known")
        screen.picture("43-sim-scan-phone")
        screen.scan("Number on the SIM card", "8925 6000 0000 0000 012")
        screen.typeIn("Phone number, if you know it", "+256 700 123456")
        screen.typeIn("Who glued it? (if glued)", "Amina N.")
        screen.tick("PIN and PUK lie sealed in the box file")
        screen.dieAndReturn()
        screen.assertShows("Amina N.")
        screen.picture("43-sim-more-phone")
        screen.tap("Put it in")
        screen.assertShows("+256700123456, $SIM")
        screen.tap("Put in another SIM card")
        screen.scan("Number on the SIM card", SIM)
        screen.tap("Put it in")
        assertEquals("This SIM card is in this phone already.", screen.dialogSays)
        screen.answerDialog()
        repeat(2) { screen.back() }
        open("0002")
        screen.scan("Number on the SIM card", "12")
        screen.tap("Put it in")
        assertEquals("The number on the SIM card is wrong. Check it.", screen.dialogSays)
        screen.answerDialog()
        screen.tap("Another card")
        screen.scan("Number on the SIM card", SIM)
        screen.tap("Put it in")
        assertEquals("It is known in phone 0001. Was it moved?", screen.dialogSays)
        screen.picture("43-sim-moved-phone")
        screen.answerDialog()
        screen.assertShows("+256700123456, $SIM")
        screen.back()
        screen.tap(screen.saying("0001"))
        assertFalse("it left this phone", screen.shows("+256700123456, $SIM"))
    }

    @Test
    fun a_device_check_names_what_is_missing_extra_or_in_wrong_hands_and_asks_why() {
        val screen = ready(TABLET)
        screen.give("0002", "John W.")
        screen.tap(screen.row(Place.CHECK.name))
        screen.tap("Choose the place")
        screen.tap(screen.firstRow())
        screen.tap(screen.saying("Clinic A"))
        screen.assertShows("Found 0 of 3")
        screen.scan("Number or label", "R58N0001")
        screen.assertShows("0001: found")
        screen.typeIn("Who has it? (if asked)", "Sam O.")
        screen.scan("Number or label", "0002")
        screen.assertShows("0002: in the wrong hands")
        screen.assertShows("Found 1 of 3")
        screen.picture("45-check-tablet")
        screen.dieAndReturn(ARABIC_PHONE)
        screen.picture("45-check-phone-ar")
        screen.dieAndReturn(PHONE)
        screen.picture("45-check-phone")
        assertFalse("two are open", screen.shows("Finish the check"))
        for (number in listOf("0002", "0003")) {
            screen.tap(screen.row(number))
            screen.typeInDialog("in the workshop")
            screen.answerDialog()
        }
        screen.tap("Finish the check")
        screen.assertShows("The check is finished.")
        assertTrue(screen.shows("Close"))
    }

    private companion object {
        const val SIM = "8925600000000000012"
    }
}
