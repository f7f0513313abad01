package evidence

import (
	"cmp"
	"fmt"
	"html"
	"path"
	"slices"
	"strings"
	"time"
)

// fileLook is the play list.
const fileLook = "1-SE-HER/se.html"

// lookHead needs no script and loads nothing but the films beside it.
const lookHead = `<!DOCTYPE html>
<html lang="da"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:">
<title>%[1]s</title>
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:1.5em auto;padding:0 1em;color:#1a1a1a}h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em}
video{width:100%%;background:#000}table{border-collapse:collapse;width:100%%}th,td{text-align:left;padding:.35em .8em .35em 0;border-bottom:1px solid #ccc;vertical-align:top}
.missing td{color:#8a1c1c;font-weight:bold}.quiet{color:#555}</style></head>
<body><h1>%[1]s</h1>
<p>Film i denne mappe er kopier til at se, med tiden under billedet. Beviset er originalerne i 2-ORIGINAL. Tider er optagerens ur i dansk tid.<br>
<span class="quiet" lang="en">Films in this folder are copies for viewing, with the time beneath the picture. The evidence is the originals in 2-ORIGINAL. Times are the recorder's clock.</span></p>
`

// row is a stretch of one camera's interval.
type row struct {
	from, to time.Time
	cause    string // empty: there are pictures
}

// look writes the page that lists what there is to see and what is missing.
func (p *making) look() error {
	var b strings.Builder
	fmt.Fprintf(&b, lookHead, html.EscapeString("Bevispakke "+p.o.ID+" / Evidence package"))
	for i := range p.o.Originals {
		p.lookAt(&b, &p.o.Originals[i])
	}
	b.WriteString("</body></html>\n")
	return p.bytes(rolePaper, fileLook, []byte(b.String()))
}

func (p *making) lookAt(b *strings.Builder, a *Asked) {
	fmt.Fprintf(b, "<h2>%s</h2>\n<p>%s<br>%s – %s<br>Maskering / Mask: %s</p>\n", html.EscapeString(a.Camera.Name), html.EscapeString(a.Camera.Address),
		p.wall(a.From), p.wall(a.To), html.EscapeString(maskWords(a.Mask)))
	var films, copies []string
	for i := range p.m.Originals {
		f := &p.m.Originals[i]
		if f.Camera.ID != a.Camera.ID || f.Asked != (manifestSpan{at(a.From, p.o.Zone), at(a.To, p.o.Zone)}) {
			continue
		}
		copies = f.Copies
		if f.File != "" {
			films = append(films, f.File)
		}
	}
	for _, c := range copies {
		name := html.EscapeString(path.Base(c))
		fmt.Fprintf(b, "<p><video controls preload=\"metadata\" src=\"%[1]s\"></video><br><a href=\"%[1]s\">%[1]s</a></p>\n", name)
	}
	for _, f := range films {
		fmt.Fprintf(b, "<p>Original: <a href=\"../%[1]s\">%[1]s</a></p>\n", html.EscapeString(f))
	}
	b.WriteString("<table><tr><th>Fra / From</th><th>Til / To</th><th></th></tr>\n")
	for _, r := range p.rows(a) {
		class, what := "", "film"
		if r.cause != "" {
			class, what = ` class="missing"`, "Mangler / missing: "+causeWords(r.cause)
		}
		fmt.Fprintf(b, "<tr%s><td>%s</td><td>%s</td><td>%s</td></tr>\n", class, p.wall(r.from), p.wall(r.to), html.EscapeString(what))
	}
	b.WriteString("</table>\n")
}

// rows are a camera's interval in order, films and gaps by turns.
func (p *making) rows(a *Asked) (out []row) {
	var gaps []row
	for i := range p.m.Originals {
		f := &p.m.Originals[i]
		if f.Camera.ID != a.Camera.ID || f.Asked != (manifestSpan{at(a.From, p.o.Zone), at(a.To, p.o.Zone)}) {
			continue
		}
		for _, g := range f.Gaps {
			from, ferr := time.Parse(utcForm, g.From.UTC)
			to, terr := time.Parse(utcForm, g.To.UTC)
			if ferr == nil && terr == nil {
				gaps = append(gaps, row{from, to, g.Cause})
			}
		}
	}
	slices.SortFunc(gaps, func(x, y row) int { return cmp.Compare(x.from.UnixNano(), y.from.UnixNano()) })
	last := a.From
	for _, g := range gaps {
		if g.from.After(last) {
			out = append(out, row{from: last, to: g.from})
		}
		out = append(out, g)
		if g.to.After(last) {
			last = g.to
		}
	}
	if a.To.After(last) {
		out = append(out, row{from: last, to: a.To})
	}
	return out
}
