package rules_test

import (
	"net/url"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/rules"
)

func TestAnAddressIsTheSituationThatItWasMadeOf(t *testing.T) {
	for _, s := range []law.Situation{
		{Controller: "municipality", Territory: "denmark", Place: "own-entrance", Purpose: "crime", Recording: true},
		{Controller: "business", Activity: "shop", Place: "road", Purpose: "other"},
		{},
	} {
		path, query, ok := strings.Cut(rules.Address(s), "?")
		q, err := url.ParseQuery(query)
		if path != "/regler/find" || !ok || err != nil {
			t.Fatalf("%s?%s: %v", path, query, err)
		}
		if got := rules.Situation(q); got != s {
			t.Errorf("%+v became %+v", s, got)
		}
	}
}
