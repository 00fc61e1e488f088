package org.outpost.sdk.testing

import java.io.File
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertNull
import org.outpost.sdk.Outpost
import org.outpost.sdk.Session
import org.outpost.sdk.SiteRole

/** A phone and a tablet that know each other, and a stick between them. */
class Team(val phone: Session, val tablet: Session, val stick: File)

/** Works with a [Team] of two nurses on the real core; [saved] says which recovery key they know. */
fun team(sandbox: Sandbox, saved: suspend Team.() -> Unit, test: suspend (Team) -> Unit): Unit = runBlocking {
    Outpost.open(folder("phone")).use { one ->
        Outpost.open(folder("tablet")).use { other ->
            nurse(sandbox, one).use { phone ->
                nurse(sandbox, other).use { tablet ->
                    val team = Team(phone, tablet, folder("stick"))
                    team.introduce()
                    team.saved()
                    test(team)
                }
            }
        }
    }
}

private suspend fun Team.introduce() {
    assertNull("nobody made a card yet", phone.exchange.card())
    val card = phone.exchange.makeCard("Phone 7", SiteRole.DEVICE)
    val other = tablet.exchange.makeCard("Tablet", SiteRole.TABLET)
    tablet.exchange.enrol(card.text, card.fingerprint)
    phone.exchange.enrol(other.text, other.fingerprint)
}
