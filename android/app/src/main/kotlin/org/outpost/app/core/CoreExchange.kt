package org.outpost.app.core

import android.content.Context
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.last
import org.outpost.app.R
import org.outpost.app.model.ExchangePort
import org.outpost.app.model.FileLook
import org.outpost.app.model.GiveStep
import org.outpost.app.model.GivenFile
import org.outpost.app.model.Partner
import org.outpost.app.model.SiteCard
import org.outpost.app.model.UpdateOffer
import org.outpost.app.model.UpdateTaken
import org.outpost.sdk.ExchangeCard
import org.outpost.sdk.FilePlan
import org.outpost.sdk.HandOverEvent
import org.outpost.sdk.HandedOver
import org.outpost.sdk.NearbyEvent
import org.outpost.sdk.NearbyFile
import org.outpost.sdk.NearbyPlan
import org.outpost.sdk.NearbyReceived
import org.outpost.sdk.NearbyStop
import org.outpost.sdk.NearbyVisit
import org.outpost.sdk.OutpostException
import org.outpost.sdk.PackageStep
import org.outpost.sdk.ReleaseOffer
import org.outpost.sdk.RunningVersion
import org.outpost.sdk.Session
import org.outpost.sdk.SiteRole
import org.outpost.sdk.TakeInEvent
import org.outpost.sdk.TakenInReport

/** Giving and receiving on the core. */
internal class CoreExchange(
    private val context: Context,
    private val session: suspend () -> Session,
) : ExchangePort {
    private var stop = NearbyStop()

    override suspend fun card(): SiteCard? = told { session().exchange.card()?.toCard() }

    override suspend fun makeCard(name: String, isTablet: Boolean): SiteCard = told {
        val role = if (isTablet) SiteRole.TABLET else SiteRole.DEVICE
        session().exchange.makeCard(name, role).toCard()
    }

    override suspend fun readCard(text: String): SiteCard =
        told { session().exchange.readCard(text.trim()).toCard() }

    override suspend fun enrol(text: String, heard: String): SiteCard =
        told { session().exchange.enrol(text.trim(), heard).card.toCard() }

    private fun ExchangeCard.toCard() = SiteCard(key, name, fingerprint, text)

    override suspend fun partners(): List<Partner> = told {
        allOf { session().exchange.keys(it) }.filter { !it.isOwn }.map {
            Partner(it.card.key, it.card.name, it.card.role == SiteRole.RECOVERY, it.standing)
        }
    }

    override fun give(invitation: String): Flow<GiveStep> = flow {
        told {
            session().nearby.send(invitation.trim()).collect { step -> told(step)?.let { emit(it) } }
        }
    }

    override fun receive(addresses: List<String>): Flow<GiveStep> = flow {
        stop = NearbyStop()
        told {
            session().nearby.receive(NearbyPlan(addresses), stop)
                .collect { step -> told(step)?.let { emit(it) } }
        }
    }

    override fun endReceiving() = stop.stop()

    private fun told(step: NearbyEvent): GiveStep? = when (step) {
        is NearbyEvent.Invitation -> GiveStep.Invitation(step.text)
        is NearbyEvent.Progress -> GiveStep.Progress(step.who, step.done, step.bytes)
        is NearbyEvent.File -> GiveStep.Came(step.who, words(step.file), step.file.isTaken)
        is NearbyEvent.Received -> ended(step.report)
        is NearbyEvent.Sent -> ended(step.report)
    }

    private fun words(file: NearbyFile): String = file.report?.let(::words) ?: file.words

    private fun ended(report: NearbyVisit): GiveStep.Ended {
        val refused = report.sent.firstNotNullOfOrNull { it.refused }
        val files = report.sent.size
        return GiveStep.Ended(
            refused ?: context.getString(R.string.given_to, report.to),
            isGood = refused == null && files > 0,
        )
    }

    private fun ended(report: NearbyReceived): GiveStep.Ended {
        val phones = report.phones.size
        return GiveStep.Ended(
            context.resources.getQuantityString(R.plurals.phones_came, phones, phones),
            isGood = report.phones.all { it.problem == null },
        )
    }

    /** What taking a file in did: counts only. */
    private fun words(report: TakenInReport): String {
        report.receipt?.let { receipt ->
            val settled = receipt.settled.toInt()
            return context.resources.getQuantityString(R.plurals.settled, settled, settled)
        }
        val known = report.known + report.onServer
        val parts = listOf(
            R.plurals.taken_new to report.new + report.changed,
            R.plurals.taken_known to known,
            R.plurals.taken_differ to report.conflicts + report.differs,
            R.plurals.taken_waiting to report.waited + report.unknown.values.sum(),
        ).filter { it.second > 0 }.map { (words, count) ->
            context.resources.getQuantityString(words, count.toInt(), count.toInt())
        }
        return parts.joinToString(" ").ifEmpty { context.getString(R.string.nothing_new) }
    }

    override suspend fun writeFile(to: String, folder: String): GivenFile = told {
        (session().exchange.handOver(to, folder).last() as HandOverEvent.Finished).file.toGiven()
    }

    override suspend fun writeReceipt(to: String, folder: String): GivenFile =
        told { session().exchange.writeReceipt(to, folder).toGiven() }

    private fun HandedOver.toGiven() = GivenFile(path, to.name, records, bytes)

    override suspend fun look(path: String): FileLook = told {
        val file = session().exchange.inspect(path)
        FileLook(
            file.from.name, file.records, context.dateOrText(file.createdAt), file.advice,
            canTake = file.plan == FilePlan.TAKE_IN || file.plan == FilePlan.KNOWN ||
                file.plan == FilePlan.COVERED || file.plan == FilePlan.WAITS,
        )
    }

    override suspend fun takeIn(path: String): String = told {
        words((session().exchange.takeIn(path).last() as TakeInEvent.Finished).taken.report)
    }

    override suspend fun update(versionCode: Long): UpdateOffer = told {
        try {
            offer(session().updates.offer(RunningVersion(versionCode)))
        } catch (_: OutpostException.NotFound) {
            // By its card a phone knows whether it is its turn.
            UpdateOffer(null, null, context.getString(R.string.card_why))
        }
    }

    private fun offer(of: ReleaseOffer): UpdateOffer {
        val version = of.install?.version?.name
        return UpdateOffer(
            version,
            of.path.takeIf { of.install != null },
            when {
                version != null -> context.getString(R.string.update_ready, version)
                of.refused != null -> of.refused.orEmpty()
                of.bring != null -> context.getString(R.string.update_bring, of.bring?.name)
                else -> context.getString(R.string.update_none)
            },
        )
    }

    override suspend fun takeUpdate(path: String, versionCode: Long, heard: String?): UpdateTaken = told {
        val updates = session().updates
        try {
            val forms = updates.inspectPackage(path)
            if (forms.plan != PackageStep.APPLY) return@told UpdateTaken.Told(forms.advice)
            updates.applyPackage(path)
            UpdateTaken.Told(context.getString(R.string.forms_applied, forms.label))
        } catch (_: OutpostException.InvalidInput) {
            release(path, versionCode, heard)
        }
    }

    private suspend fun release(path: String, versionCode: Long, heard: String?): UpdateTaken {
        val taken = session().updates.takeInRelease(path, RunningVersion(versionCode), heard)
        return when {
            taken.isTaken -> UpdateTaken.Offered(update(versionCode))
            heard == null && taken.fingerprint != null -> UpdateTaken.AskDigits
            else -> UpdateTaken.Told(taken.words)
        }
    }
}
