package safeguards

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/register"
)

// facts is what the parts are written from: read once.
type facts struct {
	Engine
	setup      Setup
	now        time.Time
	controller register.Controller
	look       int // people with a right to look at footage
	resting    int64
	storage    []authorisation.Access
	instruct   authorisation.Instruction // zero: there is none
	every      string
	reviewed   bool  // a sample was drawn
	unreviewed int64 // items that are late
	months     int   // how long the log of footage is kept
	longest    int64 // days until deletion
	firms      []string
	ended      []string // firms whose last agreement has run out
}

// Describe writes the description of a controller as of now.
func (r *Room) Describe(ctx context.Context, controller string, e Engine) (d Description, err error) {
	f := facts{Engine: e, setup: r.c.Setup, now: r.c.Clock.Now().UTC()}
	if f.controller, err = r.c.Register.Controller(ctx, controller); err != nil {
		return d, err
	}
	for _, read := range []func(context.Context, *facts) error{r.people, r.reviews, r.keeping, r.suppliers} {
		if err := read(ctx, &f); err != nil {
			return d, err
		}
	}
	texts, err := r.Texts(ctx, controller)
	if err != nil {
		return d, err
	}
	d = Description{Made: f.now.Truncate(time.Second), Controller: f.controller.Name}
	for _, part := range Parts() {
		p := f.paragraph(part)
		p.Decided = texts[part]
		if p.Decided.Words == "" && slices.Contains(Demanded(), part) {
			p.lacks("decided")
		}
		d.Parts = append(d.Parts, p)
	}
	return d, nil
}

func (r *Room) people(ctx context.Context, f *facts) error {
	held, err := r.c.Rights.Everywhere(ctx, f.controller.ID)
	if err != nil {
		return err
	}
	who := map[string]bool{}
	for _, h := range held {
		if h.Role == authorisation.Look {
			who[h.Person] = true
		}
	}
	f.look = len(who)
	forms, err := r.c.Rights.List(ctx, authorisation.Query{Controller: f.controller.ID, Live: f.now})
	if err != nil {
		return err
	}
	for _, s := range forms {
		if s.State == authorisation.Resting {
			f.resting++
		}
	}
	if f.storage, err = r.c.Rights.Storage(ctx, f.controller.ID); err != nil {
		return err
	}
	all, err := r.c.Rights.Instructions(ctx, f.controller.ID)
	if err == nil && len(all) > 0 {
		f.instruct = all[0]
	}
	return err
}

func (r *Room) reviews(ctx context.Context, f *facts) error {
	s, err := r.c.Review.Settings(ctx, f.controller.ID)
	if err != nil {
		return err
	}
	f.every = string(s.Every)
	periods, err := r.c.Review.Periods(ctx, f.controller.ID)
	if err != nil {
		return err
	}
	for _, p := range periods {
		f.reviewed = f.reviewed || !p.Drawn.IsZero()
	}
	undone, err := r.c.Review.Undone(ctx, f.controller.ID)
	for _, i := range undone {
		if i.Late(f.now) {
			f.unreviewed++
		}
	}
	return err
}

func (r *Room) keeping(ctx context.Context, f *facts) error {
	permits, err := r.c.Issuer.InForce(ctx, f.controller.ID)
	if err != nil {
		return err
	}
	for _, p := range permits {
		f.longest = max(f.longest, int64(p.RetentionHours+23)/24)
	}
	keeps, err := r.c.Uses.Keeps(ctx, f.controller.ID)
	for _, k := range keeps {
		if k.Kind == accesslog.Footage {
			f.months = k.Months
		}
	}
	return err
}

func (r *Room) suppliers(ctx context.Context, f *facts) error {
	agreements, err := r.c.Register.Agreements(ctx, f.controller.ID, "", "")
	if err != nil {
		return err
	}
	firms, _, err := r.c.Register.FindSuppliers(ctx, register.SupplierQuery{Controller: f.controller.ID})
	for _, s := range firms {
		var in, out bool
		for _, a := range agreements {
			if a.Supplier != s.ID || a.Starts.After(f.now) {
				continue
			}
			if a.Ends.IsZero() || a.Ends.After(f.now) {
				in = true
			} else {
				out = true
			}
		}
		if in {
			f.firms = append(f.firms, s.Name)
		} else if out {
			f.ended = append(f.ended, s.Name)
		}
	}
	return err
}

func (p *Paragraph) says(key string) {
	p.Says = append(p.Says, Statement{Key: string(p.Part) + "." + key})
}
func (p *Paragraph) lacks(key string) {
	p.Lacks = append(p.Lacks, Statement{Key: string(p.Part) + "." + key})
}
func (p *Paragraph) named(key, name string) {
	p.Says = append(p.Says, Statement{Key: string(p.Part) + "." + key, Name: name})
}
func (p *Paragraph) counts(key string, n int64) {
	if n == 0 {
		key += ".none"
	}
	p.Says = append(p.Says, Statement{Key: string(p.Part) + "." + key, Count: n})
}
func (p *Paragraph) misses(key string, n int64) {
	if n > 0 {
		p.Lacks = append(p.Lacks, Statement{Key: string(p.Part) + "." + key, Count: n})
	}
}

// paragraph writes one part.
func (f *facts) paragraph(part Part) Paragraph {
	p := Paragraph{Part: part, Says: []Statement{}, Lacks: []Statement{}}
	switch part {
	case Responsible:
		f.responsible(&p)
	case People:
		f.admitted(&p)
	case Codes:
		p.says("personal")
		p.says("password")
		if f.setup.Directory {
			p.says("directory")
		}
		if f.setup.SingleSign {
			p.says("sso")
		}
		p.says("cover")
	case Storage:
		p.says("sealed")
		p.says("keys")
		p.says("export")
	case Network:
		f.network(&p)
	case Instruction:
		if f.instruct.Version == 0 {
			p.lacks("none")
			break
		}
		p.Says = append(p.Says, Statement{Key: "instruction.version", Count: f.instruct.Version, At: f.instruct.PublishedAt})
		p.says("first")
		p.misses("unread", f.resting)
	case Deletion:
		p.says("routine")
		p.counts("longest", f.longest)
		switch {
		case f.Away:
			p.lacks("unknown")
		case f.Late:
			p.lacks("late")
		}
	case Log:
		p.says("uses")
		p.says("proof")
		p.counts("keeps", int64(f.months))
	case Review:
		p.says("every." + f.every)
		p.says("lot")
		if !f.reviewed {
			p.lacks("never")
		}
		p.misses("late", f.unreviewed)
	case Backup:
		p.says("footage")
	case Suppliers:
		if len(f.firms) > 0 {
			p.named("firms", strings.Join(f.firms, ", "))
		} else {
			p.says("none")
		}
		if len(f.ended) > 0 {
			p.Lacks = append(p.Lacks, Statement{Key: "suppliers.ended", Name: strings.Join(f.ended, ", ")})
		}
	}
	return p
}

func (f *facts) responsible(p *Paragraph) {
	p.named("controller", f.controller.Name)
	if f.controller.Contact != "" {
		p.named("contact", f.controller.Contact)
	} else {
		p.lacks("contact")
	}
	switch {
	case f.controller.DPO != "":
		p.named("dpo", f.controller.DPO)
	case f.controller.Kind != register.Business:
		p.lacks("dpo") // a public authority must have one (GDPR art. 37)
	}
}

// admitted is who gets in: to footage, and to the storage itself (H 5.1).
func (f *facts) admitted(p *Paragraph) {
	p.counts("look", int64(f.look))
	p.says("form")
	var in, late int64
	for _, a := range f.storage {
		switch a.State(f.now) {
		case authorisation.InForce:
			in++
		case authorisation.Overdue:
			in, late = in+1, late+1
		case authorisation.Expired: // its time is over, and the key was not taken back
			late++
		}
	}
	p.counts("storage", in)
	if in == 0 {
		p.lacks("storage.unsaid")
	}
	p.misses("storage.late", late)
}

func (f *facts) network(p *Paragraph) {
	switch {
	case !f.setup.Encrypted:
		p.lacks("plain")
	case f.setup.SelfSigned:
		p.says("tls")
		p.lacks("self")
	default:
		p.says("tls")
	}
	p.says("inside")
	switch {
	case f.Away:
		p.lacks("unknown")
	case f.Cameras > 0 && f.Encrypted == f.Cameras:
		p.counts("cameras", int64(f.Cameras))
	case f.Cameras > 0:
		p.counts("cameras.plain", int64(f.Cameras-f.Encrypted))
	}
}

// errUnknown is what a part is refused with that there is none of.
func errUnknown(part Part) error {
	return fault.New(fault.NotFound, "safeguards.part", "no part %.40q", part)
}
