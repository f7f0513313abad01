package e2e

import (
	"vidne.dk/vidne/internal/staff"
)

// tell has the manager of the case's place put somebody on its roll, and write
// down that they have been given the notice: without it the step cannot be done.
func (s *caseStory) tell() {
	s.t.Helper()
	room, ok := s.rooms.Cases.Staff.(*staff.Room)
	if !ok {
		s.t.Fatal("the cases ask nobody whether staff have been told")
	}
	if err := room.Tick(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	roll := must[staff.Roll](s.t)(room.Of(s.t.Context(), s.controller, s.location))
	if len(roll.Members) > 0 && len(roll.Lacks()) == 0 {
		return
	}
	at := "/personale/" + s.location
	s.as(s.holds["manager"])
	if len(roll.Members) == 0 {
		s.b.open(at + "/ny")
		s.b.accessible(at + "/ny")
		s.b.fillForm(values{"slags": {"employee"}, "navn": {"Anders Møller"}, "sprog": {"da"}, "fra": {"2024-08-01"}})
		s.b.arrives(submit, "somebody is on the roll", said("personale-tilfoejet"))
	}
	s.b.open(at + "/underretning")
	s.b.accessible("the notice to staff")
	roll = must[staff.Roll](s.t)(room.Of(s.t.Context(), s.controller, s.location))
	s.b.open(at + "/kvitteringer")
	s.b.accessible(at + "/kvitteringer")
	s.b.fillForm(values{"hvem": {roll.Members[0].ID}, "hvordan": {string(staff.InPerson)}, "ord": {"Gennemgået på et personalemøde."}})
	s.b.arrives(submit, "the receipt is written down", said("personale-kvitteret"))
	s.b.accessible(at)
}
