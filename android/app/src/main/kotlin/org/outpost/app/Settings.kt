package org.outpost.app

import android.content.Context
import android.content.SharedPreferences
import android.content.res.Configuration
import java.util.Locale
import org.outpost.app.model.SetupCode

/** What a person chose for this phone. No value of anybody stands here. */
class Settings(context: Context) {
    private val kept: SharedPreferences = context.getSharedPreferences("settings", Context.MODE_PRIVATE)

    /** Language tag, such as `sw`; `null` follows the phone. */
    var language: String?
        get() = kept.getString(LANGUAGE, null)
        set(value) = kept.edit().putString(LANGUAGE, value).apply()

    /** Text size in percent of the phone's. */
    var textPercent: Int
        get() = kept.getInt(TEXT, TEXT_USUAL)
        set(value) = kept.edit().putInt(TEXT, value).apply()

    /** The phone locks after so many minutes without a touch. */
    var lockMinutes: Int
        get() = kept.getInt(LOCK, LOCK_USUAL)
        set(value) = kept.edit().putInt(LOCK, value).apply()

    /** Whether the background may send by mobile data. */
    var mobileData: Boolean
        get() = kept.getBoolean(MOBILE, true)
        set(value) = kept.edit().putBoolean(MOBILE, value).apply()

    /** Whether the person was asked once whether Outpost may notify (from Android 13 on). */
    var askedToNotify: Boolean
        get() = kept.getBoolean(NOTIFY, false)
        set(value) = kept.edit().putBoolean(NOTIFY, value).apply()

    /** Whether this is practice, not real work. */
    var training: Boolean
        get() = kept.getBoolean(TRAINING, false)
        set(value) {
            // Written before anything is opened: a kill here must not open the other side.
            kept.edit().putBoolean(TRAINING, value).commit()
        }

    /** The setup code whose digits a person compared; practice and real work each have their own. */
    var setupCode: String?
        get() = kept.getString(setupKey, null)
        set(value) {
            kept.edit().putString(setupKey, value).remove(setupKey + PROGRAMS).commit()
        }

    /** The forms that this phone is for, as its code says; empty: all that its user may see. */
    val setupPrograms: Set<String>
        get() = kept.getStringSet(setupKey + PROGRAMS, null).orEmpty()

    /** Keeps a code whose digits a person compared. */
    fun begin(code: SetupCode) {
        val programs = code.programs.toSet()
        kept.edit().putString(setupKey, code.text).putStringSet(setupKey + PROGRAMS, programs).commit()
    }

    private val setupKey get() = if (training) SETUP_TRAINING else SETUP

    /** Goes over to a language if the app speaks it. */
    fun speak(tag: String) {
        val spoken = Locale.forLanguageTag(tag).language
        if (LANGUAGES.any { it.first == spoken }) language = spoken
    }

    companion object {
        const val TEXT_USUAL = 100
        const val LOCK_USUAL = 5
        private const val LANGUAGE = "language"
        private const val TEXT = "text"
        private const val LOCK = "lock"
        private const val MOBILE = "mobile"
        private const val NOTIFY = "notify"
        private const val TRAINING = "training"
        private const val SETUP = "setup"
        private const val SETUP_TRAINING = "setup-training"
        private const val PROGRAMS = "-programs"

        /** Languages of the app, each by its own name. */
        val LANGUAGES: List<Pair<String, String>> = listOf("en", "fr", "pt", "sw", "ar", "hi")
            .map { tag -> Locale.forLanguageTag(tag).let { tag to it.getDisplayLanguage(it) } }
            .map { (tag, name) -> tag to name.replaceFirstChar { it.titlecase(Locale.forLanguageTag(tag)) } }

        /** The largest text that screens are made for. */
        private const val SCALE_MAX = 2f

        /** The context as the person wants it: language and text size. */
        fun applied(base: Context): Context {
            val settings = Settings(base)
            val now = base.resources.configuration
            if (settings.language == null && settings.textPercent == TEXT_USUAL) return base
            val wanted = Configuration(now)
            wanted.fontScale = (now.fontScale * settings.textPercent / TEXT_USUAL)
                .coerceAtMost(maxOf(SCALE_MAX, now.fontScale))
            settings.language?.let { tag ->
                val locale = Locale.forLanguageTag(tag)
                wanted.setLocale(locale)
                wanted.setLayoutDirection(locale)
            }
            return base.createConfigurationContext(wanted)
        }
    }
}
