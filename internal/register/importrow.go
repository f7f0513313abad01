package register

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/sheet"
)

// columnNames are the headings by what they are, the one of the template
// first.
var columnNames = map[string][]string{
	"name":          {"navn", "kamera", "kameranavn", "betegnelse", "name", "camera"},
	"location":      {"sted", "lokation", "ejendom", "location", "site"},
	"area":          {"område", "zone", "bygning", "area"},
	"place_kind":    {"stedtype", "slags sted", "type af sted", "områdetype", "kind of place"},
	"make":          {"fabrikat", "mærke", "producent", "make", "brand", "manufacturer"},
	"model":         {"model", "modelnummer", "kameramodel"},
	"address":       {"adresse/url", "url", "strøm", "stream", "rtsp", "rtsp-adresse", "ip", "ip-adresse", "netværksadresse"},
	"mounting":      {"montering", "placering", "ophæng", "mounting"},
	"height":        {"højde", "monteringshøjde", "højde (m)", "højde (cm)", "height"},
	"direction":     {"retning", "kigger mod", "direction"},
	"view":          {"synsfelt", "dækning", "field of view"},
	"purpose":       {"formål", "purpose"},
	"purpose_kind":  {"formålstype", "kind of purpose"},
	"basis":         {"hjemmel", "retsgrundlag", "lovhjemmel", "legal basis"},
	"quality":       {"billedkvalitet", "kvalitet", "opløsning", "quality"},
	"functionality": {"funktion", "funktionalitet", "functionality"},
	"supplier":      {"leverandør", "sikringsleverandør", "supplier"},
	"id":            {"id", "kort navn", "kamera-id"},
}

// columnOrder is that of the template.
var columnOrder = []string{"name", "location", "area", "place_kind", "make", "model", "address", "mounting", "height", "direction", "view",
	"purpose", "purpose_kind", "basis", "quality", "functionality", "supplier", "id"}

// secretNames are headings of what must not lie in a spreadsheet.
var secretNames = map[string]bool{"adgangskode": true, "kode": true, "kodeord": true, "password": true, "brugernavn": true, "bruger": true,
	"login": true, "user": true, "username": true, "pin": true, "adgangskode/kode": true}

// example begins the name of the template's row, which is never taken in.
const example = "eksempel:"

// Template is the file that people fill in.
func Template() sheet.Table {
	t := sheet.Table{Name: "Kameraer"}
	row := map[string]string{"name": "Eksempel: Hovedindgang", "location": "Lindeby Skole", "area": "Indgang nord", "place_kind": "own-entrance",
		"make": "Axis", "model": "P3245-LV", "address": "rtsp://10.20.1.15/axis-media/media.amp", "mounting": "Over hoveddøren", "height": "3,2 m",
		"direction": "Mod skolegården", "view": "Døren og to meter til hver side", "purpose": "Forebygge og opklare hærværk", "purpose_kind": "crime",
		"basis": "2d", "quality": "1920 × 1080, 15 billeder i sekundet", "functionality": "Fast kamera uden lyd", "supplier": "", "id": ""}
	var cells []string
	for _, c := range columnOrder {
		name := columnNames[c][0]
		t.Head = append(t.Head, strings.ToUpper(name[:1])+name[1:])
		cells = append(cells, row[c])
	}
	t.Rows = [][]sheet.Cell{sheet.Texts(cells...)}
	return t
}

// columns finds what each heading is. "Adresse" is a stream's address beside
// a column for the place, and the place without one.
func columns(head []string) ([]Column, error) {
	meaning := map[string]string{}
	for is, names := range columnNames {
		for _, n := range names {
			meaning[n] = is
		}
	}
	var out []Column
	have := map[string]bool{}
	for _, h := range head {
		w := word(h)
		if secretNames[w] {
			return nil, fault.New(fault.Invalid, "import.secrets", "a column of passwords or users")
		}
		is := meaning[w]
		if have[is] {
			is = ""
		}
		have[is] = true
		out = append(out, Column{h, is})
	}
	for i, c := range out {
		if word(c.Heading) != "adresse" && word(c.Heading) != "address" {
			continue
		}
		for _, is := range []string{"location", "address"} {
			if !have[is] {
				out[i].Is, have[is] = is, true
				break
			}
		}
	}
	if !have["name"] || !have["location"] {
		return nil, fault.New(fault.Invalid, "import.columns", "a table of cameras has a column for the name and one for the location")
	}
	return out, nil
}

// reading is one row while it is read.
type reading struct {
	ImportRow
	cells map[string]string
}

func (r *reading) say(key, column string, grave bool) {
	r.Findings = append(r.Findings, Finding{Key: key, Column: column, Value: r.cells[column], Grave: grave})
}

// row reads one row; false for an empty one and for the template's example.
func (k *known) row(im Import, columns []Column, cells []string) (ImportRow, bool) {
	r := &reading{cells: map[string]string{}}
	empty := true
	for i, s := range cells {
		empty = empty && strings.TrimSpace(s) == ""
		if i < len(columns) && columns[i].Is != "" {
			r.cells[columns[i].Is] = strings.TrimSpace(s)
		}
	}
	if empty || strings.HasPrefix(word(r.cells["name"]), example) {
		return ImportRow{}, false
	}
	c := &r.Camera
	for _, column := range columnOrder { // in order: the token depends on it
		s := r.cells[column]
		if len(s) > 2000 || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' }) {
			r.cells[column] = ""
			r.say("import.text", column, true)
		}
		if secretAddress.MatchString(s) || column == "address" && (strings.Contains(s, "@") || secretQuery.MatchString(s)) {
			// Refused and repeated nowhere: a spreadsheet is no place for passwords.
			r.cells[column] = ""
			r.say("import.credentials", column, true)
		}
	}
	*c = Camera{Controller: im.Controller, Engine: im.Engine, Name: r.cells["name"], Make: r.cells["make"], Model: r.cells["model"],
		Mounting: r.cells["mounting"], Direction: r.cells["direction"], View: r.cells["view"], Purpose: r.cells["purpose"],
		Quality: r.cells["quality"], Function: r.cells["functionality"]}
	k.place(r)
	k.law(r)
	r.height()
	r.address()
	if s := r.cells["supplier"]; s != "" {
		if c.Supplier = k.suppliers[word(s)]; c.Supplier == "" {
			r.say("import.supplier", "supplier", false)
		}
	}
	k.name(r)
	return r.ImportRow, true
}

// place finds the location and the area.
func (k *known) place(r *reading) {
	found := k.locations[word(r.cells["location"])]
	switch {
	case r.cells["location"] == "":
		r.say("import.location-missing", "location", true)
		return
	case len(found) == 0:
		r.say("import.location", "location", true)
		return
	case len(found) > 1:
		r.say("import.location-several", "location", true)
		return
	case !found[0].Shut.IsZero():
		r.say("import.location-shut", "location", true)
	}
	r.Camera.Location = found[0].ID
	if s := r.cells["area"]; s != "" {
		a, ok := k.areas[r.Camera.Location+"\x00"+word(s)]
		if !ok {
			r.say("import.area", "area", true)
			return
		}
		r.Camera.Area, r.Camera.PlaceKind = a.ID, a.PlaceKind
	}
}

// law finds the kind of place, of purpose and the legal basis.
func (k *known) law(r *reading) {
	if s := r.cells["place_kind"]; s != "" {
		t, ok := k.places[word(s)]
		if !ok {
			r.say("import.place-kind", "place_kind", true)
		} else if r.Camera.PlaceKind != "" && r.Camera.PlaceKind != t.ID {
			r.say("import.place-area", "place_kind", true)
		}
		r.Camera.PlaceKind = t.ID
	}
	switch t := k.places[word(r.Camera.PlaceKind)]; {
	case r.Camera.PlaceKind == "" && r.cells["place_kind"] == "":
		r.say("import.place-missing", "place_kind", false)
	case t.Refused != "":
		r.Findings = append(r.Findings, Finding{"import.place-forbidden", "place_kind", r.cells["place_kind"], t.Refused, true})
	}
	for _, f := range []struct {
		column, key string
		known       map[string]Term
		set         *string
	}{{"basis", "import.basis", k.bases, &r.Camera.BasisID}, {"purpose_kind", "import.purpose", k.purposes, &r.Camera.PurposeKind}} {
		s := r.cells[f.column]
		if s == "" {
			continue
		}
		t, ok := f.known[word(s)]
		switch {
		case !ok:
			r.say(f.key, f.column, true)
		case t.Refused != "":
			r.Findings = append(r.Findings, Finding{f.key + "-refused", f.column, s, t.Refused, true})
		}
		*f.set = t.ID
	}
	r.Camera.Basis = r.cells["basis"]
}

var heightForm = regexp.MustCompile(`^([0-9]{1,4}(?:[.,][0-9]{1,3})?) ?(m|cm|meter|mtr)?\.?$`)

// height reads "3,2 m", "320 cm" and "3,2". What has no unit is metres up to
// 25 and centimetres from there.
func (r *reading) height() {
	s := strings.ToLower(r.cells["height"])
	if s == "" {
		return
	}
	m := heightForm.FindStringSubmatch(s)
	if m == nil {
		r.say("import.height", "height", false)
		return
	}
	f, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
	if err != nil {
		return
	}
	if m[2] != "cm" && (m[2] != "" || f <= 25) {
		f *= 100
	}
	if r.Camera.HeightCM = int(f + 0.5); r.Camera.HeightCM > 100_00 {
		r.Camera.HeightCM = 0
		r.say("import.height", "height", false)
	}
}

// Where cameras' addresses carry passwords: before the host, and in a query.
var secretAddress = regexp.MustCompile(`(?i)[a-z]+://[^/\s]*@`)
var secretQuery = regexp.MustCompile(`(?i)[?&;/](user|usr|username|pwd|pass|passwd|password|auth|token|login|userpwd)=`)

// address takes a stream's address.
func (r *reading) address() {
	s := r.cells["address"]
	if s == "" {
		return
	}
	if a, err := netip.ParseAddr(s); err == nil {
		if s = "rtsp://" + a.String() + "/"; a.Is6() {
			s = "rtsp://[" + a.String() + "]/"
		}
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "rtsp" && u.Scheme != "rtsps") || u.Hostname() == "" || u.Fragment != "" || len(s) > 1024 {
		r.say("import.address", "address", false)
		return
	}
	r.Address = s
}

// name checks name and id, and remembers them for the rows that follow.
func (k *known) name(r *reading) {
	c := &r.Camera
	switch {
	case c.Name == "":
		r.say("import.name", "name", true)
		return
	case len(c.Name) > 200:
		r.say("import.text", "name", true)
	}
	if c.Location == "" {
		return
	}
	at := c.Location + "\x00" + word(c.Name)
	if other, ok := k.names[at]; ok {
		key := "import.exists"
		if strings.HasPrefix(other, "row ") {
			key = "import.double"
		}
		r.say(key, "name", true)
		return
	}
	if c.ID = strings.ToLower(r.cells["id"]); c.ID == "" {
		c.ID = free(Slug(c.Location, c.Name), func(s string) bool { return k.taken[s] })
	} else if checkID("camera", c.ID) != nil {
		r.say("import.id", "id", true)
		return
	} else if k.taken[c.ID] {
		r.say("import.id-taken", "id", true)
		return
	}
	if !r.Refused() {
		k.names[at], k.taken[c.ID] = "row "+c.Name, true
	}
}
