package org.outpost.app.core

import android.content.Context
import org.outpost.app.R
import org.outpost.app.model.BegunHandOver
import org.outpost.app.model.CheckLine
import org.outpost.app.model.CheckResult
import org.outpost.app.model.DeviceCheck
import org.outpost.app.model.HandOver
import org.outpost.app.model.HandOverFacts
import org.outpost.app.model.HandOverPort
import org.outpost.app.model.HandOverStep
import org.outpost.app.model.MixUp
import org.outpost.app.model.Signature
import org.outpost.app.model.Signer
import org.outpost.app.model.TakeBack
import org.outpost.app.model.TakeBackFacts
import org.outpost.app.model.TakeBackStep
import org.outpost.sdk.DeviceAudit
import org.outpost.sdk.DeviceAuditLine
import org.outpost.sdk.DeviceSignature
import org.outpost.sdk.HandOver as CoreState
import org.outpost.sdk.HandOverFacts as CoreFacts
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutpostException
import org.outpost.sdk.Session
import org.outpost.sdk.TakeBack as CoreReturn
import org.outpost.sdk.TakeBackFacts as CoreReturnFacts

/** Giving out, taking back and checking phones on the core. */
internal class CoreHandOver(
    private val context: Context,
    private val session: suspend () -> Session,
) : HandOverPort {
    private val words = PhoneWords(context)

    override suspend fun begun(): List<BegunHandOver> = told {
        session().devices.handOversBegun().map { name ->
            val state = session().devices.handOver(name)
            BegunHandOver(name, state.boxNumber, state.facts.receiver)
        }
    }

    override suspend fun handOver(name: String): HandOver =
        told { session().devices.handOver(name).toModel() }

    override suspend fun scanBox(name: String, scan: String): String? = told {
        words.refusal({ session().devices.find(scan.trim()).holder }) {
            session().devices.scanBox(name, scan.trim())
        }
    }

    override suspend fun scanPhone(name: String, scan: String): String? =
        refusal { session().devices.scanPhone(name, scan.trim()) }

    override suspend fun keep(name: String, facts: HandOverFacts): HandOver = told {
        // What no screen shows of an agreement stays as it was.
        val kept = session().devices.handOver(name).facts
        session().devices.keep(name, facts.toCore(kept)).toModel()
    }

    override suspend fun finish(name: String): String? =
        refusal { session().devices.finishHandOver(name) }

    override suspend fun stop(name: String, reason: String): Unit =
        told { session().devices.stopHandOver(name, reason) }

    override suspend fun takeBack(): TakeBack = told { session().devices.takeBack(RETURN).toModel() }

    override suspend fun scanReturned(scan: String): String? = refusal {
        val before = session().devices.takeBack(RETURN).number
        val now = session().devices.scanReturned(RETURN, scan.trim()).number
        // What was said of another phone is not said of this one.
        if (before != null && before != now) session().devices.keepTakeBack(RETURN, CoreReturnFacts())
    }

    override suspend fun keep(facts: TakeBackFacts): TakeBack =
        told { session().devices.keepTakeBack(RETURN, facts.toCore()).toModel() }

    override suspend fun finishTakeBack(): String? {
        val why = told { session().devices.takeBack(RETURN).facts.reason }
        val refused = refusal { session().devices.finishTakeBack(RETURN) }
        // The core names the state of the phone where only its reason is missing.
        return if (refused != null && why.isEmpty()) context.getString(R.string.why_missing) else refused
    }

    override suspend fun check(): DeviceCheck? = told {
        try {
            session().devices.audit().toCheck()
        } catch (refused: OutpostException.InvalidInput) {
            if (refused.code != NO_AUDIT) throw refused
            null
        }
    }

    override suspend fun beginCheck(place: String): DeviceCheck =
        told { session().devices.beginAudit(OrganisationUnitId(place)).toCheck() }

    override suspend fun checkScan(scan: String, with: String): String? =
        refusal { session().devices.auditScan(scan.trim(), with.trim()) }

    override suspend fun explain(number: String, reason: String): DeviceCheck =
        told { session().devices.auditExplain(number, reason).toCheck() }

    override suspend fun finishCheck(): String? = refusal { session().devices.finishAudit() }

    private inline fun refusal(step: () -> Unit): String? = told { words.refusal({ "" }, step) }

    private suspend fun CoreState.toModel() = HandOver(
        step = HandOverStep.valueOf(stage.name),
        box = boxNumber,
        phone = phoneNumber,
        mixedUp = mixedUp?.let { MixUp(it.boxNumber, it.phoneNumber, it.phoneHolder) },
        facts = facts.toModel(),
        open = open.map(words::open),
        device = boxNumber?.takeIf { it == phoneNumber }?.let { words.row(session().devices.find(it)) },
    )

    private fun CoreReturn.toModel() = TakeBack(
        step = TakeBackStep.valueOf(stage.name),
        number = number,
        holder = holder.orEmpty(),
        facts = TakeBackFacts(
            facts.condition.ifEmpty { null }, facts.accessories, facts.signatures.toModel(),
            facts.isWiped, facts.reason,
        ),
        open = open.map(words::open),
    )

    private fun DeviceAudit.toCheck() = DeviceCheck(
        name = name,
        found = found.toInt(),
        expected = expected.toInt(),
        open = open.size,
        lines = lines.map { it.toLine(open) },
    )

    private fun DeviceAuditLine.toLine(open: List<String>) =
        CheckLine(number, CheckResult.valueOf(result.name), holder, seenWith, number in open)

    private companion object {
        /** One return at a time: the phone lies on the table. */
        const val RETURN = "return"
        const val NO_AUDIT = "none"
    }
}

private fun CoreFacts.toModel() = HandOverFacts(
    receiver = receiver,
    receiverUser = receiverUser,
    helperName = supportName,
    helperPhone = supportPhone,
    place = place?.uid,
    condition = condition.ifEmpty { null },
    accessories = accessories,
    agreementVersion = agreementVersion,
    isDeclined = isDeclined,
    reason = reason,
    signatures = signatures.toModel(),
    isStamped1 = isStamped1,
    isStamped2 = isStamped2,
    stampPhoto = stampPhoto,
    copy1 = copy1,
    copy2 = copy2,
)

private fun HandOverFacts.toCore(kept: CoreFacts) = kept.copy(
    receiver = receiver.trim(),
    receiverUser = receiverUser.trim(),
    supportName = helperName.trim(),
    supportPhone = helperPhone.trim(),
    place = place?.let(::OrganisationUnitId),
    condition = condition.orEmpty(),
    accessories = accessories.trim(),
    agreementVersion = agreementVersion.trim(),
    isDeclined = isDeclined,
    reason = reason.trim(),
    signatures = signatures.toCore(),
    isStamped1 = isStamped1,
    isStamped2 = isStamped2,
    stampPhoto = stampPhoto,
    copy1 = copy1,
    copy2 = copy2,
)

private fun TakeBackFacts.toCore() = CoreReturnFacts(
    condition.orEmpty(), accessories.trim(), signatures.toCore(), isWiped, reason.trim(),
)

private val SIGNERS = mapOf(
    Signer.WORKER to "health_worker", Signer.SUPERVISOR to "supervisor", Signer.COUNCIL to "council",
)

private fun Map<Signer, Signature>.toCore() =
    map { (of, it) -> DeviceSignature(SIGNERS.getValue(of), it.name, it.file) }

private fun List<DeviceSignature>.toModel(): Map<Signer, Signature> = mapNotNull { given ->
    val of = SIGNERS.entries.firstOrNull { it.value == given.of }?.key
    of?.let { it to Signature(given.name, given.file) }
}.toMap()
