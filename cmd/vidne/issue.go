package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
)

// deliverFor is how long a command waits for the engine's answer.
const deliverFor = 15 * time.Second

// sendFlags are what every command that issues a statement shares.
type sendFlags struct {
	Out string `help:"Skriv også det underskrevne udsagn til denne fil." type:"path"`
}

// send issues a statement through the portal's own issuer: it is numbered,
// kept, entered in the ledger and delivered like those that are decided in the
// portal, and a running portal renews its lease. It waits for the engine.
func (s sendFlags) send(ctx context.Context, o *office, st permit.Statement) error {
	signed, err := o.issuer.Issue(ctx, nil, st)
	if err != nil {
		return err
	}
	if s.Out != "" {
		if err := durable.WriteFile(durable.OS(), s.Out, signed.Encode(), 0o644); err != nil {
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
	id := st.Header().ID
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
		permit.KindStop: "stoppet", permit.KindRestart: "genoptagelsen", permit.KindKeyRoll: "nøgleskiftet", permit.KindLease: "livstegnet",
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

// danishState says a camera's state to whoever runs the machine.
func danishState(s engineapi.State) string {
	words := map[engineapi.State]string{
		engineapi.StateRecording: "Optager", engineapi.StateNoPermit: "Ingen tilladelse", engineapi.StateOutside: "Uden for tidsrum",
		engineapi.StateStopped: "Stoppet", engineapi.StateLeaseOut: "Portalen har været tavs i syv dage", engineapi.StateExpired: "Tilladelsen er udløbet",
		engineapi.StateConnecting: "Forbinder", engineapi.StateLost: "Mistet forbindelsen", engineapi.StateRefused: "Kameraet afviser",
		engineapi.StateDegraded: "Optager, men noget er galt", engineapi.StateNoConfig: "Tilladelse, men ingen kameraopsætning",
		engineapi.StateRemoved: "Taget ud af drift", engineapi.StateDisk: "Kan ikke skrive til disken",
	}
	if w, ok := words[s]; ok {
		return w
	}
	return string(s)
}

// danishWhy says why something is not recorded, refused or not right.
func danishWhy(key string) string {
	words := map[string]string{
		string(engineapi.CauseAuth):         "kameraet afviser brugernavnet eller adgangskoden",
		string(engineapi.CauseUnreachable):  "kameraet kan ikke nås på adressen",
		string(engineapi.CauseNotRTSP):      "adressen svarer, men ikke som et RTSP-kamera",
		string(engineapi.CauseNoVideo):      "kameraet tilbyder ikke H.264 eller H.265",
		string(engineapi.CauseProtocol):     "kameraet følger ikke RTSP",
		string(engineapi.CauseTooLarge):     "kameraet sender noget, der er for stort",
		string(engineapi.CauseSilent):       "kameraet sender ingen billeder",
		string(engineapi.CauseTLS):          "kameraets certifikat er ikke betroet eller er skiftet",
		string(engineapi.CauseAddress):      "adressen ligger uden for de tilladte net (networks i konfigurationen)",
		string(engineapi.CauseStream):       "kameraet sender ødelagte billeder",
		string(engineapi.CauseChanged):      "kameraet har skiftet opløsning eller format",
		string(engineapi.CauseClosed):       "kameraet afbrød forbindelsen",
		string(engineapi.CauseNoPermit):     "der er ingen optagetilladelse",
		string(engineapi.CauseOutside):      "det er uden for tidsrummet",
		string(engineapi.CauseStopped):      "kameraet er stoppet",
		string(engineapi.CauseLeaseOut):     "portalen har ikke givet livstegn i syv dage",
		string(engineapi.CauseExpired):      "tilladelsen er udløbet",
		string(engineapi.CauseRevoked):      "tilladelsen er trukket tilbage",
		string(engineapi.CauseNotYet):       "tilladelsen gælder ikke endnu",
		string(engineapi.CauseDiskFull):     "disken er fuld",
		string(engineapi.CauseDiskError):    "disken melder fejl",
		string(engineapi.CauseDiskReadOnly): "disken kan ikke skrives til",
		string(engineapi.CauseSlow):         "disken kan ikke følge med",
		"permit.retention":                  "slettefristen skal angives og må højst være 30 døgn",
		"permit.hold":                       "bevislåsens længste tid passer ikke til den retlige klasse: safety og other må højst have 30 døgn og skal have mindst 1",
		"permit.class":                      "den retlige klasse skal være crime, safety eller other",
		"permit.term":                       "perioden er forkert: den skal slutte efter den begynder og må højst være fem år",
		"permit.hours":                      "tidsrummet er forkert",
		"permit.replaces":                   "der står allerede en tilladelse for kameraet: brug --replace, eller træk den tilbage",
		"permit.stream":                     "billedstrømmens navn er forkert",
		"statement.empty":                   "et felt, der skal udfyldes, er tomt",
		"statement.text":                    "en tekst er for lang eller indeholder styretegn",
		"statement.camera":                  "kameraets korte navn må kun indeholde a-z, 0-9 og bindestreg",
		"statement.controller":              "den dataansvarlige er ikke angivet rigtigt, eller kameraet hører til en anden",
		"statement.key":                     "optageren kender ikke portalens nøgle: se `vidne keys show` og issuers i optagerens konfiguration",
		"statement.engine":                  "udsagnet er til en anden optager",
		"statement.version":                 "portalen er nyere end optageren",
		"statement.future":                  "portalens ur er foran optagerens",
		"camera.url":                        "adressen skal være rtsp:// eller rtsps:// uden brugernavn og adgangskode",
		"camera.transport":                  "transport passer ikke til adressen: tls kræver rtsps",
		"camera.certificate":                "certifikatets fingeraftryk skal være 64 hexcifre og kræver rtsps",
		"engine.away":                       "optageren svarer ikke",
		"engine.secret":                     "optageren kender ikke portalens hemmelighed (secret_file)",
	}
	if w, ok := words[key]; ok {
		return w
	}
	return key
}
