package staff

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Line is what is written of a member of a roll.
type Line struct {
	Kind  Kind
	Name  string
	Mail  string    // empty: none
	Lang  string    // "en", else Danish
	Since time.Time // the first day there
}

// check refuses a line under the key of its field.
func (l Line) check() (Line, error) {
	var err error
	if !slices.Contains(Kinds(), l.Kind) {
		return l, bad("staff.kind")
	}
	if l.Name, err = words("staff.name", l.Name, 2, longName); err != nil {
		return l, err
	}
	if l.Mail = strings.TrimSpace(l.Mail); l.Mail != "" {
		a, err := mail.ParseAddress(l.Mail)
		if err != nil || a.Address != l.Mail || len(l.Mail) > longName {
			return l, bad("staff.mail")
		}
	}
	if l.Lang != "en" {
		l.Lang = "da"
	}
	if l.Since.IsZero() {
		return l, bad("staff.since")
	}
	l.Since = dayOf(l.Since)
	return l, nil
}

// Add puts somebody on the roll of a location: fault.Invalid staff.kind,
// staff.name, staff.mail or staff.since, and fault.Conflict "staff.twice" for
// one who is there already.
func (r *Room) Add(ctx context.Context, location string, l Line, who Who) (m Member, err error) {
	if l, err = l.check(); err != nil {
		return m, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := r.c.Register.LocationIn(ctx, tx, who.Controller, location); err != nil {
			return err
		}
		m, err = r.add(ctx, tx, location, l, who)
		return err
	})
	return m, err
}

func (r *Room) add(ctx context.Context, tx *db.Tx, location string, l Line, who Who) (m Member, err error) {
	if _, twice, err := r.same(ctx, tx, who.Controller, location, l); err != nil || twice {
		if err == nil {
			err = fault.New(fault.Conflict, "staff.twice", "already on the roll of %s", location)
		}
		return m, err
	}
	m = Member{ID: db.NewID(), Controller: who.Controller, Location: location, Kind: l.Kind, Name: l.Name, Mail: l.Mail, Lang: l.Lang, Since: l.Since, Added: r.now()}
	if err := r.put(ctx, tx, m); err != nil {
		return m, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM staff_nobody WHERE controller = ? AND location = ?`, who.Controller, location); err != nil {
		return m, err
	}
	return m, r.enter(ctx, tx, "staff.added", location, who, map[string]any{"member": m.ID, "kind": string(m.Kind), "since": m.Since})
}

// same finds who a line is about among those of a roll: by mail address, else by
// kind and name.
func (r *Room) same(ctx context.Context, tx *db.Tx, controller, location string, l Line) (m Member, ok bool, err error) {
	all, err := db.All[Member](ctx, tx, `SELECT `+memberColumns+` FROM staff_members WHERE controller = ? AND location = ? AND left_at = 0`, controller, location)
	if err != nil {
		return m, false, err
	}
	i := slices.IndexFunc(all, func(m Member) bool {
		if l.Mail != "" && m.Mail != "" {
			return strings.EqualFold(l.Mail, m.Mail) && strings.EqualFold(l.Name, m.Name)
		}
		return m.Kind == l.Kind && strings.EqualFold(m.Name, l.Name)
	})
	if i < 0 {
		return m, false, nil
	}
	return all[i], true, nil
}

func (r *Room) put(ctx context.Context, tx *db.Tx, m Member) error {
	_, err := tx.Exec(ctx, `INSERT INTO staff_members (`+memberColumns+`) VALUES (`+db.Marks(13)+`)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, mail = excluded.mail, lang = excluded.lang, since = excluded.since,
		left_at = excluded.left_at, sent_version = excluded.sent_version, sent = excluded.sent, reminded = excluded.reminded`,
		m.ID, m.Controller, m.Location, string(m.Kind), m.Name, m.Mail, m.Lang, m.Since, m.Added, m.LeftAt, m.SentVersion, m.Sent, m.Reminded)
	return err
}

// Member is one of a controller's, with their receipts, also who has left;
// another's is NotFound "staff.member".
func (r *Room) Member(ctx context.Context, controller, id string) (m Member, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		m, err = r.member(ctx, tx, controller, id)
		return err
	})
	return m, err
}

func (r *Room) member(ctx context.Context, tx *db.Tx, controller, id string) (m Member, err error) {
	m, err = db.One[Member](ctx, tx, `SELECT `+memberColumns+` FROM staff_members WHERE controller = ? AND id = ?`, controller, id)
	if fault.Is(err, fault.NotFound) {
		return m, fault.New(fault.NotFound, "staff.member", "no member %.40q", id)
	}
	if err == nil {
		m.Receipts, err = db.All[Receipt](ctx, tx, `SELECT `+receiptColumns+` FROM staff_receipts WHERE member = ? ORDER BY version DESC`, id)
	}
	return m, err
}

// change changes somebody who has not left.
func (r *Room) change(ctx context.Context, id, kind string, who Who, f func(tx *db.Tx, m *Member) (map[string]any, error)) error {
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := r.member(ctx, tx, who.Controller, id)
		if err != nil {
			return err
		}
		if !m.LeftAt.IsZero() {
			return fault.New(fault.Conflict, "staff.left", "member %s has left", id)
		}
		more, err := f(tx, &m)
		if err != nil {
			return err
		}
		if err := r.put(ctx, tx, m); err != nil {
			return err
		}
		more["member"] = m.ID
		return r.enter(ctx, tx, kind, m.Location, who, more)
	})
}

// Change corrects a line; to another address the notice is sent anew.
func (r *Room) Change(ctx context.Context, id string, l Line, who Who) error {
	l, err := l.check()
	if err != nil {
		return err
	}
	return r.change(ctx, id, "staff.changed", who, func(tx *db.Tx, m *Member) (map[string]any, error) {
		other, twice, err := r.same(ctx, tx, who.Controller, m.Location, l)
		if err != nil {
			return nil, err
		}
		if twice && other.ID != m.ID {
			return nil, fault.New(fault.Conflict, "staff.twice", "already on the roll")
		}
		if !strings.EqualFold(l.Mail, m.Mail) {
			if err := r.forgetCodes(ctx, tx, m); err != nil {
				return nil, err
			}
		}
		m.Kind, m.Name, m.Mail, m.Lang, m.Since = l.Kind, l.Name, l.Mail, l.Lang, l.Since
		return map[string]any{"kind": string(m.Kind), "since": m.Since}, nil
	})
}

// forgetCodes ends the links of a member, who is then to be written to anew.
func (r *Room) forgetCodes(ctx context.Context, tx *db.Tx, m *Member) error {
	m.SentVersion, m.Sent, m.Reminded = 0, time.Time{}, ""
	_, err := tx.Exec(ctx, `DELETE FROM staff_codes WHERE member = ?`, m.ID)
	return err
}

// Leave takes somebody off the roll, and deletes their mail address.
func (r *Room) Leave(ctx context.Context, id string, who Who) error {
	return r.change(ctx, id, "staff.left", who, func(tx *db.Tx, m *Member) (map[string]any, error) {
		m.Mail, m.LeftAt = "", r.now()
		return map[string]any{}, r.forgetCodes(ctx, tx, m)
	})
}

// SayNobody records that nobody works at a location or regularly comes there:
// fault.Invalid staff.why, and Conflict "staff.somebody" when somebody is on its
// roll.
func (r *Room) SayNobody(ctx context.Context, location, why string, who Who) error {
	why, err := words("staff.why", why, 10, longWords)
	if err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := r.c.Register.LocationIn(ctx, tx, who.Controller, location); err != nil {
			return err
		}
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM staff_members WHERE controller = ? AND location = ? AND left_at = 0`, who.Controller, location)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "staff.somebody", "%d are on the roll of %s", n, location)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO staff_nobody (controller, location, at, said_by, why) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (controller, location) DO UPDATE SET at = excluded.at, said_by = excluded.said_by, why = excluded.why`, who.Controller, location, r.now(), who.Name, why); err != nil {
			return err
		}
		return r.enter(ctx, tx, "staff.nobody", location, who, map[string]any{"reason": why})
	})
}

// Imported is what came of a list that was taken in.
type Imported struct{ Added, Changed, Left int }

// Import takes a list in: whoever is not on the roll comes on it, and whoever is
// there already is corrected. Of a list that is all of them, whoever is not in it
// leaves the roll. All of it, or nothing.
func (r *Room) Import(ctx context.Context, location string, lines []Line, all bool, who Who) (out Imported, err error) {
	for i := range lines {
		if lines[i], err = lines[i].check(); err != nil {
			return out, err
		}
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		out = Imported{}
		if _, err := r.c.Register.LocationIn(ctx, tx, who.Controller, location); err != nil {
			return err
		}
		kept := map[string]bool{}
		for _, l := range lines {
			m, known, err := r.same(ctx, tx, who.Controller, location, l)
			if err != nil {
				return err
			}
			if !known {
				if m, err = r.add(ctx, tx, location, l, who); err != nil {
					return err
				}
				out.Added++
			} else if l != (Line{m.Kind, m.Name, m.Mail, m.Lang, m.Since}) {
				if !strings.EqualFold(m.Mail, l.Mail) {
					if err := r.forgetCodes(ctx, tx, &m); err != nil {
						return err
					}
				}
				m.Kind, m.Name, m.Mail, m.Lang, m.Since = l.Kind, l.Name, l.Mail, l.Lang, l.Since
				if err := r.put(ctx, tx, m); err != nil {
					return err
				}
				out.Changed++
			}
			kept[m.ID] = true
		}
		if all {
			if out.Left, err = r.leaveBut(ctx, tx, location, kept, who); err != nil {
				return err
			}
		}
		return r.enter(ctx, tx, "staff.imported", location, who, map[string]any{"added": out.Added, "changed": out.Changed, "left": out.Left})
	})
	return out, err
}

func (r *Room) leaveBut(ctx context.Context, tx *db.Tx, location string, kept map[string]bool, who Who) (n int, err error) {
	all, err := db.All[Member](ctx, tx, `SELECT `+memberColumns+` FROM staff_members WHERE controller = ? AND location = ? AND left_at = 0`, who.Controller, location)
	for _, m := range all {
		if err != nil || kept[m.ID] {
			continue
		}
		n++
		m.Mail, m.LeftAt = "", r.now()
		if err = r.forgetCodes(ctx, tx, &m); err == nil {
			if err = r.put(ctx, tx, m); err == nil {
				err = r.enter(ctx, tx, "staff.left", location, who, map[string]any{"member": m.ID})
			}
		}
	}
	return n, err
}

// Check says what is wrong with a line, under the keys of [Room.Add].
func (l Line) Check() error {
	_, err := l.check()
	return err
}
