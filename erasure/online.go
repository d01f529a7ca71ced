package erasure

// Online tells whether a slot has a drive, and one that does not know itself to be out of order. It asks no drive.
func (s *Set) Online(slot int) bool {
	d := s.Drive(slot)
	if _, none := d.(offline); none {
		return false
	}
	if o, ok := d.(interface{ Online() bool }); ok {
		return o.Online()
	}
	return true
}
