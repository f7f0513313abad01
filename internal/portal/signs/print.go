package signs

import (
	"bytes"
	"slices"
	"strings"

	"rsc.io/qr"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// prints are the signs that are made, by the names of their files. A poster is
// made in each language that a PDF can be written in, a text in all.
var prints = map[string]paper.Format{"skilt-a4": paper.A4, "skilt-a3": paper.A3, "maerkat": paper.Sticker, "opslag-a4": paper.A4, "opslag-a3": paper.A3}

// texts are the forms of the text for members and customers.
var texts = []string{"txt", "docx", "html", "pdf"}

// leftward is the language that no PDF is written in: see [paper.Paper.PDF].
const leftward = "ar"

func (v *visit) printPart(r row) page.Section {
	s := page.Section{ID: "print", Heading: v.T("signs.print"), Lead: v.T("signs.print.lead")}
	if !r.records() {
		s.Empty = v.T("signs.print.none")
		return s
	}
	for _, name := range []string{"skilt-a4", "skilt-a3", "maerkat"} {
		s.Links = append(s.Links, fds.Link{Href: v.here() + "/print/" + name + ".pdf", Text: v.T("signs.print." + name)})
	}
	return s
}

// membersPart is what members and customers are told where each of them cannot
// be (D 3.4): a poster, and words for their papers.
func (v *visit) membersPart(r row) page.Section {
	s := page.Section{ID: "medlemmer", Heading: v.T("signs.members"), Lead: v.T("signs.members.lead")}
	if !r.records() {
		s.Empty = v.T("signs.print.none")
		return s
	}
	s.Grid = page.NewGrid(v.T("signs.members"), v.T("signs.members.language"), v.T("signs.members.a4"), v.T("signs.members.a3"), v.T("signs.members.txt"), v.T("signs.members.docx"), v.T("signs.members.html"), v.T("signs.members.pdf"))
	for _, lang := range notice.Languages() {
		cells := []page.Cell{{Text: v.T("signs.language." + lang)}}
		file := func(name, end, text string) {
			c := page.Cell{Text: "–"}
			if end != "pdf" || lang != leftward {
				c = page.Cell{Href: v.here() + "/print/" + name + "-" + lang + "." + end, Text: text}
			}
			cells = append(cells, c)
		}
		file("opslag-a4", "pdf", "A4")
		file("opslag-a3", "pdf", "A3")
		for _, end := range texts {
			file("tekst", end, strings.ToUpper(end))
		}
		s.Grid.Add(cells...)
	}
	return s
}

// print makes a sign, a poster or a text.
func (p *Screens) print(v *visit) error {
	name, end, _ := strings.Cut(v.R.PathValue("fil"), ".")
	unknown := fault.New(fault.NotFound, "page.unknown", "no sign %.40q", v.R.PathValue("fil"))
	if v.public == nil || !v.public.Records() {
		return unknown
	}
	kind, lang := name, "da"
	if i := strings.LastIndexByte(name, '-'); i > 0 && slices.Contains(notice.Languages(), name[i+1:]) {
		kind, lang = name[:i], name[i+1:]
	}
	file := name + "-" + v.public.Code
	switch format, known := prints[kind]; {
	case kind == "tekst" && kind != name && end == "txt":
		return v.plain(file+".txt", v.text(lang))
	case kind == "tekst" && kind != name && slices.Contains(texts, end) && (end != "pdf" || lang != leftward):
		return v.SendPaper(file, end, v.text(lang))
	case known && end == "pdf" && strings.HasPrefix(kind, "opslag") && kind != name && lang != leftward:
		return v.sign(file, v.poster(lang), format)
	case known && end == "pdf" && !strings.HasPrefix(kind, "opslag") && kind == name:
		return v.sign(file, v.printed(), format)
	}
	return unknown
}

// plain sends a text to be copied into something else, without its code.
func (v *visit) plain(name string, doc *paper.Paper) error {
	doc.Blocks = slices.DeleteFunc(doc.Blocks, func(x paper.Block) bool { _, is := x.(paper.Picture); return is })
	var b bytes.Buffer
	if err := doc.Text(&b); err != nil {
		return err
	}
	return v.File(name, "text/plain; charset=utf-8", b.Bytes())
}

func (v *visit) sign(name string, s *paper.Sign, format paper.Format) error {
	var f paper.Fonts
	var err error
	if f.Regular, err = web.Font("Regular"); err == nil {
		f.Bold, err = web.Font("Bold")
	}
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	var b bytes.Buffer
	if err := s.PDF(&b, format, f); err != nil {
		return err
	}
	return v.File(name+".pdf", "application/pdf", b.Bytes())
}

// link is the address in the code.
func (v *visit) link() string { return v.Site.BaseURL + "/s/" + v.public.Code }

// printed is what is printed on a sign: the first layer of what people are told
// (EDPB 3/2019), and the way to the rest.
func (v *visit) printed() *paper.Sign {
	p, w, en := v.public, notice.In("da"), notice.In("en")
	return &paper.Sign{Lang: "da", Title: w.T("sign.title"), Also: en.T("sign.title"), Scan: w.T("sign.scan") + "\n" + en.T("sign.scan"), Link: v.link(), Short: v.address(p), Made: p.Published,
		Facts: said([]paper.Fact{
			{Term: w.T("who.title"), Text: strings.Trim(p.Who+", "+p.Contact, ", ")},
			{Term: w.T("why.label"), Text: reasons(w, p)},
			{Term: w.T("kept.label"), Text: w.Days(p.Days()) + ". " + sound(w, p) + "."},
			{Term: w.T("rights.title"), Text: w.T("sign.rights")},
			{Term: w.T("who.dpo"), Text: p.DPO},
		})}
}

func reasons(w *notice.Words, p *notice.Page) string {
	var why []string
	for _, k := range p.Kinds() {
		why = append(why, w.T("why."+k))
	}
	return strings.Join(why, ". ")
}

// kept says how long it is kept, and where the law lets some of it be kept
// longer, that it does.
func kept(w *notice.Words, p *notice.Page) string {
	text := w.Days(p.Days())
	if p.Longer() {
		text += ". " + w.T("kept.longer")
	}
	return text
}

func sound(w *notice.Words, p *notice.Page) string {
	if p.Sound() {
		return w.T("sound.yes")
	}
	return w.T("sound.no")
}

// told is what members and customers are told: what the page says, but for what
// changes more often than papers are printed.
func told(w *notice.Words, p *notice.Page) []paper.Fact {
	var to []string
	for _, g := range p.Discloses {
		if w.Has("recipients." + g) {
			to = append(to, w.T("recipients."+g))
		}
	}
	for _, s := range p.Suppliers {
		to = append(to, w.T("recipients.suppliers", s))
	}
	return said([]paper.Fact{
		{Term: w.T("who.title"), Text: strings.Trim(p.Who+", "+p.Contact, ", ")},
		{Term: w.T("who.dpo"), Text: p.DPO},
		{Term: w.T("why.label"), Text: reasons(w, p)},
		{Term: w.T("members.where"), Text: strings.Join(p.Names(), ", ")},
		{Term: w.T("kept.label"), Text: kept(w, p)},
		{Term: w.T("sound.label"), Text: sound(w, p)},
		{Term: w.T("live.label"), Text: w.T("live." + p.Live)},
		{Term: w.T("review.title"), Text: w.T("review.text")},
		{Term: w.T("access.title"), Text: w.T("access.text")},
		{Term: w.T("recipients.title"), Text: strings.Join(to, ". ")},
		{Term: w.T("rights.title"), Text: w.T("sign.rights")},
	})
}

// said leaves out what there is nothing to say of.
func said(facts []paper.Fact) []paper.Fact {
	return slices.DeleteFunc(facts, func(f paper.Fact) bool { return f.Text == "" })
}

// poster is for the wall where members and customers come.
func (v *visit) poster(lang string) *paper.Sign {
	p, w := v.public, notice.In(lang)
	return &paper.Sign{Lang: lang, Title: w.T("sign.title"), Also: p.Name, Scan: w.T("sign.scan"), Link: v.link(), Short: v.address(p), Made: p.Published, Facts: told(w, p)}
}

// text is for what members and customers sign or are given, and for the place's
// own website.
func (v *visit) text(lang string) *paper.Paper {
	p, w := v.public, notice.In(lang)
	doc := &paper.Paper{Lang: lang, Title: w.T("title", p.Name), Source: p.Who, Made: p.Published, MadeText: w.T("version", p.Version, w.Date(p.Published)), PageText: "{0}/{1}",
		Blocks: []paper.Block{
			paper.Paragraph{Text: w.T("members.lead", p.Who, strings.Trim(p.Name+", "+p.Address, ", "))},
			paper.Facts(told(w, p)),
			paper.Heading{Level: 2, Text: w.T("complain.title")},
			paper.Paragraph{Text: w.T("complain.text") + "\nDatatilsynet, Carl Jacobsens Vej 35, 2500 Valby, 33 19 32 00, dt@datatilsynet.dk"},
			paper.Paragraph{Text: w.T("members.more", v.link()), Strong: true},
		}}
	if code, err := qr.Encode(v.link(), qr.M); err == nil { // an address that no code holds stands as text alone
		code.Scale = 4
		side := (code.Size + 8) * code.Scale
		doc.Blocks = append(doc.Blocks, paper.Picture{Data: code.PNG(), Type: "png", Width: side, Height: side, Text: w.T("members.code")})
	}
	return doc
}
