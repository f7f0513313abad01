package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideTyping turns a terminal's echo off, and gives what turns it on again.
// What is no terminal is left as it is.
func hideTyping(f *os.File) (show func()) {
	fd := int(f.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	hidden := *was
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, was) }
}
