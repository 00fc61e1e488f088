package org.outpost.app.testing

import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit

/** The card of the centre's recovery key, made once by `outpost exchange`. */
const val RECOVERY_CARD =
    "OUTPOST:1:AUCFGYLGMW55JIBHHCMFKBNDMCITT7NUVPV3LMM3VS3UMYF3EJWG4TJJ46O6ZR2IJZRQMB" +
        "TE5CWZDCBDLCU5FFYAP3ABATULDCXLOS5SIW2QF4QAZHQD3KMJE4Z6YL6IC33B2NNIUHM4SGCBAC2627" +
        "YKFHVINQ4GCULBAQBBWYD4AU3QJSC7FZUNX2PFWD3KUVBPOYYN5BZPEW4SM3LECAI"

/** The centre's command line with a home of its own; gives what it says. */
internal fun tool(home: File, input: String, vararg arguments: String): String {
    val command = listOf(given("outpost.tool"), "--home", home.path) + arguments
    val process = ProcessBuilder(command).redirectErrorStream(true).start()
    process.outputStream.use { it.write(input.toByteArray()) }
    val said = process.inputStream.reader().readText()
    check(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0) { said }
    return said
}

/**
 * Puts the roll-out on the server, as an administrator does once: the programs, Mary among the health
 * workers, Amina among the supervisors and as whom to call; and phones that are ready to be given out,
 * with serial numbers `R58N` and their number.
 */
fun Sandbox.rollOut(vararg phones: String, supervisors: List<String> = listOf(AMINA)) {
    val home = Files.createTempDirectory("outpost-centre").toFile()
    val programs = File(home, "rollout.json")
    tool(home, "", "rollout", "package", "--out", programs.path, "--at", "OuDistrictN", "--at", "OuClinicAaa")
    put("/api/metadata", programs.readText())
    val members = listOf("RoGrpWorker" to listOf(MARY), "RoGrpSuperv" to supervisors)
    val groups = members.joinToString(",") { (group, users) ->
        val ids = users.joinToString(",") { """{"id":"${idOf(it)}"}""" }
        """{"id":"$group","name":"$group","users":[$ids]}"""
    }
    put("/api/metadata", """{"userGroups":[$groups]}""")
    put(
        "/api/dataStore/outpost/support",
        """{"contacts":[{"organisationUnit":"OuDistrictN","tier":1,"name":"Amina N.",
            "phone":"0772555010","email":"amina@example.org"}]}""",
    )
    if (phones.isNotEmpty()) prepare(home, phones.toList())
    home.deleteRecursively()
}

/** Somebody in the centre does something with the command line, and sends it. */
fun Sandbox.centre(vararg arguments: String) {
    val home = Files.createTempDirectory("outpost-centre").toFile()
    signIn(home)
    tool(home, "", *arguments)
    tool(home, "", "push")
    home.deleteRecursively()
}

private fun Sandbox.signIn(home: File) {
    val login = arrayOf("login", "--server", address, "--user", "admin", "--allow-http", "--password-stdin")
    tool(home, "district\n", *login)
    tool(home, "", "pull")
}

private fun Sandbox.prepare(home: File, phones: List<String>) {
    signIn(home)
    val table = phones.joinToString("") { "$it,R58N$it\n" }
    tool(home, "number,serial\n$table", "device", "import", "-", "--org-unit", "OuClinicAaa")
    tool(home, phones.joinToString("") { "$it\nR58N$it\n" }, "device", "prepare")
    tool(home, "", "device", "prepare", "--finish")
    tool(home, "", "push")
}
