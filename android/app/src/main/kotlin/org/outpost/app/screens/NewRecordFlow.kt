package org.outpost.app.screens

import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.FormKey
import org.outpost.app.model.NewRecord

/** Asks where, for which period and for which split; what has one answer only is not asked. */
class NewRecordFlow(
    private val host: PaneHost,
    private val formId: String,
    private val begun: (FormKey) -> Unit,
) {
    private val port = host.port

    fun start() = host.run {
        ask(R.string.choose_place, R.string.no_place, { port.places(formId, it) }) { place ->
            periods(place.value)
        }
    }

    private fun periods(place: String) = host.run {
        val periods = port.periods(formId)
        if (periods.isEmpty()) return@run splits(place, null)
        ask(R.string.choose_period, R.string.no_match, { among(periods, it) }) { period ->
            splits(place, period.value)
        }
    }

    private fun splits(place: String, period: String?) = host.run {
        val splits = port.splits(formId)
        ask(R.string.choose_split, R.string.no_split, { among(splits, it) }) { split ->
            host.run { begun(port.newRecord(formId, NewRecord(place, period, split.value))) }
        }
    }

    private suspend fun ask(
        title: Int,
        nothing: Int,
        find: suspend (String) -> List<Choice>,
        next: (Choice) -> Unit,
    ) {
        val found = find("")
        when (found.size) {
            0 -> host.tell(host.activity.getString(nothing))
            1 -> next(found.single())
            else -> ChoiceSheet(host, host.activity.getString(title), find, next).show()
        }
    }

    private fun among(choices: List<Choice>, query: String) =
        choices.filter { it.name.contains(query, ignoreCase = true) }
}
