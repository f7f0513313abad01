// Package engineapi is the one bridge between the halves: wire types, client,
// and the server side of the engine's HTTP.
//
// The portal pushes signed statements and relays media; it never holds a
// decrypted file. The engine never faces people: it shows what a ticket tells
// it and checks that ticket at every request and while bytes flow. Both sides
// of the connection hold a shared bearer secret, which lets in the portal but
// decides nothing: what may be done is in the statements alone.
//
// Routes, all under /v1, JSON unless said otherwise:
//
//	POST /v1/statements                 one permit.Signed; 200 Accepted, 409/422 Problem
//	GET  /v1/status                     Status
//	GET  /v1/cameras/{camera}/coverage  ?from&to (RFC 3339): Coverage
//	GET  /v1/coverage                   ?from&to&camera=a&camera=b: []Coverage
//	GET  /v1/cameras/{camera}/fragments ?from&to[&as=h264][&keys=1][&lines=540]: fragment stream, see Frame; needs a ticket
//	GET  /v1/cameras/{camera}/still     image/jpeg; needs a still statement, or a ticket and ?at=
//	GET  /v1/cameras/{camera}/motion    ?from&to: Motion; needs a ticket
//	POST /v1/probe                      one permit.Signed probe: Probed
//	POST /v1/discover                   DiscoverQuery: Discovered
//	GET  /v1/export                     one camera's footage as evidence; needs an export order, see ExportQuery
//	GET  /v1/permits/{camera}           permit in force, as the engine sees it
//	GET  /v1/holds                      []Held
//	GET  /v1/deletions                  ?from&to: planned, done, late
//	GET  /v1/ledger/checkpoint          text/plain signed note
//	GET  /v1/ledger/entries             ?from&n: []ledger entries (without expired bodies)
//	GET  /v1/ledger/proof               ?index&size or ?old&size
//	GET  /v1/cameras/{camera}/clock     ?from&to: []ClockSample
//	GET  /metrics                       Prometheus text
//
// A ticket (or still, live, export order) travels in the header
// Vidne-Statement, as base64 of the signed statement.
package engineapi

import (
	"time"

	"vidne.dk/vidne/internal/permit"
)

// StatementHeader carries the ticket of a media request.
const StatementHeader = "Vidne-Statement"

// Problem is the body of every answer that is not 2xx.
type Problem struct {
	Kind   string `json:"kind"`   // fault.Kind
	Key    string `json:"key"`    // stable reason, key into the text catalogue
	Detail string `json:"detail"` // for the log, no secrets
}

// Accepted answers a statement that is in force.
type Accepted struct {
	ID      permit.ID `json:"id"`
	InForce time.Time `json:"in_force"`
}

// State of a camera, as a person reads it. Texts are the portal's.
type State string

const (
	StateRecording  State = "recording"  // Optager
	StateNoPermit   State = "no-permit"  // Ingen tilladelse
	StateOutside    State = "outside"    // Uden for tidsrum
	StateStopped    State = "stopped"    // Stoppet
	StateLeaseOut   State = "lease-out"  // the portal has been silent for seven days
	StateExpired    State = "expired"    // the approval has run out
	StateConnecting State = "connecting" // Forbinder
	StateLost       State = "lost"       // Mistet forbindelsen
	StateRefused    State = "refused"    // the camera refuses: see Cause
	StateDegraded   State = "degraded"   // records, but see Cause
	StateNoConfig   State = "no-config"  // permit, but no camera configuration
	StateRemoved    State = "removed"    // camera taken out of service
	StateDisk       State = "disk"       // cannot write: see Cause
)

// Cause says why, by a stable key into the text catalogue. Those that a
// camera, a disk or a clock gives:
type Cause string

const (
	CauseNone         Cause = ""
	CauseAuth         Cause = "camera.auth"        // wrong password
	CauseUnreachable  Cause = "camera.unreachable" // no route, refused, timed out
	CauseNotRTSP      Cause = "camera.not-rtsp"
	CauseNoVideo      Cause = "camera.no-video"  // no H.264 or H.265 track
	CauseProtocol     Cause = "camera.protocol"  // breaks RTSP, RTP or SDP
	CauseTooLarge     Cause = "camera.too-large" // a header, description or picture beyond its limit
	CauseSilent       Cause = "camera.silent"    // no frames, or drips
	CauseTLS          Cause = "camera.tls"       // certificate not trusted or changed
	CauseAddress      Cause = "camera.address"   // outside the networks the operator allows
	CauseStream       Cause = "camera.stream"    // bad access units
	CauseChanged      Cause = "camera.changed"   // codec or resolution changed: new segment
	CauseClosed       Cause = "camera.closed"    // the camera ended the session
	CauseNoPermit     Cause = "permit.none"
	CauseOutside      Cause = "permit.outside"
	CauseStopped      Cause = "permit.stopped"
	CauseLeaseOut     Cause = "permit.lease-out"
	CauseExpired      Cause = "permit.expired"
	CauseRevoked      Cause = "permit.revoked"
	CauseNotYet       Cause = "permit.not-yet"
	CauseDiskFull     Cause = "disk.full"
	CauseDiskError    Cause = "disk.error"
	CauseDiskReadOnly Cause = "disk.read-only"
	CauseDiskYielded  Cause = "disk.yielded" // nearly full: left to more important cameras
	CauseSlow         Cause = "disk.slow"
	CauseEngineDown   Cause = "engine.down" // the engine was not running
	CauseDeleted      Cause = "deleted"     // deleted on time
	CauseUnknown      Cause = "unknown"
)

// CameraStatus is one camera now.
type CameraStatus struct {
	Camera     string    `json:"camera"`
	Name       string    `json:"name"`
	Place      string    `json:"place"`
	State      State     `json:"state"`
	Cause      Cause     `json:"cause"`
	Since      time.Time `json:"since"`
	NextChange time.Time `json:"next_change"` // when the hours open or close next, zero if never
	Permit     permit.ID `json:"permit"`
	Case       string    `json:"case"`
	LeaseUntil time.Time `json:"lease_until"`
	LastFrame  time.Time `json:"last_frame"`
	Codec      string    `json:"codec"` // "H.264", "H.265"
	Width      int       `json:"width"`
	Height     int       `json:"height"`
	FPS        float64   `json:"fps"`
	BitRate    int64     `json:"bit_rate"`    // bits a second, last minute
	Encrypted  bool      `json:"encrypted"`   // the wire from the camera
	ClockMS    int64     `json:"clock_ms"`    // camera's clock minus ours, milliseconds
	ClockKnown bool      `json:"clock_known"` // a sender report was seen
	Expected   int64     `json:"expected_s"`  // seconds it should have recorded in the last 24 h
	Recorded   int64     `json:"recorded_s"`  // seconds it did
	Picture    Picture   `json:"picture"`
	Oldest     time.Time `json:"oldest"`  // oldest readable footage, zero for none
	Storage    string    `json:"storage"` // "none", "found", "unknown": the camera's own storage
}

// Picture is the last picture check of a camera.
type Picture struct {
	Checked time.Time `json:"checked"`
	Verdict string    `json:"verdict"` // "ok", "frozen", "dark", "covered", "" not checked
}

// Alarm is something that needs a person. It has an end.
type Alarm struct {
	ID     string    `json:"id"`
	Key    string    `json:"key"`    // such as "deletion.late", "clock.jump", "lease.silent", "statement.newer"
	Camera string    `json:"camera"` // empty: the engine's
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"` // zero while it lasts
	Detail string    `json:"detail"`
	Grave  bool      `json:"grave"`
}

// Disk is the archive's disk.
type Disk struct {
	Path    string    `json:"path"`
	Total   int64     `json:"total"`
	Free    int64     `json:"free"`
	Inodes  int64     `json:"inodes_free"`
	PerDay  int64     `json:"per_day"`  // bytes written a day at the present rate
	FullAt  time.Time `json:"full_at"`  // forecast with deletion counted, zero if never
	CoWWarn bool      `json:"cow_warn"` // copy-on-write: erasing in place does not reach old blocks
}

// TimeState is the trusted clock.
type TimeState struct {
	Now    time.Time `json:"now"`
	Wall   time.Time `json:"wall"`
	Held   bool      `json:"held"` // a forward jump waits for confirmation
	Since  time.Time `json:"since"`
	Synced bool      `json:"synced"` // the kernel says that a time server steers it
}

// Status is the engine now.
type Status struct {
	Engine       string         `json:"engine"`
	Version      string         `json:"version"`
	Started      time.Time      `json:"started"`
	Cameras      []CameraStatus `json:"cameras"`
	Alarms       []Alarm        `json:"alarms"` // open ones and those closed in the last day
	Disks        []Disk         `json:"disks"`
	Time         TimeState      `json:"time"`
	LedgerSize   int64          `json:"ledger_size"`
	Checkpoint   time.Time      `json:"checkpoint"`
	Database     string         `json:"database"` // "ok", "away"
	Pending      int64          `json:"pending"`  // journal records not yet in the ledger
	LateDeleted  int64          `json:"late"`     // segments past their time and readable
	OldestFrame  time.Time      `json:"oldest"`   // oldest readable footage without a hold, from disk
	NextDeletion time.Time      `json:"next_deletion"`
	LastHeard    time.Time      `json:"last_heard"` // last statement from the portal
}

// Stretch is one piece of a camera's timeline.
type Stretch struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Kind  string    `json:"kind"` // "recorded", "gap" (should have recorded), "off" (should not), "deleted"
	Cause Cause     `json:"cause"`
	Held  bool      `json:"held"`
	// Delete is when the first of it will be deleted (recorded only).
	Delete time.Time `json:"delete,omitzero"`
	Codec  string    `json:"codec,omitempty"`
}

// Coverage is expected against recorded for one camera, in order, without holes.
type Coverage struct {
	Camera    string    `json:"camera"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Stretches []Stretch `json:"stretches"`
	Expected  int64     `json:"expected_s"`
	Recorded  int64     `json:"recorded_s"`
}

// ClockSample is one measurement of a camera's clock against ours.
type ClockSample struct {
	At       time.Time `json:"at"`
	OffsetMS int64     `json:"offset_ms"`
}

// Held is one hold as the engine sees it.
type Held struct {
	Hold     permit.ID `json:"hold"`
	Reason   string    `json:"reason"`
	Cameras  []string  `json:"cameras"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Until    time.Time `json:"until"`
	Segments int       `json:"segments"`
	Bytes    int64     `json:"bytes"`
}
