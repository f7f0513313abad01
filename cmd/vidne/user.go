package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

type userCmd struct {
	Add   userAddCmd   `cmd:"" help:"Opret en bruger. Du får en kode, som personen vælger sin adgangskode med."`
	Code  userCodeCmd  `cmd:"" help:"Lav en kode, som en bruger kan vælge en ny adgangskode med, når der ikke kan sendes mail."`
	Close userCloseCmd `cmd:"" help:"Luk en bruger: alle sessioner ender straks."`
	Mail  userMailCmd  `cmd:"" help:"Sæt en brugers e-mailadresse."`
	Reset userResetCmd `cmd:"" help:"Fjern et mistet andet trin, når der ikke er to til at gøre det i portalen."`
	Need  userNeedCmd  `cmd:"" help:"Kræv et andet trin af alle lokale konti hos en dataansvarlig, eller hold op med det."`
	List  userListCmd  `cmd:"" help:"Vis brugerne hos en dataansvarlig."`
}

type userAddCmd struct {
	Login      string   `arg:"" help:"Brugernavn."`
	Name       string   `required:"" help:"Fulde navn."`
	Controller string   `required:"" help:"Dataansvarlig (kort navn). Oprettes, hvis den ikke findes."`
	Of         string   `help:"Den dataansvarliges fulde navn, hvis den oprettes."`
	Kind       string   `enum:"municipality,business" default:"municipality" help:"Den dataansvarliges art, hvis den oprettes: municipality eller business."`
	Role       []string `help:"Rolle: coordinator, dpo, it, applicant, manager eller approver. Kan gentages. Den, der kun skal se optagelser, får sin ret på et autorisationsskema og behøver ingen."`
	Email      string   `help:"E-mailadresse, som påmindelser sendes til."`
	Password   bool     `help:"Læs adgangskoden fra standard input, i stedet for at lave en kode."`
}

// Run makes the account.
func (k *userAddCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		if _, err := o.register.Controller(ctx, k.Controller); fault.Is(err, fault.NotFound) {
			name := k.Of
			if name == "" {
				name = k.Controller
			}
			if err := o.register.AddController(ctx, register.Controller{ID: k.Controller, Name: name, Kind: k.Kind}, "vidne user"); err != nil {
				return err
			}
			// A small controller of its own has no directory that asks for more.
			if k.Kind == register.Business {
				if err := o.people.Demand(ctx, k.Controller, true, "vidne user"); err != nil {
					return err
				}
			}
		} else if err != nil {
			return err
		}
		var password string
		if k.Password {
			fmt.Fprint(os.Stderr, "Adgangskode: ")
			typed, err := bufio.NewReader(os.Stdin).ReadString('\n')
			if password = strings.TrimRight(typed, "\r\n"); password == "" {
				return fault.As(fault.Invalid, "identity.password", errors.Join(errors.New("ingen adgangskode"), err))
			}
		}
		p, err := o.people.Create(ctx, identity.NewAccount{
			Login: k.Login, Name: k.Name, Controller: k.Controller, Roles: k.Role, Language: "da", Email: k.Email, Password: password,
		}, "vidne user")
		if err != nil {
			return err
		}
		if _, err := fmt.Printf("%s er oprettet.\n", p.Name); err != nil || k.Password {
			return err
		}
		return showCode(ctx, o, p.ID, "ny konto", identity.FirstFor)
	})
}

type userCodeCmd struct {
	Controller string `arg:"" help:"Dataansvarlig."`
	Login      string `arg:"" help:"Brugernavn."`
	Reason     string `required:"" help:"Hvorfor, og hvordan du har sikret dig, hvem det er. Det bliver logget."`
}

// Run makes a code for a new password.
func (k *userCodeCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withPerson(ctx, c, log, k.Controller, k.Login, func(o *office, id string) error {
		return showCode(ctx, o, id, k.Reason, identity.RenewalFor)
	})
}

// showCode makes a code and shows it this once.
func showCode(ctx context.Context, o *office, id, reason string, lasts time.Duration) error {
	code, err := o.people.RenewalByHand(ctx, id, reason, lasts)
	if err != nil {
		return err
	}
	how := fmt.Sprintf("%.0f minutter", lasts.Minutes())
	if lasts >= 24*time.Hour {
		how = fmt.Sprintf("%.0f døgn", lasts.Hours()/24)
	}
	_, err = fmt.Printf("Kode: %s\nGiv den til personen selv. Den skrives på %s/log-ind/kode, gælder i %s og kan bruges én gang.\n",
		code, strings.TrimRight(o.cfg.BaseURL, "/"), how)
	return err
}

type userCloseCmd struct {
	Controller string `arg:"" help:"Dataansvarlig."`
	Login      string `arg:"" help:"Brugernavn."`
}

// Run closes the account.
func (k *userCloseCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withPerson(ctx, c, log, k.Controller, k.Login, func(o *office, id string) error { return o.people.Close(ctx, id, "vidne user") })
}

type userResetCmd struct {
	Controller string `arg:"" help:"Dataansvarlig."`
	Login      string `arg:"" help:"Brugernavn."`
	Reason     string `required:"" help:"Hvorfor, og hvordan du har sikret dig, hvem det er. Det bliver logget."`
}

// Run takes the person's second factors off the account.
func (k *userResetCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withPerson(ctx, c, log, k.Controller, k.Login, func(o *office, id string) error { return o.people.ResetByHand(ctx, id, k.Reason) })
}

type userNeedCmd struct {
	Controller string `arg:"" help:"Dataansvarlig."`
	No         bool   `help:"Kræv det ikke længere."`
}

// Run sets whether the controller demands a second factor of its own accounts.
func (k *userNeedCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error { return o.people.Demand(ctx, k.Controller, !k.No, "vidne user") })
}

type userMailCmd struct {
	Controller string `arg:"" help:"Dataansvarlig."`
	Login      string `arg:"" help:"Brugernavn."`
	Email      string `arg:"" optional:"" help:"E-mailadresse. Uden en fjernes den."`
}

// Run sets where the person is written to.
func (k *userMailCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withPerson(ctx, c, log, k.Controller, k.Login, func(o *office, id string) error { return o.people.SetEmail(ctx, id, k.Email, "vidne user") })
}

// withPerson finds an account by its login for one command.
func withPerson(ctx context.Context, c *cli, log *slog.Logger, controller, login string, f func(*office, string) error) error {
	return withOffice(ctx, c, log, func(o *office) error {
		people, err := o.people.People(ctx, controller)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.Login == login {
				return f(o, p.ID)
			}
		}
		return fault.New(fault.NotFound, "identity.none", "der er ingen bruger %s hos %s", login, controller)
	})
}

type userListCmd struct {
	Controller string `arg:"" help:"Dataansvarlig."`
}

// Run lists the accounts.
func (k *userListCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		people, err := o.people.People(ctx, k.Controller)
		for _, p := range people {
			if _, err := fmt.Printf("%-20s %-30s %s\n", p.Login, p.Name, strings.Join(p.Roles, ", ")); err != nil {
				return err
			}
		}
		return err
	})
}

// withOffice opens the portal's half for one command.
func withOffice(ctx context.Context, c *cli, log *slog.Logger, f func(*office) error) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	o, err := openOffice(ctx, cfg.Portal, clock.System(), log)
	if err != nil {
		return err
	}
	return errors.Join(f(o), o.close())
}
