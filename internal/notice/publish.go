package notice

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

const fileEnd = ".json"

// load reads what was published last from the files.
func (r *Room) load() error {
	all := map[string]*Page{}
	r.pages.Store(&all)
	if r.c.Dir == "" {
		return nil
	}
	if err := durable.OS().MkdirAll(r.c.Dir, 0o700); err != nil {
		return fault.As(fault.Internal, "notice.dir", err)
	}
	list, err := durable.OS().ReadDir(r.c.Dir)
	if err != nil {
		return fault.As(fault.Internal, "notice.dir", err)
	}
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), fileEnd) {
			continue
		}
		b, err := durable.ReadFile(durable.OS(), filepath.Join(r.c.Dir, e.Name()))
		if err != nil {
			return err
		}
		var p Page
		if err := json.Unmarshal(b, &p); err != nil || p.Code+fileEnd != e.Name() {
			return fault.New(fault.Corrupt, "notice.file", "%s is no published page: %v", e.Name(), err)
		}
		all[p.Code] = &p
	}
	return nil
}

// Page is what was published last under a code. It needs no database.
func (r *Room) Page(code string) (*Page, bool) {
	p, ok := (*r.pages.Load())[code]
	return p, ok
}

// All is every published page, by controller and name. It needs no database.
func (r *Room) All() []*Page {
	return slices.SortedFunc(maps.Values(*r.pages.Load()), func(a, b *Page) int {
		return cmp.Or(strings.Compare(a.Who, b.Who), strings.Compare(a.Name, b.Name), strings.Compare(a.Code, b.Code))
	})
}

// Of is the page of a location of a controller; false: there is none yet.
func (r *Room) Of(controller, location string) (*Page, bool) {
	for _, p := range *r.pages.Load() {
		if p.Controller == controller && p.Location == location {
			return p, true
		}
	}
	return nil, false
}

// Tick publishes what has changed, so that what the pages say follows the permits,
// and tells of what falls due.
func (r *Room) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "notice.Tick")
	all, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		now, err := r.contents(ctx, c)
		if err != nil {
			return err
		}
		kept, err := r.kept(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, l := range slices.Sorted(maps.Keys(now)) {
			p, known := kept[l]
			if c := now[l]; !known && (c.Ended || c.Cameras == 0) {
				continue // nobody was ever told of it
			}
			if !known || !p.same(now[l]) {
				if p, err = r.publish(ctx, c.ID, l, now[l]); err != nil {
					return err
				}
			}
			if err := r.show(p); err != nil {
				return err
			}
		}
		if err := r.remind(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// kept are a controller's pages as the database has them, by location.
func (r *Room) kept(ctx context.Context, controller string) (map[string]Page, error) {
	out := map[string]Page{}
	err := r.c.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := db.All[string](ctx, tx, `SELECT page FROM notice_pages WHERE controller = ?`, controller)
		for _, body := range list {
			var p Page
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				return fault.As(fault.Corrupt, "notice.body", err)
			}
			out[p.Location] = p
		}
		return err
	})
	return out, err
}

// publish writes a new version of a page.
func (r *Room) publish(ctx context.Context, controller, location string, c Content) (Page, error) {
	return r.change(ctx, controller, location, func(tx *db.Tx, p *Page, now time.Time) error {
		if old, ok := r.Of(controller, location); p.Code == "" && ok {
			*p = *old // the database was lost, and signs with the code hang there
		}
		if p.Code == "" {
			p.Code, p.Controller, p.Location = newCode(), controller, location
		}
		p.Content, p.Published = c, now
		p.Version++
		if p.Version == 1 {
			p.First = now
		}
		return r.enter(ctx, tx, "public.published", location, Who{Controller: controller}, map[string]any{"code": p.Code, "version": p.Version, "content": p.Content})
	})
}

// Confirm records that whoever answers for a place has held what its page says
// against what is so there. Of another version than the newest it is
// fault.Conflict "notice.version".
func (r *Room) Confirm(ctx context.Context, location string, version int, who Who) error {
	p, err := r.change(ctx, who.Controller, location, func(tx *db.Tx, p *Page, now time.Time) error {
		if p.Code == "" {
			return fault.New(fault.NotFound, "notice.unknown", "no page of %.40q", location)
		}
		if p.Version != version {
			return fault.New(fault.Conflict, "notice.version", "version %d, not %d", p.Version, version)
		}
		p.Confirmed, p.By = now, who.Name
		return r.enter(ctx, tx, "public.confirmed", location, who, map[string]any{"code": p.Code, "version": p.Version})
	})
	if err != nil {
		return err
	}
	return r.show(p)
}

func (r *Room) change(ctx context.Context, controller, location string, step func(*db.Tx, *Page, time.Time) error) (p Page, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		p = Page{}
		body, err := db.One[string](ctx, tx, `SELECT page FROM notice_pages WHERE controller = ? AND location = ?`, controller, location)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				return fault.As(fault.Corrupt, "notice.body", err)
			}
		}
		if err := step(tx, &p, micro(r.c.Clock.Now())); err != nil {
			return err
		}
		b, err := json.Marshal(p)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO notice_pages (controller, location, code, page) VALUES (?, ?, ?, ?)
			ON CONFLICT (controller, location) DO UPDATE SET page = excluded.page`, controller, location, p.Code, string(b))
		return err
	})
	return p, err
}

// show lets a page be seen, and keeps it as a file, if it is not so already.
func (r *Room) show(p Page) error {
	if was, ok := r.Page(p.Code); ok && was.Version == p.Version && was.Confirmed.Equal(p.Confirmed) {
		return nil
	}
	if err := r.write(p); err != nil {
		return err
	}
	next := maps.Clone(*r.pages.Load())
	next[p.Code] = &p
	r.pages.Store(&next)
	return nil
}

// write keeps a page as a file.
func (r *Room) write(p Page) error {
	if r.c.Dir == "" {
		return nil
	}
	b, err := json.MarshalIndent(p, "", "\t")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	return durable.WriteFile(durable.OS(), filepath.Join(r.c.Dir, p.Code+fileEnd), append(b, '\n'), 0o600)
}
