package org.outpost.app.core

import org.outpost.app.model.NextPage
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleException
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety
import org.outpost.sdk.FormSummary
import org.outpost.sdk.Page
import org.outpost.sdk.PageToken
import org.outpost.sdk.Session

/** Forms are read whole: a person has tens of them, never thousands. */
private const val PAGES_MAX = 10

/** A place in a list of the core. */
internal data class CorePage(val token: PageToken?, val part: Int = 0) : NextPage

/** Reads pages until the end, at most [PAGES_MAX] of them. */
internal suspend fun <T> allOf(read: suspend (PageToken?) -> Page<T>): List<T> {
    val items = mutableListOf<T>()
    var page = read(null)
    var pages = 1
    items += page.items
    while (page.next != null && pages < PAGES_MAX) {
        page = read(page.next)
        items += page.items
        pages += 1
    }
    return items
}

internal suspend fun Session.allForms(): List<FormSummary> = allOf { forms(it) }

/** The form of that uid; a trouble when it is not on the phone any more. */
internal suspend fun Session.formOf(id: String): FormSummary =
    allForms().firstOrNull { it.id.uid == id }
        ?: throw TroubleException(Trouble(TroubleKind.NOT_FOUND, WorkSafety.SAFE))
