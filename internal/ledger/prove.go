package ledger

import (
	"context"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// ProveEntry is the audit path of one entry in the log of a size (RFC 6962
// section 2.1.1).
func (l *Log) ProveEntry(ctx context.Context, index, size int64) (p tlog.RecordProof, err error) {
	defer fault.Wrap(&err, "ledger %s: ProveEntry(%d, %d)", l.name, index, size)
	err = l.proving(ctx, index, size, func(tx *db.Tx, r tlog.HashReader, root tlog.Hash) error {
		if p, err = tlog.ProveRecord(size, index, r); err != nil {
			return err
		}
		leaf, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(p, size, root, index, leaf[0]); err != nil {
			return corrupt("entry %d is not in the tree", index)
		}
		return nil
	})
	return p, err
}

// ProveTree shows that the log of a size begins with the log of an older,
// smaller size (RFC 6962 section 2.1.2).
func (l *Log) ProveTree(ctx context.Context, old, size int64) (p tlog.TreeProof, err error) {
	defer fault.Wrap(&err, "ledger %s: ProveTree(%d, %d)", l.name, old, size)
	err = l.proving(ctx, old-1, size, func(tx *db.Tx, r tlog.HashReader, root tlog.Hash) error {
		if p, err = tlog.ProveTree(size, old, r); err != nil {
			return err
		}
		before, err := tlog.TreeHash(old, r)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(p, size, root, old, before); err != nil {
			return corrupt("the tree of %d is not in that of %d", old, size)
		}
		return nil
	})
	return p, err
}

// proving reads the root of a size, compares it with the checkpoint of that
// size if there is one, and hands it to f.
func (l *Log) proving(ctx context.Context, index, size int64, f func(*db.Tx, tlog.HashReader, tlog.Hash) error) error {
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	return l.d.Read(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, l.name)
		if err != nil {
			return err
		}
		if index < 0 || index >= size || size > h.Size {
			return fault.New(fault.NotFound, "ledger.range", "the log has %d entries", h.Size)
		}
		r := hashes(ctx, tx, id)
		root, err := tlog.TreeHash(size, r)
		if err != nil {
			return err
		}
		notes, err := db.All[string](ctx, tx, "SELECT note FROM ledger_checkpoint WHERE log = ? AND size = ?", id, size)
		if err != nil {
			return err
		}
		for _, n := range notes {
			if c, err := parseCheckpoint([]byte(n)); err != nil || c.Root != root {
				return corrupt("the root of %d entries is not the one that was signed", size)
			}
		}
		return f(tx, r, root)
	})
}

// hashes reads the tree for package tlog, which numbers hashes its own way.
func hashes(ctx context.Context, tx *db.Tx, id int64) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			level, n := tlog.SplitStoredHashIndex(x)
			h, err := subtree(ctx, tx, id, level, n)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}

// subtree is the hash of the complete subtree of 2^level leaves that begins
// at n*2^level, from the nearest level below that is stored.
func subtree(ctx context.Context, tx *db.Tx, id int64, level int, n int64) (tlog.Hash, error) {
	stored := level - level%stride
	first, count := n<<(level-stored), int64(1)<<(level-stored)
	var parts []tlog.Hash
	var err error
	if stored == 0 {
		var leaves [][]byte
		leaves, err = db.All[[]byte](ctx, tx, "SELECT commitment FROM ledger_entry WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx", id, first, first+count)
		for _, c := range leaves {
			parts = append(parts, tlog.RecordHash(c))
		}
	} else {
		parts, err = db.All[tlog.Hash](ctx, tx, "SELECT hash FROM ledger_node WHERE log = ? AND level = ? AND n >= ? AND n < ? ORDER BY n", id, stored, first, first+count)
	}
	if err != nil {
		return tlog.Hash{}, err
	}
	if int64(len(parts)) != count {
		return tlog.Hash{}, corrupt("%d hashes of level %d from %d on are missing", count-int64(len(parts)), stored, first)
	}
	for len(parts) > 1 {
		for i := 0; i < len(parts); i += 2 {
			parts[i/2] = tlog.NodeHash(parts[i], parts[i+1])
		}
		parts = parts[:len(parts)/2]
	}
	return parts[0], nil
}

// position names a complete subtree.
type position struct {
	level int
	n     int64
}

// cover parts the leaves lo to before hi into the largest complete subtrees,
// in leaf order.
func cover(lo, hi int64) []position {
	var out []position
	for lo < hi {
		level := bits.Len64(uint64(hi-lo)) - 1
		if lo != 0 {
			level = min(level, bits.TrailingZeros64(uint64(lo)))
		}
		out = append(out, position{level, lo >> level})
		lo += 1 << level
	}
	return out
}

// join appends a whole subtree of 2^level leaves; the size must be a multiple
// of that.
func (t *tree) join(level int, h tlog.Hash) {
	t.edge = append(t.edge, h)
	t.size += 1 << level
	for level++; t.size&(1<<level-1) == 0; level++ {
		last := len(t.edge) - 2
		t.edge[last] = tlog.NodeHash(t.edge[last], t.edge[last+1])
		t.edge = t.edge[:last+1]
	}
}
