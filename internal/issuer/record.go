package issuer

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// The states of a statement that was issued.
const (
	Waiting    = "waiting"    // not yet with its engine
	Accepted   = "accepted"   // in force there
	Refused    = "refused"    // the engine will not have it: see Why
	Superseded = "superseded" // a lease that a newer one made needless before it was sent
)

// Record is one statement as it was issued, kept for good.
type Record struct {
	Seq        int64 // order of issue
	ID         permit.ID
	Engine     string
	Controller string
	Kind       permit.Kind
	By         string `db:"who"`
	Issued     time.Time
	Entry      int64  // index in the portal's ledger
	Signed     []byte // permit.Signed.Encode
	State      string
	Tries      int
	Answered   time.Time // when the engine last answered, or did not
	Why        string    // key of the last refusal or failure
	Detail     string
	Noted      string // who has taken note of the refusal
}

const columns = "seq, id, engine, controller, kind, who, issued, entry, signed, state, tries, answered, why, detail, noted"

// Statement decodes what was signed. The signature is not checked: it is our
// own record, and its hash stands in the ledger.
func (r Record) Statement() (permit.Statement, error) {
	s, err := permit.DecodeSigned(r.Signed)
	if err != nil {
		return nil, err
	}
	return s.Read()
}

// Filter says which records are wanted; what is zero does not limit.
type Filter struct {
	Controller string
	Engine     string
	Camera     string
	Kinds      []permit.Kind
	States     []string
	Unnoted    bool      // refusals that nobody has taken note of
	From, To   time.Time // issued: From included, To not
	Before     int64     // Seq below this: the way to read on
	Limit      int       // 0 is 1000
}

// Records lists statements, newest first.
func (i *Issuer) Records(ctx context.Context, f Filter) (out []Record, err error) {
	defer fault.Wrap(&err, "issuer.Records")
	var where []string
	var args []any
	add := func(cond string, a ...any) {
		where = append(where, cond)
		args = append(args, a...)
	}
	if f.Controller != "" {
		add("controller = ?", f.Controller)
	}
	if f.Engine != "" {
		add("engine = ?", f.Engine)
	}
	if f.Camera != "" {
		add("seq IN (SELECT seq FROM issuer_camera WHERE camera = ?)", f.Camera)
	}
	if len(f.Kinds) > 0 {
		a := make([]any, len(f.Kinds))
		for n, k := range f.Kinds {
			a[n] = string(k)
		}
		add("kind IN ("+db.Marks(len(a))+")", a...)
	}
	if len(f.States) > 0 {
		a := make([]any, len(f.States))
		for n, s := range f.States {
			a[n] = s
		}
		add("state IN ("+db.Marks(len(a))+")", a...)
	}
	if f.Unnoted {
		add("state = ? AND noted = ''", Refused)
	}
	if !f.From.IsZero() {
		add("issued >= ?", f.From)
	}
	if !f.To.IsZero() {
		add("issued < ?", f.To)
	}
	if f.Before > 0 {
		add("seq < ?", f.Before)
	}
	q := "SELECT " + columns + " FROM issuer_statement"
	if len(where) > 0 {
		q += " WHERE " + strings.Join(where, " AND ")
	}
	n := f.Limit
	if n <= 0 {
		n = 1000
	}
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Record](ctx, tx, q+" ORDER BY seq DESC LIMIT ?", append(args, n)...)
		return err
	})
	return out, err
}

// Get returns one statement, or fault.NotFound.
func (i *Issuer) Get(ctx context.Context, id permit.ID) (r Record, err error) {
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		r, err = db.One[Record](ctx, tx, "SELECT "+columns+" FROM issuer_statement WHERE id = ?", string(id))
		return err
	})
	return r, err
}

// Standing returns the permit that stands for a stream of a camera, or
// fault.NotFound: what a new one must name in Replaces.
func (i *Issuer) Standing(ctx context.Context, camera, stream string) (r Record, err error) {
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		r, err = i.StandingIn(ctx, tx, camera, stream)
		return err
	})
	return r, err
}

// StandingIn is [Issuer.Standing] in a transaction of the caller.
func (i *Issuer) StandingIn(ctx context.Context, tx *db.Tx, camera, stream string) (Record, error) {
	return db.One[Record](ctx, tx, `SELECT `+columns+` FROM issuer_statement WHERE id =
		(SELECT id FROM issuer_permit WHERE camera = ? AND stream = ? AND revoked = 0 AND refused = 0
		AND replaced_by = '' AND valid_to > ? ORDER BY serial DESC LIMIT 1)`, camera, stream, i.clock.Now())
}

// InForce are all permits of a controller that stand at the engine now, by
// camera: what really may be recorded.
func (i *Issuer) InForce(ctx context.Context, controller string) (out []*permit.Permit, err error) {
	defer fault.Wrap(&err, "issuer.InForce")
	var signed [][]byte
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		now := i.clock.Now()
		signed, err = db.All[[]byte](ctx, tx, `SELECT s.signed FROM issuer_permit p JOIN issuer_statement s ON s.id = p.id
			WHERE p.controller = ? AND p.valid_from <= ? AND p.valid_to > ? AND p.revoked = 0 AND p.refused = 0 AND p.replaced_by = '' AND s.state = ?
			ORDER BY p.camera, p.stream`, controller, now, now, Accepted)
		return err
	})
	for _, b := range signed {
		s, err := (Record{Signed: b}).Statement()
		if err != nil {
			return nil, err
		}
		p, ok := s.(*permit.Permit)
		if !ok {
			return nil, fault.New(fault.Corrupt, "", "a %s among the permits", s.Kind())
		}
		out = append(out, p)
	}
	return out, err
}

// MaskIn is the mask that was issued last for a camera of an engine and was not
// refused there, or fault.NotFound.
func (i *Issuer) MaskIn(ctx context.Context, tx *db.Tx, engine, camera string) (*permit.Mask, error) {
	r, err := db.One[Record](ctx, tx, `SELECT `+columns+` FROM issuer_statement WHERE engine = ? AND kind = ? AND state <> ?
		AND seq IN (SELECT seq FROM issuer_camera WHERE camera = ?) ORDER BY seq DESC LIMIT 1`, engine, string(permit.KindMask), Refused, camera)
	if err != nil {
		return nil, err
	}
	s, err := r.Statement()
	if err != nil {
		return nil, err
	}
	return s.(*permit.Mask), nil
}

// Ending is a permit that stands and runs out.
type Ending struct {
	ID      permit.ID
	Camera  string
	ValidTo time.Time
}

// Ending lists a controller's permits that stand at the engine and run out
// before a time, the first to do so in front.
func (i *Issuer) Ending(ctx context.Context, controller string, before time.Time) (out []Ending, err error) {
	defer fault.Wrap(&err, "issuer.Ending")
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		// SQLite takes the tables of a CROSS JOIN in this order: few permits end soon.
		out, err = db.All[Ending](ctx, tx, `SELECT p.id, p.camera, p.valid_to FROM issuer_permit p CROSS JOIN issuer_statement s
			WHERE s.id = p.id AND p.valid_to > ? AND p.valid_to < ? AND p.controller = ? AND p.revoked = 0 AND p.refused = 0 AND p.replaced_by = '' AND s.state = ?
			ORDER BY p.valid_to, p.camera`, i.clock.Now(), before, controller, Accepted)
		return err
	})
	return out, err
}

// Note says that a person has taken note of a refusal; it leaves the list of
// what is unnoted, and nothing else changes.
func (i *Issuer) Note(ctx context.Context, tx *db.Tx, id permit.ID, by string) (err error) {
	defer fault.Wrap(&err, "issuer.Note(%s)", id)
	return i.within(ctx, tx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE issuer_statement SET noted = ? WHERE id = ? AND state = ? AND noted = ''", by, string(id), Refused)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "statement.unknown", "no refusal of %s to take note of", id)
		}
		_, err = i.ledger.Append(ctx, tx, i.clock.Now(), "statement.noted", map[string]string{"statement": string(id), "by": by})
		return err
	})
}

// Resend queues a refused statement again, as it was signed: for an engine that
// has been upgraded, or was set up with the wrong key.
func (i *Issuer) Resend(ctx context.Context, tx *db.Tx, id permit.ID, by string) (err error) {
	defer fault.Wrap(&err, "issuer.Resend(%s)", id)
	err = i.within(ctx, tx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE issuer_statement SET state = ?, noted = '' WHERE id = ? AND state = ?", Waiting, string(id), Refused)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "statement.unknown", "no refused statement %s", id)
		}
		if _, err := tx.Exec(ctx, "UPDATE issuer_permit SET refused = 0 WHERE id = ?", string(id)); err != nil {
			return err
		}
		_, err = i.ledger.Append(ctx, tx, i.clock.Now(), "statement.resent", map[string]string{"statement": string(id), "by": by})
		return err
	})
	if err == nil {
		i.Wake()
	}
	return err
}
