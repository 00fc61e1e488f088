package org.outpost.app.core

import android.content.Context
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject
import org.outpost.app.R
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind

/** The question where on the map something is. */
internal fun placeOnMap(context: Context, geometry: String?, id: String = GEOMETRY) = Field(
    id = id,
    label = context.getString(R.string.place_on_map),
    kind = FieldKind.COORDINATE,
    value = geometry?.let(::coordinatesOf),
)

/** `[lon,lat]` as a GeoJSON point. */
internal fun pointOf(coordinates: String): String =
    JSONObject().put("type", "Point").put("coordinates", JSONArray(coordinates)).toString()

/** `[lon,lat]` of a GeoJSON point; the text itself for what is no point. */
internal fun coordinatesOf(geometry: String): String = try {
    JSONObject(geometry).getJSONArray("coordinates").let { "[${it.getDouble(0)},${it.getDouble(1)}]" }
} catch (_: JSONException) {
    geometry
}
