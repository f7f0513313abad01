package register

import (
	"context"
	"fmt"
	"time"

	"vidne.dk/vidne/internal/sheet"
)

// PolcamSheet is what is to be entered in POLCAM, a row an address, in the
// order of the police's form: it is entered there by hand. keep is how many
// days footage of a location is kept, 0 where nobody knows; zone is that of
// the dates.
func (r *Register) PolcamSheet(ctx context.Context, controller string, keep func(location string) int, zone *time.Location) (sheet.Table, error) {
	t := sheet.Table{Name: "POLCAM", Head: []string{"Adresse", "Kortpunkt", "Placering", "Antal kameraer", "Opbevaring (dage)", "Særlige forhold",
		"Kontaktperson", "E-mail", "Telefon", "Sted", "Skal registreres", "Status", "Taget i brug", "Frist", "Registreret", "Ændringer siden"}}
	all, open, err := r.Polcams(ctx, controller)
	if err != nil {
		return t, err
	}
	locations, err := r.locationsByID(ctx, controller)
	if err != nil {
		return t, err
	}
	changes := map[string][]PolcamChange{}
	for _, c := range open {
		changes[c.Location] = append(changes[c.Location], c)
	}
	now := r.clock.Now()
	for _, p := range all {
		l := locations[p.Location]
		point := ""
		if l.Position.Known() {
			point = fmt.Sprintf("%.6f, %.6f", l.Position.Lat, l.Position.Lon)
		}
		days := sheet.Cell{}
		if n := keep(p.Location); n > 0 {
			days = sheet.Count(n)
		}
		state := p.State(changes[p.Location], now)
		due := p.Due
		if n := len(changes[p.Location]); n > 0 && !p.Registered.IsZero() {
			due = changes[p.Location][0].Due
		}
		t.Rows = append(t.Rows, []sheet.Cell{sheet.Text(l.Address), sheet.Text(point), sheet.Text(p.Placement), sheet.Count(l.Cameras), days, sheet.Text(p.Remarks),
			sheet.Text(p.Contact), sheet.Text(p.Email), sheet.Text(p.Phone), sheet.Text(l.Name), sheet.Text(polcamDuty[p.Duty]), sheet.Text(polcamWords[state]),
			day(p.Commissioned, zone), day(due, zone), day(p.Registered, zone), sheet.Count(len(changes[p.Location]))})
	}
	return t, nil
}

func day(t time.Time, zone *time.Location) sheet.Cell {
	if t.IsZero() {
		return sheet.Cell{}
	}
	return sheet.Day(t.In(zone))
}

// The words of the sheet, which is for Danes and their police.
var polcamDuty = map[string]string{PolcamRequired: "ja", PolcamVoluntary: "frivilligt", PolcamNot: "nej"}

var polcamWords = map[PolcamState]string{PolcamNeedless: "Skal ikke registreres", PolcamWaiting: "Ikke taget i brug", PolcamDue: "Skal registreres",
	PolcamOverdue: "Frist overskredet", PolcamRegistered: "Registreret", PolcamChangeDue: "Ændring skal registreres", PolcamChangeOverdue: "Frist for ændring overskredet",
	PolcamLeave: "Skal afmeldes", PolcamLeaveLate: "Frist for afmelding overskredet", PolcamLeft: "Afmeldt"}

// locationsByID is every location of a controller by id, with how many
// cameras are in service there.
func (r *Register) locationsByID(ctx context.Context, controller string) (map[string]LocationFound, error) {
	found, _, err := r.FindLocations(ctx, LocationQuery{Controller: controller, Shut: true})
	out := map[string]LocationFound{}
	for _, l := range found {
		out[l.ID] = l
	}
	return out, err
}
