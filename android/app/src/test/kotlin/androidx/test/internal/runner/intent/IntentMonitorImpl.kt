// Stand-in for androidx.test:monitor, which is not on Maven Central: only what Robolectric 4.17
// itself links against. Nothing here is used by our own tests.
package androidx.test.internal.runner.intent

import android.content.Intent
import androidx.test.runner.intent.IntentMonitor

class IntentMonitorImpl : IntentMonitor {
    @Suppress("UNUSED_PARAMETER")
    fun signalIntent(intent: Intent) = Unit
}
