package org.outpost.sdk

import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.FileAlreadyExistsException
import java.nio.file.Files
import java.nio.file.LinkOption
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption
import java.nio.file.attribute.PosixFilePermission
import java.nio.file.attribute.PosixFilePermissions
import java.security.SecureRandom

/** Longest key file that is read: a wrapped key is 61 bytes. */
private const val FILE_BYTES_MAX = 4_096

private val OWNER_FILE: Set<PosixFilePermission> = PosixFilePermissions.fromString("rw-------")
private val OWNER_FOLDER: Set<PosixFilePermission> = PosixFilePermissions.fromString("rwx------")

/** Two stores in one process must not both find that there is no file yet. */
private val writing = Any()

/**
 * Files of the owner alone (0600 in a folder of 0700), each written whole or not at all, and never
 * replaced.
 */
internal class KeyFiles(private val folder: Path) {
    constructor(folder: File) : this(folder.toPath())

    private val random = SecureRandom()

    /** What is in the file; `null` if there is none. */
    fun load(name: String): ByteArray? = try {
        Files.newInputStream(folder.resolve(name)).use { input ->
            val bytes = ByteArray(FILE_BYTES_MAX)
            var length = 0
            while (length < bytes.size) {
                val read = input.read(bytes, length, bytes.size - length)
                if (read < 0) break
                length += read
            }
            bytes.copyOf(length).also { bytes.fill(0) }
        }
    } catch (_: NoSuchFileException) {
        null
    } catch (failed: IOException) {
        throw KeyStoreException.Locked("the key file cannot be read", failed)
    }

    /** Writes the file unless there is one already: then what is in that counts. */
    fun writeOnce(name: String, content: ByteArray): Unit = try {
        synchronized(writing) {
            makeFolder()
            writeWhole(folder.resolve(name), content)
        }
    } catch (failed: IOException) {
        val isFull = failed.message.orEmpty().contains("No space left")
        throw if (isFull) KeyStoreException.NoRoom(failed) else failed
    }

    /** Name of the first file, or the folder, that other accounts may use; `null` if none. */
    fun openToOthers(): String? {
        if (!Files.exists(folder)) return null
        val files = Files.newDirectoryStream(folder).use { it.toList() }
        val open = (listOf(folder) + files).find { one ->
            val rights = Files.getPosixFilePermissions(one, LinkOption.NOFOLLOW_LINKS)
            rights.any { it !in OWNER_FOLDER }
        }
        return open?.fileName?.toString()
    }

    private fun makeFolder() {
        if (Files.isDirectory(folder)) return
        folder.toAbsolutePath().parent?.let { Files.createDirectories(it) }
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_FOLDER))
        } catch (_: FileAlreadyExistsException) {
            // Made meanwhile.
        }
    }

    /** Writes a file of another name and flushes it before it gets its own. */
    private fun writeWhole(path: Path, content: ByteArray) {
        val draft = folder.resolve(".draft-" + java.lang.Long.toHexString(random.nextLong()))
        val options = setOf(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
        val owner = PosixFilePermissions.asFileAttribute(OWNER_FILE)
        try {
            FileChannel.open(draft, options, owner).use { channel ->
                val bytes = ByteBuffer.wrap(content)
                while (bytes.hasRemaining()) channel.write(bytes)
                channel.force(true)
            }
            name(draft, path)
            FileChannel.open(folder, StandardOpenOption.READ).use { it.force(true) }
        } catch (_: FileAlreadyExistsException) {
            // Another process was faster.
        } finally {
            Files.deleteIfExists(draft)
        }
    }

    private fun name(draft: Path, path: Path) {
        try {
            Files.createLink(path, draft)
        } catch (exists: FileAlreadyExistsException) {
            throw exists
        } catch (_: IOException) {
            renameUnlessThere(draft, path)
        } catch (_: UnsupportedOperationException) {
            renameUnlessThere(draft, path)
        }
    }

    /** Android does not let apps link files. Only one process of an app has its files open. */
    private fun renameUnlessThere(draft: Path, path: Path) {
        if (Files.exists(path)) throw FileAlreadyExistsException(path.toString())
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE)
    }
}

/** A file name that no alias can lead out of the folder with. */
internal fun fileName(alias: String): String {
    val harmless = ('a'..'z') + ('A'..'Z') + ('0'..'9')
    return alias.map { if (it in harmless) it else '-' }.joinToString("")
}

/** What the doctor is told of a folder of key files; [good] if only the owner may use them. */
internal fun KeyFiles.health(good: String): KeyStoreHealth = try {
    when (val open = openToOthers()) {
        null -> KeyStoreHealth(true, good)
        else -> KeyStoreHealth(false, "other accounts may read $open")
    }
} catch (failed: IOException) {
    KeyStoreHealth(false, "the key folder cannot be read (${failed.javaClass.simpleName})")
}
