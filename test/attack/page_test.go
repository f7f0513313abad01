package attack

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// tag is a piece of markup as a browser reads it.
type tag struct {
	name       string
	close      bool
	attributes map[string]string
	after      string // the text up to the next tag
}

var (
	tags       = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>`)
	attributes = regexp.MustCompile("([^\\s\"'<>/=]+)(?:\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s\"'=<>`]+)))?")
)

// read takes a page apart.
func read(body string) (all []tag) {
	found := tags.FindAllStringSubmatchIndex(body, -1)
	for i, m := range found {
		end := len(body)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		t := tag{name: strings.ToLower(body[m[4]:m[5]]), close: m[3] > m[2], attributes: map[string]string{}, after: body[m[1]:end]}
		for _, a := range attributes.FindAllStringSubmatch(body[m[6]:m[7]], -1) {
			t.attributes[strings.ToLower(a[1])] = html.UnescapeString(a[2] + a[3] + a[4])
		}
		all = append(all, t)
	}
	return all
}

// field is one of a form's.
type field struct {
	name, kind, value string
	options           []string // of a choice
	on                bool
}

// typed reports whether a person writes in it.
func (f field) typed() bool {
	return slices.Contains([]string{"text", "textarea", "search", "email", "tel", "url", "number", "date", "time", "password"}, f.kind)
}

// form is one that a page offers.
type form struct {
	page, method, action string
	files                bool
	fields               []field
}

// read takes the links and forms of a page at an address.
func readPage(at, body string) (links []string, forms []form) {
	var f *form
	var sel *field
	for _, t := range read(body) {
		a := t.attributes
		switch t.name {
		case "a", "area":
			if h, ok := a["href"]; ok && !t.close {
				links = append(links, resolve(at, h))
			}
		case "form":
			if f != nil {
				forms, f = append(forms, *f), nil
			}
			if !t.close {
				to := at
				if h, ok := a["action"]; ok && h != "" {
					to = resolve(at, h)
				}
				f = &form{page: at, method: strings.ToUpper(a["method"]), action: to, files: strings.HasPrefix(a["enctype"], "multipart/")}
			}
		}
		if f == nil || t.close && t.name != "select" {
			continue
		}
		switch t.name {
		case "input", "button":
			kind := a["type"]
			if kind == "" {
				kind = map[string]string{"input": "text", "button": "submit"}[t.name]
			}
			if a["name"] == "" {
				continue
			}
			if kind == "radio" || kind == "checkbox" {
				if i := slices.IndexFunc(f.fields, func(x field) bool { return x.name == a["name"] }); i >= 0 {
					f.fields[i].options = append(f.fields[i].options, a["value"])
					if _, on := a["checked"]; on {
						f.fields[i].value, f.fields[i].on = a["value"], true
					}
					continue
				}
			}
			x := field{name: a["name"], kind: kind, value: a["value"]}
			if kind == "radio" || kind == "checkbox" {
				_, x.on = a["checked"]
				x.options = []string{a["value"]}
			}
			f.fields = append(f.fields, x)
		case "textarea":
			f.fields = append(f.fields, field{name: a["name"], kind: "textarea", value: html.UnescapeString(t.after)})
		case "select":
			if t.close {
				sel = nil
				continue
			}
			f.fields = append(f.fields, field{name: a["name"], kind: "select"})
			sel = &f.fields[len(f.fields)-1]
		case "option":
			if sel == nil {
				continue
			}
			sel.options = append(sel.options, a["value"])
			if _, on := a["selected"]; on || sel.value == "" {
				sel.value = a["value"]
			}
		}
	}
	if f != nil {
		forms = append(forms, *f)
	}
	return links, forms
}

// resolve is an address as a browser at another one takes it; empty when it
// leads away.
func resolve(at, to string) string {
	from, err := url.Parse(base + at)
	if err != nil {
		return ""
	}
	u, err := from.Parse(to)
	if err != nil || u.Scheme+"://"+u.Host != base {
		return ""
	}
	return u.RequestURI()
}

// wrong are the names of the fields that a page says are wrong.
func wrong(body string) (names []string) {
	for _, t := range read(body) {
		if t.attributes["aria-invalid"] == "true" && t.attributes["name"] != "" {
			names = append(names, t.attributes["name"])
		}
		if id, ok := strings.CutSuffix(t.attributes["id"], "-error"); ok && t.name == "span" {
			names = append(names, id)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
