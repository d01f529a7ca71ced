package local

import "sync"

// keyLock is a mutex for each name, made when it is wanted.
type keyLock struct {
	mu   sync.Mutex
	held map[string]*nameLock
}

type nameLock struct {
	sync.Mutex
	users int // holder and waiters; guarded by keyLock.mu
}

func (k *keyLock) lock(name string) {
	k.mu.Lock()
	if k.held == nil {
		k.held = map[string]*nameLock{}
	}
	n := k.held[name]
	if n == nil {
		n = new(nameLock)
		k.held[name] = n
	}
	n.users++
	k.mu.Unlock()
	n.Lock()
}

func (k *keyLock) unlock(name string) {
	k.mu.Lock()
	n := k.held[name]
	if n.users--; n.users == 0 {
		delete(k.held, name)
	}
	k.mu.Unlock()
	n.Unlock()
}
