package engine

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/req"
)

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/ref/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestThePageNamesEveryRoute(t *testing.T) {
	req.Shows(t, "OPS-5")
	text := page(t, "engine.md")
	for _, r := range engineapi.Routes() {
		if !strings.Contains(text, "`"+r.Pattern+"`") {
			t.Errorf("%s is not on the page", r.Pattern)
		}
	}
	for _, m := range regexp.MustCompile("`((?:GET|POST) /[^`]+)`").FindAllStringSubmatch(text, -1) {
		found := false
		for _, r := range engineapi.Routes() {
			found = found || r.Pattern == m[1]
		}
		if !found {
			t.Errorf("the page names %s, which is none", m[1])
		}
	}
}

func TestThePageNamesEveryMetric(t *testing.T) {
	req.Shows(t, "OPS-4")
	text := page(t, "metrics.md")
	told := newCollector(nil).desc
	for name := range told {
		if !strings.Contains(text, "`vidne_"+name+"`") {
			t.Errorf("vidne_%s is not on the page", name)
		}
	}
	for _, m := range regexp.MustCompile("\\| `vidne_([a-z_]+)` \\|").FindAllStringSubmatch(text, -1) {
		if told[m[1]] == nil {
			t.Errorf("the page names vidne_%s, which is none", m[1])
		}
	}
}
