package page

import "strings"

// HelpPath is where the guides are.
const HelpPath = "/hjaelp"

// guides are the guides by the beginning of the addresses that they are about;
// the longest that fits is meant.
var guides = map[string]string{
	HomePath: "rolle", "/min-konto": "konto", "/sager": "sager", "/find-hjemmel": "rolle-ansoeger", "/regler": "rolle-dpo",
	"/steder": "rolle-leder", "/kameraer": "rolle-it", "/leverandoerer": "rolle-it", "/politi": "rolle-koordinator", "/skilte": "skilte",
	"/haendelser": "haendelse", "/afspilning": "gennemsyn", "/bevislaase": "bevislaas", "/direkte": "live", "/masker": "masker", "/maskeloeft": "masker",
	"/udleveringer": "udlevering", "/kopier": "anonymiseret-kopi", "/anmodninger": "anmodninger", "/deling": "deling", "/delt": "deling",
	"/tilstand": "tilstand", "/tilsyn": "tilsyn", "/tilsyn/log": "log", "/tilsyn/sletninger": "tilstand", "/tilsyn/fortegnelse": "fortegnelse",
	"/tilsyn/stikproeve": "stikproeve", "/tilsyn/aarsberetning": "aarsberetning", "/tilsyn/konsekvensanalyse": "konsekvensanalyse",
	"/polcam": "polcam", "/brud": "brud", "/personale": "personale", "/administration/log-ind": "konto", "/administration/single-sign-on": "login", "/rettigheder": "adgang",
	"/lager": "adgang", "/administration/mail": "rolle-it", "/aarshjul": "aarshjul", "/retningslinje": "retningslinje", "/breve": "breve",
	"/adgang": "adgang", "/organisation": "rolle-koordinator", "/drift": "drift-sikkerhed",
}

// Guide is the address of the guide about a page; of one that has none of its
// own it is the list of all.
func Guide(path string) string {
	for at := path; at != ""; at = at[:max(0, strings.LastIndex(at, "/"))] {
		if name, ok := guides[at]; ok && name != "rolle" {
			return HelpPath + "/" + name
		}
	}
	return HelpPath
}
