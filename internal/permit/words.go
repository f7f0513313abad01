package permit

import (
	"fmt"
	"time"
)

// Explain says in plain words, in Danish ("da", and whatever is not known) or
// English ("en"), what the permit allows and for how long, a sentence each.
func (p *Permit) Explain(lang string) []string {
	zone, err := time.LoadLocation(p.Hours.Zone)
	if err != nil {
		zone = time.UTC
	}
	w := wordsOf(lang)
	at := func(t time.Time) string {
		t = t.In(zone)
		day := w.day(t)
		if lang == "en" {
			return day + t.Format(" 15:04")
		}
		return day + t.Format(" kl. 15.04")
	}
	if lang == "en" {
		out := []string{
			fmt.Sprintf("Camera %s may record its %s picture%s.", p.Camera, p.Stream, pick(p.Sound, " with sound", ", without sound")),
			"Hours: " + p.Hours.Explain(lang),
			fmt.Sprintf("From %s until %s.", at(p.ValidFrom), at(p.ValidTo)),
			fmt.Sprintf("Recordings are deleted after %s.", length(p.RetentionHours, "day", "days", "hour", "hours")),
		}
		switch {
		case p.LongestHoldHours == 0:
			out = append(out, "A hold for a crime or a dispute has no fixed end (L § 4 c stk. 5).")
		default:
			out = append(out, fmt.Sprintf("No hold keeps them longer than %s.", length(p.LongestHoldHours, "day", "days", "hour", "hours")))
		}
		return append(out, fmt.Sprintf("Basis: %s. Case %s. Controller %s.", p.Basis, p.Case, p.Controller))
	}
	out := []string{
		fmt.Sprintf("Kamera %s må optage billedstrømmen %s%s.", p.Camera, p.Stream, pick(p.Sound, " med lyd", ", uden lyd")),
		"Tidsrum: " + p.Hours.Explain(lang),
		fmt.Sprintf("Gælder fra %s til %s.", at(p.ValidFrom), at(p.ValidTo)),
		fmt.Sprintf("Optagelserne slettes efter %s.", length(p.RetentionHours, "døgn", "døgn", "time", "timer")),
	}
	switch {
	case p.LongestHoldHours == 0:
		out = append(out, "En bevislås har ingen fast slutdato (tv-overvågningsloven § 4 c, stk. 5).")
	default:
		out = append(out, fmt.Sprintf("Ingen bevislås kan gemme dem længere end %s.", length(p.LongestHoldHours, "døgn", "døgn", "time", "timer")))
	}
	return append(out, fmt.Sprintf("Hjemmel: %s. Sag %s. Dataansvarlig %s.", p.Basis, p.Case, p.Controller))
}

// length says hours as days where they are whole.
func length(hours int, day, days, hour, more string) string {
	n, one, many := hours, hour, more
	if hours%24 == 0 {
		n, one, many = hours/24, day, days
	}
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
