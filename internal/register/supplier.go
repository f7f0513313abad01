package register

import (
	"context"
	"regexp"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Supplier (sikringsleverandør) puts cameras up and looks after them.
type Supplier struct {
	ID         string    `json:"id"`
	Controller string    `json:"controller"`
	Name       string    `json:"name"`
	CVR        string    `json:"cvr"` // eight digits, or empty for one abroad
	Contact    string    `json:"contact"`
	Email      string    `json:"email"`
	Phone      string    `json:"phone"`
	Ended      time.Time `json:"ended,omitzero"` // no longer used
	Version    int64     `json:"version"`
}

var cvr = regexp.MustCompile(`^[0-9]{8}$`)

func (s Supplier) check() error {
	if err := checkID("supplier", s.ID); err != nil {
		return err
	}
	if s.Name == "" {
		return fault.New(fault.Invalid, "supplier.name", "supplier %s has no name", s.ID)
	}
	if s.CVR != "" && !cvr.MatchString(s.CVR) {
		return fault.New(fault.Invalid, "supplier.cvr", "supplier %s: CVR %q is not eight digits", s.ID, s.CVR)
	}
	return nil
}

func (s Supplier) fields() []field {
	return []field{{"name", s.Name}, {"cvr", s.CVR}, {"contact", s.Contact}, {"email", s.Email}, {"phone", s.Phone}, {"ended", s.Ended},
		{"search", searchText(s.ID, s.Name, s.CVR, s.Contact, s.Email)}}
}

const supplierColumns = `id, controller, name, cvr, contact, email, phone, ended, version`

// AddSupplier enters a supplier.
func (r *Register) AddSupplier(ctx context.Context, s Supplier, by string) error {
	if err := s.check(); err != nil {
		return err
	}
	s.Version = 1
	return r.add(ctx, "supplier.added", s.Controller, s, by, func(tx *db.Tx) error {
		return insert(ctx, tx, "suppliers", append(s.fields(), field{"id", s.ID}, field{"controller", s.Controller}, field{"version", s.Version}))
	})
}

// UpdateSupplier changes a supplier that is still s.Version.
func (r *Register) UpdateSupplier(ctx context.Context, s Supplier, by string) error {
	if err := s.check(); err != nil {
		return err
	}
	return edit(ctx, r, "supplier.changed", s.Controller, s.ID, s.Version, by,
		func(tx *db.Tx) (Supplier, int64, error) {
			was, err := r.SupplierIn(ctx, tx, s.Controller, s.ID)
			return was, was.Version, err
		},
		func(tx *db.Tx, _ Supplier) (Supplier, error) {
			return s, update(ctx, tx, "suppliers", "id", s.ID, s.Version, s.fields())
		})
}

// Supplier finds one supplier of a controller.
func (r *Register) Supplier(ctx context.Context, controller, id string) (s Supplier, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		s, err = r.SupplierIn(ctx, tx, controller, id)
		return err
	})
	return s, err
}

// SupplierIn is [Register.Supplier] in a transaction of the caller.
func (r *Register) SupplierIn(ctx context.Context, tx *db.Tx, controller, id string) (Supplier, error) {
	s, err := db.One[Supplier](ctx, tx, `SELECT `+supplierColumns+` FROM suppliers WHERE id = ? AND controller = ?`, id, controller)
	return s, missing(err, "supplier", id)
}

// The papers that a supplier is given (H 2.1 D).
const (
	PaperGuideline    = "guideline"            // retningslinje
	PaperInstallation = "installation-concept" // installationskoncept
)

// SupplierPaper says that a supplier was given a version of a paper, and
// whether IT has made sure that it is known (H 2.2 B).
type SupplierPaper struct {
	Supplier   string    `json:"supplier"`
	Controller string    `json:"controller"`
	Kind       string    `json:"kind"`
	Version    int       `json:"version"`
	Document   string    `json:"document"`
	Given      time.Time `json:"given"`
	Known      time.Time `json:"known,omitzero"`
	By         string    `json:"by"`
}

// GivePaper records that a supplier has got a version of a paper. The same
// version twice is a Conflict.
func (r *Register) GivePaper(ctx context.Context, p SupplierPaper) error {
	if p.Version < 1 || p.Given.IsZero() || (p.Kind != PaperGuideline && p.Kind != PaperInstallation) {
		return fault.New(fault.Invalid, "supplier.paper", "paper %q version %d, given %s", p.Kind, p.Version, p.Given)
	}
	return r.add(ctx, "supplier.given", p.Controller, p, p.By, func(tx *db.Tx) error {
		if _, err := r.SupplierIn(ctx, tx, p.Controller, p.Supplier); err != nil {
			return err
		}
		return insert(ctx, tx, "supplier_papers", []field{{"supplier", p.Supplier}, {"controller", p.Controller}, {"kind", p.Kind},
			{"version", p.Version}, {"document", p.Document}, {"given", p.Given}, {"known", p.Known}, {"by", p.By}})
	})
}

// ConfirmPaper records that IT has made sure that the supplier knows a version.
func (r *Register) ConfirmPaper(ctx context.Context, controller, supplier, kind string, version int, by string) error {
	now := r.clock.Now()
	what := map[string]any{"supplier": supplier, "kind": kind, "version": version}
	return r.add(ctx, "supplier.known", controller, what, by, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE supplier_papers SET known = ? WHERE supplier = ? AND controller = ? AND kind = ? AND version = ? AND known = 0`, now, supplier, controller, kind, version)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "supplier.paper", "supplier %s was not given %s version %d, or it is confirmed", supplier, kind, version)
		}
		return err
	})
}

// Papers lists what a supplier was given, the newest version first.
func (r *Register) Papers(ctx context.Context, controller, supplier string) (all []SupplierPaper, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[SupplierPaper](ctx, tx, `SELECT * FROM supplier_papers WHERE controller = ? AND supplier = ? ORDER BY kind, version DESC`, controller, supplier)
		return err
	})
	return all, err
}

// ServiceAgreement (serviceaftale) says what a supplier looks after, and for
// how long.
type ServiceAgreement struct {
	ID         string    `json:"id"`
	Controller string    `json:"controller"`
	Supplier   string    `json:"supplier"`
	Locations  List      `json:"locations"`
	What       string    `json:"what"`
	Document   string    `json:"document"`
	Starts     time.Time `json:"starts"`
	Ends       time.Time `json:"ends,omitzero"` // zero: until given notice
	Version    int64     `json:"version"`
}

func (a ServiceAgreement) check() error {
	if err := checkID("agreement", a.ID); err != nil {
		return err
	}
	if a.Starts.IsZero() || !earlier(a.Starts, a.Ends) {
		return fault.New(fault.Invalid, "agreement.dates", "agreement %s runs from %s to %s", a.ID, a.Starts, a.Ends)
	}
	return nil
}

func (a ServiceAgreement) fields() []field {
	return []field{{"supplier", a.Supplier}, {"locations", asJSON(a.Locations)}, {"what", a.What}, {"document", a.Document},
		{"starts", a.Starts}, {"ends", a.Ends}}
}

// of refuses a supplier or locations of another controller.
func (r *Register) agreementOf(ctx context.Context, tx *db.Tx, a ServiceAgreement) error {
	if _, err := r.SupplierIn(ctx, tx, a.Controller, a.Supplier); err != nil {
		return err
	}
	for _, l := range a.Locations {
		if _, err := r.LocationIn(ctx, tx, a.Controller, l); err != nil {
			return err
		}
	}
	return nil
}

// AddAgreement enters a service agreement.
func (r *Register) AddAgreement(ctx context.Context, a ServiceAgreement, by string) error {
	if err := a.check(); err != nil {
		return err
	}
	a.Version = 1
	return r.add(ctx, "agreement.added", a.Controller, a, by, func(tx *db.Tx) error {
		if err := r.agreementOf(ctx, tx, a); err != nil {
			return err
		}
		return insert(ctx, tx, "agreements", append(a.fields(), field{"id", a.ID}, field{"controller", a.Controller}, field{"version", a.Version}))
	})
}

// UpdateAgreement changes an agreement that is still a.Version.
func (r *Register) UpdateAgreement(ctx context.Context, a ServiceAgreement, by string) error {
	if err := a.check(); err != nil {
		return err
	}
	return edit(ctx, r, "agreement.changed", a.Controller, a.ID, a.Version, by,
		func(tx *db.Tx) (ServiceAgreement, int64, error) {
			was, err := db.One[ServiceAgreement](ctx, tx, `SELECT * FROM agreements WHERE id = ? AND controller = ?`, a.ID, a.Controller)
			return was, was.Version, missing(err, "agreement", a.ID)
		},
		func(tx *db.Tx, _ ServiceAgreement) (ServiceAgreement, error) {
			if err := r.agreementOf(ctx, tx, a); err != nil {
				return a, err
			}
			return a, update(ctx, tx, "agreements", "id", a.ID, a.Version, a.fields())
		})
}

// Agreements lists a controller's service agreements, the last to begin
// first; of one supplier, or of one location, if named.
func (r *Register) Agreements(ctx context.Context, controller, supplier, location string) (all []ServiceAgreement, err error) {
	where, args := `controller = ?`, []any{controller}
	if supplier != "" {
		where, args = where+` AND supplier = ?`, append(args, supplier)
	}
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[ServiceAgreement](ctx, tx, `SELECT * FROM agreements WHERE `+where+` ORDER BY starts DESC, id`, args...)
		return err
	})
	if location == "" {
		return all, err
	}
	var here []ServiceAgreement
	for _, a := range all {
		if a.Locations.has(location) {
			here = append(here, a)
		}
	}
	return here, err
}
