// Package config is the one place that reads flags, the environment and files, and the one description of every setting.
//
// # Concepts
//
// A [Setting] is one row of a table: its flag, its environment variables, its default, what it is for. Help, the page
// docs/operate/settings.md and the reader itself are all made from that table, so they cannot disagree.
//
// A [Source] is what a process was started with. [Load] turns it into a [Config]: typed, complete and checked, or into
// [Faults]: everything that is wrong, all at once, each with what to do about it.
//
//	cfg, err := config.Load(config.Source{Args: os.Args[2:], Environ: os.Environ(), ReadFile: os.ReadFile})
//
// # Precedence
//
// A flag wins over the environment, the environment over the --config file, that over the default. Within the environment
// a HOLDFAST_ name wins over the MINIO_ name of the same setting, and the file named by MINIO_CONFIG_ENV_FILE overrides
// the process environment. A secret named by a *_FILE variable is read before that file. The drives are the one exception,
// kept because MinIO's containers rely on it: variables (MINIO_ARGS, MINIO_VOLUMES, MINIO_ENDPOINTS) win over arguments.
//
// # Traps
//
// Variables that nobody knows are ignored when they begin with MINIO_, because a swapped binary meets those of the old one,
// and warned about when they begin with HOLDFAST_. What would silently store objects other than the operator asked for,
// such as a key server this release cannot reach, is a fault. A [Secret] prints as *** in every way there is to print.
package config

import (
	"time"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// Config is every setting, valid. It is plain data and does not change after [Load].
type Config struct {
	Pools       []topology.Pool // the drives; never empty
	Drives      Drives
	StateDir    string // where the server keeps what is not on the drives; empty when no home directory is known
	Listen      Listen
	TLS         TLS
	Domains     []string // bucket.<domain> addresses a bucket; lower case
	Root        Root
	KMS         KMS
	Class       StorageClass
	Compression Compression
	Site        Site
	API         API
	Log         Log
	Metrics     Metrics
	Pprof       bool  // serve profiles below /minio/debug/pprof/
	MemLimit    int64 // soft limit of the Go runtime in bytes; 0 = none
	Memory      int64 // what the process may count on, in bytes: MemLimit, or half of the machine's

	// NotifySocket is where systemd waits for news of the service (sd_notify(3)); empty = nobody waits.
	NotifySocket string
	// Warnings are things to tell the operator once: settings without effect, names that are on their way out.
	Warnings []string
}

// Drives are the rules for drives.
type Drives struct {
	PerSet         int           // drives of a set as the operator demanded; 0 = chosen from their number
	AllowRoot      bool          // blank drives on the root file system may be formatted
	RootBelowBytes int64         // a file system of at most so many bytes counts as the root's; 0 = compare devices
	MaxTimeout     time.Duration // a drive that does not answer for so long is offline
}

// Listen is how the server listens.
type Listen struct {
	Address           string // host:port; an empty host means every address, port 0 a free one
	ReadHeaderTimeout time.Duration
	IdleTimeout       time.Duration
	ShutdownTimeout   time.Duration // how long requests in progress may take after a signal
}

// TLS is where certificates come from.
type TLS struct {
	Dir         string // public.crt and private.key, or one folder per host name; empty = never TLS
	KeyPassword Secret // of encrypted private keys
	OldCiphers  bool   // offer cipher suites without forward secrecy or authenticated encryption too
}

// Root is the operator's credential. Both fields are empty when none was configured; see [StoredRoot].
type Root struct {
	AccessKey    string
	Secret       Secret
	AllowDefault bool // a well-known credential may be used beyond loopback
}

// KMS is the key that wraps the keys of objects.
type KMS struct {
	KeyID       string // empty = no key service
	Key         Secret // 32 bytes
	AutoEncrypt bool   // encrypt every new object
}

// StorageClass is the storage classes as they were written: "EC:n" or empty for the default of the set's size. They are valid for
// every pool.
type StorageClass struct {
	Standard    string
	Reduced     string
	Optimize    string // "availability" or "capacity"
	InlineBytes int64  // objects whose shard is at most so large lie in their metadata; 0 = the default
}

// Compression says what is compressed. Empty lists mean everything.
type Compression struct {
	Enabled        bool
	AllowEncrypted bool
	Extensions     []string
	Types          []string
}

// Site is what the operator calls this place.
type Site struct {
	Name   string
	Region string // empty = any region is accepted in signatures
}

// API is the settings of the S3 door.
type API struct {
	MaxRequests        int           // at once
	ClusterDeadline    time.Duration // how long a health probe may look at the drives
	CORSOrigins        []string      // origins browsers may call from; * stands for any text
	StaleUploadsExpiry time.Duration // an upload nobody touched for so long is dropped
	StaleUploadsEvery  time.Duration // how often they are looked for
	MaxVersions        int64         // of one key
}

// Log is how the server talks to its operator on standard error.
type Log struct {
	Quiet     bool // no banner, nothing below warnings
	JSON      bool
	Anonymous bool // hide names of buckets and objects
	Level     string
}

// Metrics is who may read figures, and in what form.
type Metrics struct {
	Public      bool
	OpenMetrics bool
}
