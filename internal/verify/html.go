package verify

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// HTML writes the report as a page to print: what was checked, every fact and
// every fault in Danish and English, and the verdict. file is what the reader
// called it.
func (r *Report) HTML(w io.Writer, file string) error {
	var b strings.Builder
	verdict, colour := Item{"verdict.good", nil}, "#155724"
	if !r.OK() {
		verdict, colour = Item{"verdict.bad", nil}, "#8a1c1c"
	}
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="da"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Kontrolrapport: %[1]s</title>
<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1a1a1a}li{margin:0 0 .6em}.v{font-weight:bold;color:%[2]s}[lang=en]{color:#555;display:block}</style></head>
<body><h1>Kontrolrapport<span lang="en">Report of the check</span></h1><p>%[1]s</p><p class="v">%[3]s<span lang="en">%[4]s</span></p>
`, html.EscapeString(file), colour, html.EscapeString(verdict.Words(Danish)), html.EscapeString(verdict.Words(English)))
	list := func(title, en string, items []Item) {
		if len(items) == 0 {
			return
		}
		fmt.Fprintf(&b, "<h2>%s<span lang=\"en\">%s</span></h2><ul>\n", title, en)
		for _, i := range items {
			fmt.Fprintf(&b, "<li>%s<span lang=\"en\">%s</span></li>\n", html.EscapeString(i.Words(Danish)), html.EscapeString(i.Words(English)))
		}
		b.WriteString("</ul>\n")
	}
	list("Fejl", "Faults", r.Faults)
	list("Det er kontrolleret", "What was established", r.Facts)
	b.WriteString("</body></html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
