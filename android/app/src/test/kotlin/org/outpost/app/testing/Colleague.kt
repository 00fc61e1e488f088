package org.outpost.app.testing

import java.io.File
import java.nio.file.Files
import kotlinx.coroutines.flow.last
import kotlinx.coroutines.runBlocking
import org.outpost.sdk.AttributeId
import org.outpost.sdk.DataElementId
import org.outpost.sdk.EventResult
import org.outpost.sdk.EventStatus
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.Outpost
import org.outpost.sdk.PersonResult
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session
import org.outpost.sdk.SyncEvent
import org.junit.rules.ExternalResource

/** Somebody else with a device of their own, on the real core without a screen. */
class Colleague(private val server: Sandbox, private val user: String = MARY) : ExternalResource() {
    private val home: File = Files.createTempDirectory("outpost-colleague").toFile()
    private val clinic = OrganisationUnitId("OuClinicAaa")

    override fun after() {
        home.deleteRecursively()
    }

    /** Does something on the other device. */
    fun <T> work(work: suspend Colleague.(Session) -> T): T = runBlocking {
        Outpost.open(home).use { outpost ->
            val session = outpost.currentAccount()?.let { outpost.session() }
                ?: outpost.signIn(server.address, user, PASSWORD, allowHttp = true).session
            session.use { work(it) }
        }
    }

    suspend fun sync(session: Session) {
        val end = session.sync().last()
        check(end is SyncEvent.Finished) { "$end" }
    }

    /** A girl with a finished birth form; gives the event. */
    suspend fun birth(session: Session, given: String, born: String): String {
        val program = ProgramId("PrChildHeal")
        val saved = session.people.openNew(program, clinic).use { form ->
            form.setValue(AttributeId("TaGivenName"), given)
            form.setValue(AttributeId("TaFamilyNam"), "Okello")
            form.setValue(AttributeId("TaSex000000"), "F")
            form.setValue(AttributeId("TaBirthDate"), born)
            form.setOccurredAt(born)
            form.save() as PersonResult.Saved
        }
        val birth = checkNotNull(saved.opens)
        session.openEvent(program, birth).use { form ->
            form.setValue(DataElementId("DeBirthWeig"), "900")
            check(form.complete() is EventResult.Saved)
        }
        return birth.uid
    }

    /** A finished visit of a girl of four; of another day, and with her number in a register. */
    suspend fun visit(session: Session, day: String? = null, number: String? = null): String {
        val new = session.newEvent(ProgramId("PrFeverVisi"), clinic).event
        val event = new.copy(status = EventStatus.COMPLETED, occurredAt = day ?: new.occurredAt)
            .withAnswer(DataElementId("DeEvAge0000"), "4")
            .withAnswer(DataElementId("DeEvSex0000"), "F")
            .withAnswer(DataElementId("DeEvOutcome"), number?.let { "REFERRED" })
            .withAnswer(DataElementId("DeEvReferTo"), number)
        check(session.saveEvent(event) is EventResult.Saved)
        return event.id.uid
    }
}
