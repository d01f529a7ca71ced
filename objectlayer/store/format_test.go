package store_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/erasure/topology"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// What is written has to be what MinIO would have written: docs/format.

// journals are the records of a name on the drives of the first pool. They have to agree in all but the drives' own.
func (r *rig) journals(name string) []*xlmeta.Journal {
	r.Helper()
	var all []*xlmeta.Journal
	for slot, d := range r.disks[0] {
		raw, ok := d.image().files[name+"/"+drive.RecordName]
		if !ok {
			r.Fatalf("%s is not on drive %d", name, slot)
		}
		if !bytes.HasPrefix(raw, []byte("XL2 \x01\x00\x03\x00\xc6")) {
			r.Errorf("%s on drive %d begins with %x", name, slot, raw[:9])
		}
		j, err := xlmeta.Decode(raw)
		r.ok(err)
		all = append(all, j)
		for i, v := range j.Versions() {
			if v.Header != all[0].Versions()[i].Header {
				r.Errorf("%s on drive %d: version %d is %+v, on drive 0 %+v", name, slot, i, v.Header, all[0].Versions()[i].Header)
			}
		}
	}
	return all
}

// objects are the newest version of a name as each drive has it, checked for what holds of all objects.
func (r *rig) objects(name string, parity int) []xlmeta.Object {
	r.Helper()
	n := len(r.disks[0])
	var all []xlmeta.Object
	for slot, j := range r.journals(name) {
		v := j.Versions()[0]
		o, err := v.Object()
		r.ok(err)
		all = append(all, o)
		frames, inline := j.Inline(v.ID)
		flags := xlmeta.FlagUsesDataDir
		if inline && o.Inline() {
			flags |= xlmeta.FlagInline
		}
		dist := []uint8(topology.Distribute(name, n))
		switch {
		case v.Flags != flags || v.Data != uint8(n-parity) || v.Parity != uint8(parity):
			r.Errorf("%s: header %+v", name, v.Header)
		case o.Data != n-parity || o.Parity != parity || o.BlockSize != 1<<20:
			r.Errorf("%s: %d+%d shards of %d bytes", name, o.Data, o.Parity, o.BlockSize)
		case !bytes.Equal(o.Dist, dist) || o.Index != int(dist[slot]):
			r.Errorf("%s on drive %d: shard %d of %v, want those of %v", name, slot, o.Index, o.Dist, dist)
		case o.DataDir == xlmeta.DataDir{}:
			r.Errorf("%s has no data directory", name)
		case o.Inline() && o.Size == 0 && len(frames) > 0:
			r.Errorf("%s: %d bytes of nothing", name, len(frames))
		}
		_, files := r.disks[0][slot].image().files[name+"/"+o.DataDir.String()+"/part.1"]
		if files == o.Inline() && len(o.Parts) > 0 {
			r.Errorf("%s on drive %d: inline %v, in files %v", name, slot, o.Inline(), files)
		}
		for k := range o.MetaSys {
			if !xlmeta.IsSystemKey(k) {
				r.Errorf("%s: %s is among the system's metadata", name, k)
			}
		}
		for k := range o.MetaUser {
			if xlmeta.IsSystemKey(k) {
				r.Errorf("%s: %s is among the client's metadata", name, k)
			}
		}
	}
	return all
}

// TestFormatOfMetadata checks what becomes of everything a client sends with an object.
func TestFormatOfMetadata(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket()
	body := fill('a', smallSize)
	sum := md5.Sum(body)
	_, err := r.Put(r.ctx, bkt, "k", bytes.NewReader(body), smallSize, objectlayer.PutOptions{
		ContentType:  "text/plain",
		Headers:      map[string]string{"cache-control": "no-store", "content-encoding": "gzip"},
		UserMeta:     map[string]string{"X-Amz-Meta-Mixed-Case": "v"},
		Tags:         "stage=test%20one",
		StorageClass: "REDUCED_REDUNDANCY",
		Checksum:     objectlayer.Checksum{Algorithm: "CRC32C"},
		LegalHold:    "ON",
		Retention:    objectlayer.Retention{Mode: "GOVERNANCE", Until: time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)},
	})
	r.ok(err)
	r.put("plain", nil)
	r.sets[0].Wait()
	o := r.objects(string(bkt)+"/k", 1)[0]
	want := map[string]string{
		"content-type": "text/plain", "cache-control": "no-store", "content-encoding": "gzip", "X-Amz-Meta-Mixed-Case": "v",
		"X-Amz-Tagging": "stage=test%20one", "x-amz-storage-class": "REDUCED_REDUNDANCY", "etag": hex.EncodeToString(sum[:]),
		"x-amz-object-lock-legal-hold": "ON", "x-amz-object-lock-mode": "GOVERNANCE",
		"x-amz-object-lock-retain-until-date": "2030-06-01T12:00:00.000Z",
	}
	if diff := cmp.Diff(want, o.MetaUser); diff != "" {
		t.Errorf("client's metadata (-want +got):\n%s", diff)
	}
	if len(o.MetaSys) != 2 || string(o.MetaSys["x-minio-internal-inline-data"]) != "true" || len(o.MetaSys["x-minio-internal-crc"]) == 0 {
		t.Errorf("system's metadata: %v", o.MetaSys)
	}
	if diff := cmp.Diff([]xlmeta.Part{{Number: 1, Size: smallSize, ActualSize: smallSize}}, o.Parts); diff != "" {
		t.Errorf("parts:\n%s", diff)
	}
	o = r.objects(string(bkt)+"/plain", 2)[0]
	if diff := cmp.Diff(map[string]string{"content-type": "binary/octet-stream", "etag": "d41d8cd98f00b204e9800998ecf8427e"}, o.MetaUser); diff != "" {
		t.Errorf("client's metadata of a plain object:\n%s", diff)
	}
	o = r.objects(".minio.sys/buckets/"+string(bkt)+"/.metadata.bin", 2)[0]
	if o.MetaUser["content-type"] != "application/octet-stream" || o.Size < 700 {
		t.Errorf("bucket metadata: %+v", o)
	}
}

// TestInlineLimits checks which objects are kept in their record, at the limits.
func TestInlineLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape     shape
		versioned string
		limit     int // the largest inline object
	}{
		{shape{1, 0}, "", 128 << 10},
		{shape{1, 0}, enabled, 16 << 10},
		{shape{4, 2}, "", 256 << 10},
		{shape{4, 2}, suspended, 256 << 10},
		{shape{4, 2}, enabled, 32 << 10},
		{shape{16, 4}, "", 3<<19 - 8}, // 87382 bytes of the first block and 43690 of the second
		{shape{16, 4}, enabled, 12 * 16 << 10},
	} {
		t.Run(fmt.Sprintf("%v %.60s", c.shape, c.versioned), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.shape)
			if r.bucket(); c.versioned != "" {
				r.ok(r.SetSetting(r.ctx, bkt, objectlayer.SettingVersioning, []byte(c.versioned)))
			}
			r.put("most", noise(1, c.limit))
			r.put("more", noise(1, c.limit+1))
			r.large("unannounced", noise(1, 10))
			r.put("dir/", noise(1, 100<<10))
			r.sets[0].Wait()
			for k, inline := range map[string]bool{"most": true, "more": false, "unannounced": false, "dir__XLDIR__": true} {
				for _, o := range r.objects(string(bkt)+"/"+k, c.shape.parity) {
					if o.Inline() != inline {
						t.Errorf("%s of %d bytes is inline: %v", k, o.Size, o.Inline())
					}
				}
			}
		})
	}
}

// TestFormatOfVersions checks delete markers, shared data directories and the order of versions.
func TestFormatOfVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket(enabled)
	r.large("k", fill('a', largeSize))
	r.ok(restateAs("t=1")(r))
	marker := r.delete("k", "").MarkerVersion
	r.ok(r.SetSetting(r.ctx, bkt, objectlayer.SettingVersioning, []byte(suspended)))
	r.put("k", fill('b', smallSize))
	r.delete("k", "")
	r.sets[0].Wait()
	j := r.journals(string(bkt) + "/k")[0]
	v := j.Versions()
	if len(v) != 4 {
		t.Fatalf("%d versions", len(v))
	}
	for i, want := range []xlmeta.Type{xlmeta.TypeDeleteMarker, xlmeta.TypeDeleteMarker, xlmeta.TypeObject, xlmeta.TypeObject} {
		if v[i].Type != want || i > 0 && v[i].ModTime >= v[i-1].ModTime {
			t.Errorf("version %d: %+v", i, v[i].Header)
		}
	}
	if !v[0].ID.IsNull() || v[1].ID.String() != string(marker) || v[0].Flags|v[1].Flags != 0 || v[0].Data|v[0].Parity != 0 {
		t.Errorf("markers: %+v, %+v", v[0].Header, v[1].Header)
	}
	if a, b := must(v[2].Object()), must(v[3].Object()); a.DataDir != b.DataDir || a.ID == b.ID || a.MetaUser["X-Amz-Tagging"] != "t=1" {
		t.Errorf("a copy onto itself: %+v of %+v", a, b)
	}
	r.delete("k", objectlayer.VersionID(v[3].ID.String()))
	r.holds("k", objectlayer.VersionID(v[2].ID.String()), fill('a', largeSize))
	r.delete("k", objectlayer.VersionID(v[2].ID.String()))
	r.close()
	r.tidy()
}

// TestFormatOfUploads checks the files of an upload in progress, and what its completion makes of them.
func TestFormatOfUploads(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket()
	u, err := r.NewUpload(r.ctx, bkt, "a/k", objectlayer.PutOptions{ContentType: "text/plain", Checksum: objectlayer.Checksum{Algorithm: "CRC32", Composite: true}})
	r.ok(err)
	first, second := noise(1, objectlayer.MinPartSize), noise(2, 5000)
	var parts []objectlayer.CompletePart
	for n, data := range map[int][]byte{3: first, 7: second, 9: second} {
		p, err := r.part("a/k", u.ID, n, data)
		r.ok(err)
		if n != 9 {
			parts = append(parts, objectlayer.CompletePart{Number: n, ETag: p.ETag})
		}
	}
	if parts[0].Number > parts[1].Number {
		parts[0], parts[1] = parts[1], parts[0]
	}
	r.sets[0].Wait()

	raw, err := base64.RawURLEncoding.DecodeString(string(u.ID))
	r.ok(err)
	deployment, dir, _ := strings.Cut(string(raw), ".")
	hash := sha256.Sum256([]byte(string(bkt) + "/a/k"))
	at := ".minio.sys/multipart/" + hex.EncodeToString(hash[:]) + "/" + dir
	if deployment != r.id.String() {
		t.Errorf("upload id of deployment %s, want %s", deployment, r.id)
	}
	var id string
	var began int64
	if _, err := fmt.Sscanf(strings.Replace(dir, "x", " ", 1), "%s %d", &id, &began); err != nil || began != u.Initiated.UnixNano() {
		t.Errorf("upload directory %s of %v: %v", dir, u.Initiated, err)
	}
	for slot, j := range r.journals(at) {
		v := j.Versions()[0]
		o := must(v.Object())
		frames, ok := j.Inline(v.ID)
		if !v.ID.IsNull() || len(o.Parts) > 0 || o.Size > 0 || !ok || len(frames) > 0 || v.Flags != xlmeta.FlagUsesDataDir || o.ModTime != began {
			t.Errorf("upload on drive %d: %+v", slot, o)
		}
		if o.MetaUser["x-minio-multipart-checksum"] != "CRC32" || o.MetaUser["x-minio-multipart-checksum-type"] != "COMPOSITE" || o.MetaUser["etag"] != "" {
			t.Errorf("upload on drive %d: %v", slot, o.MetaUser)
		}
		if !bytes.Equal(o.Dist, topology.Distribute(string(bkt)+"/a/k", 4)) {
			t.Errorf("upload on drive %d: shards %v", slot, o.Dist)
		}
		files := r.disks[0][slot].image().files
		for _, n := range []int{3, 7, 9} {
			part := fmt.Sprintf("%s/%s/part.%d", at, o.DataDir, n)
			note, err := xlmeta.DecodePartMeta(files[part+".meta"])
			if err != nil || note.Number != n || len(files[part]) == 0 || note.Checksums["CRC32"] == "" {
				t.Errorf("part %d on drive %d: %+v, %v", n, slot, note, err)
			}
		}
	}

	_, err = r.CompleteUpload(r.ctx, bkt, "a/k", u.ID, parts, objectlayer.CompleteOptions{})
	r.ok(err)
	r.sets[0].Wait()
	digest := md5.New()
	for _, data := range [][]byte{first, second} {
		sum := md5.Sum(data)
		digest.Write(sum[:])
	}
	for slot, j := range r.journals(string(bkt) + "/a/k") {
		o := must(j.Versions()[0].Object())
		if diff := cmp.Diff([]xlmeta.Part{{Number: 3, Size: int64(len(first)), ActualSize: int64(len(first))}, {Number: 7, Size: 5000, ActualSize: 5000}}, o.Parts); diff != "" {
			t.Errorf("parts on drive %d:\n%s", slot, diff)
		}
		if diff := cmp.Diff(map[string]string{"content-type": "text/plain", "etag": hex.EncodeToString(digest.Sum(nil)) + "-2"}, o.MetaUser); diff != "" {
			t.Errorf("metadata on drive %d:\n%s", slot, diff)
		}
		if got := string(o.MetaSys["X-Minio-Internal-actual-size"]); got != fmt.Sprint(len(first)+5000) || o.ModTime <= began {
			t.Errorf("actual size %s, time %d", got, o.ModTime)
		}
	}
	r.close()
	r.tidy()
	for slot, d := range r.disks[0] {
		for path := range d.image().files {
			if strings.Contains(path, "/multipart/") {
				t.Errorf("drive %d: %s is left", slot, path)
			}
		}
	}
}

// TestParityIsRaised writes while a drive is away: the object gets more parity, and says so.
func TestParityIsRaised(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{6, 2})
	r.bucket()
	r.sets[0].Wait()
	r.away(1 << 2)
	r.put("k", fill('a', smallSize))
	r.away(0)
	r.healed("k", false)
	for slot, o := range r.objects(string(bkt)+"/k", 3) {
		if got := string(o.MetaSys["x-minio-internal-erasure-upgraded"]); got != "2->3" {
			t.Errorf("drive %d says %q", slot, got)
		}
	}
}

// TestStaleUploads drops uploads that were begun long ago, and only those.
func TestStaleUploads(t *testing.T) {
	t.Parallel()
	r := newRig(t, shape{4, 2})
	r.bucket()
	old := r.begin("old")
	_, err := r.part("old", old, 1, fill('a', smallSize))
	r.ok(err)
	r.close()
	r.later = 25 * time.Hour
	r.open()
	young := r.begin("young")
	r.ok(r.ExpireUploads(r.ctx))
	if _, _, _, err := r.ListParts(r.ctx, bkt, "old", old, 0, 10); objectlayer.KindOf(err) != objectlayer.KindNoUpload {
		t.Errorf("an old upload: %v", err)
	}
	_, _, _, err = r.ListParts(r.ctx, bkt, "young", young, 0, 10)
	r.ok(err)
	r.ok(r.AbortUpload(r.ctx, bkt, "young", young))
	r.close()
	for slot, d := range r.disks[0] {
		for path := range d.image().files {
			if strings.Contains(path, "/multipart/") {
				t.Errorf("drive %d: %s is left", slot, path)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
