package arch

import (
	"bufio"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The words of what the platform never does: recognise faces, tell persons
// apart or look for them in footage, read number plates (EVID-10, H 5.3: police
// work is the police's). Covering people in a copy is no such thing: it finds
// where somebody is and never who.
var (
	// policeWords stand in names, written together or apart.
	policeWords = regexp.MustCompile(`(?i)fac(e|ial)[-_ ]?(recogni|match|search|embedd|descriptor|template|identif|id\b|gallery|index)|recogni[sz](e|ing|ed)[-_ ]?(face|person|people)|` +
		`(person|people|human)[-_ ]?(re[-_]?id|search|recogni|embedd|appearance|gallery|track(er|ing))|search[-_ ]?(by[-_ ]?)?(face|person|people|appearance|clothes)|` +
		`(number|licen[cs]e)[-_ ]?plate|\b(anpr|alpr|lpr)\b|biometric|gait|soft[-_ ]?biometr|` +
		`ansigts?[-_ ]?(genkend|søg|match)|genkend(e|else)?[-_ ]?(ansigt|person)|person[-_ ]?(genkend|søgning|sporing)|nummerplade|biometri`)
	// policeModules are programs and libraries made for it.
	policeModules = regexp.MustCompile(`(?i)insightface|arcface|facenet|deepface|openface|compreface|dlib|go-face|face-api|rekognition|azure.*face|openalpr|platerecognizer|easyocr|torchreid|deep-?sort|byte-?track|milvus|faiss|qdrant|weaviate`)
	// modelFiles are trained models: none is needed to record, keep and delete.
	modelFiles = regexp.MustCompile(`(?i)\.(onnx|tflite|pb|pth?|caffemodel|weights|mlmodel|safetensors|gguf|npz)$`)
	// denies is what a sentence for people must say if it names any of it.
	denies = regexp.MustCompile(`(?i)\b(ikke|aldrig|ingen|not|never|no|cannot|without|uden)\b`)
)

// policeAllowed are lines that name it because they must: file to a part of
// the line.
var policeAllowed = map[string][]string{
	// An authority is asked what else its cameras are tied to, so that the
	// answer is judged: it is no function of the platform.
	"processes/myndighed.toml": {"adgangskontrol eller nummerpladegenkendelse"},
}

// policeFolders hold code, and data that code follows; policeFiles list what
// others made.
var (
	policeFolders = []string{"cmd", "internal", "lawdata", "processes", "web", "tools", "test", "scripts"}
	policeFiles   = []string{"go.mod", "package.json", "package-lock.json", "scripts/debian-packages"}
)

// CheckPoliceWork looks through code, routes, texts, dependencies and files for
// anything that recognises people or searches for them (EVID-10).
func CheckPoliceWork(root string) (found []string, err error) {
	for _, name := range policeFiles {
		if err := eachLine(root, name, func(n int, line string) {
			if policeModules.MatchString(line) || policeWords.MatchString(line) {
				found = append(found, fmt.Sprintf("%s:%d: %s", name, n, strings.TrimSpace(line)))
			}
		}); err != nil {
			return nil, err
		}
	}
	for _, top := range policeFolders {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist"):
				return fs.SkipDir
			case d.IsDir():
				return nil
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			more, err := policeFile(root, filepath.ToSlash(rel))
			found = append(found, more...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func policeFile(root, name string) (found []string, err error) {
	say := func(line int, text string) {
		if !slices.ContainsFunc(policeAllowed[name], func(part string) bool { return strings.Contains(text, part) }) {
			found = append(found, fmt.Sprintf("%s:%d: %s", name, line, strings.TrimSpace(text)))
		}
	}
	if modelFiles.MatchString(name) {
		say(0, "a trained model")
	}
	switch filepath.Ext(name) {
	case ".go":
		if strings.HasPrefix(name, "internal/arch/policework") {
			return nil, nil
		}
		return found, policeTokens(root, name, say)
	case ".ts", ".js", ".tmpl", ".css", ".sql", ".sh", "":
		return found, eachLine(root, name, func(n int, line string) {
			if policeWords.MatchString(line) {
				say(n, line)
			}
		})
	case ".json", ".toml", ".txt", ".txtar":
		return found, eachLine(root, name, func(n int, line string) {
			for _, sentence := range strings.FieldsFunc(line, func(r rune) bool { return r == '.' || r == '"' }) {
				if policeWords.MatchString(sentence) && !denies.MatchString(sentence) {
					say(n, line)
				}
			}
		})
	}
	return found, nil
}

// policeTokens looks at names and texts of Go code; comments may say what the
// platform does not do.
func policeTokens(root, name string, say func(int, string)) error {
	src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file := files.AddFile(name, files.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return nil
		}
		if (tok == token.IDENT || tok == token.STRING) && policeWords.MatchString(text) && (tok == token.IDENT || !denies.MatchString(text)) {
			say(file.Line(pos), text)
		}
	}
}

func eachLine(root, name string, f func(n int, line string)) error {
	file, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		f(n, lines.Text())
	}
	return lines.Err()
}
