package org.outpost.app

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.os.SystemClock
import android.view.MotionEvent
import android.view.View
import android.view.ViewGroup
import android.widget.EditText
import android.widget.ScrollView
import android.widget.TextView
import java.io.File
import java.time.LocalDate
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.screens.SignInActivity
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.ScreenAudit
import org.outpost.app.testing.Screenshots
import org.outpost.app.testing.register
import org.outpost.app.testing.worker
import org.outpost.app.ui.ColumnLayout
import org.outpost.app.ui.FieldAct
import org.outpost.app.ui.FieldHost
import org.outpost.app.ui.FieldView
import org.outpost.app.ui.Pictures
import org.outpost.app.ui.SignaturePad
import org.outpost.app.ui.colour
import org.outpost.app.ui.coordinateWords
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowLooper

/** How each kind of answer is given: what is asked of the core for what a person does. */
@RunWith(RobolectricTestRunner::class)
class FieldsTest {
    private val given = mutableListOf<Pair<String, String?>>()
    private val asked = mutableListOf<FieldAct>()
    private lateinit var activity: Activity

    private val host = object : FieldHost {
        override fun answer(fieldId: String, value: String?, soon: Boolean) {
            given += fieldId to value
        }

        override fun act(field: Field, act: FieldAct) {
            asked += act
        }

        override fun picture(id: String, show: (ByteArray) -> Unit) = show(photo(Color.WHITE))

        override fun placeName(id: String, show: (String) -> Unit) = show("Clinic A")

        override val nowMs: Long get() = LocalDate.of(2026, 11, 2).toEpochDay() * 86_400_000L
    }

    private fun photo(colour: Int): ByteArray {
        val picture = Bitmap.createBitmap(1600, 1200, Bitmap.Config.ARGB_8888)
        val canvas = Canvas(picture)
        canvas.drawColor(colour)
        canvas.drawRect(100f, 100f, 700f, 500f, android.graphics.Paint())
        return Pictures.shrink(picture)
    }

    private fun show(vararg fields: Field, fontScale: Float = 1f, qualifiers: String = PHONE): ViewGroup {
        Screen.qualifiers(qualifiers, fontScale)
        activity = Robolectric.buildActivity(SignInActivity::class.java).setup().get()
        val column = ColumnLayout(activity).apply {
            orientation = android.widget.LinearLayout.VERTICAL
            isFocusableInTouchMode = true
            setPaddingRelative(32, 0, 32, 0)
        }
        fields.forEach { column.addView(FieldView(activity, it, host, enabled = true)) }
        val scroll = ScrollView(activity)
        scroll.addView(column)
        scroll.setBackgroundColor(activity.colour(R.attr.opBg))
        activity.setContentView(scroll)
        ShadowLooper.idleMainLooper()
        return column
    }

    private fun all(view: View): List<View> = listOf(view) +
        ((view as? ViewGroup)?.let { g -> (0 until g.childCount).flatMap { all(g.getChildAt(it)) } } ?: emptyList())

    private fun said(root: View, text: String) =
        all(root).first { it.contentDescription?.toString() == text || (it as? TextView)?.text?.toString() == text }

    private val several = Field(
        "s", "Signs", FieldKind.CHOICES, null,
        choices = listOf(Choice("F", "Fever"), Choice("C", "Cough"), Choice("R", "Rash")),
    )

    @Test
    fun several_answers_are_ticked_one_by_one() {
        val form = show(several)
        said(form, "Signs. Fever, not chosen").performClick()
        said(form, "Signs. Rash, not chosen").performClick()
        SystemClock.setCurrentTimeMillis(SystemClock.uptimeMillis() + 5_000)
        assertEquals(listOf("s" to "F", "s" to "F,R"), given)
    }

    @Test
    fun an_age_is_given_in_years_or_as_a_date() {
        val form = show(Field("a", "Born", FieldKind.AGE, null))
        (said(form, "Born. years") as EditText).setText("28")
        assertEquals("a" to "1998-11-02", given.last())
        assertTrue(all(form).any { (it as? TextView)?.text?.startsWith("Born around") == true })
        (said(form, "Born. months") as EditText).setText("6")
        assertEquals("a" to "1998-05-02", given.last())
    }

    @Test
    fun a_moment_is_a_day_and_a_time() {
        val form = show(Field("d", "Seen", FieldKind.DATE_TIME, "2026-10-04T10:30"))
        assertEquals("10", (said(form, "Seen. Hour") as EditText).text.toString())
        (said(form, "Seen. Minute") as EditText).setText("45")
        assertEquals("d" to "2026-10-04T10:45", given.last())
        val before = given.size
        (said(form, "Seen. Hour") as EditText).setText("25")
        assertEquals("no such time is told, not stored", before, given.size)
        assertTrue(all(form).any { (it as? TextView)?.text == "There is no such time. Check it." })
    }

    @Test
    fun places_codes_and_pictures_are_asked_for() {
        val form = show(
            Field("o", "Clinic", FieldKind.PLACE, "OuClinicAaa"),
            Field("g", "House", FieldKind.COORDINATE, "[32.58,0.347]"),
            Field("c", "Card", FieldKind.CODE, null),
            Field("p", "Photo", FieldKind.PICTURE, null),
        )
        said(form, "Clinic. Clinic A").performClick()
        said(form, "House. Get the place").performClick()
        said(form, "Card. Scan a code").performClick()
        said(form, "Photo. Take a photo").performClick()
        said(form, "Photo. Sign here").performClick()
        val all = listOf(FieldAct.PLACE, FieldAct.LOCATE, FieldAct.SCAN, FieldAct.CAMERA, FieldAct.SIGN)
        assertEquals(all, asked)
        assertTrue(all(form).any { (it as? TextView)?.text == "0.34700, 32.58000" })
        assertEquals("latitude first for people", "0.34700, 32.58000", coordinateWords("[32.58,0.347]"))
    }

    @Test
    fun a_signature_is_strokes_on_a_line() {
        show()
        val pad = SignaturePad(activity)
        activity.setContentView(pad, ViewGroup.LayoutParams(600, 200))
        ShadowLooper.idleMainLooper()
        assertTrue(pad.isEmpty)
        touch(pad, MotionEvent.ACTION_DOWN, 60f, 80f)
        for (x in 60..500 step 20) touch(pad, MotionEvent.ACTION_MOVE, x.toFloat(), 80f + x % 60)
        val signed = pad.toBitmap()
        assertEquals(Color.BLACK, signed.getPixel(70, 90).takeIf { it == Color.BLACK } ?: darkest(signed))
        Screenshots.take(activity, "23-signature-phone")
        pad.clear()
        assertTrue(pad.isEmpty)
    }

    private fun darkest(of: Bitmap): Int = (0 until of.width).flatMap { x -> (0 until of.height).map { of.getPixel(x, it) } }
        .minBy { Color.red(it) }

    private fun touch(view: View, what: Int, x: Float, y: Float) =
        view.dispatchTouchEvent(MotionEvent.obtain(0, 0, what, x, y, 0))

    @Test
    fun a_photo_is_kept_small_and_a_dark_one_is_told() {
        val jpeg = photo(Color.LTGRAY)
        assertTrue("${jpeg.size}", jpeg.size < 200_000)
        val kept = android.graphics.BitmapFactory.decodeByteArray(jpeg, 0, jpeg.size)
        assertEquals(1024 to 768, kept.width to kept.height)
        val dark = Bitmap.createBitmap(64, 64, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.rgb(20, 20, 20)) }
        assertTrue(Pictures.isDark(dark))
        assertTrue(!Pictures.isDark(kept))
    }

    @Test
    fun a_code_that_was_drawn_is_read_again() {
        for (text in listOf("0147", "OUTPOST:1:AUCFGYLGMW55", "नमस्ते")) {
            assertEquals(text, Pictures.codeOn(Pictures.qrOf(text, 300)))
        }
        assertEquals(null, Pictures.codeOn(Bitmap.createBitmap(200, 200, Bitmap.Config.ARGB_8888)))
    }

    /** Every kind of field on every kind of phone can be read, heard and hit. */
    @Test
    fun every_kind_is_readable_on_every_phone() {
        val kinds = listOf(
            Field("o", "Clinic", FieldKind.PLACE, null), several.copy(value = "F"),
            Field("a", "Born", FieldKind.AGE, "2020-05-06"),
            Field("d", "Seen", FieldKind.DATE_TIME, "2026-10-04T10:30"),
            Field("c", "Card", FieldKind.CODE, "0147"),
            Field("g", "House", FieldKind.COORDINATE, "[32.58,0.347]"),
            Field("p", "Photo", FieldKind.PICTURE, "FileAaaaaaa"),
        )
        val phones = listOf(
            Triple("phone", PHONE, 1f), Triple("font2", PHONE, 2f),
            Triple("ar", "ar-ldrtl-w360dp-h640dp-port-xhdpi", 1f),
            Triple("ar-font2", "ar-ldrtl-w360dp-h640dp-port-xhdpi", 2f),
            Triple("tablet", "sw800dp-w1280dp-h800dp-land-mdpi", 1f),
        )
        for ((name, qualifiers, scale) in phones) kinds.chunked(3).forEachIndexed { at, some ->
            show(*some.toTypedArray(), fontScale = scale, qualifiers = qualifiers)
            Screenshots.take(activity, "22-fields-$at-$name")
            assertEquals("$name $at", emptyList<String>(), ScreenAudit.walk(activity.window.decorView))
        }
    }
}

/** A photo by the camera app, which may push our process out. */
@RunWith(RobolectricTestRunner::class)
class PhotoJourneyTest {
    @get:Rule
    val server = Sandbox()

    @Before
    fun phone() = Screen.qualifiers(PHONE)

    @Test
    fun a_photo_comes_back_to_its_question_although_the_process_died() {
        val screen = worker(server)
        screen.register("Amina", "Bello", LocalDate.now().minusMonths(7))
        screen.tap("Open the page")
        screen.tap("Other visit or note")
        screen.choose("Begin now: Growth visit")
        screen.answer("Weight (kg)", "6.1")
        screen.answer("Arm circumference (mm)", "130")
        screen.tap(screen.said("Photo of the child health card. Take a photo"))
        val intent = checkNotNull(shadowOf(screen.activity).nextStartedActivityForResult)
        val file = File(FilesProvider.folder(screen.activity), "photo.jpg")
        assertEquals("content://org.outpost.app.files/photo.jpg", intent.intent.clipOrOutput())
        screen.dieAndReturn()
        val picture = Bitmap.createBitmap(800, 600, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.YELLOW) }
        file.outputStream().use { picture.compress(Bitmap.CompressFormat.JPEG, 90, it) }
        screen.result(intent.requestCode)
        screen.assertShows("The picture is kept.")
        screen.picture("24-photo-phone")
        screen.tap("Check")
        screen.tap("Finish")
        repeat(4) { if (!screen.shows("Send now")) screen.back() }
        screen.tap("Send now")
        val events = server.tracker("events", "PrChildHeal")
        assertTrue(events, "DeGrPhoto00" in events)
    }

    @Suppress("DEPRECATION")
    private fun android.content.Intent.clipOrOutput(): String =
        getParcelableExtra<android.net.Uri>(android.provider.MediaStore.EXTRA_OUTPUT).toString()
}
