// Command vidne is the platform's command line. `vidne serve` runs both halves
// on one machine; `vidne portal` and `vidne engine` run them apart, under
// different users; the rest looks after them. Its words are Danish, as they
// are read by those who run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Config string `short:"c" type:"path" default:"/etc/vidne/vidne.toml" help:"Konfigurationsfil."`
	JSON   bool   `help:"Skriv loggen som JSON."`

	Serve  serveCmd  `cmd:"" help:"Kør begge halvdele på denne maskine."`
	Engine engineCmd `cmd:"" help:"Kør optageren alene."`
	Portal portalCmd `cmd:"" help:"Kør portalen alene."`
	Demo   demoCmd   `cmd:"" help:"Vis Vidne med opdigtede kameraer, på denne maskine alene."`
	Check  checkCmd  `cmd:"" help:"Efterprøv arkivet: filer, indeks og nøgler mod hinanden."`
	User   userCmd   `cmd:"" help:"Opret og luk lokale brugere."`

	Keys     keysCmd     `cmd:"" help:"Portalens nøgle: lav, vis, skift."`
	Camera   cameraCmd   `cmd:"" help:"Opret, ændr og tag kameraer ud af drift, og se, hvordan de har det."`
	Permit   permitCmd   `cmd:"" help:"Optagetilladelser: forklar, underskriv igen efter sagen, vis."`
	Revoke   revokeCmd   `cmd:"" help:"Træk et kameras optagetilladelse tilbage, straks og for bestandig."`
	Stop     stopCmd     `cmd:"" help:"Stop optagelse og al brug af optagelser, straks."`
	Restart  restartCmd  `cmd:"" help:"Genoptag efter et stop."`
	Hold     holdCmd     `cmd:"" help:"Lad en bruger varetage en instans i sagsgangen: it, databeskyttelse, ejer."`
	CarryOut carryOutCmd `cmd:"" help:"Vis de autorisationsskemaer, der venter på it, eller gennemfør et af dem."`

	Directory directoryCmd `cmd:"" help:"Brugerkataloger (Active Directory, LDAP): efterprøv."`

	Rules rulesCmd `cmd:"" help:"Regler og sagsgange som filer: kopiér, efterprøv."`

	Verify  verifyCmd  `cmd:"" passthrough:"" help:"Efterprøv udtræk, segmenter og erklæringer uden at stole på Vidne."`
	Version versionCmd `cmd:"" help:"Vis version."`
}

func main() {
	var c cli
	line, err := parser(&c)
	if err != nil {
		panic(err) // the command line itself is wrong, whatever was typed
	}
	p, err := line.Parse(os.Args[1:])
	line.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p.BindTo(ctx, (*context.Context)(nil))
	p.Bind(&c, logger(c.JSON))
	if err := p.Run(); err != nil && !errors.Is(err, context.Canceled) {
		stop()
		fmt.Fprintln(os.Stderr, "vidne:", explain(err))
		os.Exit(1)
	}
}

// parser reads the command line into c.
func parser(c *cli) (*kong.Kong, error) {
	return kong.New(c, kong.Name("vidne"),
		kong.Description("Videoovervågning, der ikke kan overvåge ulovligt: uden tilladelse, intet billede."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
}

func logger(asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

type versionCmd struct{}

func (versionCmd) Run() error {
	_, err := fmt.Println(version())
	return err
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "ukendt"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return v
}
