package org.outpost.sdk

import org.outpost.sdk.ffi.PageCursor
import org.outpost.sdk.ffi.SliceId

/** The part of a list that one call returns: at most 200 rows. */
public data class Page<out T>(
    /** The rows. */
    public val items: List<T>,
    /** Give this to the same call again for the next page; `null` after the last one. */
    public val next: PageToken?,
)

/** Where the next page of a list begins. Opaque; belongs to the call that gave it. */
public class PageToken internal constructor(internal val place: Place)

/** The kinds of places that the bridge knows. */
internal sealed interface Place {
    data class Offset(val rows: Int) : Place
    data class After(val id: Long) : Place
    data class Slice(val key: SliceId) : Place
    data class Cursor(val cursor: PageCursor) : Place
}

internal fun Int?.toToken(): PageToken? = this?.let { PageToken(Place.Offset(it)) }
internal fun Long?.toToken(): PageToken? = this?.let { PageToken(Place.After(it)) }
internal fun SliceId?.toToken(): PageToken? = this?.let { PageToken(Place.Slice(it)) }
internal fun PageCursor?.toToken(): PageToken? = this?.let { PageToken(Place.Cursor(it)) }

internal fun PageToken?.offset(): Int? = take<Place.Offset>()?.rows
internal fun PageToken?.after(): Long? = take<Place.After>()?.id
internal fun PageToken?.slice(): SliceId? = take<Place.Slice>()?.key
internal fun PageToken?.cursor(): PageCursor? = take<Place.Cursor>()?.cursor

private inline fun <reified P : Place> PageToken?.take(): P? {
    if (this == null) return null
    return place as? P ?: throw OutpostException.InvalidInput(
        field = "next",
        code = "cursor",
        message = "next: it belongs to another list",
        whatToDo = "Give back the token that the same call returned.",
    )
}
