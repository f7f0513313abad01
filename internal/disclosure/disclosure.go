// Package disclosure keeps what of the footage is handed on (udlevering): to
// whom, on which of the law's grounds and with which proof, who asked and who
// said yes, the package that it was handed over in, and the receipt (L §§ 2 stk.
// 4, 4 c stk. 1, 4 d stk. 2; H 5.2, 5.3, 7).
//
// What it promises: nothing is made before another person's yes to exactly what
// was asked; the packages are made one at a time, are taken up again after a
// crash, and stand whole or not at all; a passphrase is in memory until it was
// shown once, and then nowhere; our own copy of a package dies with the footage
// that it is of, and at the latest by its own date, with an entry of the ledger;
// what was handed over, when and to whom stays; each act, and each refusal, is
// an entry of the ledger in its own transaction.
//
// What it refuses whoever asks: another ground than the law's; footage under a §
// 2 stk. 4 permit to anybody but the police; anything before the guardians of
// minors were told, and anything to the police before the central leadership was
// consulted (H 7); an original to a registered person or to the other party of a
// dispute, who get a copy in which everybody else is unrecognisable; a yes to
// one's own; and cameras or minutes that the incident does not name.
package disclosure

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
)

// Kind says on which of the law's grounds footage is handed on.
type Kind string

// The kinds.
const (
	ToPolice     Kind = "police"     // to solve crime
	ByConsent    Kind = "consent"    // on the registered person's express consent
	ByLaw        Kind = "law"        // because a law says so
	ToOtherParty Kind = "dispute"    // a copy, to whom a dispute is with
	ToRegistered Kind = "registered" // a copy, to the registered person
)

// Rule is what the law wants of a kind.
type Rule struct {
	Kind Kind
	// Ground is what internal/law calls it.
	Ground string
	Cite   string
	// Journal: the police's journal number must be there (H 5.2).
	Journal bool
	// Document: a document that proves it must be there.
	Document bool
	// Copy: an anonymised copy is handed over, never an original (D 3.2).
	Copy bool
}

// Rules lists the kinds, in the order in which they are offered.
func Rules() []Rule {
	return []Rule{
		{Kind: ToPolice, Ground: "police", Cite: "tv-overvågningsloven § 4 c, stk. 1, nr. 3", Journal: true},
		{Kind: ByConsent, Ground: "consent", Cite: "tv-overvågningsloven § 4 c, stk. 1, nr. 1", Document: true},
		{Kind: ByLaw, Ground: "law", Cite: "tv-overvågningsloven § 4 c, stk. 1, nr. 2", Document: true},
		{Kind: ToOtherParty, Ground: "law", Cite: "tv-overvågningsloven § 4 c, stk. 5", Copy: true},
		{Kind: ToRegistered, Ground: "law", Cite: "databeskyttelsesforordningen artikel 15, stk. 3", Copy: true},
	}
}

// Rule is what the law wants of this kind; false for one that is none.
func (k Kind) Rule() (Rule, bool) {
	i := slices.IndexFunc(Rules(), func(r Rule) bool { return r.Kind == k })
	if i < 0 {
		return Rule{}, false
	}
	return Rules()[i], true
}

// State says how far a disclosure has come.
type State string

// The states. Lapsed comes by itself.
const (
	Asked     State = "asked"
	Refused   State = "refused"  // the law is against it
	Declined  State = "declined" // the second person said no
	Lapsed    State = "lapsed"   // nobody answered
	Queued    State = "queued"
	Making    State = "making"
	Failed    State = "failed"
	Ready     State = "ready"     // the package stands, and is not handed over
	Gone      State = "gone"      // our package is deleted, and was never handed over
	Cancelled State = "cancelled" // nothing came of it
	HandedOut State = "handed"
)

// States lists them, those first that want something of somebody.
func States() []State {
	return []State{Asked, Ready, Failed, Queued, Making, Gone, HandedOut, Refused, Declined, Lapsed, Cancelled}
}

// Draft (udkast) is what somebody wants to hand on. Fields that its kind does
// not need stay empty.
type Draft struct {
	Kind Kind
	// Incident is where it begins; of ToOtherParty the lock says it, and of
	// ToRegistered there may be none.
	Incident string
	Lock     string // of ToOtherParty: the evidence lock, by id
	Request  string // of ToRegistered: the request, by id
	// Location is the place; that of the incident where there is one.
	Location string
	Cameras  []string
	From, To time.Time
	// Copy is an anonymised copy, by id, of the kinds that hand over one. Its
	// cameras and minutes are the disclosure's.
	Copy string

	Journal   string // the police's journal number
	Recipient Recipient
	Law       string // of ByLaw: which
	Consenter string // of ByConsent: who gave it
	Document  string // the consent or what proves the law's claim, in internal/document
	// Read says that whoever asks has read the document, and that it covers this.
	Read bool
	// Words is why just these cameras and minutes are needed.
	Words string
	// Viewing asks for copies that every player shows, beside the originals.
	Viewing bool
	// Lifts are the mask lifts that let the originals of masked cameras out, by
	// camera; without one there is none.
	Lifts map[string]permit.ID
}

// Recipient (modtager) is who gets it.
type Recipient struct {
	Name      string
	Station   string // police station, department or address
	Authority string // "Midt- og Vestjyllands Politi"; empty for a private person
	Phone     string // found independently of whoever asked: the passphrase goes there
}

// Disclosure (udlevering) is one of them.
type Disclosure struct {
	ID, Controller, Number string
	IncidentNumber         string
	Draft
	Person, Name string // who asked
	Asked        time.Time
	// Against is what the law has against it; then nothing else comes.
	Against []law.Finding

	Decided              time.Time // zero: not yet
	Approved             bool
	Decider, DeciderName string
	Answer               string

	Job      Job
	Packages []Package // the last is the one that counts
	Receipt  *Receipt
	Stopped  time.Time // when it was cancelled
	StopName string
	StopWhy  string
}

// Job is the making of a package.
type Job struct {
	Stage State // Queued, Making, Failed, or empty
	Since time.Time
	Why   string // of Failed: a key
}

// Package (pakke) is one that was made.
type Package struct {
	ID      string // of the evidence package
	Files   []File
	Made    time.Time
	Until   time.Time // when our copy is deleted at the latest, as the package says
	Shown   time.Time // when the passphrase was shown; zero: not
	ShownTo string
	Fetched time.Time // when the envelope was fetched first
	Fetcher string
	Gone    time.Time // when our copy was deleted
	GoneWhy Why
}

// Why says why our copy of a package is deleted.
type Why string

// The reasons. What they have in common is that nothing is handed out of it any
// more.
const (
	WhyAge       Why = "age"       // its own date has come
	WhySource    Why = "source"    // the footage that it is of is past its time (H 5.2)
	WhyLost      Why = "lost"      // nobody has its passphrase
	WhyCancelled Why = "cancelled" // nothing is to come of it
	WhyOwn       Why = "own"       // somebody said so
)

// File is one file of a package.
type File struct {
	Name string
	Size int64
}

// Receipt (kvittering) is that somebody received it.
type Receipt struct {
	Medium   Medium
	Serial   string // of the medium: what is written on it
	To       string // who received it
	Badge    string // service number; may be empty
	On       time.Time
	Way      Way    // how the passphrase was handed over
	WayTo    string // to whom, or to which number
	WayBy    string // by whom
	Document string // the signed receipt, in internal/document; may come later
	At       time.Time
	Name     string // of who wrote this
}

// Medium (medie) is what it was handed over on.
type Medium string

// Media lists them.
func Media() []Medium { return []Medium{"usb", "upload", "disc", "digital-post", "other"} }

// Way is how the passphrase was handed over: never with the package (H 5.2).
type Way string

// Ways lists them.
func Ways() []Way { return []Way{"phone", "sms", "in-person", "letter", "other"} }

// State is how far it has come by now.
func (d Disclosure) State(now time.Time) State {
	switch {
	case len(d.Against) > 0:
		return Refused
	case d.Receipt != nil:
		return HandedOut
	case !d.Stopped.IsZero():
		return Cancelled
	case !d.Decided.IsZero() && !d.Approved:
		return Declined
	case d.Decided.IsZero() && !now.Before(d.Asked.Add(AnswerWithin)):
		return Lapsed
	case d.Decided.IsZero():
		return Asked
	case d.Job.Stage != "":
		return d.Job.Stage
	case d.Package().Gone.IsZero():
		return Ready
	}
	return Gone
}

// Package is the one that counts: the last that was made; the zero Package
// before there is one.
func (d Disclosure) Package() Package {
	if len(d.Packages) == 0 {
		return Package{}
	}
	return d.Packages[len(d.Packages)-1]
}

// Seal is what the second person has read: a disclosure that differs in anything
// has another.
func (d Disclosure) Seal() string {
	b, err := json.Marshal([]any{d.ID, d.Controller, d.Draft, d.Person, d.Asked.UnixMicro()})
	if err != nil {
		panic(err) // strings and times
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// The limits. The law names none; these are the house's.
const (
	// AnswerWithin is how long a disclosure waits for the second person.
	AnswerWithin = 7 * 24 * time.Hour
	// Longest is how much of each camera one can be of.
	Longest = 24 * time.Hour
)
