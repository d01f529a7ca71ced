package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// yamlFile is the --config file. Two versions differ in how a pool is written: as a list of drives, or as drives with the
// size of their sets.
//
//	version: v2
//	address: ":9000"
//	rootUser: operator
//	rootPassword: correct-horse
//	pools:
//	  - args: ["/mnt/disk{1...8}"]
//	    set-drive-count: 4
type yamlFile struct {
	Version        string         `yaml:"version"`
	Address        string         `yaml:"address"`
	ConsoleAddress string         `yaml:"console-address"`
	CertsDir       string         `yaml:"certs-dir"`
	RootUser       string         `yaml:"rootUser"`
	RootPassword   string         `yaml:"rootPassword"`
	Options        map[string]any `yaml:"options"` // FTP and SFTP servers, which there are none of
	Pools          []yamlPool     `yaml:"pools"`
}

// yamlPool is one pool.
type yamlPool struct {
	Args          []string
	SetDriveCount int
}

// UnmarshalYAML reads either form.
func (p *yamlPool) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		return node.Decode(&p.Args)
	}
	var form struct {
		Args          []string `yaml:"args"`
		SetDriveCount int      `yaml:"set-drive-count"`
	}
	if err := node.Decode(&form); err != nil {
		return err
	}
	p.Args, p.SetDriveCount = form.Args, form.SetDriveCount
	return nil
}

// parseYAML reads the file; keys it does not know are errors, since a misspelt one would be lost silently.
func parseYAML(data []byte) (yamlFile, error) {
	var f yamlFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return f, errors.New("the file is empty")
		}
		return f, err
	}
	if f.Version != "v1" && f.Version != "v2" {
		return f, fmt.Errorf("version is %q, not v1 or v2", f.Version)
	}
	for i, pool := range f.Pools {
		if len(pool.Args) == 0 {
			return f, fmt.Errorf("pool %d names no drives", i+1)
		}
		if pool.SetDriveCount < 0 || pool.SetDriveCount > 16 {
			return f, fmt.Errorf("pool %d: set-drive-count is no number from 2 to 16", i+1)
		}
	}
	return f, nil
}

// values returns what the file sets, by the keys of the table.
func (f yamlFile) values() map[string]string {
	return map[string]string{
		"address": f.Address, "console-address": f.ConsoleAddress, "certs-dir": f.CertsDir,
		"rootUser": f.RootUser, "rootPassword": f.RootPassword,
	}
}
