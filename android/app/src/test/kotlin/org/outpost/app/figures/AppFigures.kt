package org.outpost.app.figures

import android.app.Activity
import android.widget.EditText
import android.widget.ListView
import android.widget.TextView
import com.sun.management.ThreadMXBean
import java.lang.management.ManagementFactory
import java.util.Locale
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.runBlocking
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.outpost.app.R
import org.outpost.app.model.FormKey
import org.outpost.app.model.NewRecord
import org.outpost.app.screens.MainActivity
import org.outpost.app.screens.Route
import org.outpost.app.testing.MARY
import org.outpost.app.testing.PASSWORD
import org.outpost.app.testing.PHONE
import org.outpost.app.testing.Sandbox
import org.outpost.app.testing.Screen
import org.outpost.app.testing.Screenshots
import org.outpost.app.testing.TestApplication
import org.robolectric.RobolectricTestRunner
import org.robolectric.shadows.ShadowLooper

/**
 * Time and allocated bytes of screens with much behind them, each beside an empty screen of the same run. No
 * test: its name keeps it out of the test run, `scripts/bench app` calls it. Nothing is asserted of time.
 *
 * On a JVM: what takes ten times as long as the empty screen here does so on a phone in its own time, roughly.
 */
@RunWith(RobolectricTestRunner::class)
class AppFigures {
    @get:Rule
    val server = Sandbox()

    private val people = checkNotNull(Integer.getInteger("outpost.figures.people")) { "see scripts/bench app" }
    private val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
    private val app get() = TestApplication.now
    private val sections = LargeForm("Sec", "Long form", QUESTIONS, sections = 10)
    private val onePage = LargeForm("One", "Long page", QUESTIONS, sections = 0)
    private val rules = LargeForm("Rul", "Many rules", questions = 20, sections = 1)

    /** What something took, in the middle of several runs. */
    private class Figure(val name: String, val ms: Double, val bytes: Double)

    @Test
    fun figures() {
        fill()
        Screen.qualifiers(PHONE)
        val empty = measure("an empty screen") {
            Screen(Activity::class.java).activity.apply { setContentView(TextView(this)) }.draw()
        }
        val figures = listOf(empty, start()) + forms() + listOf(list()) + typing()
        println("%-58s %9s %8s %9s %8s".format(Locale.ROOT, "", "ms", "× empty", "MB", "× empty"))
        for (figure in figures) {
            println(
                "%-58s %9.1f %8.1f %9.2f %8.1f".format(
                    Locale.ROOT, figure.name, figure.ms, figure.ms / empty.ms,
                    figure.bytes / MB, figure.bytes / empty.bytes,
                ),
            )
        }
    }

    private fun fill() {
        listOf(sections, onePage).forEach { server.put("/api/metadata", it.toJson()) }
        server.put("/api/metadata", rules.toJson(RULES))
        server.people(people)
        runBlocking {
            app.port.signIn(server.address, MARY, PASSWORD, allowHttp = true)
            app.port.sync().collect {}
        }
    }

    private fun start() = measure("a new process to its first screen, %,d people".format(people)) {
        app.die()
        Screen(MainActivity::class.java).activity.draw()
    }

    private fun forms(): List<Figure> {
        val screen = Screen(MainActivity::class.java)
        return listOf(sections to "in ten sections", onePage to "without sections").flatMap { (form, how) ->
            val key = begin(form)
            val opened = measure("a form of $QUESTIONS questions, $how") {
                screen.show(Route.Fill(key))
                screen.activity.draw()
            }
            listOf(opened, measure("  of it what the core and its bridge take") { runBlocking { app.port.form(key) } })
        }
    }

    private fun begin(form: LargeForm): FormKey = runBlocking {
        val split = app.port.splits(form.program).first().value
        app.port.newRecord(form.program, NewRecord("OuClinicAaa", null, split))
    }

    /** The same pane again, from the start. */
    private fun Screen<MainActivity>.show(route: Route) {
        activity.replace(route)
        settle()
    }

    private fun list(): Figure {
        val screen = Screen(MainActivity::class.java)
        screen.show(Route.People("PrChildHeal"))
        val list: ListView = screen.part(R.id.list)
        while (list.count < minOf(ROWS, people)) screen.tap(screen.row("more"))
        var at = 0
        return measure("a screenful of a list of %,d rows".format(list.count), times = 40) {
            at = (at + ROWS / 41) % list.count
            list.setSelection(at)
            ShadowLooper.idleMainLooper()
            screen.activity.draw()
        }
    }

    private fun typing(): Figure {
        val screen = Screen(MainActivity::class.java)
        screen.show(Route.Fill(begin(rules)))
        val box = screen.box(rules.label(1)) as EditText
        var number = 0
        return measure("an answer in a form of $RULES rules, kept and shown", times = 9) {
            number += 1
            box.setText("$number")
            screen.settle()
            screen.activity.draw()
        }
    }

    private fun Activity.draw() {
        Screenshots.draw(window.decorView)
    }

    /** After a few runs that count for nothing: the JVM compiles what it needs. */
    private fun measure(name: String, times: Int = 5, work: () -> Unit): Figure {
        repeat(WARM_UPS) { work() }
        val runs = (1..times).map {
            val (began, bytes) = System.nanoTime() to allocated()
            work()
            (System.nanoTime() - began) / NANOS_IN_MS to (allocated() - bytes).toDouble()
        }
        return Figure(name, runs.map { it.first }.sorted()[times / 2], runs.map { it.second }.sorted()[times / 2])
    }

    /** Of every thread: the core calls back on its own. */
    private fun allocated(): Long = threads.getThreadAllocatedBytes(threads.allThreadIds).filter { it > 0 }.sum()

    private companion object {
        const val QUESTIONS = 300
        const val RULES = 500
        const val ROWS = 10_000
        const val WARM_UPS = 3
        const val NANOS_IN_MS = 1e6
        const val MB = 1e6
    }
}
