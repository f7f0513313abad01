package main

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/live"
)

// demoAsk lets Jonas ask to see the school's entrance live.
func (o *office) demoAsk(ctx context.Context, reason, words string, minutes int) (live.Request, error) {
	who, err := o.demoWho(ctx, "jonas")
	if err != nil {
		return live.Request{}, err
	}
	return o.live.Ask(ctx, live.Wish{Location: "lindeby-skole", Cameras: []string{"skole-indgang"}, Reason: reason, Words: words, Minutes: minutes}, who)
}

func (o *office) demoWho(ctx context.Context, login string) (live.Who, error) {
	p, err := o.person(ctx, lindeby, login)
	return live.Who{Controller: lindeby, Person: p.ID, Name: p.Name, Address: "10.20.4.17"}, err
}

// demoLive is one live view of an evening from the first word to the note: it is
// asked for, Birthe says yes, it is ended when it was needed no more.
func (o *office) demoLive(ctx context.Context, wait func(time.Duration) error) error {
	jonas, err := o.demoWho(ctx, "jonas")
	if err != nil {
		return err
	}
	birthe, err := o.demoWho(ctx, "birthe")
	if err != nil {
		return err
	}
	q, err := o.demoAsk(ctx, "missing", "En dreng fra 1. klasse er gået fra hallen uden jakke, og det fryser. Vi leder ved indgangen og cykelskuret.", 10)
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error {
			_, err := o.live.Decide(ctx, q.ID, true, "Forældrene er ringet op, og vagten leder udenfor.", q.Seal(), birthe)
			return err
		},
		func() error { _, err := o.live.Begin(ctx, q.ID, jonas); return err },
		func() error { _, err := o.live.End(ctx, q.ID, jonas); return err },
		func() error {
			_, err := o.live.Note(ctx, q.ID, "Drengen stod ved cykelskuret og blev hentet ind af vagten. Ingen andre blev set. Billedet blev lukket med det samme.", jonas)
			return err
		},
	}
	for _, step := range steps {
		if err := wait(15 * time.Second); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// demoLiveToday leaves one request that was refused and one that waits, unless
// they are there already.
func (o *office) demoLiveToday(ctx context.Context) error {
	all, err := o.live.List(ctx, lindeby)
	if err != nil || len(all) > 1 {
		return err
	}
	birthe, err := o.demoWho(ctx, "birthe")
	if err != nil {
		return err
	}
	no, err := o.demoAsk(ctx, "ongoing", "Nogle unge hænger ud ved indgangen igen, og vi vil gerne se, hvem det er.", 60)
	if err != nil {
		return err
	}
	if _, err := o.live.Decide(ctx, no.ID, false, "Det er ikke ekstraordinært. Skriv en hændelse, hvis der sker noget, så kan optagelserne ses bagefter.", no.Seal(), birthe); err != nil {
		return err
	}
	_, err = o.demoAsk(ctx, "fire", "Brandalarmen i hallen er gået, og vagten kan ikke komme ind. Vi skal se, om der er mennesker ved indgangen.", 15)
	return err
}
