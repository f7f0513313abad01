package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// MaxImport is how many cameras one file may bring.
const MaxImport = 2000

// Import is what a file of cameras is read with. What the law knows by name
// comes from its data.
type Import struct {
	Controller string
	Engine     string // that will reach the cameras
	Places     []Term
	Bases      []Term
	Purposes   []Term
}

// Term is a word of the law's data as people write it.
type Term struct {
	ID    string
	Names []string
	// Refused says why no camera may ever be there, with the paragraph; empty:
	// one may.
	Refused string
}

// Draft is what an import would do.
type Draft struct {
	// Token stands for the file and for what it was found to be: with it, that
	// and nothing else is taken in.
	Token   string
	Columns []Column
	Rows    []ImportRow
	Taken   int // rows that are taken in
	Refused int
}

// Column is a heading of the file and what it was taken for; an empty Is was
// not understood and is left out.
type Column struct {
	Heading string `json:"heading"`
	Is      string `json:"is"`
}

// ImportRow is one row of the file.
type ImportRow struct {
	Number   int       `json:"number"` // as the spreadsheet counts, from 1
	Camera   Camera    `json:"camera"`
	Address  string    `json:"address"` // of the stream, for the engine's statement; not kept here
	Findings []Finding `json:"findings"`
}

// Refused says whether the row is left out.
func (r ImportRow) Refused() bool {
	for _, f := range r.Findings {
		if f.Grave {
			return true
		}
	}
	return false
}

// Finding (fund) is one thing to say of a row.
type Finding struct {
	Key    string `json:"key"`    // such as "import.location"
	Column string `json:"column"` // such as "location"
	Value  string `json:"value"`  // what stood there; never a password
	Why    string `json:"why"`    // the law's words, where it has some
	Grave  bool   `json:"grave"`  // the row is left out
}

// CheckImport says, row by row, what taking in a table would do. It changes
// nothing. A table without a heading for name and location is Invalid
// "import.columns", one with a column of passwords "import.secrets".
func (r *Register) CheckImport(ctx context.Context, im Import, rows [][]string) (d Draft, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		k, err := r.known(ctx, tx, im)
		if err != nil {
			return err
		}
		d, err = k.draft(im, rows)
		return err
	})
	return d, err
}

// TakeIn takes in exactly what the draft with this token showed; if the file
// or the register is another by now, it is a Conflict "import.changed" and
// nothing is taken in. also, if not nil, is called for each camera in the
// same transaction: the stream's address is for the engine and not kept here.
// A camera that is taken in records nothing until a permit is in force.
func (r *Register) TakeIn(ctx context.Context, im Import, rows [][]string, token, by string, also func(tx *db.Tx, c Camera, address string) error) (d Draft, err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		k, err := r.known(ctx, tx, im)
		if err != nil {
			return err
		}
		if d, err = k.draft(im, rows); err != nil {
			return err
		}
		if d.Token != token {
			return fault.New(fault.Conflict, "import.changed", "the file or the register is not what was shown")
		}
		if d.Taken == 0 {
			return fault.New(fault.Invalid, "import.none", "no row can be taken in")
		}
		var entries []ledger.New
		for _, row := range d.Rows {
			if row.Refused() {
				continue
			}
			if err := row.Camera.check(); err != nil {
				return err
			}
			e, err := r.insertCamera(ctx, tx, row.Camera, k.byID[row.Camera.Location], by)
			if err != nil {
				return err
			}
			entries = append(entries, e)
			if also != nil {
				if err := also(tx, row.Camera, row.Address); err != nil {
					return err
				}
			}
		}
		e, err := r.entry("cameras.imported", im.Controller, map[string]any{"taken": d.Taken, "refused": d.Refused, "sha256": token}, by)
		if err != nil {
			return err
		}
		_, err = r.ledger.AppendAll(ctx, tx, append(entries, e))
		return err
	})
	return d, err
}

// known is what rows are held against.
type known struct {
	locations map[string][]Location // by id, name and address, as people write them
	byID      map[string]Location
	areas     map[string]Area   // by location and name
	names     map[string]string // camera by location and name
	taken     map[string]bool   // ids of cameras, of every controller
	suppliers map[string]string
	places    map[string]Term
	bases     map[string]Term
	purposes  map[string]Term
}

func (r *Register) known(ctx context.Context, tx *db.Tx, im Import) (*known, error) {
	k := &known{locations: map[string][]Location{}, byID: map[string]Location{}, areas: map[string]Area{}, names: map[string]string{}, taken: map[string]bool{},
		suppliers: map[string]string{}, places: terms(im.Places), bases: terms(im.Bases), purposes: terms(im.Purposes)}
	locations, err := db.All[Location](ctx, tx, `SELECT `+locationColumns+` FROM locations WHERE controller = ? ORDER BY id`, im.Controller)
	if err != nil {
		return nil, err
	}
	for _, l := range locations {
		k.byID[l.ID] = l
		seen := map[string]bool{}
		for _, s := range []string{l.ID, l.Name, l.Address} {
			if w := word(s); w != "" && !seen[w] {
				seen[w] = true
				k.locations[w] = append(k.locations[w], l)
			}
		}
	}
	areas, err := db.All[Area](ctx, tx, `SELECT * FROM areas WHERE controller = ? AND removed = 0`, im.Controller)
	if err != nil {
		return nil, err
	}
	for _, a := range areas {
		k.areas[a.Location+"\x00"+word(a.Name)] = a
		k.areas[a.Location+"\x00"+word(a.ID)] = a
	}
	type named struct{ ID, Controller, Location, Name string }
	cameras, err := db.All[named](ctx, tx, `SELECT id, controller, location, name FROM cameras`)
	if err != nil {
		return nil, err
	}
	for _, c := range cameras {
		k.taken[c.ID] = true
		if c.Controller == im.Controller {
			k.names[c.Location+"\x00"+word(c.Name)] = c.ID
		}
	}
	suppliers, err := db.All[Supplier](ctx, tx, `SELECT `+supplierColumns+` FROM suppliers WHERE controller = ? ORDER BY id`, im.Controller)
	for _, s := range suppliers {
		k.suppliers[word(s.Name)], k.suppliers[word(s.ID)] = s.ID, s.ID
		if s.CVR != "" {
			k.suppliers[s.CVR] = s.ID
		}
	}
	return k, err
}

func terms(list []Term) map[string]Term {
	out := map[string]Term{}
	for _, t := range list {
		out[word(t.ID)] = t
		for _, n := range t.Names {
			out[word(n)] = t
		}
	}
	return out
}

// word is a text as it is compared: case, spaces and the like do not matter.
func word(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.Trim(strings.TrimSpace(s), "*:."))), " ")
}

func (k *known) draft(im Import, rows [][]string) (d Draft, err error) {
	head := 0
	for head < len(rows) && strings.TrimSpace(strings.Join(rows[head], "")) == "" {
		head++
	}
	if head == len(rows) {
		return d, fault.New(fault.Invalid, "import.empty", "an empty table")
	}
	if d.Columns, err = columns(rows[head]); err != nil {
		return d, err
	}
	for i, cells := range rows[head+1:] {
		row, ok := k.row(im, d.Columns, cells)
		if !ok {
			continue
		}
		if len(d.Rows) == MaxImport {
			return d, fault.New(fault.Invalid, "import.large", "more than %d cameras", MaxImport)
		}
		row.Number = head + i + 2
		if row.Refused() {
			d.Refused++
		} else {
			d.Taken++
		}
		d.Rows = append(d.Rows, row)
	}
	return d, d.seal(im, rows)
}

// seal makes the token: of the cells as they came and of what they were found
// to be.
func (d *Draft) seal(im Import, rows [][]string) error {
	b, err := json.Marshal([]any{im.Controller, im.Engine, rows, d.Columns, d.Rows})
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	sum := sha256.Sum256(b)
	d.Token = hex.EncodeToString(sum[:])
	return nil
}
