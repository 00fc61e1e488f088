/**
 * The Kotlin SDK of Outpost: capture DHIS2 data sets, events and people offline, send when there is
 * network.
 *
 * `org.outpost.sdk` is what an app uses; `org.outpost.sdk.ffi` is the generated bridge below it and
 * no part of the API.
 */
package org.outpost.sdk
