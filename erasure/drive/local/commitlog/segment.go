package commitlog

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/holdfast-io/holdfast/erasure/durable"
)

// segment is one of the two files. What is not said to be guarded is set before it is shared, or guarded by Log.flushing.
type segment struct {
	name   string
	file   durable.File
	header header
	slot   int    // the header slot in force
	end    int64  // where the next frame goes
	count  int    // records in it
	first  uint64 // number of its first record, when count > 0
	stale  bool   // it was emptied by the header of the other; what it holds does not count

	unapplied sync.WaitGroup // its records that are durable and not yet applied
	empty     chan struct{}  // closed once the segment may be written from its beginning
}

// openSegment opens a file and reads its header.
func openSegment(f durable.FS, name string) (*segment, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	s := &segment{name: name, file: file, end: framesStart, empty: make(chan struct{})}
	close(s.empty)
	if err := s.readHeader(); err != nil {
		file.Close()
		return nil, err
	}
	return s, nil
}

// readHeader takes the younger of the valid slots.
func (s *segment) readHeader() error {
	size, err := s.file.Size()
	if err != nil {
		return err
	}
	found := false
	for slot := range 2 {
		b := make([]byte, headerSize)
		if _, err := s.file.ReadAt(b, int64(slot)*block); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		h, ok := decodeHeader(b)
		if ok && h.size <= size && (!found || h.generation > s.header.generation) {
			s.header, s.slot, found = h, slot, true
		}
	}
	if !found {
		return fmt.Errorf("%w: %s has no valid header", ErrCorrupt, s.name)
	}
	return nil
}

// measure finds out how far the frames go, counts the records, and looks behind the last good frame for what must not be there.
func (s *segment) measure() error {
	err := s.each(func([]byte, int64) error { s.count++; return nil }, func(f frame, end int64) {
		if s.count == 0 {
			s.first = f.first
		}
		s.end = end
	})
	if err != nil {
		return err
	}
	return s.checkTail()
}

// each calls visit for every record, and before the records of a frame start with its header and its end.
func (s *segment) each(visit func(record []byte, off int64) error, start func(f frame, end int64)) error {
	var next uint64
	var payload []byte
	for off := int64(framesStart); off < s.header.size; {
		f, ok, err := s.readFrame(off, &payload)
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		if next != 0 && f.first != next {
			return fmt.Errorf("%w: %s: record %d follows record %d at offset %d", ErrCorrupt, s.name, f.first, next-1, off)
		}
		next = f.first + uint64(f.count)
		start(f, off+span(f.length))
		whole, err := splitRecords(payload, f.count, func(record []byte, at int) error {
			return visit(record, off+frameHeader+int64(at))
		})
		if err != nil {
			return err
		}
		if !whole {
			return fmt.Errorf("%w: %s: frame at offset %d does not hold what it announces", ErrCorrupt, s.name, off)
		}
		off += span(f.length)
	}
	return nil
}

// readFrame reads the frame at off into payload, which it grows. ok tells whether it is one.
func (s *segment) readFrame(off int64, payload *[]byte) (f frame, ok bool, err error) {
	var b [frameHeader]byte
	if _, err := s.file.ReadAt(b[:], off); err != nil {
		return f, false, err
	}
	f, ok = decodeFrame(b[:], s.header.salt, s.header.size-off)
	if !ok {
		return f, false, nil
	}
	if cap(*payload) < f.length {
		*payload = make([]byte, f.length)
	}
	*payload = (*payload)[:f.length]
	if _, err := s.file.ReadAt(*payload, off+frameHeader); err != nil {
		return f, false, err
	}
	return f, crc32.Checksum(*payload, castagnoli) == f.crc, nil
}

// checkTail reports a good frame of this life behind the end of the log.
func (s *segment) checkTail() error {
	chunk := make([]byte, 64*block)
	for start := s.end; start < s.header.size; start += int64(len(chunk)) {
		chunk = chunk[:min(int64(len(chunk)), s.header.size-start)]
		if _, err := s.file.ReadAt(chunk, start); err != nil {
			return err
		}
		for off := 0; off < len(chunk); off += block {
			at := start + int64(off)
			if _, ok := decodeFrame(chunk[off:], s.header.salt, s.header.size-at); !ok {
				continue
			}
			var payload []byte
			_, ok, err := s.readFrame(at, &payload)
			if err != nil {
				return err
			}
			if ok {
				return fmt.Errorf("%w: %s: the frame at offset %d is damaged but the one at %d is not", ErrCorrupt, s.name, s.end, at)
			}
		}
	}
	return nil
}

// recycle begins a new life of the segment, durably. The header says the rest.
func (s *segment) recycle(h header) error {
	h.salt, h.size = newSalt(), s.header.size
	slot := 1 - s.slot
	if _, err := s.file.WriteAt(h.encode(), int64(slot)*block); err != nil {
		return err
	}
	if err := s.file.Datasync(); err != nil {
		return err
	}
	s.header, s.slot, s.end, s.count, s.stale = h, slot, framesStart, 0, false
	return nil
}
