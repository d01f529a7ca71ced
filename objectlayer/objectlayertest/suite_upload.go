package objectlayertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-io/holdfast/objectlayer"
)

func (r *rig) begin(k objectlayer.Key, o objectlayer.PutOptions) objectlayer.UploadID {
	r.Helper()
	u, err := r.NewUpload(r.ctx, bucketName, k, o)
	r.ok(err)
	return u.ID
}

func (r *rig) part(k objectlayer.Key, id objectlayer.UploadID, n int, data []byte) objectlayer.CompletePart {
	r.Helper()
	p, err := r.PutPart(r.ctx, bucketName, k, id, n, bytes.NewReader(data), int64(len(data)), objectlayer.PartOptions{})
	r.ok(err)
	if p.Number != n || p.Size != int64(len(data)) || p.ETag != etagOf(data) || p.ModTime.IsZero() {
		r.Errorf("part %d: got %+v", n, p)
	}
	return objectlayer.CompletePart{Number: n, ETag: p.ETag}
}

func (r *rig) complete(k objectlayer.Key, id objectlayer.UploadID, parts ...objectlayer.CompletePart) objectlayer.ObjectInfo {
	r.Helper()
	info, err := r.CompleteUpload(r.ctx, bucketName, k, id, parts, objectlayer.CompleteOptions{})
	r.ok(err)
	return info
}

var uploadTests = []test{
	{"one part", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{ContentType: "text/plain", UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, Tags: "t=1"})
		p := r.part("k", id, 1, []byte("hello"))
		r.absent("k")
		r.lists()
		r.complete("k", id, p)
		got := r.holds("k", "", []byte("hello"))
		want := etagOfParts([]objectlayer.PartInfo{{ETag: p.ETag}})
		if got.ETag != want || !got.Multipart || got.ContentType != "text/plain" || got.UserMeta["X-Amz-Meta-A"] != "1" || got.Tags != "t=1" {
			r.Errorf("got %+v, want ETag %s", got, want)
		}
		r.lists("k")
	}},
	{"parts, in any order, some left out", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{})
		one, two, last := noise(5<<20, 1), noise(5<<20+3, 2), noise(1000, 3)
		p9 := r.part("k", id, 9, last)
		p3 := r.part("k", id, 3, one)
		r.part("k", id, 5, noise(5<<20, 9))
		p5 := r.part("k", id, 5, two) // replaces the one before
		r.part("k", id, 7, []byte("not named"))
		info := r.complete("k", id, p3, p5, p9)
		whole := slices.Concat(one, two, last)
		if info.Size != int64(len(whole)) || info.ETag != etagOfParts([]objectlayer.PartInfo{{ETag: p3.ETag}, {ETag: p5.ETag}, {ETag: p9.ETag}}) {
			r.Errorf("got %+v", info)
		}
		got := r.holds("k", "", whole)
		sizes := []objectlayer.PartInfo{{Number: 3, Size: 5 << 20}, {Number: 5, Size: 5<<20 + 3}, {Number: 9, Size: 1000}}
		if diff := cmp.Diff(sizes, got.Parts, cmpopts.IgnoreFields(objectlayer.PartInfo{}, "ModTime", "Checksum")); diff != "" {
			r.Errorf("parts (-want +got):\n%s", diff)
		}
		object, data, err := r.tryGet("k", objectlayer.GetOptions{PartNumber: 5})
		r.ok(err)
		if object.Offset != 5<<20 || !bytes.Equal(data, two) {
			r.Errorf("part 5: got %d bytes at %d", len(data), object.Offset)
		}
		_, _, err = r.tryGet("k", objectlayer.GetOptions{PartNumber: 7})
		r.kind(err, objectlayer.KindPartNumber)
		_, data, err = r.tryGet("k", objectlayer.GetOptions{Range: objectlayer.Range{Set: true, Offset: 5<<20 - 5, Length: 10}})
		r.ok(err)
		if !bytes.Equal(data, whole[5<<20-5:5<<20+5]) {
			r.Error("a range over two parts has other bytes")
		}
	}},
	{"completion refused", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{})
		p1, p2 := r.part("k", id, 1, []byte("small")), r.part("k", id, 2, []byte("last"))
		size := int64(4)
		for name, c := range map[string]struct {
			parts []objectlayer.CompletePart
			o     objectlayer.CompleteOptions
			want  objectlayer.Kind
		}{
			"nothing":      {nil, objectlayer.CompleteOptions{}, objectlayer.KindPart},
			"absent part":  {[]objectlayer.CompletePart{{Number: 3, ETag: p1.ETag}}, objectlayer.CompleteOptions{}, objectlayer.KindPart},
			"other etag":   {[]objectlayer.CompletePart{{Number: 1, ETag: p2.ETag}}, objectlayer.CompleteOptions{}, objectlayer.KindPart},
			"descending":   {[]objectlayer.CompletePart{p2, p1}, objectlayer.CompleteOptions{}, objectlayer.KindPartOrder},
			"twice":        {[]objectlayer.CompletePart{p2, p2}, objectlayer.CompleteOptions{}, objectlayer.KindPartOrder},
			"too small":    {[]objectlayer.CompletePart{p1, p2}, objectlayer.CompleteOptions{}, objectlayer.KindTooSmall},
			"other size":   {[]objectlayer.CompletePart{p1}, objectlayer.CompleteOptions{Size: &size}, objectlayer.KindArgument},
			"if match":     {[]objectlayer.CompletePart{p1}, objectlayer.CompleteOptions{Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{"x"}}}, objectlayer.KindNoObject},
			"wrong upload": {[]objectlayer.CompletePart{p1}, objectlayer.CompleteOptions{}, objectlayer.KindNoUpload},
		} {
			key := objectlayer.Key("k")
			if name == "wrong upload" {
				key = "other"
			}
			_, err := r.CompleteUpload(r.ctx, bucketName, key, id, c.parts, c.o)
			if got := objectlayer.KindOf(err); err == nil || got != c.want {
				r.Errorf("%s: got %v, want %q", name, err, c.want)
			}
		}
		r.absent("k")
		r.complete("k", id, p2) // the upload is none the worse
		r.holds("k", "", []byte("last"))
	}},
	{"conditions are decided at completion", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{})
		p := r.part("k", id, 1, []byte("x"))
		v := r.put("k", []byte("early"))
		star := objectlayer.CompleteOptions{Conditions: objectlayer.Conditions{IfNoneMatch: []objectlayer.ETag{"*"}}}
		_, err := r.CompleteUpload(r.ctx, bucketName, "k", id, []objectlayer.CompletePart{p}, star)
		r.kind(err, objectlayer.KindPrecondition)
		r.holds("k", "", []byte("early"))
		o := objectlayer.CompleteOptions{Conditions: objectlayer.Conditions{IfMatch: []objectlayer.ETag{v.ETag}}}
		_, err = r.CompleteUpload(r.ctx, bucketName, "k", id, []objectlayer.CompletePart{p}, o)
		r.ok(err)
		r.holds("k", "", []byte("x"))
	}},
	{"completing again", func(r *rig) {
		r.versioned()
		id := r.begin("k", objectlayer.PutOptions{})
		p := r.part("k", id, 1, []byte("x"))
		first := r.complete("k", id, p)
		again := r.complete("k", id, p)
		if first.Version != again.Version || first.ETag != again.ETag {
			r.Errorf("got version %q, then %q", first.Version, again.Version)
		}
		r.sees(entry{"k", first.Version, false, true})
		_, err := r.CompleteUpload(r.ctx, bucketName, "k", id, []objectlayer.CompletePart{{Number: 1, ETag: "other"}}, objectlayer.CompleteOptions{})
		r.kind(err, objectlayer.KindNoUpload)
		r.delete("k", first.Version)
		_, err = r.CompleteUpload(r.ctx, bucketName, "k", id, []objectlayer.CompletePart{p}, objectlayer.CompleteOptions{})
		r.kind(err, objectlayer.KindNoUpload)
	}},
	{"gone", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{})
		p := r.part("k", id, 1, []byte("x"))
		r.kind(r.AbortUpload(r.ctx, bucketName, "other", id), objectlayer.KindNoUpload)
		r.ok(r.AbortUpload(r.ctx, bucketName, "k", id))
		for name, err := range map[string]error{
			"abort":    r.AbortUpload(r.ctx, bucketName, "k", id),
			"part":     second(r.PutPart(r.ctx, bucketName, "k", id, 1, bytes.NewReader(nil), 0, objectlayer.PartOptions{})),
			"complete": second(r.CompleteUpload(r.ctx, bucketName, "k", id, []objectlayer.CompletePart{p}, objectlayer.CompleteOptions{})),
			"no such":  r.AbortUpload(r.ctx, bucketName, "k", "M2Q4NTRmZTA"),
			"nonsense": r.AbortUpload(r.ctx, bucketName, "k", "../../../x"),
		} {
			if got := objectlayer.KindOf(err); err == nil || got != objectlayer.KindNoUpload {
				r.Errorf("%s: got %v, want no such upload", name, err)
			}
		}
		_, _, _, err := r.ListParts(r.ctx, bucketName, "k", id, 0, 10)
		r.kind(err, objectlayer.KindNoUpload)
		r.absent("k")
	}},
	{"list parts", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{StorageClass: "REDUCED_REDUNDANCY"})
		u, parts, more, err := r.ListParts(r.ctx, bucketName, "k", id, 0, 10)
		r.ok(err)
		if len(parts) != 0 || more || u.ID != id || u.Key != "k" || u.StorageClass != "REDUCED_REDUNDANCY" || u.Initiated.IsZero() {
			r.Errorf("got %+v, %v, %v", u, parts, more)
		}
		for _, n := range []int{10000, 1, 5, 3} {
			r.part("k", id, n, []byte{byte(n)})
		}
		for _, c := range []struct {
			after, limit int
			want         []int
			more         bool
		}{{0, 10, []int{1, 3, 5, 10000}, false}, {0, 4, []int{1, 3, 5, 10000}, false}, {0, 3, []int{1, 3, 5}, true}, {3, 1, []int{5}, true}, {4, 10, []int{5, 10000}, false}, {10000, 10, nil, false}} {
			_, parts, more, err := r.ListParts(r.ctx, bucketName, "k", id, c.after, c.limit)
			r.ok(err)
			var got []int
			for _, p := range parts {
				got = append(got, p.Number)
				if p.ETag != etagOf([]byte{byte(p.Number)}) || p.Size != 1 {
					r.Errorf("got %+v", p)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || more != c.more {
				r.Errorf("after %d, limit %d: more %v\n%s", c.after, c.limit, more, diff)
			}
		}
	}},
	{"part numbers", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{})
		for _, n := range []int{-1, 0, objectlayer.MaxPartNumber + 1} {
			_, err := r.PutPart(r.ctx, bucketName, "k", id, n, bytes.NewReader(nil), 0, objectlayer.PartOptions{})
			r.kind(err, objectlayer.KindArgument)
		}
	}},
	{"a failing part stores nothing", func(r *rig) {
		r.plain()
		id := r.begin("k", objectlayer.PutOptions{})
		p := r.part("k", id, 1, []byte("old"))
		_, err := r.PutPart(r.ctx, bucketName, "k", id, 1, failing(noise(3<<20, 1), errTest), 4<<20, objectlayer.PartOptions{})
		if !errors.Is(err, errTest) {
			r.Errorf("got %v, want the reader's error in it", err)
		}
		_, err = r.PutPart(r.ctx, bucketName, "k", id, 1, bytes.NewReader([]byte("short")), 6, objectlayer.PartOptions{})
		r.kind(err, objectlayer.KindIncomplete)
		_, err = r.PutPart(r.ctx, bucketName, "k", id, 1, bytes.NewReader([]byte("x")), 1, objectlayer.PartOptions{ContentMD5: make([]byte, 16)})
		r.kind(err, objectlayer.KindDigest)
		r.complete("k", id, p)
		r.holds("k", "", []byte("old"))
	}},
	{"checksums", func(r *rig) {
		r.plain()
		one, two := noise(5<<20, 1), noise(100, 2)
		for _, c := range []struct {
			algorithm string
			composite bool
		}{{"CRC32", true}, {"CRC32C", true}, {"SHA1", true}, {"SHA256", true}, {"CRC32", false}, {"CRC32C", false}, {"CRC64NVME", false}} {
			name := fmt.Sprintf("%s composite=%v", c.algorithm, c.composite)
			id := r.begin("k", objectlayer.PutOptions{Checksum: objectlayer.Checksum{Algorithm: c.algorithm, Composite: c.composite}})
			var parts []objectlayer.CompletePart
			var infos []objectlayer.PartInfo
			for i, data := range [][]byte{one, two} {
				sum := ChecksumOf(c.algorithm, data)
				wrong := ChecksumOf(c.algorithm, data[1:])
				_, err := r.PutPart(r.ctx, bucketName, "k", id, i+1, bytes.NewReader(data), int64(len(data)), objectlayer.PartOptions{Checksum: wrong})
				r.kind(err, objectlayer.KindChecksum)
				p, err := r.PutPart(r.ctx, bucketName, "k", id, i+1, bytes.NewReader(data), int64(len(data)), objectlayer.PartOptions{Checksum: sum})
				r.ok(err)
				if p.Checksum != sum {
					r.Errorf("%s: part %d: got %+v, want %+v", name, i+1, p.Checksum, sum)
				}
				infos = append(infos, p)
				parts = append(parts, objectlayer.CompletePart{Number: i + 1, ETag: p.ETag, Checksum: sum})
			}
			want := ChecksumOf(c.algorithm, slices.Concat(one, two))
			if c.composite {
				want = composite(c.algorithm, infos)
			}
			bad := slices.Clone(parts)
			bad[1].Checksum.Value = parts[0].Checksum.Value
			_, err := r.CompleteUpload(r.ctx, bucketName, "k", id, bad, objectlayer.CompleteOptions{})
			r.kind(err, objectlayer.KindPart)
			other := want
			other.Value = parts[0].Checksum.Value
			_, err = r.CompleteUpload(r.ctx, bucketName, "k", id, parts, objectlayer.CompleteOptions{Checksum: other})
			r.kind(err, objectlayer.KindChecksum)
			given := want
			if c.algorithm == "CRC32C" { // some clients leave the count of parts out
				given.Value, _, _ = strings.Cut(want.Value, "-")
			}
			info, err := r.CompleteUpload(r.ctx, bucketName, "k", id, parts, objectlayer.CompleteOptions{Checksum: given})
			r.ok(err)
			if diff := cmp.Diff([]objectlayer.Checksum{want}, info.Checksums); diff != "" {
				r.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if got := r.holds("k", "", slices.Concat(one, two)); len(got.Checksums) != 1 || got.Checksums[0] != want {
				r.Errorf("%s: got %+v, want %+v", name, got.Checksums, want)
			}
		}
	}},
	{"copied parts", func(r *rig) {
		r.plain()
		data := noise(6<<20, 1)
		v := r.put("src", data)
		id := r.begin("k", objectlayer.PutOptions{})
		src := objectlayer.Source{Bucket: bucketName, Key: "src"}
		p1, err := r.CopyPart(r.ctx, src, objectlayer.Range{Set: true, Offset: 1000, Length: 5 << 20}, bucketName, "k", id, 1, objectlayer.PartOptions{})
		r.ok(err)
		if p1.Size != 5<<20 || p1.ETag != etagOf(data[1000:1000+5<<20]) {
			r.Errorf("got %+v", p1)
		}
		p2, err := r.CopyPart(r.ctx, src, objectlayer.Range{}, bucketName, "k", id, 2, objectlayer.PartOptions{})
		r.ok(err)
		_, err = r.CopyPart(r.ctx, src, objectlayer.Range{Set: true, Offset: 6 << 20, Length: 1}, bucketName, "k", id, 3, objectlayer.PartOptions{})
		r.kind(err, objectlayer.KindRange)
		src.Conditions.IfNoneMatch = []objectlayer.ETag{v.ETag}
		_, err = r.CopyPart(r.ctx, src, objectlayer.Range{}, bucketName, "k", id, 3, objectlayer.PartOptions{})
		r.kind(err, objectlayer.KindPrecondition)
		_, err = r.CopyPart(r.ctx, objectlayer.Source{Bucket: bucketName, Key: "absent"}, objectlayer.Range{}, bucketName, "k", id, 3, objectlayer.PartOptions{})
		r.kind(err, objectlayer.KindNoObject)
		r.complete("k", id, objectlayer.CompletePart{Number: 1, ETag: p1.ETag}, objectlayer.CompletePart{Number: 2, ETag: p2.ETag})
		r.holds("k", "", slices.Concat(data[1000:1000+5<<20], data))
	}},
	{"list uploads", func(r *rig) {
		r.plain()
		type up struct {
			Key objectlayer.Key
			ID  objectlayer.UploadID
		}
		var all []up
		for _, k := range []objectlayer.Key{"a", "a", "a/b", "c/d", "c/e", "f"} {
			all = append(all, up{k, r.begin(k, objectlayer.PutOptions{})})
		}
		collect := func(o objectlayer.ListUploadsOptions) (ups []up, prefixes []string) {
			r.Helper()
			for range 20 {
				page, err := r.ListUploads(r.ctx, bucketName, o)
				r.ok(err)
				if len(page.Uploads)+len(page.Prefixes) > o.Max {
					r.Errorf("a page of %d has %d entries", o.Max, len(page.Uploads)+len(page.Prefixes))
				}
				for _, u := range page.Uploads {
					ups = append(ups, up{u.Key, u.ID})
				}
				prefixes = append(prefixes, page.Prefixes...)
				if !page.Truncated {
					return ups, prefixes
				}
				o.AfterKey, o.AfterUpload = page.NextKey, page.NextUpload
			}
			r.Fatal("the listing does not end")
			return nil, nil
		}
		for size := 1; size <= 7; size++ {
			ups, prefixes := collect(objectlayer.ListUploadsOptions{Max: size})
			if diff := cmp.Diff(all, ups); diff != "" || len(prefixes) != 0 {
				r.Errorf("pages of %d: prefixes %v (-want +got):\n%s", size, prefixes, diff)
			}
			ups, prefixes = collect(objectlayer.ListUploadsOptions{Max: size, Delimiter: "/"})
			if diff := cmp.Diff([]up{all[0], all[1], all[5]}, ups); diff != "" {
				r.Errorf("by delimiter, pages of %d (-want +got):\n%s", size, diff)
			}
			if diff := cmp.Diff([]string{"a/", "c/"}, prefixes); diff != "" {
				r.Errorf("by delimiter, pages of %d (-want +got):\n%s", size, diff)
			}
		}
		ups, _ := collect(objectlayer.ListUploadsOptions{Max: 10, Prefix: "c/"})
		if diff := cmp.Diff(all[3:5], ups); diff != "" {
			r.Errorf("by prefix (-want +got):\n%s", diff)
		}
		r.ok(r.AbortUpload(r.ctx, bucketName, "a", all[0].ID))
		ups, _ = collect(objectlayer.ListUploadsOptions{Max: 10, Prefix: "a"})
		if diff := cmp.Diff(all[1:3], ups); diff != "" {
			r.Errorf("after an abort (-want +got):\n%s", diff)
		}
	}},
	{"versions are made at completion", func(r *rig) {
		r.versioned()
		first, later := r.begin("k", objectlayer.PutOptions{}), r.begin("k", objectlayer.PutOptions{})
		p := r.part("k", first, 1, []byte("first"))
		q := r.part("k", later, 1, []byte("later"))
		two := r.complete("k", later, q)
		one := r.complete("k", first, p)
		r.sees(entry{"k", one.Version, false, true}, entry{"k", two.Version, false, false})
		r.holds("k", "", []byte("first"))
	}},
	{"customer keys", func(r *rig) {
		r.plain()
		key := objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: noise(32, 1)}
		other := objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: noise(32, 2)}
		id := r.begin("k", objectlayer.PutOptions{Encryption: key})
		data := noise(5<<20, 3)
		for wrong, want := range map[*objectlayer.Encryption]objectlayer.Kind{{}: objectlayer.KindCustomerKey, &other: objectlayer.KindDenied} {
			_, err := r.PutPart(r.ctx, bucketName, "k", id, 1, bytes.NewReader(data), int64(len(data)), objectlayer.PartOptions{Encryption: *wrong})
			r.kind(err, want)
		}
		var parts []objectlayer.CompletePart
		for n, body := range [][]byte{data, []byte("tail")} {
			p, err := r.PutPart(r.ctx, bucketName, "k", id, n+1, bytes.NewReader(body), int64(len(body)), objectlayer.PartOptions{Encryption: key})
			r.ok(err)
			parts = append(parts, objectlayer.CompletePart{Number: n + 1, ETag: p.ETag})
		}
		_, err := r.CompleteUpload(r.ctx, bucketName, "k", id, parts, objectlayer.CompleteOptions{Encryption: key})
		r.ok(err)
		_, got, err := r.tryGet("k", objectlayer.GetOptions{Encryption: key, Range: objectlayer.Range{Set: true, Offset: 5<<20 - 10, Length: 14}})
		r.ok(err)
		if !bytes.Equal(got, append(bytes.Clone(data[5<<20-10:]), "tail"...)) {
			r.Error("a range over two parts has other bytes")
		}
	}},
}
