package org.outpost.app

import java.lang.reflect.Constructor
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.core.toTrouble
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.app.ui.TroubleWords
import org.outpost.app.ui.troubleWords
import org.outpost.app.ui.words
import org.outpost.sdk.OutpostException
import org.outpost.sdk.SignInProblem
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** Whatever the core throws, the person is told what happened, whether it is safe, what to do. */
@RunWith(RobolectricTestRunner::class)
class TroubleTest {
    private val context = RuntimeEnvironment.getApplication()

    /** One of each class of the core's exceptions; of a refused sign-in one for each problem. */
    private fun all(): List<OutpostException> = OutpostException::class.java.declaredClasses
        .filter { OutpostException::class.java.isAssignableFrom(it) }
        .flatMap { type ->
            val make = type.declaredConstructors.first { !it.isSynthetic }
            val problems = if (type == OutpostException.SignInRefused::class.java) problems() else listOf(null)
            problems.map { make(make, it) }
        }

    private fun problems(): List<SignInProblem> = SignInProblem::class.java.declaredClasses
        .filter { SignInProblem::class.java.isAssignableFrom(it) }
        .map { type ->
            val single = type.declaredFields.firstOrNull { it.name == "INSTANCE" }
            (single?.get(null) ?: SignInProblem.LockedOut(60_000)) as SignInProblem
        }

    private fun make(make: Constructor<*>, problem: SignInProblem?): OutpostException {
        make.isAccessible = true
        val values = make.parameterTypes.map { type ->
            when (type) {
                String::class.java -> "the core's words"
                Int::class.java, Integer.TYPE -> 503
                SignInProblem::class.java -> problem
                else -> null
            }
        }
        return make.newInstance(*values.toTypedArray()) as OutpostException
    }

    @Test
    fun every_failure_of_the_core_has_words_of_its_own() {
        val troubles = all().map { it.toTrouble(nowMs = 0) }
        assertTrue("${troubles.size}", troubles.size >= 24)
        val told = troubles.map { it.kind }.toSet()
        // Only what the phone itself finds out is told by no exception.
        assertEquals(setOf(TroubleKind.NETWORK_LOGIN), TroubleKind.entries.toSet() - told)
        assertEquals(troubles.size, told.size)
    }

    @Test
    fun each_trouble_says_what_happened_and_what_to_do() {
        val texts = TroubleKind.entries.map { context.getString(it.words.what) }
        assertEquals(TroubleWords.entries.size, texts.toSet().size)
        for (kind in TroubleKind.entries) {
            for (id in listOf(kind.words.what, kind.words.now)) checkSentence(context.getString(id))
        }
        for (safety in WorkSafety.entries) checkSentence(context.getString(safety.words))
    }

    private fun checkSentence(text: String) {
        assertTrue(text, text.endsWith("."))
        assertTrue("more than 12 words: $text", text.split(' ').size <= 12)
        val banned = listOf("error", "invalid", "failed", "please", " he ", " she ")
        assertTrue(text, banned.none { it in " ${text.lowercase()} " })
    }

    @Test
    fun a_wait_is_told_as_a_time() {
        val trouble = Trouble(TroubleKind.LOCKED_OUT, WorkSafety.SAFE, retryMs = 37_800_000)
        assertTrue(context.troubleWords(trouble).endsWith("Try again at 10:30."))
    }
}
