package register

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/sheet"
)

func importing() Import {
	return Import{Controller: "lindeby", Engine: "e-1",
		Places: []Term{{ID: "own-entrance", Names: []string{"Egen indgang"}}, {ID: "schoolyard", Names: []string{"Skolegård"}},
			{ID: "toilet", Names: []string{"Toilet"}, Refused: "Der overvåges aldrig på toiletter"}},
		Bases:    []Term{{ID: "2d", Names: []string{"§ 2 d", "tv-overvågningsloven § 2 d, stk. 1"}}, {ID: "2-1-4", Refused: "Må ikke optage (§ 2 stk. 1 nr. 4)"}},
		Purposes: []Term{{ID: "crime", Names: []string{"Kriminalitetsbekæmpelse"}}}}
}

func read(t *testing.T, file string) [][]string {
	t.Helper()
	rows, err := sheet.Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

const cameras = "Navn;Sted;Område;Fabrikat;Model;Adresse;Montering;Højde;Formål;Hjemmel;Stedtype;Bemærkning\n" +
	"Hovedindgang;Åby skole;Nord;Axis;P3245;rtsp://10.20.1.15/live;Over døren;3,2 m;Hærværk;§ 2 D;;ny\n" + // 2
	"\n" +
	"Foyer;lindeby-bibliotek;;Axis;P1;10.20.1.16;;320;Hærværk;2d;Egen indgang;\n" + // 4
	"Baghave;Åby mose;;;;;;;;;;\n" + // 5: unknown place
	"hovedindgang ;åby  SKOLE;;;;;;;;;;\n" + // 6: twice
	"Toilettet;Åby skole;;;;;;;;;Toilet;\n" + // 7
	"Porten;Åby skole;;;;rtsp://root:hemmelig@10.20.1.17/;;;;;;\n" + // 8
	"Porten 2;Åby skole;;;;rtsp://10.20.1.17/?user=root&pwd=hemmelig;;;;;;\n" + // 9
	"Kort;Torvet 1;;;;;;;;;;\n" + // 10: the address of two places
	";Åby skole;;;;;;;;;;\n" + // 11
	"Gård;Åby skole;Syd;;;;;;;;;\n" + // 12: unknown area
	"Mast;Åby skole;;;;Skolevej 4;;meget højt;;;Skolegaard;\n" + // 13
	"Låge;Åby skole;;;;;http://a:hemmelig@x/;;;;;\n" + // 14: a password where none is looked for
	"Eksempel: dør;Sted;;;;;;;;;;\n" // left out

func found(d Draft) string {
	var out []string
	for _, r := range d.Rows {
		for _, f := range r.Findings {
			mark := ""
			if f.Grave {
				mark = "!"
			}
			out = append(out, fmt.Sprintf("%d:%s%s", r.Number, strings.TrimPrefix(f.Key, "import."), mark))
		}
	}
	return strings.Join(out, " ")
}

func TestCamerasAreTakenInAsTheDryRunShowed(t *testing.T) {
	req.Shows(t, "SITE-6")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.ok(t, w.AddArea(ctx, Area{ID: "nord", Controller: "lindeby", Location: "lindeby-skole", Name: "Nord", PlaceKind: "own-entrance"}, "p-1"))
		rows := read(t, cameras)
		d, err := w.CheckImport(ctx, importing(), rows)
		w.ok(t, err)
		const want = "5:location! 5:place-missing 6:place-missing 6:double! 7:place-forbidden! 8:credentials! 8:place-missing 9:credentials! 9:place-missing " +
			"10:location-several! 10:place-missing 11:place-missing 11:name! 12:area! 12:place-missing 13:place-kind! 13:height 13:address " +
			"14:credentials! 14:place-missing"
		if got := found(d); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if d.Taken != 2 || d.Refused != 10 || d.Columns[11].Is != "" || d.Columns[5].Is != "address" {
			t.Errorf("%d taken, %d refused, %v", d.Taken, d.Refused, d.Columns)
		}
		if s := fmt.Sprintf("%+v", d); strings.Contains(s, "hemmelig") {
			t.Error("a password came along")
		}
		first := d.Rows[0]
		if c := first.Camera; c.ID != "lindeby-skole-hovedindgang" || c.Area != "nord" || c.PlaceKind != "own-entrance" || c.HeightCM != 320 || c.BasisID != "2d" || first.Address != "rtsp://10.20.1.15/live" {
			t.Errorf("%+v", first)
		}
		if r := d.Rows[1]; r.Number != 4 || r.Address != "rtsp://10.20.1.16/" || r.Camera.HeightCM != 320 || r.Camera.PlaceKind != "own-entrance" {
			t.Errorf("%+v", r)
		}
		// A dry run changes nothing.
		if _, total, err := w.Cameras(ctx, Query{Controller: "lindeby"}); err != nil || total != 0 {
			t.Errorf("%d cameras, %v", total, err)
		}
		// Another file, or another register, is not what was shown.
		other := read(t, strings.Replace(cameras, "P3245", "P3246", 1))
		if _, err := w.TakeIn(ctx, importing(), other, d.Token, "p-1", nil); fault.Key(err) != "import.changed" {
			t.Errorf("another file: %v", err)
		}
		w.ok(t, w.AddCamera(ctx, cam("x", "lindeby", "lindeby-bibliotek", "foyer"), "p-1"))
		if _, err := w.TakeIn(ctx, importing(), rows, d.Token, "p-1", nil); fault.Key(err) != "import.changed" {
			t.Errorf("another register: %v", err)
		}
		if d, err = w.CheckImport(ctx, importing(), rows); err != nil || d.Taken != 1 || !strings.Contains(found(d), "4:exists!") {
			t.Errorf("%s, %v", found(d), err)
		}
		// An error of the caller takes nothing in.
		if _, err := w.TakeIn(ctx, importing(), rows, d.Token, "p-1", func(*db.Tx, Camera, string) error {
			return fault.New(fault.Unavailable, "x", "x")
		}); fault.Key(err) != "x" {
			t.Error(err)
		}
		var addresses []string
		_, err = w.TakeIn(ctx, importing(), rows, d.Token, "p-1", func(_ *db.Tx, c Camera, address string) error {
			addresses = append(addresses, c.ID+" "+address)
			return nil
		})
		w.ok(t, err)
		if len(addresses) != 1 || addresses[0] != "lindeby-skole-hovedindgang rtsp://10.20.1.15/live" {
			t.Errorf("%v", addresses)
		}
		if c, err := w.Camera(ctx, "lindeby", "lindeby-skole-hovedindgang"); err != nil || c.Make != "Axis" || c.Mounting != "Over døren" {
			t.Errorf("%+v, %v", c, err)
		}
		if e := w.entries(t, "cameras.imported"); len(e) != 1 || !strings.Contains(e[0], d.Token) {
			t.Errorf("%s", e)
		}
		if _, err := w.TakeIn(ctx, importing(), rows, d.Token, "p-1", nil); fault.Key(err) != "import.changed" {
			t.Errorf("twice: %v", err)
		}
	})
}

func TestFilesThatAreNoCameras(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for key, file := range map[string]string{
			"import.empty":   "\n\n;;\n",
			"import.columns": "Navn;Fabrikat\nA;B\n",
			"import.secrets": "Navn;Sted;Adgangskode\nA;Åby skole;x\n",
		} {
			if _, err := w.CheckImport(t.Context(), importing(), read(t, file)); fault.Key(err) != key {
				t.Errorf("%s: %v", key, err)
			}
		}
		// Without a column for the place, "Adresse" is the place's.
		d, err := w.CheckImport(t.Context(), importing(), read(t, "Kamera;Adresse\nA;Torvet 1\n"))
		if err != nil || found(d) != "2:location-several! 2:place-missing" {
			t.Errorf("%s, %v", found(d), err)
		}
		// The template is read, and its example is not taken in.
		var b bytes.Buffer
		w.ok(t, Template().XLSX(&b))
		rows, err := sheet.Read(&b)
		w.ok(t, err)
		if d, err = w.CheckImport(t.Context(), importing(), rows); err != nil || len(d.Rows) != 0 || len(d.Columns) != len(columnOrder) {
			t.Errorf("%+v, %v", d, err)
		}
		for _, c := range d.Columns {
			if c.Is == "" {
				t.Errorf("the template's %q is not understood", c.Heading)
			}
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(cameras))
	f.Add([]byte("Kamera;Adresse;IP\nA;Torvet;rtsp://a:b@c/\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := sheet.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		draft := func() (Draft, error) {
			k := &known{locations: map[string][]Location{"a": {{ID: "a"}}, "torvet": {{ID: "b"}}}, names: map[string]string{}, taken: map[string]bool{}, places: terms(importing().Places)}
			return k.draft(importing(), rows)
		}
		d, err := draft()
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if again, err := draft(); err != nil || again.Token != d.Token {
			t.Fatalf("the same file has another token: %v", err)
		}
		seen := map[string]bool{}
		for _, r := range d.Rows {
			if strings.Contains(r.Address, "@") {
				t.Fatalf("an address with a user: %q", r.Address)
			}
			if r.Refused() {
				continue
			}
			if err := r.Camera.check(); err != nil || seen[r.Camera.ID] || r.Camera.Location == "" {
				t.Fatalf("a row that cannot be taken in: %+v, %v", r, err)
			}
			seen[r.Camera.ID] = true
		}
	})
}
