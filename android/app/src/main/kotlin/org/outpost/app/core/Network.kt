package org.outpost.app.core

import android.content.Context
import android.net.ConnectivityManager
import android.net.NetworkCapabilities
import org.outpost.app.model.Trouble
import org.outpost.app.model.TroubleKind
import org.outpost.app.model.WorkSafety

/** What the phone knows of its network before anything is sent. */
class Network(context: Context) {
    private val connectivity = context.getSystemService(ConnectivityManager::class.java)

    /**
     * Why nothing can be sent now; `null` when it is worth a try. A network without internet
     * counts: the server may stand on this very network.
     */
    fun obstacle(): Trouble? {
        val network = connectivity?.activeNetwork
            ?: return Trouble(TroubleKind.OFFLINE, WorkSafety.SAFE)
        val can = connectivity.getNetworkCapabilities(network) ?: return null
        val asksForLogin = can.hasCapability(NetworkCapabilities.NET_CAPABILITY_CAPTIVE_PORTAL)
        return if (asksForLogin) Trouble(TroubleKind.NETWORK_LOGIN, WorkSafety.SAFE) else null
    }
}
