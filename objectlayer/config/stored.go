package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// StoredRootName is the file in the state folder that holds the credential made on first start.
const StoredRootName = "root-credentials"

// StoredRoot returns the credential kept in a state folder, and makes one on first use: 20 and 40 random characters, written
// durably to a file only its owner can read. path is that file; made tells whether it is new. It never prints the secret.
//
// The file has the form of an environment file, so that a shell can source it and another server be pointed at it.
func StoredRoot(stateDir string) (root Root, path string, made bool, err error) {
	if stateDir == "" {
		return Root{}, "", false, &Fault{
			What: "Missing credentials", Reason: "none are set, and there is no home directory to keep new ones in",
			Action: "Set MINIO_ROOT_USER and MINIO_ROOT_PASSWORD, or --state-dir",
		}
	}
	path = filepath.Join(stateDir, StoredRootName)
	root, err = readRoot(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return root, path, false, err
	}
	fresh := Root{AccessKey: randomText(20), Secret: Secret(randomText(40))}
	if err := writeRoot(path, fresh); err != nil && !errors.Is(err, fs.ErrExist) {
		return Root{}, path, false, &Fault{
			What: "Cannot keep new credentials", Reason: err.Error(), Err: err,
			Action: "Let the server's user write to " + stateDir + ", name another folder with --state-dir, or set MINIO_ROOT_USER and MINIO_ROOT_PASSWORD",
		}
	}
	root, err = readRoot(path) // what is on the disk counts: another process may have been quicker
	return root, path, err == nil && root == fresh, err
}

// readRoot reads the file. One that others can read is refused: the secret in it may be known already.
func readRoot(path string) (Root, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Root{}, err
	}
	fault := func(reason, action string) error {
		return &Fault{What: "Unusable " + path, Reason: reason, Action: action}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Root{}, fault(fmt.Sprintf("others can read it (mode %04o)", info.Mode().Perm()), "Run chmod 600 "+path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Root{}, fault(err.Error(), "Let the server's user read it")
	}
	variables, err := parseEnvFile(data)
	if err != nil {
		return Root{}, fault(err.Error(), "Correct it, or remove it to have a new credential made")
	}
	var root Root
	for _, v := range variables {
		switch v.name {
		case "HOLDFAST_ROOT_USER":
			root.AccessKey, err = accessKey(v.value)
		case "HOLDFAST_ROOT_PASSWORD":
			root.Secret, err = secretKey(v.value)
		}
		if err != nil {
			return Root{}, fault(v.name+" "+err.Error(), "Correct it, or remove it to have a new credential made")
		}
	}
	if root.AccessKey == "" || root.Secret == "" {
		return Root{}, fault("it does not hold HOLDFAST_ROOT_USER and HOLDFAST_ROOT_PASSWORD", "Correct it, or remove it to have a new credential made")
	}
	return root, nil
}

// writeRoot makes the file appear whole or not at all. fs.ErrExist when it is there.
func writeRoot(path string, root Root) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, StoredRootName+".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = fmt.Fprintf(f, "# The operator's credential of this Holdfast server, made on its first start.\nHOLDFAST_ROOT_USER=%s\nHOLDFAST_ROOT_PASSWORD=%s\n",
		root.AccessKey, root.Secret.Reveal())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// randomText returns n characters of A-Z and 2-7, five bits of randomness each.
func randomText(n int) string {
	var s string
	for len(s) < n {
		s += rand.Text()
	}
	return s[:n]
}
