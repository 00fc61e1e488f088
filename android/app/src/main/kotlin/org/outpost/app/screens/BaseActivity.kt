package org.outpost.app.screens

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.widget.LinearLayout
import org.outpost.app.OutpostApplication
import org.outpost.app.R
import org.outpost.app.Settings
import org.outpost.app.ui.SunMode

/** What all screens share: the person's language and text size, no screenshots, the training band. */
abstract class BaseActivity : Activity() {
    internal val app: OutpostApplication get() = application as OutpostApplication

    override fun attachBaseContext(base: Context) = super.attachBaseContext(Settings.applied(base))

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        SunMode.apply(this)
        // Neither screenshots nor the list of recent apps show people; practice may be shown.
        if (!app.settings.training) window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
    }

    override fun onResume() {
        super.onResume()
        app.guard.listener = ::standingChanged
        if (app.guard.wiped.isThere) standingChanged()
    }

    override fun onPause() {
        app.guard.listener = null
        super.onPause()
    }

    /** The phone was locked, is free again, or was wiped; of the last, every screen leads to what to do. */
    protected open fun standingChanged() {
        if (!app.guard.wiped.isThere) return
        startActivity(
            Intent(this, WipedActivity::class.java)
                .addFlags(Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_CLEAR_TASK),
        )
        finish()
    }

    override fun setContentView(layout: Int) {
        if (!app.settings.training) return super.setContentView(layout)
        val column = LinearLayout(this)
        column.orientation = LinearLayout.VERTICAL
        column.fitsSystemWindows = true
        column.addView(LayoutInflater.from(this).inflate(R.layout.training_band, column, false))
        val content: View = LayoutInflater.from(this).inflate(layout, column, false)
        column.addView(
            content, LinearLayout.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, 0, 1f),
        )
        super.setContentView(column)
    }
}
