package org.outpost.sdk.testing

import com.icegreen.greenmail.util.GreenMail
import com.icegreen.greenmail.util.GreenMailUtil
import com.icegreen.greenmail.util.ServerSetup
import jakarta.mail.Flags
import jakarta.mail.internet.MimeMessage
import java.io.File
import java.util.Base64
import java.util.Date
import java.security.KeyStore
import java.util.concurrent.TimeUnit

/** The password of the certificate's file and of the desk's mailbox. */
const val MAIL_PASSWORD = "Letters-only-9"
const val DESK = "desk@example.org"

/**
 * A real mail server on this machine (GreenMail): IMAP and SMTP, each encrypted and not, with a
 * certificate of its own authority that no system trusts.
 */
class MailHouse : AutoCloseable {
    /** The certificate as PEM text. */
    val authority: File = AUTHORITY
    private val server: GreenMail

    init {
        server = GreenMail(
            listOf("imap", "imaps", "smtp", "smtps")
                .map { ServerSetup(0, "localhost", it) }.toTypedArray(),
        )
        server.start()
        server.userManager.createUser(DESK, DESK, MAIL_PASSWORD)
    }

    val imap: Int get() = server.imap.port
    val imaps: Int get() = server.imaps.port
    val smtps: Int get() = server.smtps.port

    /** Puts a letter, as it came over the wire, into the desk's mailbox. */
    fun deliver(letter: String) {
        val user = server.userManager.getUser(DESK)
        val inbox = server.managers.imapHostManager.getInbox(user)
        val session = GreenMailUtil.getSession(server.imap.serverSetup)
        val message = MimeMessage(session, letter.byteInputStream())
        inbox.appendMessage(message, Flags(), Date())
    }

    /** How many letters lie in the mailbox, and how many of them nobody has read. */
    fun counts(): Pair<Int, Int> {
        val user = server.userManager.getUser(DESK)
        val inbox = server.managers.imapHostManager.getInbox(user)
        return inbox.messageCount to inbox.unseenCount
    }

    /** What was sent to others over SMTP. */
    fun sent(): List<String> =
        server.receivedMessages.map { GreenMailUtil.getWholeMessage(it) }

    override fun close() = server.stop()

    private companion object {
        /** One for all of them: a process has one factory of encrypted sockets. */
        val AUTHORITY: File by lazy(::certify)

        fun certify(): File {
            val folder = folder("mail")
            val keys = File(folder, "keys.p12")
            val keytool = File(System.getProperty("java.home"), "bin/keytool").path
            val made = ProcessBuilder(
                keytool, "-genkeypair", "-alias", "mail", "-keyalg", "EC",
                "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-validity", "2",
                "-storetype", "PKCS12", "-keystore", keys.path, "-storepass", MAIL_PASSWORD,
            ).redirectErrorStream(true).start()
            val said = made.inputStream.reader().readText()
            check(made.waitFor(60, TimeUnit.SECONDS) && made.exitValue() == 0) { said }
            System.setProperty("greenmail.tls.keystore.file", keys.path)
            System.setProperty("greenmail.tls.keystore.password", MAIL_PASSWORD)
            val certificate = KeyStore.getInstance(keys, MAIL_PASSWORD.toCharArray())
                .getCertificate("mail").encoded
            val text = Base64.getMimeEncoder().encodeToString(certificate)
            return File(folder, "authority.pem").apply {
                writeText("-----BEGIN CERTIFICATE-----\n$text\n-----END CERTIFICATE-----\n")
            }
        }
    }
}
