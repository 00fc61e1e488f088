package org.outpost.app.screens

import android.app.Activity
import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Intent
import android.content.pm.PackageManager
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.widget.FrameLayout
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.outpost.app.R
import org.outpost.app.SyncJob
import org.outpost.app.SyncRun
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.SyncStep
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.troubleOf
import org.outpost.app.ui.part
import org.outpost.app.ui.troubleWords

/**
 * Holds the panes: on a phone the one on top, on a wide screen home and the one on top beside it.
 *
 * What is on top is a stack of [Route]s under home; it and the top pane's position survive.
 */
class MainActivity : BaseActivity(), PaneHost, HomeActs {
    internal val scope = MainScope()
    private val routes = ArrayDeque<Route>()

    /** How each pane below the top was left, the one on top of home first. */
    private val left = ArrayDeque<Bundle>()
    private val twoPane: Boolean get() = resources.getBoolean(R.bool.two_pane)
    private val listFrame: FrameLayout by lazy { part(R.id.list_pane) }
    private val detailFrame: FrameLayout by lazy { part(R.id.detail_pane) }
    private val sync: SyncRun get() = app.sync
    private val home: HomePane by lazy {
        HomePane(this, if (twoPane) listFrame else detailFrame, sync, routes::lastOrNull, this)
    }
    private var top: Pane? = null
    private val idle = Handler(Looper.getMainLooper())

    override val activity: Activity get() = this
    override val port: OutpostPort get() = app.port

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.main_activity)
        listFrame.visibility = if (twoPane) View.VISIBLE else View.GONE
        part<View>(R.id.pane_line).visibility = listFrame.visibility
        if (twoPane) listFrame.addView(home.view)
        cover()
        restoreRoutes(state)
        // A notification led here; who comes back after death goes on where that was.
        if (state == null) routeOf(intent.getBundleExtra(SignInActivity.ROUTE))?.let(routes::addLast)
        showTop(state?.getBundle(TOP))
    }

    /** Nothing is seen before the PIN, not even for a moment. */
    private fun cover() {
        part<View>(R.id.root).visibility = if (app.lock.mustUnlock) View.INVISIBLE else View.VISIBLE
    }

    override fun onResume() {
        super.onResume()
        // Wiped: there is nothing to show, and nothing may be opened anew.
        if (isFinishing) return
        sync.listener = ::onSync
        cover()
        if (app.lock.mustUnlock) {
            startActivity(Intent(this, LockActivity::class.java))
        } else {
            home.load()
            watch()
            run { app.guard.look() }
        }
        app.lock.back()
    }

    override fun standingChanged() {
        super.standingChanged()
        if (isFinishing || app.lock.hold == null) return
        cover()
        startActivity(Intent(this, LockActivity::class.java))
    }

    override fun onUserInteraction() = watch()

    /** Nobody touched the screen for some minutes: it locks. */
    private fun watch() {
        idle.removeCallbacksAndMessages(null)
        if (app.lock.hasPin) idle.postDelayed(::lockNow, app.lock.afterMs)
    }

    override fun lockNow() {
        app.lock.close()
        startActivity(Intent(this, LockActivity::class.java))
    }

    override fun onPause() {
        sync.listener = null
        idle.removeCallbacksAndMessages(null)
        super.onPause()
    }

    override fun onStop() {
        top?.leave()
        app.lock.left()
        super.onStop()
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putParcelableArrayList(ROUTES, ArrayList(routes.map { it.toBundle() }))
        state.putParcelableArrayList(LEFT, ArrayList(left))
        state.putBundle(TOP, saved())
    }

    private fun saved() = Bundle().also { top?.save(it) }

    @Suppress("DEPRECATION")
    private fun restoreRoutes(state: Bundle?) {
        state?.getParcelableArrayList<Bundle>(ROUTES)?.mapNotNull(::routeOf)?.let(routes::addAll)
        state?.getParcelableArrayList<Bundle>(LEFT)?.let(left::addAll)
    }

    @Deprecated("The framework's own back dispatch begins with API 33.")
    override fun onBackPressed() = back()

    override fun back() {
        if (top?.onBack() == true) return
        if (routes.isEmpty()) return finish()
        top?.leave()
        routes.removeLast()
        showTop(left.removeLastOrNull())
        home.load()
    }

    override fun open(route: Route) {
        top?.leave()
        if (routes.isNotEmpty()) left.addLast(saved())
        routes.addLast(route)
        showTop(null)
    }

    override fun openFresh(route: Route) {
        if (!twoPane) return open(route)
        top?.leave()
        routes.clear()
        left.clear()
        routes.addLast(route)
        showTop(null)
    }

    override fun ask(intent: Intent, code: Int) {
        try {
            @Suppress("DEPRECATION") // The newer way is of AndroidX.
            startActivityForResult(intent, code)
        } catch (_: ActivityNotFoundException) {
            tell(getString(R.string.no_app_for_this))
        }
    }

    override fun askRight(right: String, code: Int) = requestPermissions(arrayOf(right), code)

    @Deprecated("The newer way is of AndroidX.")
    override fun onActivityResult(code: Int, result: Int, data: Intent?) {
        top?.onResult(code, result == RESULT_OK, data)
    }

    override fun onRequestPermissionsResult(code: Int, rights: Array<out String>, given: IntArray) {
        val isGood = given.isNotEmpty() && given.all { it == PackageManager.PERMISSION_GRANTED }
        top?.onResult(code, isGood, null)
    }

    override fun replace(route: Route) {
        top?.leave()
        routes.removeLastOrNull()
        routes.addLast(route)
        showTop(null)
    }

    override fun hasBack(pane: Pane): Boolean = pane !is HomePane && (!twoPane || routes.size > 1)

    override fun recordsChanged() {
        SyncJob.soon(this, app.settings)
        if (twoPane) home.load()
    }

    private fun showTop(state: Bundle?) {
        detailFrame.removeAllViews()
        val route = routes.lastOrNull()
        top = route?.let(::paneFor)
        val pane = top
        when {
            pane != null -> {
                detailFrame.addView(pane.view)
                state?.let(pane::restore)
                pane.load()
            }
            twoPane -> layoutInflater.inflate(R.layout.pane_empty, detailFrame)
            else -> {
                (home.view.parent as? ViewGroup)?.removeView(home.view)
                detailFrame.addView(home.view)
            }
        }
        if (twoPane) home.markShown()
    }

    private fun paneFor(route: Route): Pane = when (route) {
        is Route.Records -> RecordsPane(this, detailFrame, route)
        is Route.Fill -> FormPane(this, detailFrame, route)
        Route.Outbox -> OutboxPane(this, detailFrame)
        is Route.Stopped -> ProblemPane(this, detailFrame, route)
        is Route.People -> PeoplePane(this, detailFrame, route)
        is Route.Person -> PersonPane(this, detailFrame, route)
        is Route.To -> placeFor(route)
    }

    private fun placeFor(route: Route.To): Pane = when (route.screen) {
        Place.TO_DO -> TodoPane(this, detailFrame)
        Place.SENT_BACK -> SentBackPane(this, detailFrame)
        Place.SYNC -> SyncPane(this, detailFrame, sync)
        Place.REVIEW -> ReviewPane(this, detailFrame)
        Place.REVIEW_ONE -> ReviewOnePane(this, detailFrame, route.id)
        Place.TEAM -> TeamPane(this, detailFrame)
        Place.TEAM_ONE -> TeamOnePane(this, detailFrame, route.id)
        Place.GOALS -> GoalsPane(this, detailFrame)
        Place.APPROVAL -> ApprovalPane(this, detailFrame)
        Place.APPROVAL_ONE -> ApprovalOnePane(this, detailFrame, route.id)
        Place.EXCHANGE -> ExchangePane(this, detailFrame)
        Place.GIVE -> GivePane(this, detailFrame)
        Place.RECEIVE -> ReceivePane(this, detailFrame)
        Place.SETTINGS -> SettingsPane(this, detailFrame, this)
        Place.PHONE -> MyPhonePane(this, detailFrame)
        Place.HISTORY -> HistoryPane(this, detailFrame)
        Place.WIPE -> WipePane(this, detailFrame)
        Place.HELP -> HelpPane(this, detailFrame)
        Place.ANSWER -> AnswerPane(this, detailFrame, route.id)
        Place.REPORT -> ReportPane(this, detailFrame, route.id)
        Place.DEVICES -> DevicesPane(this, detailFrame)
        Place.DEVICE -> DevicePane(this, detailFrame, route.id)
        Place.SIM -> SimPane(this, detailFrame, route.id)
        Place.HAND_OVER -> HandOverPane(this, detailFrame, route.id)
        Place.TAKE_BACK -> TakeBackPane(this, detailFrame)
        Place.CHECK -> CheckPane(this, detailFrame)
        Place.GO_LIVE -> GoLivePane(this, detailFrame)
        Place.SITE -> SitePane(this, detailFrame, route.id)
        Place.SITE_CHECK -> SiteCheckPane(this, detailFrame, route.id)
        Place.COMPARE -> ComparePane(this, detailFrame, route.id)
        Place.FIRST_WEEKS -> FirstWeeksPane(this, detailFrame)
        Place.SUPPORT ->
            if (SupportPane.fits(this)) SupportPane(this, detailFrame) else QueuePane(this, detailFrame)
        Place.REQUEST -> RequestPane(this, detailFrame, route.id)
    }

    private fun onSync(step: SyncStep) {
        home.onSync(step)
        top?.onSync(step)
        if (step is SyncStep.Ended && top?.isLeftInPeace != true) top?.load()
    }

    override fun run(work: suspend () -> Unit) {
        launchIn(scope, work)
    }

    override fun runJob(work: suspend () -> Unit): Job = launchIn(scope, work)

    override fun carry(work: suspend () -> Unit) {
        launchIn(app.saving, work)
    }

    private fun launchIn(scope: CoroutineScope, work: suspend () -> Unit): Job =
        scope.launch {
            try {
                work()
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (failed: Exception) {
                show(troubleOf(failed))
            }
        }

    private fun show(trouble: Trouble) {
        // Wiped below this screen, which is about to go.
        if (app.guard.wiped.isThere) return
        // Locked meanwhile: there is nothing to show here.
        if (trouble.kind == TroubleKind.NOT_SIGNED_IN) return leave()
        tell(listOfNotNull(troubleWords(trouble), trouble.detail).joinToString("\n\n"))
    }

    override fun tell(words: String) {
        if (isFinishing || isDestroyed) return
        AlertDialog.Builder(this).setMessage(words).setPositiveButton(R.string.close, null).show()
    }

    override fun signOut() = run {
        sync.forget()
        SyncJob.stop(this@MainActivity)
        port.signOut()
        leave()
    }

    override fun signInAgain() {
        startActivity(Intent(this, SignInActivity::class.java).putExtra(SignInActivity.AGAIN, true))
    }

    override fun leave() {
        startActivity(Intent(this, SignInActivity::class.java))
        finish()
    }

    private companion object {
        const val ROUTES = "routes"
        const val LEFT = "left"
        const val TOP = "top"
    }
}
