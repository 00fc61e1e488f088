package org.outpost.app.core

import org.outpost.app.model.Arrived
import org.outpost.sdk.OutpostException
import org.outpost.sdk.ReviewSubject
import org.outpost.sdk.Session
import org.outpost.sdk.SupportSummary

/** Reads what others sent to whoever works here. */
internal class ArrivedReader(private val session: Session) {
    suspend fun arrived() = Arrived(replies = replies(), sentBack = sentBack())

    /** Whoever has more open requests than this looks at the list. */
    private suspend fun replies(): Map<String, String> = mine().take(REQUESTS_MAX).mapNotNull { of ->
        val answers = session.support.request(of.id).steps.count { it.kind in ANSWERS }
        if (answers == 0) null else "${of.id.uid}:$answers" to of.id.uid
    }.toMap()

    private suspend fun mine(): List<SupportSummary> = try {
        session.support.mine()
    } catch (refused: OutpostException.InvalidInput) {
        if (refused.code != NO_PROGRAM) throw refused
        emptyList()
    }

    /** The same record may be sent back again, with another question. */
    private suspend fun sentBack(): Map<String, String> = session.review.tasks().items.associate { item ->
        val record = when (val subject = item.subject) {
            is ReviewSubject.OfEvent -> subject.id.uid
            is ReviewSubject.OfEnrollment -> subject.id.uid
        }
        "$record:${item.review.reason.hashCode()}" to record
    }

    private companion object {
        const val REQUESTS_MAX = 20

        /** What the team says to the user; that somebody has it is no answer yet. */
        val ANSWERS = setOf("REPLY", "WAIT", "RESOLVE", "INVALID")
    }
}
