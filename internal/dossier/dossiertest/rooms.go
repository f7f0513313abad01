package dossiertest

import (
	"testing"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/lawdata"
	"vidne.dk/vidne/processes"
)

// Rooms are the rooms of cases and of what they rest on.
type Rooms struct {
	Cases     *dossier.Room
	Documents *document.Room
	Drawings  *drawing.Room
	Law       *law.Book
}

// Open opens them, with the rules and processes that the program comes with.
func Open(t *testing.T, d *db.DB, l *ledger.Log, clk clock.Clock, is *issuer.Issuer, reg *register.Register, engine dossier.Engine, engineID string) (r Rooms) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	r.Documents, err = document.Open(t.Context(), document.Config{DB: d, Ledger: l, Clock: clk, Dir: t.TempDir(), Master: [32]byte{7}})
	ok(err)
	r.Drawings, err = drawing.Open(t.Context(), drawing.Config{DB: d, Ledger: l, Clock: clk, Documents: r.Documents})
	ok(err)
	r.Law, err = law.Read(lawdata.Files())
	ok(err)
	library, err := casework.Read(processes.Files())
	ok(err)
	r.Cases, err = dossier.Open(t.Context(), dossier.Config{DB: d, Ledger: l, Clock: clk, Issuer: is, Register: reg, Documents: r.Documents, Drawings: r.Drawings,
		Law: r.Law, Processes: library, Engine: engine, EngineID: engineID})
	ok(err)
	return r
}
