package accesslog

import (
	"context"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/ledger"
)

// useColumns are those of access_use, in the order of [Use].
const useColumns = "idx, at, controller, kind, entry, person, name, about, place, cameras, matter, since, until, why, refused, address, terms, what"

// rowsAtOnce bounds one INSERT.
const rowsAtOnce = 200

// write makes the rows of entries.
func (a *Log) write(ctx context.Context, tx *db.Tx, entries []ledger.Entry) error {
	var uses, people []any
	names := map[string]string{}
	for i := range entries {
		u, ok := read(&entries[i])
		if !ok {
			continue
		}
		if u.Person != "" && (u.Name == "" || u.Controller == "") {
			if err := a.known(ctx, tx, &u, names); err != nil {
				return err
			}
		}
		if u.Controller == "" && u.Kind != Login {
			continue // the platform's own; a stranger's try to log in is everybody's
		}
		uses = append(uses, u.Index, u.At, u.Controller, string(u.Kind), u.Entry, u.Person, u.Name, u.About, u.Place, string(u.Cameras), u.Matter,
			u.Since, u.Until, u.Why, u.Refused, u.Address, u.Terms, u.What)
		if u.Person != "" {
			people = append(people, u.Controller, u.Person, u.Name, u.Index)
		}
	}
	for _, t := range []struct {
		into   string
		width  int
		values []any
		end    string
	}{
		{"access_use (" + useColumns + ")", 18, uses, ""},
		{"access_person (controller, person, name, idx)", 4, people, " ON CONFLICT DO NOTHING"},
	} {
		if err := insert(ctx, tx, t.into, t.width, t.values, t.end); err != nil {
			return err
		}
	}
	return nil
}

func insert(ctx context.Context, tx *db.Tx, into string, width int, values []any, end string) error {
	one := "(" + db.Marks(width) + ")"
	for len(values) > 0 {
		n := min(len(values)/width, rowsAtOnce)
		if _, err := tx.Exec(ctx, "INSERT INTO "+into+" VALUES "+strings.Repeat(one+", ", n-1)+one+end, values[:n*width]...); err != nil {
			return err
		}
		values = values[n*width:]
	}
	return nil
}

// known fills in what an entry that names its person by id alone leaves out,
// from what the log has seen of them.
func (a *Log) known(ctx context.Context, tx *db.Tx, u *Use, names map[string]string) error {
	key := u.Controller + "\n" + u.Person
	if _, ok := names[key]; !ok {
		type seen struct{ Controller, Name string }
		where, args := "person = ?", []any{u.Person}
		if u.Controller != "" {
			where, args = "controller = ? AND person = ?", []any{u.Controller, u.Person}
		}
		all, err := db.All[seen](ctx, tx, "SELECT controller, name FROM access_person WHERE "+where+" ORDER BY idx DESC LIMIT 1", args...)
		if err != nil {
			return err
		}
		names[key] = u.Controller + "\n" + u.Person // a command line has no account, and a name for an id
		if len(all) > 0 {
			names[key] = all[0].Controller + "\n" + all[0].Name
		}
	}
	controller, name, _ := strings.Cut(names[key], "\n")
	if u.Controller == "" {
		u.Controller = controller
	}
	if u.Name == "" {
		u.Name = name
	}
	return nil
}
