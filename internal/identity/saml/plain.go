package saml

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// Bounds of a document. Honest answers have some hundred elements, twelve deep.
const (
	deepest        = 40
	mostElements   = 4000
	mostAttributes = 32
)

// plainXML refuses a document that is more than elements, attributes and text
// in UTF-8, before anything reads it: DOCTYPE, entities of one's own, comments,
// CDATA and processing instructions are what parsers read differently.
func plainXML(raw []byte, longest int) error {
	switch {
	case len(raw) == 0 || len(raw) > longest:
		return fmt.Errorf("%d bytes", len(raw))
	case !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0:
		return errors.New("not UTF-8")
	case bytes.Contains(raw, []byte("<!")):
		return errors.New("a DOCTYPE, a comment or CDATA")
	case bytes.Contains(bytes.TrimPrefix(raw, []byte("<?xml ")), []byte("<?")):
		return errors.New("a processing instruction")
	}
	d := xml.NewDecoder(bytes.NewReader(raw))
	depth, elements := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.New("not well formed")
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			elements++
			if depth > deepest || elements > mostElements || len(t.Attr) > mostAttributes {
				return errors.New("too deep or too much")
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return errors.New("text beside the element")
			}
		}
	}
	if elements == 0 {
		return errors.New("no element")
	}
	return nil
}

// parse reads a document that has to be plain.
func parse(raw []byte, longest int) (*etree.Element, error) {
	if err := plainXML(raw, longest); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(raw); err != nil || doc.Root() == nil || len(doc.ChildElements()) != 1 {
		return nil, errors.New("not one element")
	}
	return doc.Root(), nil
}

// decode is base64 as browsers send it, perhaps with line ends in it.
func decode(s string, longest int) ([]byte, error) {
	if len(s) > longest/3*4+longest/16 {
		return nil, fmt.Errorf("%d characters", len(s))
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
}

// Namespaces.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	nsXMLEnc    = "http://www.w3.org/2001/04/xmlenc#"
	nsXMLEnc11  = "http://www.w3.org/2009/xmlenc11#"
)

// is reports whether an element has a name in a namespace.
func is(e *etree.Element, namespace, tag string) bool {
	return e.Tag == tag && e.NamespaceURI() == namespace
}

// only is the child of that name, when there is exactly one.
func only(e *etree.Element, namespace, tag string) *etree.Element {
	var found *etree.Element
	for _, c := range e.ChildElements() {
		if is(c, namespace, tag) {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}

// shape refuses a document in which something stands where it must not: more
// than one assertion, a signature elsewhere than in what it signs, a Response
// within, two elements of one id. root is a Response or an Assertion. What
// signature wrapping needs is not there after that.
func shape(root *etree.Element) error {
	ids := map[string]bool{}
	assertions := 0
	var walk func(e *etree.Element) error
	walk = func(e *etree.Element) error {
		for _, a := range e.Attr {
			if strings.EqualFold(a.Key, "id") && a.Space != "xmlns" {
				if ids[a.Value] {
					return errors.New("two elements of one id")
				}
				ids[a.Value] = true
			}
		}
		switch parent := e.Parent(); {
		case e == root:
		case strings.EqualFold(e.Tag, "Response"):
			return errors.New("a Response within")
		case strings.EqualFold(e.Tag, "Assertion"), strings.EqualFold(e.Tag, "EncryptedAssertion"):
			if assertions++; assertions > 1 || parent != root || !is(root, nsProtocol, "Response") || e.NamespaceURI() != nsAssertion {
				return errors.New("an assertion where none belongs")
			}
		case strings.EqualFold(e.Tag, "Signature"):
			signed := parent == root || is(parent, nsAssertion, "Assertion") && parent.Parent() == root
			if !signed || !is(e, nsSignature, "Signature") || only(parent, nsSignature, "Signature") != e {
				return errors.New("a signature where none belongs")
			}
		}
		for _, c := range e.ChildElements() {
			if err := walk(c); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(root); err != nil {
		return err
	}
	if is(root, nsProtocol, "Response") && assertions != 1 {
		return fmt.Errorf("%d assertions", assertions)
	}
	return nil
}
