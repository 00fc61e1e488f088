package org.outpost.app.screens

import android.annotation.SuppressLint
import android.app.AlertDialog
import android.content.Context
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import java.util.Locale
import org.outpost.app.R

/** Looks where the phone is, says how good that is, and gives it when the person takes it. */
@SuppressLint("MissingPermission") // Asked before this sheet is opened.
class LocationSheet(private val host: PaneHost, private val take: (String) -> Unit) : LocationListener {
    private val context = host.activity
    private val manager = context.getSystemService(Context.LOCATION_SERVICE) as LocationManager
    private val clock = Handler(Looper.getMainLooper())
    private lateinit var dialog: AlertDialog
    private var best: Location? = null

    fun show() {
        val provider = listOf(LocationManager.GPS_PROVIDER, LocationManager.NETWORK_PROVIDER)
            .firstOrNull { manager.isProviderEnabled(it) }
            ?: return host.tell(context.getString(R.string.location_off))
        dialog = AlertDialog.Builder(context)
            .setTitle(R.string.get_place)
            .setMessage(R.string.location_looking)
            .setPositiveButton(R.string.take_place) { _, _ -> best?.let { take(words(it)) } }
            .setNegativeButton(R.string.back, null)
            .setOnDismissListener { stop() }
            .show()
        dialog.getButton(AlertDialog.BUTTON_POSITIVE).isEnabled = false
        manager.requestLocationUpdates(provider, 0, 0f, this)
        clock.postDelayed(::stop, TIMEOUT_MS)
    }

    private fun stop() {
        manager.removeUpdates(this)
        clock.removeCallbacksAndMessages(null)
    }

    override fun onLocationChanged(location: Location) {
        if (best.let { it != null && it.accuracy <= location.accuracy }) return
        best = location
        val metres = location.accuracy.toInt()
        val words = if (metres <= GOOD_M) R.string.location_good else R.string.location_poor
        dialog.setMessage(context.getString(words, metres))
        dialog.getButton(AlertDialog.BUTTON_POSITIVE).isEnabled = true
        if (metres <= GOOD_M) stop()
    }

    @Deprecated("Deprecated in Java")
    override fun onStatusChanged(provider: String?, status: Int, extras: Bundle?) = Unit

    override fun onProviderEnabled(provider: String) = Unit

    override fun onProviderDisabled(provider: String) = Unit

    /** As DHIS2 stores it: longitude first. */
    private fun words(of: Location) =
        String.format(Locale.ROOT, "[%.6f,%.6f]", of.longitude, of.latitude)

    private companion object {
        /** Good enough for a house. */
        const val GOOD_M = 15
        const val TIMEOUT_MS = 60_000L
    }
}
