package org.outpost.app.ui

import android.media.AudioManager
import android.media.ToneGenerator
import android.os.Handler
import android.os.Looper

/** A sound for what a scan came to, for whoever looks at the phones and not at the screen. */
internal enum class Tone(private val kind: Int) {
    GOOD(ToneGenerator.TONE_PROP_ACK),
    WRONG(ToneGenerator.TONE_PROP_NACK),
    UNKNOWN(ToneGenerator.TONE_PROP_BEEP2);

    /** Plays it as loudly as notifications are. */
    fun play() {
        // Without free sound hardware the screen says it alone.
        val generator = runCatching { ToneGenerator(AudioManager.STREAM_NOTIFICATION, LOUDNESS) }.getOrNull() ?: return
        generator.startTone(kind, LENGTH_MS)
        Handler(Looper.getMainLooper()).postDelayed(generator::release, 2L * LENGTH_MS)
    }

    private companion object {
        const val LOUDNESS = 80
        const val LENGTH_MS = 200
    }
}
