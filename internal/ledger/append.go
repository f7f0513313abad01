package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math/bits"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

const (
	entryDomain = "vidne-entry-v1\n"
	saltSize    = 32
	// MaxBody is the largest body of an entry in bytes.
	MaxBody = 1 << 16
	// stride is how many levels of the tree lie between two that are stored.
	stride = 4
	// batch is how many rows one INSERT carries.
	batch = 128
)

// New is an entry to be appended.
type New struct {
	At   time.Time // when it happened, trusted time
	Kind string    // [a-z0-9.-], at most 64 characters
	Body any       // becomes JSON; a json.RawMessage is taken as it is, without its white space
}

// Append adds an entry within the caller's transaction and returns its index,
// which stands if the transaction is committed.
func (l *Log) Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (index int64, err error) {
	return l.AppendAll(ctx, tx, []New{{at, kind, body}})
}

// AppendAll adds entries in their order and returns the index of the first.
func (l *Log) AppendAll(ctx context.Context, tx *db.Tx, entries []New) (first int64, err error) {
	if h := l.last.Load(); h != nil && len(entries) > 0 {
		if first, err = l.appendTo(ctx, tx, *h, entries); !errors.Is(err, errMoved) {
			return first, err
		}
	}
	h, err := readHead(ctx, tx, l.name)
	if fault.Is(err, fault.NotFound) {
		return 0, fault.New(fault.Unavailable, "ledger.not-ready", "ledger %s is not ready", l.name)
	}
	if err != nil {
		return 0, err
	}
	return l.appendTo(ctx, tx, h, entries)
}

// errMoved says that the log is not where it was thought to be; nothing is
// written.
var errMoved = fault.New(fault.Internal, "", "ledger: two writers at once")

type row struct {
	index            int64
	at               int64
	kind, body       string
	salt, commitment []byte
}

func (l *Log) appendTo(ctx context.Context, tx *db.Tx, h head, entries []New) (first int64, err error) {
	if len(entries) == 0 {
		return h.Size, nil
	}
	t, err := newTree(h.Size, h.Edge)
	if err != nil {
		return 0, err
	}
	salts := make([]byte, saltSize*len(entries))
	if _, err := io.ReadFull(l.salts, salts); err != nil {
		return 0, fault.As(fault.Internal, "", err)
	}
	rows := make([]row, len(entries))
	var nodes []node
	for i, e := range entries {
		r := row{index: t.size, at: db.Micros(e.At), kind: e.Kind, salt: salts[i*saltSize : (i+1)*saltSize]}
		if !plain(e.Kind) || r.at <= 0 {
			return 0, fault.New(fault.Internal, "", "ledger: not an entry's kind and time: %q, %v", e.Kind, e.At)
		}
		if r.body, err = encode(e.Body); err != nil {
			return 0, err
		}
		c := commitment(r.salt, r.at, r.kind, r.body)
		r.commitment = c[:]
		rows[i] = r
		nodes = t.add(tlog.RecordHash(r.commitment), nodes)
	}
	next := h
	next.Size, next.Edge = t.size, t.bytes()
	// The head is what everything else rests on: when it is not the one thought
	// of, because another program has appended or an act was undone, it is seen
	// here, before anything is written.
	n, err := tx.Exec(ctx, "UPDATE ledger_log SET size = ?, edge = ? WHERE id = ? AND size = ? AND edge = ?",
		next.Size, next.Edge, h.ID, h.Size, h.Edge)
	if err != nil {
		return 0, err
	}
	if n != 1 {
		return 0, errMoved
	}
	if err := insertRows(ctx, tx, h.ID, rows); err != nil {
		return 0, err
	}
	if err := insertNodes(ctx, tx, h.ID, nodes); err != nil {
		return 0, err
	}
	if err := l.observed(ctx, tx, rows); err != nil {
		return 0, err
	}
	l.last.Store(&next)
	return h.Size, nil
}

func insertRows(ctx context.Context, tx *db.Tx, log int64, rows []row) error {
	for len(rows) > 0 {
		n := min(len(rows), batch)
		args := make([]any, 0, n*7)
		for _, r := range rows[:n] {
			args = append(args, log, r.index, r.at, r.kind, r.body, r.salt, r.commitment)
		}
		_, err := tx.Exec(ctx, "INSERT INTO ledger_entry (log, idx, at, kind, body, salt, commitment) VALUES "+
			tuples(n, "(?, ?, ?, ?, ?, ?, ?)"), args...)
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func insertNodes(ctx context.Context, tx *db.Tx, log int64, nodes []node) error {
	for len(nodes) > 0 {
		n := min(len(nodes), batch)
		args := make([]any, 0, n*4)
		for _, v := range nodes[:n] {
			args = append(args, log, v.level, v.n, v.hash[:])
		}
		if _, err := tx.Exec(ctx, "INSERT INTO ledger_node (log, level, n, hash) VALUES "+tuples(n, "(?, ?, ?, ?)"), args...); err != nil {
			return err
		}
		nodes = nodes[n:]
	}
	return nil
}

func tuples(n int, one string) string { return strings.Repeat(one+", ", n-1) + one }

// encode makes a body's bytes.
func encode(body any) (string, error) {
	var b bytes.Buffer
	if raw, ok := body.(json.RawMessage); ok {
		if err := json.Compact(&b, raw); err != nil {
			return "", fault.As(fault.Internal, "", err)
		}
	} else {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(body); err != nil {
			return "", fault.As(fault.Internal, "", err)
		}
	}
	s := strings.TrimSuffix(b.String(), "\n")
	if len(s) > MaxBody || !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r") {
		return "", fault.New(fault.Invalid, "ledger.body", "a body of %d bytes, at most %d of UTF-8", len(s), MaxBody)
	}
	return s, nil
}

// commitment is the leaf's data, see docs/ref/ledger.md.
func commitment(salt []byte, at int64, kind, body string) [sha256.Size]byte {
	b := make([]byte, 0, len(entryDomain)+saltSize+10+len(kind)+len(body))
	b = append(b, entryDomain...)
	b = append(b, salt...)
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = binary.BigEndian.AppendUint16(b, uint16(len(kind)))
	b = append(b, kind...)
	b = append(b, body...)
	return sha256.Sum256(b)
}

// tree is the right edge of a tree: enough to append and to name the root.
type tree struct {
	size int64
	edge []tlog.Hash // one for each bit set in size, largest subtree first
}

// node is the hash of the complete subtree of 2^level leaves at n*2^level.
type node struct {
	level int
	n     int64
	hash  tlog.Hash
}

func newTree(size int64, edge []byte) (*tree, error) {
	if size < 0 || len(edge) != tlog.HashSize*bits.OnesCount64(uint64(size)) {
		return nil, corrupt("the edge of a tree of %d has %d bytes", size, len(edge))
	}
	t := &tree{size: size, edge: make([]tlog.Hash, 0, 64)}
	for ; len(edge) > 0; edge = edge[tlog.HashSize:] {
		t.edge = append(t.edge, tlog.Hash(edge[:tlog.HashSize]))
	}
	return t, nil
}

// add appends a leaf, and to out the subtrees that it completes and that are
// stored.
func (t *tree) add(leaf tlog.Hash, out []node) []node {
	t.edge = append(t.edge, leaf)
	t.size++
	for level := 1; t.size&(1<<level-1) == 0; level++ {
		last := len(t.edge) - 2
		t.edge[last] = tlog.NodeHash(t.edge[last], t.edge[last+1])
		t.edge = t.edge[:last+1]
		if level%stride == 0 {
			out = append(out, node{level, t.size>>level - 1, t.edge[last]})
		}
	}
	return out
}

func (t *tree) bytes() []byte {
	b := make([]byte, 0, len(t.edge)*tlog.HashSize)
	for _, h := range t.edge {
		b = append(b, h[:]...)
	}
	return b
}

func (t *tree) root() tlog.Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.edge[i], h)
	}
	return h
}

func corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, keyCorrupt, "ledger: "+format, args...)
}
