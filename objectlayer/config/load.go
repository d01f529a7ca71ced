package config

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Source is what a process was started with.
type Source struct {
	Args    []string // what follows "server"
	Environ []string // KEY=value, as os.Environ returns it
	// ReadFile reads a whole file, as os.ReadFile does. A file that is absent is an error that is fs.ErrNotExist.
	ReadFile func(name string) ([]byte, error)
	// Offline is for commands that look at drives and serve nothing: drives need not be named, and what would be unsafe for
	// a server is not their concern.
	Offline bool
}

// read reads a file of bounded size.
func (s Source) read(name string) ([]byte, error) {
	if s.ReadFile == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	data, err := s.ReadFile(name)
	if err == nil && len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxFileBytes)
	}
	return data, err
}

// Load reads every setting. The error is [ErrHelp], a [*UsageError], [ErrNoDrives], or [Faults] with everything that is
// wrong.
func Load(src Source) (*Config, error) {
	settings := Settings()
	flags, args, err := parseFlags(src.Args, settings)
	if err != nil {
		return nil, err
	}
	var faults Faults
	in := inputs{flags: flags, env: readEnvironment(src, settings, &faults)}
	in.readYAML(src, settings, &faults)

	d := &draft{unread: make(map[string]bool), offline: src.Offline}
	for _, s := range settings {
		value, origin, given := in.lookup(s)
		if given && s.Ignored {
			d.Warnings = append(d.Warnings, origin+" has no effect: "+s.Doc)
		}
		if value == "" && !s.Empty {
			continue
		}
		if err := s.set(d, value); err != nil {
			d.unread[s.Name] = true
			faults.add("Invalid "+origin, err.Error(), s.Fix)
		}
	}
	d.finish(in, args, &faults)
	d.finishMemory(src, in.env)
	if len(faults) > 0 {
		return nil, faults
	}
	if len(d.Pools) == 0 && !src.Offline {
		return nil, ErrNoDrives
	}
	return &d.Config, nil
}

// inputs is everything settings are looked up in.
type inputs struct {
	flags map[string]string // by the name of the setting
	env   environment
	yaml  map[string]string // by the key of the file
	file  string            // the YAML file
	pools []yamlPool
}

// lookup finds the value of a setting. given is false for a default.
func (in inputs) lookup(s Setting) (value, origin string, given bool) {
	if v := in.flags[s.Name]; v != "" {
		return v, "--" + s.Flag, true
	}
	for _, name := range s.Env {
		if v, ok := in.env.values[name]; ok && (v != "" || s.Empty) {
			return v, in.env.origin(name), true
		}
	}
	if v := in.yaml[s.YAML]; v != "" && s.YAML != "" {
		return v, in.file + ": " + s.YAML, true
	}
	return s.Default, s.Name, false
}

func (in *inputs) readYAML(src Source, settings []Setting, faults *Faults) {
	var origin string
	for _, s := range settings {
		if s.Name == "config" {
			in.file, origin, _ = in.lookup(s)
		}
	}
	if in.file == "" {
		return
	}
	data, err := src.read(in.file)
	if err != nil {
		faults.add("Unreadable "+origin, err.Error(), "Name a file the server's user can read")
		return
	}
	f, err := parseYAML(data)
	if err != nil {
		faults.add("Invalid "+origin, in.file+": "+err.Error(), "Correct the file; docs/operate/settings.md shows its form")
		return
	}
	in.yaml, in.pools = f.values(), f.Pools
}

// finish derives what depends on several settings, and checks it.
func (d *draft) finish(in inputs, args []string, faults *Faults) {
	d.NotifySocket = in.env.values["NOTIFY_SOCKET"]
	d.finishFolders(in.env.values["HOME"])
	d.finishPools(in, args, faults)
	d.finishClasses(faults)
	d.finishRoot(faults)
	if d.KMS.AutoEncrypt && d.KMS.KeyID == "" {
		faults.add("Invalid kms-auto-encryption", "there is no key to encrypt with", "Set MINIO_KMS_SECRET_KEY, or leave it out")
	}
	refuseForeign(in.env, faults)
	d.warnForeign(in.env)
}

// finishFolders fills in the folders below the home directory. Without one they stay empty.
func (d *draft) finishFolders(home string) {
	below := func(elem ...string) string {
		if home == "" {
			return ""
		}
		return filepath.Join(append([]string{home}, elem...)...)
	}
	if d.StateDir == "" {
		d.StateDir = below(".holdfast")
	}
	switch {
	case d.certsDir != "":
		d.TLS.Dir = d.certsDir
	case d.configDir != "":
		d.TLS.Dir = filepath.Join(d.configDir, "certs")
	default:
		d.TLS.Dir = below(".minio", "certs")
	}
}

// refuseForeign refuses variables that decide how or where data is kept in ways this release does not know: to ignore them
// would store objects other than the operator asked for.
func refuseForeign(env environment, faults *Faults) {
	for _, row := range []struct{ name, reason, action string }{
		{"MINIO_KMS_KES_ENDPOINT", "this release does not speak to KES key servers", "Use MINIO_KMS_SECRET_KEY"},
		{"MINIO_KMS_SERVER", "this release does not speak to MinKMS key servers", "Use MINIO_KMS_SECRET_KEY"},
		{"MINIO_ETCD_ENDPOINTS", "this release keeps users on the drives and cannot read them from etcd", "Move the users to the drives, then leave it out"},
	} {
		if env.values[row.name] != "" {
			faults.add("Unsupported "+env.origin(row.name), row.reason, row.action)
		}
	}
}

// warnForeign tells about variables that turn on what this release does not have, and about names of our own nobody reads.
func (d *draft) warnForeign(env environment) {
	warned := make(map[string]bool)
	known := make(map[string]bool)
	for _, s := range Settings() {
		for _, name := range s.Env {
			known[name], known[name+"_FILE"] = true, s.Secret
		}
	}
	for _, name := range sortedKeys(env.values) {
		if strings.HasPrefix(name, ownPrefix) && !known[name] {
			d.Warnings = append(d.Warnings, name+" has no effect: there is no such setting")
		}
		for _, missing := range []struct{ prefix, what string }{
			{"MINIO_IDENTITY_", "signing in through identity providers"},
			{"MINIO_POLICY_", "policy plugins"},
			{"MINIO_NOTIFY_", "bucket notifications"},
			{"MINIO_AUDIT_", "audit logs to other systems"},
			{"MINIO_LOGGER_", "logs to other systems"},
		} {
			if strings.HasPrefix(name, missing.prefix) && env.values[name] != "" && !warned[missing.prefix] {
				warned[missing.prefix] = true
				d.Warnings = append(d.Warnings, name+" has no effect: this release does not have "+missing.what)
			}
		}
	}
}
