//go:build race

package buffer

// debug looks for misuse of released buffers.
const debug = true
