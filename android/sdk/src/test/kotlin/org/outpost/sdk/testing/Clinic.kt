package org.outpost.sdk.testing

import java.time.YearMonth
import java.time.format.DateTimeFormatter
import kotlinx.coroutines.flow.toList
import org.junit.Assert.assertTrue
import org.outpost.sdk.AttributeId
import org.outpost.sdk.CategoryOptionComboId
import org.outpost.sdk.DataElementId
import org.outpost.sdk.DataSetId
import org.outpost.sdk.Event
import org.outpost.sdk.EventStatus
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.Outpost
import org.outpost.sdk.OutpostException
import org.outpost.sdk.PersonResult
import org.outpost.sdk.ProgramId
import org.outpost.sdk.ProgramStageId
import org.outpost.sdk.RelationshipTypeId
import org.outpost.sdk.ReportKey
import org.outpost.sdk.Session
import org.outpost.sdk.SyncEvent
import org.outpost.sdk.SyncParts

val MONTHLY = DataSetId("DsMonthly00")
val VISIT = ProgramId("PrFeverVisi")
val CLINIC = OrganisationUnitId("OuClinicAaa")
val STOCK = DataElementId("DeStockAct0")
val FEVER = DataElementId("DeFeverCase")
val GIRLS = CategoryOptionComboId("CcUnder5Fem")
val AGE = DataElementId("DeEvAge0000")
val SEX = DataElementId("DeEvSex0000")

val CHILD_HEALTH = ProgramId("PrChildHeal")
val HOUSEHOLD = ProgramId("PrHousehold")
val GROWTH = ProgramStageId("PsGrowthVis")
val GIVEN_NAME = AttributeId("TaGivenName")
val FAMILY_NAME = AttributeId("TaFamilyNam")
val CHILD_SEX = AttributeId("TaSex000000")
val BORN = AttributeId("TaBirthDate")
val VILLAGE = AttributeId("TaHouseVill")
val MEMBER = RelationshipTypeId("RtMember000")

/** A finished month, counted back from now: every test has one of its own. */
fun month(back: Long): YearMonth = YearMonth.now().minusMonths(back)

val YearMonth.id: String get() = format(DateTimeFormatter.ofPattern("yyyyMM"))

fun report(back: Long) = ReportKey(MONTHLY, month(back).id, CLINIC)

/** A nurse who is signed in and has the forms. */
suspend fun nurse(sandbox: Sandbox, outpost: Outpost): Session {
    val session = outpost.signIn(sandbox.address, NURSE, PASSWORD, allowHttp = true).session
    session.syncNow(SyncParts(upload = false, download = false))
    return session
}

/** Synchronises and gives its end. */
suspend fun Session.syncToEnd(parts: SyncParts = SyncParts()): SyncEvent.Ended =
    sync(parts).toList().last() as SyncEvent.Ended

/** Synchronises; fails if it ends early. */
suspend fun Session.syncNow(parts: SyncParts = SyncParts()): SyncEvent.Finished {
    val ended = syncToEnd(parts)
    assertTrue("$ended", ended is SyncEvent.Finished)
    return ended as SyncEvent.Finished
}

/** A visit of a girl of four, not saved yet. */
suspend fun Session.visit(back: Long): Event = newEvent(VISIT, CLINIC).event
    .copy(occurredAt = "${month(back)}-15", status = EventStatus.COMPLETED)
    .withAnswer(AGE, "4")
    .withAnswer(SEX, "F")

/** A girl who was born last month, registered at the clinic. */
suspend fun Session.child(given: String, family: String): PersonResult.Saved =
    people.openNew(CHILD_HEALTH, CLINIC).use { form ->
        form.setValue(GIVEN_NAME, given)
        form.setValue(FAMILY_NAME, family)
        form.setValue(CHILD_SEX, "F")
        form.setValue(BORN, "${month(1)}-03")
        form.setOccurredAt("${month(1)}-03")
        val saved = form.save()
        assertTrue("$saved", saved is PersonResult.Saved)
        saved as PersonResult.Saved
    }

/** What a call throws. */
inline fun <reified E : Throwable> thrown(work: () -> Unit): E {
    try {
        work()
    } catch (failed: Throwable) {
        if (failed is E) return failed
        throw AssertionError("not ${E::class.java.simpleName} but $failed", failed)
    }
    throw AssertionError("nothing was thrown, not ${E::class.java.simpleName}")
}

/** An exception tells a person what happened and what to do. */
fun OutpostException.alsoSpeaks(): OutpostException = apply {
    assertTrue("$this", message.isNotBlank() && whatToDo.isNotBlank())
}
