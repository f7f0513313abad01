package accesslog

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Query selects uses of one controller, the newest first.
type Query struct {
	Controller string
	// People are who did it, by id: one of these; empty is anybody. At most
	// [MostPeople].
	People []string
	Camera string
	// Cameras are any of these, at most [MostPeople].
	Cameras []string
	Place   string
	// Places are any of these, at most [MostPeople].
	Places []string
	Matter string
	Kind   Kind
	// Refused are those alone.
	Refused bool
	// Text is words that must all be in the purpose or reason, in what was
	// searched for, or in the case's number.
	Text string
	// From and To bound when it happened; To is not included, zero is open.
	From, To time.Time
	// Minutes, if set, are those of footage of which some must have been used.
	Minutes [2]time.Time
	// After is where the page before ended.
	After Place
	Limit int // 0: [PerPage]
}

// Place is a place in the order of a search: the zero Place is its beginning.
type Place struct{ At, Index int64 }

// Found is one page of a search.
type Found struct {
	Uses []Use
	// Next is where the next page begins; nil: there is none.
	Next *Place
	// Short says that the page ends there because so much was looked through,
	// not because it is full: the rest is looked through from Next on.
	Short bool
}

const (
	// PerPage is how many uses a page has.
	PerPage = 25
	// MostPeople is how many people or cameras one search can name.
	MostPeople = 10
	// mostParts is how many searches one question may become.
	mostParts = 30
	// lookThrough is how many rows one search looks at, of those that its
	// narrowest condition leaves. It keeps any search within its time.
	lookThrough = 10_000
	// weigh is how far the rows of a condition are counted, to find the narrowest.
	weigh = lookThrough
)

// condition is one that a search could go by.
type condition struct {
	mark  bool // stands in access_mark
	where string
	args  []any
}

// Find answers a query by its narrowest condition, and holds what that leaves
// against the rest.
func (a *Log) Find(ctx context.Context, q Query) (out Found, err error) {
	defer fault.Wrap(&err, "accesslog.Find")
	if q.Limit <= 0 {
		q.Limit = PerPage
	}
	parts := q.split()
	if len(parts) > mostParts {
		return out, fault.New(fault.Invalid, "log.broad", "%d people, %d cameras and %d places in one search", len(q.People), len(q.Cameras), len(q.Places))
	}
	if q.Text != "" || q.Camera != "" || len(q.Cameras) > 0 {
		if due, err := a.marksDue(ctx); err != nil {
			return out, err
		} else if due {
			if err := a.enterMarks(ctx); err != nil {
				return out, err
			}
		}
	}
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		out = Found{}
		pages := make([]Found, 0, len(parts))
		for _, one := range parts {
			f, err := one.find(ctx, tx)
			if err != nil {
				return err
			}
			pages = append(pages, f)
		}
		out = merge(pages, q.Limit)
		return nil
	})
	return out, err
}

// split makes a search for several people, cameras or places one for each.
func (q Query) split() (out []Query) {
	or := func(many []string, one string) []string {
		if one != "" || len(many) == 0 {
			return []string{one}
		}
		return many
	}
	if q.strangers() {
		other := q
		other.Controller = ""
		out = append(out, other)
	}
	for _, person := range or(q.People, "") {
		for _, camera := range or(q.Cameras, q.Camera) {
			for _, place := range or(q.Places, q.Place) {
				one := q
				one.People, one.Cameras, one.Places, one.Camera, one.Place = nil, nil, nil, camera, place
				if person != "" {
					one.People = []string{person}
				}
				out = append(out, one)
			}
		}
	}
	return out
}

// strangers reports whether whoever tried to log in without being anybody's
// belongs to the answer.
func (q Query) strangers() bool {
	return len(q.People) == 0 && q.Camera == "" && len(q.Cameras) == 0 && q.Place == "" && len(q.Places) == 0 && q.Matter == "" && (q.Kind == "" || q.Kind == Login) && q.Minutes[0].IsZero()
}

// merge joins the pages of several searches: nothing is shown beyond what the
// shortest of them has looked through.
func merge(parts []Found, limit int) (out Found) {
	if len(parts) == 1 {
		return parts[0]
	}
	var edge *Place
	seen := map[int64]bool{}
	for _, p := range parts {
		for _, u := range p.Uses {
			if !seen[u.Index] {
				seen[u.Index] = true
				out.Uses = append(out.Uses, u)
			}
		}
		if p.Next != nil && (edge == nil || p.Next.before(*edge)) {
			edge, out.Short = p.Next, p.Short
		}
	}
	slices.SortFunc(out.Uses, newest)
	if edge != nil {
		out.Uses = slices.DeleteFunc(out.Uses, func(u Use) bool { return edge.before(u.place()) })
	}
	if out.Next = edge; len(out.Uses) > limit {
		out.Uses, out.Short = out.Uses[:limit], false
		last := out.Uses[limit-1].place()
		out.Next = &last
	}
	return out
}

func (u *Use) place() Place { return Place{db.Micros(u.At), u.Index} }

// before reports whether p comes first where the newest stands first.
func (p Place) before(o Place) bool {
	return p.At > o.At || p.At == o.At && p.Index > o.Index
}

// conditions are those of a query for at most one person and one camera. The
// controller stands in each.
func (q Query) conditions() (all []condition) {
	add := func(where string, args ...any) { all = append(all, condition{where: where, args: args}) }
	mark := func(m string) { all = append(all, condition{mark: true, where: "mark = ?", args: []any{m}}) }
	if q.Matter != "" {
		add("matter <> '' AND matter = ?", q.Matter)
	}
	if q.Camera != "" {
		mark(cameraMark + q.Camera)
	}
	for _, w := range words(q.Text) {
		mark(wordMark + w)
	}
	if len(q.People) == 1 {
		add("person = ?", q.People[0])
	}
	if q.Place != "" {
		add("place <> '' AND place = ?", q.Place)
	}
	if q.Refused {
		add("refused <> ''")
	}
	if q.Kind != "" {
		add("kind = ?", string(q.Kind))
	}
	return all
}

// span bounds a table's rows by controller, time and where the page before
// ended.
func (q Query) span(table string) (string, []any) {
	w, args := table+".controller = ?", []any{q.Controller}
	if !q.From.IsZero() {
		w, args = w+" AND "+table+".at >= ?", append(args, q.From)
	}
	if !q.To.IsZero() {
		w, args = w+" AND "+table+".at < ?", append(args, q.To)
	}
	if q.After != (Place{}) {
		w, args = w+" AND ("+table+".at, "+table+".idx) < (?, ?)", append(args, q.After.At, q.After.Index)
	}
	return w, args
}

// find answers for at most one person and one camera: rows are read by the
// narrowest condition, in growing batches, until the page is full.
func (q Query) find(ctx context.Context, tx *db.Tx) (out Found, err error) {
	all := q.conditions()
	lead, err := q.narrowest(ctx, tx, all)
	if err != nil {
		return out, err
	}
	batch := q.Limit + 1
	if len(all) > 1 || !q.Minutes[0].IsZero() {
		batch *= 4
	}
	for looked := 0; ; batch = min(4*batch, lookThrough-looked) {
		rows, err := q.batch(ctx, tx, all, lead, batch)
		if err != nil {
			return out, err
		}
		for _, u := range rows {
			if !q.fits(&u) {
				continue
			}
			if len(out.Uses) == q.Limit {
				last := out.Uses[q.Limit-1].place()
				out.Next = &last
				return out, nil
			}
			out.Uses = append(out.Uses, u)
		}
		if looked += len(rows); len(rows) < batch {
			return out, nil
		}
		q.After = rows[len(rows)-1].place()
		if looked >= lookThrough {
			after := q.After
			out.Next, out.Short = &after, true
			return out, nil
		}
	}
}

// narrowest is the condition that leaves the fewest rows, or -1 when there is
// none.
func (q Query) narrowest(ctx context.Context, tx *db.Tx, all []condition) (lead int, err error) {
	lead = -1
	least := int64(weigh)
	for i, c := range all {
		if len(all) == 1 {
			return 0, nil
		}
		table := c.table()
		span, args := q.span(table)
		n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+table+" WHERE "+c.where+" AND "+span+" LIMIT ?) AS few", slices.Concat(c.args, args, []any{weigh})...)
		if err != nil {
			return -1, err
		}
		if n < least || lead < 0 {
			lead, least = i, n
		}
		if n == 0 {
			break
		}
	}
	return lead, nil
}

func (c condition) table() string {
	if c.mark {
		return "access_mark"
	}
	return "access_use"
}

// batch is the next rows that the leading condition leaves, in their order.
func (q Query) batch(ctx context.Context, tx *db.Tx, all []condition, lead, n int) ([]Use, error) {
	if lead < 0 || !all[lead].mark {
		where, args := q.span("access_use")
		if lead >= 0 {
			where, args = all[lead].where+" AND "+where, slices.Concat(all[lead].args, args)
		}
		return db.All[Use](ctx, tx, "SELECT "+useColumns+" FROM access_use WHERE "+where+" ORDER BY at DESC, idx DESC LIMIT ?", append(args, n)...)
	}
	span, args := q.span("access_mark")
	keys, err := db.All[int64](ctx, tx, "SELECT idx FROM access_mark WHERE "+all[lead].where+" AND "+span+" ORDER BY at DESC, idx DESC LIMIT ?",
		slices.Concat(all[lead].args, args, []any{n})...)
	var out []Use
	for some := range slices.Chunk(keys, 1000) {
		in := make([]any, len(some))
		for i, k := range some {
			in[i] = k
		}
		rows, err := db.All[Use](ctx, tx, "SELECT "+useColumns+" FROM access_use WHERE idx IN ("+db.Marks(len(some))+")", in...)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortFunc(out, newest)
	return out, err
}

func newest(a, b Use) int {
	return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Index, a.Index))
}

// fits reports whether a row fulfils every condition: the database was asked
// for one of them.
func (q Query) fits(u *Use) bool {
	switch {
	case q.Matter != "" && u.Matter != q.Matter, q.Place != "" && u.Place != q.Place, q.Kind != "" && u.Kind != q.Kind,
		q.Refused && u.Refused == "", len(q.People) == 1 && u.Person != q.People[0],
		q.Camera != "" && !slices.Contains(u.Cameras.List(), q.Camera):
		return false
	case !q.Minutes[0].IsZero() && (u.Since == 0 || !u.From().Before(q.Minutes[1]) || !u.To().After(q.Minutes[0])):
		return false
	}
	if q.Text == "" {
		return true
	}
	has := u.words()
	for _, w := range words(q.Text) {
		if !slices.Contains(has, w) {
			return false
		}
	}
	return true
}

// All calls f with every use that a query finds, the newest first, until f
// fails. The query's page and limit do not count.
func (a *Log) All(ctx context.Context, q Query, f func(Use) error) error {
	q.Limit, q.After = 500, Place{}
	for {
		found, err := a.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, u := range found.Uses {
			if err := f(u); err != nil {
				return err
			}
		}
		if found.Next == nil {
			return nil
		}
		q.After = *found.Next
	}
}
