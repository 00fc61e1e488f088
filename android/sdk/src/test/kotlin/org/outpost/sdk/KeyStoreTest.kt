package org.outpost.sdk

import java.io.File
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.outpost.sdk.testing.FakeAndroidKeyStore
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.thrown

/** A key is made once, kept for the owner alone, and never replaced. */
class KeyStoreTest {
    private val folder = File(folder("keys"), "inner/keys")

    private fun rights(file: File) =
        PosixFilePermissions.toString(Files.getPosixFilePermissions(file.toPath()))

    private fun check(store: () -> SecureKeyStore, name: String, length: Int) {
        val key = store().loadOrCreateKey("main")
        assertEquals(KEY_BYTES, key.size)
        assertArrayEquals(key, store().loadOrCreateKey("main"))
        assertFalse(key.contentEquals(store().loadOrCreateKey("other")))
        assertEquals(setOf(name, name.replace("main", "other")), folder.list()!!.toSet())
        assertEquals("rw-------", rights(File(folder, name)))
        assertEquals("rwx------", rights(folder))
        assertTrue(store().health().isGood)

        val file = File(folder, name)
        assertEquals(length.toLong(), file.length())
        file.writeBytes(file.readBytes().copyOf(length - 1))
        thrown<KeyStoreException.Locked> { store().loadOrCreateKey("main") }
        assertEquals("a key that is no good stays", length - 1L, file.length())
        Files.setPosixFilePermissions(file.toPath(), PosixFilePermissions.fromString("rw-r--r--"))
        val health = store().health()
        assertTrue("$health", !health.isGood && name in health.found)
    }

    @Test
    fun `a key file holds the key`() = check({ FileKeyStore(folder) }, "main.key", KEY_BYTES)

    @Test
    fun `a key file of a phone holds the key encrypted`() {
        FakeAndroidKeyStore.install()
        // Format, nonce, key, tag.
        check({ AndroidKeyStore(folder) }, "main.wrapped", 1 + 12 + KEY_BYTES + 16)
        val key = AndroidKeyStore(folder).loadOrCreateKey("other")
        val file = File(folder, "other.wrapped").readBytes()
        assertFalse(file.toList().windowed(KEY_BYTES).contains(key.toList()))
    }

    @Test
    fun `a phone that lost its own key makes no new one`() {
        FakeAndroidKeyStore.install()
        AndroidKeyStore(folder).loadOrCreateKey("main")
        val file = File(folder, "main.wrapped")
        val before = file.readBytes()
        FakeAndroidKeyStore.loseKeys()
        thrown<KeyStoreException.Locked> { AndroidKeyStore(folder).loadOrCreateKey("main") }
        AndroidKeyStore(folder).loadOrCreateKey("other")
        thrown<KeyStoreException.Locked> { AndroidKeyStore(folder).loadOrCreateKey("main") }
        assertArrayEquals(before, file.readBytes())
    }

    @Test
    fun `a wrapped key does not open under another name`() {
        FakeAndroidKeyStore.install()
        AndroidKeyStore(folder).loadOrCreateKey("main")
        File(folder, "main.wrapped").copyTo(File(folder, "other.wrapped"))
        thrown<KeyStoreException.Locked> { AndroidKeyStore(folder).loadOrCreateKey("other") }
    }

    @Test
    fun `many at the same time get the same key`() {
        val threads = Executors.newFixedThreadPool(8)
        val calls = List(32) { Callable { FileKeyStore(folder).loadOrCreateKey("main").toList() } }
        val keys = threads.invokeAll(calls).map { it.get() }
        threads.shutdown()
        assertEquals(1, keys.toSet().size)
        assertEquals(listOf("main.key"), folder.list()!!.toList())
    }

    @Test
    fun `no alias leads out of the folder`() {
        FileKeyStore(folder).loadOrCreateKey("../../etc/ключ\u0000")
        assertEquals(listOf("------etc------.key"), folder.list()!!.toList())
    }
}
