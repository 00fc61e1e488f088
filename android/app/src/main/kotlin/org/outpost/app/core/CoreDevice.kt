package org.outpost.app.core

import org.outpost.app.model.DeviceLine
import org.outpost.app.model.DevicePort
import org.outpost.app.model.Health
import org.outpost.app.model.HistoryLine
import org.outpost.app.model.NextPage
import org.outpost.app.model.PlaceRow
import org.outpost.sdk.FileId
import org.outpost.sdk.OrganisationUnitId
import org.outpost.sdk.OutpostException
import org.outpost.sdk.Session

/** The phone itself on the core. */
internal class CoreDevice(
    /** What the home screen counts as not sent: one number everywhere. */
    private val countUnsent: suspend () -> Int,
    private val session: suspend () -> Session,
) : DevicePort {
    override suspend fun check(): List<DeviceLine> = told {
        session().doctor().map {
            DeviceLine(it.name, it.found, it.whatToDo, Health.valueOf(it.health.name))
        }
    }

    override suspend fun history(after: NextPage?): Pair<List<HistoryLine>, NextPage?> = told {
        val page = session().journal((after as CorePage?)?.token)
        val lines = page.items.map { HistoryLine(it.id, it.atMs, it.by, it.kind) }
        lines to page.next?.let { CorePage(it) }
    }

    override suspend fun unsent(): Int = told { countUnsent() }

    override suspend fun picture(id: String): ByteArray? = told {
        try {
            session().files.content(FileId(id))
        } catch (_: OutpostException.NotFound) {
            null
        }
    }

    override suspend fun addPicture(jpeg: ByteArray, name: String): String =
        told { session().files.add(name, "image/jpeg", jpeg).id.uid }

    override suspend fun places(query: String, parent: String?): List<PlaceRow> = told {
        val units = session().organisationUnits(
            search = query.ifBlank { null }, parent = parent?.let { OrganisationUnitId(it) },
        ).items
        units.map { PlaceRow(it.id.uid, it.name, it.above, it.level) }
    }

    override suspend fun placeName(id: String): String? = told {
        allOf { session().organisationUnits(next = it) }.firstOrNull { it.id.uid == id }?.name
    }
}
