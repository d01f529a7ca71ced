package store_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-io/holdfast/erasure/drive"
)

type dirDrive struct{ root string }

func (d dirDrive) p(p drive.Path) string { return filepath.Join(d.root, string(p)) }
func lift(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), err != nil && strings.Contains(err.Error(), "not a directory"):
		return drive.ErrNotFound
	case errors.Is(err, fs.ErrExist):
		return drive.ErrExists
	}
	return err
}
func (d dirDrive) Info(context.Context) (drive.Info, error) { return drive.Info{Free: 1 << 40}, nil }
func (d dirDrive) Volumes(context.Context) (out []drive.DirEntry, err error) {
	es, err := os.ReadDir(d.root)
	for _, e := range es {
		if e.IsDir() && e.Name() != drive.System {
			out = append(out, drive.DirEntry{Name: e.Name(), Dir: true})
		}
	}
	return out, lift(err)
}
func (d dirDrive) MakeVolume(_ context.Context, v string) error {
	return lift(os.Mkdir(d.p(drive.Path(v)), 0o777))
}
func (d dirDrive) RemoveVolume(_ context.Context, v string) error {
	found := false
	if _, err := os.Stat(d.p(drive.Path(v))); err != nil {
		return lift(err)
	}
	filepath.WalkDir(d.p(drive.Path(v)), func(_ string, e fs.DirEntry, _ error) error {
		found = found || !e.IsDir()
		return nil
	})
	if found {
		return drive.ErrNotEmpty
	}
	return os.RemoveAll(d.p(drive.Path(v)))
}
func (d dirDrive) ReadFile(_ context.Context, p drive.Path, _ int64) ([]byte, error) {
	b, err := os.ReadFile(d.p(p))
	return b, lift(err)
}

type dirFile struct {
	*os.File
	size int64
}

func (f dirFile) Size() int64 { return f.size }
func (d dirDrive) Open(_ context.Context, p drive.Path) (drive.Reader, error) {
	f, err := os.Open(d.p(p))
	if err != nil {
		return nil, lift(err)
	}
	st, _ := f.Stat()
	return dirFile{f, st.Size()}, nil
}
func (d dirDrive) Stat(_ context.Context, p drive.Path) (drive.FileInfo, error) {
	st, err := os.Stat(d.p(p))
	if err != nil {
		return drive.FileInfo{}, lift(err)
	}
	return drive.FileInfo{Size: st.Size(), ModTime: st.ModTime(), Dir: st.IsDir()}, nil
}
func (d dirDrive) List(_ context.Context, p drive.Path, _ string, _ int) (out []drive.DirEntry, err error) {
	es, err := os.ReadDir(d.p(p))
	for _, e := range es {
		out = append(out, drive.DirEntry{Name: e.Name(), Dir: e.IsDir()})
	}
	return out, lift(err)
}

type dirWalk struct {
	d    dirDrive
	vol  string
	keys []string
}

func (w *dirWalk) Next() (drive.Entry, error) {
	for len(w.keys) > 0 {
		k := w.keys[0]
		w.keys = w.keys[1:]
		name := k
		if s, ok := strings.CutSuffix(k, "/"); ok {
			name = s + drive.DirSuffix
		}
		b, err := os.ReadFile(w.d.p(drive.Path(w.vol + "/" + name + "/xl.meta")))
		if err == nil {
			return drive.Entry{Key: k, Record: b}, nil
		}
	}
	return drive.Entry{}, io.EOF
}
func (w *dirWalk) Seek(key string) {
	i, _ := slices.BinarySearch(w.keys, key)
	w.keys = w.keys[i:]
}
func (w *dirWalk) Close() {}
func (d dirDrive) Walk(_ context.Context, v, prefix, after string) (drive.Walker, error) {
	root := d.p(drive.Path(v))
	if _, err := os.Stat(root); err != nil {
		return nil, lift(err)
	}
	w := &dirWalk{d: d, vol: v}
	filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() == "xl.meta" {
			k, _ := filepath.Rel(root, filepath.Dir(p))
			if s, ok := strings.CutSuffix(k, drive.DirSuffix); ok {
				k = s + "/"
			}
			if strings.HasPrefix(k, prefix) && k > after {
				w.keys = append(w.keys, k)
			}
		}
		return nil
	})
	slices.Sort(w.keys)
	return w, nil
}

type dirWriter struct{ *os.File }

func (w dirWriter) Abort() { w.Close(); os.Remove(w.Name()) }
func (d dirDrive) Create(_ context.Context, p drive.Path, _ int64) (drive.Writer, error) {
	os.MkdirAll(filepath.Dir(d.p(p)), 0o777)
	f, err := os.Create(d.p(p))
	return dirWriter{f}, lift(err)
}
func (d dirDrive) Discard(_ context.Context, p drive.Path) error { return os.RemoveAll(d.p(p)) }
func (d dirDrive) prune(p drive.Path) {
	for dir := filepath.Dir(d.p(p)); filepath.Dir(dir) != d.root && filepath.Base(dir) != "tmp" && os.Remove(dir) == nil; dir = filepath.Dir(dir) {
	}
}
func (d dirDrive) Commit(_ context.Context, c *drive.Commit) error {
	for _, e := range c.Edits {
		if _, err := os.Stat(d.p(drive.Path(e.Path.Volume()))); err != nil {
			return drive.ErrNotFound
		}
		if e.Op == drive.OpMove {
			if _, err := os.Stat(d.p(e.From)); err != nil {
				return drive.ErrNotFound
			}
		}
	}
	for _, e := range c.Edits {
		switch e.Op {
		case drive.OpWrite:
			os.MkdirAll(filepath.Dir(d.p(e.Path)), 0o777)
			tmp := d.p(drive.Staging.Join(uuid.NewString()))
			if err := os.WriteFile(tmp, e.Data, 0o666); err != nil {
				return err
			}
			if err := os.Rename(tmp, d.p(e.Path)); err != nil {
				return err
			}
		case drive.OpMove:
			os.MkdirAll(filepath.Dir(d.p(e.Path)), 0o777)
			os.RemoveAll(d.p(e.Path))
			if err := os.Rename(d.p(e.From), d.p(e.Path)); err != nil {
				return err
			}
		case drive.OpRemove:
			os.RemoveAll(d.p(e.Path))
			d.prune(e.Path)
		}
	}
	return nil
}
func (d dirDrive) Fence(context.Context, uint64) error { return nil }
func (d dirDrive) Close() error                        { return nil }

func openDrive(t interface{ Helper() }, dir string) drive.Drive {
	os.MkdirAll(filepath.Join(dir, ".minio.sys/tmp"), 0o777)
	return dirDrive{dir}
}
