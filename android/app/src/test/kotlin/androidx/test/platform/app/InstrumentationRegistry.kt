// Stand-in for androidx.test:monitor, which is not on Maven Central: only what Robolectric 4.17
// itself links against. Nothing here is used by our own tests.
package androidx.test.platform.app

import android.app.Instrumentation
import android.os.Bundle

object InstrumentationRegistry {
    private var instrumentation: Instrumentation? = null
    private var arguments: Bundle? = null

    @JvmStatic
    fun registerInstance(instrumentation: Instrumentation?, arguments: Bundle?) {
        this.instrumentation = instrumentation
        this.arguments = arguments
    }

    @JvmStatic
    fun getInstrumentation(): Instrumentation =
        checkNotNull(instrumentation) { "no instrumentation registered" }

    @JvmStatic
    fun getArguments(): Bundle = checkNotNull(arguments) { "no instrumentation registered" }
}
