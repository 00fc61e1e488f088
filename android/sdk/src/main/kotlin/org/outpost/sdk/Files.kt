package org.outpost.sdk

import java.io.File
import org.outpost.sdk.ffi.FileItem
import org.outpost.sdk.ffi.FileSource as FfiFileSource
import org.outpost.sdk.ffi.SessionHandle

/**
 * Files that are answers: photographs, documents. They lie encrypted on the device and go to the
 * server before the record that names them. Reached by [Session.files].
 *
 * Add a file, put [FileInfo.id] as the value into the form ([EventFormSession.setValue],
 * [PersonFormSession.setValue]), and save the form.
 */
public class Files internal constructor(
    private val handle: SessionHandle,
    private val bridge: Bridge,
) {
    /**
     * Takes a file in from memory. For a large one give the file itself.
     *
     * @param name file name for people
     * @param contentType MIME type, such as `image/jpeg`
     * @throws OutpostException.InvalidInput if it is empty, too large, or of a kind that the server
     *   refuses
     */
    public suspend fun add(name: String, contentType: String, content: ByteArray): FileInfo =
        bridge.call { handle.addFile(name, contentType, content).toInfo() }

    /**
     * Takes a file in piece by piece, without holding it in memory; the original stays where it is.
     *
     * @param contentType MIME type, such as `image/jpeg`
     * @param name file name for people
     * @throws OutpostException.InvalidInput as the other one, or if it cannot be read
     */
    public suspend fun add(file: File, contentType: String, name: String = file.name): FileInfo =
        bridge.call { handle.addFileFrom(name, contentType, file.path).toInfo() }

    /** What is known of a file. */
    public suspend fun info(id: FileId): FileInfo = bridge.call { handle.file(id.uid).toInfo() }

    /** The content of a file; `null` if it is not on this device: see [fetch]. */
    public suspend fun content(id: FileId): ByteArray? = bridge.call { handle.fileContent(id.uid) }

    /**
     * Writes the content of a file, unencrypted, for another program to show.
     *
     * @return `false` if it is not on this device: see [fetch]
     * @throws OutpostException.InvalidInput if the target cannot be written
     */
    public suspend fun copy(id: FileId, to: File): Boolean = bridge.call {
        handle.copyFile(id.uid, to.path)
    }

    /**
     * Fetches the content of a file that the server has and keeps it on the device. Nothing is
     * asked if it is here already.
     *
     * @param source the value that names the file: the server lets it be read only through it
     * @throws OutpostException.Offline without network
     * @throws OutpostException.NotFound if the server does not show it
     */
    public suspend fun fetch(id: FileId, source: FileSource): FileInfo = bridge.call {
        handle.fetchFile(id.uid, source.toFfi()).toInfo()
    }
}

/** A file that was added or attached (DHIS2 `FileResource`). */
public data class FileInfo(
    /** Its id: the value of the question. */
    public val id: FileId,
    /** File name for people. */
    public val name: String,
    /** MIME type. */
    public val contentType: String,
    /** Size in bytes. */
    public val bytes: Long,
    /** Where it is on its way to the server. */
    public val state: TravelState,
    /** Whether its content is on this device. */
    public val onDevice: Boolean,
)

/** The value that names a file. */
public sealed interface FileSource {
    /** The value of an attribute. */
    public data class OfPerson(
        /** The person. */
        public val person: PersonId,
        /** The attribute. */
        public val attribute: AttributeId,
        /** The program; needed for an attribute that only a program has. */
        public val program: ProgramId? = null,
    ) : FileSource

    /** The answer to a question of an event or visit. */
    public data class OfEvent(
        /** The event. */
        public val event: EventId,
        /** The question. */
        public val dataElement: DataElementId,
    ) : FileSource
}

private fun FileItem.toInfo() =
    FileInfo(FileId(id), name, contentType, bytes, state.toState(), onDevice)

private fun FileSource.toFfi(): FfiFileSource = when (this) {
    is FileSource.OfPerson -> FfiFileSource.Attribute(person.uid, attribute.uid, program?.uid)
    is FileSource.OfEvent -> FfiFileSource.Answer(event.uid, dataElement.uid)
}
