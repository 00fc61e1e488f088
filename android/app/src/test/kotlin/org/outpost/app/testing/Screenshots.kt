package org.outpost.app.testing

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.view.View
import java.io.File

/** Draws what stands on a screen into a PNG under `target/screenshots`, to be looked at. */
object Screenshots {
    private val folder = File(System.getProperty("outpost.screenshots.dir") ?: "target/screenshots")

    /** Writes `name.png` with the whole window of the activity. */
    fun take(activity: Activity, name: String) = take(activity.window.decorView, name)

    /** Writes `name.png` with this view. */
    fun take(view: View, name: String) {
        val picture = draw(view)
        folder.mkdirs()
        File(folder, "$name.png").outputStream().use {
            check(picture.compress(Bitmap.CompressFormat.PNG, 100, it)) { "no PNG for $name" }
        }
    }

    /** The pixels of a view. */
    fun draw(view: View): Bitmap {
        val picture = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(picture))
        return picture
    }
}
