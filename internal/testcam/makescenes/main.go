// Command makescenes makes the scenes that the test cameras and the demo show,
// where they are missing, in .cache/scenes or the folder given. It needs ffmpeg
// and nothing from the network; a scene that is there whole is left alone.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"vidne.dk/vidne/internal/testcam"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "makescenes:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 {
		return testcam.Scenes(ctx, os.Args[1])
	}
	dir, err := testcam.Dir()
	if err != nil {
		return err
	}
	return testcam.Scenes(ctx, dir)
}
