package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	extractForm = "vidne-extract-v1"
	entryDomain = "vidne-entry-v1\n"
	maxBody     = 1 << 16
)

// Entry is an entry that an extract shows.
type Entry struct {
	Index uint64
	Time  int64 // microseconds since 1970, UTC
	Kind  string
	Body  []byte // JSON
}

// ExtractOptions say what else an extract is compared with.
type ExtractOptions struct {
	// Old are checkpoints of the same log that were kept elsewhere. They can be
	// compared with a dump, that is, an extract that begins at entry 0.
	Old [][]byte
	// Visit sees every entry shown. It is called before the extract is known to
	// be good: believe nothing until Extract has returned.
	Visit func(Entry)
	// part leaves out the old checkpoints that this extract cannot be compared
	// with, since what they cover is withheld in part, and says so.
	part bool
}

// Extract checks a .vidnelog file: that its entries stand in the log whose
// checkpoint one of the keys has signed.
func Extract(in io.Reader, keys []Key, opt ExtractOptions) (*Report, error) {
	x := &extract{Report: &Report{What: "extract"}, lines: newLines(in), keys: keys, opt: opt}
	first, ok := x.next()
	if x.err != nil {
		return nil, unreadable(x.err)
	}
	if !ok || first != extractForm {
		return nil, otherKind("the first line is not %s", extractForm)
	}
	read := x.head() && x.entries() && x.finish()
	if x.err != nil {
		return nil, unreadable(x.err)
	}
	if !read && x.OK() {
		x.wrong("file.form", x.n)
	}
	return x.Report, nil
}

type extract struct {
	*Report
	*lines
	keys        []Key
	opt         ExtractOptions
	origin      string
	from, to    uint64
	right       []digest
	cp          checkpoint
	signed      bool
	tree        forest
	old         []checkpoint
	shown       uint64
	early, late int64
	blank       spans   // single entries without contents
	expired     []spans // what entries of the log say was deleted
}

// head reads up to the entries. False means that the file is not of its form.
func (x *extract) head() bool {
	var ok bool
	if x.origin, ok = x.field("log"); !ok || !isOrigin(x.origin) {
		return false
	}
	if x.from, ok = x.number("from"); !ok {
		return false
	}
	if x.to, ok = x.number("to"); !ok || x.to < x.from {
		return false
	}
	left, ok := x.hashes("left")
	if !ok {
		return false
	}
	if x.right, ok = x.hashes("right"); !ok {
		return false
	}
	note, ok := x.block("checkpoint")
	if !ok {
		return false
	}
	if x.cp, x.signed = openCheckpoint(x.Report, note, x.keys); !x.signed {
		// The rest says nothing without a signature, but is read all the same so
		// that a fault of copying is told apart from a wrong key.
		if x.cp, _, _, ok = splitNote(note); !ok {
			return false
		}
	}
	if x.cp.origin != x.origin {
		x.wrong("extract.other-log", x.origin, x.cp.origin)
		return false
	}
	sizes := pieces(0, x.from)
	switch {
	case x.to > x.cp.size:
		x.wrong("extract.range", x.from, x.to, x.cp.size)
		return false
	case len(left) != len(sizes) || len(x.right) != len(pieces(x.to, x.cp.size)):
		x.wrong("extract.hashes", x.from, x.to, x.cp.size)
		return false
	}
	for i, n := range sizes {
		x.tree.plant(n, left[i])
	}
	x.openOld()
	line, ok := x.next()
	return ok && line == "entries"
}

func (x *extract) openOld() {
	for _, msg := range x.opt.Old {
		c, ok := openCheckpoint(x.Report, msg, x.keys)
		switch {
		case !ok:
			continue
		case c.origin != x.origin:
			x.wrong("extract.other-log", x.origin, c.origin)
		case c.size > x.cp.size:
			x.wrong("extract.rolled-back", c.size, moment(c.at), x.cp.size)
		case x.from != 0 || c.size > x.to:
			x.noDump(c)
		default:
			x.old = append(x.old, c)
		}
	}
}

// noDump says that an old checkpoint cannot be compared with this extract.
func (x *extract) noDump(c checkpoint) {
	if x.opt.part {
		x.fact("extract.old-hidden", c.size, moment(c.at))
		return
	}
	x.wrong("extract.no-dump", c.size)
}

func (x *extract) entries() bool {
	for i := x.from; ; i = x.tree.leaves {
		for _, c := range x.old {
			if c.size == i {
				x.compareOld(c)
			}
		}
		if i == x.to {
			return true
		}
		line, ok := x.next()
		if !ok || strings.HasPrefix(line, "end ") {
			x.wrong("extract.short", i, x.to)
			return ok
		}
		n, hash, ok := x.part(i, line)
		if !ok {
			x.wrong("extract.entry", i, x.n)
			return false
		}
		for _, c := range x.old {
			if i < c.size && c.size < i+n {
				x.noDump(c)
			}
		}
		x.tree.plant(n, hash)
	}
}

// part reads a line from entry i on: the entry, or n of them that are withheld
// and make up a complete subtree. It returns the subtree's hash.
func (x *extract) part(i uint64, line string) (n uint64, hash digest, ok bool) {
	index, rest, _ := strings.Cut(line, " ")
	count, text, _ := strings.Cut(rest, " ")
	if count, many := strings.CutPrefix(count, "+"); many {
		at, good := number(index)
		n, ok = number(count)
		if !good || at != i || !ok || n < 2 || n&(n-1) != 0 || i%n != 0 || n > x.to-i {
			return 0, hash, false
		}
		hash, ok = hashText(text)
		return n, hash, ok
	}
	commitment, ok := x.entry(i, line)
	return 1, leafHash(commitment[:]), ok
}

func (x *extract) compareOld(c checkpoint) {
	if c.size > 0 && c.root != x.tree.root() {
		x.wrong("extract.old-differs", c.size, moment(c.at))
		return
	}
	x.fact("extract.old-same", c.size, moment(c.at))
}

// entry reads the line of entry i and returns its commitment.
func (x *extract) entry(i uint64, line string) (commitment digest, ok bool) {
	index, rest, _ := strings.Cut(line, " ")
	if n, ok := number(index); !ok || n != i {
		return commitment, false
	}
	when, rest, _ := strings.Cut(rest, " ")
	if when == "-" {
		x.blank.add(i)
		return hashText(rest)
	}
	kind, rest, _ := strings.Cut(rest, " ")
	salt, body, found := strings.Cut(rest, " ")
	at, ok := number(when)
	if !ok || !found || at == 0 || !isName(kind) || len(body) > maxBody || !utf8.ValidString(body) || !json.Valid([]byte(body)) {
		return commitment, false
	}
	rawSalt, ok := hashText(salt)
	if !ok {
		return commitment, false
	}
	h := sha256.New()
	h.Write([]byte(entryDomain))
	h.Write(rawSalt[:])
	var fixed [10]byte
	binary.BigEndian.PutUint64(fixed[:8], at)
	binary.BigEndian.PutUint16(fixed[8:], uint16(len(kind)))
	h.Write(fixed[:])
	h.Write([]byte(kind))
	h.Write([]byte(body))
	h.Sum(commitment[:0])

	e := Entry{Index: i, Time: int64(at), Kind: kind, Body: []byte(body)}
	if x.shown == 0 || e.Time < x.early {
		x.early = e.Time
	}
	x.late = max(x.late, e.Time)
	x.shown++
	if list := expiredBy(kind, e.Body); list != nil {
		x.expired = append(x.expired, list)
	}
	if x.opt.Visit != nil {
		x.opt.Visit(e)
	}
	return commitment, true
}

// finish compares the root and the last line.
func (x *extract) finish() bool {
	short := x.Has("extract.short")
	if !short {
		for i, n := range pieces(x.to, x.cp.size) {
			x.tree.plant(n, x.right[i])
		}
		if x.tree.root() != x.cp.root {
			x.wrong("extract.root", x.cp.size)
		}
		line, ok := x.next()
		if !ok || !strings.HasPrefix(line, "end ") {
			x.wrong("extract.long", x.to)
			return ok
		}
		if sum, alone := x.end(line); !sum || !alone {
			x.wrong("file.sum")
		}
	}
	if x.OK() {
		x.fact("extract.entries", x.to-x.from, x.from, x.origin, x.cp.size)
		if x.shown > 0 {
			x.fact("extract.times", moment(x.early), moment(x.late))
		}
		expired := uint64(0)
		for _, list := range x.expired {
			if gone := both(x.blank, list); gone != nil {
				expired += gone.count()
				x.fact("extract.expired", gone.count(), gone.String())
			}
		}
		if hidden := x.to - x.from - x.shown - expired; hidden > 0 {
			x.fact("extract.hidden", hidden)
		}
	}
	return true
}
