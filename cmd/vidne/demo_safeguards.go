package main

import (
	"context"

	"vidne.dk/vidne/internal/safeguards"
)

// demoDecided is what the controllers of the demonstration have decided of their
// security. The fitness centre has not written how it backs up.
func demoDecided(of string) []map[safeguards.Part]string {
	if of == kadence {
		return []map[safeguards.Part]string{{
			safeguards.Responsible: "Lars Thomsen svarer for tv-overvågningen. Er han væk, er det Sofie Brandt. De træffes på receptionens telefon.",
			safeguards.Storage:     "Optageren står i det aflåste lager bag receptionen. Lars og Peter har nøgle.",
			safeguards.Network:     "Kameraerne sidder på deres eget net, som kun optageren er på. Der er ingen adgang hjemmefra.",
			safeguards.Instruction: "Lars gennemgår instruksen med nye, før de får adgang, og med alle hvert år i januar.",
		}}
	}
	first := map[safeguards.Part]string{
		safeguards.Responsible: "It og Digitalisering driver platformen. Stedets leder svarer for, hvem der ser optagelser. It-vagten træffes på 99 99 99 99 hele døgnet.",
		safeguards.Storage:     "Optageren står i rådhusets datacenter. Døren kræver kort og kode, og alle besøg bliver skrevet ned. USB-nøgler med optagelser ligger i pengeskabet hos borgerservice.",
		safeguards.Instruction: "Nye brugere får en times oplæring af it, før retten gives. Den gentages hvert andet år.",
	}
	return []map[safeguards.Part]string{first, {
		safeguards.Network: "Kameraerne sidder på et lukket net for hvert sted. Portalen kan kun nås fra kommunens net og gennem kommunens VPN.",
		safeguards.Backup:  "Databasen og nøglerne kopieres krypteret hver nat til et andet hus og slettes efter 30 dage. Gendannelse prøves hvert halve år.",
	}}
}

// demoSafeguards issues the security descriptions: version 2 of the
// municipality's, version 1 of the fitness centre's.
func (o *office) demoSafeguards(ctx context.Context) error {
	for controller, login := range map[string]string{lindeby: "soeren", kadence: "lars"} {
		c, err := o.register.Controller(ctx, controller)
		if err != nil {
			return err
		}
		p, err := o.person(ctx, controller, login)
		if err != nil {
			return err
		}
		who := safeguards.Who{Controller: controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}
		versions, err := o.portal.Safeguards().Of(ctx, controller)
		if err != nil {
			return err
		}
		if len(versions) > 0 {
			continue
		}
		for i, texts := range demoDecided(controller) {
			for part, words := range texts {
				if err := o.portal.Safeguards().Decide(ctx, part, words, who); err != nil {
					return err
				}
			}
			note := "Den første udgave."
			if i > 0 {
				note = "Nyt om kameraernes net og om sikkerhedskopi."
			}
			if _, err := o.portal.Described().Issue(ctx, c, note, who); err != nil {
				return err
			}
		}
	}
	return nil
}
