package letter

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// pressing is how long before its day a letter is shown as pressing.
const pressing = 7 * 24 * time.Hour

func (p *Screens) list(v *visit) error {
	all, err := p.Room.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	if v.places, err = p.Register.Locations(v.Ctx, v.Person.Controller); err != nil {
		return err
	}
	if done, err := v.listing().File(v.Visit, all); done {
		return err
	}
	return v.Show(200, v.listPage(all, v.May(access.EditLetter, access.Object{})))
}

func (v *visit) listing() page.Listing[room.Letter] {
	// What is late stands first, then what must be answered first; what waits for
	// nobody, the newest.
	order := func(a, b room.Letter) int {
		if a.Waits() != b.Waits() {
			if a.Waits() {
				return -1
			}
			return 1
		}
		if a.Waits() {
			return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Number, b.Number))
		}
		return cmp.Or(b.Received.Compare(a.Received), cmp.Compare(b.Number, a.Number))
	}
	state := func(l room.Letter) string { return v.badge(l).Text }
	var states, from []fds.Choice
	for _, s := range room.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("letter.state." + string(s))})
	}
	for _, a := range room.Authorities() {
		from = append(from, fds.Choice{Value: string(a), Text: v.T("letter.from." + string(a))})
	}
	day := func(of func(room.Letter) time.Time) func(room.Letter) sheet.Cell {
		return func(l room.Letter) sheet.Cell {
			if of(l).IsZero() {
				return sheet.Text("")
			}
			return sheet.Day(of(l).In(page.Zone()))
		}
	}
	received, due := func(l room.Letter) time.Time { return l.Received }, func(l room.Letter) time.Time { return l.Due }
	number := func(l room.Letter) string { return l.Number }
	return page.Listing[room.Letter]{Key: "letters", Path: path, Order: order,
		Columns: []page.Column[room.Letter]{
			{Name: "number", Text: number, Compare: page.ByText(number)},
			{Name: "from", Text: v.sender, Compare: page.ByText(v.sender)},
			{Name: "subject", Text: func(l room.Letter) string { return l.Subject }},
			{Name: "received", Text: func(l room.Letter) string { return v.Date(l.Received) }, Cell: day(received), Compare: func(a, b room.Letter) int { return a.Received.Compare(b.Received) }},
			{Name: "due", Text: func(l room.Letter) string { return v.Date(l.Due) }, Cell: day(due), Compare: func(a, b room.Letter) int { return a.Due.Compare(b.Due) }},
			{Name: "answerer", Text: func(l room.Letter) string { return l.AnswererName }},
			{Name: "state", Text: state, Compare: func(a, b room.Letter) int {
				return cmp.Compare(slices.Index(room.States(), a.State()), slices.Index(room.States(), b.State()))
			}},
			{Name: "reference", Text: func(l room.Letter) string { return l.Reference }, FileOnly: true},
			{Name: "where", Text: func(l room.Letter) string { return strings.Join(v.where(l), ", ") }, FileOnly: true},
		},
		Filters: []page.Filter[room.Letter]{
			{Name: "tilstand", Choices: states, Keep: func(l room.Letter, s string) bool { return string(l.State()) == s }},
			{Name: "fra", Choices: from, Keep: func(l room.Letter, s string) bool { return string(l.From) == s }},
		},
		Search: func(l room.Letter) string { return l.Number + " " + v.sender(l) + " " + l.Subject + " " + l.Reference },
	}
}

func (v *visit) listPage(all []room.Letter, edit bool) *page.ListPage {
	list, rows := v.listing().Show(v.Visit, all)
	var lines []page.Line
	for _, l := range rows {
		due := page.Cell{Text: v.T("letters.nodue")}
		if !l.Due.IsZero() {
			due = page.Cell{Text: v.Date(l.Due)}
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: path + "/" + l.ID, Text: l.Number}, {Text: v.sender(l)}, {Text: l.Subject}, {Text: v.Date(l.Received)}, due, {Text: l.AnswererName}, {Badge: v.badge(l)}}})
	}
	pg := v.NewListPage(v.T("letters.title"), v.T("letters.lead"), "", list, lines)
	v.Said(&pg.Shell)
	if edit {
		pg.Actions = []fds.Link{{Href: path + "/nyt", Text: v.T("letters.new")}}
	}
	return pg
}
