package dossiertest

import (
	"context"
	"sync"

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
	Processes *casework.Library
}

// What the program comes with is read once for a test program.
var (
	rules = sync.OnceValues(func() (*law.Book, error) { return law.Read(lawdata.Files()) })
	ways  = sync.OnceValues(func() (*casework.Library, error) { return casework.Read(processes.Files()) })
)

// Open opens them in a folder, with the rules and processes that the program
// comes with.
func Open(ctx context.Context, dir string, d *db.DB, l *ledger.Log, clk clock.Clock, is *issuer.Issuer, reg *register.Register, engine dossier.Engine, engineID string) (r Rooms, err error) {
	if r.Documents, err = document.Open(ctx, document.Config{DB: d, Ledger: l, Clock: clk, Dir: dir, Master: [32]byte{7}}); err != nil {
		return r, err
	}
	if r.Drawings, err = drawing.Open(ctx, drawing.Config{DB: d, Ledger: l, Clock: clk, Documents: r.Documents}); err != nil {
		return r, err
	}
	if r.Law, err = rules(); err != nil {
		return r, err
	}
	if r.Processes, err = ways(); err != nil {
		return r, err
	}
	r.Cases, err = dossier.Open(ctx, dossier.Config{DB: d, Ledger: l, Clock: clk, Issuer: is, Register: reg, Documents: r.Documents, Drawings: r.Drawings,
		Law: r.Law, Processes: r.Processes, Engine: engine, EngineID: engineID})
	return r, err
}
