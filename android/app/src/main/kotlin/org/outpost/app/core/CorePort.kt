package org.outpost.app.core

import android.content.Context
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import org.outpost.app.model.Arrived
import org.outpost.app.model.Check
import org.outpost.app.model.Choice
import org.outpost.app.model.DevicePort
import org.outpost.app.model.ExchangePort
import org.outpost.app.model.Finished
import org.outpost.app.model.Form
import org.outpost.app.model.FormKey
import org.outpost.app.model.GoLivePort
import org.outpost.app.model.HandOverPort
import org.outpost.app.model.HelpPort
import org.outpost.app.model.Home
import org.outpost.app.model.NewRecord
import org.outpost.app.model.NextPage
import org.outpost.app.model.Outbox
import org.outpost.app.model.OutpostPort
import org.outpost.app.model.PeoplePort
import org.outpost.app.model.PhonesPort
import org.outpost.app.model.Problem
import org.outpost.app.model.RecordPage
import org.outpost.app.model.Saved
import org.outpost.app.model.Session as Person
import org.outpost.app.model.SetupCode
import org.outpost.app.model.SyncOutcome
import org.outpost.app.model.SyncStep
import org.outpost.app.model.TeamPort
import org.outpost.app.model.TroubleException
import org.outpost.sdk.Account
import org.outpost.sdk.ConflictChoice
import org.outpost.sdk.OutpostException
import org.outpost.sdk.Session
import org.outpost.sdk.SetupCode as CoreSetup
import org.outpost.sdk.SiteRole

/** The real core behind the screens: the Kotlin SDK. Converts and asks; decides nothing. */
class CorePort(
    private val context: Context,
    private val access: CoreAccess,
    /** The forms that this phone is for; empty: all that its user may see. */
    private val meantFor: () -> Set<String> = { emptySet() },
) : OutpostPort {
    private val network = Network(context)
    private val open = OpenForms()

    override val people: PeoplePort =
        CorePeople(context, open, { access.nowMs }) { access.session() }

    override val team: TeamPort = CoreTeam(context) { access.session() }

    override val exchange: ExchangePort = CoreExchange(context) { access.session() }

    override val device: DevicePort =
        CoreDevice({ home().safety.unsent }) { access.session() }

    override val phones: PhonesPort = CorePhones(context) { access.session() }

    override val handOver: HandOverPort = CoreHandOver(context) { access.session() }

    override val goLive: GoLivePort = CoreGoLive(context) { access.session() }

    override val help: HelpPort = CoreHelp { access.session() }

    override suspend fun session(): Person? =
        told { access.outpost().currentAccount()?.toPerson() }

    override suspend fun lastSession(): Person? =
        told { access.outpost().accounts().items.firstOrNull()?.toPerson() }

    override suspend fun signIn(
        server: String,
        userName: String,
        password: String,
        allowHttp: Boolean,
    ): Person = told {
        val signedIn = access.outpost().signIn(server, userName, password, allowHttp)
        open.forget()
        access.enter(signedIn)
        signedIn.account.toPerson()
    }

    override suspend fun readSetup(text: String): SetupCode =
        told { access.outpost().readSetupCode(text).toSetup() }

    override suspend fun signOut() = told {
        open.forget()
        access.leave()
    }

    override suspend fun others(): Int =
        told { (access.outpost().accounts().items.size - 1).coerceAtLeast(0) }

    override suspend fun wipe(export: String?): Int = told {
        open.forget()
        access.wipe(export)
    }

    override suspend fun home(): Home = told {
        val session = access.session()
        val status = session.status()
        access.skewMs = status.skewMs ?: 0
        HomeReader(context, session).home(status, access.nowMs, meantFor())
    }

    override suspend fun arrived(): Arrived = told { ArrivedReader(access.session()).arrived() }

    override suspend fun records(formId: String, after: NextPage?): RecordPage =
        told { RecordLists(context, access.session(), open).page(formId, after) }

    override suspend fun places(formId: String, query: String): List<Choice> =
        told { begin(access.session()).places(formId, query) }

    override suspend fun periods(formId: String): List<Choice> =
        told { begin(access.session()).periods(formId) }

    override suspend fun splits(formId: String): List<Choice> =
        told { begin(access.session()).splits(formId) }

    override suspend fun newRecord(formId: String, at: NewRecord): FormKey =
        told { begin(access.session()).begin(formId, at) }

    override suspend fun form(key: FormKey): Form = told {
        when (key) {
            is FormKey.Report -> reports().form(key)
            is FormKey.Event -> events().form(key)
            is FormKey.Person -> persons().form(key)
        }
    }

    override suspend fun setValue(key: FormKey, fieldId: String, value: String?): Saved = told {
        when (key) {
            is FormKey.Report -> reports().setValue(key, fieldId, value)
            is FormKey.Event -> events().setValue(key, fieldId, value)
            is FormKey.Person -> persons().setValue(key, fieldId, value)
        }
    }

    override suspend fun choices(key: FormKey, fieldId: String, query: String): List<Choice> =
        told {
            when (key) {
                is FormKey.Report -> reports().choices(key, fieldId, query)
                is FormKey.Event -> events().choices(key, fieldId, query)
                is FormKey.Person -> persons().choices(key, fieldId, query)
            }
        }

    override suspend fun check(key: FormKey): Check = told {
        when (key) {
            is FormKey.Report -> reports().check(key)
            is FormKey.Event -> events().check(key)
            is FormKey.Person -> persons().check(key)
        }
    }

    override suspend fun finish(key: FormKey): Finished? = told {
        when (key) {
            is FormKey.Report -> reports().finish(key)
            is FormKey.Event -> events().finish(key)
            is FormKey.Person -> persons().finish(key)
        }
    }

    override suspend fun reopen(key: FormKey) = told {
        when (key) {
            is FormKey.Report -> reports().reopen(key)
            is FormKey.Event -> events().reopen(key)
            is FormKey.Person -> Unit
        }
    }

    override suspend fun outbox(after: NextPage?): Outbox =
        told { OutboxReader(context, access.session()).page(after) }

    override suspend fun problem(id: String): Problem =
        told { OutboxReader(context, access.session()).problem(id) }

    override suspend fun retry(id: String) = told { access.session().retry(id.toLong()) }

    override suspend fun decide(id: String, theirs: Set<String>?, reason: String) = told {
        val choice = when {
            theirs == null -> ConflictChoice.Theirs
            theirs.isEmpty() -> ConflictChoice.Mine
            else -> ConflictChoice.TheirsFor(theirs)
        }
        access.session().resolve(id.toLong(), choice, reason)
    }

    override fun sync(): Flow<SyncStep> = flow {
        val obstacle = network.obstacle()
        if (obstacle != null) return@flow emit(SyncStep.Ended(SyncOutcome.Failed(obstacle)))
        val session = told { access.session() }
        val steps = FirstFetch(session, meantFor()).sync()
        emitAll(steps.map { it.toStep(System.currentTimeMillis()) })
        // What the form holds open may have changed below it.
        open.forget()
    }.catch { failed ->
        // As everywhere in this class.
        if (failed !is OutpostException) throw failed
        throw TroubleException(failed.toTrouble(System.currentTimeMillis()), failed)
    }

    private suspend fun reports() = ReportForms(context, access.session()) { access.nowMs }

    private suspend fun events() = EventForms(context, access.session(), open) { access.nowMs }

    private suspend fun persons() = PersonForms(context, access.session(), open) { access.nowMs }

    private fun begin(session: Session) =
        NewRecords(context, session, EventForms(context, session, open) { access.nowMs })

    private fun Account.toPerson() = Person(userName, server)

    private fun CoreSetup.toSetup() = SetupCode(
        plan.server, plan.language, plan.isTraining,
        signer.name, signer.role == SiteRole.CENTRE, signer.fingerprint, plan.programs, text,
    )
}
