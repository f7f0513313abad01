package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// caseStory is one case played in the browser, from an empty register to the
// first recorded picture, with another person for each body.
type caseStory struct {
	*site
	b          *browser
	controller string
	cam        *testcam.Camera
	location   string // id, once entered
	camera     string
	id         string            // of the case
	holds      map[string]string // body to login
	given      map[string]string // what is answered, by what it means
	at         string            // login of whoever is logged in
	waited     int
}

// member is a person of a story.
type member struct {
	login, name, body string
	role              access.Role
}

func newCaseStory(t *testing.T, c register.Controller, members []member, given map[string]string) *caseStory {
	t.Helper()
	s := &caseStory{site: newBareSite(t), controller: c.ID, holds: map[string]string{}, given: given}
	if err := s.register.AddController(t.Context(), c, ""); err != nil { // the command line does this
		t.Fatal(err)
	}
	for _, m := range members {
		s.persons[m.login] = must[identity.Person](t)(s.people.Create(t.Context(), identity.NewAccount{Login: m.login, Name: m.name, Controller: c.ID, Roles: []string{string(m.role)}, Password: password}, ""))
		if m.body != "" {
			s.holds[m.body] = m.login
		}
	}
	s.cam = s.site.camera(testcam.Small)
	s.b = newBrowser(t, s.url)
	return s
}

// as lets somebody sit down at the browser.
func (s *caseStory) as(login string) {
	s.t.Helper()
	if s.at == login {
		return
	}
	s.b.do(network.ClearBrowserCookies())
	s.b.logIn(login)
	s.at = login
}

// values are what is typed, by the controls' names.
type values map[string][]string

// fillForm fills in the controls that the page has, as somebody would who does
// not mind in which order.
func (b *browser) fillForm(v values) {
	b.t.Helper()
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(v)) {
		var list []string
		for _, x := range v[k] {
			list = append(list, quote(x))
		}
		parts = append(parts, quote(k)+":["+strings.Join(list, ",")+"]")
	}
	b.do(evalNow(`(() => { const v = {` + strings.Join(parts, ",") + `};
for (const e of document.querySelectorAll('main form[method=post] [name]')) {
  if (!(e.name in v) || e.type === 'hidden') continue;
  if (e.type === 'checkbox' || e.type === 'radio') e.checked = v[e.name].includes(e.value);
  else e.value = v[e.name][0] ?? '';
  e.dispatchEvent(new Event('input', {bubbles: true}));
} })()`))
}

// arrives clicks and waits for the page that it leads to.
func (b *browser) arrives(selector, what, condition string) {
	b.t.Helper()
	b.do(evalNow(`window.stale = true`))
	b.click(selector)
	b.wait(what, `!window.stale && document.readyState === 'complete' && (`+condition+`)`)
}

const submit = `main form[method=post] .v-actions button`

// said waits for the word that something was done.
func said(note string) string {
	return fmt.Sprintf(`location.search.includes(%s)`, quote("besked="+note))
}

// typed are a process's answers as a page's controls have them.
func typed(answers casework.Answers) values {
	v := values{}
	for id, a := range answers {
		switch {
		case len(a.Rows) > 0:
			for i, row := range a.Rows {
				for col, x := range row {
					v[fmt.Sprintf("%s.%d.%s", id, i, col)] = []string{x}
				}
			}
		case len(a.Many) > 0:
			v[id] = a.Many
		default:
			v[id] = []string{a.Text}
		}
	}
	return v
}

// look is the case as the machine has it.
func (s *caseStory) look() dossier.View {
	s.t.Helper()
	return must[dossier.View](s.t)(s.rooms.Cases.Look(s.t.Context(), s.controller, s.id, dossier.Who{}))
}

// register enters the place and who holds which body.
func (s *caseStory) enterRegister(coordinator, place string) {
	s.t.Helper()
	s.as(coordinator)
	s.b.open("/steder/nyt")
	s.b.fillForm(values{"navn": {place}, "adresse": {"Skolevej 4, 9999 Lindeby"}, "matrikel": {"12ab, Lindeby By"}, "leder": {"Poul Erik Bach"}, "kontakt": {"poul@lindeby.example"}, "aktivitet": {s.given["activity"]}})
	s.b.arrives(submit, "the place is entered", `location.pathname.startsWith('/steder/') && location.pathname !== '/steder/nyt'`)
	all := must[[]register.Location](s.t)(s.register.Locations(s.t.Context(), s.controller))
	s.location = all[0].ID
	for _, body := range slices.Sorted(maps.Keys(s.holds)) {
		if body == "applicant" {
			continue // by applying
		}
		s.b.open("/organisation/roller/ny")
		s.b.fillForm(values{"rolle": {body}, "person": {s.persons[s.holds[body]].ID}, "email": {s.holds[body] + "@lindeby.example"}})
		s.b.arrives(submit, body+" has its holder", `location.pathname === '/organisation'`)
	}
}

// apply opens the case.
func (s *caseStory) apply(title string) {
	s.t.Helper()
	s.as(s.holds["applicant"])
	s.b.open("/sager")
	s.b.accessible("/sager")
	s.b.open("/sager/ny")
	s.b.arrives(submit, "an empty form is told what is missing", `document.querySelector('.v-error-summary') !== null`)
	s.b.fillForm(values{"titel": {title}, "steder": {s.location}, "sagsnr": {"INC-20417"}})
	s.b.arrives(submit, "the case is open", said("sag-oprettet"))
	s.id = strings.Split(eval[string](s.b, `location.pathname`), "/")[2]
}

// write does the tasks of the application that a step needs, and sends it.
func (s *caseStory) write(step string) {
	s.t.Helper()
	look := s.look()
	st, _ := look.Process.Step(step)
	answers := typed(dossiertest.Answers(look.Process, s.given, s.clk.Now()))
	// A pattern of dated incidents: one alone is no reason (H 3.1).
	if f, ok := look.Process.Meaning("incidents"); ok {
		for i, days := range []int{12, 40, 77} {
			row := fmt.Sprintf("%s.%d.", f.ID, i)
			answers[row+"date"] = []string{s.clk.Now().AddDate(0, 0, -days).Format(time.DateOnly)}
			answers[row+"what"], answers[row+"reported"] = []string{"Rude knust ved hoveddøren"}, []string{casework.Yes}
		}
	}
	order := []string{casework.TaskHours, casework.TaskCameras, casework.TaskAnnexes, casework.TaskFields, "", casework.TaskScreening, casework.TaskDrawings}
	tasks := slices.Clone(look.Process.Tasks)
	slices.SortStableFunc(tasks, func(a, b casework.Task) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	for _, t := range tasks {
		if len(st.Needs.Tasks) > 0 && !slices.Contains(st.Needs.Tasks, t.ID) || !t.When.Holds(s.look().Draft.Application.Answers) {
			continue
		}
		at := "/sager/" + s.id + "/ansoegning/" + t.ID
		s.b.open(at)
		s.b.accessible(at)
		switch t.Kind {
		case casework.TaskHours:
			s.hours()
		case casework.TaskCameras:
			s.cameras(at)
		case casework.TaskAnnexes:
			s.annexes(look.Process, at)
		}
		if len(t.Fields) == 0 {
			continue
		}
		s.b.open(at)
		s.b.fillForm(answers)
		for eval[bool](s.b, fmt.Sprintf(`%s.some(n => document.getElementsByName(n).length === 0)`, missingRows(t, answers))) {
			s.b.arrives(`main button[name=mere]`, "more rows", `document.querySelector('main form') !== null`)
			s.b.fillForm(answers)
		}
		s.b.arrives(`main button[name=videre]`, t.ID+" is saved", fmt.Sprintf(`location.pathname !== %s`, quote(at)))
	}
	s.b.open("/sager/" + s.id + "/ansoegning/kontrol")
	s.b.accessible("the answers before they are sent")
	s.b.arrives(submit, step+" is sent", said("sag-sendt"))
}

// missingRows is a script's list of the rows that a task's tables must have.
func missingRows(t casework.Task, v values) string {
	out := []string{}
	for i := range t.Fields {
		for k := range v {
			if strings.HasPrefix(k, t.Fields[i].ID+".") && (t.Fields[i].Kind == casework.FieldRows || t.Fields[i].Kind == casework.FieldPeople) {
				out = append(out, quote(k))
			}
		}
	}
	return "[" + strings.Join(out, ",") + "]"
}

func (s *caseStory) hours() {
	s.t.Helper()
	s.b.open("/sager/" + s.id + "/tidsrum/nyt")
	v := values{"navn": {"Uden for åbningstid"}, "grund": {"Der er kun lukket om natten, og hændelserne sker i ydertimerne."}}
	for d := 1; d <= 7; d++ {
		v[fmt.Sprintf("dag-%d", d)] = []string{"hele døgnet"}
	}
	v["dag-1"] = []string{"fire til fem"}
	s.b.fillForm(v)
	s.b.arrives(submit, "hours that cannot be read are told", `document.querySelector('#dag-1-error') !== null && document.querySelector('#dag-2').value === 'hele døgnet'`)
	s.b.fillForm(values{"dag-1": {"00-12, 12-24"}})
	s.b.arrives(submit, "the hours are saved", said("kladde-gemt"))
}

// cameras plans one camera, says what the law asks of it, and lets IT connect
// and examine it.
func (s *caseStory) cameras(at string) {
	s.t.Helper()
	s.b.fillForm(values{"nyt-navn": {"Hovedindgang"}, "nyt-sted": {s.location}})
	s.b.arrives(fmt.Sprintf(`form[action=%s] .v-actions button`, quote("/sager/"+s.id+"/kameraer")), "the camera is in the application", said("kladde-gemt"))
	s.camera = s.look().Draft.Application.Cameras[0].Camera
	page := "/sager/" + s.id + "/kameraer/" + s.camera
	s.b.open(page)
	s.b.accessible(page)
	v := values{"sted": {"changing-room"}, "slags": {"crime"}, "formaal": {"Opklare hærværk ved hoveddøren"}, "optager": {"yes"}, "lyd": {"no"}, "tidsrum": {"t1"}, "aktivitet": {s.given["activity"]},
		"funktion": {"Fast kamera med nattesyn"}, "kvalitet": {"1080p, 12 billeder i sekundet"}, "lagring": {"Centralt og krypteret"}, "montering": {"Over døren, 3,2 m"}, "retning": {"Trappen"}}
	s.b.fillForm(v)
	s.b.arrives(submit, "a changing room has no basis", `document.querySelector('#sted-error') !== null && document.querySelector('input[name=hjemmel]') === null`)
	v["sted"] = []string{s.given["place"]}
	s.b.fillForm(v)
	s.b.arrives(submit, "the bases of the place are offered", fmt.Sprintf(`document.querySelector('input[name=hjemmel][value=%s]') !== null`, quote(s.given["basis"])))
	s.b.fillForm(values{"hjemmel": {s.given["basis"]}})
	s.b.arrives(submit, "the conditions of the basis are asked", `document.querySelector('input[name=hjemmel]:checked') !== null`)
	all := eval[[]string](s.b, `[...document.querySelectorAll('input[name=betingelser]')].map(e => e.value)`)
	s.b.fillForm(values{"betingelser": all})
	s.b.arrives(submit, "the camera is described", fmt.Sprintf(`location.pathname === %s`, quote(at)))
}

func (s *caseStory) annexes(p *casework.Process, at string) {
	s.t.Helper()
	dir := s.t.TempDir()
	program := filepath.Join(dir, "plan.pdf")
	pdf := filepath.Join(dir, "bilag.pdf")
	for name, text := range map[string]string{program: "MZ\x90\x00 er intet dokument", pdf: dossiertest.PDF} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	first := true
	for _, k := range p.Annexes {
		if !k.Required || !k.When.Holds(s.look().Draft.Application.Answers) {
			continue
		}
		section := "#b-" + k.ID
		attach := func(file, what, condition string) {
			s.b.open(at)
			s.b.do(chromedp.SetUploadFiles(section+" input[type=file]", []string{file}, chromedp.ByQuery))
			s.b.arrives(section+" .v-upload button", what, condition)
		}
		if first {
			attach(program, "what is no document is refused with its reason", `location.search.includes('afvist=document.type')`)
			first = false
		}
		attach(pdf, k.ID+" is attached", said("bilag-vedhaeftet"))
	}
}

// connect lets IT give the engine the camera's address and examine it (H 2.2 B).
func (s *caseStory) connect(it string) {
	s.t.Helper()
	s.as(it)
	at := "/kameraer/" + s.camera + "/forbindelse"
	s.b.open(at)
	s.b.fillForm(values{"adresse": {s.cam.URL()}, "transport": {"tcp"}})
	s.b.arrives(submit, "the engine has the camera's address", said("forbindelse"))
	halt := s.run(1) // a camera sends as time passes
	defer halt()
	s.b.arrives(fmt.Sprintf(`form[action=%s] button`, quote(at+"/undersoeg")), "the engine has examined the camera", said("undersoegt"))
}

// step does one step as whoever holds it.
func (s *caseStory) step(t casework.Turn) {
	s.t.Helper()
	look := s.look()
	st, _ := look.Process.Step(t.Step)
	if st.Needs.Staff {
		s.tell()
	}
	s.as(s.holds[st.Body])
	if st.Kind == casework.StepApply {
		s.write(t.Step)
		return
	}
	if st.Needs.Probe && len(look.Facts.Probed) == 0 {
		s.connect(s.holds[st.Body])
	}
	if st.Needs.Stills {
		s.follow()
	}
	at := "/sager/" + s.id + "/trin/" + t.Step
	s.b.open(at)
	s.b.accessible(at)
	v := typed(dossiertest.Answers(&casework.Process{Tasks: []casework.Task{{Fields: st.Needs.Fields}}}, s.given, s.clk.Now()))
	for _, x := range st.Needs.Confirm {
		v["bekraeft"] = append(v["bekraeft"], x.ID)
	}
	v["bemaerkning"] = []string{"Gennemgået med stedets leder."}
	v["handling"] = []string{string(casework.ActApprove)}
	if st.Kind != casework.StepDecision {
		v["handling"] = []string{string(casework.ActComplete)}
	}
	s.b.fillForm(v)
	s.b.arrives(`#trin .v-actions button`, t.Step+" is done", `location.search.includes('besked=trin-')`)
	s.b.quiet(at)
}

// follow holds what the camera sees now against what was approved (H 2.5 (9)).
func (s *caseStory) follow() {
	s.t.Helper()
	halt := s.run(1)
	defer halt()
	at := "/sager/" + s.id + "/opfoelgning/" + s.camera
	// Whoever runs the platform is let neither to the page nor to the picture.
	who := s.at
	s.as(s.holds["it"])
	s.b.open(at)
	taken := eval[int](s.b, fmt.Sprintf(`fetch(%s, {method: 'POST'}).then(r => r.status)`, quote(at)))
	if said := s.b.text("main"); taken != http.StatusForbidden || !strings.Contains(said, "It-drift må aldrig se optagelser") {
		s.t.Errorf("IT asks for the picture and gets %d: %s", taken, said)
	}
	s.as(who)
	s.b.open(at)
	s.b.accessible(at)
	s.b.arrives(fmt.Sprintf(`form[action=%s] button`, quote(at)), "a picture is taken and shown", `document.querySelector('main img')?.naturalWidth > 100`)
	s.b.shot("opfoelgning")
	s.b.fillForm(values{"svar": {"ligner"}})
	s.b.arrives(`main .v-actions button.button-primary`, "the answer is kept", said("sammenlignet"))
}

// play does what is open, step by step, until a step is done; time passes
// where the process demands a wait.
func (s *caseStory) play(until string) {
	s.t.Helper()
	for range 60 {
		look := s.look()
		if look.Case.Steps[until].Status == casework.StepDone {
			return
		}
		done := false
		for _, t := range look.Turns {
			if t.Earliest.After(s.clk.Now()) {
				continue
			}
			s.step(t)
			done = true
			break
		}
		if done {
			continue
		}
		if len(look.Turns) == 0 {
			s.t.Fatalf("the case is %s and never came to %s", look.Case.Status, until)
		}
		s.pass(look.Turns[0])
	}
	s.t.Fatalf("the case never came to %s", until)
}

// pass waits as long as the process demands, and shows that until then nobody
// can go on.
func (s *caseStory) pass(t casework.Turn) {
	s.t.Helper()
	look := s.look()
	st, _ := look.Process.Step(t.Step)
	s.as(s.holds[st.Body])
	s.b.open("/sager/" + s.id + "/trin/" + t.Step)
	if eval[bool](s.b, `document.querySelector('#trin') !== null`) {
		s.t.Errorf("%s can be done before its time", t.Step)
	}
	s.waited++
	s.clk.Advance(t.Earliest.Sub(s.clk.Now()) + time.Minute)
	s.at = "" // nobody is logged in after so long
}

func (s *caseStory) records() bool {
	st, err := s.engine.Status(s.t.Context())
	if err != nil {
		return false
	}
	return slices.ContainsFunc(st.Cameras, func(c engineapi.CameraStatus) bool {
		return c.Camera == s.camera && c.State == engineapi.StateRecording
	})
}

// first lets the permit out and waits for the first picture.
func (s *caseStory) first(step string) {
	s.t.Helper()
	if n := s.entries("permit.issued"); n != 0 {
		s.t.Fatalf("%d permits before %s", n, step)
	}
	halt := s.run(1)
	s.play(step)
	s.until("the camera records", s.records)
	s.until("its first seconds are kept", func() bool { return s.recorded(s.camera) > 2 })
	halt()
	s.as(s.holds["it"])
	s.b.open("/sager/" + s.id + "/tilladelser")
	s.b.accessible("/tilladelser")
	s.b.wait("the page shows the permit in force", `document.querySelector('main').innerText.includes('Gælder hos optageren')`)
	s.b.open("/sager/" + s.id)
	s.b.accessible("the case")
	s.b.shot("sagsforloeb")
	s.b.quiet("the case")
}

func TestMunicipalCase(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-1", "CASE-2", "CASE-3", "CASE-5", "CASE-6", "CASE-7", "CASE-9", "CASE-10", "CASE-11", "CASE-12", "CASE-13", "CASE-14", "SITE-1", "LAW-1", "LAW-15", "REC-1")
	s := newCaseStory(t, register.Controller{ID: "lindeby", Name: "Lindeby Kommune", Kind: register.Municipality, Contact: "Torvet 1", DPO: "dpo@lindeby.example"}, []member{
		{"karen", "Karen Holm", "", access.Coordinator}, {"birthe", "Birthe Kjær", "applicant", access.Applicant}, {"soeren", "Søren Krogh", "it", access.IT},
		{"rikke", "Rikke Lind", "risk", access.Approver}, {"mette", "Mette Dahl", "dpo", access.DPO}, {"bent", "Bent Friis", "buildings", access.Approver},
		{"ane", "Ane Toft", "administration", access.Approver}, {"dorte", "Dorte Skov", "director", access.Approver}, {"oeke", "Ulla Krag", "committee", access.Approver},
		{"poul", "Poul Erik Bach", "manager", access.Manager},
	}, map[string]string{"place": "own-entrance", "basis": "2d", "purpose.kind": "crime", "retention.days": "3", "special": casework.No, "activity": "school"})
	s.enterRegister("karen", "Lindeby Skole")
	s.apply("Hærværk ved hoveddøren")
	s.play("install")
	if s.waited == 0 {
		t.Error("the six weeks of the staff notice were never waited for")
	}
	s.first("pattern")
	s.play("operation")
	if c := s.look().Case; c.Status != casework.Established {
		t.Errorf("in the end the case is %s", c.Status)
	}
}

func TestBusinessCase(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-12", "CASE-20", "LAW-3", "REC-1")
	s := newCaseStory(t, register.Controller{ID: "kadence", Name: "Kadence Fitness ApS", Kind: register.Business, Contact: "Havnegade 12", DPO: "persondata@kadence.example"}, []member{
		{"lars", "Lars Thomsen", "", access.Coordinator}, {"amira", "Amira Nielsen", "applicant", access.Applicant}, {"ib", "Ib Ravn", "it", access.IT},
		{"dina", "Dina Voss", "protection", access.DPO}, {"erik", "Erik Bro", "owner", access.Approver}, {"poul", "Poul Erik Bach", "manager", access.Manager},
	}, map[string]string{"place": "own-entrance", "basis": "2-1-3", "purpose.kind": "crime", "retention.days": "3", "activity": "shop"})
	s.enterRegister("lars", "Kadence Havnen")
	s.apply("Tyveri ved indgangen")
	s.play("install")
	s.first("record")
	s.changes("erik")
}
