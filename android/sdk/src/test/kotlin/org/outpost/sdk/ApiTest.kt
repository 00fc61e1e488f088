package org.outpost.sdk

import java.io.File
import kotlin.reflect.KCallable
import kotlin.reflect.KClass
import kotlin.reflect.KParameter
import kotlin.reflect.KProperty
import kotlin.reflect.KVisibility
import kotlin.reflect.full.declaredMembers
import kotlin.reflect.jvm.kotlinFunction
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.outpost.sdk.testing.given

/**
 * The public API of the SDK against its golden, `android/sdk/api/sdk.txt`. After a meant change:
 * `scripts/test-kotlin.sh -pl sdk -Dtest=ApiTest -Doutpost.api.update=true`.
 */
class ApiTest {
    private val module = File(given("outpost.project"), "android/sdk")
    private val api by lazy { publicClasses().flatMap { describe(it) }.joinToString("\n") + "\n" }

    @Test
    fun `the API is what its golden says`() {
        val golden = File(module, "api/sdk.txt")
        if (System.getProperty("outpost.api.update") == "true") golden.writeText(api)
        assertEquals(golden.readText(), api)
    }

    @Test
    fun `nothing of the bridge below shows through`() {
        for (hidden in listOf("org.outpost.sdk.ffi", "com.sun.jna", "uniffi")) {
            assertEquals(emptyList<String>(), api.lines().filter { hidden in it })
        }
        val fault = org.outpost.sdk.ffi.OutpostFault.Busy("under way", "wait").toException()
        assertEquals(null, fault.cause)
    }

    @Test
    fun `no function lies about outside a class`() {
        val loose = classes().filter { it.simpleName.endsWith("Kt") }
            .flatMap { it.declaredMethods.toList() }
            .filter { it.kotlinFunction?.visibility == KVisibility.PUBLIC }
        assertEquals(emptyList<Any>(), loose)
    }

    @Test
    fun `every public item has words of its own`() {
        val sources = File(module, "src/main/kotlin/org/outpost/sdk").listFiles().orEmpty()
        assertTrue(sources.size > 10)
        for (source in sources) {
            val lines = source.readLines().map { it.trim() }
            for ((at, line) in lines.withIndex()) {
                if (!line.startsWith("public ")) continue
                val above = lines.subList(0, at).last { !it.startsWith("@") }
                assertTrue("${source.name}:${at + 1} has no KDoc", above.endsWith("*/"))
            }
        }
    }

    private fun classes(): List<Class<*>> {
        val folder = File(module, "target/classes/org/outpost/sdk")
        val names = folder.listFiles().orEmpty().map { it.name }.filter { it.endsWith(".class") }
        return names.sorted().map { Class.forName("org.outpost.sdk." + it.removeSuffix(".class")) }
    }

    private fun publicClasses(): List<KClass<*>> = classes()
        .filter { !it.simpleName.endsWith("Kt") && !it.isAnonymousClass && !it.isSynthetic }
        .map { it.kotlin }
        .filter { it.qualifiedName != null && isPublic(it) }

    private fun isPublic(type: KClass<*>): Boolean {
        val outer = type.java.enclosingClass?.kotlin
        return type.visibility == KVisibility.PUBLIC && (outer == null || isPublic(outer))
    }

    private fun describe(type: KClass<*>): List<String> {
        val above = type.supertypes.map { it.toString() }.filter { it != "kotlin.Any" }
        val head = listOfNotNull(
            "sealed".takeIf { type.isSealed },
            "data".takeIf { type.isData },
            "value".takeIf { type.isValue },
            kindOf(type),
            type.qualifiedName!!.removePrefix("org.outpost.sdk."),
        ).joinToString(" ") + if (above.isEmpty()) "" else ": " + above.joinToString()
        val entries = type.java.enumConstants.orEmpty().map { "    $it" }
        val constructors = type.constructors
            .filter { it.visibility == KVisibility.PUBLIC && !type.java.isEnum }
            .map { "    constructor" + signature(it) }
        val members = type.declaredMembers.filter { it.visibility == KVisibility.PUBLIC }
            .filter { !isMadeByCompiler(it, type) }
            .map { "    " + line(it) }
        return (listOf(head) + entries + (constructors + members).sorted()).map { plain(it) }
    }

    private fun kindOf(type: KClass<*>) = when {
        type.java.isInterface -> "interface"
        type.java.isEnum -> "enum"
        type.objectInstance != null -> "object"
        else -> "class"
    }

    private fun isMadeByCompiler(member: KCallable<*>, type: KClass<*>): Boolean {
        val ofData = setOf("copy", "equals", "hashCode", "toString")
        val ofEnum = setOf("valueOf", "values", "entries")
        return member.name in ofData || member.name.startsWith("component") ||
            (type.java.isEnum && member.name in ofEnum)
    }

    private fun line(member: KCallable<*>): String {
        val isProperty = member is KProperty<*>
        val word = if (member.isSuspend) "suspend fun" else if (isProperty) "val" else "fun"
        val parameters = if (isProperty) "" else signature(member)
        return "$word ${member.name}$parameters: ${member.returnType}"
    }

    private fun signature(member: KCallable<*>): String = member.parameters
        .filter { it.kind == KParameter.Kind.VALUE }
        .joinToString(prefix = "(", postfix = ")") {
            "${it.name}: ${it.type}" + if (it.isOptional) " = …" else ""
        }

    private fun plain(line: String) = line.replace("org.outpost.sdk.", "")
        .let { if ("ffi." in line) line else it }
        .replace("kotlin.collections.", "").replace("kotlin.", "")
}
