package help

import (
	"strings"
)

// Block is one part of a guide. One of its fields is set.
type Block struct {
	Heading   []Span
	Level     int // of Heading: 2 to 4
	Paragraph []Span
	List      [][]Span
	Numbered  bool
	Table     [][][]Span // the first row is its heading
	Code      string
	Picture   *Picture
}

// Picture is a screen that a guide shows.
type Picture struct {
	File          string // as the guide names it; Read makes it an address
	Text          string // what it shows, for those who do not see it
	Width, Height int
}

// Span is a piece of a line.
type Span struct {
	Text string
	Kind string // "", "strong", "em", "code", "link"
	Href string // of "link"
}

// parse reads what our guides are written in: headings, paragraphs, lists,
// tables, code and pictures on lines of their own, and in them bold, italic,
// code and links. Everything else is text, so that nothing of a guide is ever taken for markup of the page. link
// says where a link goes; empty leaves its words.
func parse(text string, link func(string) string) (title string, out []Block) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); {
		line := strings.TrimRight(lines[i], " ")
		switch {
		case line == "":
			i++
		case strings.HasPrefix(line, "```"):
			var code []string
			for i++; i < len(lines) && !strings.HasPrefix(lines[i], "```"); i++ {
				code = append(code, lines[i])
			}
			i++
			out = append(out, Block{Code: strings.Join(code, "\n")})
		case strings.HasPrefix(line, "#"):
			words := strings.TrimLeft(line, "#")
			if level := len(line) - len(words); level == 1 && title == "" {
				title = strings.TrimSpace(words)
			} else {
				out = append(out, Block{Heading: spans(strings.TrimSpace(words), link), Level: min(max(level, 2), 4)})
			}
			i++
		case strings.HasPrefix(line, "|"):
			b := Block{}
			for ; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
				if strings.Trim(lines[i], "|-: ") == "" {
					continue
				}
				var row [][]Span
				for _, cell := range strings.Split(strings.Trim(strings.TrimSpace(lines[i]), "|"), "|") {
					row = append(row, spans(strings.TrimSpace(cell), link))
				}
				b.Table = append(b.Table, row)
			}
			out = append(out, b)
		case strings.HasPrefix(line, "!["):
			if words, file, _, ok := linked(line); ok {
				out = append(out, Block{Picture: &Picture{File: file, Text: words}})
			}
			i++
		case marker(line) > 0:
			b := Block{Numbered: line[0] != '-'}
			for ; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
				if n := marker(lines[i]); n > 0 {
					b.List = append(b.List, spans(lines[i][n:], link))
				} else if last := len(b.List) - 1; last >= 0 { // it goes on
					b.List[last] = append(b.List[last], spans(" "+strings.TrimSpace(strings.TrimLeft(lines[i], " -")), link)...)
				}
			}
			out = append(out, b)
		default:
			var words []string
			for ; i < len(lines) && lines[i] != "" && !strings.HasPrefix(lines[i], "|") && !strings.HasPrefix(lines[i], "![") && !strings.HasPrefix(lines[i], "#") && !strings.HasPrefix(lines[i], "```") && (len(words) == 0 || marker(lines[i]) == 0); i++ {
				words = append(words, strings.TrimSpace(lines[i]))
			}
			if s := spans(strings.Join(words, " "), link); len(s) > 0 {
				out = append(out, Block{Paragraph: s})
			}
		}
	}
	return title, out
}

// marker is how long the mark of a point is: "- " or "12. "; 0 where there is none.
func marker(line string) int {
	if strings.HasPrefix(line, "- ") {
		return 2
	}
	n := 0
	for n < len(line) && line[n] >= '0' && line[n] <= '9' {
		n++
	}
	if n > 0 && strings.HasPrefix(line[n:], ". ") {
		return n + 2
	}
	return 0
}

// spans reads a line. A mark that is not closed is text.
func spans(line string, link func(string) string) (out []Span) {
	text := ""
	add := func(s Span) {
		if text != "" {
			out, text = append(out, Span{Text: text}), ""
		}
		if s.Text != "" {
			out = append(out, s)
		}
	}
	for line != "" {
		for _, m := range []struct{ mark, kind string }{{"**", "strong"}, {"*", "em"}, {"`", "code"}} {
			if rest, ok := strings.CutPrefix(line, m.mark); ok {
				if inner, after, closed := strings.Cut(rest, m.mark); closed && inner != "" {
					add(Span{Text: inner, Kind: m.kind})
					line = after
				} else {
					text, line = text+m.mark, rest
				}
				goto next
			}
		}
		if words, href, after, ok := linked(line); ok {
			to := link(href)
			switch {
			case to != "":
				add(Span{Text: words, Kind: "link", Href: to})
			default:
				text += words
			}
			line = after
			continue
		}
		text, line = text+line[:1], line[1:]
	next:
	}
	add(Span{})
	return out
}

// linked reads "[words](address)" at the beginning of a line, with or without
// the mark of a picture.
func linked(line string) (words, href, after string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(line, "!"), "[")
	if !ok {
		return "", "", "", false
	}
	words, rest, ok = strings.Cut(rest, "](")
	if !ok || strings.Contains(words, "[") {
		return "", "", "", false
	}
	href, after, ok = strings.Cut(rest, ")")
	return words, href, after, ok
}
