package staff

import (
	"strings"
	"testing"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
	room "vidne.dk/vidne/internal/staff"
	"vidne.dk/vidne/web"
)

// A notice says that footage may be kept past its time where the law lets it be
// (L § 4 c stk. 5), and not of a place that is watched for safety, where it never
// may (L § 4 d stk. 3).
func TestNoNoticeSaysThatMoreIsKeptThanMayBe(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-3", "KEEP-4")
	all, err := page.ReadCatalogue(web.Text())
	if err != nil {
		t.Fatal(err)
	}
	const longer, never = "kan gemmes længere", "aldrig mere end 30 dage"
	for kinds, want := range map[string][2]bool{"crime": {true, false}, "safety": {false, true}, "other": {false, true}, "crime safety": {true, true}} {
		x := text{Words: all.In("da")}
		for kind := range strings.FieldsSeq(kinds) {
			x.n.Areas = append(x.n.Areas, room.Area{Kind: kind, Days: 14})
		}
		var says string
		for _, r := range x.keptPart().List.Rows {
			says += r.Text + "\n"
		}
		if got := [2]bool{strings.Contains(says, longer), strings.Contains(says, never)}; got != want {
			t.Errorf("%s: %s", kinds, says)
		}
	}
}
