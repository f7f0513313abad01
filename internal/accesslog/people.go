package accesslog

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/db"
)

// Person is somebody whom the log knows.
type Person struct {
	Person string
	Name   string // as they were called last
}

// People are those whose id is text, or whose name holds it; at most n, by
// name. An empty text is everybody.
func (a *Log) People(ctx context.Context, controller, text string, n int) (out []Person, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		all, err := db.All[Person](ctx, tx, "SELECT person, name FROM access_person WHERE controller = ? ORDER BY idx DESC", controller)
		if err != nil {
			return err
		}
		out = nil
		seen := map[string]bool{}
		text := strings.ToLower(strings.TrimSpace(text))
		for _, p := range all {
			if seen[p.Person] || text != "" && p.Person != text && !strings.Contains(strings.ToLower(p.Name), text) {
				continue
			}
			seen[p.Person] = true
			out = append(out, p)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return out[:min(len(out), n)], err
}
