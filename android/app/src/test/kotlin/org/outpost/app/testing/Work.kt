package org.outpost.app.testing

import android.widget.EditText
import java.time.YearMonth
import java.time.format.DateTimeFormatter
import java.util.Locale
import org.outpost.app.R
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.SignInActivity

const val PHONE = "w360dp-h640dp-port-xhdpi"
const val TABLET = "sw800dp-w1280dp-h800dp-land-mdpi"

/** The same, mirrored. */
const val ARABIC_PHONE = "ar-ldrtl-$PHONE"
const val ARABIC_TABLET = "ar-ldrtl-$TABLET"

/** The month before this one: its report is due. */
val LAST_MONTH: YearMonth = YearMonth.now().minusMonths(1)

/** As the screens write it. */
val YearMonth.words: String get() = format(DateTimeFormatter.ofPattern("MMMM y", Locale.ENGLISH))

/** As DHIS2 writes it. */
val YearMonth.id: String get() = format(DateTimeFormatter.ofPattern("yyyyMM"))

/** Types who and where, allows the sandbox's plain HTTP, and goes in. */
fun Screen<SignInActivity>.signIn(server: Sandbox, user: String = MARY, password: String = PASSWORD) {
    type(R.id.server, server.address)
    type(R.id.user_name, user)
    type(R.id.password, password)
    tap("Sign in")
    answerDialog()
}

/** Somebody who has signed in and got the forms. */
fun worker(server: Sandbox, user: String = MARY): Screen<MainActivity> {
    Screen(SignInActivity::class.java).signIn(server, user)
    return Screen(MainActivity::class.java)
}

/** Opens the report of last month from the home screen. */
fun Screen<MainActivity>.openNewReport() {
    tap("Monthly report")
    tap("New form")
    tap(LAST_MONTH.words)
}

/** Types a number on the pad. */
fun Screen<MainActivity>.pad(number: String) =
    number.forEach { tap(if (it == '.') "Decimal point" else it.toString()) }

/** Fills in the first page of an event and goes on to the second. */
fun Screen<MainActivity>.beginVisit(age: String = "4") {
    tap("Fever visit")
    tap("New form")
    answer("Age in years", age)
    tap("Sex. Female, not chosen")
    tap("Next")
}

/** Fills in a whole event, finishes it and comes back to the first screen. */
fun Screen<MainActivity>.finishVisit() {
    beginVisit()
    tap("Check")
    tap("Finish")
    repeat(3) { if (!shows("Send now")) back() }
}

/** Types a date into the three boxes of a question. */
fun Screen<MainActivity>.answerDate(label: String, day: java.time.LocalDate) {
    (said("$label. Day") as EditText).setText("${day.dayOfMonth}")
    tap(starting("$label. Month"))
    choose(day.month.getDisplayName(java.time.format.TextStyle.FULL_STANDALONE, Locale.ENGLISH))
    (said("$label. Year") as EditText).setText("${day.year}")
    settle()
}

/** Registers a girl in the program for children and stays on the last page. */
fun Screen<MainActivity>.register(given: String, family: String, born: java.time.LocalDate) {
    tap("Child health")
    type(R.id.search, "$given $family")
    tap("Register: Person")
    tap("Sex. Female, not chosen")
    answerDate("Date of birth", born)
    tap("Check")
    tap("Register")
}
