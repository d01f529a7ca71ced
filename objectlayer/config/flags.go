package config

import (
	"errors"
	"flag"
	"io"
	"strings"
)

// ErrHelp is returned by [Load] and [Command] when the command line asks for help.
var ErrHelp = errors.New("help is asked for")

// flagValue collects what was given for one flag. The last one counts.
type flagValue struct {
	into   map[string]string
	name   string
	toggle bool
}

func (f flagValue) String() string   { return "" }
func (f flagValue) IsBoolFlag() bool { return f.toggle }

func (f flagValue) Set(s string) error {
	f.into[f.name] = s
	return nil
}

// newFlagSet makes the parser of the flags of all settings; values go into the map by the name of the setting.
func newFlagSet(settings []Setting, values map[string]string) *flag.FlagSet {
	set := flag.NewFlagSet("holdfast", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	for _, s := range settings {
		value := flagValue{into: values, name: s.Name, toggle: s.Arg == ""}
		for _, name := range []string{s.Flag, s.Short} {
			if name != "" {
				set.Var(value, name, s.Doc)
			}
		}
	}
	return set
}

// parseFlags reads flags and arguments in any order, as the server this one replaces does: "server /data --quiet" is common.
// Behind "--" everything is an argument.
func parseFlags(args []string, settings []Setting) (values map[string]string, rest []string, err error) {
	values = make(map[string]string)
	for set := newFlagSet(settings, values); ; {
		if err := usage(set.Parse(args)); err != nil {
			return nil, nil, err
		}
		used := len(args) - set.NArg()
		if used > 0 && args[used-1] == "--" {
			return values, append(rest, set.Args()...), nil
		}
		if set.NArg() == 0 {
			return values, rest, nil
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
}

// Command finds the sub-command in a command line in which flags may stand before it, and returns the rest in order. The
// name is empty when there is none.
func Command(args []string) (name string, rest []string, err error) {
	set := newFlagSet(Settings(), make(map[string]string))
	if err := usage(set.Parse(args)); err != nil {
		return "", nil, err
	}
	if set.NArg() == 0 {
		return "", args, nil
	}
	at := len(args) - set.NArg()
	return args[at], append(args[:at:at], args[at+1:]...), nil
}

// usage turns what package flag says into our own errors.
func usage(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, flag.ErrHelp):
		return ErrHelp
	default:
		return &UsageError{Text: strings.TrimSpace(err.Error())}
	}
}
