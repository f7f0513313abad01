package casework

import (
	"fmt"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Refusal is why an act is not done: everything that hinders it, in words. It
// is in the chain of each error of [Process.Do], which has the key of the
// first.
type Refusal struct {
	Why []Missing
}

func (r *Refusal) Error() string {
	var all []string
	for _, m := range r.Why {
		all = append(all, m.Key+": "+m.Text.In("en"))
	}
	return strings.Join(all, "; ")
}

// refuse makes the error of what hinders. The kind goes by the first.
func refuse(why []Missing) error {
	kind, ok := kinds[why[0].Key]
	if !ok {
		kind = fault.Invalid
	}
	return &fault.Error{Kind: kind, Key: why[0].Key, Err: &Refusal{why}}
}

// kinds are those of what is not wrong input.
var kinds = map[string]fault.Kind{
	"case.ended":     fault.Denied,
	"case.body":      fault.Denied,
	"case.own":       fault.Denied,
	"case.act":       fault.Denied,
	"case.blocked":   fault.Denied,
	"case.approval":  fault.Denied,
	"case.condition": fault.Denied,
	"case.wait":      fault.Denied,
	"case.outside":   fault.Denied,
	"case.before":    fault.Conflict,
	"case.done":      fault.Conflict,
	"case.revision":  fault.Conflict,
	"case.step":      fault.NotFound,
}

// say is a reason with its words.
func say(key string, args ...any) Missing {
	t := words[key]
	return Missing{Key: key, Refuses: true, Text: Text{fmt.Sprintf(t.DA, args...), fmt.Sprintf(t.EN, args...)}}
}

// sayOf is say about something that has words itself, as the first argument.
func sayOf(key string, of Text, args ...any) Missing {
	t := words[key]
	da, en := append([]any{of.DA}, args...), append([]any{of.In("en")}, args...)
	return Missing{Key: key, Refuses: true, Text: Text{fmt.Sprintf(t.DA, da...), fmt.Sprintf(t.EN, en...)}}
}

// words are the reasons. Danish first, as everywhere.
var words = map[string]Text{
	"case.ended":        {"Sagen er afsluttet. Der kan ikke længere ske noget i den.", "The case has ended. Nothing more can be done in it."},
	"case.body":         {"Det er ikke din opgave: %s har den.", "This is not yours to do: %s has it."},
	"case.own":          {"Du har selv søgt eller skrevet i ansøgningen. En anden skal tage stilling.", "You applied or wrote in the application yourself. Somebody else must decide."},
	"case.act":          {"Det kan man ikke gøre ved dette trin.", "That cannot be done at this step."},
	"case.step":         {"Trinnet findes ikke i denne sagsgang.", "This process has no such step."},
	"case.before":       {"“%s” skal være afsluttet først.", "“%s” must be done first."},
	"case.done":         {"Trinnet venter ikke på nogen: det er allerede afsluttet, eller det er ikke nødvendigt.", "The step waits for nobody: it is already done, or not needed."},
	"case.revision":     {"Ansøgningen er ændret, siden du åbnede den. Læs den nye udgave, før du tager stilling.", "The application has changed since you opened it. Read the new version before you decide."},
	"case.blocked":      {"Overvågningen må ikke etableres nu.", "The surveillance must not be established now."},
	"case.approval":     {"Godkendelsen “%s” mangler eller gælder en ældre udgave af ansøgningen.", "The approval “%s” is missing or is of an older version of the application."},
	"case.condition":    {"Et vilkår er ikke opfyldt: %s", "A condition is not met: %s"},
	"case.wait":         {"Det må tidligst ske %[2]s, %[3]d dage efter “%[1]s”.", "The earliest is %[2]s, %[3]d days after “%[1]s”."},
	"case.wait-first":   {"Der skal gå %[2]d dage efter “%[1]s”, som ikke er sket endnu.", "%[2]d days must pass after “%[1]s”, which has not happened yet."},
	"case.reason":       {"Skriv hvorfor.", "Say why."},
	"case.evidence":     {"Vedlæg et dokument, eller beskriv det i bemærkningerne.", "Attach a document, or describe it in the remarks."},
	"case.confirm":      {"Bekræft: %s", "Confirm: %s"},
	"case.annex":        {"Bilaget “%s” mangler.", "The annex “%s” is missing."},
	"case.probe":        {"Kameraet er ikke afprøvet teknisk.", "The camera has not been tested technically."},
	"case.told":         {"“%s” kan ikke ligge før den dag, da de sidste blev underrettet: %s.", "“%s” cannot be before the day on which the last of them were told: %s."},
	"case.still":        {"Der mangler et stillbillede fra kameraet.", "A still picture from the camera is missing."},
	"case.cameras":      {"Sagen har ingen kameraer.", "The case has no cameras."},
	"case.conditions":   {"Skriv mindst ét vilkår.", "Write at least one condition."},
	"case.blocks":       {"Vilkåret kan ikke knyttes til det trin.", "The condition cannot be tied to that step."},
	"case.no-condition": {"Der er ikke noget åbent vilkår af den slags.", "There is no such open condition."},
	"case.valid-to":     {"Godkendelsen skal gælde til et tidspunkt i fremtiden.", "The approval must end in the future."},
	"case.future":       {"“%s” kan ikke ligge i fremtiden.", "“%s” cannot be in the future."},
	"case.outside":      {"Ændringen ligger uden for godkendelsen og kræver en ny ansøgning: %s", "The change is outside the approval and needs a new application: %s"},
	"case.no-change":    {"Der er ingen ændringer.", "There are no changes."},
	"case.undecided":    {"Sagen er ikke godkendt endnu.", "The case is not approved yet."},
	"case.decided":      {"Sagen er godkendt. Ændringer inden for godkendelsen laves som tilpasning, andre som en ny ansøgning.", "The case is approved. Changes within the approval are made as an adjustment, others as a new application."},
	"case.not-sent":     {"Ansøgningen er ikke sendt.", "The application has not been sent."},
	"field.missing":     {"Udfyld “%s”.", "Fill in “%s”."},
	"field.number":      {"“%s” skal være et helt tal.", "“%s” must be a whole number."},
	"field.least":       {"“%s”: mindst %d.", "“%s”: at least %d."},
	"field.most":        {"“%s”: højst %d.", "“%s”: at most %d."},
	"field.short":       {"“%s”: skriv mindst %d tegn.", "“%s”: write at least %d characters."},
	"field.long":        {"“%s”: højst %d tegn.", "“%s”: at most %d characters."},
	"field.rows-few":    {"“%s”: mindst %d rækker.", "“%s”: at least %d rows."},
	"field.rows-many":   {"“%s”: højst %d rækker.", "“%s”: at most %d rows."},
	"field.date":        {"“%s” skal være en dato.", "“%s” must be a date."},
	"field.choice":      {"“%s”: vælg blandt svarene.", "“%s”: choose among the answers."},
	"field.unknown":     {"Feltet findes ikke i denne sagsgang.", "This process has no such field."},
	"hours.none":        {"Angiv mindst ét tidsrum.", "Give at least one set of hours."},
	"hours.form":        {"Tidsrummet “%s” er ikke gyldigt.", "The hours “%s” are not valid."},
	"hours.twice":       {"Tidsrummet “%s” er der to gange.", "The hours “%s” are there twice."},
	"hours.frame":       {"Tidsrummet “%s” går ud over den ydre ramme, der søges om.", "The hours “%s” reach beyond the outermost hours applied for."},
	"camera.none":       {"Tilføj mindst ét kamera.", "Add at least one camera."},
	"camera.hours":      {"Kameraet “%s” har intet tidsrum.", "The camera “%s” has no hours."},
	"camera.purpose":    {"Angiv formålet med kameraet “%s”.", "Give the purpose of the camera “%s”."},
	"camera.basis":      {"Angiv retsgrundlaget for kameraet “%s”.", "Give the legal basis of the camera “%s”."},
	"camera.place":      {"Angiv, hvad det er for et sted, kameraet “%s” ser.", "Say what kind of place the camera “%s” sees."},
	"camera.element":    {"Kameraet “%[1]s”: udfyld %[2]s.", "The camera “%[1]s”: fill in the %[3]s."},
	"camera.twice":      {"Kameraet “%s” står der to gange.", "The camera “%s” is there twice."},
	"policy.retention":  {"Optagelser må her højst gemmes i %d dage.", "Recordings may be kept here for %d days at most."},
	"policy.special":    {"Mere end %d dage kræver en særlig grund.", "More than %d days needs a special reason."},
	"policy.police":     {"Kameraet “%s” ser et sted, hvor politidirektørens godkendelse skal vedlægges.", "The camera “%s” sees a place for which the police director's approval must be attached."},
	"terms.basis":       {"Kameraet “%s” får ingen tilladelse: hjemlen gælder ikke.", "The camera “%s” gets no permit: its legal basis is not in force."},
	"terms.record":      {"Kameraet “%s” får ingen tilladelse: hjemlen tillader ikke optagelse (tv-overvågningsloven § 2, stk. 1, nr. 4).", "The camera “%s” gets no permit: its legal basis allows no recording (tv-overvågningsloven § 2, stk. 1, nr. 4)."},
	"terms.retention":   {"Kameraet “%s” får ingen tilladelse: slettefristen er ikke angivet, eller den er længere end loven tillader.", "The camera “%s” gets no permit: the retention is not given, or longer than the law allows."},
	"terms.ended":       {"Kameraet “%s” får ingen tilladelse: det, den hviler på, er udløbet.", "The camera “%s” gets no permit: what it rests on has ended."},
	"drawing.none":      {"Tegn kameraerne ind på mindst én tegning, eller vedlæg den som bilag.", "Place the cameras on at least one drawing, or attach one as an annex."},
}

// zone is Danish wall time. Without its data days begin at UTC midnight, which
// is later.
func zone() *time.Location {
	z, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return time.UTC
	}
	return z
}

// day is a moment's Danish date, in words of each language.
func dayText(t time.Time) Text {
	l := t.In(zone())
	months := [...]string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}
	return Text{fmt.Sprintf("den %d. %s %d", l.Day(), months[l.Month()-1], l.Year()), l.Format("2 January 2006")}
}

// parseDay reads "2026-11-22" as the Danish midnight that begins it.
func parseDay(s string) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, s, zone())
	return t, err == nil && t.Year() >= 2000 && t.Year() < 2200
}
