package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The parsers of values. None of them repeats a value it could not read: it may be a secret in the wrong variable.

func nothing(*draft, string) error { return nil }

func text(s string) (string, error) { return s, nil }

func secret(s string) (Secret, error) { return Secret(s), nil }

func present(string) (bool, error) { return true, nil }

var errSwitch = errors.New("neither on nor off")

func onOff(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "on", "true", "yes", "1", "enable", "enabled":
		return true, nil
	case "off", "false", "no", "0", "disable", "disabled":
		return false, nil
	}
	return false, errSwitch
}

func inverted(s string) (bool, error) {
	on, err := onOff(s)
	return !on, err
}

// is returns a parser that tells yes from no.
func is(yes, no string) func(string) (bool, error) {
	return func(s string) (bool, error) {
		v, err := oneOf(yes, no)(s)
		return v == yes, err
	}
}

func oneOf(allowed ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		for _, a := range allowed {
			if strings.EqualFold(s, a) {
				return a, nil
			}
		}
		return "", errors.New("none of " + strings.Join(allowed, ", "))
	}
}

func integer(least, most int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("not a number from %d to %d", least, most)
		}
		return n, nil
	}
}

func integer64(least int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < least {
			return 0, fmt.Errorf("not a number of at least %d", least)
		}
		return n, nil
	}
}

func duration(least, most time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < least || d > most {
			return 0, fmt.Errorf("not a duration from %v to %v", least, most)
		}
		return d, nil
	}
}

// sizeUnits in order of trial: a unit comes before those that end like it.
func sizeUnits() []struct {
	suffix string
	bytes  float64
} {
	return []struct {
		suffix string
		bytes  float64
	}{
		{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
		{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
		{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12}, {"b", 1}, {"", 1},
	}
}

// size reads a number of bytes with an optional unit, decimal (10GB) or binary (10GiB).
func size(s string) (int64, error) {
	lower := strings.ToLower(strings.TrimSpace(s))
	for _, unit := range sizeUnits() {
		number, found := strings.CutSuffix(lower, unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || math.IsNaN(n) || n < 0 || n*unit.bytes >= math.MaxInt64 {
			break
		}
		return int64(n * unit.bytes), nil
	}
	return 0, errors.New("not a size")
}

// list splits at commas and drops empty items.
func list(s string) ([]string, error) {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items, nil
}

func address(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("not of the form host:port")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > math.MaxUint16 {
		return "", errors.New("the port is no number from 0 to 65535")
	}
	if host != "" && net.ParseIP(host) == nil && !hostName(host) {
		return "", errors.New("the host is neither an IP address nor a name")
	}
	return s, nil
}

// hostName tells whether s is a DNS name (RFC 1123 section 2.1, underscores tolerated).
func hostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label {
			return false
		}
		for _, r := range label {
			if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_') {
				return false
			}
		}
	}
	return true
}

func domains(s string) ([]string, error) {
	names, _ := list(strings.ToLower(s))
	for i, name := range names {
		if !hostName(name) || net.ParseIP(name) != nil {
			return nil, fmt.Errorf("%q is no domain name", name)
		}
		for _, other := range names[:i] {
			if other == name || strings.HasSuffix(other, "."+name) || strings.HasSuffix(name, "."+other) {
				return nil, fmt.Errorf("%q and %q overlap", other, name)
			}
		}
	}
	return names, nil
}

func region(s string) (string, error) {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`).MatchString(s) {
		return "", errors.New("not a region name")
	}
	return s, nil
}

// setKMSKey reads name:base64 of 32 bytes.
func setKMSKey(d *draft, s string) (err error) {
	d.KMS.KeyID, d.KMS.Key, err = kmsKey(s)
	return err
}

func kmsKey(s string) (name string, key Secret, err error) {
	name, encoded, found := strings.Cut(s, ":")
	if !found || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f }) {
		return "", "", errors.New("no key name before a colon")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", errors.New("the key is not base64")
	}
	if len(raw) != 32 {
		return "", "", fmt.Errorf("the key has %d bytes instead of 32", len(raw))
	}
	return name, Secret(raw), nil
}
