package attack

import (
	"sort"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
)

// rows are all rows of the portal's database as text, by table.
type rows map[string][]string

// comesAndGoes are the tables that change by a request that does nothing:
// what is logged, who is logged in, what was typed in vain, and how far somebody
// has read a case.
var comesAndGoes = []string{"ledger", "access_", "uses", "sessions", "attempts", "drafts", "sqlite_", "db_", "goose", "case_people"}

// all reads the whole database but what comes and goes.
func (s *site) all() rows {
	s.t.Helper()
	ctx, out := s.t.Context(), rows{}
	enginetest.Until(s.t, "the engine has all that is signed", func() bool {
		s.clk.Advance(100 * time.Millisecond) // what did not get through is tried again after a while
		left, err := s.portal.Issuer.Records(ctx, issuer.Filter{States: []string{issuer.Waiting}})
		return err == nil && len(left) == 0
	})
	fatal(s.t, s.db.Read(ctx, func(tx *db.Tx) error {
		tables, err := db.All[string](ctx, tx, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if passing(table) {
				continue
			}
			columns, err := db.All[string](ctx, tx, `SELECT name FROM pragma_table_info(?)`, table)
			if err != nil {
				return err
			}
			for i, c := range columns {
				columns[i] = `quote("` + c + `")`
			}
			if out[table], err = db.All[string](ctx, tx, `SELECT '`+table+`: ' || `+strings.Join(columns, ` || ' | ' || `)+` FROM "`+table+`"`); err != nil {
				return err
			}
			sort.Strings(out[table])
		}
		return nil
	}))
	return out
}

func passing(table string) bool {
	for _, p := range comesAndGoes {
		if strings.HasPrefix(table, p) {
			return true
		}
	}
	return false
}

// since are the rows that are in r and were not in was, and those that are gone.
func (r rows) since(was rows) (came, went []string) {
	before := map[string]int{}
	for _, list := range was {
		for _, x := range list {
			before[x]++
		}
	}
	for _, list := range r {
		for _, x := range list {
			if before[x]--; before[x] < 0 {
				came = append(came, x)
			}
		}
	}
	for x, n := range before {
		for range max(n, 0) {
			went = append(went, x)
		}
	}
	sort.Strings(came)
	sort.Strings(went)
	return came, went
}

// unchanged holds that nothing but what comes and goes has changed since.
func (s *site) unchanged(was rows, what string) {
	s.t.Helper()
	came, went := s.all().since(was)
	for _, x := range came {
		s.t.Errorf("%s: there is now %.300s", what, x)
	}
	for _, x := range went {
		s.t.Errorf("%s: there is no more %.300s", what, x)
	}
}

func filter(kind string) ledger.Filter { return ledger.Filter{Kinds: []string{kind}} }
