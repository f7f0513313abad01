package engineapi

import (
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/permit"
)

// Further routes, beside those of the package comment:
//
//	GET  /v1/identity                   Identity
//	POST /v1/anchor                     text/plain: the other half's checkpoint, entered in this ledger
//	GET  /v1/tallies                    ?from&to: []Tally
//	GET  /v1/late                       ?from&to: []Deletion, those that were an hour late or still are
//	GET  /v1/alarms                     ?from&to: []Alarm
//	GET  /v1/states                     ?from&to&camera=: []StateChange
//	GET  /v1/ledger/find                ?from&to&kind=&text=&controller=: []LedgerEntry
//	GET  /v1/ledger/extract             ?from&to&controller=: a self-contained file, checked by vidne verify

// WhenceHeader says where a viewer sits, for the ledger (LOG-1). The engine
// cannot check it and decides nothing by it.
const WhenceHeader = "Vidne-Whence"

// Pass is what lets a media request in: the signed ticket, still, live or
// export statement as permit.Signed.Encode gives it, and where the viewer is.
type Pass struct {
	Statement []byte
	Whence    string
}

// Identity is what the portal needs to know of an engine before it can seal
// credentials to it and check its ledger.
type Identity struct {
	Engine  string `json:"engine"`
	Version string `json:"version"`
	// SealKey is the HPKE public key that camera credentials are sealed to.
	SealKey []byte `json:"seal_key"`
	// LedgerName and LedgerKey are the origin and the verifier key (x/mod note
	// form) of its ledger.
	LedgerName string `json:"ledger_name"`
	LedgerKey  string `json:"ledger_key"`
	// Lacks says what the machine lacks, such as "ffmpeg"; empty is best.
	Lacks []string `json:"lacks"`
}

// FragmentQuery asks for the footage of one camera.
type FragmentQuery struct {
	Camera   string
	From, To time.Time
	// H264 asks for H.264 whatever is stored, for players that have no H.265.
	// Masked footage comes with the mask painted.
	H264 bool
	// Keys asks for key frames only, for fast play.
	Keys bool
	// Lines is how many lines high a picture that is made anew may be, for one
	// of several on a screen; 0: as high as it is.
	Lines int
}

// StillQuery asks for one picture: from now by a still statement, or of a
// recorded moment by a ticket.
type StillQuery struct {
	Camera string
	At     time.Time // zero: now
}

// InForce is what the engine holds itself allowed to for one camera.
type InForce struct {
	Camera     string         `json:"camera"`
	Permit     *permit.Permit `json:"permit,omitempty"`
	Covers     bool           `json:"covers"` // records now
	Cause      Cause          `json:"cause"`  // why not
	Until      time.Time      `json:"until,omitzero"`
	LeaseUntil time.Time      `json:"lease_until,omitzero"`
	Stop       permit.ID      `json:"stop,omitempty"`
	Masked     bool           `json:"masked"`
}

// Deletion is one stored stretch on its way out, or gone.
type Deletion struct {
	Camera   string    `json:"camera"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Due      time.Time `json:"due"`
	Done     time.Time `json:"done,omitzero"`
	State    string    `json:"state"` // "planned", "done", "late"
	Rule     string    `json:"rule"`  // why: "retention", "limit", "release"
	Segments int       `json:"segments"`
	Bytes    int64     `json:"bytes"`
	Permit   permit.ID `json:"permit,omitempty"`
	// Problem is the key of the error that keeps a late one's file where it is.
	Problem string `json:"problem,omitempty"`
}

// Tally is a camera in an interval, in figures: how long it recorded, and the
// hours of footage whose time ran out in it.
type Tally struct {
	Camera string `json:"camera"`
	// RecordedS is in seconds. Of an hour that is deleted its first and last
	// picture are known, not the gaps between.
	RecordedS int64 `json:"recorded_s"`
	Due       int64 `json:"due"`  // hours that nothing held
	Done      int64 `json:"done"` // of them deleted
	Late      int64 `json:"late"` // of them more than an hour late, or still there
	Files     int64 `json:"files"`
	Bytes     int64 `json:"bytes"`
	// First and Last are when the first and the last of Done were deleted; WorstS
	// is how many seconds after its time the slowest was, holds apart.
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	WorstS int64     `json:"worst_s"`
	// Proofs are the engine's ledger entries of the first and the last of them,
	// from 0; -1 where there is none.
	Proofs [2]int64 `json:"proofs"`
	// Freed are the hours deleted in the interval that a hold had kept; Held those
	// due in it that holds keep now.
	Freed int64     `json:"freed"`
	Held  int64     `json:"held"`
	Holds []HeldDue `json:"holds,omitempty"`
}

// HeldDue is what a hold keeps of a camera past its time, whenever that was.
type HeldDue struct {
	Hold  permit.ID `json:"hold"`
	Hours int64     `json:"hours"`
	Bytes int64     `json:"bytes"`
	Due   time.Time `json:"due"`   // of the first of it
	Until time.Time `json:"until"` // the latest that any of it is kept to
}

// StateChange says what was so of a camera from At on.
type StateChange struct {
	Camera string    `json:"camera"`
	State  State     `json:"state"`
	Cause  Cause     `json:"cause"`
	At     time.Time `json:"at"`
}

// LedgerEntry is one entry of the engine's ledger. Body and Salt are empty
// when it has expired; Commit stays.
type LedgerEntry struct {
	Index   int64           `json:"index"`
	Time    time.Time       `json:"time"`
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body,omitempty"`
	Salt    []byte          `json:"salt,omitempty"`
	Commit  []byte          `json:"commit"`
	Expired bool            `json:"expired"`
}

// LedgerProof is an inclusion or a consistency proof (RFC 6962), as hashes.
type LedgerProof struct {
	Hashes [][]byte `json:"hashes"`
}

// LedgerFilter selects ledger entries by time, kind, a piece of text and whose
// they are.
type LedgerFilter struct {
	From, To time.Time
	Kinds    []string
	Except   []string // none of these kinds
	// Text must occur in the body, whatever its case. A name in quotation marks
	// is found at once where Except leaves out [Echoes].
	Text string
	// Controller leaves out what is only about others; empty: nothing is.
	Controller string
	Limit      int
}

// Echoes are the kinds of entries that are written for every segment, or that
// say again of a thing what the entry beside them says. What happened to the
// thing is told without them.
func Echoes() []string {
	return []string{"segment.sealed", "segment.adopted", "deletion.intended", "key.erased", "statement.lease"}
}
