package org.outpost.app.screens

import android.app.AlertDialog
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.ImageView
import android.widget.ListView
import android.widget.ProgressBar
import android.widget.TextView
import org.outpost.app.R
import org.outpost.app.SyncRun
import org.outpost.app.model.FormKind
import org.outpost.app.model.FormSummary
import org.outpost.app.model.Home
import org.outpost.app.model.RecordState
import org.outpost.app.model.Safety
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncProgress
import org.outpost.app.model.SyncStep
import org.outpost.app.model.Trouble
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.RowsAdapter
import org.outpost.app.ui.StateLook
import org.outpost.app.ui.SunMode
import org.outpost.app.ui.colour
import org.outpost.app.ui.momentWords
import org.outpost.app.ui.needsSignIn
import org.outpost.app.ui.onTap
import org.outpost.app.ui.part
import org.outpost.app.ui.textOrGone
import org.outpost.app.ui.troubleWords

/** What the first screen asks of the activity around it. */
interface HomeActs {
    /** Locks the work of this person. */
    fun signOut()

    /** Locks the screen at once. */
    fun lockNow()

    /** Goes to the sign-in: the settings closed the core below this screen. */
    fun leave()

    /** The server wants the password again; the work stays open. */
    fun signInAgain()
}

/** The first screen: is my work safe, what needs me, which forms there are. */
class HomePane(
    host: PaneHost,
    parent: ViewGroup,
    private val sync: SyncRun,
    /** Which route's row is marked (on a tablet, what stands beside). */
    private val shown: () -> Route?,
    private val acts: HomeActs,
) : Pane(host, parent, R.layout.pane_list) {

    private val context = host.activity
    private val rows = RowsAdapter()
    private val card: View
    private var home: Home? = null

    init {
        bar(context.getString(R.string.app_name))
        find<View>(R.id.bar_sun).apply {
            visibility = View.VISIBLE
            onTap { SunMode.toggle(host.activity) }
        }
        find<View>(R.id.bar_sign_out).apply {
            visibility = View.VISIBLE
            onTap(::askSignOut)
        }
        val list = find<ListView>(R.id.list)
        card = LayoutInflater.from(context).inflate(R.layout.safety_card, list, false)
        list.addHeaderView(card, null, false)
        list.itemsCanFocus = true
        list.adapter = rows
        cardButton().onTap(::actOnCard)
    }

    override fun load() = host.run {
        val model = port.home()
        home = model
        show(model)
    }

    private fun actOnCard() = when {
        sync.isRunning -> sync.stop()
        failure?.kind?.needsSignIn == true -> acts.signInAgain()
        else -> sync.start()
    }

    /** Why the last sync ended early. */
    private val failure: Trouble?
        get() = ((sync.last as? SyncStep.Ended)?.outcome as? SyncOutcome.Failed)?.trouble

    /** Shows the model and where the sync stands. */
    private fun show(model: Home) {
        // A new phone has nothing to show before the first sync.
        if (model.neverFetched && sync.last == null) sync.start()
        rows.show(items(model))
        val step = sync.last
        if (step is SyncStep.Running) showProgress(step.progress) else showSafety(model)
    }

    /** A step of the sync came. */
    override fun onSync(step: SyncStep) {
        when (step) {
            is SyncStep.Running -> showProgress(step.progress)
            is SyncStep.Ended -> load()
        }
    }

    /** Marks another row. */
    fun markShown() {
        home?.let { rows.show(items(it)) }
    }

    private fun items(model: Home): List<RowItem> = buildList {
        val unsent = model.safety.unsent
        if (unsent > 0) add(outboxRow(model.safety))
        needs(model)
        group(R.string.heading_people, model.forms.filter { it.kind == FormKind.PEOPLE })
        group(R.string.heading_events, model.forms.filter { it.kind == FormKind.EVENT })
        group(R.string.heading_reports, model.forms.filter { it.kind == FormKind.REPORT })
        if (model.forms.isEmpty()) {
            val note = if (model.neverFetched) R.string.forms_come else R.string.no_forms_assigned
            add(RowItem.Note(context.getString(note)))
        }
        if (model.isSupervisor || model.givesPhones || model.hasGoLive) supervisor(model)
        add(RowItem.Heading(context.getString(R.string.heading_phone)))
        add(place(Place.SYNC, R.string.sending_title, R.drawable.state_sending))
        add(place(Place.EXCHANGE, R.string.exchange, R.drawable.share))
        add(place(Place.HELP, R.string.help, R.drawable.help))
        add(place(Place.SETTINGS, R.string.settings, R.drawable.settings))
    }

    /** What waits for this person beside the outbox. */
    private fun MutableList<RowItem>.needs(model: Home) {
        val words = context.resources
        if (model.sentBack > 0) {
            val line = words.getQuantityString(R.plurals.sent_back_count, model.sentBack, model.sentBack)
            add(place(Place.SENT_BACK, line, R.drawable.state_returned))
        }
        if (model.helpAsks.isNotEmpty()) add(asksRow(model.helpAsks))
        if (model.due > 0) {
            val line = words.getQuantityString(R.plurals.visits_due, model.due, model.due)
            add(place(Place.TO_DO, line, R.drawable.calendar))
        }
    }

    /** Leads to the one request that waits for an answer, or to all. */
    private fun asksRow(asks: List<String>) = RowItem.Entry(
        id = ASKS,
        line1 = context.resources.getQuantityString(R.plurals.help_asks, asks.size, asks.size),
        icon = R.drawable.help,
        open = {
            val one = asks.singleOrNull()
            host.openFresh(one?.let { Route.To(Place.REQUEST, it) } ?: Route.To(Place.HELP))
        },
    )

    private fun MutableList<RowItem>.supervisor(model: Home) {
        add(RowItem.Heading(context.getString(R.string.heading_team)))
        if (model.isSupervisor) {
            add(place(Place.REVIEW, R.string.review, R.drawable.check_list))
            add(place(Place.TEAM, R.string.team, R.drawable.thing_people))
            add(place(Place.GOALS, R.string.goals, R.drawable.target))
            add(place(Place.APPROVAL, R.string.approval, R.drawable.stamp))
        }
        if (model.givesPhones) add(place(Place.DEVICES, R.string.devices, R.drawable.thing_phone))
        if (model.hasGoLive) add(place(Place.GO_LIVE, R.string.go_live, R.drawable.place))
        if (model.hasHelp) add(place(Place.SUPPORT, R.string.queue, R.drawable.help))
    }

    private fun place(screen: Place, words: Int, icon: Int) = place(screen, context.getString(words), icon)

    private fun place(screen: Place, words: String, icon: Int) = RowItem.Entry(
        id = screen.name,
        line1 = words,
        icon = icon,
        selected = (shown() as? Route.To)?.screen == screen,
        open = { host.openFresh(Route.To(screen)) },
    )

    private fun outboxRow(safety: Safety): RowItem {
        val needs = safety.needsYou
        val words = context.resources
        return RowItem.Entry(
            id = "outbox",
            line1 = when (needs) {
                0 -> context.getString(R.string.outbox)
                else -> words.getQuantityString(R.plurals.needs_you, needs, needs)
            },
            icon = if (needs > 0) R.drawable.error else R.drawable.state_waiting,
            chips = listOf(
                RecordState.TWO_VERSIONS to safety.twoVersions,
                RecordState.REFUSED to safety.refused,
                RecordState.KEPT_ASIDE to safety.keptAside,
                RecordState.WAITING to safety.unsent - needs,
            ).filter { it.second > 0 },
            selected = shown().let { it is Route.Outbox || it is Route.Stopped },
            open = { host.openFresh(Route.Outbox) },
        )
    }

    private fun MutableList<RowItem>.group(heading: Int, forms: List<FormSummary>) {
        if (forms.isEmpty()) return
        add(RowItem.Heading(context.getString(heading)))
        forms.forEach { form ->
            val count = context.resources
                .getQuantityString(R.plurals.count_on_phone, form.count, form.count)
            add(
                RowItem.Entry(
                    id = form.id,
                    line1 = form.name,
                    line2 = form.readOnlyReason ?: count,
                    icon = iconOf(form.kind),
                    // Sent is the quiet state: on this list it would only be noise.
                    chips = RecordState.entries
                        .filter { it != RecordState.SENT && (form.states[it] ?: 0) > 0 }
                        .map { it to form.states[it] },
                    selected = shown() == routeOf(form),
                    open = { host.openFresh(routeOf(form)) },
                ),
            )
        }
    }

    private fun routeOf(form: FormSummary): Route =
        if (form.kind == FormKind.PEOPLE) Route.People(form.id) else Route.Records(form.id)

    private fun showSafety(model: Home) {
        val safety = model.safety
        val words = context.resources
        val allSent = safety.unsent == 0
        val needs = safety.needsYou
        // Sending does not help what only waits for the person.
        val onlyYou = !allSent && needs >= safety.unsent
        look(
            when {
                allSent -> StateLook.SENT
                onlyYou -> StateLook.REFUSED
                else -> StateLook.WAITING
            },
        )
        sentence().text = when {
            model.neverFetched -> context.getString(R.string.never_fetched)
            safety.total == 0 -> context.getString(R.string.no_forms_yet)
            allSent -> words.getQuantityString(R.plurals.all_sent, safety.total, safety.total)
            onlyYou -> words.getQuantityString(R.plurals.forms_need_you, needs, needs)
            else -> words.getQuantityString(R.plurals.forms_wait, safety.unsent, safety.unsent)
        }
        line().textOrGone(outcomeWords(model) ?: standing(model))
        val last = safety.lastSentMs
        time().textOrGone(
            when {
                safety.total == 0 -> null
                last == null -> context.getString(R.string.never_sent)
                else -> context.getString(
                    if (allSent) R.string.checked else R.string.last_sent,
                    context.momentWords(last, model.nowMs),
                )
            },
        )
        card.part<View>(R.id.safety_progress).visibility = View.GONE
        cardButton().setText(
            when {
                failure?.kind?.needsSignIn == true -> R.string.sign_in
                model.neverFetched -> R.string.get_forms
                else -> R.string.send_now
            },
        )
        cardButton().visibility = View.VISIBLE
    }

    private fun standing(model: Home): String? = standing(model.safety).takeIf { !model.neverFetched }

    private fun standing(safety: Safety): String? = when {
        safety.total == 0 -> context.getString(R.string.start_with_form)
        safety.unsent == 0 -> null
        safety.unsentDays >= STUCK_DAYS -> context.resources
            .getQuantityString(R.plurals.not_sent_days, safety.unsentDays, safety.unsentDays)
        else -> context.getString(R.string.safe_here)
    }

    private fun outcomeWords(model: Home): String? {
        val outcome = (sync.last as? SyncStep.Ended)?.outcome ?: return null
        val words = context.resources
        return when (outcome) {
            is SyncOutcome.Finished -> when {
                outcome.refused > 0 ->
                    words.getQuantityString(R.plurals.sync_part, outcome.refused, outcome.refused)
                // "Everything" is said only when this very read says so.
                model.safety.unsent == 0 -> context.getString(R.string.sync_sent_all)
                else -> null
            }
            SyncOutcome.Stopped -> model.safety.unsent.takeIf { it > 0 }
                ?.let { words.getQuantityString(R.plurals.sync_stopped, it, it) }
            is SyncOutcome.Failed -> context.troubleWords(outcome.trouble)
        }
    }

    private fun showProgress(progress: SyncProgress) {
        look(StateLook.SENDING)
        sentence().text = progressWords(context, progress)
        line().textOrGone(null)
        time().textOrGone(bytesWords(context, progress))
        card.part<ProgressBar>(R.id.safety_progress).apply {
            visibility = View.VISIBLE
            isIndeterminate = progress.total == 0
            max = progress.total
            this.progress = progress.done
        }
        cardButton().setText(R.string.stop)
    }

    private fun look(look: StateLook) {
        card.part<ImageView>(R.id.safety_icon).apply {
            setImageResource(look.icon)
            setColorFilter(context.colour(look.colour))
        }
    }

    private fun sentence(): TextView = card.part(R.id.safety_sentence)

    private fun line(): TextView = card.part(R.id.safety_line)

    private fun time(): TextView = card.part(R.id.safety_time)

    private fun cardButton(): Button = card.part(R.id.safety_action)

    private fun askSignOut() {
        val total = home?.safety?.total ?: 0
        AlertDialog.Builder(context)
            .setTitle(R.string.sign_out_title)
            .setMessage(context.resources.getQuantityString(R.plurals.sign_out_body, total, total))
            .setPositiveButton(R.string.sign_out) { _, _ -> acts.signOut() }
            .setNegativeButton(R.string.back, null)
            .show()
    }

    private companion object {
        /** From so many days on the card says whom to turn to. */
        const val STUCK_DAYS = 3
        const val ASKS = "help-asks"
    }
}

/** What a kind of form looks like. */
fun iconOf(kind: FormKind): Int = when (kind) {
    FormKind.PEOPLE -> R.drawable.thing_people
    FormKind.EVENT -> R.drawable.thing_event
    FormKind.REPORT -> R.drawable.thing_report
}
