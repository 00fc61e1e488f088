package org.outpost.sdk

import java.io.File
import java.util.concurrent.TimeUnit
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.BeforeClass
import org.junit.Test
import org.outpost.sdk.testing.DESK
import org.outpost.sdk.testing.MAIL_PASSWORD
import org.outpost.sdk.testing.MailHouse
import org.outpost.sdk.testing.NURSE
import org.outpost.sdk.testing.PASSWORD
import org.outpost.sdk.testing.Sandbox
import org.outpost.sdk.testing.folder
import org.outpost.sdk.testing.given

/** The tool's ways to a mail server, against a real one: it needs a machine with Java. */
class MailTest {
    private val home = folder("desk")

    private fun run(input: String, vararg arguments: String): Pair<Int, String> {
        val all = listOf(given("outpost.tool").path) + arguments + "--json"
        val builder = ProcessBuilder(all)
        builder.environment()["OUTPOST_HOME"] = home.path
        val started = builder.start()
        started.outputStream.use { it.write("$input\n".toByteArray()) }
        val said = started.inputStream.reader().readText()
        check(started.waitFor(60, TimeUnit.SECONDS)) { "${arguments.toList()} hangs" }
        return started.exitValue() to said
    }

    private fun done(input: String, vararg arguments: String): String {
        val (code, said) = run(input, *arguments)
        assertEquals("${arguments.toList()}: $said", 0, code)
        return said
    }

    private fun desk() {
        done(
            PASSWORD, "login", "--server", sandbox.address, "--user", NURSE, "--password-stdin",
            "--allow-http",
        )
        done("", "sync")
    }

    private fun intake(host: String, vararg rest: String) = arrayOf(
        "support", "intake", "--imap", host, "--imap-user", DESK, "--org-unit", "Clinic A", *rest,
    )

    private fun letter(number: Int) = "From: Amina <amina$number@example.org>\r\n" +
        "To: <$DESK>\r\nSubject: Screen $number is dark\r\nMessage-ID: <$number@example.org>\r\n" +
        "Date: Mon, 30 Nov 2026 08:00:00 +0000\r\n\r\nSince Monday.\r\n"

    @Test
    fun `letters of a mailbox are filed once and stay there unread`() = MailHouse().use { mail ->
        desk()
        for (number in 1..3) mail.deliver(letter(number))
        val trusted = arrayOf("--imap-ca", mail.authority.path)
        val first = done(MAIL_PASSWORD, *intake("localhost:${mail.imaps}", *trusted))
        assertEquals(first, 3, "\"filed\"".toRegex().findAll(first).count())
        assertEquals(3 to 3, mail.counts())
        mail.deliver(letter(4))
        val next = done(MAIL_PASSWORD, *intake("localhost:${mail.imaps}", *trusted))
        assertEquals(next, 1, "\"filed\"".toRegex().findAll(next).count())
        assertTrue(next, "Screen 4 is dark" in next)
        // The same mailbox on the way that begins unencrypted.
        val plain = arrayOf("--imap-security", "none")
        val again = done(MAIL_PASSWORD, *intake("localhost:${mail.imap}", *plain))
        assertTrue(again, "\"letters\": []" in again || "\"letters\":[]" in again)
        assertEquals(4 to 4, mail.counts())
    }

    @Test
    fun `a server that nobody vouches for gets no password and a wrong one is told`() =
        MailHouse().use { mail ->
            desk()
            mail.deliver(letter(7))
            val stranger = run(MAIL_PASSWORD, *intake("localhost:${mail.imaps}"))
            assertTrue("$stranger", stranger.first != 0 && "not trusted" in stranger.second)
            val trusted = arrayOf("--imap-ca", mail.authority.path)
            val wrong = run("nope", *intake("localhost:${mail.imaps}", *trusted))
            assertTrue("$wrong", wrong.first != 0 && "\"refused\"" in wrong.second)
            val folder = arrayOf("--imap-folder", "Nowhere")
            val none = run(MAIL_PASSWORD, *intake("localhost:${mail.imaps}", *trusted, *folder))
            assertTrue("$none", none.first != 0 && "\"unknown\"" in none.second)
            val noise = File(home, "noise.pem").apply { writeText("no certificate") }.path
            val bad = run(
                MAIL_PASSWORD, *intake("localhost:${mail.imaps}", "--imap-ca", noise),
            )
            assertTrue("$bad", bad.first != 0 && "\"certificates\"" in bad.second)
            val open = run(
                MAIL_PASSWORD, *intake("mail.example.org", "--imap-security", "none"),
            )
            assertTrue("$open", open.first != 0 && "\"unencrypted\"" in open.second)
            assertEquals(1 to 1, mail.counts())
        }

    @Test
    fun `an answer goes out over an encrypted connection to a server of a private authority`() =
        MailHouse().use { mail ->
            desk()
            mail.deliver(letter(9))
            val trusted = arrayOf("--imap-ca", mail.authority.path)
            val filed = done(MAIL_PASSWORD, *intake("localhost:${mail.imaps}", *trusted))
            val id = checkNotNull(Regex("\"request\":\\s*\"(\\w{11})\"").find(filed)).groupValues[1]
            done("", "support", "reply", id, "--text", "Charge it for an hour")
            val tell = arrayOf(
                "support", "notify", "--smtp", "localhost:${mail.smtps}", "--from", DESK,
                "--smtp-user", DESK, "--smtp-security", "tls",
            )
            val stranger = run(MAIL_PASSWORD, *tell)
            assertTrue("$stranger", stranger.first != 0 && "not trusted" in stranger.second)
            assertEquals(emptyList<String>(), mail.sent().filter { "Charge it" in it })
            run(MAIL_PASSWORD, *tell, "--smtp-ca", mail.authority.path)
            val letters = mail.sent().filter { "Charge it" in it }
            assertEquals("$letters", 1, letters.size)
            assertTrue(letters.single(), "amina9@example.org" in letters.single())
        }

    companion object {
        private lateinit var sandbox: Sandbox

        @BeforeClass
        @JvmStatic
        fun server() {
            sandbox = Sandbox()
            sandbox.takeRollOutPackage("RoGrpSuperv")
        }

        @AfterClass
        @JvmStatic
        fun end() = sandbox.close()
    }
}
