package tomlfile

import (
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// positions is the line of each value by its path. The data are TOML: they
// were decoded before.
func positions(data []byte) (map[string]int, error) {
	s := scanner{at: map[string]int{}, last: map[string]int{}}
	for i, c := range data {
		if c == '\n' {
			s.ends = append(s.ends, i)
		}
	}
	s.p.Reset(data)
	var table []any
	for s.p.NextExpression() {
		e := s.p.Expression()
		switch e.Kind {
		case unstable.Table:
			table = s.key(nil, e.Key())
		case unstable.ArrayTable:
			table = s.element(e.Key())
		case unstable.KeyValue:
			s.keyValue(table, e)
		}
	}
	return s.at, s.p.Error()
}

// scanner walks over a file's expressions.
type scanner struct {
	p    unstable.Parser
	at   map[string]int
	last map[string]int // array of tables to the index of its last
	ends []int          // offsets of the ends of lines
}

// keyValue notes one "key = value" below base.
func (s *scanner) keyValue(base []any, e *unstable.Node) {
	s.value(s.key(base, e.Key()), e.Value())
}

// key is base with the parts of a dotted key; what it names first is noted.
// A part that is an array of tables stands for its last element.
func (s *scanner) key(base []any, key unstable.Iterator) []any {
	path := base
	for key.Next() {
		path = with(path, string(key.Node().Data))
		s.note(path, key.Node())
		if i, ok := s.last[join(path)]; ok {
			path = with(path, i)
		}
	}
	return path
}

// element is the path of the element that a [[header]] begins.
func (s *scanner) element(key unstable.Iterator) []any {
	var path []any
	for key.Next() {
		path = with(path, string(key.Node().Data))
		s.note(path, key.Node())
		name := join(path)
		i, ok := s.last[name]
		switch {
		case key.IsLast() && ok:
			i++
			s.last[name] = i
		case key.IsLast():
			s.last[name] = 0
		case !ok:
			continue
		}
		path = with(path, i)
		s.note(path, key.Node())
	}
	return path
}

// value notes what lies within arrays and inline tables.
func (s *scanner) value(path []any, v *unstable.Node) {
	children := v.Children()
	switch v.Kind {
	case unstable.Array:
		for i := 0; children.Next(); {
			if child := children.Node(); child.Kind != unstable.Comment {
				p := with(path, i)
				s.note(p, child)
				s.value(p, child)
				i++
			}
		}
	case unstable.InlineTable:
		for children.Next() {
			if child := children.Node(); child.Kind == unstable.KeyValue {
				s.keyValue(path, child)
			}
		}
	}
}

// note keeps the line of a node, the first time that its path is met.
func (s *scanner) note(path []any, n *unstable.Node) {
	name := join(path)
	if _, known := s.at[name]; known {
		return
	}
	if line := s.line(n); line > 0 {
		s.at[name] = line
	}
}

// line is where a node begins; 0 for one that leaves no trace, such as an
// empty array within an array, whose line is then that of its array.
func (s *scanner) line(n *unstable.Node) int {
	raw := n.Raw
	switch {
	case raw.Length > 0:
	case n.Kind == unstable.Array || n.Kind == unstable.InlineTable || n.Kind == unstable.KeyValue:
		children := n.Children()
		for children.Next() {
			if line := s.line(children.Node()); line > 0 {
				return line
			}
		}
		return 0
	case n.Kind == unstable.String || len(n.Data) == 0:
		return 0
	default: // numbers, dates, booleans: their data are bytes of the file
		raw = s.p.Range(n.Data)
	}
	line, _ := slices.BinarySearch(s.ends, int(raw.Offset))
	return line + 1
}
