package store_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// Faults on as many drives as there is parity are invisible, and healing undoes them; one more is an error, never other bytes.

var damagedShapes = []shape{{2, 1}, {4, 2}, {5, 2}, {16, 4}}

// harm is something that happens to what lies below a key on one drive.
type harm struct {
	name string
	do   func(d *memDrive)
}

const keyDir = string(bkt) + "/k/"

// onFile changes the file of the key whose name ends so.
func onFile(suffix string, edit func(data []byte) []byte) func(d *memDrive) {
	return func(d *memDrive) {
		d.disk.change(func(files map[string][]byte) {
			for path, data := range files {
				if !strings.HasPrefix(path, keyDir) || !strings.HasSuffix(path, suffix) {
					continue
				}
				if data = edit(bytes.Clone(data)); data == nil {
					delete(files, path)
				} else {
					files[path] = data
				}
			}
		})
	}
}

func gone([]byte) []byte           { return nil }
func empty([]byte) []byte          { return []byte{} }
func half(data []byte) []byte      { return data[:len(data)/2] }
func longer(data []byte) []byte    { return append(data, 0) }
func zeroes(data []byte) []byte    { return make([]byte, len(data)) }
func flipLast(data []byte) []byte  { data[len(data)-1] ^= 1; return data }
func flipFirst(data []byte) []byte { data[0] ^= 0x80; return data }
func flipHalf(data []byte) []byte  { data[len(data)/2] ^= 0x10; return data }

func removeKey(d *memDrive) {
	d.disk.change(func(files map[string][]byte) { removeTree(files, strings.TrimSuffix(keyDir, "/")) })
}

// swap exchanges the records of two keys, as a drive does that writes to the wrong place.
func swap(d *memDrive) {
	d.disk.change(func(files map[string][]byte) {
		a, b := keyDir+drive.RecordName, string(bkt)+"/other/"+drive.RecordName
		files[a], files[b] = files[b], files[a]
	})
}

const misdirected = "record misdirected"

var harms = []harm{
	{"offline", func(d *memDrive) { d.fail(drive.ErrOffline) }},
	{"broken", func(d *memDrive) { d.fail(errBroken) }},
	{"key removed", removeKey},
	{"record removed", onFile(drive.RecordName, gone)},
	{"record empty", onFile(drive.RecordName, empty)},
	{"record halved", onFile(drive.RecordName, half)},
	{"record zeroed", onFile(drive.RecordName, zeroes)},
	{misdirected, swap},
	{"record's end flipped", onFile(drive.RecordName, flipLast)},
	{"part removed", onFile("part.1", gone)},
	{"part empty", onFile("part.1", empty)},
	{"part halved", onFile("part.1", half)},
	{"part longer", onFile("part.1", longer)},
	{"part zeroed", onFile("part.1", zeroes)},
	{"part's hash flipped", onFile("part.1", flipFirst)},
	{"part's middle flipped", onFile("part.1", flipHalf)},
	{"part's end flipped", onFile("part.1", flipLast)},
}

// damagedKinds are the things that are damaged.
var damagedKinds = []struct {
	name string
	make func(r *rig)
}{
	{"inline", func(r *rig) { r.bucket(); r.put("k", noise(1, smallSize)); r.put("other", noise(9, smallSize)) }},
	{"empty", func(r *rig) { r.bucket(); r.put("k", nil); r.put("other", nil) }},
	{"files", func(r *rig) { r.bucket(); r.large("k", noise(1, largeSize)); r.large("other", noise(9, largeSize)) }},
	{"versions", func(r *rig) {
		r.bucket(enabled)
		r.put("k", noise(1, smallSize))
		r.large("k", noise(2, largeSize))
		r.delete("k", "")
		r.large("k", noise(3, largeSize+1))
		r.put("other", noise(9, smallSize))
	}},
	{"marker", func(r *rig) {
		r.bucket(enabled)
		r.large("k", noise(1, largeSize))
		r.delete("k", "")
		r.put("other", noise(9, smallSize))
	}},
	{"upload", func(r *rig) {
		r.bucket()
		id := r.begin("k")
		for n, size := range []int{objectlayer.MinPartSize, smallSize} {
			_, err := r.part("k", id, n+1, noise(byte(n), size))
			r.ok(err)
		}
		r.complete("k", id, r.parts("k", id))
		r.put("other", noise(9, smallSize))
	}},
}

// noise is n bytes that do not repeat.
func noise(seed byte, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func TestDamage(t *testing.T) {
	t.Parallel()
	for _, sh := range damagedShapes {
		for _, kind := range damagedKinds {
			if kind.name == "upload" && sh != (shape{4, 2}) { // many bytes
				continue
			}
			t.Run(sh.String()+"/"+kind.name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, sh)
				kind.make(r)
				r.sets[0].Wait()
				sound, want := r.images(), r.look("k")
				for _, h := range harms {
					for k := 1; k <= sh.parity; k += max(1, sh.parity-1) {
						r.suffer(h.name, []harm{h}, k)
						if got := r.look("k"); got != want {
							t.Fatalf("%s on %d drives: a client sees\n\t%s\nwant\n\t%s", h.name, k, got, want)
						}
						r.recover(h.name, sound)
					}
				}
				for range 6 {
					mixed := slices.Clone(harms)
					rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
					mixed = mixed[:sh.parity]
					r.suffer("", mixed, sh.parity)
					if got := r.look("k"); got != want {
						t.Fatalf("%v: a client sees\n\t%s\nwant\n\t%s", mixed, got, want)
					}
					r.recover("mixed", sound)
				}
				for _, h := range harms {
					if h.name == misdirected { // nothing is left to tell it from the truth
						continue
					}
					r.suffer(h.name, []harm{h}, sh.parity+1)
					r.notWrong(h.name, want)
					r.reset(sound)
				}
			})
		}
	}
}

// suffer does harm to some drives.
func (r *rig) suffer(name string, harms []harm, drives int) {
	for i, slot := range rand.Perm(len(r.drives[0]))[:drives] {
		harms[i%len(harms)].do(r.drives[0][slot])
	}
}

// recover brings drives that were away back and heals, which makes everything as it was.
func (r *rig) recover(what string, sound []image) {
	r.Helper()
	r.away(0)
	r.healed("other", true)
	r.healed("k", true)
	for slot, d := range r.disks[0] {
		if diff := diffImages(sound[slot], d.image()); diff != "" {
			r.Fatalf("%s, healed: drive %d (-before +after):\n%s", what, slot, diff)
		}
	}
}

// reset puts everything back as it was, by force.
func (r *rig) reset(sound []image) {
	r.crash()
	for slot, d := range r.disks[0] {
		d.restore(sound[slot])
	}
	r.open()
}

func (r *rig) images() (all []image) {
	for _, d := range r.disks[0] {
		all = append(all, d.image())
	}
	return all
}

// notWrong demands an error or the truth, from every call that reads.
func (r *rig) notWrong(what, want string) {
	r.Helper()
	got := strings.Split(r.look("k"), "; ")
	for i, w := range strings.Split(want, "; ") {
		ok := got[i] == w
		for _, kind := range []objectlayer.Kind{objectlayer.KindReadQuorum, objectlayer.KindNoObject} {
			ok = ok || strings.Contains(got[i], kind.String())
		}
		if !ok && got[i] != "list:" {
			r.Fatalf("%s on too many drives: a client sees\n\t%s\nwant an error or\n\t%s", what, got[i], w)
		}
	}
}

// diffImages compares what lies on a drive at two moments: files byte by byte, records by what they say.
func diffImages(before, after image) string {
	for path, data := range before.files {
		now, ok := after.files[path]
		switch {
		case !ok:
			return path + " is missing"
		case bytes.Equal(data, now), path == listPath:
		case !strings.HasSuffix(path, drive.RecordName):
			return path + " differs"
		default:
			if diff := cmp.Diff(spell(data), spell(now)); diff != "" {
				return path + ":\n" + diff
			}
		}
	}
	for path := range maps.Keys(after.files) {
		if _, ok := before.files[path]; !ok && path != listPath {
			return path + " is new"
		}
	}
	return ""
}

// spell writes down what a record says, whatever the order of its maps.
func spell(raw []byte) []string {
	j, err := xlmeta.Decode(raw)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, v := range j.Versions() {
		frames, inline := j.Inline(v.ID)
		line := fmt.Sprintf("%v inline %v %x ", v.Header, inline, frames)
		if o, err := v.Object(); err == nil {
			line += fmt.Sprintf("%+v", o) // maps are printed in order
		} else if m, err := v.DeleteMarker(); err == nil {
			line += fmt.Sprintf("%+v", m)
		}
		all = append(all, line)
	}
	return all
}

// TestFlips flips a bit at every place of a record, and of a shard file, on as many drives as there is parity.
func TestFlips(t *testing.T) {
	t.Parallel()
	for _, sh := range damagedShapes {
		for _, kind := range damagedKinds[:4] {
			t.Run(sh.String()+"/"+kind.name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, sh)
				kind.make(r)
				r.sets[0].Wait()
				sound, want := r.images(), r.look("k")
				length := len(sound[0].files[keyDir+drive.RecordName])
				stride := 1 + length*len(r.disks[0])/600
				for at := 0; at < length; at += stride {
					bit := byte(1) << (at % 8)
					flip := harm{"", onFile(drive.RecordName, func(data []byte) []byte {
						if at < len(data) {
							data[at] ^= bit
						}
						return data
					})}
					r.suffer("", []harm{flip}, sh.parity)
					if got := r.look("k"); got != want {
						t.Fatalf("bit %x of byte %d flipped: a client sees\n\t%s\nwant\n\t%s", bit, at, got, want)
					}
					r.recover(fmt.Sprintf("byte %d", at), sound)
				}
			})
		}
	}
}
