package objectlayertest

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// listed are keys whose byte order is not that of a tree walk: "a-b" and "a.txt" come before "a/b" but after "a".
var listed = []objectlayer.Key{
	"a", "a-b", "a.txt", "a/b", "a/b/c", "a/c/", "a/c/d", "a0", "b/", "dir/sub/deep/key", "dir/sub/other", "dir2/x", "sp ace/x", "z\u00fc", "\U0001F600",
}

// names of a page, objects and prefixes merged in order.
func names(page objectlayer.Listing) []string {
	var all []string
	for _, o := range page.Objects {
		all = append(all, string(o.Key))
	}
	all = append(all, page.Prefixes...)
	slices.Sort(all)
	return all
}

// expected is the listing by definition.
func expected(keys []objectlayer.Key, prefix, delimiter, after string) []string {
	var all []string
	for _, k := range keys {
		name := string(k)
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || name <= after {
			continue
		}
		if head, _, found := strings.Cut(rest, delimiter); delimiter != "" && found {
			name = prefix + head + delimiter
		}
		if name != after && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (r *rig) fill() {
	r.Helper()
	for _, k := range listed {
		r.put(k, []byte(k))
	}
}

var listTests = []test{
	{"prefixes and delimiters", func(r *rig) {
		r.plain()
		r.fill()
		for _, prefix := range []string{"", "a", "a/", "a/c", "a/c/", "b", "b/", "dir", "dir/", "dir/su", "dir/sub/", "x", "z", "sp ace/", "/", "../", "a//"} {
			for _, delimiter := range []string{"", "/", "b", "sub/", "-"} {
				page := r.list(objectlayer.ListOptions{Prefix: prefix, Delimiter: delimiter})
				if diff := cmp.Diff(expected(listed, prefix, delimiter, ""), names(page), cmpopts.EquateEmpty()); diff != "" {
					r.Errorf("prefix %q, delimiter %q (-want +got):\n%s", prefix, delimiter, diff)
				}
				if page.Truncated {
					r.Errorf("prefix %q, delimiter %q: truncated", prefix, delimiter)
				}
			}
		}
	}},
	{"after", func(r *rig) {
		r.plain()
		r.fill()
		for _, after := range []string{"a", "a-", "a/b", "a/c/", "b", "zzz", "dir/sub/deep/key", "\U0001F600", "\xff"} {
			page := r.list(objectlayer.ListOptions{After: after})
			if diff := cmp.Diff(expected(listed, "", "", after), names(page), cmpopts.EquateEmpty()); diff != "" {
				r.Errorf("after %q (-want +got):\n%s", after, diff)
			}
		}
		page := r.list(objectlayer.ListOptions{After: "a/", Delimiter: "/"})
		if diff := cmp.Diff([]string{"a0", "b/", "dir/", "dir2/", "sp ace/", "z\u00fc", "\U0001F600"}, names(page)); diff != "" {
			r.Errorf("after a common prefix (-want +got):\n%s", diff)
		}
		page = r.list(objectlayer.ListOptions{Prefix: "a/", After: "a"})
		if diff := cmp.Diff([]string{"a/b", "a/b/c", "a/c/", "a/c/d"}, names(page)); diff != "" {
			r.Errorf("after a key before the prefix (-want +got):\n%s", diff)
		}
	}},
	{"pages", func(r *rig) {
		r.plain()
		r.fill()
		for _, o := range []objectlayer.ListOptions{{}, {Delimiter: "/"}, {Prefix: "a"}, {Prefix: "a", Delimiter: "/"}, {Prefix: "dir", Delimiter: "/"}, {Delimiter: "b"}} {
			want := expected(listed, o.Prefix, o.Delimiter, "")
			for size := 1; size <= len(want)+1; size++ {
				if diff := cmp.Diff(want, r.pages(o, size)); diff != "" {
					r.Errorf("prefix %q, delimiter %q, pages of %d (-want +got):\n%s", o.Prefix, o.Delimiter, size, diff)
				}
			}
		}
	}},
	{"a full page at the end is not truncated", func(r *rig) {
		r.plain()
		r.put("a", nil)
		r.put("b/c", nil)
		r.put("b/d", nil)
		page := r.list(objectlayer.ListOptions{Delimiter: "/", Max: 2})
		if page.Truncated || page.Next != "" {
			r.Errorf("got %+v", page)
		}
	}},
	{"no entries asked for", func(r *rig) {
		r.plain()
		r.put("a", nil)
		page, err := r.List(r.ctx, bucketName, objectlayer.ListOptions{})
		r.ok(err)
		if len(page.Objects) != 0 || page.Truncated {
			r.Errorf("got %+v", page)
		}
		for _, n := range []int{-1, objectlayer.MaxListing + 1} {
			_, err := r.List(r.ctx, bucketName, objectlayer.ListOptions{Max: n})
			r.kind(err, objectlayer.KindArgument)
		}
	}},
	{"deleted keys leave no prefix", func(r *rig) {
		r.versioned()
		r.put("gone/k", nil)
		r.put("here/k", nil)
		r.delete("gone/k", "")
		if diff := cmp.Diff([]string{"here/"}, names(r.list(objectlayer.ListOptions{Delimiter: "/"}))); diff != "" {
			r.Errorf("keys (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"gone/", "here/"}, names(r.list(objectlayer.ListOptions{Delimiter: "/", Versions: true}))); diff != "" {
			r.Errorf("versions (-want +got):\n%s", diff)
		}
	}},
	{"entries", func(r *rig) {
		r.plain()
		want := r.putWith("k", []byte("hello"), objectlayer.PutOptions{Tags: "a=b", UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, ContentType: "text/plain"})
		got := r.list(objectlayer.ListOptions{}).Objects[0]
		if got.Key != "k" || got.Size != 5 || got.ETag != want.ETag || !got.ModTime.Equal(want.ModTime) || got.StorageClass != "STANDARD" {
			r.Errorf("got %+v", got)
		}
		got = r.list(objectlayer.ListOptions{Metadata: true}).Objects[0]
		if got.Tags != "a=b" || got.UserMeta["X-Amz-Meta-A"] != "1" || got.ContentType != "text/plain" {
			r.Errorf("with metadata: got %+v", got)
		}
	}},
	{"pages of versions", func(r *rig) {
		r.versioned()
		for _, k := range []objectlayer.Key{"a", "a/b", "c", "d/e", "d/f"} {
			for i := range 3 {
				r.put(k, []byte{byte(i)})
			}
		}
		r.delete("c", "")
		want := r.history()
		if len(want) != 16 {
			r.Fatalf("got %d versions, want 16", len(want))
		}
		for size := 1; size <= 17; size++ {
			if diff := cmp.Diff(want, r.versionPages("", size)); diff != "" {
				r.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
			byDelimiter := slices.DeleteFunc(slices.Clone(want), func(e entry) bool { return strings.Contains(string(e.Key), "/") })
			if diff := cmp.Diff(byDelimiter, r.versionPages("/", size)); diff != "" {
				r.Errorf("with delimiter, pages of %d (-want +got):\n%s", size, diff)
			}
		}
	}},
	{"version marker alone means the rest of its key", func(r *rig) {
		r.versioned()
		v1, v2 := r.put("a", nil), r.put("a", nil)
		b := r.put("b", nil)
		page := r.list(objectlayer.ListOptions{Versions: true, After: "a", AfterVersion: v2.Version})
		got := []objectlayer.VersionID{page.Objects[0].Version, page.Objects[1].Version}
		if diff := cmp.Diff([]objectlayer.VersionID{v1.Version, b.Version}, got); diff != "" {
			r.Errorf("(-want +got):\n%s", diff)
		}
		page = r.list(objectlayer.ListOptions{Versions: true, After: "a"})
		if len(page.Objects) != 1 || page.Objects[0].Version != b.Version {
			r.Errorf("got %+v", page.Objects)
		}
	}},
	{"versions of a bucket without versioning", func(r *rig) {
		r.plain()
		r.put("k", nil)
		got := r.list(objectlayer.ListOptions{Versions: true}).Objects
		if len(got) != 1 || got[0].Version != "" && got[0].Version != objectlayer.NullVersion || !got[0].Latest {
			r.Errorf("got %+v", got)
		}
	}},
}

// pages lists page by page and returns everything.
func (r *rig) pages(o objectlayer.ListOptions, size int) []string {
	r.Helper()
	o.Max = size
	var all []string
	for range 100 {
		page := r.list(o)
		got := names(page)
		if len(got) > size {
			r.Errorf("a page of %d has %d entries", size, len(got))
		}
		all = append(all, got...)
		if !page.Truncated {
			return all
		}
		o.After, o.AfterVersion = page.Next, page.NextVersion
	}
	r.Fatal("the listing does not end")
	return nil
}

// versionPages lists versions page by page and returns them all; prefixes are left out.
func (r *rig) versionPages(delimiter string, size int) []entry {
	r.Helper()
	o := objectlayer.ListOptions{Versions: true, Delimiter: delimiter, Max: size}
	var all []entry
	for range 100 {
		page := r.list(o)
		for _, v := range page.Objects {
			all = append(all, entry{v.Key, v.Version, v.DeleteMarker, v.Latest})
		}
		if !page.Truncated {
			return all
		}
		o.After, o.AfterVersion = page.Next, page.NextVersion
	}
	r.Fatal("the listing does not end")
	return nil
}
