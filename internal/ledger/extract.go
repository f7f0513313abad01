package ledger

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Extract writes the entries from to before to, with what shows that they
// stand in the log, as a file that internal/verify checks offline (format in
// docs/ref/ledger.md). The newest checkpoint is signed first if none covers
// them. After an error what was written is worthless and has no last line.
func (l *Log) Extract(ctx context.Context, from, to int64, w io.Writer) error {
	return l.ExtractSome(ctx, from, to, w, nil)
}

// ExtractSome is [Log.Extract] with the entries that show refuses given as
// their commitments only, or many together as one hash: that they exist is
// proved, what they say is not told.
func (l *Log) ExtractSome(ctx context.Context, from, to int64, w io.Writer, show func(*Entry) bool) (err error) {
	defer fault.Wrap(&err, "ledger %s: Extract(%d, %d)", l.name, from, to)
	id, err := l.number(ctx)
	if err != nil {
		return err
	}
	if c, err := l.Latest(ctx); fault.Is(err, fault.NotFound) || err == nil && c.Size < to {
		if _, err := l.Checkpoint(ctx); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return l.d.Read(ctx, func(tx *db.Tx) error {
		c, err := l.latest(ctx, tx, id)
		if err != nil {
			return err
		}
		if from < 0 || from > to || to > c.Size {
			return fault.New(fault.NotFound, "ledger.range", "the log has %d entries", c.Size)
		}
		return l.extract(ctx, tx, id, c, from, to, show, w)
	})
}

func (l *Log) extract(ctx context.Context, tx *db.Tx, id int64, c Checkpoint, from, to int64, show func(*Entry) bool, w io.Writer) error {
	out := newSummed(w)
	t := &tree{}
	fmt.Fprintf(out, "vidne-extract-v1\nlog %s\nfrom %d\nto %d\n", l.Origin(), from, to)
	left, err := writeCover(ctx, tx, id, out, "left", cover(0, from))
	if err != nil {
		return err
	}
	for i, p := range cover(0, from) {
		t.join(p.level, left[i])
	}
	right, err := writeCover(ctx, tx, id, out, "right", cover(to, c.Size))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "checkpoint %d\n%sentries\n", len(c.Note), c.Note)
	var withheld run
	err = db.Each(ctx, tx, "SELECT idx, at, kind, body, salt, commitment FROM ledger_entry WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx", []any{id, from, to},
		func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			if err != nil {
				return err
			}
			if e.Index != t.size || !e.fits() {
				return corrupt("entry %d is not what was written", t.size)
			}
			t.join(0, tlog.RecordHash(e.Commit))
			if !e.Expired && show != nil && !show(&e) {
				withheld.add(e.Index, e.Commit)
				return nil
			}
			withheld.write(out)
			if e.Expired {
				fmt.Fprintf(out, "%d - %s\n", e.Index, base64.StdEncoding.EncodeToString(e.Commit))
			} else {
				fmt.Fprintf(out, "%d %d %s %s %s\n", e.Index, db.Micros(e.Time), e.Kind, base64.StdEncoding.EncodeToString(e.Salt), e.Body)
			}
			return out.err()
		})
	if err != nil {
		return err
	}
	withheld.write(out)
	if t.size != to {
		return corrupt("entries from %d on are missing", t.size)
	}
	for i, p := range cover(to, c.Size) {
		t.join(p.level, right[i])
	}
	if c.Size > 0 && t.root() != c.Root {
		return corrupt("the entries are not those of the checkpoint at %d", c.Size)
	}
	return out.end()
}

// run is entries in a row that are withheld, as the complete subtrees that
// they make up, in their order.
type run []part

type part struct {
	position
	hash   tlog.Hash
	commit []byte // of a single entry
}

func (r *run) add(index int64, commit []byte) {
	p := part{position{0, index}, tlog.RecordHash(commit), commit}
	for all := *r; len(all) > 0; all = *r {
		left := all[len(all)-1]
		if left.level != p.level || left.n%2 != 0 {
			break
		}
		p = part{position{p.level + 1, left.n / 2}, tlog.NodeHash(left.hash, p.hash), nil}
		*r = all[:len(all)-1]
	}
	*r = append(*r, p)
}

// write writes the run and empties it.
func (r *run) write(out io.Writer) {
	for _, p := range *r {
		if p.level == 0 {
			fmt.Fprintf(out, "%d - %s\n", p.n, base64.StdEncoding.EncodeToString(p.commit))
		} else {
			fmt.Fprintf(out, "%d +%d %s\n", p.n<<p.level, int64(1)<<p.level, base64.StdEncoding.EncodeToString(p.hash[:]))
		}
	}
	*r = (*r)[:0]
}

func writeCover(ctx context.Context, tx *db.Tx, id int64, out io.Writer, side string, cover []position) ([]tlog.Hash, error) {
	fmt.Fprintf(out, "%s %d\n", side, len(cover))
	hashes := make([]tlog.Hash, len(cover))
	for i, p := range cover {
		h, err := subtree(ctx, tx, id, p.level, p.n)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
		fmt.Fprintln(out, base64.StdEncoding.EncodeToString(h[:]))
	}
	return hashes, nil
}

// Consistency writes a file which shows that the newest checkpoint continues
// an older one of this log.
func (l *Log) Consistency(ctx context.Context, old []byte, w io.Writer) (err error) {
	defer fault.Wrap(&err, "ledger %s: Consistency", l.name)
	before, err := parseCheckpoint(old)
	if err != nil {
		return err
	}
	if err := l.Confirm(ctx, old); err != nil {
		return err
	}
	if _, err := l.Checkpoint(ctx); err != nil {
		return err
	}
	now, err := l.Latest(ctx)
	if err != nil {
		return err
	}
	var proof tlog.TreeProof
	if before.Size > 0 && before.Size < now.Size {
		if proof, err = l.ProveTree(ctx, before.Size, now.Size); err != nil {
			return err
		}
	}
	out := newSummed(w)
	fmt.Fprintf(out, "vidne-consistency-v1\nlog %s\nold %d\n%snew %d\n%sproof %d\n", l.Origin(), len(old), old, len(now.Note), now.Note, len(proof))
	for _, h := range proof {
		fmt.Fprintln(out, base64.StdEncoding.EncodeToString(h[:]))
	}
	return out.end()
}

// summed writes and hashes, and keeps the first error.
type summed struct {
	w   *bufio.Writer
	sum hash.Hash
	bad error
}

func newSummed(w io.Writer) *summed { return &summed{w: bufio.NewWriter(w), sum: sha256.New()} }

func (s *summed) Write(p []byte) (int, error) {
	if s.bad != nil {
		return 0, s.bad
	}
	s.sum.Write(p)
	_, s.bad = s.w.Write(p)
	return len(p), s.bad
}

func (s *summed) err() error { return s.bad }

// end writes the last line.
func (s *summed) end() error {
	fmt.Fprintf(s, "end %s\n", hex.EncodeToString(s.sum.Sum(nil)))
	if s.bad != nil {
		return s.bad
	}
	return s.w.Flush()
}
