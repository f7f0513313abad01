package staff

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
	room "vidne.dk/vidne/internal/staff"
)

// sheetColumns are those of a list, in the order of the template.
var sheetColumns = []string{"name", "mail", "kind", "since", "lang"}

// template is an empty list, with a line that shows how.
func (p *Screens) template(v *visit) error {
	t := sheet.Table{Name: v.T("staff.roll")}
	for _, c := range sheetColumns {
		t.Head = append(t.Head, v.T("stafftake.column."+c))
	}
	return v.Sheet("personale-skabelon.xlsx", t)
}

func (v *visit) takePage(in url.Values) *page.FormPage {
	f := v.NewForm("stafftake").Add(fds.Field{Name: "fil", Type: "file", Accept: ".xlsx,.csv"}).Checks("alle", fds.Choice{Value: "ja", Text: v.T("stafftake.all")})
	pg := v.NewFormPage(f.Fill(in), v.crumbs())
	pg.Files = true
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("stafftake.how"), Text: v.T("stafftake.how.text"), Links: []fds.Link{{Href: v.here() + "/hent/skabelon.xlsx", Text: v.T("stafftake.template")}}}
	return pg
}

func (p *Screens) take(v *visit) error { return v.ShowForm(v.takePage(nil)) }

// taken reads a list in: all of it, or nothing.
func (p *Screens) taken(v *visit) error {
	var rows [][]string
	var refused error
	got := false
	in, err := v.Upload(func(_ url.Values, file *multipart.Part) error {
		if file.FormName() != "fil" || file.FileName() == "" {
			return nil
		}
		got = true
		rows, refused = sheet.Read(file)
		if refused != nil && !fault.Is(refused, fault.Invalid) {
			return refused
		}
		return nil
	})
	if err != nil {
		return err
	}
	pg := v.takePage(in)
	f := pg.Form
	var lines []room.Line
	switch {
	case !got:
		f.Fail("fil", v.T("stafftake.fil.missing"))
	case refused != nil:
		f.FailWith("fil", refused)
	default:
		var wrong string
		if lines, wrong = v.read(rows); wrong != "" {
			f.Fail("fil", wrong)
		}
	}
	if !f.OK() {
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	done, err := p.Room.Import(v.Ctx, v.found.place.ID, lines, slices.Contains(f.All("alle"), "ja"), v.who())
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		f.FailWith("fil", err)
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	if err != nil {
		return err
	}
	return v.See(v.here() + "?besked=personale-hentet&antal=" + strconv.Itoa(done.Added+done.Changed))
}

// mostWrong is how many rows that cannot be read are named.
const mostWrong = 5

// read makes lines of rows, or says what is wrong with which.
func (v *visit) read(rows [][]string) (lines []room.Line, wrong string) {
	if len(rows) == 0 {
		return nil, v.T("stafftake.empty")
	}
	at := v.heads(rows[0])
	if at["name"] < 0 || at["since"] < 0 {
		return nil, v.T("stafftake.heads")
	}
	var bad []string
	for i, cells := range rows[1:] {
		cell := func(column string) string {
			if n := at[column]; n >= 0 && n < len(cells) {
				return strings.TrimSpace(cells[n])
			}
			return ""
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		l := room.Line{Kind: v.kindOf(cell("kind")), Name: cell("name"), Mail: cell("mail"), Lang: "da"}
		if strings.HasPrefix(strings.ToLower(cell("lang")), "e") {
			l.Lang = "en"
		}
		var ok bool
		if l.Since, ok = dayIn(cell("since")); !ok || l.Kind == "" || l.Check() != nil {
			bad = append(bad, strconv.Itoa(i+2))
			continue
		}
		lines = append(lines, l)
	}
	if len(bad) > 0 {
		return nil, v.T("stafftake.wrong", strings.Join(bad[:min(len(bad), mostWrong)], ", "), len(bad))
	}
	if len(lines) == 0 {
		return nil, v.T("stafftake.empty")
	}
	return lines, ""
}

// heads finds the columns by their headings, in either language; -1: not there.
func (v *visit) heads(row []string) map[string]int {
	out := map[string]int{}
	for _, c := range sheetColumns {
		out[c] = slices.IndexFunc(row, func(s string) bool {
			s = strings.TrimSpace(s)
			return strings.EqualFold(s, v.s.Text(page.Danish, "stafftake.column."+c)) || strings.EqualFold(s, v.s.Text(page.English, "stafftake.column."+c))
		})
	}
	return out
}

// kindOf is the kind that a word names; nothing is an employee.
func (v *visit) kindOf(s string) room.Kind {
	if s == "" {
		return room.Employee
	}
	for _, k := range room.Kinds() {
		if strings.EqualFold(s, v.s.Text(page.Danish, "staff.kind."+string(k))) || strings.EqualFold(s, v.s.Text(page.English, "staff.kind."+string(k))) {
			return k
		}
	}
	return ""
}

// dayIn reads a day as spreadsheets and people write it.
func dayIn(s string) (time.Time, bool) {
	s, _, _ = strings.Cut(s, " ")
	for _, form := range []string{time.DateOnly, "02-01-2006", "2-1-2006", "02.01.2006", "2.1.2006", "02/01/2006", "2/1/2006"} {
		if t, err := time.ParseInLocation(form, s, page.Zone()); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
