package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// List implements objectlayer.Objects.
func (s *Store) List(ctx context.Context, b objectlayer.Bucket, o objectlayer.ListOptions) (objectlayer.Listing, error) {
	state, err := s.bucket(ctx, b)
	if err != nil {
		return objectlayer.Listing{}, err
	}
	if o.Max < 0 || o.Max > objectlayer.MaxListing {
		return objectlayer.Listing{}, &objectlayer.Error{Op: "list", Kind: objectlayer.KindArgument, Bucket: b, Detail: "max"}
	}
	if o.Max == 0 {
		return objectlayer.Listing{}, nil
	}
	l := &lister{store: s, ctx: ctx, options: o, shown: state.rules.Versioning.State()}
	keys, err := s.keys(ctx, b, o)
	if err != nil {
		return objectlayer.Listing{}, err
	}
	defer keys.close()
	if err := l.run(keys); err != nil {
		return objectlayer.Listing{}, err
	}
	if !l.page.Truncated {
		l.page.Next, l.page.NextVersion = "", ""
	}
	return l.page, nil
}

// keys walks all sets of all pools at once.
type keys []*source

// source is one set's walk and the record it stands at.
type source struct {
	walk   *walk
	record *record // nil at the end
}

// keys begins the walk a listing needs. It starts at the last key seen where versions of it may be left.
func (s *Store) keys(ctx context.Context, b objectlayer.Bucket, o objectlayer.ListOptions) (keys, error) {
	after := o.After
	resume := o.Versions && o.AfterVersion != ""
	if resume {
		after = ""
	}
	var all keys
	for _, p := range s.pools {
		for _, set := range p.sets {
			w, err := s.merge(ctx, p, set, string(b), o.Prefix, after)
			if err != nil {
				all.close()
				return nil, err
			}
			all = append(all, &source{walk: w})
		}
	}
	if resume {
		for _, src := range all {
			if err := src.walk.seek(o.After); err != nil {
				all.close()
				return nil, err
			}
		}
	}
	for _, src := range all {
		if err := src.advance(); err != nil {
			all.close()
			return nil, err
		}
	}
	return all, nil
}

func (src *source) advance() (err error) {
	src.record, err = src.walk.next()
	return err
}

func (ks keys) close() {
	for _, src := range ks {
		src.walk.close()
	}
}

// min returns the smallest key the walks stand at.
func (ks keys) min() (key objectlayer.Key, ok bool) {
	for _, src := range ks {
		if src.record != nil && (!ok || src.record.at.key() < key) {
			key, ok = src.record.at.key(), true
		}
	}
	return key, ok
}

// pass moves every walk that stands at key on.
func (ks keys) pass(key objectlayer.Key) error {
	for _, src := range ks {
		if src.record != nil && src.record.at.key() == key {
			if err := src.advance(); err != nil {
				return err
			}
		}
	}
	return nil
}

// seek moves every walk to the first key that is not less than key.
func (ks keys) seek(key string) error {
	for _, src := range ks {
		if src.record == nil || string(src.record.at.key()) >= key {
			continue
		}
		if err := src.walk.seek(key); err != nil {
			return err
		}
		if err := src.advance(); err != nil {
			return err
		}
	}
	return nil
}

// lister fills one page.
type lister struct {
	store   *Store
	ctx     context.Context
	options objectlayer.ListOptions
	shown   objectlayer.Versioning
	page    objectlayer.Listing
}

// shownVersion is one version of a key and the record it is in.
type shownVersion struct {
	rec *record
	standing
	latest bool // the current version of its key
}

func (l *lister) run(ks keys) error {
	for {
		if err := l.ctx.Err(); err != nil {
			return fail("list", objectlayer.KindCancelled, err)
		}
		key, ok := ks.min()
		if !ok {
			return nil
		}
		versions, err := ks.versions(key)
		if err != nil {
			return err
		}
		if versions = l.wanted(key, versions); len(versions) > 0 {
			if prefix, rolled := l.rollUp(string(key)); rolled {
				if prefix != l.options.After && !l.add(prefix) {
					return nil
				}
				if err := ks.seek(successor(prefix)); err != nil {
					return err
				}
				continue
			}
			if !l.addVersions(versions) {
				return nil
			}
		}
		if err := ks.pass(key); err != nil {
			return err
		}
	}
}

// versions are the visible versions of a key in all pools, newest first. Of versions with the same id in several pools the
// newest counts.
func (ks keys) versions(key objectlayer.Key) ([]shownVersion, error) {
	var all []shownVersion
	pools := 0
	for _, src := range ks {
		if src.record == nil || src.record.at.key() != key {
			continue
		}
		pools++
		visible, err := src.record.shown()
		if err != nil {
			return nil, err
		}
		all = append(all, visible...)
	}
	if pools > 1 {
		slices.SortStableFunc(all, func(a, b shownVersion) int { return a.Header.Compare(b.Header) })
		seen := make(map[xlmeta.VersionID]bool, len(all))
		all = slices.DeleteFunc(all, func(v shownVersion) bool {
			known := seen[v.ID]
			seen[v.ID] = true
			return known
		})
	}
	if len(all) > 0 {
		all[0].latest = true
	}
	return all, nil
}

// shown are the versions of a record that clients see. Of several null versions, which drives that missed an overwrite show,
// the newest counts. One that cannot be read for good is shown, so that it can be deleted.
func (r *record) shown() ([]shownVersion, error) {
	var all []shownVersion
	null := false
	for _, v := range r.versions {
		if v.FreeVersion() || null && v.ID.IsNull() {
			continue
		}
		verdict := r.verdict(v)
		if verdict == abandoned {
			continue
		}
		if verdict == hidden && r.away() {
			return nil, r.at.fault("list", objectlayer.KindReadQuorum, r.silence())
		}
		null = null || v.ID.IsNull()
		all = append(all, shownVersion{rec: r, standing: v})
	}
	if r.sample == 0 && r.unknown > len(r.answers)/2 {
		return nil, r.at.fault("list", objectlayer.KindReadQuorum, r.silence())
	}
	return all, nil
}

// wanted are the versions a listing shows of a key: of keys the current one unless it is a marker, of versions those after
// the one seen last.
func (l *lister) wanted(key objectlayer.Key, versions []shownVersion) []shownVersion {
	if !l.options.Versions {
		if len(versions) == 0 || versions[0].Type == xlmeta.TypeDeleteMarker {
			return nil
		}
		return versions[:1]
	}
	if string(key) != l.options.After || l.options.AfterVersion == "" {
		return versions
	}
	for i, v := range versions {
		if v.ID.String() == string(l.options.AfterVersion) {
			return versions[i+1:]
		}
	}
	return nil
}

// rollUp returns the common prefix a key is shown as.
func (l *lister) rollUp(key string) (string, bool) {
	return commonPrefix(key, l.options.Prefix, l.options.Delimiter)
}

// commonPrefix is what a key is shown as when keys are grouped: all up to the first delimiter behind the prefix.
func commonPrefix(key, prefix, delimiter string) (string, bool) {
	if delimiter == "" {
		return "", false
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return "", false
	}
	return key[:len(prefix)+i+len(delimiter)], true
}

// full marks the page as truncated when it has no room left.
func (l *lister) full() bool {
	if len(l.page.Objects)+len(l.page.Prefixes) < l.options.Max {
		return false
	}
	l.page.Truncated = true
	return true
}

// add shows a common prefix; false when the page is full.
func (l *lister) add(prefix string) bool {
	if l.full() {
		return false
	}
	l.page.Prefixes = append(l.page.Prefixes, prefix)
	l.page.Next, l.page.NextVersion = prefix, ""
	return true
}

// addVersions shows versions of one key; false when the page is full.
func (l *lister) addVersions(versions []shownVersion) bool {
	for _, v := range versions {
		if l.full() {
			return false
		}
		l.page.Objects = append(l.page.Objects, l.entry(v))
		l.page.Next = string(v.rec.at.key())
		if l.options.Versions {
			l.page.NextVersion = objectlayer.VersionID(v.ID.String())
		}
	}
	return true
}

// entry describes one version. What cannot be read of it, such as the ETag of an object whose key server is away, is left
// out rather than hiding the version.
func (l *lister) entry(v shownVersion) objectlayer.ObjectInfo {
	at := v.rec.at
	info := objectlayer.ObjectInfo{Bucket: objectlayer.Bucket(at.bucket), Key: at.key(), ModTime: time.Unix(0, v.ModTime).UTC()}
	if v.Type == xlmeta.TypeDeleteMarker {
		info.DeleteMarker = true
	} else if o, err := v.rec.object(v.standing); err != nil {
		l.store.log.Warn("listed version cannot be read", "bucket", at.bucket, "key", at.name, "err", err)
	} else if info, err = l.store.describe(l.ctx, at, &o, l.shown, nil); err != nil {
		l.store.log.Debug("listed version is described in part", "bucket", at.bucket, "key", at.name, "err", err)
	}
	info.Version = clientVersion(v.ID, l.shown)
	info.Latest = v.latest
	return info
}

// successor is the smallest string greater than every string that begins with prefix.
func successor(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return string(b[:i+1])
		}
	}
	return "\xff\xff\xff\xff"
}
