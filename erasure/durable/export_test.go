package durable

// WithoutOpenat2 has a directory do without the system call, as on an old kernel.
func WithoutOpenat2(d *Dir) { d.plain = true }
