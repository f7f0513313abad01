package page

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
)

// draftAge is how long something typed and not sent is kept.
const draftAge = 24 * time.Hour

// SaveDraft keeps what a person typed on the page at path, until they open it
// again, a day at most.
func (s *Site) SaveDraft(ctx context.Context, person, path, form string) error {
	now := s.Clock.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM drafts WHERE at < ? OR (person = ? AND path = ?)`, now.Add(-draftAge), person, path); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO drafts (person, path, form, at) VALUES (?, ?, ?, ?)`, person, path, form, now)
		return err
	})
}

// Draft is what the person had typed on this page when the session was lost;
// it is given once.
func (v *Visit) Draft() (url.Values, bool) {
	var form string
	err := v.Site.DB.Write(v.Ctx, func(tx *db.Tx) (err error) {
		form, err = db.One[string](v.Ctx, tx, `SELECT form FROM drafts WHERE person = ? AND path = ?`, v.Person.ID, v.R.URL.RequestURI())
		if err != nil {
			return err
		}
		_, err = tx.Exec(v.Ctx, `DELETE FROM drafts WHERE person = ? AND path = ?`, v.Person.ID, v.R.URL.RequestURI())
		return err
	})
	if err != nil {
		if !fault.Is(err, fault.NotFound) {
			v.Site.Log.Warn("a draft could not be read", "err", err)
		}
		return nil, false
	}
	values, err := url.ParseQuery(form)
	return values, err == nil
}

// Kept says above a form that what was typed is there again.
func (v *Visit) Kept() fds.Alert { return fds.Alert{Tone: fds.Info, Text: v.T("form.kept")} }

// Posted is the form that was sent, without files; fault.Invalid when it cannot
// be read. A form with files is read with [Visit.Upload].
func (v *Visit) Posted() (url.Values, error) {
	if err := v.R.ParseForm(); err != nil {
		return nil, fault.As(fault.Invalid, "form.unreadable", err)
	}
	return v.R.PostForm, nil
}

// readable refuses a form that cannot be read to its end before anything is
// done with what could be: half a form says something else than a whole one.
func (v *Visit) readable() error {
	kind, _, _ := mime.ParseMediaType(v.R.Header.Get("Content-Type"))
	if v.R.Method == http.MethodGet || kind != "application/x-www-form-urlencoded" {
		return nil
	}
	_, err := v.Posted()
	return err
}

// Upload reads a form with files, in the order in which it comes: take is given
// each file that was chosen and reads it to its end or not; the other fields
// are returned, those that come before a file are there when take is called.
func (v *Visit) Upload(take func(fields url.Values, file *multipart.Part) error) (url.Values, error) {
	parts, err := v.R.MultipartReader()
	if err != nil {
		return nil, fault.As(fault.Invalid, "form.unreadable", err)
	}
	fields, size := url.Values{}, 0
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return fields, fault.As(fault.Invalid, "form.unreadable", err)
		}
		if part.FileName() != "" {
			if err := take(fields, part); err != nil {
				return fields, err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, FormSize+1))
		if size += len(text); err != nil || size > FormSize {
			return fields, fault.New(fault.Invalid, "form.unreadable", "fields of %d bytes: %v", size, err)
		}
		fields.Add(part.FormName(), string(text))
	}
}

// typed is what a form held that cannot be taken now: all but its files.
func (v *Visit) typed() url.Values {
	if kind, _, _ := mime.ParseMediaType(v.R.Header.Get("Content-Type")); strings.HasPrefix(kind, "multipart/") {
		fields, _ := v.Upload(func(url.Values, *multipart.Part) error { return nil }) // as far as it can be read
		return fields
	}
	form, _ := v.Posted() // none: it cannot be read
	return form
}
