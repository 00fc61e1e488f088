package org.outpost.app.model

/** What a new phone begins with, as a centre or a district signed it. */
data class SetupCode(
    val server: String,
    /** Language tag, such as `fr`; `null` follows the phone. */
    val language: String?,
    /** Whether it is for practice. */
    val isTraining: Boolean,
    /** The name of who signed it. */
    val signer: String,
    /** Whether that is a centre, not a district. */
    val isOfCentre: Boolean,
    /** Thirty digits in groups; only a person can tell whether they are the right ones. */
    val digits: String,
    /** The ids of the forms that the phone is for; empty: all that its user may see. */
    val programs: List<String>,
    /** The code itself. */
    val text: String,
)
