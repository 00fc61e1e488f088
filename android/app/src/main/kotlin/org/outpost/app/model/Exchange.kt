package org.outpost.app.model

import kotlinx.coroutines.flow.Flow

/** The card of a phone: who it is to others. */
data class SiteCard(val key: String, val name: String, val digits: String, val text: String)

/** Somebody with whom files are exchanged. */
data class Partner(val key: String, val name: String, val isRecovery: Boolean, val standing: String)

/** What a file is, before it is taken in. */
data class FileLook(
    val from: String,
    val records: Long,
    val createdAt: String,
    /** What it is to this phone, and what to do, in words. */
    val advice: String,
    val canTake: Boolean,
)

/** A step of giving or receiving. */
sealed interface GiveStep {
    /** The text that the other side reads as a QR code. */
    data class Invitation(val text: String) : GiveStep

    data class Progress(val who: String, val done: Long, val total: Long) : GiveStep

    /** A file came, with what became of it in words. */
    data class Came(val who: String, val words: String, val isGood: Boolean) : GiveStep

    /** The end, with what it brought, in words. */
    data class Ended(val words: String, val isGood: Boolean) : GiveStep
}

/** A file that was written for somebody. */
data class GivenFile(val path: String, val to: String, val records: Long, val bytes: Long)

/** A verified release for the phone's installer. */
data class UpdateOffer(val version: String?, val path: String?, val words: String)

/** What a file of releases or forms came to. */
sealed interface UpdateTaken {
    /** What became of it, in words. */
    data class Told(val words: String) : UpdateTaken

    /** A version that the phone's installer may have now. */
    data class Offered(val offer: UpdateOffer) : UpdateTaken

    /** Nobody is trusted yet: a person compares the digits with those that the centre published. */
    object AskDigits : UpdateTaken
}

/** Giving and receiving without internet. */
interface ExchangePort {
    suspend fun card(): SiteCard?

    suspend fun makeCard(name: String, isTablet: Boolean): SiteCard

    /** Reads a card, to compare its digits; nothing is kept. */
    suspend fun readCard(text: String): SiteCard

    /** Keeps a card whose digits its owner read aloud. */
    suspend fun enrol(text: String, heard: String): SiteCard

    suspend fun partners(): List<Partner>

    /** Brings what waits to the tablet that shows the invitation. */
    fun give(invitation: String): Flow<GiveStep>

    /** Takes in what phones in the room bring; ends by [endReceiving]. */
    fun receive(addresses: List<String> = emptyList()): Flow<GiveStep>

    fun endReceiving()

    /** Writes what waits to a file in the folder. */
    suspend fun writeFile(to: String, folder: String): GivenFile

    /** Writes what reached the server, for whoever brought it. */
    suspend fun writeReceipt(to: String, folder: String): GivenFile

    suspend fun look(path: String): FileLook

    /** Takes a file in; gives what it brought, in words. */
    suspend fun takeIn(path: String): String

    /** Which release may be installed now. */
    suspend fun update(versionCode: Long): UpdateOffer

    /**
     * Takes a file of releases or forms in.
     *
     * @param heard the digits of the centre, as a person got them on another way
     */
    suspend fun takeUpdate(path: String, versionCode: Long, heard: String? = null): UpdateTaken
}

/** Whether what is not sent can go into a locked file: a card writes it, for a recovery key. */
suspend fun ExchangePort.canRescue(): Boolean = card() != null && partners().any { it.isRecovery }
