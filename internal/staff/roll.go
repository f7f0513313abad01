package staff

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/deadline"
)

// Kind is what somebody is at a place.
type Kind string

// The kinds. All who regularly come or work in the rooms are told, whoever
// employs them (D 3.4).
const (
	Employee   Kind = "employee"
	Substitute Kind = "substitute"
	Regular    Kind = "regular" // comes there regularly: a trainer, a volunteer
	// Firm is a business whose people work there, such as cleaners. It may tell
	// them itself; the controller answers for it, and so has its statement.
	Firm Kind = "firm"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Employee, Substitute, Regular, Firm} }

// Member is one line of a roll.
type Member struct {
	ID, Controller, Location string
	Kind                     Kind
	Name                     string // of a firm: its own
	Mail                     string // empty: told otherwise; of a firm: its contact's
	Lang                     string // "da", "en"
	Since                    time.Time
	Added                    time.Time
	LeftAt                   time.Time // zero: works there
	// SentVersion is the version that was mailed first at Sent, to the address
	// that stands.
	SentVersion int
	Sent        time.Time
	Reminded    string
	Receipts    []Receipt `db:"-"` // the newest first
}

// Mailbox is where and in which language the member is written to.
func (m Member) Mailbox() (id, address, lang string) { return m.ID, m.Mail, m.Lang }

// Receipt (kvittering) is somebody having read one version of a notice.
type Receipt struct {
	Member  string
	Version int
	Told    time.Time // when it was handed to them
	At      time.Time // when it was confirmed, or written down
	How     How
	NotedBy string // who wrote it down; empty: themself
	Words   string
	// Document is the list with signatures, or the firm's statement; may be empty.
	Document string
}

// How is how a receipt came.
type How string

// The ways.
const (
	ByLink      How = "link"      // they confirmed it themselves
	ByList      How = "list"      // a printed list with their signatures
	InPerson    How = "person"    // the manager handed it over, and says so
	ByStatement How = "statement" // a firm says that it has told its people
)

// Nobody is that nobody works at a place or regularly comes there, and who says so.
type Nobody struct {
	Controller, Location string
	At                   time.Time
	SaidBy, Why          string
}

// Roll (liste) is who must be told at one location, and who has been.
type Roll struct {
	Controller, Location, Name string
	Notice                     *Notice // the newest; nil: nothing is approved there
	Members                    []Member
	Nobody                     *Nobody
}

// Wanted reports whether anybody is to be told of anything there.
func (r Roll) Wanted() bool { return r.Notice != nil && r.Notice.Watches() }

// Receipt is a member's of the newest notice; false: they lack it.
func (r Roll) Receipt(m Member) (Receipt, bool) {
	if r.Notice != nil {
		for _, x := range m.Receipts {
			if x.Version == r.Notice.Version {
				return x, true
			}
		}
	}
	return Receipt{}, false
}

// Lacks is what is lacking there, by name.
func (r Roll) Lacks() (out []Lack) {
	if !r.Wanted() {
		return nil
	}
	l := Lack{Controller: r.Controller, Location: r.Location, What: LackRoll, Version: r.Notice.Version, Since: r.Notice.Made, Due: deadline.EndOf(r.Notice.Made.Add(Within))}
	if len(r.Members) == 0 && r.Nobody == nil {
		return []Lack{l}
	}
	for _, m := range r.Members {
		if _, has := r.Receipt(m); has {
			continue
		}
		l := l
		l.What, l.Member, l.Name, l.Kind = LackNotice, m.ID, m.Name, m.Kind
		if m.Since.After(r.Notice.Made) {
			l.Due = m.Since // beforehand (D 3.4)
		}
		if m.Added.After(l.Since) {
			l.Since = m.Added
		}
		out = append(out, l)
	}
	return out
}

// Began is when the newest notice was first handed to somebody there; zero: to
// nobody.
func (r Roll) Began() (at time.Time) {
	for _, m := range r.Members {
		x, has := r.Receipt(m)
		switch {
		case has && (at.IsZero() || x.Told.Before(at)):
			at = x.Told
		case !has && r.Notice != nil && m.SentVersion == r.Notice.Version && (at.IsZero() || m.Sent.Before(at)):
			at = m.Sent
		}
	}
	return at
}

// Told is when the last of those who work there had been told; zero while
// somebody has not. Whoever begins later is told beforehand, and holds nobody
// up: the six weeks are those of the people who were there.
func (r Roll) Told(now time.Time) time.Time {
	if len(r.Members) == 0 {
		if r.Nobody == nil {
			return time.Time{}
		}
		return r.Nobody.At
	}
	began := r.Began()
	last := began
	for _, m := range r.Members {
		x, has := r.Receipt(m)
		switch {
		case m.Since.After(now):
		case !has:
			return time.Time{}
		case !m.Since.After(began) && x.Told.After(last):
			last = x.Told
		}
	}
	return last
}

// Count is how many are on the roll, and how many of them have confirmed the
// newest notice.
func (r Roll) Count() (all, have int) {
	for _, m := range r.Members {
		if _, has := r.Receipt(m); has {
			have++
		}
	}
	return len(r.Members), have
}

// Rolls are those of some locations, or with nil of all of a controller's that
// are not shut, by name.
func (r *Room) Rolls(ctx context.Context, controller string, locations []string) (out []Roll, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = r.rolls(ctx, tx, controller, locations)
		return err
	})
	return out, err
}

const memberColumns = `id, controller, location, kind, name, mail, lang, since, added, left_at, sent_version, sent, reminded`

const receiptColumns = `member, version, told, at, how, noted_by, words, document`

func (r *Room) rolls(ctx context.Context, tx *db.Tx, controller string, locations []string) (out []Roll, err error) {
	places, err := r.c.Register.LocationsIn(ctx, tx, controller)
	if err != nil {
		return nil, err
	}
	notices, err := r.newest(ctx, tx, controller)
	if err != nil {
		return nil, err
	}
	where, args := `controller = ? AND left_at = 0`, []any{controller}
	if locations != nil {
		where += ` AND location IN (` + db.Marks(len(locations)) + `)`
		for _, l := range locations {
			args = append(args, l)
		}
	}
	if len(locations) == 0 && locations != nil {
		return nil, nil
	}
	members, err := db.All[Member](ctx, tx, `SELECT `+memberColumns+` FROM staff_members WHERE `+where+` ORDER BY name, id`, args...)
	if err != nil {
		return nil, err
	}
	receipts, err := db.All[Receipt](ctx, tx, `SELECT `+receiptColumns+` FROM staff_receipts WHERE member IN (SELECT id FROM staff_members WHERE `+where+`) ORDER BY member, version DESC`, args...)
	if err != nil {
		return nil, err
	}
	nobody, err := db.All[Nobody](ctx, tx, `SELECT controller, location, at, said_by, why FROM staff_nobody WHERE controller = ?`, controller)
	if err != nil {
		return nil, err
	}
	of := map[string][]Receipt{}
	for _, x := range receipts {
		of[x.Member] = append(of[x.Member], x)
	}
	at := map[string]int{}
	for _, l := range places {
		if !l.Shut.IsZero() || locations != nil && !slices.Contains(locations, l.ID) {
			continue
		}
		at[l.ID] = len(out)
		roll := Roll{Controller: controller, Location: l.ID, Name: l.Name}
		if n, ok := notices[l.ID]; ok {
			roll.Notice = &n
		}
		out = append(out, roll)
	}
	for _, m := range members {
		if i, ok := at[m.Location]; ok {
			m.Receipts = of[m.ID]
			out[i].Members = append(out[i].Members, m)
		}
	}
	for _, n := range nobody {
		if i, ok := at[n.Location]; ok {
			out[i].Nobody = &n
		}
	}
	slices.SortStableFunc(out, func(a, b Roll) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// ToldIn says for a case what stands in the way of putting cameras up at its
// locations, and when nothing does, since when those who work there have been
// told: [dossier.Staff].
func (r *Room) ToldIn(ctx context.Context, tx *db.Tx, controller, caseID string, locations []string) (untold []casework.Missing, told time.Time, err error) {
	rolls, err := r.rolls(ctx, tx, controller, locations)
	if err != nil {
		return nil, told, err
	}
	const cite = "H 8; tv-overvågningsloven § 3 b"
	say := func(key, da, en string) {
		untold = append(untold, casework.Missing{Key: key, Refuses: true, Cite: cite, Text: casework.Text{DA: da, EN: en}})
	}
	now := r.now()
	for _, x := range rolls {
		at := x.Told(now)
		switch {
		case x.Notice == nil || !slices.Contains(x.Notice.Cases, caseID):
			say("staff.notice", x.Name+": underretningen til medarbejderne er ikke dannet endnu. Det sker inden for et minut, når sagen er godkendt.", x.Name+": the notice to staff has not been made yet. That happens within a minute of the approval.")
		case len(x.Members) == 0 && x.Nobody == nil:
			say("staff.roll", x.Name+": listen over medarbejdere er tom. Skriv, hvem der arbejder der, eller at ingen gør.", x.Name+": the roll of staff is empty. Enter who works there, or that nobody does.")
		case at.IsZero():
			say("staff.lacking", x.Name+": "+lackText(x, now, "%d af %d mangler at kvittere for underretningen."), x.Name+": "+lackText(x, now, "%d of %d have not confirmed the notice."))
		case at.After(told):
			told = at
		}
	}
	if len(untold) > 0 {
		told = time.Time{}
	}
	return untold, told, nil
}

// dayOf is the Danish midnight that begins a moment's day.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(clock.Denmark()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, clock.Denmark()).UTC()
}
