package org.outpost.app.core

import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import org.outpost.app.model.FormKey
import org.outpost.sdk.EventFormSession
import org.outpost.sdk.EventId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutpostException
import org.outpost.sdk.PersonFormSession
import org.outpost.sdk.PersonId
import org.outpost.sdk.ProgramId
import org.outpost.sdk.Session

/**
 * The form that is open now, so that not every answer opens it anew. Nothing lives here alone: each
 * answer is on the disk before the next, so it may be let go of at any time.
 */
internal class OpenForms {
    private val turn = Mutex()
    private var key: FormKey? = null
    private var form: AutoCloseable? = null

    suspend fun <T> event(
        session: Session,
        of: FormKey.Event,
        work: suspend (EventFormSession) -> T,
    ): T = turn.withLock {
        work(held(of) { session.openEvent(ProgramId(of.program), EventId(of.uid)) })
    }

    suspend fun <T> person(
        session: Session,
        of: FormKey.Person,
        work: suspend (PersonFormSession) -> T,
    ): T = turn.withLock { work(held(of) { openPerson(session, of) }) }

    /** A registration that was begun is a draft; what is registered has none unless it is wrong. */
    private suspend fun openPerson(session: Session, of: FormKey.Person): PersonFormSession {
        val program = ProgramId(of.program)
        val id = PersonId(of.uid)
        return try {
            session.people.openDraft(program, id)
        } catch (_: OutpostException.NotFound) {
            session.people.open(program, id, OrganisationUnitId(of.place))
        }
    }

    private suspend inline fun <reified F : AutoCloseable> held(of: FormKey, open: () -> F): F {
        val now = form
        if (key == of && now is F) return now
        letGo()
        return open().also {
            key = of
            form = it
        }
    }

    /** Lets go of the form: it is read anew when it is asked for again. */
    suspend fun forget(): Unit = turn.withLock { letGo() }

    private fun letGo() {
        form?.close()
        form = null
        key = null
    }
}
