package org.outpost.app.screens

import android.Manifest
import android.content.Intent
import android.content.pm.PackageManager
import android.os.Bundle
import android.provider.MediaStore
import java.io.File
import org.outpost.app.FilesProvider
import org.outpost.app.R
import org.outpost.app.model.Choice
import org.outpost.app.model.Field
import org.outpost.app.model.FieldKind
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.ui.FieldAct
import org.outpost.app.ui.Pictures
import org.outpost.app.ui.severalCodes
import org.outpost.app.ui.toggled

/** What a form asks other apps, sheets and sensors for, and where the answer belongs. */
class FieldActs(
    private val host: PaneHost,
    private val form: () -> Form?,
    private val key: FormKey,
    private val answer: (fieldId: String, value: String?, soon: Boolean) -> Unit,
) {
    private val context = host.activity

    /** What another app was asked for; kept before it is asked, for we may die meanwhile. */
    private var waiting: Pair<String, FieldAct>? = null

    fun save(state: Bundle) {
        state.putString(FIELD, waiting?.first)
        state.putString(ACT, waiting?.second?.name)
    }

    fun restore(state: Bundle) {
        val field = state.getString(FIELD) ?: return
        waiting = field to FieldAct.valueOf(state.getString(ACT) ?: return)
    }

    fun start(field: Field, act: FieldAct) = when (act) {
        FieldAct.CHOOSE -> choose(field)
        FieldAct.PLACE -> PlaceSheet(host, field.label) { answer(field.id, it, false) }.show()
        FieldAct.CAMERA, FieldAct.SCAN -> camera(field, act)
        FieldAct.SIGN -> sign(field)
        FieldAct.LOCATE -> locate(field)
    }

    private fun choose(field: Field) {
        val find: suspend (String) -> List<Choice> = { host.port.choices(key, field.id, it) }
        val several = field.kind == FieldKind.CHOICES
        val now = form()?.field(field.id)?.value
        val sheet = ChoiceSheet(host, field.label, find) { choice ->
            val value = if (several) now.severalCodes().toggled(choice.value).joinToString(",") else choice.value
            answer(field.id, value.ifEmpty { null }, false)
        }
        val chosen = if (several) now.severalCodes().toSet() else setOfNotNull(now)
        sheet.show(chosen, clear = { answer(field.id, null, false) })
    }

    private fun camera(field: Field, act: FieldAct) {
        waiting = field.id to act
        val file = photo()
        file.delete()
        file.createNewFile()
        val uri = FilesProvider.uriOf(file.name)
        val intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE).putExtra(MediaStore.EXTRA_OUTPUT, uri)
        intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION or Intent.FLAG_GRANT_READ_URI_PERMISSION)
        host.ask(intent, CODE)
    }

    private fun photo() = File(FilesProvider.folder(context), "photo.jpg")

    fun onResult(code: Int, isGood: Boolean) {
        val (field, act) = waiting ?: return
        if (code != CODE) return
        waiting = null
        when {
            act == FieldAct.LOCATE && isGood -> locate(field)
            act == FieldAct.LOCATE -> host.tell(context.getString(R.string.no_location_right))
            isGood && act == FieldAct.CAMERA -> takePhoto(field)
            isGood && act == FieldAct.SCAN -> readCode(field)
        }
    }

    private fun takePhoto(field: String) = host.carry {
        val file = photo()
        val picture = Pictures.read(file)
        file.delete()
        if (picture == null) return@carry host.tell(context.getString(R.string.no_photo_came))
        if (Pictures.isDark(picture)) host.tell(context.getString(R.string.photo_dark))
        val id = host.port.device.addPicture(Pictures.shrink(picture), PHOTO_NAME)
        answer(field, id, false)
    }

    private fun readCode(field: String) = host.run {
        val file = photo()
        val text = Pictures.read(file)?.let(Pictures::codeOn)
        file.delete()
        if (text == null) host.tell(context.getString(R.string.no_code_seen)) else answer(field, text, false)
    }

    private fun sign(field: Field) =
        SignatureSheet(host, field.label) { answer(field.id, it, false) }.show()

    private fun locate(field: Field) {
        val right = Manifest.permission.ACCESS_FINE_LOCATION
        if (context.checkSelfPermission(right) == PackageManager.PERMISSION_GRANTED) return locate(field.id)
        waiting = field.id to FieldAct.LOCATE
        host.askRight(right, CODE)
    }

    private fun locate(field: String) = LocationSheet(host) { answer(field, it, false) }.show()

    private companion object {
        const val FIELD = "waitingField"
        const val ACT = "waitingAct"
        const val CODE = 7
        const val PHOTO_NAME = "photo.jpg"
    }
}
