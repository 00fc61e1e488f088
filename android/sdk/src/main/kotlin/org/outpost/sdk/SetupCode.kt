package org.outpost.sdk

import org.outpost.sdk.ffi.SetupCode as FfiSetupCode
import org.outpost.sdk.ffi.SetupPlan as FfiSetupPlan

/** What a new phone is to begin with. */
public data class SetupPlan(
    /** Address of the server, with `https://` (or `http://` in a training network). */
    public val server: String,
    /** Language of the app, e.g. `fr`; `null`: the phone's own. */
    public val language: String? = null,
    /** Whether it is for practice: nothing that is entered counts. */
    public val isTraining: Boolean = false,
    /** Ids of programs and data sets that the phone is for; empty: all that its user may see. */
    public val programs: List<String> = emptyList(),
)

/** A setup code: a plan that a centre or district signed. */
public data class SetupCode(
    /** What it says. */
    public val plan: SetupPlan,
    /** When it was made, by the signer's clock. */
    public val issuedAt: String,
    /** Who signed it; whether they are who they say only a person can tell, by the digits. */
    public val signer: ExchangeCard,
    /** The text of the QR code. */
    public val text: String,
)

internal fun SetupPlan.toFfi() = FfiSetupPlan(server, language, isTraining, programs)

internal fun FfiSetupCode.toSetupCode() = SetupCode(
    SetupPlan(plan.server, plan.language, plan.isTraining, plan.programs),
    issuedAt, signer.toCard(), text,
)
