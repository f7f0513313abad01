package verify

import (
	"encoding/json"
	"strconv"
	"strings"
)

// span is entries from a first to a last.
type span struct{ first, last uint64 }

// spans are entries in rising order, as "3-5,9".
type spans []span

func (s spans) String() string {
	var b strings.Builder
	for i, x := range s {
		if i == 20 {
			b.WriteString(" …")
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(x.first, 10))
		if x.last > x.first {
			b.WriteString("-" + strconv.FormatUint(x.last, 10))
		}
	}
	return b.String()
}

// parseSpans reads that form: numbers rise, and no entry stands twice.
func parseSpans(text string) (out spans, ok bool) {
	if text == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(text, ",") {
		a, b, two := strings.Cut(part, "-")
		first, ok := number(a)
		last := first
		if two {
			var good bool
			last, good = number(b)
			ok = ok && good && last > first
		}
		if !ok || len(out) > 0 && first <= out[len(out)-1].last {
			return nil, false
		}
		out = append(out, span{first, last})
	}
	return out, true
}

// add appends an entry that is higher than all before.
func (s *spans) add(i uint64) {
	if n := len(*s); n > 0 && (*s)[n-1].last+1 == i {
		(*s)[n-1].last = i
		return
	}
	*s = append(*s, span{i, i})
}

func (s spans) count() (n uint64) {
	for _, x := range s {
		n += x.last - x.first + 1
	}
	return n
}

// both are the entries of a and of b.
func both(a, b spans) (out spans) {
	for len(a) > 0 && len(b) > 0 {
		first, last := max(a[0].first, b[0].first), min(a[0].last, b[0].last)
		if first <= last {
			out = append(out, span{first, last})
		}
		if a[0].last < b[0].last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

func same(a, b spans) bool { return a.count() == b.count() && both(a, b).count() == a.count() }

// expiredBy are the entries whose contents an entry of the log says were
// deleted on time.
func expiredBy(kind string, body []byte) spans {
	if kind != "ledger.expired" {
		return nil
	}
	var b struct {
		Entries string `json:"entries"`
	}
	if json.Unmarshal(body, &b) != nil {
		return nil
	}
	list, _ := parseSpans(b.Entries)
	return list
}
