package staff

import (
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/staff"
)

// place is one place's notice and roll.
func (p *Screens) place(v *visit) error {
	r, err := p.Room.Of(v.Ctx, v.found.place.Controller, v.found.place.ID)
	if err != nil {
		return err
	}
	pg := v.placePage(newRow(r), p.Room.Mails())
	happened, err := v.Happened(v.found.place.ID, 20, "staff.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) placePage(r row, mails bool) *page.Record {
	pg := v.NewRecord(v.T("staff.of", v.found.place.Name), v.T("staff.of.lead"), v.crumbs()[:1]...)
	v.Said(&pg.Shell)
	pg.Badge = r.standing(v.Now).badge(v)
	if v.edits() {
		pg.Actions = []fds.Link{{Href: v.here() + "/ny", Text: v.T("staff.add")}, {Href: v.here() + "/hent", Text: v.T("staff.take")}}
		if slices.ContainsFunc(r.lacks, func(l room.Lack) bool { return l.Member != "" }) {
			pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/kvitteringer", Text: v.T("staff.write")})
		}
		if len(r.Members) == 0 {
			pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/ingen", Text: v.T("staff.nobody")})
		}
	}
	pg.Add(v.noticePart(r, mails))
	pg.Add(v.rollPart(r))
	return pg
}

// earliest is when cameras may be put up by the notice alone, of a municipality.
func earliest(r row, now time.Time) time.Time {
	at := r.Told(now)
	if at.IsZero() || !r.Wanted() || !r.Notice.Council {
		return time.Time{}
	}
	return at.In(page.Zone()).AddDate(0, 0, 7*room.WeeksBefore)
}

func (v *visit) noticePart(r row, mails bool) page.Section {
	s := page.Section{ID: "underretning", Heading: v.T("staff.notice"), Lead: v.T("staff.notice.lead")}
	if !r.Wanted() {
		s.Empty = v.T("staff.notice.none")
		return s
	}
	n := r.Notice
	begun, toldText := v.T("staff.begun.not"), v.T("staff.told.not")
	if at := r.Began(); !at.IsZero() {
		begun = v.DateTime(at)
	}
	if at := r.Told(v.Now); !at.IsZero() {
		toldText = v.Date(at)
	}
	rows := []fds.Row{
		{Term: v.T("staff.version"), Text: v.T("staff.version.text", n.Version, v.DateTime(n.Made)), Link: &fds.Link{Href: v.here() + "/underretning", Text: v.T("staff.read")}},
		{Term: v.T("staff.begun"), Text: begun},
		{Term: v.T("staff.told"), Text: toldText},
	}
	if at := earliest(r, v.Now); !at.IsZero() {
		rows = append(rows, fds.Row{Term: v.T("staff.earliest"), Text: v.Date(at), More: []string{v.T("staff.earliest.why")}})
	}
	s.List = &fds.StructuredList{Caption: v.T("staff.notice"), Rows: rows}
	for _, name := range []string{"underretning-da.pdf", "underretning-en.pdf", "underretning-da.docx", "underretning-en.docx", "liste.pdf"} {
		s.Links = append(s.Links, fds.Link{Href: v.here() + "/underretning/" + name, Text: v.T("staff.file." + name)})
	}
	if !v.edits() {
		return s
	}
	waiting := 0
	for _, m := range r.Members {
		if _, has := r.Receipt(m); !has && m.Mail != "" {
			waiting++
		}
	}
	switch {
	case waiting > 0 && !mails:
		s.Alert = &fds.Alert{Tone: fds.Info, Text: v.T("staff.nomail")}
	case waiting > 0:
		s.Grid = page.NewGrid(v.T("staff.send"), v.T("staff.send"))
		s.Grid.Add(page.Cell{Text: v.N("staff.send.text", int64(waiting)), Form: &page.ActForm{Action: v.here() + "/send", Button: fds.Button{Kind: "primary", Text: v.T("staff.send.button")}}})
	}
	return s
}

func (v *visit) rollPart(r row) page.Section {
	s := page.Section{ID: "liste", Heading: v.T("staff.roll"), Lead: v.T("staff.roll.lead")}
	if len(r.Members) == 0 {
		s.Empty = v.T("staff.roll.none")
		if n := r.Nobody; n != nil {
			s.Empty = v.T("staff.roll.nobody", n.SaidBy, v.Date(n.At), n.Why)
		}
		return s
	}
	s.Grid = page.NewGrid(v.T("staff.roll"), v.T("staff.column.state"), v.T("staff.column.name"), v.T("staff.column.kind"), v.T("staff.column.since"), v.T("staff.column.receipt"))
	// Who lacks something stands first.
	members := slices.Clone(r.Members)
	slices.SortStableFunc(members, func(a, b room.Member) int { return rank(r, a) - rank(r, b) })
	for _, m := range members {
		s.Grid.Add(v.memberCells(r, m)...)
	}
	return s
}

func rank(r row, m room.Member) int {
	if _, has := r.Receipt(m); has {
		return 1
	}
	return 0
}

func (v *visit) memberCells(r row, m room.Member) []page.Cell {
	name := page.Cell{Text: m.Name, Quiet: m.Mail}
	if v.edits() {
		name.Href = "/medarbejdere/" + m.ID
	}
	state, receipt := page.Cell{}, page.Cell{Text: "–"}
	x, has := r.Receipt(m)
	switch i := slices.IndexFunc(r.lacks, func(l room.Lack) bool { return l.Member == m.ID }); {
	case has:
		state.Badge = &fds.Badge{Tone: fds.Success, Text: v.T("staff.has")}
		receipt = page.Cell{Text: v.Date(x.At), Quiet: v.T("staff.how." + string(x.How))}
		if x.NotedBy != "" {
			receipt.More = append(receipt.More, v.T("staff.noted", x.NotedBy, v.Date(x.Told)))
		}
		if x.Words != "" {
			receipt.More = append(receipt.More, x.Words)
		}
		if x.Document != "" {
			receipt.Href = "/medarbejdere/" + m.ID + "/bilag"
		}
	case i >= 0:
		l := r.lacks[i]
		state.Badge, state.Quiet = &fds.Badge{Tone: fds.Warning, Text: v.T("staff.lacks")}, v.T("staff.due", v.Date(l.Due))
		if l.Overdue(v.Now) {
			state.Badge = &fds.Badge{Tone: fds.Error, Text: v.T("staff.late")}
		}
		if m.SentVersion == l.Version {
			receipt = page.Cell{Text: v.T("staff.sent", v.Date(m.Sent))}
		}
	}
	return []page.Cell{state, name, {Text: v.T("staff.kind." + string(m.Kind))}, {Text: v.Date(m.Since)}, receipt}
}

// send mails the notice to those who lack it.
func (p *Screens) send(v *visit) error {
	if _, err := v.Posted(); err != nil {
		return err
	}
	n, err := p.Room.Send(v.Ctx, v.found.place.ID, v.who())
	if err != nil {
		return err
	}
	note := "personale-sendt"
	if n == 0 {
		note = "personale-intet-sendt"
	}
	return v.See(v.here() + "?besked=" + note + "&antal=" + strconv.Itoa(n))
}

// attached is the list or statement that a member's newest receipt rests on.
func (p *Screens) attached(v *visit) error {
	for _, x := range v.member.Receipts {
		if x.Document == "" || p.Documents == nil {
			continue
		}
		return attach.Send(v.Visit, p.Documents, x.Document)
	}
	return fault.New(fault.NotFound, "page.unknown", "nothing is attached for %s", v.member.ID)
}
