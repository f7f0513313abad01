package cases

import (
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// endings are the grave acts that end a case, or take the application back, by
// the word in the address.
func ending(word string) (casework.ActKind, string, bool) {
	switch word {
	case "tilbagetraek":
		return casework.ActWithdraw, "case.withdraw", true
	case "luk":
		return casework.ActClose, "case.close", true
	case "genaabn":
		return casework.ActReopen, "case.reopen", true
	}
	return "", "", false
}

func (v *visit) endPage(look dossier.View) (*page.Grave, casework.Act, error) {
	kind, key, ok := ending(v.R.PathValue("hvordan"))
	if !ok {
		return nil, casework.Act{}, fault.New(fault.NotFound, "address.unknown", "no ending %.40q", v.R.PathValue("hvordan"))
	}
	a := casework.Act{Kind: kind}
	for _, o := range look.Offers {
		if o.Kind == kind {
			a.Step = o.Step
		}
	}
	return v.NewGrave(key, v.crumbs(look.Case), look.Case.ID, look.Case.Title), a, nil
}

func (p *Screens) endForm(v *visit, look dossier.View) error {
	g, _, err := v.endPage(look)
	if err != nil {
		return err
	}
	return v.ShowGrave(g)
}

func (p *Screens) end(v *visit, look dossier.View) error {
	g, a, err := v.endPage(look)
	if err != nil {
		return err
	}
	reason, done, err := v.Reason(g)
	if done || err != nil {
		return err
	}
	a.Remarks = reason
	if _, _, err := p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, a, v.who()); err != nil {
		return v.refusedHere(look, err)
	}
	if a.Kind == casework.ActReopen {
		return v.See(path(look.Case, "/ansoegning?besked=sag-genaabnet"))
	}
	return v.See(path(look.Case, "?besked=sag-afsluttet"))
}

// endLinks are the grave acts that this person can do.
func (v *visit) endLinks(look dossier.View) (out []fds.Link) {
	for _, word := range []string{"genaabn", "tilbagetraek", "luk"} {
		kind, key, _ := ending(word)
		for _, o := range look.Offers {
			if o.Kind == kind && o.OK {
				out = append(out, fds.Link{Href: path(look.Case, "/afslut/"+word), Text: v.T(key + ".link")})
				break
			}
		}
	}
	return out
}
