// Package attach keeps the files that come with a form among the documents.
//
// What it promises: a file is kept as soon as it has come, whatever its field;
// what is refused is said at its field; when the form goes nowhere, what it
// brought is taken away again.
//
// What it refuses: to leave a file behind that nothing rests on.
package attach

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/url"

	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
)

// Accept is what a file field offers to choose.
const Accept = ".pdf,.docx,.odt,.txt,.png,.jpg,.jpeg"

// Taken is a form with what it brought.
type Taken struct {
	Fields url.Values
	v      *page.Visit
	room   *document.Room
	docs   map[string]string // by field
	wrong  map[string]error
}

// Field is a form's field for a file.
func Field(name string, optional bool) fds.Field {
	return fds.Field{Type: "file", Name: name, Accept: Accept, Optional: optional}
}

// Take reads a form whose files are of these kinds of document, by field. Files
// of other fields are not read.
func Take(v *page.Visit, room *document.Room, kinds map[string]string) (t Taken, err error) {
	t = Taken{v: v, room: room, docs: map[string]string{}, wrong: map[string]error{}}
	t.Fields, err = v.Upload(func(_ url.Values, file *multipart.Part) error {
		kind, ok := kinds[file.FormName()]
		if !ok || t.docs[file.FormName()] != "" {
			return nil
		}
		d, err := room.Add(v.Ctx, document.New{Controller: v.Person.Controller, Kind: kind, Name: file.FileName(), By: v.Person.ID}, file)
		if fault.Is(err, fault.Invalid) {
			t.wrong[file.FormName()] = err
			return nil
		}
		if err == nil {
			t.docs[file.FormName()] = d.ID
		}
		return err
	})
	if err != nil {
		err = errors.Join(err, t.Drop())
	}
	return t, err
}

// Get is the document that a field brought; empty: none.
func (t Taken) Get(field string) string { return t.docs[field] }

// Say says at their fields what was refused, and what is missing of the fields
// that must bring a file.
func (t Taken) Say(f *page.Form, missing string, must ...string) {
	for field, err := range t.wrong {
		f.FailWith(field, err)
	}
	for _, field := range must {
		if t.docs[field] == "" && t.wrong[field] == nil {
			f.Fail(field, t.v.T(missing))
		}
	}
}

// Drop takes away what the form brought: nothing rests on it.
func (t Taken) Drop() (err error) {
	for _, id := range t.docs {
		err = errors.Join(err, t.room.Remove(t.v.Ctx, t.v.Person.Controller, id, t.v.Person.ID))
	}
	return err
}

// DropField takes away what one field brought and nobody asked for.
func (t Taken) DropField(field string) error {
	if t.docs[field] == "" {
		return nil
	}
	return t.room.Remove(t.v.Ctx, t.v.Person.Controller, t.docs[field], t.v.Person.ID)
}

// Write keeps a text that was typed in place of a file, as a document that can
// be edited further.
func (t Taken) Write(field, kind string, doc *paper.Paper) error {
	var b bytes.Buffer
	if err := doc.DOCX(&b); err != nil {
		return err
	}
	d, err := t.room.Add(t.v.Ctx, document.New{Controller: t.v.Person.Controller, Kind: kind, Name: doc.Title + ".docx", By: t.v.Person.ID}, &b)
	if err == nil {
		t.docs[field] = d.ID
	}
	return err
}

// Send answers with a document of the person's controller.
func Send(v *page.Visit, room *document.Room, id string) error {
	d, content, err := room.Read(v.Ctx, v.Person.Controller, id)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	return document.Serve(v.W, d, content)
}
