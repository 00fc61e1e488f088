package org.outpost.sdk.testing

import java.io.File
import java.net.HttpURLConnection
import java.net.URI
import java.net.URL
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Files
import java.util.Base64
import java.util.concurrent.TimeUnit

const val NURSE = "nurse"
const val PASSWORD = "Palm-tree-77!"

/** A path that the build gives. */
fun given(property: String): File {
    val path = checkNotNull(System.getProperty(property)) { "run with -D$property=PATH" }
    return File(path).also { check(it.exists()) { "there is no $it" } }
}

/** An empty folder that goes away with the process. */
fun folder(name: String): File = Files.createTempDirectory("outpost-$name").toFile().also { made ->
    Runtime.getRuntime().addShutdownHook(Thread { made.deleteRecursively() })
}

/** `outpost sandbox` in a process of its own, with the metadata of the demo; nurse and admin. */
class Sandbox : AutoCloseable {
    private val data = folder("server")
    private val admin = Base64.getEncoder().encodeToString("admin:district".toByteArray())
    private var port = 0
    private var process: Process? = null

    /** Where it answers. */
    lateinit var address: String
        private set

    init {
        start()
    }

    /** Starts it (again, on the same port, with the same data). */
    fun start() {
        val tool = given("outpost.tool").path
        val metadata = File(given("outpost.project"), "scripts/demo-metadata.json").path
        val arguments = listOf(
            tool, "sandbox", "--json", "--port", "$port", "--metadata", metadata,
            "--data", data.path, "--user", "$NURSE:$PASSWORD:OuDistrictN",
            "--user", "*admin:district",
        )
        val errors = File(data, "stderr")
        val started = ProcessBuilder(arguments).redirectError(errors).start()
        process = started
        Runtime.getRuntime().addShutdownHook(Thread { started.destroyForcibly() })
        val lines = started.inputStream.bufferedReader()
        val said = generateSequence { lines.readLine() }
            .firstOrNull { "http://" in it } ?: error("no sandbox: ${errors.readText()}")
        address = checkNotNull(Regex("http://[^\"\\s]+").find(said)).value
        port = URL(address).port
    }

    /** The server is gone, as it is in the field. */
    fun stop() {
        process?.destroy()
        process?.waitFor(10, TimeUnit.SECONDS)
    }

    /** Plays troubles: members of the sandbox's faults; `{}` ends them. */
    fun faults(json: String) {
        post("/sandbox/faults", json)
    }

    /** What an administrator reads. */
    fun get(path: String): String = request("GET", path, null)

    /** What an administrator writes. */
    fun post(path: String, json: String): String = request("POST", path, json)

    /** What an administrator changes of an object. */
    fun patch(path: String, json: String) {
        val to = HttpRequest.newBuilder(URI(address + path))
            .header("Authorization", "Basic $admin")
            .header("Content-Type", "application/json-patch+json")
            .method("PATCH", HttpRequest.BodyPublishers.ofString(json)).build()
        val answer = HttpClient.newHttpClient().send(to, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() < 300) { "PATCH $path: ${answer.statusCode()} ${answer.body()}" }
    }

    /** The metadata of a roll-out, made by the tool; the nurse is in this user group of it. */
    fun takeRollOutPackage(group: String? = null) {
        val file = File(folder("package"), "rollout.json")
        val arguments = listOf(
            given("outpost.tool").path, "rollout", "package", "--out", file.path, "--at", CLINIC.uid,
        )
        val made = ProcessBuilder(arguments).start()
        check(made.waitFor(60, TimeUnit.SECONDS) && made.exitValue() == 0) { "no package" }
        post("/api/metadata", file.readText())
        if (group == null) return
        val found = get("/api/users?filter=username:eq:$NURSE&fields=id")
        val nurse = checkNotNull(Regex("\"id\":\\s*\"(\\w{11})\"").find(found)).groupValues[1]
        val members = """{"userGroups":[{"id":"$group","name":"$group",""" +
            """"users":[{"id":"$nurse"}]}]}"""
        post("/api/metadata", members)
    }

    /** The value that the server holds, `null` if none. */
    fun value(dataElement: String, period: String, unit: String): String? {
        val answer = get("/api/dataValueSets?dataSet=DsMonthly00&period=$period&orgUnit=$unit")
        val rows = Regex("\\{[^{}]*\"dataElement\"[^{}]*}").findAll(answer).map { it.value }
        val values = rows.filter { "\"$dataElement\"" in it }.toList()
        check(values.size <= 1) { "not once but ${values.size} times" }
        return values.firstOrNull()?.let { Regex("\"value\":\\s*\"([^\"]*)\"").find(it) }
            ?.groupValues?.get(1)
    }

    private fun request(method: String, path: String, json: String?): String {
        val connection = URL(address + path).openConnection() as HttpURLConnection
        connection.requestMethod = method
        connection.setRequestProperty("Authorization", "Basic $admin")
        json?.let {
            connection.doOutput = true
            connection.setRequestProperty("Content-Type", "application/json")
            connection.outputStream.use { out -> out.write(it.toByteArray()) }
        }
        val status = connection.responseCode
        check(status < 300) {
            "$method $path: $status ${connection.errorStream?.reader()?.readText()}"
        }
        return connection.inputStream?.reader()?.readText().orEmpty()
    }

    override fun close() = stop()
}
