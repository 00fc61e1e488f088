package org.outpost.sdk

import java.io.File
import java.security.SecureRandom

/**
 * One file per key in a folder that only the owner may enter: for a JVM on a desktop or server.
 *
 * A file holds the 32 bytes of the key and nothing else, mode 0600, in a folder of mode 0700. It is
 * written whole or not at all, and never replaced. In the folder `keys` of a home these are the
 * files that [Outpost.open] makes without a key store, and that the `outpost` tool reads.
 */
public class FileKeyStore(folder: File) : SecureKeyStore {
    private val files = KeyFiles(folder)

    override fun loadOrCreateKey(alias: String): ByteArray {
        val name = "${fileName(alias)}.key"
        return load(name) ?: create(name)
    }

    override fun health(): KeyStoreHealth = files.health("keys are in files that only you can read")

    private fun create(name: String): ByteArray {
        val key = ByteArray(KEY_BYTES).also { SecureRandom().nextBytes(it) }
        files.writeOnce(name, key)
        key.fill(0)
        // Another process may have been faster: what is in the file counts.
        return load(name) ?: throw KeyStoreException.Locked("the key file went away again")
    }

    private fun load(name: String): ByteArray? {
        val bytes = files.load(name) ?: return null
        if (bytes.size == KEY_BYTES) return bytes
        bytes.fill(0)
        throw KeyStoreException.Locked("the key file $name has another length than a key")
    }
}
