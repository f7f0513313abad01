package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.Bytes()
}

func jpegOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 120, 90)), nil))
	return b.Bytes()
}

// exif is EXIF data with or without a latitude.
func exif(order binary.AppendByteOrder, placed bool) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	entry := func(tag uint16, v uint32) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, 4)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint32(b, v)
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	entry(0x0112, 1)
	entry(0x8825, 38)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 1)
	if placed {
		entry(2, 0)
	} else {
		entry(5, 0)
	}
	return b
}

func jpegWith(t testing.TB, exif []byte) []byte {
	t.Helper()
	body := append([]byte("Exif\x00\x00"), exif...)
	seg := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat([]byte{0xff, 0xd8}, seg, body, jpegOf(t)[2:])
}

func pngWith(t testing.TB, exif []byte) []byte {
	t.Helper()
	b := pngOf(t, 4, 4)
	kind := append([]byte("eXIf"), exif...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(exif)))
	chunk = append(chunk, kind...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(kind))
	return slices.Concat(b[:33], chunk, b[33:])
}

type entry struct{ name, body string }

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.name == "mimetype" {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		must(t, err)
		_, err = w.Write([]byte(e.body))
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func types(main string) entry {
	return entry{"[Content_Types].xml", `<?xml version="1.0"?><Types><Override PartName="/x" ContentType="` + main + `"/></Types>`}
}

const (
	word  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
	sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
	odt   = "application/vnd.oasis.opendocument.text"
	pdf   = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
)

func docx(t testing.TB) []byte {
	t.Helper()
	return archive(t, types(word), entry{"word/document.xml", "<w:document/>"})
}
