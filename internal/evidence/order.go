package evidence

import (
	"context"
	"io"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Order says what a package is of, and what is known about it. It comes from
// whoever has checked that it may be handed over.
type Order struct {
	ID         string // 8 to 32 of A-Z, 0-9 and "-": it stands in file names and letters
	Software   string // "vidne 1.4.0"
	Controller Name
	Police     bool     // to the police: a journal number must be there
	Journals   []string // the police's numbers
	Requester  Requester
	Approvals  []Approval
	KeptUntil  time.Time // when our own copy of the package is deleted
	Zone       *time.Location
	Originals  []Asked
	Events     []Event // chain of custody, in the order of time
	Logs       []Log
}

// Requester is who asked.
type Requester struct {
	Name      string `json:"name"`
	Station   string `json:"station"`
	Authority string `json:"authority"`
	Ground    string `json:"ground"` // the law or consent that it rests on
}

// Approval is a decision that the handing over rests on.
type Approval struct {
	What string
	By   string
	At   time.Time
}

// Camera is what a court may want to know of one.
type Camera struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Address  string `json:"address"`
	Make     string `json:"make"`
	Model    string `json:"model"`
	Serial   string `json:"serial"`
	Firmware string `json:"firmware"`
	Basis    string `json:"basis"`  // legal basis of the recording
	Permit   string `json:"permit"` // in force then
}

// Asked is one camera's interval.
type Asked struct {
	Camera   Camera
	From, To time.Time
	// Mask is "none", "painted", or "lifted" and by which lift. Of a painted
	// camera there is no original, only the copy to look at.
	Mask     string
	Stretch  []Stretch
	Clock    Clock
	Segments []Segment // what the engine's log says of the footage
	// Viewing asks for a copy that every player shows, beside the original.
	Viewing bool
}

// painted is a camera of which no original may be handed over.
func (a *Asked) painted() bool { return a.Mask == masked }

const masked = "painted"

// Stretch is a time without pictures and why: a cause as the coverage has it.
type Stretch struct {
	From, To time.Time
	Cause    string
}

// Clock is what is known of how true the times are.
type Clock struct {
	Server  string   // how the recorder's clock was kept
	Offsets []Offset // camera's clock less the recorder's
	Checked string   // the last check by hand
}

// Offset is one measurement.
type Offset struct {
	At     time.Time
	Offset time.Duration
}

// Segment is one entry of the engine's log: a stored stretch of footage.
type Segment struct {
	ID       string    `json:"id"`
	Log      string    `json:"log"` // origin
	Index    int64     `json:"index"`
	SHA256   string    `json:"sha256"` // of the sealed file
	From     time.Time `json:"-"`
	To       time.Time `json:"-"`
	Pictures int64     `json:"pictures"`
}

// Event is one step in the chain of custody.
type Event struct {
	At   time.Time
	Who  string
	What string
	// Entry is where the log has it: origin and number.
	Log   string
	Index int64
}

// Log is an extract of a ledger (.vidnelog) that shows the segments' entries
// and the events', proved to stand in a signed checkpoint.
type Log struct {
	Origin  string
	Extract []byte
	Key     string // the public key, for the papers
}

// Footage hands over what the engine gives out under an export order.
type Footage interface {
	// Original writes one camera's stored pictures from a moment on as MP4,
	// and the list of them as CSV. Where the camera's stream changed it ends
	// and says so; it is asked again from there.
	Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (Delivered, error)
	// Viewing writes a copy that every player shows, with time and camera
	// drawn in and masks painted. It ends where the camera's stream changed, as
	// Original does. An error ends the package: ask again without.
	Viewing(ctx context.Context, camera string, from, to time.Time, mp4 io.Writer) (Derived, error)
}

// Delivered says what an original became.
type Delivered struct {
	From, To      time.Time
	Pictures      int64
	Codec         string
	Width, Height int
	Segments      []string // in order, by id
	Gaps          []Stretch
	Changed       time.Time // where the next file begins, or zero
}

// Derived says how a copy was made.
type Derived struct {
	Tool      string
	Version   string
	Arguments []string
	Changed   time.Time // where the next file begins, or zero
}

// longest is how much one order may ask of one camera: its list of pictures
// is held in memory.
const longest = 48 * time.Hour

func (o *Order) check() error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "evidence.order", format, args...)
	}
	for _, r := range o.ID {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
			return bad("a package called %q", o.ID)
		}
	}
	switch {
	case len(o.ID) < 8 || len(o.ID) > 32:
		return bad("a package called %q", o.ID)
	case o.Police && len(o.Journals) == 0:
		return fault.New(fault.Invalid, "evidence.journal", "a package to the police needs a journal number")
	case o.Controller.Controller == "" || o.Zone == nil || len(o.Originals) == 0 || len(o.Originals) > 99:
		return bad("no controller, no zone or %d originals", len(o.Originals))
	}
	for _, a := range o.Originals {
		if a.Camera.ID == "" || !a.From.Before(a.To) || a.To.Sub(a.From) > longest || a.Mask == "" {
			return bad("camera %q from %s to %s, mask %q", a.Camera.ID, a.From, a.To, a.Mask)
		}
		if a.painted() && !a.Viewing {
			return fault.New(fault.Invalid, "evidence.masked", "camera %q is masked: without a copy to look at the package has nothing of it", a.Camera.ID)
		}
	}
	return nil
}
