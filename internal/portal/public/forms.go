package public

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
)

// sort is one of the two forms.
type sort string

const (
	asks    sort = "ask"
	reports sort = "report"
)

// field is one of a form.
type field struct {
	Name, Label, Hint, Kind string // Kind is an input's type, "area" or "radio"
	Value, Wrong, Auto      string
	Options                 []option
	Optional                bool
}

type option struct {
	Value, Text string
	Chosen      bool
}

// form is a form as it is shown, sent and answered.
type form struct {
	Sort   sort
	Fields []field
	Wrong  string // what is wrong with all of it
	Done   string // the answer when it was received
}

// Bad are the fields that are wrong.
func (f *form) Bad() (out []field) {
	for _, x := range f.Fields {
		if x.Wrong != "" {
			out = append(out, x)
		}
	}
	return out
}

func (p *Screens) form(s sort) func(*page.Visit) error {
	return func(v *page.Visit) error {
		of, done, err := p.find(v)
		if done {
			return err
		}
		w := p.view(v, of)
		w.Form = w.fields(s, nil)
		code := http.StatusOK
		if v.R.Method == http.MethodPost {
			if code, err = p.sent(v, w, s); err != nil {
				return err
			}
		}
		m, err := p.make("form", w)
		if err != nil {
			return err
		}
		h := v.W.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", w.Lang)
		h.Set("Vary", "Accept-Encoding, Accept-Language")
		return m.write(v, code)
	}
}

// fields are those of a form, with what was typed.
func (w *view) fields(s sort, in url.Values) *form {
	f := &form{Sort: s}
	add := func(x field) {
		x.Value, x.Label = in.Get(x.Name), w.T(string(s)+"."+x.Label)
		for i := range x.Options {
			x.Options[i].Chosen = x.Options[i].Value == x.Value || x.Value == "" && i == 0
		}
		f.Fields = append(f.Fields, x)
	}
	if s == reports {
		add(field{Name: "hvad", Label: "what", Kind: "radio", Options: []option{{Value: notice.Missing, Text: w.T("report.missing")}, {Value: notice.Torn, Text: w.T("report.torn")}, {Value: notice.WrongCamera, Text: w.T("report.camera")}}})
		add(field{Name: "hvor", Label: "where", Kind: "text"})
		add(field{Name: "ord", Label: "words", Kind: "area", Optional: true})
		return f
	}
	var rights []option
	for _, r := range request.Rights() {
		rights = append(rights, option{Value: string(r), Text: w.T("right." + string(r))})
	}
	add(field{Name: "ret", Label: "right", Kind: "radio", Options: rights})
	add(field{Name: "navn", Label: "name", Kind: "text", Auto: "name"})
	add(field{Name: "kontakt", Label: "contact", Hint: w.T("ask.contact.hint"), Kind: "text", Auto: "email"})
	add(field{Name: "dag", Label: "day", Kind: "date"})
	add(field{Name: "fra", Label: "from", Kind: "time"})
	add(field{Name: "til", Label: "to", Kind: "time"})
	add(field{Name: "udseende", Label: "looks", Hint: w.T("ask.looks.hint"), Kind: "area"})
	add(field{Name: "ord", Label: "words", Kind: "area", Optional: true})
	return f
}

// sent receives a form, and says how it went.
func (p *Screens) sent(v *page.Visit, w *view, s sort) (code int, err error) {
	in, err := v.Posted()
	if err != nil {
		return 0, err
	}
	w.Form = w.fields(s, in)
	for i, x := range w.Form.Fields {
		if strings.TrimSpace(x.Value) == "" && !x.Optional {
			w.Form.Fields[i].Wrong = w.T("wrong.missing", x.Label)
		}
	}
	if len(w.Form.Bad()) > 0 {
		return http.StatusUnprocessableEntity, nil
	}
	if wait := p.often.Take(edge.Block(v.Addr())); wait > 0 {
		v.W.Header().Set("Retry-After", edge.Seconds(wait))
		w.Form.Wrong = w.T("wrong.often")
		return http.StatusTooManyRequests, nil
	}
	if s == reports {
		err = p.Notices.Report(v.Ctx, w.Page.Code, notice.Report{What: in.Get("hvad"), Where: in.Get("hvor"), Words: in.Get("ord")})
		if err == nil {
			w.Form.Done = w.T("report.done.text")
		}
	} else {
		err = p.asked(v.Ctx, w, in, v.Whence())
	}
	switch {
	case err == nil:
		return http.StatusOK, nil
	case fault.Is(err, fault.Invalid):
		w.wrong(fault.Key(err))
		return http.StatusUnprocessableEntity, nil
	}
	p.Log.Error("a public form is not received", "form", string(s), "err", err)
	w.Form.Wrong = w.T("wrong.away", w.Page.Contact)
	return http.StatusServiceUnavailable, nil
}

// wrong says at its field what is wrong with it.
func (w *view) wrong(key string) {
	of := map[string]string{"request.name": "navn", "request.contact": "kontakt", "request.looks": "udseende", "request.words": "ord", "request.interval": "til", "request.long": "til",
		"public.day": "dag", "public.time": "fra", "report.where": "hvor", "report.words": "ord"}
	say := map[string]string{"public.day": "wrong.date", "public.time": "wrong.time", "request.interval": "wrong.time", "request.long": "wrong.time", "request.cpr": "wrong.cpr"}
	text := say[key]
	if text == "" {
		text = "wrong.other"
	}
	for i := range w.Form.Fields {
		if name, ok := of[key]; ok && w.Form.Fields[i].Name == name {
			w.Form.Fields[i].Wrong = w.T(text)
			return
		}
	}
	w.Form.Wrong = w.T(text)
}

// asked opens a request of a registered person.
func (p *Screens) asked(ctx context.Context, w *view, in url.Values, from string) error {
	day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(in.Get("dag")), clock.Denmark())
	if err != nil {
		return fault.New(fault.Invalid, "public.day", "day %.20q", in.Get("dag"))
	}
	moment := func(name string) (time.Time, error) {
		t, err := time.Parse("15:04", strings.ReplaceAll(strings.TrimSpace(in.Get(name)), ".", ":"))
		if err != nil {
			return t, fault.New(fault.Invalid, "public.time", "time %.20q", in.Get(name))
		}
		return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, clock.Denmark()), nil
	}
	begin, err := moment("fra")
	if err != nil {
		return err
	}
	end, err := moment("til")
	if err != nil {
		return err
	}
	lang := w.Lang
	if lang != "da" {
		lang = "en" // what letters are written in
	}
	q, err := p.Requests.Receive(ctx, request.Intake{Right: request.Right(in.Get("ret")), Received: w.Now, How: request.PublicPage, Name: in.Get("navn"), Contact: in.Get("kontakt"), Lang: lang,
		Location: w.Page.Location, From: begin, To: end, Looks: in.Get("udseende"), Words: in.Get("ord")}, request.Who{Controller: w.Page.Controller, Address: from})
	if err == nil {
		w.Form.Done = w.T("ask.done.text", q.Number, w.Local(q.Due()))
	}
	return err
}
