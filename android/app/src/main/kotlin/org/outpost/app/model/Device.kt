package org.outpost.app.model

/** One line of the phone's own check. */
data class DeviceLine(
    val name: String,
    val found: String,
    val whatToDo: String,
    val health: Health,
)

/** How a line of the check stands. */
enum class Health { GOOD, WARN, BAD }

/** One line of the history. */
data class HistoryLine(val id: Long, val atMs: Long, val by: String, val what: String)

/** The phone itself. */
interface DevicePort {
    suspend fun check(): List<DeviceLine>

    suspend fun history(after: NextPage? = null): Pair<List<HistoryLine>, NextPage?>

    /** Records that the server does not have. */
    suspend fun unsent(): Int

    /** A picture that is an answer, for showing; `null` when it is not on this phone. */
    suspend fun picture(id: String): ByteArray?

    /** Takes a picture in and gives the id that is its answer. */
    suspend fun addPicture(jpeg: ByteArray, name: String): String

    /** Places that match, or those right below [parent]. */
    suspend fun places(query: String, parent: String?): List<PlaceRow>

    /** What a place is called; `null` when it is not on this phone. */
    suspend fun placeName(id: String): String?
}

/** A place to choose. */
data class PlaceRow(val id: String, val name: String, val above: String, val level: Int)
