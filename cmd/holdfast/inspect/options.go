package inspect

import (
	"sync/atomic"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// Options say how to look. The zero value is the usual case.
type Options struct {
	SetDrives int // drives of a set, as MINIO_ERASURE_SET_DRIVE_COUNT fixes it for a server; 0 = chosen as a server does
	Workers   int // records that are looked at at once; 0 = 2

	// KMS opens what is sealed with a key service, Root what was sealed with root credentials before 2021. Without them such
	// documents are listed and not shown. Only System needs them.
	KMS  crypt.KMS
	Root crypt.Credentials

	// Found is told each finding of Verify as it is made, in the order of names, by one goroutine. Without it findings are
	// collected in the Report, as many as there are.
	Found func(Finding)
	// Progress, if not nil, is kept up to date while Verify runs. Anybody may look at any time.
	Progress *Progress
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	return o
}

// Progress is how far Verify has come.
type Progress struct {
	Records atomic.Int64 // looked at
	Bytes   atomic.Int64 // of shards compared with their hashes
	at      atomic.Pointer[string]
}

// At is the last name that was begun; empty at first.
func (p *Progress) At() string {
	if at := p.at.Load(); at != nil {
		return *at
	}
	return ""
}
