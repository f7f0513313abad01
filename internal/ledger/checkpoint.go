package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// timeLayout is the time line of a checkpoint.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Checkpoint is a signed statement of a log's size and root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	Time   time.Time // when it was signed
	Note   []byte    // as signed
}

// Checkpoint signs what the log holds now and returns the note. Everything
// since the last checkpoint is read back and computed anew first; what does
// not fit is Corrupt and is not signed. When nothing was added since, the last
// note is returned.
func (l *Log) Checkpoint(ctx context.Context) (_ []byte, err error) {
	defer fault.Wrap(&err, "ledger %s: Checkpoint", l.name)
	id, err := l.number(ctx)
	if err != nil {
		return nil, err
	}
	var have Checkpoint
	var now tree
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, l.name)
		if err != nil {
			return err
		}
		if have, err = l.latest(ctx, tx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		base, err := l.base(ctx, tx, id, have)
		if err != nil {
			return err
		}
		if now, err = l.recompute(ctx, tx, h, base, func(f Finding) error { return f.Err() }); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if have.Note != nil && have.Size == now.size && l.signedByAll(have.Note) {
		return have.Note, nil
	}
	signed, err := l.sign(now.size, now.root())
	if err != nil {
		return nil, err
	}
	err = l.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO ledger_checkpoint (log, size, at, turn, note)
			VALUES (?, ?, ?, (SELECT COALESCE(MAX(turn) + 1, 0) FROM ledger_checkpoint WHERE log = ? AND size = ?), ?)`,
			id, signed.Size, signed.Time, id, signed.Size, string(signed.Note))
		return err
	})
	if err == nil {
		err = l.nameAll(ctx)
	}
	return signed.Note, err
}

// base is the tree that the last checkpoint vouches for, or the empty tree if
// there is none that a key of ours signed.
func (l *Log) base(ctx context.Context, tx *db.Tx, id int64, c Checkpoint) (*tree, error) {
	t := &tree{}
	if c.Note == nil || !l.signedByOne(c.Note) {
		return t, nil
	}
	for _, p := range cover(0, c.Size) {
		h, err := subtree(ctx, tx, id, p.level, p.n)
		if err != nil {
			return nil, err
		}
		t.join(p.level, h)
	}
	if t.root() != c.Root {
		return nil, corrupt("the first %d entries no longer have the root that was signed %s", c.Size, c.Time.Format(time.RFC3339))
	}
	return t, nil
}

// Latest returns the last checkpoint that was signed, NotFound if there is
// none yet.
func (l *Log) Latest(ctx context.Context) (c Checkpoint, err error) {
	id, err := l.number(ctx)
	if err != nil {
		return c, err
	}
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		c, err = l.latest(ctx, tx, id)
		return err
	})
	return c, err
}

func (l *Log) latest(ctx context.Context, tx *db.Tx, id int64) (Checkpoint, error) {
	text, err := db.One[string](ctx, tx, "SELECT note FROM ledger_checkpoint WHERE log = ? ORDER BY size DESC, turn DESC LIMIT 1", id)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := parseCheckpoint([]byte(text))
	if err != nil || c.Origin != l.Origin() {
		return c, corrupt("a stored checkpoint cannot be read: %v", err)
	}
	return c, nil
}

func (l *Log) sign(size int64, root tlog.Hash) (Checkpoint, error) {
	c := Checkpoint{Origin: l.Origin(), Size: size, Root: root, Time: l.clk.Now().Truncate(time.Microsecond)}
	text := fmt.Sprintf("%s\n%d\n%s\ntime %s\n", c.Origin, size, base64.StdEncoding.EncodeToString(root[:]), c.Time.Format(timeLayout))
	signers := []note.Signer{l.signer}
	if l.old != nil {
		signers = []note.Signer{l.old, l.signer}
	}
	var err error
	c.Note, err = note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		return c, fault.As(fault.Internal, "", err)
	}
	return c, nil
}

// parseCheckpoint reads a note's text; signatures are not looked at.
func parseCheckpoint(msg []byte) (Checkpoint, error) {
	bad := func() (Checkpoint, error) {
		return Checkpoint{}, fault.New(fault.Invalid, "ledger.checkpoint", "not a checkpoint")
	}
	text, _, ok := strings.Cut(string(msg), "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) != 4 || !strings.HasPrefix(lines[3], "time ") {
		return bad()
	}
	c := Checkpoint{Origin: lines[0], Note: msg}
	var err error
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return bad()
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return bad()
	}
	c.Root = tlog.Hash(root)
	if c.Time, err = time.Parse(timeLayout, strings.TrimPrefix(lines[3], "time ")); err != nil {
		return bad()
	}
	return c, nil
}

// signedByAll reports whether the keys that sign now have all signed msg.
func (l *Log) signedByAll(msg []byte) bool {
	return signedBy(msg, l.signer.verifier) && (l.old == nil || signedBy(msg, l.old.verifier))
}

func (l *Log) signedByOne(msg []byte) bool {
	return signedBy(msg, l.signer.verifier) || l.old != nil && signedBy(msg, l.old.verifier)
}

func signedBy(msg []byte, verifierKey string) bool {
	v, err := note.NewVerifier(verifierKey)
	if err != nil {
		return false
	}
	_, err = note.Open(msg, note.VerifierList(v))
	return err == nil
}

// Confirm compares a checkpoint of this log that was kept elsewhere with what
// the log holds. It is how a log that was set back to an older copy is found:
// Corrupt "ledger.rolled-back". A note that no key of this log signed is
// Refused.
func (l *Log) Confirm(ctx context.Context, msg []byte) (err error) {
	defer fault.Wrap(&err, "ledger %s: Confirm", l.name)
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	c, err := parseCheckpoint(msg)
	if err != nil {
		return err
	}
	return l.d.Read(ctx, func(tx *db.Tx) error {
		keys, err := l.keys(ctx, tx, id)
		if err != nil {
			return err
		}
		ours := false
		for _, k := range keys {
			ours = ours || signedBy(msg, k)
		}
		if c.Origin != l.Origin() || !ours {
			return fault.New(fault.Refused, "ledger.signature", "not a checkpoint of this log")
		}
		return l.sameRoot(ctx, tx, id, c)
	})
}

func (l *Log) sameRoot(ctx context.Context, tx *db.Tx, id int64, c Checkpoint) error {
	h, err := readHead(ctx, tx, l.name)
	if err != nil {
		return err
	}
	if c.Size > h.Size {
		return fault.New(fault.Corrupt, "ledger.rolled-back", "the log has %d entries and had %d on %s", h.Size, c.Size, c.Time.Format(time.RFC3339))
	}
	root, err := tlog.TreeHash(c.Size, hashes(ctx, tx, id))
	if err == nil && c.Size > 0 && root != c.Root {
		err = corrupt("the first %d entries are not those of the checkpoint of %s", c.Size, c.Time.Format(time.RFC3339))
	}
	return err
}

// keys are the verifier keys that sign or, by the log's own word, have signed.
func (l *Log) keys(ctx context.Context, tx *db.Tx, id int64) ([]string, error) {
	out := []string{l.signer.verifier}
	if l.old != nil {
		out = append(out, l.old.verifier)
	}
	bodies, err := db.All[json.RawMessage](ctx, tx, "SELECT body FROM ledger_entry WHERE log = ? AND kind = 'ledger.key' AND body IS NOT NULL", id)
	for _, b := range bodies {
		var change struct{ Old string }
		if json.Unmarshal(b, &change) == nil && change.Old != "" {
			out = append(out, change.Old)
		}
	}
	return out, err
}

// Foreign is a checkpoint of another log, such as the other half's.
type Foreign struct {
	Checkpoint []byte
	Key        string         // its verifier key, known beforehand
	Proof      tlog.TreeProof // from the one anchored before; nil if there is none or it could not be had
}

// AnchorForeign keeps another log's checkpoint in this log, so that the other
// cannot go back behind it unseen. A checkpoint that contradicts the one kept
// before is Corrupt "ledger.anchor" and is for people to look at; one that is
// kept already is not written twice.
func (l *Log) AnchorForeign(ctx context.Context, tx *db.Tx, f Foreign) (index int64, err error) {
	defer fault.Wrap(&err, "ledger %s: AnchorForeign", l.name)
	c, err := parseCheckpoint(f.Checkpoint)
	if err != nil {
		return 0, err
	}
	if !signedBy(f.Checkpoint, f.Key) || !strings.HasPrefix(f.Key, c.Origin+"+") || c.Origin == l.Origin() {
		return 0, fault.New(fault.Refused, "ledger.signature", "a checkpoint of %q, not signed by its key", c.Origin)
	}
	at, before, err := l.anchored(ctx, tx, c.Origin)
	if err != nil {
		return 0, err
	}
	switch {
	case before.Note == nil:
	case bytes.Equal(before.Note, c.Note), before.Size == c.Size && before.Root == c.Root:
		return at, nil
	case c.Size <= before.Size:
		return 0, fault.New(fault.Corrupt, "ledger.anchor", "%s: %d entries now, %d on %s with another root", c.Origin, c.Size, before.Size, before.Time.Format(time.RFC3339))
	case f.Proof != nil && before.Size > 0:
		if err := tlog.CheckTree(f.Proof, c.Size, c.Root, before.Size, before.Root); err != nil {
			return 0, fault.New(fault.Corrupt, "ledger.anchor", "%s: %d entries do not continue the %d from %s", c.Origin, c.Size, before.Size, before.Time.Format(time.RFC3339))
		}
	}
	return l.Append(ctx, tx, l.clk.Now(), "ledger.anchor", struct {
		Checkpoint string `json:"checkpoint"`
		Key        string `json:"key"`
	}{string(f.Checkpoint), f.Key})
}

// Anchored returns the last checkpoint of another log that this log keeps,
// NotFound if none. The origin is "vidne/" and the other log's name.
func (l *Log) Anchored(ctx context.Context, origin string) (c Checkpoint, err error) {
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		_, c, err = l.anchored(ctx, tx, origin)
		return err
	})
	if err == nil && c.Note == nil {
		err = fault.New(fault.NotFound, "", "no checkpoint of %s is kept", origin)
	}
	return c, err
}

func (l *Log) anchored(ctx context.Context, tx *db.Tx, origin string) (at int64, c Checkpoint, err error) {
	err = db.Each(ctx, tx, `SELECT e.idx, e.body FROM ledger_entry e JOIN ledger_log l ON l.id = e.log
		WHERE l.name = ? AND e.kind = 'ledger.anchor' AND e.body IS NOT NULL ORDER BY e.idx DESC`, []any{l.name},
		func(scan func(...any) error) error {
			var body json.RawMessage
			var v struct{ Checkpoint string }
			if err := scan(&at, &body); err != nil {
				return err
			}
			if err := json.Unmarshal(body, &v); err != nil {
				return corrupt("entry %d is no anchor", at)
			}
			got, err := parseCheckpoint([]byte(v.Checkpoint))
			if err != nil {
				return corrupt("entry %d is no anchor", at)
			}
			if got.Origin == origin {
				c = got
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return at, c, err
}
