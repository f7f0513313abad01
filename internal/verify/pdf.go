package verify

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// PDF writes the report as sheets to print and sign: what [Report.HTML] holds.
// file is what the reader called it.
func (r *Report) PDF(w io.Writer, file string) error {
	p := &pages{}
	verdict := Item{"verdict.good", nil}
	if !r.OK() {
		verdict = Item{"verdict.bad", nil}
	}
	p.text("Kontrolrapport", 20, true, 0)
	p.text("Report of the check", 11, false, 0.4)
	p.gap(10)
	p.text(file, 10.5, false, 0)
	p.gap(6)
	p.both(verdict, 13, true)
	for _, part := range []struct {
		da, en string
		items  []Item
	}{{"Fejl", "Faults", r.Faults}, {"Det er kontrolleret", "What was established", r.Facts}} {
		if len(part.items) == 0 {
			continue
		}
		p.gap(12)
		p.text(part.da+" / "+part.en, 13, true, 0)
		for _, i := range part.items {
			p.gap(5)
			p.both(i, 10.5, false)
		}
	}
	p.gap(40)
	for _, s := range []string{"Kontrolleret den / Checked on", "Af / By", "Underskrift / Signature"} {
		p.text(s+" "+strings.Repeat("_", 40), 10.5, false, 0)
		p.gap(12)
	}
	_, err := w.Write(p.file())
	return err
}

// A4 in points, and its margins.
const (
	pageWide   = 595.28
	pageHigh   = 841.89
	pageMargin = 62
)

// pages are lines of text set from the top on, in the two fonts that every
// reader of PDF has: nothing is embedded, and no library is needed (PDF 1.4,
// section 5.5.1).
type pages struct {
	done [][]byte
	page bytes.Buffer
	y    float64
}

func (p *pages) both(i Item, size float64, bold bool) {
	p.text(i.Words(Danish), size, bold, 0)
	p.text(i.Words(English), size-1, false, 0.4)
}

func (p *pages) gap(h float64) { p.y -= h }

// text sets a paragraph; grey is 0 for black.
func (p *pages) text(s string, size float64, bold bool, grey float64) {
	font := "F1"
	if bold {
		font = "F2"
	}
	for _, line := range wrapped(s, (pageWide-2*pageMargin)/size*1000, bold) {
		if len(p.done) == 0 && p.page.Len() == 0 {
			p.y = pageHigh - pageMargin
		}
		if p.y-size*1.4 < pageMargin {
			p.turn()
		}
		p.y -= size * 1.4
		fmt.Fprintf(&p.page, "BT /%s %.1f Tf %.2f g %d %.2f Td (%s) Tj ET\n", font, size, grey, pageMargin, p.y, escaped(line))
	}
}

func (p *pages) turn() {
	p.done = append(p.done, bytes.Clone(p.page.Bytes()))
	p.page.Reset()
	p.y = pageHigh - pageMargin
}

// file is the whole document.
func (p *pages) file() []byte {
	p.turn()
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	object := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	var kids strings.Builder
	for i := range p.done {
		fmt.Fprintf(&kids, "%d 0 R ", 6+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R /Lang (da) /ViewerPreferences << /DisplayDocTitle true >> >>")
	object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(p.done)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	object("<< /Title (Kontrolrapport) /Producer (vidne-verify) >>")
	for i, page := range p.done {
		number := fmt.Sprintf("BT /F1 9 Tf 0.40 g %d 34 Td (Side %d af %d) Tj ET\n", pageMargin, i+1, len(p.done))
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>", pageWide, pageHigh, 7+2*i))
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s%sendstream", len(page)+len(number), page, number))
	}
	from := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, from)
	return b.Bytes()
}

// wrapped cuts a text into lines of at most wide thousandths of the type size;
// a word that is longer, such as a hash, is cut as well.
func wrapped(s string, wide float64, bold bool) (out []string) {
	line, used := "", 0.0
	for word := range strings.FieldsSeq(s) {
		for word != "" {
			n := width(word, bold)
			switch {
			case line == "" && n <= wide:
				line, used, word = word, n, ""
			case line != "" && used+width(" ", bold)+n <= wide:
				line, used, word = line+" "+word, used+width(" ", bold)+n, ""
			case line != "":
				out = append(out, line)
				line, used = "", 0
			default:
				cut, sum := 0, 0.0
				for i, c := range word {
					if sum += width(string(c), bold); sum > wide {
						break
					}
					cut = i + utf8.RuneLen(c)
				}
				out = append(out, word[:cut])
				word = word[cut:]
			}
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// helvetica is the widths of space to tilde.
var helvetica = [95]float64{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// width of a text, in thousandths of the type size; never too little.
func width(s string, bold bool) (sum float64) {
	for _, c := range s {
		n := 1000.0
		if c >= ' ' && c <= '~' {
			n = helvetica[c-' ']
		}
		sum += n
	}
	if bold {
		sum *= 1.1
	}
	return sum
}

// ansi are the letters that Windows' Latin alphabet has elsewhere than Unicode.
var ansi = map[rune]byte{'€': 0x80, '…': 0x85, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '–': 0x96, '—': 0x97}

// escaped is a line as a PDF string; a letter that the fonts have not is "?".
func escaped(s string) string {
	var b strings.Builder
	for _, c := range s {
		other, ok := ansi[c]
		switch {
		case c == '(' || c == ')' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(byte(c))
		case ok:
			b.WriteByte(other)
		case c < ' ' || c >= 0x7f && c < 0xa0 || c > 0xff:
			b.WriteByte('?')
		default:
			b.WriteByte(byte(c))
		}
	}
	return b.String()
}
