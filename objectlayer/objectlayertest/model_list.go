package objectlayertest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// List returns a page of keys or versions.
func (m *Model) List(_ context.Context, name objectlayer.Bucket, o objectlayer.ListOptions) (objectlayer.Listing, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, err := m.bucket("list", name)
	if err != nil {
		return objectlayer.Listing{}, err
	}
	if o.Max < 0 || o.Max > objectlayer.MaxListing {
		return objectlayer.Listing{}, fault("list", objectlayer.KindArgument, name, "")
	}
	if !o.Versions {
		o.AfterVersion = ""
	}
	p := pager{o: o}
	for _, k := range slices.Sorted(maps.Keys(b.keys)) {
		if !p.add(b, k) {
			break
		}
	}
	return p.page, nil
}

// pager fills a page with keys in ascending order.
type pager struct {
	o    objectlayer.ListOptions
	page objectlayer.Listing
	last string                // the last key or prefix taken
	next objectlayer.VersionID // its version
}

// add takes a key, or the prefix it is rolled up into; false when the page is full.
func (p *pager) add(b *bucket, k objectlayer.Key) bool {
	key := string(k)
	rest, ok := strings.CutPrefix(key, p.o.Prefix)
	if !ok || key < p.o.After || key == p.o.After && p.o.AfterVersion == "" {
		return true
	}
	stack := b.keys[k]
	if !p.o.Versions && stack[0].info.DeleteMarker {
		return true
	}
	if p.o.Delimiter != "" {
		if head, _, found := strings.Cut(rest, p.o.Delimiter); found {
			return p.addPrefix(p.o.Prefix + head + p.o.Delimiter)
		}
	}
	if !p.o.Versions {
		stack = stack[:1]
	} else if key == p.o.After {
		stack = behind(stack, p.o.AfterVersion)
	}
	for _, v := range stack {
		if p.full() {
			return false
		}
		p.page.Objects = append(p.page.Objects, p.entry(b, v))
		p.last = key
		if p.o.Versions {
			p.next = v.info.Version
		}
	}
	return true
}

func (p *pager) addPrefix(prefix string) bool {
	if prefix == p.last || prefix == p.o.After {
		return true
	}
	if p.full() {
		return false
	}
	p.page.Prefixes = append(p.page.Prefixes, prefix)
	p.last, p.next = prefix, ""
	return true
}

// full tells whether there is no room for one more entry, and marks the page as truncated then.
func (p *pager) full() bool {
	if len(p.page.Objects)+len(p.page.Prefixes) < p.o.Max {
		return false
	}
	if p.o.Max > 0 {
		p.page.Truncated, p.page.Next, p.page.NextVersion = true, p.last, p.next
	}
	return true
}

func (p *pager) entry(b *bucket, v *version) objectlayer.ObjectInfo {
	info := b.describe(v)
	if !p.o.Metadata {
		info.UserMeta, info.Headers, info.Tags = nil, nil, ""
	}
	return info
}

// behind returns the versions older than one of that id.
func behind(stack []*version, id objectlayer.VersionID) []*version {
	for i, v := range stack {
		if v.info.Version == id {
			return stack[i+1:]
		}
	}
	return nil
}
