// Package permit holds the signed statements that the engine obeys, and
// nothing else does it obey.
//
// The portal decides and signs; the engine verifies and acts. A statement is
// one JSON document with exactly one encoding: what does not re-encode to the
// same bytes is refused, so an unknown field, a doubled name, another case, a
// newer version or a stray space is refused alike. The engine interprets
// neither cases nor people: references to them are opaque, and texts meant
// for showing are shown as they are.
//
// The zero [Book] refuses everything: no permit, no frame.
package permit

import (
	"time"
)

// Kind names what a statement says. It is part of what is signed, so a
// statement of one kind can never be taken for another.
type Kind string

// The kinds. Danish terms are in docs/glossary.md.
const (
	KindPermit     Kind = "permit"     // optagetilladelse
	KindLease      Kind = "lease"      // the permits still stand, until
	KindRevocation Kind = "revocation" // a permit is taken back at once
	KindCamera     Kind = "camera"     // camera configuration, credentials sealed to the engine
	KindProbe      Kind = "probe"      // connect once, keep parameters, never a picture
	KindStill      Kind = "still"      // one picture
	KindTicket     Kind = "ticket"     // viewing ticket: look at what is recorded
	KindLive       Kind = "live"       // live ticket: look at what is younger than LiveAge
	KindMask       Kind = "mask"       // areas that nobody may see
	KindMaskLift   Kind = "mask-lift"  // the original of a masked camera, once
	KindHold       Kind = "hold"       // bevislås
	KindNotice     Kind = "notice"     // the person of a dispute has been told: the hold may go on
	KindRelease    Kind = "release"    // a hold ends
	KindExport     Kind = "export"     // take out a copy
	KindStop       Kind = "stop"       // stop recording and all processing
	KindRestart    Kind = "restart"    // undo a stop
	KindKeyRoll    Kind = "key-roll"   // the issuer's signing keys change
	KindTimeCheck  Kind = "time-check" // two people confirm what time it is
)

// Limits from the law and from the house, with where they come from.
const (
	// LongestRetention is 30 days: L § 4 c stk. 4 and § 4 d stk. 3, counted in
	// UTC hours from the first frame and used for every purpose (docs/decisions).
	LongestRetention = 30 * 24 * time.Hour
	// RetentionMargin is how long before LongestRetention deletion is due, so
	// that a disk, a clock or a crash does not make it late.
	RetentionMargin = 12 * time.Hour
	// LongestLease is how long an engine that hears nothing goes on.
	LongestLease = 7 * 24 * time.Hour
	// LeaseAlarm is after how long a silence is an alarm.
	LeaseAlarm = 24 * time.Hour
	// LiveAge is what counts as live: any picture younger than this, on every path.
	LiveAge = 5 * time.Minute
	// LongestPolicePermit is five years: L § 2 stk. 2-4. No permit runs longer.
	LongestPermit = 5 * 366 * 24 * time.Hour
	// LongestTicket is how long one viewing ticket can be used.
	LongestTicket = 12 * time.Hour
	// LongestLive is how long one live ticket can be used: 60 minutes.
	LongestLive = time.Hour
	// LongestAlone is how long one live ticket can be used that nobody else said
	// yes to, in danger to life: 10 minutes.
	LongestAlone = 10 * time.Minute
)

// ID is a statement's own number: 32 lower-case hex digits, random.
type ID string

// Head is what every statement begins with.
type Head struct {
	// V is the version of this kind's format, 1 or more. A version that the
	// reader does not know is refused and reported; what was in force stands.
	V int `json:"v"`
	// ID is random and never used twice.
	ID ID `json:"id"`
	// Controller (dataansvarlig) is the reference of the one it is issued for.
	Controller string `json:"controller"`
	// Engine is the engine that it is meant for. Another engine refuses it.
	Engine string `json:"engine"`
	// Issued is when it was signed, UTC, whole microseconds.
	Issued time.Time `json:"issued"`
	// By is an opaque reference to who decided.
	By string `json:"by"`
}

// Header returns the head, so that every statement is a [Statement].
func (h *Head) Header() *Head { return h }

// Statement is one of the types below, always as a pointer.
type Statement interface {
	Header() *Head
	Kind() Kind
	// Check refuses what can never be right, whoever signed it and whenever:
	// a retention above LongestRetention, an interval that ends before it
	// begins, an empty camera. The error is a fault.Refused with a key.
	Check() error
}

// Class is the legal class (retlig klasse) of footage: which paragraph rules
// its keeping. It follows the segment for life.
type Class string

const (
	// ClassCrime is L § 4 c: crime prevention. May be held past day 30 for a
	// reported crime, a concrete dispute (with notice) or sharing under stk. 2.
	ClassCrime Class = "crime"
	// ClassSafety is L § 4 d: footage under §§ 2 a and 2 c. Never past day 30.
	ClassSafety Class = "safety"
	// ClassOther is any other approved purpose: 30 days as data, never past it.
	ClassOther Class = "other"
)

// Permit (optagetilladelse) is what lets one stream of one camera be
// recorded. One is in force per camera and stream; a second names the one it
// replaces and has a higher Serial, or is refused.
type Permit struct {
	Head
	Camera string `json:"camera"` // opaque reference, [a-z0-9-], at most 64
	Stream string `json:"stream"` // "main" for now
	Serial int64  `json:"serial"` // rises by one or more per camera and stream, also across revocation
	// Replaces is the permit in force before, or empty.
	Replaces ID    `json:"replaces"`
	Hours    Hours `json:"hours"`
	Sound    bool  `json:"sound"`
	// RetentionHours (slettefrist) counts from a segment's first frame. None is
	// preset: 0 is refused, above 720 is refused.
	RetentionHours int `json:"retention_hours"`
	// LongestHoldHours is the longest time from the first frame that a hold can
	// keep footage; 0 means that the law sets no fixed end (ClassCrime only).
	LongestHoldHours int    `json:"longest_hold_hours"`
	Class            Class  `json:"class"`
	Basis            string `json:"basis"` // shown, such as "tv-overvågningsloven § 2 d, stk. 1"
	Case             string `json:"case"`  // opaque case reference, shown
	// ValidFrom and ValidTo are the term of the approval.
	ValidFrom time.Time `json:"valid_from"`
	ValidTo   time.Time `json:"valid_to"`
	// LeaseUntil is the first lease; at most LongestLease after Issued.
	LeaseUntil time.Time `json:"lease_until"`
	// Text is the permit in plain words, for showing.
	Text string `json:"text"`
}

// Lease says that the listed permits still stand. An engine that hears none
// goes on to the end of the last one and no further.
type Lease struct {
	Head
	Permits []ID      `json:"permits"`
	Until   time.Time `json:"until"` // at most LongestLease after Issued
}

// Revocation (tilbagekaldelse) takes a permit back at once and for good.
type Revocation struct {
	Head
	Permit ID     `json:"permit"`
	Reason string `json:"reason"`
}

// Transport of an RTSP session.
type Transport string

const (
	TransportAuto Transport = "auto" // TCP, then UDP if the camera refuses
	TransportTCP  Transport = "tcp"
	TransportUDP  Transport = "udp"
	TransportTLS  Transport = "tls" // rtsps
)

// Camera is how the engine reaches a camera. It permits nothing.
type Camera struct {
	Head
	Camera    string    `json:"camera"`
	Serial    int64     `json:"serial"` // rises; an older one is refused
	Name      string    `json:"name"`   // shown
	Place     string    `json:"place"`  // shown
	URL       string    `json:"url"`    // rtsp:// or rtsps://, never with user or password
	Transport Transport `json:"transport"`
	// CertSHA256 pins the camera's TLS certificate (hex), or is empty for the
	// system's trust.
	CertSHA256 string `json:"cert_sha256"`
	// Sealed is the credentials, HPKE-sealed to the engine's key; empty for none.
	Sealed []byte `json:"sealed"`
	// Priority decides who stops first when the disk is full: lower stays.
	Priority int `json:"priority"`
	// Removed says that the camera is gone. Its footage is still deleted on time.
	Removed bool `json:"removed"`
}

// Probe lets the engine connect once and keep what the camera says of itself:
// codec, resolution, frame rate, clock, encryption. Never a picture.
type Probe struct {
	Head
	Camera     string    `json:"camera"`
	URL        string    `json:"url"`
	Transport  Transport `json:"transport"`
	CertSHA256 string    `json:"cert_sha256"`
	Sealed     []byte    `json:"sealed"`
	Expires    time.Time `json:"expires"`
}

// Still lets one person have one picture from now, to check placement and angle.
type Still struct {
	Head
	Camera  string    `json:"camera"`
	Person  string    `json:"person"` // opaque
	Purpose string    `json:"purpose"`
	Expires time.Time `json:"expires"`
	Text    string    `json:"text"` // shown over the picture: name and time
}

// Ticket (gennemsynsbillet) lets one person look at recorded footage of some
// cameras in one interval. Nothing younger than LiveAge is shown under it.
type Ticket struct {
	Head
	Person  string    `json:"person"`
	Purpose string    `json:"purpose"`
	Case    string    `json:"case"`
	Cameras []string  `json:"cameras"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Expires time.Time `json:"expires"` // at most LongestTicket after Issued
	Text    string    `json:"text"`
}

// Live lets one person look at what is younger than LiveAge.
type Live struct {
	Head
	Person   string    `json:"person"`
	Approver string    `json:"approver"` // the second person, never Person; empty: alone, for LongestAlone
	Purpose  string    `json:"purpose"`
	Case     string    `json:"case"`
	Cameras  []string  `json:"cameras"`
	Expires  time.Time `json:"expires"` // at most LongestLive after Issued
	Text     string    `json:"text"`
}

// Point is a place in the picture in ten-thousandths of its width and height.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// Mask is the areas of a camera's picture that nobody may see. It replaces
// the camera's earlier mask; no areas lifts it for what is recorded later.
type Mask struct {
	Head
	Camera string    `json:"camera"`
	Serial int64     `json:"serial"`
	Areas  [][]Point `json:"areas"`
}

// MaskLift lets one export have the original of a masked camera.
type MaskLift struct {
	Head
	Camera   string    `json:"camera"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Person   string    `json:"person"`
	Approver string    `json:"approver"`
	Purpose  string    `json:"purpose"`
	Expires  time.Time `json:"expires"`
}

// HoldReason is one of the three that L § 4 c has, or a request, which is none
// of them and keeps nothing past the law's own limit.
type HoldReason string

const (
	HoldCrime   HoldReason = "crime"   // a crime reported to the police
	HoldDispute HoldReason = "dispute" // the controller's handling of a concrete dispute: stk. 5
	HoldSharing HoldReason = "sharing" // stk. 2
	// HoldRequest keeps what a registered person asks for from the approved
	// period, which is the controller's own choice, to LongestDispute after From,
	// and never on: the law has no such reason (GDPR arts. 12, 15, 18).
	HoldRequest HoldReason = "request"
)

// Hold (bevislås) keeps the segments of some cameras that overlap an interval,
// past their due time and not beyond Until, nor beyond what each segment's own
// longest hold allows.
type Hold struct {
	Head
	Cameras   []string   `json:"cameras"`
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	Reason    HoldReason `json:"reason"`
	Reference string     `json:"reference"` // journal number, dispute, permission
	Owner     string     `json:"owner"`
	Second    string     `json:"second"` // never Owner; empty for a request, which cannot wait
	Review    time.Time  `json:"review"`
	// Until is when it ends by itself. A dispute's and a request's is at most
	// LongestRetention - RetentionMargin after From; a Notice extends a dispute's.
	Until time.Time `json:"until"`
}

// Notice says that the person of a dispute has been told, so that the hold
// may go on to Until.
type Notice struct {
	Head
	Hold  ID        `json:"hold"`
	Given time.Time `json:"given"` // when the person was told, before day 30
	Until time.Time `json:"until"`
}

// Release ends a hold. What is past its time is deleted within the hour.
type Release struct {
	Head
	Hold   ID     `json:"hold"`
	Reason string `json:"reason"`
}

// Export lets one copy be taken out.
type Export struct {
	Head
	Person    string    `json:"person"`
	Purpose   string    `json:"purpose"`
	Case      string    `json:"case"`
	Recipient string    `json:"recipient"`
	Cameras   []string  `json:"cameras"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Expires   time.Time `json:"expires"`
	MaskLift  ID        `json:"mask_lift"`
	Text      string    `json:"text"`
}

// Stop ends recording and all processing (viewing, export) of some cameras
// within a second; deletion runs on. No cameras means all of the controller's.
type Stop struct {
	Head
	Cameras []string `json:"cameras"`
	Reason  string   `json:"reason"`
}

// Restart undoes one stop, for all its cameras.
type Restart struct {
	Head
	Stop   ID     `json:"stop"`
	Reason string `json:"reason"`
}

// PublicKey is one of the issuer's signing keys.
type PublicKey struct {
	ID    string    `json:"id"`    // hex of the first 8 bytes of SHA-256 over Key
	Key   []byte    `json:"key"`   // Ed25519, 32 bytes
	From  time.Time `json:"from"`  // what it signs counts from here
	Until time.Time `json:"until"` // zero: until retired
}

// KeyRoll adds and retires signing keys. It is signed by a key in force.
type KeyRoll struct {
	Head
	Serial int64       `json:"serial"`
	Add    []PublicKey `json:"add"`
	Retire []string    `json:"retire"`
}

// TimeCheck confirms a forward jump of the clock that no second source could.
type TimeCheck struct {
	Head
	Wall   time.Time `json:"wall"`
	Person string    `json:"person"`
	Second string    `json:"second"`
}

func (*Permit) Kind() Kind     { return KindPermit }
func (*Lease) Kind() Kind      { return KindLease }
func (*Revocation) Kind() Kind { return KindRevocation }
func (*Camera) Kind() Kind     { return KindCamera }
func (*Probe) Kind() Kind      { return KindProbe }
func (*Still) Kind() Kind      { return KindStill }
func (*Ticket) Kind() Kind     { return KindTicket }
func (*Live) Kind() Kind       { return KindLive }
func (*Mask) Kind() Kind       { return KindMask }
func (*MaskLift) Kind() Kind   { return KindMaskLift }
func (*Hold) Kind() Kind       { return KindHold }
func (*Notice) Kind() Kind     { return KindNotice }
func (*Release) Kind() Kind    { return KindRelease }
func (*Export) Kind() Kind     { return KindExport }
func (*Stop) Kind() Kind       { return KindStop }
func (*Restart) Kind() Kind    { return KindRestart }
func (*KeyRoll) Kind() Kind    { return KindKeyRoll }
func (*TimeCheck) Kind() Kind  { return KindTimeCheck }
