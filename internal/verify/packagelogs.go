package verify

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// logs checks the extracts, and keeps what they say of segments.
func (p *pack) logs() {
	p.seals = map[string]logged{}
	for _, l := range p.m.Logs {
		b, ok := p.read(l.File, maxList)
		if !ok {
			continue
		}
		seen := map[string]logged{}
		r, err := Extract(bytes.NewReader(b), p.o.Keys, ExtractOptions{Visit: func(e Entry) {
			if e.Kind != "segment.sealed" && e.Kind != "segment.adopted" {
				return
			}
			s := logged{origin: l.Origin, index: e.Index}
			if json.Unmarshal(e.Body, &s.Sealed) == nil {
				seen[s.Segment] = s
			}
		}})
		if err != nil {
			p.wrong("package.log", plainText(l.File))
			continue
		}
		p.Facts, p.Faults = append(p.Facts, r.Facts...), append(p.Faults, r.Faults...)
		if !r.OK() {
			continue
		}
		origin, signers := signersOf(b)
		if origin != l.Origin || !slices.Equal(signers, l.Signers) {
			p.wrong("package.signers", plainText(l.Origin))
			continue
		}
		for id, s := range seen {
			p.seals[id] = s
		}
	}
}

// signersOf lists who signed the checkpoint in an extract.
func signersOf(extract []byte) (origin string, out []string) {
	x := newLines(bytes.NewReader(extract))
	x.next()
	origin, _ = x.field("log")
	x.field("from")
	x.field("to")
	x.hashes("left")
	x.hashes("right")
	note, _ := x.block("checkpoint")
	_, _, lines, ok := splitNote(note)
	if !ok {
		return "", nil
	}
	for _, line := range lines {
		name, blob, _ := strings.Cut(line, " ")
		out = append(out, name+"+"+keyHash(blob))
	}
	slices.Sort(out)
	return origin, out
}

// events looks at the chain of custody: nothing taken out, nothing moved.
func (p *pack) events() {
	b, ok := p.read(packageEvents, maxSmall)
	if !ok {
		return
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) != p.m.Events+1 {
		p.wrong("package.events")
		return
	}
	var last time.Time
	for _, row := range rows[1:] {
		m := packMoment{row[0], row[1]}
		at, ok := m.time()
		if !ok || at.Before(last) {
			p.wrong("package.events")
			return
		}
		last = at
	}
}
