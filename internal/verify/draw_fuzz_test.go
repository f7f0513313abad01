package verify

import (
	"strings"
	"testing"
)

// Whatever stands in the entries of a ledger that somebody signed, drawing
// again ends, and draws nothing that is not there.
func FuzzDraws(f *testing.F) {
	f.Add(`review.opened {"controller":"h","period":"p","number":1,"quarter":"2026-Q3","commitment":"00"}
view.opened {"controller":"h","person":"a","location":"s"}
data.read {"controller":"h","person":"b","cameras":["k"],"camera":"l"}
access.refused {"controller":"h","entry":{"person":"c"}}
review.closed {"controller":"h","period":"p","number":1}
review.drawn {"controller":"h","period":"p","number":1,"every":"week","quarter":"2026-Q3","last":true,"first":0,"until":4,"sizes":{"least":1,"percent":5,"cap":60},"looks":["view.opened"],"data":["data.read"]}
review.units {"controller":"h","period":"p","units":[["place","s","u"],["camera","k","v"],[]]}
review.listed {"controller":"h","period":"p","picks":[["3","alarm","hours"],["1","random",""],[]]}`)
	f.Add(`review.drawn {"period":"p","until":9,"sizes":{"per_mille":50},"looks":["view.opened"]}
view.opened {"controller":"","person":"a"}`)
	f.Fuzz(func(t *testing.T, in string) {
		d := &draws{Report: &Report{}, opened: map[string]*drawOpened{}, closed: map[string]uint64{}, units: map[string]map[string]string{}, picks: map[string]map[uint64]drawPick{}}
		n := uint64(0)
		for line := range strings.Lines(in) {
			kind, body, _ := strings.Cut(strings.TrimSpace(line), " ")
			d.see(Entry{Index: n, Kind: kind, Body: []byte(body)})
			n++
		}
		for _, b := range d.drawn {
			if !b.sized() {
				continue
			}
			for index, stratum := range d.again(b, [32]byte{1}) {
				if (stratum == "random" || stratum == "quarter") && index >= n {
					t.Fatalf("entry %d of %d is drawn", index, n)
				}
			}
			d.check(b, nil)
		}
	})
}
