package org.outpost.app

import android.graphics.Bitmap
import android.view.View
import java.io.File
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.outpost.app.screens.LockActivity
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Place
import org.outpost.app.screens.SetupActivity
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PASSWORD
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.TestApplication
import org.outpost.app.testing.signIn
import org.outpost.app.testing.tool
import org.outpost.app.ui.Pictures
import org.outpost.sdk.FileKeyStore
import org.outpost.sdk.Outpost
import org.outpost.sdk.ProgramId
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf

/** A new phone that begins with a code which the centre signed. */
@RunWith(RobolectricTestRunner::class)
class SetupJourneyTest {
    private val server = Sandbox()
    private val folder = TemporaryFolder()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(server).around(folder)

    @Before
    fun phone() = Screen.qualifiers(PHONE)

    private fun first(pattern: String, of: String): String =
        checkNotNull(Regex(pattern).find(of)) { of }.groupValues[1]

    /** A code as the centre prints it, and the digits that stand beside it. */
    private fun code(vararg plan: String): Pair<String, String> {
        val home = folder.newFolder()
        tool(
            home, "district\n", "login", "--server", server.address, "--user", "admin", "--allow-http",
            "--password-stdin",
        )
        val card = tool(home, "", "exchange", "card", "--name", "Centre", "--role", "centre", "--json")
        val made = tool(home, "", "exchange", "setup-code", "--server", server.address, *plan, "--json")
        return first("\"(OUTPOST-SETUP:[^\"]*)\"", made) to first("\"fingerprint\":\\s*\"([^\"]*)\"", card)
    }

    /** From the sign-in to where a code is scanned. */
    private fun toScanner(): Screen<SetupActivity> {
        val door = Screen(SignInActivity::class.java)
        door.tap("Scan the code that you were given")
        assertEquals(SetupActivity::class.java.name, door.wentTo())
        return Screen(SetupActivity::class.java)
    }

    /** The camera comes back with a picture of the code. */
    private fun Screen<SetupActivity>.photograph(code: String) {
        tap("Scan a code")
        val asked = checkNotNull(shadowOf(activity).nextStartedActivityForResult) { "nothing was asked" }
        val photo = File(FilesProvider.folder(activity), "scan.jpg")
        photo.outputStream().use { Pictures.qrOf(code, PIXELS).compress(Bitmap.CompressFormat.PNG, 100, it) }
        result(asked.requestCode)
    }

    private fun Screen<SetupActivity>.paste(label: String, code: String) {
        typeIn(label, code)
        tap("Go on")
    }

    @Test
    fun a_scanned_code_whose_digits_are_the_same_leads_to_the_work() {
        val (code, digits) = code()
        val setup = toScanner()
        setup.picture("1-setup-phone")
        setup.photograph(code)
        setup.assertShows("Centre")
        setup.assertShows("The centre")
        setup.assertShows(digits)
        setup.picture("1-setup-digits-phone")
        setup.dieAndReturn()
        setup.assertShows(digits)
        assertNull("nothing is taken before the answer", TestApplication.now.settings.setupCode)
        setup.tap("Yes, the same")
        assertEquals(SignInActivity::class.java.name, setup.wentTo())
        val door = Screen(SignInActivity::class.java)
        door.dieAndReturn()
        door.assertShows(server.address)
        door.assertShows("Setup code of Centre. The centre.")
        assertFalse("the address is not typed", door.part<View>(R.id.server).isShown)
        assertFalse("it is real work", door.shows("PRACTICE, not real"))
        door.picture("2-sign-in-code-phone")
        door.type(R.id.user_name, MARY)
        door.type(R.id.password, PASSWORD)
        door.tap("Sign in")
        door.answerDialog()
        assertEquals(LockActivity::class.java.name, door.wentTo())
        Screen(MainActivity::class.java).assertShows("Fever visit")
    }

    @Test
    fun a_phone_that_is_for_one_program_shows_that_and_holds_nobody_of_another() {
        val (code, _) = code("--program", "PrChildHeal")
        val setup = toScanner()
        setup.paste("Text of the code", code)
        setup.tap("Yes, the same")
        val door = Screen(SignInActivity::class.java)
        door.type(R.id.user_name, MARY)
        door.type(R.id.password, PASSWORD)
        door.tap("Sign in")
        door.answerDialog()
        val home = Screen(MainActivity::class.java)
        home.assertShows("Child health")
        for (other in listOf("Fever visit", "Household", "Monthly report")) {
            assertFalse(other, home.shows(other))
        }
        val app = TestApplication.now
        app.die()
        val keys = FileKeyStore(File(app.noBackupFilesDir, "keys"))
        val held = runBlocking {
            Outpost.open(File(app.noBackupFilesDir, "outpost"), keys).use { core ->
                core.session().use { session ->
                    listOf("PrChildHeal", "PrHousehold")
                        .map { session.room.downloadSetting(ProgramId(it)).enabled }
                }
            }
        }
        assertEquals(listOf(true, false), held)
    }

    @Test
    fun a_practice_code_in_arabic_changes_the_language_and_is_seen_as_practice() {
        val (code, digits) = code("--training", "--language", "ar")
        val setup = toScanner()
        setup.paste("Text of the code", code.chunked(60).joinToString("\n"))
        setup.assertShows("This code is for practice. Nothing you enter counts.")
        setup.picture("1-setup-practice-phone")
        setup.tap("Yes, the same")
        val door = Screen(SignInActivity::class.java)
        door.assertShows(BAND)
        door.assertShows(server.address)
        assertEquals(View.LAYOUT_DIRECTION_RTL, door.activity.window.decorView.layoutDirection)
        door.picture("2-sign-in-code-arabic")
        door.type(R.id.user_name, MARY)
        door.type(R.id.password, PASSWORD)
        door.tap("تسجيل الدخول")
        door.answerDialog()
        val home = Screen(MainActivity::class.java)
        home.assertShows(BAND)
        home.assertShows("Fever visit")
        home.picture("37-training-home-arabic")
        home.dieAndReturn()
        home.assertShows(BAND)
        val again = Screen(SetupActivity::class.java)
        again.assertShows(BAND)
        again.typeIn("نص الرمز", code)
        again.tap("تابع")
        again.assertShows(digits)
        again.picture("1-setup-digits-arabic")
    }

    @Test
    fun a_code_that_was_changed_or_is_none_is_refused_in_plain_words() {
        val (code, _) = code()
        val setup = toScanner()
        val changed = code.toCharArray().also { it[40] = if (it[40] == 'A') 'B' else 'A' }.concatToString()
        setup.photograph(changed)
        val another = "Show it to your supervisor and ask for another code."
        assertEquals("This code was changed after it was signed. $another", setup.dialogSays)
        setup.picture("1-setup-refused-phone")
        setup.answerDialog()
        setup.paste("Text of the code", "R58N0001")
        assertEquals("This is no setup code, or not all of it. $another", setup.dialogSays)
        setup.answerDialog()
        assertNull(TestApplication.now.settings.setupCode)
    }

    @Test
    fun digits_that_differ_make_the_phone_forget_the_code() {
        val (code, _) = code("--language", "fr")
        val setup = toScanner()
        setup.paste("Text of the code", code)
        setup.tap("No, they differ")
        setup.assertShows("This code is forgotten. Nothing of it was taken.")
        setup.picture("1-setup-differ-phone")
        setup.tap("Scan another code")
        setup.assertShows("Text of the code")
        setup.back()
        assertEquals(SignInActivity::class.java.name, setup.wentTo())
        val door = Screen(SignInActivity::class.java)
        assertTrue("it is typed, and in English", door.shows("For example: health.example.org"))
    }

    @Test
    fun whoever_leaves_the_code_types_the_address() {
        val (code, _) = code()
        val setup = toScanner()
        setup.paste("Text of the code", code)
        setup.tap("Yes, the same")
        val door = Screen(SignInActivity::class.java)
        door.tap("Type the address instead")
        assertFalse(door.shows(server.address))
        door.signIn(server)
        assertEquals(LockActivity::class.java.name, door.wentTo())
    }

    @Test
    fun the_pin_of_one_side_does_not_open_the_other() {
        val (code, _) = code("--training")
        Screen(SignInActivity::class.java).signIn(server)
        val setup = Screen(SetupActivity::class.java)
        setup.paste("Text of the code", code)
        setup.tap("Yes, the same")
        val practice = Screen(SignInActivity::class.java)
        practice.type(R.id.user_name, "amina")
        practice.type(R.id.password, PASSWORD)
        practice.tap("Sign in")
        practice.answerDialog()
        val home = Screen(MainActivity::class.java)
        home.tap(home.row(Place.SETTINGS.name))
        home.tap("Back to real work")
        home.answerDialog()
        val door = Screen(SignInActivity::class.java)
        assertFalse("the password comes first", door.activity.isFinishing)
        door.assertShows(MARY)
        assertFalse("the practice code is not of this side", door.shows("Setup code of Centre. The centre."))
    }

    private companion object {
        const val PIXELS = 900
        const val BAND = "تدريب، ليس حقيقياً"
    }
}
