package incidents

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
)

// tasks are the steps of H 7 in their order, each with who took it and when, or
// what is missing. A step that can be taken is a link.
func (v *visit) tasks(f facts, edit, sees bool) (out []taskRow) {
	i, s := v.incident, v.incident.Steps
	add := func(id, note string, b fds.Badge) *taskRow {
		t := taskRow{ID: id, Title: v.T("incident.task." + id), Note: note, Badge: b}
		if edit {
			t.Href = v.here() + "/" + id
		}
		out = append(out, t)
		return &out[len(out)-1]
	}
	done := fds.Badge{Tone: fds.Success, Text: v.T("incident.done")}
	missing := fds.Badge{Tone: fds.Warning, Text: v.T("incident.missing")}
	waits := fds.Badge{Tone: fds.Warning, Text: v.T("incident.waits")}
	notYet := fds.Badge{Text: v.T("incident.not-yet")}
	word := func(d incident.Done, more string) string {
		if !d.Is() {
			return more
		}
		by := v.by(d.Name, d.At)
		if more != "" {
			return more + ". " + by
		}
		return by
	}
	add("beskrivelse", v.T("incident.span", v.DateTime(i.From), v.DateTime(i.To))+". "+v.by(i.Name, i.Opened), done)
	if s.Others.Is() {
		add("andre", word(s.Others.Done, s.Others.Who), done)
	} else {
		add("andre", v.T("incident.task.andre.missing"), missing)
	}
	switch i.Crime {
	case incident.CrimeUnsaid:
		add("kriminalitet", v.T("incident.task.kriminalitet.missing"), missing)
	case incident.CrimePresumed:
		add("kriminalitet", word(s.Assessed, v.T("crime.presumed")), waits)
	default:
		add("kriminalitet", word(s.Assessed, v.T("crime."+string(i.Crime))), done)
	}
	if x := i.Scope(); x.Version > 0 {
		add("behov", v.N("incident.cameras", int64(len(x.Cameras)))+". "+v.by(x.Name, x.Named), done)
	} else {
		add("behov", v.T("incident.task.behov.missing"), missing)
	}
	out = append(out, v.lookTask(f, sees, notYet))
	v.secureTask(f, add, done, missing, waits)

	switch m := s.Minors; {
	case !m.Is():
		add("mindreaarige", v.T("incident.task.mindreaarige.missing"), missing)
	case !m.Seen:
		add("mindreaarige", word(m.Done, v.T("stepminors.no")), done)
	case !m.Told.Is():
		add("mindreaarige", v.T("incident.task.mindreaarige.untold"), missing)
	default:
		add("mindreaarige", v.T("incident.task.mindreaarige.told", v.DateTime(m.Told.At), m.Told.Name), done)
		if m.Talk.Is() {
			add("samtale", word(m.Talk, ""), done)
		} else {
			add("samtale", v.T("incident.task.samtale.missing"), missing)
		}
	}
	if i.Crime == incident.CrimeNone && !s.Handed.Is() {
		return out
	}
	if s.NoCase.Is() {
		add("ingen-straffesag", word(s.NoCase, s.NoCase.Words), done)
		return out
	}
	if s.Consulted.Is() {
		add("samraad", word(s.Consulted.Done, s.Consulted.With), done)
	} else {
		add("samraad", v.T("incident.task.samraad.missing"), missing)
	}
	switch err := i.MayHandOver(); {
	case s.Handed.Is():
		add("overdragelse", v.T("incident.task.overdragelse.done", s.Handed.Police, s.Handed.To, s.Handed.Medium)+" "+v.by(s.Handed.Name, s.Handed.On), done)
		return out
	case err != nil:
		add("overdragelse", v.Explain(err), notYet)
	default:
		t := add("overdragelse", v.T("incident.task.overdragelse.missing"), missing)
		if v.discloses() { // the receipt of the package does this step
			t.Href = v.here() + "/udlevering/police"
		}
	}
	add("ingen-straffesag", v.T("incident.task.ingen-straffesag.text"), fds.Badge{Text: v.T("incident.or")})
	return out
}

// by is who did something, and when.
func (v *visit) by(name string, at time.Time) string {
	return v.T("incident.opened.by", v.DateTime(at), name)
}

func (v *visit) lookTask(f facts, sees bool, notYet fds.Badge) taskRow {
	look := taskRow{ID: "se", Title: v.T("incident.task.look"), Note: v.T("incident.task.look.missing"), Badge: notYet}
	if v.incident.Open() && slices.ContainsFunc(f.cameras, func(n named) bool { return n.why == nil }) {
		look.Badge = fds.Badge{Tone: fds.Info, Text: v.T("incident.ready")}
	}
	if sees {
		look.Href = v.here() + "/se"
	}
	if n := len(f.looked); n > 0 {
		look.Note = v.N("incident.looked", int64(n)) + ". " + v.by(f.looked[0].Name, f.looked[0].Opened)
		look.Badge = fds.Badge{Tone: fds.Success, Text: v.T("incident.done")}
	}
	return look
}

// secureTask is done by a lock that stands, by what the police got, or by the
// word that nothing needs it.
func (v *visit) secureTask(f facts, add func(id, note string, b fds.Badge) *taskRow, done, missing, waits fds.Badge) {
	for _, h := range f.holds {
		switch h.State(v.Now) {
		case hold.Standing, hold.Released, hold.Ended:
			add("sikring", h.Number+". "+v.by(h.Name, h.Decided), done)
			return
		case hold.Asked:
			add("sikring", v.T("incident.task.sikring.asked", h.Number), waits)
			return
		}
	}
	s := v.incident.Steps
	switch {
	case s.Nothing.Is():
		add("sikring", s.Nothing.Words+" "+v.by(s.Nothing.Name, s.Nothing.At), done)
	case s.Handed.Is():
		add("sikring", v.T("incident.task.sikring.handed"), done)
	default:
		add("sikring", v.T("incident.task.sikring.missing"), missing)
	}
}
