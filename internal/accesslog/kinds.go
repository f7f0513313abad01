package accesslog

import (
	"slices"
	"strings"
)

// Kind is a kind of use, as people filter by it.
type Kind string

// The kinds of use.
const (
	Footage  Kind = "footage"  // recorded footage opened for somebody
	Still    Kind = "still"    // a single picture
	Live     Kind = "live"     // the picture of now
	Evidence Kind = "evidence" // footage held, released, taken out
	Read     Kind = "read"     // personal data read on a page
	Search   Kind = "search"   // searched, with the terms
	Download Kind = "download" // taken out as a file
	Edit     Kind = "edit"     // cases and registers added to or changed
	Rights   Kind = "rights"   // who may what
	Login    Kind = "login"    // in and out
	Admin    Kind = "admin"    // the platform's own settings, keys and stops
	Oversee  Kind = "oversee"  // the log itself: read, taken out, deleted
	Other    Kind = "other"    // names a person or camera, and no rule knows it
)

// Kinds lists them in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Footage, Still, Live, Evidence, Read, Search, Download, Edit, Rights, Login, Admin, Oversee, Other}
}

// Rule says what a kind of ledger entry is as a use.
type Rule struct {
	// Entry is the ledger's kind; one that ends in "." is all that begin so and
	// have no rule of their own.
	Entry string
	Use   Kind
	// Refused entries tell of what was not done.
	Refused bool
	// By: who did it is the entry's "by", and its "person" whom it was done to.
	By bool
}

// Rules is the table of what is a use.
func Rules() []Rule {
	return slices.Clone(rules)
}

var rules = []Rule{
	{Entry: "view.opened", Use: Footage},
	{Entry: "view.closed", Use: Footage},
	{Entry: "view.refused", Use: Footage, Refused: true},
	{Entry: "view.still", Use: Still},
	{Entry: "view.", Use: Footage},
	{Entry: "still.ordered", Use: Still},
	{Entry: "still.refused", Use: Still, Refused: true},
	{Entry: "case.still", Use: Still},
	{Entry: "live.begun", Use: Live},
	{Entry: "live.alone", Use: Live},
	{Entry: "live.denied", Use: Live, Refused: true},
	{Entry: "live.noted", Use: Edit},
	{Entry: "live.reviewed", Use: Oversee},
	{Entry: "live.", Use: Rights}, // asked, answered, ended
	{Entry: "still.check", Use: Still},
	{Entry: "hold.issued", Use: Evidence, By: true},
	{Entry: "release.issued", Use: Evidence, By: true},
	{Entry: "lock.denied", Use: Evidence, Refused: true},
	{Entry: "lock.", Use: Evidence},
	{Entry: "masklift.denied", Use: Evidence, Refused: true},
	{Entry: "masklift.", Use: Evidence},
	{Entry: "evidence.", Use: Evidence},
	{Entry: "copy.denied", Use: Evidence, Refused: true},
	{Entry: "copy.opened", Use: Footage},
	{Entry: "copy.seen", Use: Footage},
	{Entry: "copy.", Use: Evidence},
	{Entry: "disclosure.denied", Use: Evidence, Refused: true},
	{Entry: "disclosure.refused", Use: Evidence, Refused: true},
	{Entry: "disclosure.fetched", Use: Download},
	{Entry: "disclosure.", Use: Evidence},
	{Entry: "request.", Use: Edit},
	{Entry: "breach.denied", Use: Edit, Refused: true},
	{Entry: "breach.stopped", Use: Admin},
	{Entry: "breach.", Use: Edit},
	{Entry: "sharing.looked", Use: Footage},
	{Entry: "sharing.denied", Use: Evidence, Refused: true},
	{Entry: "sharing.system-made", Use: Rights},
	{Entry: "sharing.system-changed", Use: Rights},
	{Entry: "sharing.", Use: Evidence},
	{Entry: "guideline.", Use: Edit},
	{Entry: "letter.", Use: Edit},
	{Entry: "safeguards.", Use: Edit},
	{Entry: "inspection.answered", Use: Download},
	{Entry: "deletions.handed", Use: Download},
	{Entry: "deletions.stated", Use: Edit},
	{Entry: "staff.", Use: Edit},
	{Entry: "sign.", Use: Edit},
	{Entry: "public.confirmed", Use: Edit},
	{Entry: "public.settled", Use: Edit},
	{Entry: "data.read", Use: Read},
	{Entry: "data.searched", Use: Search},
	{Entry: "data.exported", Use: Download},
	{Entry: "case.exported", Use: Download},
	{Entry: "case.paper", Use: Edit},
	{Entry: "case.", Use: Edit},
	{Entry: "incident.", Use: Edit},
	{Entry: "consent.", Use: Edit},
	{Entry: "grant.", Use: Rights},
	{Entry: "grant.refused", Use: Rights, Refused: true},
	{Entry: "drawing.", Use: Edit},
	{Entry: "document.removed", Use: Edit, By: true},
	{Entry: "document.", Use: Edit, By: true},
	{Entry: "location.", Use: Edit, By: true},
	{Entry: "area.", Use: Edit, By: true},
	{Entry: "supplier.", Use: Edit, By: true},
	{Entry: "agreement.", Use: Edit, By: true},
	{Entry: "order.", Use: Edit, By: true},
	{Entry: "polcam.", Use: Edit, By: true},
	{Entry: "cameras.imported", Use: Edit, By: true},
	{Entry: "camera.added", Use: Edit, By: true},
	{Entry: "camera.changed", Use: Edit, By: true},
	{Entry: "camera.commissioned", Use: Edit, By: true},
	{Entry: "camera.use-corrected", Use: Edit, By: true},
	{Entry: "camera.removed", Use: Edit, By: true},
	{Entry: "camera.evidence", Use: Edit, By: true},
	{Entry: "camera.issued", Use: Admin, By: true}, // how it is reached: address and credentials
	{Entry: "camera.stopped", Use: Admin},
	{Entry: "camera.restarted", Use: Admin},
	{Entry: "access.refused", Use: Rights, Refused: true},
	{Entry: "access.", Use: Rights},
	{Entry: "authorisation.", Use: Rights},
	{Entry: "instruction.", Use: Rights},
	{Entry: "storage.", Use: Rights},
	{Entry: "deputy.", Use: Rights},
	{Entry: "designation.begun", Use: Rights, By: true},
	{Entry: "designation.ended", Use: Rights, By: true},
	{Entry: "holder.begun", Use: Rights, By: true},
	{Entry: "holder.ended", Use: Rights, By: true},
	{Entry: "account.created", Use: Rights, By: true},
	{Entry: "account.changed", Use: Rights, By: true},
	{Entry: "account.closed", Use: Rights, By: true},
	{Entry: "account.email", Use: Admin, By: true},
	{Entry: "account.", Use: Rights, By: true},
	{Entry: "calendar.made", Use: Admin, By: true},
	{Entry: "calendar.ended", Use: Admin, By: true},
	{Entry: "login", Use: Login},
	{Entry: "login.refused", Use: Login, Refused: true},
	{Entry: "logout", Use: Login},
	{Entry: "login.", Use: Login},
	{Entry: "signin.refused", Use: Login, Refused: true},
	{Entry: "signin.", Use: Login},
	{Entry: "session.", Use: Login},
	{Entry: "session.ended", Use: Rights, By: true},
	{Entry: "password.", Use: Login},
	{Entry: "password.offered", Use: Rights, By: true},
	{Entry: "factor.", Use: Login, By: true},
	{Entry: "passkey.", Use: Login},
	{Entry: "recovery.", Use: Login},
	{Entry: "proof.", Use: Login},
	{Entry: "reset.", Use: Login, By: true},
	{Entry: "reset.refused", Use: Login, Refused: true, By: true},
	{Entry: "controller.", Use: Admin, By: true},
	{Entry: "administration.", Use: Admin, By: true},
	{Entry: "command.", Use: Admin},
	{Entry: "statement.noted", Use: Admin, By: true},
	{Entry: "statement.resent", Use: Admin, By: true},
	{Entry: "ledger.extracted", Use: Oversee},
	{Entry: "log.", Use: Oversee},
	{Entry: "review.", Use: Oversee},
}

// none are the kinds that are no use by a person, and why: what is entered
// beside an entry that is one, and what the system does by itself.
var none = map[string]string{
	"lock.reminded":      "the system, when a date is here",
	"lock.kept-as-was":   "the system, by the engine's answer",
	"public.published":   "the system, when a page follows a permit",
	"public.reported":    "anybody, who is not asked who they are",
	"request.reminded":   "the system, when a date is here",
	"staff.notice":       "the system, when what is approved changes",
	"staff.reminded":     "the system, when a date is here",
	"staff.expired":      "the system, when it has had its time",
	"sign.reminded":      "the system, when a date is here",
	"guideline.law":      "the system, when the law has changed",
	"guideline.reminded": "the system, when a date is here",
	"letter.reminded":    "the system, when a date is here",
	"request.expired":    "the system, when it has had its time",
	"copy.gone":          "the system, when the footage is deleted",
	"export.issued":      "disclosure.making stands beside it",
	"disclosure.making":  "the system, when a package's turn has come",
	"disclosure.made":    "the system, when a package is made",
	"disclosure.failed":  "the system, when a package is not made",
	"ticket.issued":      "what opened the footage stands beside it",
	"permit.issued":      "the case's decision stands beside it",
	"revocation.issued":  "the case's decision stands beside it",
	"lease.issued":       "the system, every day",
	"stop.issued":        "camera.stopped stands beside it",
	"restart.issued":     "camera.restarted stands beside it",
	"mask.issued":        "the case's decision stands beside it",
	"mask-lift.issued":   "masklift.approved stands beside it",
	"mask.proven":        "the system, when a mask comes into force; still.issued stands beside it",
	"mask.shows":         "the system, of its own test picture; still.issued stands beside it",
	"notice.issued":      "lock.told stands beside it",
	"probe.issued":       "no picture, and camera.evidence stands beside it",
	"time-check.issued":  "of the clock",
	"key-roll.issued":    "of keys",
	"issuer.key":         "of keys",
	"ledger.key":         "of keys",
	"ledger.anchor":      "the other half's checkpoint",
	"ledger.expired":     "the system, by what log.keep decided",
	"statement.refused":  "the engine's answer",
	"reminder.told":      "the system told somebody; the log of mails has it",
}

// ruleOf finds the rule of a ledger kind: its own, or the longest beginning.
func ruleOf(entry string) (r Rule, ok bool) {
	for _, o := range rules {
		if o.Entry == entry {
			return o, true
		}
		if strings.HasSuffix(o.Entry, ".") && strings.HasPrefix(entry, o.Entry) && len(o.Entry) > len(r.Entry) {
			r, ok = o, true
		}
	}
	return r, ok
}

// Listed reports whether a ledger kind has a rule, or is said to be no use.
func Listed(entry string) bool {
	_, use := ruleOf(entry)
	_, no := none[entry]
	return use || no
}
