package org.outpost.app

import android.app.job.JobInfo
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.app.job.JobService
import android.content.ComponentName
import android.content.Context
import java.util.concurrent.TimeUnit

/**
 * Sends and fetches in the background: when there is network again, and every few hours. The
 * system chooses the moment within the constraints; what was half done goes on the next time.
 */
class SyncJob : JobService() {
    private val app get() = application as OutpostApplication

    override fun onStartJob(parameters: JobParameters): Boolean {
        if (app.sync.isRunning) return false
        app.sync.startInBackground { again -> jobFinished(parameters, again) }
        return true
    }

    /** The constraints hold no more: stop after the part that travels, and try again. */
    override fun onStopJob(parameters: JobParameters): Boolean {
        app.sync.stop()
        return true
    }

    companion object {
        private const val REGULAR = 1
        private const val SOON = 2
        private val EVERY_MS = TimeUnit.HOURS.toMillis(3)
        private val BACKOFF_MS = TimeUnit.MINUTES.toMillis(5)

        /** Asks for the regular run; asking again changes its constraints. */
        fun plan(context: Context, settings: Settings) {
            val job = job(context, REGULAR, settings).setPeriodic(EVERY_MS).setPersisted(true)
            scheduler(context).schedule(job.setRequiresBatteryNotLow(true).build())
        }

        /** Something waits: send it as soon as there is network. */
        fun soon(context: Context, settings: Settings) {
            val job = job(context, SOON, settings)
                .setBackoffCriteria(BACKOFF_MS, JobInfo.BACKOFF_POLICY_EXPONENTIAL)
            scheduler(context).schedule(job.build())
        }

        /** Nobody works here any more. */
        fun stop(context: Context) = scheduler(context).cancelAll()

        private fun job(context: Context, id: Int, settings: Settings): JobInfo.Builder {
            val network =
                if (settings.mobileData) JobInfo.NETWORK_TYPE_ANY else JobInfo.NETWORK_TYPE_UNMETERED
            return JobInfo.Builder(id, ComponentName(context, SyncJob::class.java))
                .setRequiredNetworkType(network)
        }

        private fun scheduler(context: Context): JobScheduler =
            checkNotNull(context.getSystemService(JobScheduler::class.java)) { "a phone has one" }
    }
}
