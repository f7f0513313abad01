package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// deliverFor is how long a command waits for the engine's answer.
const deliverFor = 15 * time.Second

// sendFlags are what every command that issues a statement shares.
type sendFlags struct {
	Out string `help:"Skriv også det underskrevne udsagn til denne fil." type:"path"`
}

// send issues a statement through the portal's own issuer: it is numbered,
// kept, entered in the ledger and delivered like those that are decided in the
// portal, and a running portal renews its lease. It waits for the engine. A
// permit does not come this way: only a case lets one out.
func (s sendFlags) send(ctx context.Context, o *office, st permit.Statement) error {
	if err := s.give(ctx, o, st); err != nil {
		return err
	}
	return s.await(ctx, o, st.Header().ID)
}

// give issues it and enters who gave it.
func (s sendFlags) give(ctx context.Context, o *office, st permit.Statement) error {
	if st.Kind() == permit.KindPermit {
		return fault.New(fault.Refused, "case.unpermitted", "a permit comes out of a case alone")
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := o.issuer.Issue(ctx, tx, st); err != nil {
			return err
		}
		return o.commanded(ctx, tx, st)
	})
}

// commanded enters beside a statement what an administrator did by it, as the
// portal does when somebody does it there: the log of who did what has both.
func (o *office) commanded(ctx context.Context, tx *db.Tx, st permit.Statement) error {
	h := st.Header()
	entry := func(kind, camera, reason string) error {
		_, err := o.ledger.Append(ctx, tx, o.clock.Now(), kind, map[string]any{
			"controller": h.Controller, "person": h.By, "name": h.By, "camera": camera, "reason": reason, "statement": h.ID})
		return err
	}
	switch st := st.(type) {
	case *permit.Stop:
		for _, c := range st.Cameras {
			if err := entry("camera.stopped", c, st.Reason); err != nil {
				return err
			}
		}
		if len(st.Cameras) == 0 {
			return entry("command.stop", "", st.Reason)
		}
	case *permit.Restart:
		return entry("command.restart", "", st.Reason)
	}
	return nil
}

// await delivers a statement that was issued, and waits for the engine.
func (s sendFlags) await(ctx context.Context, o *office, id permit.ID) error {
	first, err := o.issuer.Get(ctx, id)
	if err != nil {
		return err
	}
	if s.Out != "" {
		if err := durable.WriteFile(durable.OS(), s.Out, first.Signed, 0o644); err != nil {
			return err
		}
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.issuer.Run(run)
	}()
	defer func() {
		cancel()
		<-done
	}()
	for end := o.clock.Mono() + deliverFor; ; {
		r, err := o.issuer.Get(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case r.State == issuer.Accepted:
			return say("Optageren %s har taget imod %s %s.", r.Engine, danishKind(r.Kind), id)
		case r.State == issuer.Refused:
			return fault.New(fault.Refused, r.Why, "optageren afviste %s %s: %s", danishKind(r.Kind), id, r.Detail)
		case o.clock.Mono() > end:
			return say("%s er underskrevet og venter: optageren har ikke svaret endnu (%s). Portalen bliver ved med at sende det.", upperFirst(danishKind(r.Kind)), r.Detail)
		}
		if err := clock.Sleep(ctx, o.clock, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// say writes a line to whoever runs the command.
func say(format string, args ...any) error {
	_, err := fmt.Fprintf(os.Stdout, format+"\n", args...)
	return err
}

func danishKind(k permit.Kind) string {
	words := map[permit.Kind]string{
		permit.KindPermit: "optagetilladelsen", permit.KindCamera: "kameraopsætningen", permit.KindRevocation: "tilbagekaldelsen",
		permit.KindStop: "stoppet", permit.KindRestart: "genstarten", permit.KindKeyRoll: "nøgleskiftet", permit.KindLease: "livstegnet",
	}
	if w, ok := words[k]; ok {
		return w
	}
	return string(k)
}

func upperFirst(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// spoken is the portal's own words, so that one thing has one name.
type spoken struct{ all page.Catalogue }

func speak() (spoken, error) {
	c, err := page.ReadCatalogue(web.Text())
	return spoken{c}, err
}

// state is a camera's state, why, and what to do about it.
func (w spoken) state(s engineapi.State, cause engineapi.Cause) string {
	out := w.all.Text(page.Danish, "state."+string(s)) + "."
	for _, key := range []string{"why." + string(cause), "do." + string(cause)} {
		if cause != "" && w.all.Has(page.Danish, key) {
			if text := w.all.Text(page.Danish, key); text != out {
				out += " " + text
			}
		}
	}
	return out
}

// why is why something is not recorded.
func (w spoken) why(cause engineapi.Cause) string {
	if key := "why." + string(cause); w.all.Has(page.Danish, key) {
		return w.all.Text(page.Danish, key)
	}
	return string(cause)
}

// danishWhy says why a description or a statement is refused, and what to
// change.
func danishWhy(key string) string {
	words := map[string]string{
		"permit.retention":     "slettefristen skal angives og må højst være 30 døgn",
		"permit.hold":          "bevislåsens længste tid passer ikke til den retlige klasse: safety og other skal have 1 til 30 døgn",
		"permit.class":         "den retlige klasse skal være crime, safety eller other",
		"permit.term":          "perioden er forkert: den skal slutte efter den begynder og må højst være fem år",
		"permit.hours":         "tidsrummet er forkert",
		"permit.expired":       "tilladelsens tid er gået",
		"permit.replaces":      "der står allerede en tilladelse for kameraet",
		"permit.other":         "kameraet optager efter en anden sag, som skal ændres eller afsluttes først",
		"permit.camera":        "sagen giver ikke kameraet lov til at optage",
		"case.unknown":         "der er ingen sag med det nummer",
		"case.several":         "flere dataansvarlige har en sag med det nummer: angiv --controller",
		"case.unpermitted":     "sagen er ikke nået til sine optagetilladelser, eller det, den hviler på, gælder ikke mere: en optagetilladelse udstedes kun af en godkendt sag",
		"permit.stream":        "billedstrømmens navn er forkert",
		"statement.empty":      "et felt, der skal udfyldes, er tomt",
		"statement.text":       "en tekst er for lang eller indeholder styretegn",
		"statement.camera":     "kameraets korte navn må kun indeholde a-z, 0-9 og bindestreg",
		"statement.controller": "den dataansvarlige er ikke angivet rigtigt, eller kameraet hører til en anden",
		"statement.key":        "optageren kender ikke portalens nøgle: se `vidne keys show` og issuers i optagerens konfiguration",
		"statement.engine":     "udsagnet er til en anden optager",
		"statement.version":    "portalen er nyere end optageren",
		"statement.future":     "portalens ur er foran optagerens",
		"stop.ended":           "stoppet er allerede ophævet",
		"camera.url":           "adressen skal være rtsp:// eller rtsps:// uden brugernavn og adgangskode",
		"camera.transport":     "transport passer ikke til adressen: tls kræver rtsps",
		"camera.certificate":   "certifikatets fingeraftryk skal være 64 hexcifre og kræver rtsps",
		"engine.away":          "optageren svarer ikke",
		"engine.secret":        "optageren kender ikke portalens hemmelighed (secret_file)",
	}
	if w, ok := words[key]; ok {
		return w
	}
	return key
}
