package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// maxEntry is how much of a statement the ledger's entry repeats; longer ones
// are there by their hash and in the issuer's own record.
const maxEntry = 48 << 10

// Issue signs a statement, keeps it, enters it in the ledger and queues it for
// its engine, all in tx; a nil tx is one of its own. The caller fills what
// was decided, with Engine, Controller and By; Issue sets V, Issued, the
// serials, an ID if there is none, and a permit's first lease. It returns what
// was signed; nothing is sent until the transaction commits.
//
// A permit must name in Replaces the one that stands for its stream, or is a
// fault.Conflict "permit.replaces". A revocation, notice, release or restart
// of what was never issued is fault.NotFound.
func (i *Issuer) Issue(ctx context.Context, tx *db.Tx, s permit.Statement) (signed *permit.Signed, err error) {
	defer fault.Wrap(&err, "issuer.Issue(%s)", s.Kind())
	switch s.Kind() {
	case permit.KindTicket, permit.KindLive, permit.KindStill, permit.KindProbe, permit.KindExport:
		return nil, fault.New(fault.Invalid, "statement.kind", "%s is for immediate use: Ticket", s.Kind())
	}
	err = i.within(ctx, tx, func(tx *db.Tx) error {
		signed, err = i.issue(ctx, tx, s, i.key)
		return err
	})
	if err != nil {
		return nil, err
	}
	i.Wake()
	return signed, nil
}

// Ticket signs a statement for immediate use (ticket, live, still, probe,
// export), with its entry in the ledger, in tx; a nil tx is one of its own. It
// is not queued: the caller shows it to the engine.
func (i *Issuer) Ticket(ctx context.Context, tx *db.Tx, s permit.Statement) (signed *permit.Signed, err error) {
	defer fault.Wrap(&err, "issuer.Ticket(%s)", s.Kind())
	switch s.Kind() {
	case permit.KindTicket, permit.KindLive, permit.KindStill, permit.KindProbe, permit.KindExport:
	default:
		return nil, fault.New(fault.Invalid, "statement.kind", "%s is to be kept: Issue", s.Kind())
	}
	err = i.within(ctx, tx, func(tx *db.Tx) error {
		if err := i.mayUse(ctx, tx, i.key); err != nil {
			return err
		}
		if err := i.pass(ctx, tx, s, named(s)); err != nil {
			return err
		}
		signed, _, err = i.sign(ctx, tx, s, i.key)
		return err
	})
	if err != nil {
		return nil, err
	}
	return signed, nil
}

func (i *Issuer) within(ctx context.Context, tx *db.Tx, f func(tx *db.Tx) error) error {
	if tx != nil {
		return f(tx)
	}
	return i.db.Write(ctx, f)
}

// sign fills the head, signs, and enters it in the ledger.
func (i *Issuer) sign(ctx context.Context, tx *db.Tx, s permit.Statement, key permit.Signer) (*permit.Signed, int64, error) {
	h := s.Header()
	h.V = 1
	h.Issued = i.clock.Now().UTC().Truncate(time.Microsecond)
	if h.ID == "" {
		h.ID = permit.NewID()
	}
	if p, ok := s.(*permit.Permit); ok {
		p.LeaseUntil = h.Issued.Add(permit.LongestLease)
	}
	signed, err := permit.Sign(s, key)
	if err != nil {
		return nil, 0, err
	}
	hash := sha256.Sum256(signed.Encode())
	e := entry{
		Statement: h.ID, Kind: s.Kind(), Engine: h.Engine, Controller: h.Controller, By: h.By, Key: signed.Key,
		Cameras: named(s), SHA256: hex.EncodeToString(hash[:]),
	}
	if body := bare(s, signed.Body); len(body) <= maxEntry {
		e.Body = body
	}
	index, err := i.ledger.Append(ctx, tx, h.Issued, string(s.Kind())+".issued", e)
	return signed, index, err
}

// entry is what the ledger says of a statement.
type entry struct {
	Statement  permit.ID       `json:"statement"`
	Kind       permit.Kind     `json:"kind"`
	Engine     string          `json:"engine"`
	Controller string          `json:"controller"`
	By         string          `json:"by"`
	Key        string          `json:"key"`
	Cameras    []string        `json:"cameras,omitempty"`
	SHA256     string          `json:"sha256"` // of the signed statement as sent
	Body       json.RawMessage `json:"body,omitempty"`
}

// bare is the body for the ledger: credentials are nobody's to read, not even
// sealed.
func bare(s permit.Statement, body []byte) []byte {
	var less any
	switch s := s.(type) {
	case *permit.Camera:
		c := *s
		c.Sealed = nil
		less = c
	case *permit.Probe:
		c := *s
		c.Sealed = nil
		less = c
	default:
		return body
	}
	b, err := json.Marshal(less)
	if err != nil {
		return nil
	}
	return b
}

// named is the cameras that a statement names itself.
func named(s permit.Statement) []string {
	switch s := s.(type) {
	case *permit.Permit:
		return []string{s.Camera}
	case *permit.Camera:
		return []string{s.Camera}
	case *permit.Probe:
		return []string{s.Camera}
	case *permit.Still:
		return []string{s.Camera}
	case *permit.Mask:
		return []string{s.Camera}
	case *permit.MaskLift:
		return []string{s.Camera}
	case *permit.Ticket:
		return s.Cameras
	case *permit.Live:
		return s.Cameras
	case *permit.Hold:
		return s.Cameras
	case *permit.Export:
		return s.Cameras
	case *permit.Stop:
		return s.Cameras
	}
	return nil
}

// issue is Issue within a transaction, by a key.
func (i *Issuer) issue(ctx context.Context, tx *db.Tx, s permit.Statement, key permit.Signer) (*permit.Signed, error) {
	if s.Header().ID == "" {
		s.Header().ID = permit.NewID()
	}
	if err := i.mayUse(ctx, tx, key); err != nil {
		return nil, err
	}
	cameras, err := i.prepare(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	if err := i.pass(ctx, tx, s, cameras); err != nil {
		return nil, err
	}
	return i.put(ctx, tx, s, key, cameras)
}

// Withdraw takes a ticket back before it expires, in tx: the engine shows
// nothing under it from when it hears of it. ticket, or a live one, is as Ticket gave it,
// permit.Signed.Encode; reason is a text or a key of one.
func (i *Issuer) Withdraw(ctx context.Context, tx *db.Tx, ticket []byte, by, reason string) (err error) {
	defer fault.Wrap(&err, "issuer.Withdraw")
	signed, err := permit.DecodeSigned(ticket)
	if err != nil {
		return err
	}
	s, err := signed.Read()
	if err != nil {
		return err
	}
	var of permit.Head
	var cameras []string
	switch t := s.(type) {
	case *permit.Ticket:
		of, cameras = t.Head, t.Cameras
	case *permit.Live:
		of, cameras = t.Head, t.Cameras
	default:
		return fault.New(fault.Invalid, "statement.kind", "%s is no ticket", s.Kind())
	}
	if err := i.mayUse(ctx, tx, i.key); err != nil {
		return err
	}
	back := &permit.Revocation{Head: permit.Head{ID: permit.NewID(), Controller: of.Controller, Engine: of.Engine, By: by}, Permit: of.ID, Reason: reason}
	if _, err := i.put(ctx, tx, back, i.key, slices.Clone(cameras)); err != nil {
		return err
	}
	i.Wake()
	return nil
}

// put signs a statement that is whole, keeps it and queues it.
func (i *Issuer) put(ctx context.Context, tx *db.Tx, s permit.Statement, key permit.Signer, cameras []string) (*permit.Signed, error) {
	signed, index, err := i.sign(ctx, tx, s, key)
	if err != nil {
		return nil, err
	}
	h := s.Header()
	seq, err := db.One[int64](ctx, tx, "SELECT COALESCE(MAX(seq), 0) + 1 FROM issuer_statement")
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO issuer_statement
		(seq, id, engine, controller, kind, who, issued, entry, signed, state, tries, answered, why, detail, noted)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', '', '')`,
		seq, string(h.ID), h.Engine, h.Controller, string(s.Kind()), h.By, h.Issued, index, signed.Encode(), Waiting); err != nil {
		return nil, err
	}
	slices.Sort(cameras)
	for _, c := range slices.Compact(cameras) {
		if _, err := tx.Exec(ctx, "INSERT INTO issuer_camera (seq, camera) VALUES (?, ?)", seq, c); err != nil {
			return nil, err
		}
	}
	return signed, i.note(ctx, tx, s)
}

// prepare gives serials, checks that what it refers to was issued, and returns
// the cameras that it is about.
func (i *Issuer) prepare(ctx context.Context, tx *db.Tx, s permit.Statement) (_ []string, err error) {
	h := s.Header()
	switch s := s.(type) {
	case *permit.Permit:
		if err := i.stands(ctx, tx, s); err != nil {
			return nil, err
		}
		s.Serial, err = i.serial(ctx, tx, h.Engine, s.Kind(), s.Camera+"/"+s.Stream)
	case *permit.Camera:
		s.Serial, err = i.serial(ctx, tx, h.Engine, s.Kind(), s.Camera)
	case *permit.Mask:
		s.Serial, err = i.serial(ctx, tx, h.Engine, s.Kind(), s.Camera)
	case *permit.KeyRoll:
		s.Serial, err = i.serial(ctx, tx, h.Engine, s.Kind(), "")
	case *permit.Revocation:
		return i.refers(ctx, tx, h, s.Permit, permit.KindPermit)
	case *permit.Notice:
		return i.refers(ctx, tx, h, s.Hold, permit.KindHold)
	case *permit.Release:
		return i.refers(ctx, tx, h, s.Hold, permit.KindHold)
	case *permit.Restart:
		return i.refers(ctx, tx, h, s.Stop, permit.KindStop)
	}
	return slices.Clone(named(s)), err
}

// refers finds what a statement is about: same engine, same controller.
func (i *Issuer) refers(ctx context.Context, tx *db.Tx, h *permit.Head, id permit.ID, kind permit.Kind) ([]string, error) {
	seq, err := db.One[int64](ctx, tx, "SELECT seq FROM issuer_statement WHERE id = ? AND kind = ? AND engine = ? AND controller = ?",
		string(id), string(kind), h.Engine, h.Controller)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, string(kind)+".unknown", "%s %.40q was not issued to this engine for this controller", kind, id)
	}
	if err != nil {
		return nil, err
	}
	return db.All[string](ctx, tx, "SELECT camera FROM issuer_camera WHERE seq = ?", seq)
}

func (i *Issuer) serial(ctx context.Context, tx *db.Tx, engine string, kind permit.Kind, name string) (int64, error) {
	return db.One[int64](ctx, tx, `INSERT INTO issuer_serial (engine, kind, name, last) VALUES (?, ?, ?, 1)
		ON CONFLICT (engine, kind, name) DO UPDATE SET last = issuer_serial.last + 1 RETURNING last`, engine, string(kind), name)
}

// stands refuses a second permit that does not name the one that stands.
func (i *Issuer) stands(ctx context.Context, tx *db.Tx, p *permit.Permit) error {
	id, err := db.One[string](ctx, tx, `SELECT id FROM issuer_permit WHERE engine = ? AND camera = ? AND stream = ?
		AND revoked = 0 AND refused = 0 AND replaced_by = '' AND valid_to > ? ORDER BY serial DESC`,
		p.Engine, p.Camera, p.Stream, i.clock.Now())
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	case p.Replaces != permit.ID(id):
		return fault.New(fault.Conflict, "permit.replaces", "permit %s stands for %s, and %q is replaced", id, p.Camera, p.Replaces)
	}
	return nil
}

// note keeps what later statements need to know.
func (i *Issuer) note(ctx context.Context, tx *db.Tx, s permit.Statement) error {
	switch s := s.(type) {
	case *permit.Permit:
		if _, err := tx.Exec(ctx, `INSERT INTO issuer_permit (id, engine, controller, camera, stream, serial, valid_from, valid_to,
			replaces, replaced_by, leased, revoked, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0, 0)`,
			string(s.ID), s.Engine, s.Controller, s.Camera, s.Stream, s.Serial, s.ValidFrom, s.ValidTo, string(s.Replaces), s.Issued); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE issuer_permit SET replaced_by = ? WHERE id = ?", string(s.ID), string(s.Replaces))
		return err
	case *permit.Revocation:
		if _, err := tx.Exec(ctx, "UPDATE issuer_permit SET revoked = ? WHERE id = ? AND revoked = 0", s.Issued, string(s.Permit)); err != nil {
			return err
		}
		// Taken back before it began, it took over from nobody.
		_, err := tx.Exec(ctx, "UPDATE issuer_permit SET replaced_by = '' WHERE replaced_by = ? AND EXISTS (SELECT 1 FROM issuer_permit n WHERE n.id = ? AND n.valid_from > ?)",
			string(s.Permit), string(s.Permit), s.Issued)
		return err
	}
	return nil
}
