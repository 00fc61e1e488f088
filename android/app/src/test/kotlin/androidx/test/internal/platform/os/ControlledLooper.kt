// Stand-in for androidx.test:monitor, which is not on Maven Central: only what Robolectric 4.17
// itself links against. Nothing here is used by our own tests.
package androidx.test.internal.platform.os

import android.view.View

interface ControlledLooper {
    fun drainMainThreadUntilIdle()

    fun simulateWindowFocus(decorView: View)
}
