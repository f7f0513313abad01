package main

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/staff"
)

// demoMember is somebody on a roll of the demonstration.
type demoMember struct {
	controller, location string
	kind                 staff.Kind
	name, mail           string
	began                int // days before the first case
}

// demoMembers are on the rolls from before the first case.
func demoMembers() []demoMember {
	const school, yard, library, gym = "lindeby-skole", "materielgaarden", "biblioteket", "kadence-havnen"
	return []demoMember{
		{lindeby, school, staff.Employee, "Anders Møller", "anders.moeller@lindeby.example", 2400},
		{lindeby, school, staff.Employee, "Bodil Friis", "", 900},
		{lindeby, school, staff.Employee, "Ditte Holm", "ditte.holm@lindeby.example", 700},
		{lindeby, school, staff.Substitute, "Emil Krogh", "emil.krogh@lindeby.example", 60},
		{lindeby, school, staff.Regular, "Frida Toft, håndboldtræner", "frida.toft@lif.example", 300},
		{lindeby, school, staff.Firm, "Nordrent ApS (rengøring)", "drift@nordrent.example", 400},
		{lindeby, yard, staff.Employee, "Gunnar Bæk", "", 5000},
		{lindeby, yard, staff.Employee, "Helle Vester", "helle.vester@lindeby.example", 1200},
		{lindeby, library, staff.Employee, "Inge Lauridsen", "inge.lauridsen@lindeby.example", 3100},
		{lindeby, library, staff.Employee, "Jens Ole Dahl", "jens.dahl@lindeby.example", 250},
		{kadence, gym, staff.Employee, "Kamilla Juul", "kamilla@kadence.example", 500},
		{kadence, gym, staff.Employee, "Liam Hede", "liam@kadence.example", 200},
		{kadence, gym, staff.Regular, "Mia Skov, holdinstruktør", "mia.skov@hold.example", 150},
		{kadence, gym, staff.Firm, "Blank Rengøring", "kontor@blank.example", 350},
	}
}

// staffOf is who keeps the roll of a place.
func (o *office) staffOf(ctx context.Context, controller string) (staff.Who, error) {
	login := "karen"
	if controller == kadence {
		login = "amira"
	}
	p, err := o.person(ctx, controller, login)
	return staff.Who{Controller: controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}, err
}

// demoRolls puts people on the rolls, before anything is approved.
func (o *office) demoRolls(ctx context.Context, begin time.Time) error {
	for _, m := range demoMembers() {
		who, err := o.staffOf(ctx, m.controller)
		if err != nil {
			return err
		}
		if _, err := o.portal.Staff().Add(ctx, m.location, staff.Line{Kind: m.kind, Name: m.name, Mail: m.mail, Since: begin.AddDate(0, 0, -m.began)}, who); err != nil {
			return err
		}
	}
	return nil
}

// demoUntold are those who have not answered: somebody who begins next week, and
// the fitness centre's cleaners.
var demoUntold = []string{"Nanna Østergaard", "Blank Rengøring"}

// demoStaff is how the rolls stand today: everybody has been told of today's hours
// but [demoUntold], and at the library nobody has been yet.
func (o *office) demoStaff(ctx context.Context, now time.Time) error {
	room := o.portal.Staff()
	if err := room.Tick(ctx); err != nil {
		return err
	}
	for _, c := range []string{lindeby, kadence} {
		who, err := o.staffOf(ctx, c)
		if err != nil {
			return err
		}
		rolls, err := room.Rolls(ctx, c, nil)
		if err != nil {
			return err
		}
		for _, r := range rolls {
			if r.Location == "biblioteket" || !r.Wanted() {
				continue
			}
			if err := o.tellStaff(ctx, r, now, who); err != nil {
				return err
			}
		}
	}
	who, err := o.staffOf(ctx, lindeby)
	if err != nil {
		return err
	}
	_, err = room.Add(ctx, "lindeby-skole", staff.Line{Kind: staff.Employee, Name: demoUntold[0], Mail: "nanna.oestergaard@lindeby.example", Since: now.AddDate(0, 0, 6)}, who)
	if fault.Key(err) == "staff.twice" {
		err = nil
	}
	return err
}

// tellStaff writes down that those who lack a notice have been given it.
func (o *office) tellStaff(ctx context.Context, r staff.Roll, now time.Time, who staff.Who) error {
	for _, m := range r.Members {
		if _, has := r.Receipt(m); has || slices.Contains(demoUntold, m.Name) {
			continue
		}
		n := staff.Note{Members: []string{m.ID}, Version: r.Notice.Version, Told: now, How: staff.InPerson, Words: "Udleveret og gennemgået på mødet i dag."}
		if m.Kind == staff.Firm {
			n.How, n.Words = staff.ByStatement, "Firmaet skriver, at alle fire, der gør rent her, har fået underretningen."
		}
		if err := o.portal.Staff().Write(ctx, r.Location, n, who); err != nil {
			return err
		}
	}
	return nil
}
