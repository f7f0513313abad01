package ledger

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Finding is one thing in a log that does not fit.
type Finding struct {
	// Key is a stable reason: "ledger.entry-changed", "ledger.entry-missing",
	// "ledger.entry-extra", "ledger.tree" (entries were moved or exchanged, or
	// a stored hash changed), "ledger.checkpoint", "ledger.cut".
	Key    string
	Index  int64 // first entry concerned, or -1
	Detail string
}

// Err is the finding as an error.
func (f Finding) Err() error { return fault.New(fault.Corrupt, f.Key, "ledger: %s", f.Detail) }

// Check reads the whole log, computes everything anew and reports what does
// not fit, also with each checkpoint that was ever signed. It changes nothing.
// What was cut off together with its checkpoints only a checkpoint kept
// elsewhere can show: see [Log.Confirm].
func (l *Log) Check(ctx context.Context) (out []Finding, err error) {
	defer fault.Wrap(&err, "ledger %s: Check", l.name)
	id, err := l.number(ctx)
	if err != nil {
		return nil, err
	}
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		out = nil
		add := func(f Finding) error {
			out = append(out, f)
			return nil
		}
		h, err := readHead(ctx, tx, l.name)
		if err != nil {
			return err
		}
		if _, err := l.recompute(ctx, tx, h, &tree{}, add); err != nil {
			return err
		}
		return l.checkCheckpoints(ctx, tx, id, add)
	})
	return out, err
}

// recompute adds what was appended after base, comparing everything stored on
// the way, and returns the tree. Findings go to report, whose error ends it.
func (l *Log) recompute(ctx context.Context, tx *db.Tx, h head, base *tree, report func(Finding) error) (tree, error) {
	t := tree{size: base.size, edge: append([]tlog.Hash(nil), base.edge...)}
	from := t.size
	var nodes []node
	missing := false
	err := db.Each(ctx, tx, "SELECT idx, at, kind, body, salt, commitment FROM ledger_entry WHERE log = ? AND idx >= ? ORDER BY idx", []any{h.ID, from},
		func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			switch {
			case err != nil:
				return err
			case e.Index >= h.Size:
				return report(Finding{"ledger.entry-extra", e.Index, fmt.Sprintf("entry %d stands after the end at %d", e.Index, h.Size)})
			case missing:
				return nil
			case e.Index != t.size:
				missing = true
				return report(Finding{"ledger.entry-missing", t.size, fmt.Sprintf("entries %d to %d are missing", t.size, e.Index-1)})
			case !e.fits():
				if err := report(Finding{"ledger.entry-changed", e.Index, fmt.Sprintf("entry %d is not what was written", e.Index)}); err != nil {
					return err
				}
			}
			nodes = t.add(tlog.RecordHash(e.Commit), nodes)
			return nil
		})
	if err != nil || missing {
		return t, err
	}
	if t.size != h.Size {
		return t, report(Finding{"ledger.entry-missing", t.size, fmt.Sprintf("entries %d to %d are missing", t.size, h.Size-1)})
	}
	if err := sameNodes(ctx, tx, h, from, nodes, report); err != nil {
		return t, err
	}
	if !bytes.Equal(t.bytes(), h.Edge) {
		return t, report(Finding{"ledger.tree", -1, "the entries do not make the tree that stands at the log's head"})
	}
	return t, nil
}

// sameNodes compares the stored subtrees that were completed after from.
func sameNodes(ctx context.Context, tx *db.Tx, h head, from int64, want []node, report func(Finding) error) error {
	type place struct {
		level int64
		n     int64
	}
	left := make(map[place]tlog.Hash, len(want))
	for _, v := range want {
		left[place{int64(v.level), v.n}] = v.hash
	}
	// A subtree n of a level was completed after from if (n+1)*2^level > from.
	// The level-by-level bound keeps the query on the index.
	for level := int64(stride); level < 64; level += stride {
		err := db.Each(ctx, tx, "SELECT n, hash FROM ledger_node WHERE log = ? AND level = ? AND n >= ?", []any{h.ID, level, from >> level},
			func(scan func(...any) error) error {
				var n int64
				var hash []byte
				if err := scan(&n, &hash); err != nil {
					return err
				}
				w, ok := left[place{level, n}]
				if !ok || !bytes.Equal(w[:], hash) {
					return report(Finding{"ledger.tree", n << level, fmt.Sprintf("the hash over entries %d to %d is not theirs", n<<level, (n+1)<<level-1)})
				}
				delete(left, place{level, n})
				return nil
			})
		if err != nil {
			return err
		}
		if from>>level == 0 && h.Size>>level == 0 {
			break
		}
	}
	for p := range left {
		return report(Finding{"ledger.tree", p.n << p.level, fmt.Sprintf("the hash over entries %d to %d is missing", p.n<<p.level, (p.n+1)<<p.level-1)})
	}
	return nil
}

// checkCheckpoints compares every checkpoint with the tree.
func (l *Log) checkCheckpoints(ctx context.Context, tx *db.Tx, id int64, report func(Finding) error) error {
	keys, err := l.keys(ctx, tx, id)
	if err != nil {
		return err
	}
	// Roots are compared in the order of size, so that the tree is built once.
	t := &tree{}
	var pending []Checkpoint
	err = db.Each(ctx, tx, "SELECT size, note FROM ledger_checkpoint WHERE log = ? ORDER BY size, turn", []any{id}, func(scan func(...any) error) error {
		var size int64
		var text string
		if err := scan(&size, &text); err != nil {
			return err
		}
		c, err := parseCheckpoint([]byte(text))
		ours := false
		for _, k := range keys {
			ours = ours || signedBy([]byte(text), k)
		}
		if err != nil || c.Origin != l.Origin() || c.Size != size || !ours {
			return report(Finding{"ledger.checkpoint", size, fmt.Sprintf("the checkpoint at %d entries is not one that was signed", size)})
		}
		pending = append(pending, c)
		return nil
	})
	if err != nil {
		return err
	}
	err = db.Each(ctx, tx, "SELECT commitment FROM ledger_entry WHERE log = ? ORDER BY idx", []any{id}, func(scan func(...any) error) error {
		for len(pending) > 0 && pending[0].Size == t.size {
			c := pending[0]
			pending = pending[1:]
			if c.Size > 0 && t.root() != c.Root {
				if err := report(Finding{"ledger.checkpoint", -1, fmt.Sprintf("the first %d entries are not those that were signed", c.Size)}); err != nil {
					return err
				}
			}
		}
		var commit []byte
		if err := scan(&commit); err != nil {
			return err
		}
		t.add(tlog.RecordHash(commit), nil)
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range pending {
		var f Finding
		switch {
		case c.Size > t.size:
			f = Finding{"ledger.cut", t.size, fmt.Sprintf("%d entries were signed and %d are left", c.Size, t.size)}
		case c.Root == t.root():
			continue
		default:
			f = Finding{"ledger.checkpoint", -1, fmt.Sprintf("the first %d entries are not those that were signed", c.Size)}
		}
		if err := report(f); err != nil {
			return err
		}
	}
	return nil
}
