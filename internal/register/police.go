package register

import (
	"context"
	"fmt"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// The kinds of word from the police.
const (
	OrderRecommendation = "recommendation" // henstilling, § 4 a
	OrderQuality        = "quality"        // pålæg om kvalitet og opbevaring, § 4 b
	OrderEstablish      = "establish"      // pålæg om at etablere, § 2 d stk. 2
	OrderPermit         = "permit"         // tilladelse, § 2 stk. 2-4
	OrderDiscussion     = "discussion"     // drøftelse, §§ 2 a, 2 c
	OrderTakeover       = "takeover"       // overtagelse af overvågningen, retsplejeloven § 791 e
)

// The outcomes of a discussion. It is no approval: the police director says
// nothing against it, refuses, or postpones (§ 2 c stk. 2).
const (
	OutcomeNone      = "none" // no objection
	OutcomeRefused   = "refused"
	OutcomePostponed = "postponed"
)

// PermitYears is the longest that a police permit runs (§ 2 stk. 2-4).
const PermitYears = 5

// PoliceOrder (politiets ord) is what the police director has recommended,
// ordered, permitted or discussed.
type PoliceOrder struct {
	ID         string    `json:"id"`
	Controller string    `json:"controller"`
	Kind       string    `json:"kind"`
	Basis      string    `json:"basis"`    // id of the law's data: "2-2", "2a"; empty where the kind says it
	District   string    `json:"district"` // politikreds
	Reference  string    `json:"reference"`
	Dated      time.Time `json:"dated"`
	Says       string    `json:"says"`
	Area       string    `json:"area"`  // that a permit holds for
	Terms      string    `json:"terms"` // vilkår of a permit
	Starts     time.Time `json:"starts,omitzero"`
	Ends       time.Time `json:"ends,omitzero"` // recording under a permit ends with it
	Demands    Demands   `json:"demands,omitzero"`
	// Participants of a discussion, as the minutes name them; of a take-over who
	// came.
	Participants string    `json:"participants"`
	Outcome      string    `json:"outcome"`
	Postponed    time.Time `json:"postponed,omitzero"` // until when
	Answer       string    `json:"answer"`             // that the controller gave
	Answered     time.Time `json:"answered,omitzero"`
	AnsweredBy   string    `json:"answered_by"`
	Cameras      List      `json:"cameras"`   // that it touches; empty: all of Locations
	Locations    List      `json:"locations"` // empty, and no cameras: all of the controller's
	Document     string    `json:"document"`
	Withdrawn    time.Time `json:"withdrawn,omitzero"`
	Version      int64     `json:"version"`
}

// Demands (krav) is what an order on quality and storage asks for. Zero asks
// for nothing.
type Demands struct {
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	FPS       float64 `json:"fps"`
	KeepHours int     `json:"keep_hours"` // at least so long
}

// Scan reads them from their column.
func (d *Demands) Scan(src any) error { return scanJSON(src, d) }

func (o PoliceOrder) check() error {
	if err := checkID("order", o.ID); err != nil {
		return err
	}
	bad := func(key, format string, args ...any) error {
		return fault.New(fault.Invalid, key, "order "+o.ID+": "+format, args...)
	}
	if o.Dated.IsZero() || o.District == "" {
		return bad("order.date", "from which police district, and when")
	}
	switch o.Kind {
	case OrderRecommendation, OrderQuality, OrderEstablish:
		if o.Says == "" {
			return bad("order.says", "what it says")
		}
	case OrderPermit:
		switch {
		case o.Basis != "2-2" && o.Basis != "2-3" && o.Basis != "2-4":
			return bad("order.basis", "a permit is given under § 2 stk. 2, 3 or 4, not %q", o.Basis)
		case o.Area == "":
			return bad("order.area", "a permit names its area")
		case o.Starts.IsZero() || o.Ends.IsZero() || !o.Starts.Before(o.Ends):
			return bad("order.dates", "a permit has a beginning and an end")
		case o.Ends.After(o.Starts.AddDate(PermitYears, 0, 0)):
			return bad("order.years", "a permit runs at most %d years (§ 2 stk. 2-4)", PermitYears)
		}
	case OrderTakeover:
		switch {
		case o.Says == "" || o.Participants == "":
			return bad("order.takeover", "who took over what")
		case o.Starts.IsZero() || !o.Ends.IsZero() && !o.Starts.Before(o.Ends):
			return bad("order.takeover-dates", "from when, and until when at the latest")
		}
	case OrderDiscussion:
		switch o.Outcome {
		case OutcomeNone, OutcomeRefused:
		case OutcomePostponed:
			if !o.Postponed.After(o.Dated) {
				return bad("order.postponed", "postponed until when")
			}
		default:
			return bad("order.outcome", "outcome %q", o.Outcome)
		}
		if o.Basis != "2a" && o.Basis != "2c" && o.Basis != "2c-3" {
			return bad("order.basis", "a discussion is held under § 2 a or § 2 c, not %q", o.Basis)
		}
	default:
		return bad("order.kind", "kind %q", o.Kind)
	}
	if !o.Answered.IsZero() && o.Answer == "" {
		return bad("order.answer", "answered without an answer")
	}
	return nil
}

func (o PoliceOrder) fields() []field {
	return []field{{"kind", o.Kind}, {"basis", o.Basis}, {"district", o.District}, {"reference", o.Reference}, {"dated", o.Dated},
		{"says", o.Says}, {"area", o.Area}, {"terms", o.Terms}, {"starts", o.Starts}, {"ends", o.Ends}, {"demands", asJSON(o.Demands)},
		{"participants", o.Participants}, {"outcome", o.Outcome}, {"postponed", o.Postponed}, {"answer", o.Answer},
		{"answered", o.Answered}, {"answered_by", o.AnsweredBy}, {"cameras", asJSON(o.Cameras)}, {"locations", asJSON(o.Locations)},
		{"document", o.Document}, {"withdrawn", o.Withdrawn}}
}

// InForce says whether a permit or order holds at a time. A discussion that
// refused or postponed holds nothing open: see [PoliceOrder.Blocks].
func (o PoliceOrder) InForce(at time.Time) bool {
	begin := o.Starts
	if begin.IsZero() {
		begin = o.Dated
	}
	return !at.Before(begin) && earlier(at, o.Ends) && earlier(at, o.Withdrawn)
}

// Blocks says whether a discussion forbids the surveillance at a time: the
// police director refused it, or postponed it until later (§ 2 c stk. 2).
func (o PoliceOrder) Blocks(at time.Time) bool {
	if o.Kind != OrderDiscussion || !earlier(at, o.Withdrawn) {
		return false
	}
	return o.Outcome == OutcomeRefused || (o.Outcome == OutcomePostponed && at.Before(o.Postponed))
}

// Touches says whether it is about a camera at a location.
func (o PoliceOrder) Touches(location, camera string) bool {
	if len(o.Cameras) == 0 && len(o.Locations) == 0 {
		return true
	}
	return (camera != "" && o.Cameras.has(camera)) || (o.Locations.has(location) && (len(o.Cameras) == 0 || camera == ""))
}

// Shortfall (mangel) is one demand that is not met.
type Shortfall struct {
	Demand string `json:"demand"` // "width", "height", "fps", "keep", "unknown"
	Wants  string `json:"wants"`
	Has    string `json:"has"`
}

// Against holds a camera, as a probe found it, and how long its footage is
// kept against an order on quality and storage (§ 4 b). A camera of which
// nothing is known falls short of every demand on the picture.
func (d Demands) Against(found *Evidence, keepHours int) []Shortfall {
	var out []Shortfall
	if d.KeepHours > 0 && keepHours < d.KeepHours {
		out = append(out, Shortfall{"keep", fmt.Sprintf("%d h", d.KeepHours), fmt.Sprintf("%d h", keepHours)})
	}
	if found == nil {
		if d.Width > 0 || d.Height > 0 || d.FPS > 0 {
			out = append(out, Shortfall{Demand: "unknown"})
		}
		return out
	}
	if f := found.Found; f.Width < d.Width || f.Height < d.Height {
		out = append(out, Shortfall{"picture", fmt.Sprintf("%d × %d", d.Width, d.Height), fmt.Sprintf("%d × %d", f.Width, f.Height)})
	}
	if f := found.Found; f.FPS < d.FPS {
		out = append(out, Shortfall{"fps", fmt.Sprintf("%g", d.FPS), fmt.Sprintf("%g", f.FPS)})
	}
	return out
}

// AddOrder enters a word from the police.
func (r *Register) AddOrder(ctx context.Context, o PoliceOrder, by string) error {
	if err := o.check(); err != nil {
		return err
	}
	o.Version = 1
	return r.add(ctx, "order.added", o.Controller, o, by, func(tx *db.Tx) error {
		if err := r.orderOf(ctx, tx, o); err != nil {
			return err
		}
		return insert(ctx, tx, "police_orders", append(o.fields(), field{"id", o.ID}, field{"controller", o.Controller}, field{"version", o.Version}))
	})
}

// orderOf refuses cameras and locations of another controller.
func (r *Register) orderOf(ctx context.Context, tx *db.Tx, o PoliceOrder) error {
	for _, l := range o.Locations {
		if _, err := r.LocationIn(ctx, tx, o.Controller, l); err != nil {
			return err
		}
	}
	for _, c := range o.Cameras {
		if _, err := r.CameraIn(ctx, tx, o.Controller, c); err != nil {
			return err
		}
	}
	return nil
}

// UpdateOrder changes an order that is still o.Version: the answer given,
// above all, and its withdrawal.
func (r *Register) UpdateOrder(ctx context.Context, o PoliceOrder, by string) error {
	if err := o.check(); err != nil {
		return err
	}
	return edit(ctx, r, "order.changed", o.Controller, o.ID, o.Version, by,
		func(tx *db.Tx) (PoliceOrder, int64, error) {
			was, err := r.OrderIn(ctx, tx, o.Controller, o.ID)
			return was, was.Version, err
		},
		func(tx *db.Tx, _ PoliceOrder) (PoliceOrder, error) {
			if err := r.orderOf(ctx, tx, o); err != nil {
				return o, err
			}
			return o, update(ctx, tx, "police_orders", "id", o.ID, o.Version, o.fields())
		})
}

// Order finds one order of a controller.
func (r *Register) Order(ctx context.Context, controller, id string) (o PoliceOrder, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		o, err = r.OrderIn(ctx, tx, controller, id)
		return err
	})
	return o, err
}

// OrderIn is [Register.Order] in a transaction of the caller.
func (r *Register) OrderIn(ctx context.Context, tx *db.Tx, controller, id string) (PoliceOrder, error) {
	o, err := db.One[PoliceOrder](ctx, tx, `SELECT * FROM police_orders WHERE id = ? AND controller = ?`, id, controller)
	return o, missing(err, "order", id)
}

// Orders lists a controller's orders of these kinds, the newest first; all
// kinds if none is named.
func (r *Register) Orders(ctx context.Context, controller string, kinds ...string) (all []PoliceOrder, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = r.OrdersIn(ctx, tx, controller, kinds...)
		return err
	})
	return all, err
}

// OrdersIn is [Register.Orders] in a transaction of the caller.
func (r *Register) OrdersIn(ctx context.Context, tx *db.Tx, controller string, kinds ...string) ([]PoliceOrder, error) {
	where, args := `controller = ?`, []any{controller}
	if len(kinds) > 0 {
		where += ` AND kind IN (` + db.Marks(len(kinds)) + `)`
		for _, k := range kinds {
			args = append(args, k)
		}
	}
	return db.All[PoliceOrder](ctx, tx, `SELECT * FROM police_orders WHERE `+where+` ORDER BY dated DESC, id`, args...)
}

// OrdersFor lists what touches a camera at a location, withdrawn or ended
// among it, the newest first. An empty camera asks for the location as a
// whole.
func (r *Register) OrdersFor(ctx context.Context, controller, location, camera string) (out []PoliceOrder, err error) {
	all, err := r.Orders(ctx, controller)
	for _, o := range all {
		if o.Touches(location, camera) {
			out = append(out, o)
		}
	}
	return out, err
}
