package org.outpost.app.screens

import android.app.AlertDialog
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.provider.MediaStore
import android.text.InputType
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.widget.ImageView
import android.widget.ProgressBar
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.withContext
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.model.GiveStep
import org.outpost.app.model.GivenFile
import org.outpost.app.model.Partner
import org.outpost.app.model.SiteCard
import org.outpost.app.ui.Pictures
import org.outpost.app.ui.RowItem
import org.outpost.app.ui.inset
import org.outpost.app.ui.length

/** Takes a picture with the camera app and reads the code on it. */
internal class CodeCamera(private val host: Asker, private val code: Int) {
    private val file = File(FilesProvider.folder(host.activity), PHOTO)

    fun start() {
        file.delete()
        file.createNewFile()
        val intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE)
            .putExtra(MediaStore.EXTRA_OUTPUT, FilesProvider.uriOf(PHOTO))
        host.ask(intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION), code)
    }

    /** The code, or `null` after telling that there was none to read. */
    fun read(): String? {
        val text = Pictures.read(file)?.let(Pictures::codeOn)
        file.delete()
        if (text == null) host.tell(host.activity.getString(R.string.no_code_seen))
        return text
    }

    private companion object {
        const val PHOTO = "scan.jpg"
    }
}

/** With whom this phone exchanges work: its own card, those it knows, giving and receiving. */
class ExchangePane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    private val camera = CodeCamera(host, SCAN)

    override fun load(): Unit = host.run {
        bar(text(R.string.exchange))
        page.clear()
        val card = port.exchange.card()
        if (card == null) introduce() else show(card, port.exchange.partners())
        acts(null)
    }

    /** Without a card nobody knows who gives. */
    private fun introduce() {
        page.body(text(R.string.card_why))
        val name = page.box(text(R.string.card_name))
        fun make(tablet: Boolean) = host.run {
            val words = name.text.toString().trim()
            if (words.isEmpty()) return@run host.tell(text(R.string.card_name_missing))
            port.exchange.makeCard(words, tablet)
            load()
        }
        page.main(text(R.string.card_of_phone)) { make(tablet = false) }
        page.secondary(text(R.string.card_of_tablet)) { make(tablet = true) }
    }

    private fun show(card: SiteCard, known: List<Partner>) {
        page.main(text(R.string.give)) { host.open(Route.To(Place.GIVE)) }
        page.secondary(text(R.string.receive)) { host.open(Route.To(Place.RECEIVE)) }
        page.secondary(text(R.string.open_a_file)) { pick() }
        page.heading(text(R.string.known_others))
        known.forEach { other ->
            val kind = if (other.isRecovery) R.string.recovery_key else R.string.known_card
            page.entry(
                RowItem.Entry(
                    other.key, other.name, text(kind), R.drawable.thing_phone,
                    open = { receipt(other) },
                ),
            )
        }
        if (known.isEmpty()) page.second(text(R.string.nobody_known))
        page.secondary(text(R.string.scan_card)) { camera.start() }
        page.secondary(text(R.string.type_card)) { askText(R.string.type_card) { enrol(it) } }
        page.heading(text(R.string.own_card))
        page.view(qr(card.text))
        page.fact(text(R.string.card_name), card.name)
        page.second(text(R.string.card_digits))
        page.digits(card.digits)
    }

    private fun qr(of: String) = ImageView(context).apply {
        setImageBitmap(Pictures.qrOf(of, context.length(R.dimen.qr)))
        contentDescription = text(R.string.own_card)
        adjustViewBounds = true
        maxHeight = context.length(R.dimen.qr)
        scaleType = ImageView.ScaleType.FIT_START
    }

    private fun askText(title: Int, done: (String) -> Unit) {
        val box = android.widget.EditText(context)
        box.contentDescription = text(title)
        AlertDialog.Builder(context).setTitle(title).setView(box.inset())
            .setPositiveButton(R.string.go_on) { _, _ -> done(box.text.toString().trim()) }
            .setNegativeButton(R.string.back, null).show()
    }

    /** The digits are read aloud by the other side, never from the same picture. */
    private fun enrol(card: String): Unit = host.run {
        val seen = port.exchange.readCard(card)
        val box = android.widget.EditText(context)
        box.inputType = InputType.TYPE_CLASS_PHONE
        box.contentDescription = text(R.string.card_digits)
        AlertDialog.Builder(context)
            .setTitle(text(R.string.compare_digits, seen.name))
            .setView(box.inset())
            .setPositiveButton(R.string.keep_card) { _, _ ->
                host.run {
                    port.exchange.enrol(card, box.text.toString())
                    load()
                }
            }
            .setNegativeButton(R.string.back, null).show()
    }

    private fun receipt(to: Partner) {
        if (to.isRecovery) return
        AlertDialog.Builder(context).setTitle(to.name)
            .setItems(arrayOf(text(R.string.write_receipt), text(R.string.save_as_file))) { _, at ->
                host.run {
                    val folder = FilesProvider.folder(context).path
                    val file = if (at == 0) port.exchange.writeReceipt(to.name, folder)
                    else port.exchange.writeFile(to.name, folder)
                    shareFile(host, file)
                }
            }.show()
    }

    private fun pick() = host.ask(openFile(), OPEN)

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (!isGood) return
        if (code == SCAN) camera.read()?.let(::enrol)
        val from = data?.data
        if (code == OPEN && from != null) take(from)
    }

    /** Says what the file is before anything of it is taken in. */
    private fun take(from: Uri): Unit = host.run {
        val copy = copyIn(host, from)
        val look = try {
            port.exchange.look(copy.path)
        } catch (other: org.outpost.app.model.TroubleException) {
            if (other.trouble.kind != org.outpost.app.model.TroubleKind.INVALID_INPUT) throw other
            return@run update(copy, heard = null)
        }
        val records = look.records.toInt()
        val words = context.resources.getQuantityString(R.plurals.file_holds, records, records, look.from)
        if (!look.canTake) return@run host.tell(look.advice)
        AlertDialog.Builder(context).setTitle(words).setMessage(look.advice)
            .setPositiveButton(R.string.take_in) { _, _ ->
                host.carry {
                    host.tell(port.exchange.takeIn(copy.path))
                    copy.delete()
                    host.recordsChanged()
                }
            }
            .setNegativeButton(R.string.back, null).show()
    }

    private suspend fun update(file: File, heard: String?): Unit =
        tellUpdate(host, port.exchange.takeUpdate(file.path, versionOf(context), heard)) {
            askText(R.string.digits_of_centre) { digits -> host.run { update(file, digits) } }
        }

    private companion object {
        const val SCAN = 21
        const val OPEN = 22
    }
}

internal fun openFile(): Intent = Intent(Intent.ACTION_OPEN_DOCUMENT)
    .addCategory(Intent.CATEGORY_OPENABLE).setType("*/*")

/** The build number of this app. */
internal fun versionOf(context: android.content.Context): Long {
    val info = context.packageManager.getPackageInfo(context.packageName, 0)
    @Suppress("DEPRECATION") // The newer name is of API 28.
    return info.versionCode.toLong()
}

/** What another app lends is copied first: the core reads files, not streams. */
internal suspend fun copyIn(host: PaneHost, from: Uri): File = withContext(Dispatchers.IO) {
    val copy = File(FilesProvider.folder(host.activity), "taken")
    val source = checkNotNull(host.activity.contentResolver.openInputStream(from)) { "nothing was lent" }
    source.use { input -> copy.outputStream().use { input.copyTo(it) } }
    copy
}

/** Hands a file, which is encrypted to its reader, to whatever the person chooses. */
internal fun shareFile(host: PaneHost, file: GivenFile) =
    host.ask(shareOf(host.activity, File(file.path).name), SHARE)

/** Lends a file of that name to whatever the person chooses. */
internal fun shareOf(context: android.content.Context, name: String): Intent {
    val uri = FilesProvider.uriOf(name)
    val send = Intent(Intent.ACTION_SEND).setType("application/octet-stream")
        .putExtra(Intent.EXTRA_STREAM, uri)
    send.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
    return Intent.createChooser(send, context.getString(R.string.save_as_file))
}

private const val SHARE = 23

/** A meeting: steps come, bytes are counted, it ends in words. The screen stays on meanwhile. */
abstract class MeetingPane(host: PaneHost, parent: ViewGroup) : PagePane(host, parent) {
    private val bar = ProgressBar(context, null, android.R.attr.progressBarStyleHorizontal)
    private val came = mutableListOf<GiveStep.Came>()
    protected var going: Boolean = false
        private set

    /** A meeting that ended stays to be read; another one begins from the list. */
    protected var isOver: Boolean = false
        private set

    protected fun begin() {
        going = true
        came.clear()
        host.activity.window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
    }

    /** Ends the meeting in order. */
    protected open fun end() = Unit

    protected fun step(step: GiveStep) {
        when (step) {
            is GiveStep.Invitation -> Unit
            is GiveStep.Progress -> {
                bar.max = PARTS
                bar.progress = if (step.total > 0) (step.done * PARTS / step.total).toInt() else 0
                bar.visibility = View.VISIBLE
            }
            is GiveStep.Came -> {
                came += step
                said(step)
            }
            is GiveStep.Ended -> over(step)
        }
    }

    private fun said(step: GiveStep.Came) {
        val icon = if (step.isGood) R.drawable.state_sent else R.drawable.warning
        val colour = if (step.isGood) R.attr.opSent else R.attr.opWaiting
        val words = if (step.who.isEmpty()) step.words else text(R.string.fact, step.who, step.words)
        page.standing(words, icon, colour)
    }

    private fun over(end: GiveStep.Ended) {
        isOver = true
        page.clear()
        val icon = if (end.isGood) R.drawable.state_sent else R.drawable.warning
        page.standing(end.words, icon, if (end.isGood) R.attr.opSent else R.attr.opWaiting)
        came.forEach(::said)
        stopped()
        acts(text(R.string.back_to_list), { host.back() })
        host.recordsChanged()
    }

    protected fun stopped() {
        going = false
        host.activity.window.clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
    }

    protected fun showBar() = page.view(bar)

    override fun leave() {
        if (going) end()
        stopped()
    }

    private companion object {
        const val PARTS = 1_000
    }
}

/** Gives what waits to a tablet in the room: its code is scanned, or typed. */
class GivePane(host: PaneHost, parent: ViewGroup) : MeetingPane(host, parent) {
    private val camera = CodeCamera(host, SCAN)
    private var job: Job? = null

    override fun load(): Unit = host.run {
        if (going || isOver) return@run
        bar(text(R.string.give))
        page.clear()
        val unsent = port.device.unsent()
        if (unsent == 0) page.title(text(R.string.sync_sent_all))
        else page.title(context.resources.getQuantityString(R.plurals.forms_wait, unsent, unsent))
        if (port.exchange.card() == null) {
            page.body(text(R.string.card_why))
            return@run acts(text(R.string.exchange), { host.replace(Route.To(Place.EXCHANGE)) })
        }
        page.body(text(R.string.give_step_1))
        page.body(text(R.string.give_step_2))
        page.second(text(R.string.same_wifi))
        val box = page.box(text(R.string.type_invitation))
        page.secondary(text(R.string.give_typed)) { give(box.text.toString()) }
        port.exchange.partners().filter { !it.isRecovery }.forEach { to ->
            page.secondary(text(R.string.file_for, to.name)) { write(to) }
        }
        acts(text(R.string.scan_tablet), { camera.start() })
    }

    override fun onResult(code: Int, isGood: Boolean, data: Intent?) {
        if (code == SCAN && isGood) camera.read()?.let(::give)
    }

    private fun give(invitation: String) {
        if (invitation.isBlank()) return
        page.clear()
        page.title(text(R.string.giving))
        showBar()
        begin()
        acts(text(R.string.stop), { job?.cancel() })
        job = host.runJob {
            try {
                port.exchange.give(invitation).collect(::step)
            } finally {
                stopped()
            }
        }
    }

    override fun end() {
        job?.cancel()
    }

    private fun write(to: Partner): Unit = host.run {
        shareFile(host, port.exchange.writeFile(to.name, FilesProvider.folder(context).path))
    }

    private companion object {
        const val SCAN = 31
    }
}

/** Takes in what phones in the room bring: they scan the code that stands here. */
class ReceivePane(host: PaneHost, parent: ViewGroup) : MeetingPane(host, parent) {
    private val code = ImageView(context)

    override fun load(): Unit = host.run {
        if (going || isOver) return@run
        bar(text(R.string.receive))
        page.clear()
        if (port.exchange.card() == null) {
            page.body(text(R.string.card_why))
            return@run acts(text(R.string.exchange), { host.replace(Route.To(Place.EXCHANGE)) })
        }
        receive()
    }

    private fun receive() {
        page.title(text(R.string.phones_scan_this))
        page.view(code)
        page.second(text(R.string.same_wifi))
        showBar()
        begin()
        acts(text(R.string.receive_end), { port.exchange.endReceiving() })
        host.runJob {
            try {
                port.exchange.receive(addresses).collect { step ->
                    if (step is GiveStep.Invitation) show(step.text) else step(step)
                }
            } finally {
                stopped()
            }
        }
    }

    private fun show(invitation: String) {
        code.setImageBitmap(Pictures.qrOf(invitation, context.length(R.dimen.qr)))
        code.contentDescription = text(R.string.code_for_phones)
        code.tag = invitation
        code.adjustViewBounds = true
        code.maxHeight = context.length(R.dimen.qr)
        code.scaleType = ImageView.ScaleType.FIT_START
    }

    override fun end() = port.exchange.endReceiving()

    override fun save(state: Bundle) = Unit

    companion object {
        /** None: those of the networks at hand. A test has only its own machine. */
        internal var addresses: List<String> = emptyList()
    }
}
