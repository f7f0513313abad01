package verify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Draws draws the samples of the log's review again, from an extract of the
// ledger that holds them (docs/ref/log-review.md), and compares. The extract
// must show all entries of the controllers whose draws are in it.
func Draws(in io.ReadSeeker, keys []Key) (*Report, error) {
	d := &draws{opened: map[string]*drawOpened{}, closed: map[string]uint64{}, units: map[string]map[string]string{}, picks: map[string]map[uint64]drawPick{}}
	first, err := Extract(in, keys, ExtractOptions{Visit: d.see})
	if err != nil || !first.OK() || len(d.drawn) == 0 {
		if err == nil && first.OK() {
			first.wrong("draw.none")
		}
		return first, err
	}
	// Again, with the checkpoints of the draws as those that were kept.
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, unreadable(err)
	}
	opt := ExtractOptions{part: true}
	for _, b := range d.drawn {
		opt.Old = append(opt.Old, []byte(b.Checkpoint))
	}
	report, err := Extract(in, keys, opt)
	if err != nil {
		return nil, err
	}
	report.What = "draw"
	d.Report = report
	for _, b := range d.drawn {
		d.check(b, keys)
	}
	return report, nil
}

type drawOpened struct {
	index              uint64
	number             int64
	quarter            string
	controller, commit string
}

type drawBody struct {
	index      uint64
	Controller string
	Period     string
	Number     int64
	Every      string
	Quarter    string
	Last       bool
	First      uint64
	Until      uint64
	Secret     string
	Checkpoint string
	Seed       string
	Looks      []string
	Data       []string
	Sizes      struct {
		PerMille int `json:"per_mille"`
		Least    int
		Percent  int
		Cap      int
	}
}

type drawPick struct{ stratum, rules string }

// drawUse is what is read of an entry that a lot could fall on.
type drawUse struct {
	index                           uint64
	kind, controller, person, place string
	cameras                         []string
}

// maxDrawn is more than any controller's sizes: a number beyond it is none.
const maxDrawn = 1_000_000

type draws struct {
	*Report
	opened map[string]*drawOpened
	closed map[string]uint64
	drawn  []drawBody
	units  map[string]map[string]string
	picks  map[string]map[uint64]drawPick
	uses   []drawUse
}

// see takes from an entry what draws are made of.
func (d *draws) see(e Entry) {
	var period struct {
		Controller, Period, Commitment, Quarter string
		Number                                  int64
		Units, Picks                            [][]string
	}
	if strings.HasPrefix(e.Kind, "review.") && json.Unmarshal(e.Body, &period) != nil {
		return
	}
	switch e.Kind {
	case "review.opened":
		d.opened[period.Period] = &drawOpened{e.Index, period.Number, period.Quarter, period.Controller, period.Commitment}
	case "review.closed":
		d.closed[period.Period] = e.Index
	case "review.drawn":
		b := drawBody{index: e.Index}
		if json.Unmarshal(e.Body, &b) == nil {
			d.drawn = append(d.drawn, b)
		}
	case "review.units":
		for _, u := range period.Units {
			if len(u) == 3 {
				put(d.units, period.Period, u[0]+" "+u[1], u[2])
			}
		}
	case "review.listed":
		for _, p := range period.Picks {
			if len(p) != 3 {
				continue
			}
			if n, err := strconv.ParseUint(p[0], 10, 63); err == nil {
				put(d.picks, period.Period, n, drawPick{p[1], p[2]})
			}
		}
	default:
		if u, ok := drawUseOf(e); ok {
			d.uses = append(d.uses, u)
		}
	}
}

func put[K comparable, V any](m map[string]map[K]V, period string, k K, v V) {
	if m[period] == nil {
		m[period] = map[K]V{}
	}
	m[period][k] = v
}

// drawUseOf reads whose a use is and where: from the entry, or from the one
// within it ("what", "body", "entry").
func drawUseOf(e Entry) (u drawUse, ok bool) {
	var body map[string]json.RawMessage
	if json.Unmarshal(e.Body, &body) != nil {
		return u, false
	}
	levels := []map[string]json.RawMessage{body}
	for _, name := range []string{"what", "body", "entry"} {
		var inner map[string]json.RawMessage
		if json.Unmarshal(body[name], &inner) == nil && inner != nil {
			levels = append(levels, inner)
		}
	}
	text := func(names ...string) string {
		for _, l := range levels {
			for _, name := range names {
				var s string
				if json.Unmarshal(l[name], &s) == nil && s != "" {
					return s
				}
			}
		}
		return ""
	}
	u = drawUse{index: e.Index, kind: e.Kind, controller: text("controller"), person: text("person"), place: text("location", "place")}
	for _, l := range levels {
		if json.Unmarshal(l["cameras"], &u.cameras) == nil && len(u.cameras) > 0 {
			break
		}
	}
	if c := text("camera"); c != "" {
		u.cameras = append(u.cameras, c)
	}
	return u, u.controller != "" && u.person != ""
}

// unit is the unit of a use, by what the draw says of places and cameras.
func (d *draws) unit(period string, u drawUse) string {
	if u.place != "" {
		return d.units[period]["place "+u.place]
	}
	for _, c := range u.cameras {
		if unit := d.units[period]["camera "+c]; unit != "" {
			return unit
		}
	}
	return ""
}

// check holds one draw against what the log shows.
func (d *draws) check(b drawBody, keys []Key) {
	o, closed := d.opened[b.Period], d.closed[b.Period]
	secret, err := hex.DecodeString(b.Secret)
	sum := sha256.Sum256(secret)
	if !b.sized() {
		d.wrong("draw.sizes", b.Number, b.Controller)
		return
	}
	if o == nil || err != nil || o.controller != b.Controller || hex.EncodeToString(sum[:]) != o.commit || o.index != b.First || closed != b.Until || b.First >= b.Until || b.Until >= b.index {
		d.wrong("draw.secret", b.Number, b.Controller)
		return
	}
	other := &Report{}
	cp, signed := openCheckpoint(other, []byte(b.Checkpoint), keys)
	if !signed || cp.size <= b.Until || cp.size > b.index {
		d.wrong("draw.checkpoint", b.Number, b.Controller)
		return
	}
	seed := sha256.Sum256(append([]byte(b.Checkpoint), secret...))
	if hex.EncodeToString(seed[:]) != b.Seed {
		d.wrong("draw.seed", b.Number, b.Controller)
		return
	}
	want := d.again(b, seed)
	got := map[uint64]string{}
	for index, p := range d.picks[b.Period] {
		got[index] = p.stratum
	}
	for _, index := range slices.Sorted(maps.Keys(want)) {
		if got[index] != want[index] {
			d.wrong("draw.missing", b.Number, b.Controller, index)
		}
	}
	for _, index := range slices.Sorted(maps.Keys(got)) {
		if want[index] == "" {
			d.wrong("draw.extra", b.Number, b.Controller, index)
		}
	}
	if !d.Has("draw.missing") && !d.Has("draw.extra") {
		d.fact("draw.same", b.Number, b.Controller, len(got), b.Until-b.First-1, moment(cp.at))
	}
}

// again draws: the grave ones and the alarms are given, the rest is by lot.
func (d *draws) again(b drawBody, seed [32]byte) map[uint64]string {
	out, seen := map[uint64]string{}, map[string]bool{}
	for index, p := range d.picks[b.Period] {
		if p.stratum == "grave" || p.stratum == "alarm" {
			out[index] = p.stratum
		}
	}
	look := func(u drawUse) bool { return slices.Contains(b.Looks, u.kind) }
	read := func(u drawUse) bool { return slices.Contains(b.Data, u.kind) }
	byUnit := map[string][2][]drawUse{}
	for _, u := range d.uses {
		if u.controller != b.Controller || u.index <= b.First || u.index >= b.Until {
			continue
		}
		if out[u.index] != "" {
			seen[u.person] = seen[u.person] || look(u) || read(u)
			continue
		}
		unit := d.unit(b.Period, u)
		pair := byUnit[unit]
		switch {
		case look(u):
			pair[0] = append(pair[0], u)
		case read(u):
			pair[1] = append(pair[1], u)
		}
		byUnit[unit] = pair
	}
	for _, pair := range byUnit {
		n, m := b.counts(len(pair[0]), len(pair[1]))
		for _, u := range append(byLot(seed, pair[0])[:n], byLot(seed, pair[1])[:m]...) {
			out[u.index], seen[u.person] = "random", true
		}
	}
	if b.Last {
		d.quarter(b, seed, out, seen)
	}
	return out
}

// sized reports whether the sizes are such that something can be drawn by.
func (b drawBody) sized() bool {
	z := b.Sizes
	return z.PerMille >= 0 && z.PerMille < 1000 && z.Least >= 0 && z.Percent >= 0 && z.Percent <= 100 && z.Cap >= 0 && max(z.Least, z.Cap) <= maxDrawn
}

// of reports whether lots are drawn of a use.
func (b drawBody) of(u drawUse) bool {
	return slices.Contains(b.Looks, u.kind) || slices.Contains(b.Data, u.kind)
}

// counts is how many looks and readings of a unit are drawn.
func (b drawBody) counts(looks, data int) (int, int) {
	if p := b.Sizes.PerMille; p > 0 {
		n := int(math.Ceil(math.Log(0.05) / math.Log(1-float64(p)/1000)))
		return min(n, looks), min(n, data)
	}
	most := b.Sizes.Cap
	if b.Every == "week" {
		most = int(math.Ceil(float64(b.Sizes.Cap) * 7 / 30))
	}
	share := func(n int) int {
		return min(n, max(b.Sizes.Least, int(math.Ceil(float64(n)*float64(b.Sizes.Percent)/100))))
	}
	n := min(most, share(looks))
	return n, min(most-n, share(data))
}

// quarter adds one use of each person of whom nothing was drawn in the quarter.
func (d *draws) quarter(b drawBody, seed [32]byte, out map[uint64]string, seen map[string]bool) {
	var spans [][2]uint64
	for period, o := range d.opened {
		if o.controller != b.Controller || o.quarter != b.Quarter || o.number > b.Number {
			continue
		}
		spans = append(spans, [2]uint64{o.index, d.closed[period]})
		if o.number == b.Number {
			continue
		}
		for _, u := range d.uses {
			if _, drawn := d.picks[period][u.index]; drawn && b.of(u) {
				seen[u.person] = true
			}
		}
	}
	var pool []drawUse
	for _, u := range d.uses {
		inside := slices.ContainsFunc(spans, func(s [2]uint64) bool { return u.index > s[0] && u.index < s[1] })
		if inside && u.controller == b.Controller && b.of(u) {
			pool = append(pool, u)
		}
	}
	for _, u := range byLot(seed, pool) {
		if !seen[u.person] && out[u.index] == "" {
			out[u.index], seen[u.person] = "quarter", true
		}
	}
}

// byLot sorts by SHA-256(seed, index as eight bytes).
func byLot(seed [32]byte, in []drawUse) []drawUse {
	lot := func(u drawUse) []byte {
		h := sha256.New()
		h.Write(seed[:])
		h.Write(binary.BigEndian.AppendUint64(nil, u.index))
		return h.Sum(nil)
	}
	lots := map[uint64][]byte{}
	for _, u := range in {
		lots[u.index] = lot(u)
	}
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b drawUse) int {
		return cmp.Or(bytes.Compare(lots[a.index], lots[b.index]), cmp.Compare(a.index, b.index))
	})
	return out
}
