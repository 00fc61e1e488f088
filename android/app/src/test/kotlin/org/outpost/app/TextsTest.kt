package org.outpost.app

import java.io.File
import javax.xml.parsers.DocumentBuilderFactory
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element

/** The texts of the app in all its languages, read as files. */
class TextsTest {
    private val res = File(System.getProperty("outpost.app.dir") ?: ".", "src/main/res")
    private val languages = listOf("fr", "pt", "sw", "ar", "hi")

    /** Texts by name; of a plural all its forms, with the quantity after a slash. */
    private fun texts(folder: String): Map<String, String> {
        val file = File(res, "$folder/strings.xml")
        val root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).documentElement
        val all = (0 until root.childNodes.length).map(root.childNodes::item).filterIsInstance<Element>()
        return all.filter { it.getAttribute("translatable") != "false" }.flatMap { text ->
            val name = text.getAttribute("name")
            if (text.tagName == "string") return@flatMap listOf(name to text.textContent)
            val items = text.getElementsByTagName("item")
            (0 until items.length).map { items.item(it) as Element }
                .map { "$name/${it.getAttribute("quantity")}" to it.textContent }
        }.toMap()
    }

    private fun name(key: String) = key.substringBefore('/')

    private fun places(text: String) = Regex("""%\d\\$[a-z]""").findAll(text).map { it.value }.toSortedSet()

    @Test
    fun every_language_has_every_text() {
        val english = texts("values").keys.map(::name).toSet()
        assertTrue("${english.size}", english.size > 300)
        for (language in languages) {
            assertEquals(language, english, texts("values-$language").keys.map(::name).toSet())
        }
    }

    @Test
    fun every_text_has_the_places_of_the_english_one() {
        val english = texts("values").entries.groupBy({ name(it.key) }, { places(it.value) })
        for (language in languages) {
            for ((key, text) in texts("values-$language")) {
                assertEquals("$language $key", english.getValue(name(key)).last(), places(text))
            }
        }
    }

    @Test
    fun no_text_is_left_in_english() {
        // What is the same in two languages by nature.
        val same = setOf("back_to_list", "section_of", "no", "minute", "visits", "sections", "date_year")
        val english = texts("values").filterValues { text -> text.count(Char::isLetter) > 5 && ' ' in text }
        for (language in languages) {
            val texts = texts("values-$language")
            val left = english.filter { (key, text) -> name(key) !in same && texts[key] == text }
            assertEquals(language, emptyMap<String, String>(), left.filterKeys { "%" !in english.getValue(it) })
        }
    }

    @Test
    fun sentences_are_short_and_blame_nobody() {
        val banned = listOf("error occurred", "invalid", "sync failed", "please", " he ", " she ", " his ")
        for ((key, text) in texts("values")) {
            assertTrue("more than 12 words: $key", text.split(' ').size <= 12)
            assertTrue("$key: $text", banned.none { it in " ${text.lowercase()} " })
        }
    }

    @Test
    fun no_text_stands_in_layouts_or_code() {
        val literal = Regex("""android:(text|hint|contentDescription|title)="[^@?"]""")
        val layouts = File(res, "layout").listFiles().orEmpty()
        assertEquals(emptyList<String>(), layouts.filter { literal.containsMatchIn(it.readText()) }.map { it.name })
        val code = Regex("""(setText|setTitle|setMessage|tell|makeText)\("""" + """[^"]*[A-Za-z]{2}""")
        val sources = File(res, "../kotlin").walk().filter { it.extension == "kt" }
        assertEquals(emptyList<String>(), sources.filter { code.containsMatchIn(it.readText()) }.map { it.name }.toList())
    }

    @Test
    fun nothing_is_laid_out_to_the_left_or_right() {
        val sides = Regex("""(layout_margin|padding|drawable|layout_alignParent)(Left|Right)|gravity="(left|right)""")
        val layouts = File(res, "layout").listFiles().orEmpty()
        assertEquals(emptyList<String>(), layouts.filter { sides.containsMatchIn(it.readText()) }.map { it.name })
        val code = Regex("""Gravity\.(LEFT|RIGHT)|\.setPadding\(|\b(left|right)Margin""")
        val sources = File(res, "../kotlin").walk().filter { it.extension == "kt" }
        assertEquals(emptyList<String>(), sources.filter { code.containsMatchIn(it.readText()) }.map { it.name }.toList())
    }
}
