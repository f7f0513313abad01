package register

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// NewID makes an id from names that is free among the controllers,
// administrations, locations, areas, cameras, suppliers, agreements or
// police_orders: "lindeby-skole", "lindeby-skole-2".
func (r *Register) NewID(ctx context.Context, table string, names ...string) (id string, err error) {
	if !slices.Contains([]string{"controllers", "administrations", "locations", "areas", "cameras", "suppliers", "agreements", "police_orders", "holders"}, table) {
		return "", fault.New(fault.Internal, "", "no table %q", table)
	}
	base := Slug(names...)
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		taken, err := db.All[string](ctx, tx, `SELECT id FROM `+table+` WHERE id LIKE ?`, base+"%")
		id = free(base, func(s string) bool { return slices.Contains(taken, s) })
		return err
	})
	return id, err
}

// free is base, or base with the first number from 2 on that is not taken.
func free(base string, taken func(string) bool) string {
	id := base
	for n := 2; taken(id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}

// Slug makes letters, digits and hyphens of names, as ids have them: at most
// 56 characters, so that a number fits behind.
func Slug(names ...string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(strings.Join(names, " ")) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == 'æ', c == 'ä':
			b.WriteString("ae")
		case c == 'ø', c == 'ö':
			b.WriteString("oe")
		case c == 'å':
			b.WriteString("aa")
		case c == 'é', c == 'è':
			b.WriteByte('e')
		case c == 'ü':
			b.WriteByte('u')
		default:
			if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
				b.WriteByte('-')
			}
		}
	}
	s := b.String()
	if s = strings.Trim(s[:min(len(s), 56)], "-"); s == "" {
		return "x"
	}
	return s
}
