package org.outpost.app.testing

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
import org.junit.rules.ExternalResource

const val MARY = "mary"
const val AMINA = "amina"
const val PASSWORD = "Palm-tree-77!"

/**
 * A server of one's own for a test: `outpost sandbox` in a process, with the metadata of the demo.
 * Mary works in one clinic, Amina supervises the three of a district.
 */
class Sandbox : ExternalResource() {
    private val data = Files.createTempDirectory("outpost-server").toFile()
    private var port = 0
    private var process: Process? = null

    /** Where it answers, `http://127.0.0.1:PORT`; stays when it is started again. */
    lateinit var address: String
        private set

    override fun before() = start()

    override fun after() {
        stop()
        data.deleteRecursively()
    }

    /** Starts it (again, with the same data). */
    fun start() {
        val started = ProcessBuilder(
            given("outpost.tool"), "sandbox", "--json", "--port", "$port",
            "--metadata", given("outpost.metadata"), "--data", data.path,
            "--user", "$MARY:$PASSWORD:OuClinicAaa", "--user", "$AMINA:$PASSWORD:OuDistrictN",
            "--user", "*admin:district",
        ).redirectError(File(data, "stderr")).start()
        process = started
        Runtime.getRuntime().addShutdownHook(Thread { started.destroyForcibly() })
        val lines = started.inputStream.bufferedReader()
        val said = generateSequence { lines.readLine() }.firstOrNull { "http://" in it }
            ?: error("no sandbox: ${File(data, "stderr").readText()}")
        address = checkNotNull(Regex("http://[^\"\\s]+").find(said)).value
        port = URL(address).port
    }

    /** The server is gone, as the network is in the field. */
    fun stop() {
        process?.destroy()
        process?.waitFor(10, TimeUnit.SECONDS)
    }

    /** Plays troubles: members of the sandbox's faults; `{}` ends them. */
    fun faults(json: String) {
        request("POST", "/sandbox/faults", json)
    }

    /** From now on the server takes only whole numbers for this data element. */
    fun takeOnlyWholeNumbers(dataElement: String) {
        val element = request("GET", "/api/dataElements/$dataElement?fields=:owner", null)
        check("\"NUMBER\"" in element) { element }
        val whole = element.replace("\"NUMBER\"", "\"INTEGER_ZERO_OR_POSITIVE\"")
        request("POST", "/api/metadata", "{\"dataElements\":[$whole]}")
    }

    /** The values that the server holds for a report, `dataElement.combo=value`. */
    fun values(period: String): Set<String> {
        val path = "/api/dataValueSets?dataSet=DsMonthly00&period=$period&orgUnit=OuClinicAaa"
        val rows = Regex("\\{[^{}]*\"dataElement\"[^{}]*}").findAll(request("GET", path, null))
        return rows.map { row ->
            fun member(name: String) = Regex("\"$name\":\\s*\"([^\"]*)\"").find(row.value)?.groupValues?.get(1)
            "${member("dataElement")}.${member("categoryOptionCombo")}=${member("value")}"
        }.toSet()
    }

    /** Somebody else writes a value of a report on the web. */
    fun write(dataElement: String, period: String, value: String) {
        val row = "{\"dataElement\":\"$dataElement\",\"value\":\"$value\"}"
        request(
            "POST", "/api/dataValueSets",
            "{\"dataSet\":\"DsMonthly00\",\"period\":\"$period\",\"orgUnit\":\"OuClinicAaa\"," +
                "\"dataValues\":[$row]}",
        )
    }

    /** The events that the server holds, as it tells them. */
    fun events(): String =
        request("GET", "/api/tracker/events?program=PrFeverVisi&fields=*", null)

    /** Writes a document as the administrator. */
    fun put(path: String, json: String) {
        request("POST", path, json)
    }

    /** What the server holds of a program: `events`, `enrollments` or `trackedEntities`. */
    fun tracker(what: String, program: String): String =
        request("GET", "/api/tracker/$what?program=$program&fields=*", null)

    /** Reads as the administrator. */
    fun get(path: String): String = request("GET", path, null)

    /** What an administrator changes of an object: operations of a JSON patch. */
    fun patch(path: String, json: String) {
        val admin = Base64.getEncoder().encodeToString("admin:district".toByteArray())
        val to = HttpRequest.newBuilder(URI(address + path))
            .header("Authorization", "Basic $admin")
            .header("Content-Type", "application/json-patch+json")
            .method("PATCH", HttpRequest.BodyPublishers.ofString(json)).build()
        val answer = HttpClient.newHttpClient().send(to, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() < 300) { "PATCH $path: ${answer.statusCode()} ${answer.body()}" }
    }

    /** The id of somebody by the name of the account. */
    fun idOf(user: String): String {
        val found = get("/api/users?filter=username:eq:$user&fields=id")
        return checkNotNull(Regex("\"id\":\\s*\"(\\w{11})\"").find(found)) { found }.groupValues[1]
    }

    private fun request(method: String, path: String, json: String?): String {
        val connection = URL(address + path).openConnection() as HttpURLConnection
        val admin = Base64.getEncoder().encodeToString("admin:district".toByteArray())
        connection.requestMethod = method
        connection.setRequestProperty("Authorization", "Basic $admin")
        json?.let {
            connection.doOutput = true
            connection.setRequestProperty("Content-Type", "application/json")
            connection.outputStream.use { out -> out.write(it.toByteArray()) }
        }
        check(connection.responseCode < 300) { "$method $path: ${connection.responseCode}" }
        return connection.inputStream?.reader()?.readText().orEmpty()
    }
}

/** The path of something that the build gives to the tests. */
internal fun given(property: String): String {
    val path = checkNotNull(System.getProperty(property)) { "run with -D$property=PATH" }
    check(File(path).exists()) { "there is no $path: see android/README.md" }
    return path
}
