package verify

import "io"

const consistencyForm = "vidne-consistency-v1"

// Consistency checks a .vidneproof file: that the newer of two checkpoints
// continues the older one, entry for entry. If old is given, the older
// checkpoint in the file must be that one, byte for byte.
func Consistency(in io.Reader, keys []Key, old []byte) (*Report, error) {
	r := &Report{What: "consistency"}
	l := newLines(in)
	first, ok := l.next()
	if l.err != nil {
		return nil, unreadable(l.err)
	}
	if !ok || first != consistencyForm {
		return nil, otherKind("the first line is not %s", consistencyForm)
	}
	read := consistency(r, l, keys, old)
	if l.err != nil {
		return nil, unreadable(l.err)
	}
	if !read {
		r.wrong("file.form", l.n)
	}
	return r, nil
}

func consistency(r *Report, l *lines, keys []Key, kept []byte) bool {
	origin, ok := l.field("log")
	if !ok || !isOrigin(origin) {
		return false
	}
	oldNote, ok := l.block("old")
	if !ok {
		return false
	}
	newNote, ok := l.block("new")
	if !ok {
		return false
	}
	proof, ok := l.hashes("proof")
	if !ok {
		return false
	}
	last, ok := l.next()
	if !ok {
		return false
	}
	if sum, alone := l.end(last); !sum || !alone {
		r.wrong("file.sum")
	}
	if kept != nil && string(kept) != string(oldNote) {
		r.wrong("consistency.other-old")
	}
	before, ok1 := openCheckpoint(r, oldNote, keys)
	after, ok2 := openCheckpoint(r, newNote, keys)
	if !ok1 || !ok2 {
		return true
	}
	for _, c := range []checkpoint{before, after} {
		if c.origin != origin {
			r.wrong("extract.other-log", origin, c.origin)
			return true
		}
	}
	if !consistent(before.size, after.size, before.root, after.root, proof) {
		r.wrong("consistency.broken", before.size, moment(before.at), after.size, moment(after.at))
		return true
	}
	r.fact("consistency.good", before.size, moment(before.at), after.size, moment(after.at))
	return true
}
