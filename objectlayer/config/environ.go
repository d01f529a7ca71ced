package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
)

// containerSecrets is where container runtimes mount secrets; a *_FILE variable may name one of them.
const containerSecrets = "/run/secrets"

// environment is the effective environment: that of the process, overlaid with secrets from files, overlaid with the file
// of variables.
type environment struct {
	values map[string]string
	from   map[string]string // the file a value came from; absent for the process environment
}

func (e environment) set(name, value, file string) {
	e.values[name] = value
	e.from[name] = file
}

// origin says where a variable was set, for messages.
func (e environment) origin(name string) string {
	if file := e.from[name]; file != "" {
		return name + " (" + file + ")"
	}
	return name
}

// readEnvironment builds the effective environment of a source. Faults are appended.
func readEnvironment(src Source, settings []Setting, faults *Faults) environment {
	e := environment{values: make(map[string]string), from: make(map[string]string)}
	for _, pair := range src.Environ {
		if name, value, found := strings.Cut(pair, "="); found && name != "" {
			e.values[name] = value
		}
	}
	for _, s := range settings {
		if s.Secret {
			for _, name := range s.Env {
				e.readSecret(src, name, faults)
			}
		}
	}
	e.readFile(src, faults)
	return e
}

// readSecret sets a variable from the file that <name>_FILE names: a path, or a name below the folders where container
// runtimes and systemd put secrets. A file that is absent is ignored.
func (e environment) readSecret(src Source, name string, faults *Faults) {
	file := e.values[name+"_FILE"]
	if file == "" {
		return
	}
	paths := []string{file}
	if !filepath.IsAbs(file) {
		paths = []string{filepath.Join(containerSecrets, file)}
		if dir := e.values["CREDENTIALS_DIRECTORY"]; dir != "" {
			paths = append(paths, filepath.Join(dir, file))
		}
		paths = append(paths, file)
	}
	for _, path := range paths {
		data, err := src.read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		value := strings.TrimSpace(string(data))
		switch {
		case err != nil:
			faults.add("Unreadable "+name+"_FILE", err.Error(), "Let the server's user read "+path)
		case value == "":
			faults.add("Invalid "+name+"_FILE", path+" is empty", "Put the secret into the file")
		default:
			e.set(name, value, path)
		}
		return
	}
}

// readFile overlays the file of variables.
func (e environment) readFile(src Source, faults *Faults) {
	for _, name := range both("CONFIG_ENV_FILE") {
		path := e.values[name]
		if path == "" {
			continue
		}
		data, err := src.read(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			faults.add("Unreadable "+name, err.Error(), "Let the server's user read "+path)
			return
		}
		variables, err := parseEnvFile(data)
		if err != nil {
			faults.add("Invalid "+name, path+": "+err.Error(), "Correct the line, or put # in front of it")
			return
		}
		for _, v := range variables {
			e.set(v.name, v.value, path)
		}
		return
	}
}
