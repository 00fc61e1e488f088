package org.outpost.app.screens

import android.content.Intent
import android.os.Bundle
import org.outpost.app.R
import org.outpost.app.ui.Page
import org.outpost.app.ui.part

/** After an ordered wipe: what happened, whom to call, and the way back in for whoever gets the phone. */
class WipedActivity : BaseActivity() {
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.wiped)
        val (page, wiped) = Page(part(R.id.page)) to app.guard.wiped
        page.title(getString(R.string.wiped_title))
        page.standing(getString(R.string.wiped_why), R.drawable.lock, R.attr.opDanger)
        page.body(getString(if (wiped.isExported) R.string.wiped_kept else R.string.wipe_nothing_lost))
        val helper = wiped.helper
        page.heading(helper?.let { getString(R.string.helper_is, it.name) } ?: getString(R.string.no_helper))
        helper?.phone?.let { phone ->
            page.body(getString(R.string.wiped_found))
            page.main(getString(R.string.call_number, phone)) { dial(phone) }
        }
        page.secondary(getString(R.string.sign_in), ::goOn)
    }

    /** This screen is where a wipe leads. */
    override fun standingChanged() = Unit

    private fun goOn() {
        app.guard.wiped.forget()
        startActivity(Intent(this, SignInActivity::class.java))
        finish()
    }
}
