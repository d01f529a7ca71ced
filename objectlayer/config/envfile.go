package config

import (
	"fmt"
	"strings"
)

// maxFileBytes bounds the files that are read: they are written by hand.
const maxFileBytes = 1 << 20

// variable is one KEY=value.
type variable struct{ name, value string }

// parseEnvFile reads lines of KEY=value or export KEY=value. Empty lines and lines that begin with # say nothing. One pair
// of equal quotes around a value is taken off; nothing is expanded, so a value may hold any other character. The error names
// the line and never its value.
func parseEnvFile(data []byte) ([]variable, error) {
	var all []variable
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if rest, exported := strings.CutPrefix(name, "export"); exported && strings.TrimLeft(rest, " \t") != rest {
			name = strings.TrimSpace(rest)
		}
		if !found || !variableName(name) {
			return nil, fmt.Errorf("line %d is not of the form KEY=value", number)
		}
		all = append(all, variable{name, unquote(strings.TrimSpace(value))})
	}
	return all, nil
}

// variableName tells whether s is a name of letters, digits and underscores, or of the targets of MinIO's settings, which
// may hold dashes and dots.
func variableName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || !(r >= '0' && r <= '9' || r == '-' || r == '.')) {
			return false
		}
	}
	return s != ""
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
